"""The report as one HTML page: the verdict in words and figures, then the drawings.

The page holds all it needs and a content security policy that lets a browser load nothing else.
"""

from __future__ import annotations

from html import escape

from customs.evidence import DriftReport
from monitoring.report import rows

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "font-src data:; img-src data: blob:; worker-src blob:"
)
_EMPTY = '<!DOCTYPE html><html lang="en"><head><meta charset="UTF-8"></head><body></body></html>'
_STYLE = (
    "#tamiz{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1c2430}"
    "#tamiz div{overflow-x:auto}#tamiz table{border-collapse:collapse;margin:1rem 0}"
    "#tamiz .alert td{background:#fdeaea}"
    "#tamiz td,#tamiz th{padding:.2rem .8rem;text-align:left;border-bottom:1px solid #d8dde5}"
    "#tamiz [tabindex]:focus-visible{outline:3px solid #0b5fa5}"
    "@media(max-width:44rem){#tamiz td,#tamiz th{padding:.2rem .3rem;font-size:.85rem}"
    "#tamiz td:first-child{overflow-wrap:anywhere}}"
)


def page(report: DriftReport, figures: str = "") -> str:
    """Give the whole page of a report; `figures` is the page of drawings that it stands above.

    >>> report = DriftReport("b1", "2026-01-01", "2026-02-01", 20, 10, (), False, ("no alert: <b>",))
    >>> "no alert: &lt;b&gt;" in page(report), "<h1>Drift: no alert</h1>" in page(report)
    (True, True)
    """
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>Drift</title><style>{_STYLE}</style>"
    )
    before, _, after = (figures or _EMPTY).partition("<head>")
    start, _, rest = after.partition("<body>")
    return f"{before}<head>{head}{start}<body>{_section(report)}{rest}"


def _section(report: DriftReport) -> str:
    words = "".join(f"<li>{escape(line)}</li>" for line in report.words)
    return (
        f'<section id="tamiz"><h1>Drift: {"alert" if report.alert else "no alert"}</h1>'
        f"<p>{report.current_items:,} items from {escape(report.since)} to before {escape(report.until)}, "
        f"against {report.reference_items:,} of the reference of bundle {escape(report.bundle_id)}.</p>"
        f"<ul>{words}</ul>{_table(report)}</section>"
    )


def _table(report: DriftReport) -> str:
    head, *body = rows(report)
    lines = "".join(_line(cells, "td", marked=cells[-1] == "yes") for cells in body)
    table = f"<table>{_line(head, 'th', marked=False)}{lines}</table>"
    return f'<div tabindex="0" role="region" aria-label="columns">{table}</div>'


def _line(cells: tuple[str, ...], tag: str, *, marked: bool) -> str:
    opened = '<th scope="col">' if tag == "th" else f"<{tag}>"
    inner = "".join(f"{opened}{escape(cell)}</{tag}>" for cell in cells)
    return f'<tr class="alert">{inner}</tr>' if marked else f"<tr>{inner}</tr>"

"""The pages of an evaluation as files, one in each language."""

from __future__ import annotations

from pathlib import Path

from customs.evidence import EvaluationReport
from training.commission import Commission
from training.page import Pictures
from training.report_page import report_to_html


def write_pages(
    folder: Path, bundle_id: str, report: EvaluationReport, pictures: Pictures, commission: Commission
) -> tuple[Path, Path]:
    """Give the page in English and that in Spanish, written to a folder; each names the other."""
    facts = {
        "bundle": bundle_id,
        "made_at": commission.now.isoformat(),
        "known_before": commission.until.isoformat(),
        "data_fingerprint": commission.fingerprint,
        "code_version": commission.code_version,
        "study": commission.study,
    }
    folder.mkdir(parents=True, exist_ok=True)
    english, spanish = (folder / f"evaluation-{bundle_id}{end}" for end in (".html", ".es.html"))
    for page, other, language in ((english, spanish, "en"), (spanish, english, "es")):
        made = report_to_html(report, pictures, facts, language, other_page=other.name)
        page.write_text(made, encoding="utf-8")
    return english, spanish

"""An evaluation as one page that needs nothing else, and what its tables hold."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from customs.evidence import Disparity, EvaluationReport, Grouping
from customs.figure import Figure
from training.catalogue import attribute_name, group_name
from training.grouped import FINDING, MONTH, PREDICTED
from training.groups import SENSITIVE, VALUED
from training.summary import summary
from training.words import said

Pictures = Mapping[str, tuple[str, bytes]]
"""Caption and PNG of each picture, by its name."""

_LANGUAGES = (("es", "Español"), ("en", "English"))
_SECTIONS = (
    ("words", "In words · En palabras"),
    ("probes", "Leak probes · Sondas de fuga"),
    ("figures", "Figures by part · Cifras por parte"),
    ("probabilities", "Probabilities · Calibración"),
    ("values", "Value interval · Intervalo de valor"),
    ("kinds", "Kinds and months · Clases y meses"),
    ("people", "Whom it falls upon · Sobre quién recae"),
    ("population", "All items · Todos los ítems"),
    ("stability", "Stability · Estabilidad"),
    ("explained", "What weighs · Qué pesa"),
    ("run", "The run · La corrida"),
)
_BORNE = {
    "selection": "selected, times others",
    "needless": "lawful items selected, times others",
    "hits": "hit rate, times others",
}


@dataclass(frozen=True)
class Cell:
    """A figure and its interval as text."""

    value: str = ""
    interval: str = ""


@dataclass(frozen=True)
class FigureTable:
    """A table of figures: a head of each column, and of each row its name and cells."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    words: str = ""


def report_to_html(
    report: EvaluationReport,
    pictures: Pictures,
    facts: Mapping[str, str],
    *,
    title: str = "Evaluation of a risk model",
) -> str:
    """Give a page that needs nothing else: a summary in two languages, tables, pictures, facts."""
    explained = [name for name in pictures if name == "beeswarm" or name.startswith("dependence")]
    parts: dict[str, Any] = {
        "probes": report.probes,
        "population": _population(report),
        "stability": _stability(report),
        "explained": explained,
    }
    return rendered(
        "report.html.j2",
        title=title,
        summaries=[(language, name, summary(report, language)) for language, name in _LANGUAGES],
        contents=[(anchor, name) for anchor, name in _SECTIONS if parts.get(anchor, True)],
        words=report.words,
        level=_level(report),
        capacity=f"{report.capacity or 0:g}",
        parts=[_part(report, part) for part in dict.fromkeys(one.part for one in report.evaluations)],
        groups=_groups(report),
        pictures=shown(pictures),
        facts=facts,
        **parts,
    )


def rendered(template: str, **parts: Any) -> str:
    """Give a page of `training/templates`, everything in it escaped."""
    environment = Environment(
        loader=PackageLoader("training"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**parts)


def shown(pictures: Pictures) -> list[dict[str, str]]:
    """Give pictures as the templates take them: name, caption, and the PNG itself."""
    return [
        {
            "name": name,
            "caption": caption,
            "source": "data:image/png;base64," + base64.b64encode(png).decode(),
        }
        for name, (caption, png) in pictures.items()
    ]


def cell(figure: Figure | None) -> Cell:
    """Give a figure as a cell, an empty one where there is none."""
    if figure is None or math.isnan(figure.value):
        return Cell()
    interval = "" if math.isnan(figure.low) else f"{figure.low:.3f} to {figure.high:.3f}"
    return Cell(f"{figure.value:.3f}", interval)


def _level(report: EvaluationReport) -> str:
    levels = (figure.level for one in report.evaluations for figure in one.figures.values())
    return f"{100 * next(levels, 0.95):g} %"


def _part(report: EvaluationReport, part: str) -> FigureTable:
    evaluations = [one for one in report.evaluations if one.part == part]
    measures = dict.fromkeys(name for one in evaluations for name in one.figures)
    return FigureTable(
        f"Part {part}: {evaluations[0].items:,} items, {evaluations[0].illicit:,} illicit",
        ["measure", *(one.method for one in evaluations)],
        [(said(name), [cell(one.figures.get(name)) for one in evaluations]) for name in measures],
    )


def _groups(report: EvaluationReport) -> dict[str, list[FigureTable]]:
    def tables(attributes: Iterable[str]) -> list[FigureTable]:
        return [_grouping(report, held) for held in report.groupings if held.attribute in attributes]

    return {
        "predicted": tables((PREDICTED,)),
        "valued": tables(VALUED),
        "kinds": tables((FINDING, MONTH)),
        "people": tables(SENSITIVE),
    }


def _grouping(report: EvaluationReport, held: Grouping) -> FigureTable:
    measures = list(dict.fromkeys(name for one in held.groups for name in one.figures))
    borne = {(one.group, one.measure): one for one in report.disparities if one.attribute == held.attribute}
    ratios = _BORNE if borne else {}
    counted = [name for name in ("items", "illicit") if getattr(held.groups[0], name) is not None]
    return FigureTable(
        attribute_name(held.attribute, "en").capitalize() + " · " + attribute_name(held.attribute, "es"),
        ["group", *counted, *map(said, measures), *ratios.values()],
        [
            (
                _bilingual(held.attribute, one.group),
                [
                    *(Cell(f"{getattr(one, name):,}") for name in counted),
                    *(cell(one.figures.get(name)) for name in measures),
                    *(cell(_ratio(borne.get((one.group, measure)))) for measure in ratios),
                ],
            )
            for one in held.groups
        ],
    )


def _ratio(one: Disparity | None) -> Figure | None:
    return one.ratio if one else None


def _bilingual(attribute: str, group: str) -> str:
    english, spanish = (group_name(attribute, group, language) for language in ("en", "es"))
    return english if english == spanish else f"{english} · {spanish}"


def _population(report: EvaluationReport) -> FigureTable | None:
    held = report.population
    if held is None:
        return None
    return FigureTable(
        f"{held.items:,} later items, {held.known:,} of them with an outcome",
        ["measure", "inspected items, each once", "all items, weighed back"],
        [
            (said(name), [cell(figure), cell(held.weighted.get(name))])
            for name, figure in held.inspected.items()
        ],
        held.words,
    )


def _stability(report: EvaluationReport) -> FigureTable | None:
    held = report.stability
    if held is None:
        return None
    return FigureTable(
        "Least and greatest over the seeds",
        ["measure", "least", "greatest"],
        [
            (said(name), [Cell(f"{low:.3f}"), Cell(f"{high:.3f}")])
            for name, (low, high) in held.spread.items()
        ],
        f"The chosen parameters, learnt by {held.seeds} other seeds, rank the test items with correlation "
        f"{held.correlation:.3f} or more with the model.",
    )

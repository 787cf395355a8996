"""An evaluation as JSON, and as one self-contained page."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from customs.evidence import Evaluation, EvaluationReport, SkillClaim
from customs.figure import Figure
from training.words import said


def report_to_json(report: EvaluationReport) -> dict[str, Any]:
    """Give the report as plain JSON; a bound that is not known is null.

    >>> empty = EvaluationReport((), None, ("nothing",))
    >>> report_from_json(report_to_json(empty)) == empty
    True
    """
    return {
        "evaluations": [
            {**asdict(one), "figures": {name: _figure(figure) for name, figure in one.figures.items()}}
            for one in report.evaluations
        ],
        "skill": None
        if report.skill is None
        else {**_clean(asdict(report.skill)), "holds": report.skill.holds},
        "words": list(report.words),
        "champion": report.champion,
    }


def report_from_json(held: Mapping[str, Any]) -> EvaluationReport:
    """Give the report that `report_to_json` wrote."""
    skill = held["skill"]
    return EvaluationReport(
        evaluations=tuple(_evaluation(one) for one in held["evaluations"]),
        skill=None if skill is None else _claim(skill),
        words=tuple(held["words"]),
        champion=held["champion"],
    )


def report_to_html(
    report: EvaluationReport,
    pictures: Mapping[str, tuple[str, bytes]],
    facts: Mapping[str, str],
    *,
    title: str = "Evaluation of a risk model",
) -> str:
    """Give a page that needs nothing else: words, figures by part, pictures (caption, PNG), facts."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_template()).render(
        title=title,
        words=report.words,
        skill=report.skill,
        parts=[_table(report, part) for part in dict.fromkeys(one.part for one in report.evaluations)],
        pictures=[
            (caption, "data:image/png;base64," + base64.b64encode(png).decode())
            for caption, png in pictures.values()
        ],
        facts=facts,
    )


def _template() -> str:
    return files("training").joinpath("report.html.j2").read_text(encoding="utf-8")


def _table(report: EvaluationReport, part: str) -> dict[str, Any]:
    evaluations = [one for one in report.evaluations if one.part == part]
    measures = dict.fromkeys(name for one in evaluations for name in one.figures)
    return {
        "part": part,
        "items": evaluations[0].items,
        "illicit": evaluations[0].illicit,
        "methods": [one.method for one in evaluations],
        "rows": [(said(name), [_cell(one.figures.get(name)) for one in evaluations]) for name in measures],
    }


def _cell(figure: Figure | None) -> tuple[str, str]:
    if figure is None or math.isnan(figure.value):
        return "", ""
    if math.isnan(figure.low):
        return f"{figure.value:.3f}", ""
    return f"{figure.value:.3f}", f"{figure.low:.3f} to {figure.high:.3f}"


def _evaluation(held: Mapping[str, Any]) -> Evaluation:
    figures = {
        name: Figure(*(_number(one[part]) for part in ("value", "low", "high", "level")))
        for name, one in held["figures"].items()
    }
    return Evaluation(held["part"], held["method"], held["items"], held["illicit"], figures)


def _claim(held: Mapping[str, Any]) -> SkillClaim:
    return SkillClaim(
        held["measure"], held["baseline"], _number(held["lift"]), _number(held["bound"]), held["level"]
    )


def _figure(figure: Figure) -> dict[str, float | None]:
    return _clean(asdict(figure))


def _clean(held: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in held.items()
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

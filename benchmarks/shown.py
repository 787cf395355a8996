"""How figures are kept in a result: plain numbers with their interval, nothing for what does not exist."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from customs.evidence import EvaluationReport, SkillClaim
from customs.figure import Figure

Kept = dict[str, object]

_DIGITS = 4


def kept(figure: Figure) -> list[float | None]:
    """Give value, low and high, rounded.

    >>> kept(Figure(0.123456, float("nan"), 0.2))
    [0.1235, None, 0.2]
    """
    return [number(part) for part in (figure.value, figure.low, figure.high)]


def number(value: float) -> float | None:
    """Give a number rounded to four digits after the point; None for NaN and infinities."""
    return round(float(value), _DIGITS) if math.isfinite(value) else None


def mean_figure(figures: Sequence[Figure]) -> Figure:
    """Give the mean of figures that know nothing of each other, such as those of several worlds.

    The squares of half-widths add up, below and above.

    >>> print(mean_figure([Figure(1.0, 0.7, 1.3), Figure(2.0, 1.6, 2.4)]))
    1.500 [1.250, 1.750]
    """
    many = len(figures)
    value = sum(one.value for one in figures) / many
    low, high = (
        math.hypot(*(one.value - end for one, end in zip(figures, ends, strict=True))) / many
        for ends in ([one.low for one in figures], [one.high for one in figures])
    )
    return Figure(value, value - low, value + high)


def kept_figures(figures: Mapping[str, Figure], measures: Mapping[str, str]) -> Kept:
    """Give the figures named by `measures` (measure to the name in the result), those that are there."""
    return {name: kept(figures[measure]) for measure, name in measures.items() if measure in figures}


def kept_parts(report: EvaluationReport, measures: Mapping[str, str]) -> dict[str, dict[str, Kept]]:
    """Give part, method and figures of an evaluation."""
    parts: dict[str, dict[str, Kept]] = {}
    for one in report.evaluations:
        counts: Kept = {"items": one.items, "illicit": one.illicit}
        parts.setdefault(one.part, {})[one.method] = counts | kept_figures(one.figures, measures)
    return parts


def kept_skill(skill: SkillClaim | None) -> Kept:
    """Give the claim of skill; an empty one where none is made."""
    if skill is None:
        return {}
    return {
        "measure": skill.measure,
        "baseline": skill.baseline,
        "lift": number(skill.lift),
        "bound": number(skill.bound),
        "level": skill.level,
        "holds": skill.holds,
    }

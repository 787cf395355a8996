"""An evaluation as JSON: what a card, MLflow and the gate hold of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from customs.evidence import (
    Disparity,
    Evaluation,
    EvaluationReport,
    GroupFigures,
    Grouping,
    Probe,
    SkillClaim,
    Stability,
    WholePopulation,
)
from customs.figure import Figure

Held = Mapping[str, Any]


def report_to_json(report: EvaluationReport) -> dict[str, Any]:
    """Give the report as plain JSON; a bound that is not known is null.

    >>> empty = EvaluationReport((), None, ("nothing",))
    >>> report_from_json(report_to_json(empty)) == empty
    True
    """
    held: dict[str, Any] = plain(asdict(report))
    if report.skill is not None:
        held["skill"]["holds"] = report.skill.holds
    return held


def report_from_json(held: Held) -> EvaluationReport:
    """Give the report that `report_to_json` wrote; the gate refuses one that does not say how it examined."""
    skill, stable, population = held["skill"], held["stability"], held["population"]
    return EvaluationReport(
        evaluations=tuple(
            Evaluation(**_but_figures(one), figures=_figures(one["figures"])) for one in held["evaluations"]
        ),
        skill=_claim(skill) if skill else None,
        words=tuple(held["words"]),
        champion=held["champion"],
        unread_champion=held.get("unread_champion"),
        examined=held.get("examined", {}),
        groupings=tuple(map(_grouping, held["groupings"])),
        disparities=tuple(
            Disparity(one["attribute"], one["group"], one["measure"], _figure(one["ratio"]))
            for one in held["disparities"]
        ),
        probes=tuple(Probe(**one) for one in held["probes"]),
        stability=_stability(stable) if stable else None,
        population=_population(population) if population else None,
    )


def _grouping(held: Held) -> Grouping:
    groups = (GroupFigures(**_but_figures(one), figures=_figures(one["figures"])) for one in held["groups"])
    return Grouping(held["attribute"], tuple(groups))


def _claim(held: Held) -> SkillClaim:
    lift, bound = _number(held["lift"]), _number(held["bound"])
    return SkillClaim(held["measure"], held["baseline"], lift, bound, held["level"])


def _stability(held: Held) -> Stability:
    spread = {name: (_number(low), _number(high)) for name, (low, high) in held["spread"].items()}
    return Stability(held["seeds"], _number(held["correlation"]), spread)


def _population(held: Held) -> WholePopulation:
    inspected, weighted = (_figures(held[name]) for name in ("inspected", "weighted"))
    return WholePopulation(held["items"], held["known"], inspected, weighted, held["words"])


def _but_figures(held: Held) -> dict[str, Any]:
    return {name: value for name, value in held.items() if name != "figures"}


def _figures(held: Mapping[str, Held]) -> dict[str, Figure]:
    return {name: _figure(one) for name, one in held.items()}


def _figure(held: Held) -> Figure:
    return Figure(*(_number(held[part]) for part in ("value", "low", "high", "level")))


def plain(value: Any) -> Any:
    """Give what JSON can hold: lists for tuples, null for what is not a finite number."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)

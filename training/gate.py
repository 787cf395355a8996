"""The gate: whether the evidence on a model lets it become champion, and every ground for or against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from customs.evidence import Comparison, DriftReport, Evaluation, EvaluationReport, Footprint
from customs.figure import Figure
from training.evaluate import MODEL, TO_CHAMPION, TO_CHAMPION_AT_CAPACITY
from training.grouped import HITS, NEEDLESS
from training.probes import PROBES
from training.settings import TrainingSettings
from training.words import said

_MOST_HONEST_FIRST = ("decontaminated", "test")
_BESIDE_CHAMPION = ("novel", "test")
_MEGABYTE = 1_000_000

Ground = tuple[bool, str]


@dataclass(frozen=True)
class Verdict:
    """Whether the gate lets a bundle through, and on what grounds."""

    accepted: bool
    grounds: tuple[str, ...]


@dataclass(frozen=True)
class Present:
    """What is measured of a bundle on the day it is to be promoted; None where there is nothing to measure.

    `drift` compares what it learnt from with the newest days, `shadow` it and the champion on the
    `shadow_days` days of decisions since it was judged.
    """

    footprint: Footprint | None = None
    drift: DriftReport | None = None
    shadow: Comparison | None = None
    shadow_days: int = 0


def gate(
    report: EvaluationReport,
    champion: str | None,
    settings: TrainingSettings,
    present: Present | None = None,
) -> Verdict:
    """Judge a model: is it fit to be champion, after `champion` (a bundle id) or as the first?

    Every model needs the claim of skill, sound probabilities, a value interval that covers what it says,
    every probe passed, and no group that is surely burdened beyond the bounds. One after a champion must not
    be worse on the same items at capacity, the interval excluding worse than the margin, nor surely worse by
    the measure of the claim. What was measured today must keep within its budgets.

    >>> gate(EvaluationReport((), None, ()), None, TrainingSettings()).accepted
    False
    """
    evaluation = _of_model(report)
    if evaluation is None:
        return Verdict(accepted=False, grounds=("there is no evaluation of a risk model",))
    found = [
        _skill(report),
        *(_beside_champion(report, champion, settings) if champion else ()),
        _calibrated(evaluation, settings),
        _covering(report, settings),
        *_probed(report),
        *_even(report, settings),
        *_now(present or Present(), settings, champion),
    ]
    refusals = tuple(ground for passed, ground in found if not passed)
    return Verdict(not refusals, refusals or tuple(ground for _, ground in found))


def _of_model(report: EvaluationReport) -> Evaluation | None:
    for part in _MOST_HONEST_FIRST:
        for evaluation in report.evaluations:
            if (evaluation.part, evaluation.method) == (part, MODEL):
                return evaluation
    return None


def _skill(report: EvaluationReport) -> Ground:
    skill = report.skill
    if skill is None:
        return False, "no skill is claimed"
    bound = f"{said(skill.measure)} over that of {skill.baseline}: {skill.level:.1%} bound {skill.bound:.2f}"
    return (True, bound) if skill.holds else (False, f"{bound}, not above 1: no skill")


def _beside_champion(report: EvaluationReport, champion: str, settings: TrainingSettings) -> Iterator[Ground]:
    """Give the comparison with the champion; where there is none on the same items, skill must do."""
    figures = _ratios(report)
    if figures is None or report.champion != champion:
        yield True, f"no comparison with the champion {champion} on the same items: skill stands alone"
        return
    at_capacity, by_measure = figures
    least = 1 - settings.gate_margin
    words = f"precision at capacity over the champion's on the same items: {at_capacity}"
    better = at_capacity.value >= 1 and at_capacity.low >= least
    yield better, f"{words}, 1 or more accepted, if surely not below {least:g}"
    words = f"{said(settings.gate_measure)} over the champion's on the same items: {by_measure}"
    yield not by_measure.high < 1, f"{words}, surely below 1 is refused"


def _ratios(report: EvaluationReport) -> tuple[Figure, Figure] | None:
    for part in _BESIDE_CHAMPION:
        for one in report.evaluations:
            if (one.part, one.method) == (part, MODEL) and TO_CHAMPION_AT_CAPACITY in one.figures:
                return one.figures[TO_CHAMPION_AT_CAPACITY], one.figures[TO_CHAMPION]
    return None


def _calibrated(model: Evaluation, settings: TrainingSettings) -> Ground:
    error = model.figures.get("calibration_error", Figure(float("nan"), float("nan"), float("nan")))
    return error.value <= settings.gate_calibration_error, (
        f"calibration error {error}, at most {settings.gate_calibration_error:g} accepted"
    )


def _covering(report: EvaluationReport, settings: TrainingSettings) -> Ground:
    covered = [e.figures["interval_coverage"] for e in report.evaluations if "interval_coverage" in e.figures]
    low, high = settings.gate_coverage
    if not covered:
        return True, "the value interval was not measured"
    return low <= covered[0].value <= high, (
        f"the value interval covers {covered[0]}, {low:g} to {high:g} accepted"
    )


def _probed(report: EvaluationReport) -> Iterator[Ground]:
    """Give each probe that failed or was left out; one ground where all passed."""
    held = {probe.name: probe for probe in report.probes}
    wrong = [name for name in PROBES if name not in held or not held[name].passed]
    for name in wrong:
        yield False, f"probe '{name}': {held[name].words if name in held else 'it was not made: train again'}"
    if not wrong:
        yield True, f"all {len(PROBES)} leak probes passed"


def _even(report: EvaluationReport, settings: TrainingSettings) -> Iterator[Ground]:
    """Give each group that is surely burdened beyond the bounds; one ground where none is."""
    beyond = [
        one
        for one in report.disparities
        if (one.measure == NEEDLESS and one.ratio.low > settings.gate_needless_ratio)
        or (one.measure == HITS and one.ratio.high < settings.gate_hit_ratio)
    ]
    for one in beyond:
        what = "needless selections" if one.measure == NEEDLESS else "the hit rate of selections"
        yield (
            False,
            f"{one.attribute} '{one.group}': {what} over those of others {one.ratio}, beyond the bound",
        )
    if not beyond and report.disparities:
        groups = len({(one.attribute, one.group) for one in report.disparities})
        yield True, f"none of {groups} groups is surely burdened beyond the bounds"


def _now(present: Present, settings: TrainingSettings, champion: str | None) -> Iterator[Ground]:
    """Give what was measured today: size and time, drift of the inputs, the shadow run."""
    if present.footprint is not None:
        yield _within_budget(present.footprint, settings)
    if present.drift is not None and settings.gate_drift:
        yield not present.drift.alert, f"drift since it learnt: {present.drift.words[0]}"
    if settings.gate_shadow_days and champion:
        yield _shadowed(present, settings)


def _within_budget(footprint: Footprint, settings: TrainingSettings) -> Ground:
    megabytes = footprint.bytes / _MEGABYTE
    passed = (
        megabytes <= settings.gate_bundle_mb
        and footprint.leaves <= settings.gate_leaves
        and footprint.microseconds <= settings.gate_row_microseconds
    )
    return passed, (
        f"{megabytes:.1f} MB, {footprint.trees:,} trees with {footprint.leaves:,} leaves, "
        f"{footprint.microseconds:,.0f} µs a row; at most {settings.gate_bundle_mb:g} MB, "
        f"{settings.gate_leaves:,} leaves, {settings.gate_row_microseconds:,.0f} µs accepted"
    )


def _shadowed(present: Present, settings: TrainingSettings) -> Ground:
    """Judge the days beside the champion: enough of them, and nowhere surely worse."""
    if present.shadow is None or present.shadow_days < settings.gate_shadow_days:
        asked = settings.gate_shadow_days
        return False, f"shadow run of {present.shadow_days} days with outcomes, {asked} are asked for"
    worse = [one.measure for one in present.shadow.differences if one.better == "other"]
    told = f"shadow run of {present.shadow_days} days, {present.shadow.items:,} items with outcomes"
    if worse:
        return False, f"{told}: surely worse than the champion by {', '.join(map(said, worse))}"
    return True, f"{told}: nowhere surely worse than the champion"

"""The gate: whether the evidence on a model lets it become champion, and every ground for or against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from customs.evidence import Evaluation, EvaluationReport, Text
from customs.figure import Figure
from training.burden import HITS, NEEDLESS
from training.catalogue import attribute_name, each, group_name, method_name, sentence, text
from training.evaluate import MODEL, TO_CHAMPION, TO_CHAMPION_AT_CAPACITY
from training.present import Ground, Present, present_grounds
from training.probes import PROBES
from training.settings import TrainingSettings
from training.strictness import laxer
from training.words import measure_text

_MOST_HONEST_FIRST = ("decontaminated", "test")
_BESIDE_CHAMPION = ("novel", "test")


@dataclass(frozen=True)
class Verdict:
    """Whether the gate lets a bundle through, and on what grounds."""

    accepted: bool
    grounds: tuple[Text, ...]


def gate(
    report: EvaluationReport,
    champion: str | None,
    settings: TrainingSettings,
    present: Present | None = None,
) -> Verdict:
    """Judge a model: is it fit to be champion, after `champion` (a bundle id) or as the first?

    Every model needs the claim of skill, an examination no laxer than these settings, sound probabilities, a
    value interval that covers what it says, every probe passed, and no group that is surely burdened beyond
    the bounds. One after a champion must not
    be worse on the same items at capacity, the interval excluding worse than the margin, nor surely worse by
    the measure of the claim. What was measured today must keep within its budgets.

    >>> gate(EvaluationReport((), None, ()), None, TrainingSettings()).accepted
    False
    """
    evaluation = _of_model(report)
    if evaluation is None:
        return Verdict(accepted=False, grounds=(text("gate/no_evaluation"),))
    present = present or Present()
    found = [
        _skill(report, settings),
        *(_beside_champion(report, champion, settings, present) if champion else ()),
        _calibrated(evaluation, settings),
        _covering(report, settings),
        _examined(report, settings),
        *_probed(report),
        *_even(report, settings),
        *present_grounds(present, settings, champion),
    ]
    refusals = tuple(ground for passed, ground in found if not passed)
    return Verdict(not refusals, refusals or tuple(ground for _, ground in found))


def _of_model(report: EvaluationReport) -> Evaluation | None:
    for part in _MOST_HONEST_FIRST:
        for evaluation in report.evaluations:
            if (evaluation.part, evaluation.method) == (part, MODEL):
                return evaluation
    return None


def _skill(report: EvaluationReport, settings: TrainingSettings) -> Ground:
    """Judge the claim; one that was made by another measure, or at a lower level, is none."""
    skill = report.skill
    if skill is None:
        return False, text("gate/skill/none")
    if skill.measure != settings.gate_measure or skill.level < settings.skill_level:
        return False, text(
            "gate/skill/other",
            measure=measure_text(skill.measure),
            level=f"{skill.level:.1%}",
            asked=measure_text(settings.gate_measure),
            least=f"{settings.skill_level:.1%}",
        )
    return skill.holds, text(
        "gate/skill/yes" if skill.holds else "gate/skill/no",
        measure=measure_text(skill.measure),
        baseline=each(partial(method_name, skill.baseline)),
        level=f"{skill.level:.1%}",
        bound=f"{skill.bound:.2f}",
    )


def _examined(report: EvaluationReport, settings: TrainingSettings) -> Ground:
    """Judge how the model was examined: laxer settings of its training count for nothing at the gate."""
    wrong = laxer(report.examined, settings)
    if not wrong:
        return True, text("gate/examined")
    return False, text("gate/examined/laxer", settings=each(partial(_asked, wrong)))


def _asked(wrong: Mapping[str, tuple[float | None, float]], language: str) -> str:
    return ", ".join(
        sentence(
            "gate/examined/setting",
            language,
            name=name,
            given="–" if given is None else f"{given:g}",
            asked=f"{asked:g}",
        )
        for name, (given, asked) in wrong.items()
    )


def _beside_champion(
    report: EvaluationReport, champion: str, settings: TrainingSettings, present: Present
) -> Iterator[Ground]:
    """Give the comparison with the champion: that of the evaluation, or today's where it knew another one.

    Where too little came since to compare them the model waits; skill must do beside a champion that no
    longer scores.
    """
    figures = _ratios(report) if report.champion == champion else present.beside
    if figures is None:
        key = "gate/champion/untold" if present.comparable else "gate/champion/none"
        yield not present.comparable, text(key, champion=champion)
        return
    at_capacity, by_measure = figures[TO_CHAMPION_AT_CAPACITY], figures[TO_CHAMPION]
    least = 1 - settings.gate_margin
    better = at_capacity.value >= 1 and at_capacity.low >= least
    yield better, text("gate/champion/capacity", ratio=str(at_capacity), least=f"{least:g}")
    measure = measure_text(settings.gate_measure)
    yield not by_measure.high < 1, text("gate/champion/measure", measure=measure, ratio=str(by_measure))


def _ratios(report: EvaluationReport) -> Mapping[str, Figure] | None:
    for part in _BESIDE_CHAMPION:
        for one in report.evaluations:
            if (one.part, one.method) == (part, MODEL) and TO_CHAMPION_AT_CAPACITY in one.figures:
                return one.figures
    return None


def _calibrated(model: Evaluation, settings: TrainingSettings) -> Ground:
    error = model.figures.get("calibration_error", Figure(float("nan"), float("nan"), float("nan")))
    most = settings.gate_calibration_error
    return error.value <= most, text("gate/calibration", error=str(error), most=f"{most:g}")


def _covering(report: EvaluationReport, settings: TrainingSettings) -> Ground:
    covered = [e.figures["interval_coverage"] for e in report.evaluations if "interval_coverage" in e.figures]
    low, high = settings.gate_coverage
    if not covered:
        return True, text("gate/coverage/none")
    return low <= covered[0].value <= high, text(
        "gate/coverage", coverage=str(covered[0]), low=f"{low:g}", high=f"{high:g}"
    )


def _probed(report: EvaluationReport) -> Iterator[Ground]:
    """Give each probe that failed or was left out; one ground where all passed."""
    held = {probe.name: probe for probe in report.probes}
    wrong = [name for name in PROBES if name not in held or not held[name].passed]
    for name in wrong:
        found = held[name].words if name in held else text("gate/probe/none")
        yield False, text("gate/probe", name=text(f"probe/{name}"), found=found)
    if not wrong:
        yield True, text("gate/probes", count=str(len(PROBES)))


def _even(report: EvaluationReport, settings: TrainingSettings) -> Iterator[Ground]:
    """Give each group that is surely burdened beyond the bounds; one ground where none is."""
    beyond = [
        one
        for one in report.disparities
        if (one.measure == NEEDLESS and one.ratio.low > settings.gate_needless_ratio)
        or (one.measure == HITS and one.ratio.high < settings.gate_hit_ratio)
    ]
    for one in beyond:
        yield (
            False,
            text(
                f"gate/burden/{one.measure}",
                attribute=each(partial(attribute_name, one.attribute)),
                group=each(partial(group_name, one.attribute, one.group)),
                ratio=str(one.ratio),
            ),
        )
    if not beyond and report.disparities:
        groups = len({(one.attribute, one.group) for one in report.disparities})
        yield True, text("gate/burden/none", groups=str(groups))

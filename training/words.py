"""What an evaluation means, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from customs.evidence import Evaluation, SkillClaim

_MANY = 0.05


def words_of(
    evaluations: Sequence[Evaluation], skill: SkillClaim | None, measure: str, *, repeated: float
) -> tuple[str, ...]:
    """Give the sentences of a report: what the figures say, what they do not, and whether there is skill.

    >>> words_of((), None, "average_precision", repeated=0.0)
    ('There are too few labelled items of both kinds to say anything.',)
    """
    if not evaluations:
        return ("There are too few labelled items of both kinds to say anything.",)
    found = {(one.part, one.method): one for one in evaluations}
    words = [*_repeats(found, measure, repeated), *_honest(found, measure), *_calibration(found)]
    return (*words, _skill(skill))


_Found = dict[tuple[str, str], Evaluation]


def _repeats(found: _Found, measure: str, repeated: float) -> list[str]:
    lookup = _value(found, "test", "lookup", measure)
    if repeated <= _MANY or lookup is None:
        return []
    model = _value(found, "test", "model", measure)
    return [
        f"{repeated:.0%} of the test items repeat goods that were seen before.",
        (
            f"On this plain split a look-up table of the goods, with no model, reaches {said(measure)} "
            f"of {lookup}; the model reaches {model}. The plain split proves nothing: it is a smoke test."
        ),
    ]


def _honest(found: _Found, measure: str) -> list[str]:
    told = {
        "test": "On later data",
        "novel": "On items whose goods were never seen before",
        "decontaminated": "On all later items, learnt without any row of the same goods (the honest figure)",
    }
    words = []
    for part, where in told.items():
        figures = {
            method: _value(found, part, method, measure)
            for method in ("model", "champion", "rules", "random")
        }
        if figures["model"] is None:
            continue
        beside = ", ".join(f"{name} {value}" for name, value in figures.items() if value and name != "model")
        words.append(f"{where}, {said(measure)} is {figures['model']}; beside it: {beside}.")
    return words


def _calibration(found: _Found) -> list[str]:
    error = _value(found, "test", "model", "calibration_error")
    coverage = _value(found, "test", "model", "interval_coverage")
    words = []
    if error is not None:
        words.append(f"Probabilities are off by {error} on average.")
    if coverage is not None:
        words.append(
            f"The value interval holds the declared value of items not found false {coverage} of the time."
        )
    return words


def _skill(skill: SkillClaim | None) -> str:
    if skill is None:
        return "Skill is not claimed: there is no model of risk."
    bound = f"the one-sided {skill.level:.1%} bound of its lift over {skill.baseline} is {skill.bound:.2f}"
    if skill.holds:
        return f"The model has skill on {said(skill.measure)}: {bound} (lift {skill.lift:.2f})."
    return f"No skill is shown on {said(skill.measure)}: {bound}, not above 1 (lift {skill.lift:.2f})."


def _value(found: _Found, part: str, method: str, measure: str) -> str | None:
    evaluation = found.get((part, method))
    if evaluation is None or measure not in evaluation.figures:
        return None
    return str(evaluation.figures[measure])


def said(measure: str) -> str:
    """Give a measure in words.

    >>> said("precision_at_5"), said("revenue_by_yield_at_5"), said("auc")
    ('precision at 5 % inspected', 'revenue by yield at 5 % inspected', 'AUC')
    """
    name, _, percent = measure.rpartition("_at_")
    words = (name or measure).replace("_", " ").replace("auc", "AUC")
    return f"{words} at {percent} % inspected" if name else words

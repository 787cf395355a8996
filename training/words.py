"""What an evaluation means, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence

from customs.evidence import Evaluation, SkillClaim

_MANY = 0.05

_NAMES = {
    "auc": "AUC",
    "revenue": "share of revenue",
    "revenue_by_yield": "share of revenue, ranked by expected revenue,",
    "interval_width": "interval width, ln(high / low)",
}
_WHERE = {
    "test": "On later data",
    "novel": "On items whose goods were never seen before",
    "decontaminated": "On all later items, learnt without any row of the same goods (the honest figure)",
}


def words_of(
    evaluations: Sequence[Evaluation], skill: SkillClaim | None, told: Sequence[str], *, repeated: float
) -> tuple[str, ...]:
    """Give the sentences of a report: what the figures say, what they do not, and whether there is skill.

    `told` are the measures to tell: what an office sees of a model first, then that of the claim.

    >>> words_of((), None, ["average_precision"], repeated=0.0)
    ('There are too few labelled items of both kinds to say anything.',)
    """
    if not evaluations:
        return ("There are too few labelled items of both kinds to say anything.",)
    found = {(one.part, one.method): one for one in evaluations}
    measured = {name for one in evaluations for name in one.figures}
    measures = [name for name in dict.fromkeys(told) if name in measured]
    level = next(figure.level for one in evaluations for figure in one.figures.values())
    words = [
        _legend(measures, level),
        *_repeats(found, measures[0], repeated),
        *(sentence for one in measures for sentence in _honest(found, one)),
        *_calibration(found),
    ]
    return (*words, _skill(skill, evaluations[-1].part))


_Found = dict[tuple[str, str], Evaluation]


def _legend(measures: Sequence[str], level: float) -> str:
    meanings = " ".join(f"{said(one).capitalize()} is {_meaning(one)}." for one in measures)
    return f"{meanings} Brackets hold {level:.0%} intervals."


def _meaning(measure: str) -> str:
    name, _, percent = measure.rpartition("_at_")
    if name:
        return f"the share of illicit items among the {percent} % of highest score"
    return "that share averaged over all depths at which one more illicit item is found"


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
    words = []
    for part, where in _WHERE.items():
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
        words.append(f"Predicted probabilities are off from the observed rates by {error} on average.")
    if coverage is not None:
        words.append(
            f"The value interval holds the declared value in a share of {coverage} of the items, those whose "
            "value was found false left out."
        )
    return words


def _skill(skill: SkillClaim | None, part: str) -> str:
    """Say whether there is skill on the last part, the one that is hardest to pass by memory."""
    if skill is None:
        return "Skill is not claimed: there is no model of risk."
    lift = (
        f"it is {skill.lift:.2f} times that of {skill.baseline}, with {skill.level:.1%} confidence "
        f"more than {skill.bound:.2f} times"
    )
    by = f"by {said(skill.measure)}: {lift}"
    if skill.holds:
        return f"{_WHERE[part]} the model has skill, {by}."
    return f"{_WHERE[part]} no skill is shown, {by}, which is not above 1."


def _value(found: _Found, part: str, method: str, measure: str) -> str | None:
    evaluation = found.get((part, method))
    if evaluation is None or measure not in evaluation.figures:
        return None
    return str(evaluation.figures[measure])


def said(measure: str) -> str:
    """Give a measure in words.

    >>> said("precision_at_5"), said("revenue_at_5"), said("auc")
    ('precision at 5 % inspected', 'share of revenue at 5 % inspected', 'AUC')
    """
    name, _, percent = measure.rpartition("_at_")
    words = _NAMES.get(name or measure, (name or measure).replace("_", " "))
    return f"{words} at {percent} % inspected" if name else words

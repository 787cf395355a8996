"""What an evaluation means, in plain sentences of both languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from customs.evidence import Evaluation, Probe, SkillClaim, Text
from training.catalogue import each, measure_name, method_name, text

_MANY = 0.05
_PARTS = ("test", "novel", "decontaminated")
_BESIDE = ("champion", "rules", "random")


def words_of(
    evaluations: Sequence[Evaluation], skill: SkillClaim | None, told: Sequence[str], *, repeated: float
) -> tuple[Text, ...]:
    """Give the sentences of a report: what the figures say, what they do not, and whether there is skill.

    `told` are the measures to tell: what an office sees of a model first, then that of the claim.

    >>> words_of((), None, ["average_precision"], repeated=0.0)[0]["en"]
    'There are too few labelled items of both kinds to say anything.'
    """
    if not evaluations:
        return (text("words/nothing"),)
    found = {(one.part, one.method): one for one in evaluations}
    measured = {name for one in evaluations for name in one.figures}
    measures = [name for name in dict.fromkeys(told) if name in measured]
    level = next(figure.level for one in evaluations for figure in one.figures.values())
    return (
        *map(_meaning, measures),
        text("words/intervals", level=f"{level:.0%}"),
        *_repeats(found, measures[0], repeated),
        *(sentence for one in measures for sentence in _honest(found, one)),
        *_trust(found),
        _skill(skill, evaluations[-1].part),
    )


def doubts(probes: Sequence[Probe]) -> tuple[Text, ...]:
    """Give a sentence for each leak probe that failed: what it found, and that no figure is to be trusted."""
    return tuple(
        text("words/probe", name=text(f"probe/{one.name}"), found=one.words)
        for one in probes
        if not one.passed
    )


_Found = dict[tuple[str, str], Evaluation]


def measure_text(measure: str) -> Text:
    """Give a measure in words of every language."""
    return each(partial(measure_name, measure))


def _meaning(measure: str) -> Text:
    name, _, percent = measure.rpartition("_at_")
    key = "words/meaning/share" if name else "words/meaning/average"
    named = each(lambda language: _capital(measure_name(measure, language)))
    return text(key, measure=named, percent=percent)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _repeats(found: _Found, measure: str, repeated: float) -> Iterator[Text]:
    lookup = _value(found, "test", "lookup", measure)
    if repeated <= _MANY or lookup is None:
        return
    model = _value(found, "test", "model", measure) or "–"
    yield text("words/repeated", share=f"{repeated:.0%}")
    yield text("words/lookup", measure=measure_text(measure), lookup=lookup, model=model)


def _honest(found: _Found, measure: str) -> Iterator[Text]:
    for part in _PARTS:
        model = _value(found, part, "model", measure)
        values = {name: _value(found, part, name, measure) for name in _BESIDE}
        if model is not None:
            beside = each(partial(_listed, {name: value for name, value in values.items() if value}))
            where = text(f"words/where/{part}")
            yield text("words/honest", where=where, measure=measure_text(measure), model=model, beside=beside)


def _listed(values: dict[str, str], language: str) -> str:
    return ", ".join(f"{method_name(name, language)} {value}" for name, value in values.items())


def _trust(found: _Found) -> Iterator[Text]:
    for measure in ("calibration_error", "interval_coverage"):
        value = _value(found, "test", "model", measure)
        if value is not None:
            yield text(f"words/{measure}", value=value)


def _skill(skill: SkillClaim | None, part: str) -> Text:
    """Say whether there is skill on the last part, the one that is hardest to pass by memory."""
    if skill is None:
        return text("words/skill/none")
    return text(
        "words/skill/yes" if skill.holds else "words/skill/no",
        where=text(f"words/where/{part}"),
        measure=measure_text(skill.measure),
        lift=f"{skill.lift:.2f}",
        baseline=each(partial(method_name, skill.baseline)),
        level=f"{skill.level:.1%}",
        bound=f"{skill.bound:.2f}",
    )


def _value(found: _Found, part: str, method: str, measure: str) -> str | None:
    evaluation = found.get((part, method))
    if evaluation is None or measure not in evaluation.figures:
        return None
    return str(evaluation.figures[measure])

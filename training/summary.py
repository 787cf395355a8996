"""What a model is worth, in a few sentences: the head of its page and of its card."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

from customs.evidence import Disparity, Evaluation, EvaluationReport, WholePopulation
from customs.figure import Figure
from training.burden import HITS, NEEDLESS
from training.catalogue import attribute_name, floored, group_name, number, percent, sentence
from training.evaluate import MODEL, RANDOM, RULES, TO_CHAMPION_AT_CAPACITY, figure_of

_MOST_HONEST_FIRST = ("decontaminated", "novel", "test")

_Say = Callable[..., str]


def summary(report: EvaluationReport, language: str) -> tuple[str, ...]:
    """Give the sentences, the most telling first; `language` is es or en.

    >>> summary(EvaluationReport((), None, ()), "en")[0]
    'There is no risk model, or there are too few outcomes of both kinds: nothing is claimed.'
    """
    say = partial(sentence, language=language)
    part = honest_part(report)
    if part is None:
        return (say("skill/none"), say("limits"))
    return (
        _skill(report, language),
        *_worth(report, part, language),
        *_trust(report, part, language),
        *_burden(report, language),
        say("limits"),
    )


def honest_part(report: EvaluationReport) -> Evaluation | None:
    """Give the model's evaluation on the part that memory helps least with; None where there is none."""
    found = {one.part: one for one in report.evaluations if one.method == MODEL}
    return next((found[part] for part in _MOST_HONEST_FIRST if part in found), None)


def _skill(report: EvaluationReport, language: str) -> str:
    if report.skill is None:
        return sentence("skill/none", language)
    if report.skill.holds and not all(probe.passed for probe in report.probes):
        return sentence("skill/doubted", language)
    key = "skill/yes" if report.skill.holds else "skill/no"
    return sentence(key, language, level=percent(report.skill.level, language))


def _worth(report: EvaluationReport, part: Evaluation, language: str) -> Iterator[str]:
    at = f"at_{report.capacity:g}"
    capacity = percent(report.capacity / 100, language)
    hits = part.figures.get(f"precision_{at}")
    if hits is not None:
        beside = {
            name: _hundred(figure_of(report, part.part, name, f"precision_{at}"), language)
            for name in (RANDOM, RULES)
        }
        yield sentence("worth", language, capacity=capacity, hits=_hundred(hits, language), **beside)
    recall = part.figures.get(f"recall_{at}")
    if recall is not None:
        yield sentence(
            "found",
            language,
            capacity=capacity,
            recall=percent(recall.value, language),
            **_percents(recall, language),
        )
    revenue = part.figures.get(f"revenue_by_yield_{at}")
    if revenue is not None:
        yield sentence(
            "revenue", language, revenue=percent(revenue.value, language), **_percents(revenue, language)
        )
    yield sentence(f"part/{part.part}", language, items=number(part.items, language, 0))
    yield from _beside_champion(report, language)


def _beside_champion(report: EvaluationReport, language: str) -> Iterator[str]:
    """Tell the comparison with the champion, or that there was none to compare with."""
    ratio = figure_of(report, "test", MODEL, TO_CHAMPION_AT_CAPACITY)
    if report.unread_champion is not None:
        yield sentence("champion/unread", language, champion=report.unread_champion)
    elif report.champion is None:
        yield sentence("champion/none", language)
    elif ratio is not None:
        ratios = {"ratio": number(ratio.value, language), **_bounds(ratio, language, 1)}
        yield sentence("champion", language, champion=report.champion, **ratios)


def _trust(report: EvaluationReport, part: Evaluation, language: str) -> Iterator[str]:
    error = part.figures.get("calibration_error")
    if error is not None:
        off = number(100 * error.value, language, 1)
        yield sentence("calibrated", language, error=off, **_bounds(error, language, 100, digits=1))
    covered = figure_of(report, "test", MODEL, "interval_coverage")
    if covered is not None:
        share = percent(covered.value, language)
        yield sentence("covered", language, coverage=share, **_percents(covered, language))
    if report.probes:
        failed = [sentence(f"probe/{probe.name}", language) for probe in report.probes if not probe.passed]
        key = "probes/failed" if failed else "probes/passed"
        yield sentence(key, language, names=", ".join(failed), count=str(len(report.probes)))
    if report.stability is not None:
        correlation = floored(report.stability.correlation, language)
        yield sentence("stable", language, seeds=str(report.stability.seeds), correlation=correlation)
    if report.population is not None:
        yield from _population(report, report.population, language)


def _population(report: EvaluationReport, held: WholePopulation, language: str) -> Iterator[str]:
    if not held.weighted:
        yield sentence("population/no", language)
        return
    rate = held.weighted["illicit_rate"]
    inspected = percent(held.inspected["illicit_rate"].value, language)
    weighted = percent(rate.value, language)
    yield sentence(
        "population/yes", language, inspected=inspected, weighted=weighted, **_percents(rate, language)
    )
    hits = held.weighted[f"precision_at_{report.capacity:g}"]
    if not math.isnan(hits.value):
        yield sentence(
            "population/hits",
            language,
            capacity=percent(report.capacity / 100, language),
            hits=number(100 * hits.value, language, 0),
            **_bounds(hits, language, 100),
        )


def _burden(report: EvaluationReport, language: str) -> Iterator[str]:
    """Tell who surely bears most for nothing, and whose selections surely find least."""
    known = [one for one in report.disparities if one.ratio.low == one.ratio.low]
    needless = [one for one in known if one.measure == NEEDLESS]
    hits = [one for one in known if one.measure == HITS]
    if needless:
        yield _borne("burden", max(needless, key=lambda one: one.ratio.low), language)
    if hits:
        yield _borne("hits", min(hits, key=lambda one: one.ratio.high), language)


def _borne(key: str, one: Disparity, language: str) -> str:
    return sentence(
        key,
        language,
        attribute=attribute_name(one.attribute, language),
        group=group_name(one.attribute, one.group, language),
        ratio=number(one.ratio.value, language),
        **_bounds(one.ratio, language, 1),
    )


def _hundred(figure: Figure | None, language: str) -> str:
    """Give how many of a hundred, with the interval where there is one."""
    if figure is None:
        return "–"
    counted = number(100 * figure.value, language, 0)
    if math.isnan(figure.low):
        return counted
    return f"{counted} ({sentence('page/interval', language, **_bounds(figure, language, 100))})"


def _bounds(figure: Figure, language: str, times: float, *, digits: int | None = None) -> dict[str, str]:
    digits = digits if digits is not None else 0 if times > 1 else 2
    return {
        "low": number(times * figure.low, language, digits),
        "high": number(times * figure.high, language, digits),
    }


def _percents(figure: Figure, language: str) -> dict[str, str]:
    return {"low": percent(figure.low, language), "high": percent(figure.high, language)}

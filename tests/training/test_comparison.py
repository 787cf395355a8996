"""Two models side by side: a difference is claimed where its interval excludes zero, in either direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from customs.evidence import Comparison, Difference
from customs.figure import Figure
from estimation.bootstrap import bootstrap_figures, paired_figures
from features.dataset import Dataset
from tests.scoring.scorers import items, scorer
from tests.training.test_evaluate import part_of
from training.comparison import beside_champion, words_of
from training.comparison_page import comparison_to_html, comparison_to_json
from training.errors import NotEnoughDataError
from training.evaluate import statistics_of
from training.pictures import draw_comparison
from training.settings import TrainingSettings


def difference(low: float, high: float, *, more_is_better: bool = True) -> Difference:
    middle = (low + high) / 2
    return Difference(
        "auc", Figure(0.8, 0.7, 0.9), Figure(0.8 - middle, 0.6, 0.9), Figure(middle, low, high),
        more_is_better=more_is_better,
    )  # fmt: skip


def comparison(*differences: Difference) -> Comparison:
    return Comparison("aaaa", "bbbb", "2025-01-01", "2025-02-01", 500, 40, 0.9, differences)


@pytest.mark.parametrize(
    ("held", "better"),
    [
        (difference(0.01, 0.05), "aaaa"),
        (difference(-0.05, -0.01), "bbbb"),
        (difference(0.01, 0.05, more_is_better=False), "bbbb"),
        (difference(-0.05, -0.01, more_is_better=False), "aaaa"),
        (difference(-0.01, 0.05), None),
        (difference(float("nan"), float("nan")), None),
    ],
)
def test_one_is_better_only_where_the_interval_excludes_zero(held: Difference, better: str | None) -> None:
    found = comparison(held)
    assert found.better(held) == better
    assert comparison_to_json(found)["differences"][0]["better"] == better
    said = " ".join(one["en"] for one in words_of(found))
    assert (f"{better} is better by AUC" in said) == (better is not None)
    assert ("By 1 of 1 measures they cannot be told apart" in said) == (better is None)


def test_the_figures_of_a_pair_are_those_of_each_alone_and_the_difference_is_of_the_same_resamples() -> None:
    part = part_of(1.5, rows=600)
    one, other = (statistics_of(part, part.rankings[name], (5.0,)) for name in ("model", "rules"))
    found = paired_figures(one, other, part.clusters, rng=np.random.default_rng(2), replicates=300)
    alone = bootstrap_figures(one, part.clusters, rng=np.random.default_rng(2), replicates=300)
    for name, (first, second, less) in found.items():
        assert first == alone[name]
        assert less.value == pytest.approx(first.value - second.value)
    apart = found["auc"][2]
    assert apart.high - apart.low < (found["auc"][0].high - found["auc"][1].low)


def test_a_model_that_ranks_as_the_champion_does_is_worth_just_as_much_and_a_few_items_tell_nothing() -> None:
    columns, history = items()
    rows = len(columns["cif"])
    label = np.random.default_rng(1).integers(0, 2, rows).astype(np.float64)
    unknown, words = np.full(rows, np.nan), np.full(rows, None)
    held = Dataset(
        columns, history, label, unknown, words, columns["customs_date"], unknown, words, words
    )  # fmt: skip
    same = scorer()
    ratios = beside_champion(same, same, held, TrainingSettings(replicates=100))
    assert {(one.value, one.low, one.high) for one in ratios.values()} == {(1.0, 1.0, 1.0)}
    with pytest.raises(NotEnoughDataError, match="came after both learnt"):
        beside_champion(same, same, held.take(np.arange(40)), TrainingSettings())


def test_the_page_of_a_comparison_needs_nothing_else() -> None:
    part = part_of(1.5, rows=400)
    held = comparison(difference(0.01, 0.05), difference(-0.01, 0.05))
    both = {"one": part.rankings["model"], "other": part.rankings["rules"]}
    drawn = draw_comparison(replace(part, rankings=both), held)
    for language, told in (("en", "cannot be told apart"), ("es", "no se distinguen")):
        page = comparison_to_html(held, drawn, language)
        assert "https:" not in page
        assert "<script" not in page
        assert page.count("data:image/png;base64,") >= 3
        assert told in page

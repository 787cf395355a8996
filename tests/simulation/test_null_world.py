"""In a null world there is nothing to learn: labels are independent of all that is declared."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simulation.settings import WorldSettings
from simulation.world import World, simulate
from tests.simulation.yardstick import auc


@pytest.fixture(scope="module")
def null() -> World:
    return simulate(WorldSettings(declarations=8000, null_world=True))


def test_no_figure_declared_ranks_the_labels(null: World) -> None:
    keys = ["declaration_id", "item_no"]
    frame = null.items.filter(pl.col("version") == 1).join(null.truth, on=keys).join(null.outcomes, on=keys)
    labels = frame["illicit_right"].to_numpy()
    bound = 4 * np.sqrt(1 / (12 * labels.sum()))
    for what in (
        pl.col("cif"),
        pl.col("cif") / pl.col("net_kg"),
        pl.col("tax_rate_pct"),
        pl.col("freight") / pl.col("fob"),
    ):
        assert abs(auc(frame.select(what).to_series().to_numpy(), labels) - 0.5) < bound


def test_no_party_has_a_habit(null: World) -> None:
    keys = ["declaration_id", "item_no"]
    frame = null.items.filter(pl.col("version") == 1).join(null.truth, on=keys)
    rate = null.settings.null_rate
    for party in ("importer_id", "declarant_id", "seller_id"):
        by_party = frame.group_by(party).agg(pl.len().alias("n"), pl.col("illicit").sum().alias("k"))
        spread = (by_party["k"] - by_party["n"] * rate) ** 2 / (by_party["n"] * rate * (1 - rate))
        score = spread.to_numpy()
        assert abs(score.mean() - 1) < 5 * score.std() / np.sqrt(len(score))


def test_the_coin_has_its_share_and_no_oracle_knows_better(null: World) -> None:
    share, count = null.settings.null_rate, null.truth.height
    assert abs(null.truth["illicit"].sum() - share * count) < 4 * np.sqrt(count * share * (1 - share))
    assert null.truth["oracle_risk"].to_numpy() == pytest.approx(share)
    assert set(null.truth["mechanism"]) == {"none", "coin"}
    assert (null.truth["true_cif"] >= 0).all()


def test_lane_and_selection_say_nothing_of_the_coin(null: World) -> None:
    rates = null.outcomes.group_by("lane", "selection_reason").agg(pl.col("illicit").mean(), pl.len())
    expected = null.settings.null_rate * (1 - null.settings.miss_rate)
    for rate, count in rates.select("illicit", "len").iter_rows():
        assert abs(rate - expected) < 4 * np.sqrt(expected / count)

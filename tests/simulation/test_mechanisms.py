"""Each planted mechanism can be switched off, and leaves its trace when it is on."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simulation.fraud import MECHANISMS
from simulation.parties import populate
from simulation.propensities import first_states, next_states
from simulation.settings import Mechanisms, WorldSettings
from simulation.world import simulate

PLANTED = tuple(mechanism.name for mechanism in MECHANISMS[1:])
OFF = dict.fromkeys(PLANTED, 0.0)


def _of(joined: pl.DataFrame, name: str) -> pl.DataFrame:
    return joined.filter(pl.col("mechanism") == name)


def _mean(frame: pl.DataFrame, what: pl.Expr) -> float:
    return float(frame.select(what.cast(pl.Float64).mean()).item())


@pytest.mark.parametrize("name", PLANTED)
def test_a_mechanism_alone_plants_only_its_own(name: str) -> None:
    strength = Mechanisms.model_validate({**OFF, name: 2.0})
    truth = simulate(WorldSettings(declarations=1500, months=8, mechanisms=strength)).truth
    assert set(truth["mechanism"]) == {"none", name}


def test_a_world_with_all_mechanisms_off_has_nothing_to_find() -> None:
    world = simulate(WorldSettings(declarations=800, months=6, mechanisms=Mechanisms.model_validate(OFF)))
    assert world.truth["illicit"].sum() == 0
    assert world.truth["additional_revenue"].abs().sum() == 0
    assert world.outcomes["illicit"].sum() == 0
    assert world.truth["oracle_risk"].max() == 0


def test_undervaluation_lowers_the_unit_value_and_stays_with_few_importers(joined: pl.DataFrame) -> None:
    caught, honest = _of(joined, "undervaluation"), _of(joined, "none")
    assert _mean(caught, pl.col("low_price")) < _mean(honest, pl.col("low_price")) - 0.4
    by_importer = joined.group_by("importer_id").agg(
        (pl.col("mechanism") == "undervaluation").sum().alias("n")
    )
    counts = by_importer["n"].sort(descending=True).to_numpy()
    assert counts[: len(counts) // 5].sum() > 0.7 * counts.sum()


def test_undervaluation_grows_with_the_tariff_only_when_the_tariff_pulls(joined: pl.DataFrame) -> None:
    def ratio(frame: pl.DataFrame) -> float:
        rate = pl.col("mechanism") == "undervaluation"
        high = frame.filter((pl.col("tax_rate_pct") > 36) & (pl.col("tax_type") == "NMF"))
        low = frame.filter((pl.col("tax_rate_pct") < 20) & (pl.col("tax_type") == "NMF"))
        return _mean(high, rate) / _mean(low, rate)

    strength = Mechanisms.model_validate({**OFF, "undervaluation": 2.0, "tariff_pull": 0.0})
    level = simulate(WorldSettings(declarations=8000, mechanisms=strength))
    keys = ["declaration_id", "item_no"]
    assert ratio(joined) > 2
    assert 0.6 < ratio(level.items.filter(pl.col("version") == 1).join(level.truth, on=keys)) < 1.6


def test_misclassification_moves_dear_goods_to_a_lower_tariff(joined: pl.DataFrame) -> None:
    hidden = _of(joined, "misclassification")
    assert (hidden["hs6"] != hidden["true_hs_code"]).all()
    assert (hidden["additional_revenue"] > 0).all()
    honest = _of(joined, "none").with_columns((pl.col("cif") / pl.col("net_kg")).log().alias("value"))
    usual = honest.group_by("hs6").agg(pl.col("value").mean().alias("usual"))
    value = (pl.col("cif") / pl.col("net_kg")).log()
    fits = hidden.join(usual, on="hs6").join(usual, left_on="true_hs_code", right_on="hs6", suffix="_true")
    assert (
        _mean(fits, (value - pl.col("usual")).abs()) > _mean(fits, (value - pl.col("usual_true")).abs()) + 0.1
    )


def test_the_words_of_misclassified_goods_are_vague_or_of_other_goods(joined: pl.DataFrame) -> None:
    honest = _of(joined, "none")
    usual = honest.group_by("hs6", "description").len().with_columns(
        often=pl.col("len") / pl.col("len").sum().over("hs6")
    )  # fmt: skip
    scored = joined.join(usual, on=["hs6", "description"], how="left").with_columns(
        pl.col("often").fill_null(0)
    )
    odd = pl.col("often") < 0.09
    assert _mean(_of(scored, "misclassification"), odd) > 2 * _mean(_of(scored, "none"), odd)


def test_false_origin_claims_a_preference_for_goods_that_came_from_elsewhere(joined: pl.DataFrame) -> None:
    moved = _of(joined, "false_origin")
    honest = _of(joined, "none").filter(pl.col("preference_code").is_not_null())
    detour = pl.col("departure_country") != pl.col("origin_country")
    assert moved["preference_code"].is_not_null().all()
    assert (moved["origin_country"] != moved["true_origin"]).all()
    assert _mean(moved, detour) > _mean(honest, detour) + 0.2
    assert _mean(moved, pl.col("low_price")) < _mean(honest, pl.col("low_price")) - 0.1


def test_less_declared_than_there_is_shows_in_packages_and_gross_mass(joined: pl.DataFrame) -> None:
    less, honest = _of(joined, "quantity"), _of(joined, "none")
    share = pl.col("net_kg") / pl.col("gross_kg")
    assert (less["true_quantity"] > less["quantity"]).fill_null(value=True).all()
    assert _mean(less, pl.col("light_package")) < _mean(honest, pl.col("light_package")) - 0.25
    assert _mean(less, share) < _mean(honest, share) - 0.05


def test_counterfeits_bear_brands_at_low_prices_and_come_by_hubs(joined: pl.DataFrame) -> None:
    fake = _of(joined, "counterfeit")
    honest = _of(joined, "none").filter(pl.col("hs6").is_in(fake["hs6"].unique().implode()))
    branded, hub = pl.col("brand").is_not_null(), pl.col("departure_country").is_in(["HK", "PA", "AE"])
    assert _mean(fake, branded) > _mean(honest, branded) + 0.15
    assert (
        _mean(fake.filter(branded), pl.col("low_price"))
        < _mean(honest.filter(branded), pl.col("low_price")) - 0.3
    )
    assert _mean(fake, hub) > 1.3 * _mean(honest, hub)
    assert fake["seller_id"].n_unique() < 0.5 * fake.height


def test_a_ring_is_a_broker_and_a_seller_behind_young_importers(joined: pl.DataFrame) -> None:
    ring, honest = _of(joined, "ring"), _of(joined, "none")
    pairs = ring.drop_nulls("seller_id").group_by("declarant_id", "seller_id").agg(
        pl.col("importer_id").n_unique().alias("importers"), pl.len().alias("items")
    )  # fmt: skip
    assert pairs.height < 15
    assert pairs["importers"].median() >= 4
    assert _mean(ring, pl.col("low_price")) < _mean(honest, pl.col("low_price")) - 0.5


def test_states_stay_without_drift_and_keep_their_shares_with_it() -> None:
    parties = populate(WorldSettings(declarations=30_000), np.random.default_rng(3))
    start = first_states(parties, np.random.default_rng(4))
    still = next_states(start, parties, 0.0, np.random.default_rng(5))
    assert all((still[name] == start[name]).all() for name in start)
    turned = start
    for month in range(24):
        turned = next_states(turned, parties, 1.0, np.random.default_rng(month))
    moved = (turned["importer"] != start["importer"]).mean()
    assert 0.05 < moved < 0.2
    assert abs(turned["importer"].mean() - start["importer"].mean()) < 0.03

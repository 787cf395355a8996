"""Who is inspected, what is logged of it, and when it is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from simulation.settings import WorldSettings
from simulation.world import World, simulate


@pytest.fixture(scope="module")
def told(world: World) -> pl.DataFrame:
    keys = ["declaration_id", "item_no"]
    accepted = world.items.filter(pl.col("version") == 1).select(*keys, "accepted_at", "importer_aeo")
    return world.outcomes.join(world.truth, on=keys, suffix="_true").join(accepted, on=keys)


def test_a_random_inspection_is_as_frequent_as_its_logged_probability(world: World) -> None:
    drawn = world.outcomes.filter(pl.col("selection_reason") == "random")
    probability = world.settings.random_share
    count, total = drawn["declaration_id"].n_unique(), world.settings.declarations
    assert abs(count - total * probability) < 4 * np.sqrt(total * probability * (1 - probability))
    assert drawn["p_physical"].unique().to_list() == drawn["p_document"].unique().to_list() == [probability]


def test_legacy_inspections_have_no_probability(world: World) -> None:
    legacy = world.outcomes.filter(pl.col("selection_reason") == "legacy")
    assert legacy["p_document"].null_count() == legacy["p_physical"].null_count() == legacy.height
    assert set(world.outcomes["selection_reason"]) == {"legacy", "random"}


def test_the_random_share_is_a_fair_sample_and_the_legacy_one_is_not(
    told: pl.DataFrame, world: World
) -> None:
    rate = world.truth["illicit"].mean()
    by_reason = dict(told.group_by("selection_reason").agg(pl.col("illicit_true").mean()).iter_rows())
    assert isinstance(rate, float)
    assert abs(by_reason["random"] - rate) < 0.04
    assert by_reason["legacy"] > 1.2 * rate


def test_about_an_eighth_is_inspected_and_the_share_of_irregular_items_is_moderate(world: World) -> None:
    assert 0.11 < world.outcomes["declaration_id"].n_unique() / world.settings.declarations < 0.15
    assert 0.055 < world.truth["illicit"].to_numpy().mean() < 0.085


def test_a_result_is_known_only_after_inspection_and_delay(told: pl.DataFrame, world: World) -> None:
    assert (told["inspected_at"] > told["accepted_at"]).all()
    assert (told["result_at"] > told["inspected_at"]).all()
    assert (told["known_at"] >= told["result_at"]).all()
    days = (told["result_at"] - told["inspected_at"]).dt.total_seconds() / 86_400
    assert abs(float(np.median(days.to_numpy())) - world.settings.label_delay_days) < 2


def test_outcomes_are_of_whole_inspected_declarations_and_of_nothing_else(world: World) -> None:
    per_outcome = world.outcomes.group_by("declaration_id").len()
    per_item = world.truth.group_by("declaration_id").len(name="items")
    both = per_outcome.join(per_item, on="declaration_id", how="left")
    assert (both["len"] == both["items"]).all()
    assert world.outcomes.select("declaration_id", "item_no").is_unique().all()


def test_inspectors_miss_some_and_never_invent(told: pl.DataFrame) -> None:
    assert told.filter(pl.col("illicit_true") == 0)["illicit"].sum() == 0
    missed = told.filter(pl.col("illicit_true") == 1).group_by("lane").agg(1 - pl.col("illicit").mean())
    by_lane = dict(missed.iter_rows())
    assert 0.05 < by_lane["red"] < 0.25
    assert by_lane["orange"] > by_lane["red"]


def test_inspectors_without_misses_find_all() -> None:
    world = simulate(WorldSettings(declarations=1500, months=6, miss_rate=0.0))
    told = world.outcomes.join(world.truth, on=["declaration_id", "item_no"], suffix="_true")
    assert (told["illicit"] == told["illicit_true"]).all()
    assert (world.truth["found_if_inspected"] == world.truth["illicit"]).all()


def test_what_is_found_is_the_truth_and_its_shortfall(told: pl.DataFrame) -> None:
    found = told.filter(pl.col("illicit") == 1)
    assert (found["finding"] == found["finding_true"]).all()
    assert (found["additional_revenue"] == found["additional_revenue_true"]).all()
    assert told.filter(pl.col("illicit") == 0)["additional_revenue"].to_numpy().any() == np.False_
    filled = {"value": "assessed_cif", "classification": "assessed_hs_code", "origin": "assessed_origin"}
    for finding, column in filled.items():
        assert found.filter(pl.col("finding") == finding)[column].null_count() == 0


def test_authorised_importers_are_seldom_targeted(told: pl.DataFrame, world: World) -> None:
    legacy = told.filter(pl.col("selection_reason") == "legacy")["importer_aeo"].to_numpy().mean()
    assert legacy < 0.5 * world.items["importer_aeo"].to_numpy().mean()

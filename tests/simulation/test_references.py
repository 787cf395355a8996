"""The world's reference tables: their own chance, known late, noisy, and without any of the truth."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from simulation.references import COLUMNS
from simulation.settings import WorldSettings
from simulation.world import World, simulate

SMALL = WorldSettings(declarations=600, months=6, seed=4)
DRAWN = ["declaration_id", "item_no", "importer_id", "seller_id", "declarant_id", "hs_code", "origin_country"]


@pytest.fixture(scope="module")
def tables(world: World) -> dict[str, pl.DataFrame]:
    return world.references()


def test_the_tables_leave_the_world_as_it_was_without_them() -> None:
    world = simulate(SMALL)
    world.references()
    again = simulate(SMALL)
    assert_frame_equal(world.items, again.items)
    assert_frame_equal(world.outcomes, again.outcomes)
    assert_frame_equal(world.truth, again.truth)
    drawn = sha256(world.items.select(DRAWN).write_csv().encode()).hexdigest()
    assert drawn[:16] == "e00323904158133f"


def test_the_same_settings_give_the_same_tables_and_another_seed_others() -> None:
    one, same, other = (simulate(SMALL.model_copy(update={"seed": seed})).references() for seed in (4, 4, 5))
    assert set(one) == set(COLUMNS)
    for name, table in one.items():
        assert_frame_equal(table, same[name])
    assert not one["companies"].equals(other["companies"])
    assert not one["market_prices"].equals(other["market_prices"])


def test_a_world_is_written_with_a_file_for_each_kind(tmp_path: Path) -> None:
    simulate(SMALL).write(tmp_path)
    assert {path.stem for path in (tmp_path / "references").glob("*.csv")} == set(COLUMNS)


def test_every_row_says_that_it_is_simulated_and_when_it_was_known(tables: dict[str, pl.DataFrame]) -> None:
    for table in tables.values():
        assert table["source"].unique().to_list() == ["simulated"]
        assert table["known_from"].null_count() == 0
        assert table["licence"].null_count() == 0


def test_nothing_is_known_after_the_last_day_of_the_world(
    world: World, tables: dict[str, pl.DataFrame]
) -> None:
    last = world.settings.start + timedelta(days=31 * world.settings.months)
    assert all(table["known_from"].max() < last for table in tables.values())


def test_prices_are_known_after_their_month_and_lie_about_the_level_of_the_goods(
    world: World, tables: dict[str, pl.DataFrame]
) -> None:
    prices = tables["market_prices"]
    assert (prices["known_from"] >= prices["valid_from"].dt.offset_by("1mo")).all()
    assert (prices["price_low"] <= prices["price_mid"]).all()
    assert (prices["price_mid"] <= prices["price_high"]).all()
    honest = world.items.filter(pl.col("version") == 1).join(
        world.truth.filter(pl.col("mechanism") == "none"), on=["declaration_id", "item_no"]
    )
    declared = honest.group_by(
        hs_code=pl.col("hs_code").str.slice(0, 6), origin_country="origin_country"
    ).agg((pl.col("fob") / pl.col("net_kg")).log().median().alias("declared"), pl.len())
    market = prices.group_by("hs_code", "origin_country").agg(pl.col("price_mid").log().mean())
    both = declared.filter(pl.col("len") > 50).join(market, on=["hs_code", "origin_country"])
    assert both.height > 20
    assert abs((both["declared"] - both["price_mid"]).mean()) < 0.25
    assert both.select(pl.corr("declared", "price_mid")).item() > 0.95


def test_a_row_is_revised_here_and_there(tables: dict[str, pl.DataFrame]) -> None:
    keys = ["hs_code", "origin_country", "valid_from"]
    versions = tables["market_prices"].group_by(keys).len()
    assert 0.005 < (versions["len"] > 1).mean() < 0.04
    assert versions["len"].max() == 2


def test_companies_are_registered_before_they_are_known_and_before_they_import(
    world: World, tables: dict[str, pl.DataFrame]
) -> None:
    companies = tables["companies"].unique("importer_id")
    assert (companies["registered_on"] < tables["companies"].unique("importer_id")["known_from"]).all()
    day = pl.col("accepted_at").dt.convert_time_zone("America/Lima").dt.date()
    first = world.items.group_by("importer_id").agg(day.min().alias("first"))
    both = first.join(companies, on="importer_id")
    assert (both["registered_on"] < both["first"]).all()
    assert 0.9 < both.height / first.height < 1


def test_addresses_are_shared_in_rings_and_now_and_then_among_the_honest(
    world: World, tables: dict[str, pl.DataFrame]
) -> None:
    ringed = world.truth.filter(pl.col("mechanism") == "ring").join(
        world.items.filter(pl.col("version") == 1), on=["declaration_id", "item_no"]
    )
    firms = tables["companies"].filter(pl.col("active") == 1)
    shared = firms.with_columns((pl.len().over("address") > 1).alias("shared"))
    in_ring = pl.col("importer_id").is_in(ringed["importer_id"].unique().to_list())
    assert shared.filter(in_ring)["shared"].mean() > 0.6
    assert 0.02 < shared.filter(~in_ring)["shared"].mean() < 0.2


def test_the_order_of_rows_tells_nothing(tables: dict[str, pl.DataFrame]) -> None:
    for name, table in tables.items():
        assert table.select(COLUMNS[name][:2]).equals(
            table.select(COLUMNS[name][:2]).sort(COLUMNS[name][:2], maintain_order=True)
        )


def test_a_party_is_listed_only_after_two_findings_were_known_or_by_hearsay(
    world: World, tables: dict[str, pl.DataFrame]
) -> None:
    day = pl.col("known_at").dt.convert_time_zone("America/Lima").dt.date().alias("day")
    keys = ["declaration_id", "item_no", "version"]
    found = world.outcomes.filter(pl.col("illicit") == 1).join(
        world.items.select(*keys, "importer_id"), on=keys
    )
    days = found.select("importer_id", day).group_by("importer_id").agg("day")
    listed = tables["watch_list"].filter(pl.col("party_kind") == "importer", pl.col("withdrawn") == 0)
    both = listed.join(days, left_on="party", right_on="importer_id", how="left")
    for known, days_found, severity in both.select("known_from", "day", "severity").rows():
        before = sum(one < known for one in days_found or [])
        assert severity == 1 or before >= severity
    assert listed.filter(pl.col("severity") == 1).height > 0


def test_the_tariff_and_the_rates_are_those_of_the_declarations(
    world: World, tables: dict[str, pl.DataFrame]
) -> None:
    month = pl.col("accepted_at").dt.convert_time_zone("America/Lima").dt.date().dt.truncate("1mo")
    items = world.items.filter(pl.col("version") == 1).with_columns(month.alias("valid_from"))
    rates = items.join(tables["exchange_rates"], on=["currency", "valid_from"])
    assert rates.height == items.height
    assert (rates["rate"] == rates["fx_rate"]).all()
    assert (tables["exchange_rates"]["known_from"] < tables["exchange_rates"]["valid_from"]).all()
    claimed = items.drop_nulls("preference_code").select("preference_code", "origin_country").unique()
    assert claimed.join(tables["preference_agreements"], on=claimed.columns, how="anti").is_empty()
    assert date(2000, 1, 1) < tables["tariff"]["valid_from"].max() < world.settings.start

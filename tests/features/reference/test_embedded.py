"""The small true tables of the repository, and those of the simulated world, are tables as any other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import features.reference
from features.codes.hs import subheadings_2022
from features.columns import from_frame
from features.lake import Lake
from features.reference.check import check
from features.reference.intake import AddReport, add
from features.reference.kinds import KIND, KINDS
from features.reference.measures import MISSING, values_as_of
from features.reference.store import ReferenceStore
from features.reference.token import Tokens
from features.settings import IntakeSettings
from simulation.references import COLUMNS
from simulation.settings import WorldSettings
from simulation.world import World, simulate
from tests.features.reference.table_examples import items
from tests.world_lake import world_lake

EXAMPLES = Path(features.reference.__file__).parent / "examples"


def taken(file: Path, store: ReferenceStore, folder: Path) -> AddReport:
    return add(
        file,
        KIND[file.stem],
        store,
        quarantine=folder / "quarantine",
        settings=IntakeSettings(),
        now=datetime(2026, 12, 1, tzinfo=UTC),
        tokens=Tokens(b"k" * 32),
    )


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(WorldSettings(declarations=2000, seed=3))


@pytest.fixture(scope="module")
def written(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, ReferenceStore]:
    folder = tmp_path_factory.mktemp("world")
    world.write(folder)
    store = ReferenceStore(folder / "store")
    for name in COLUMNS:
        report = taken(folder / "references" / f"{name}.csv", store, folder)
        assert report.counts.accepted == report.counts.rows > 0, report
        assert report.unknown_columns == ()
    return world_lake(folder), store


def test_the_true_examples_are_accepted_and_nothing_in_them_is_wrong(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path / "store")
    for file in sorted(EXAMPLES.glob("*.csv")):
        report = taken(file, store, tmp_path)
        assert report.counts.accepted == report.counts.rows > 0
    found = {one.check for one in check(store, IntakeSettings(), date(2026, 12, 1))}
    assert found <= {"stale", "gap"}


def test_known_facts_of_the_examples(tmp_path: Path) -> None:
    store = ReferenceStore(tmp_path / "store")
    for file in EXAMPLES.glob("*.csv"):
        taken(file, store, tmp_path)
    rate = values_as_of(
        store.table(KIND["exchange_rates"]), items(date(2024, 7, 1), currency=["EUR", "GBP"])
    )["rate"]
    assert np.exp(rate / 1e6).tolist() == pytest.approx([1.0705, 1.0705 / 0.84638], rel=1e-6)
    asked = items(date(2024, 7, 1), hs_code=["240399", "401511"], hs_edition=["2017", "2017"])
    values = values_as_of(store.table(KIND["hs_correlation"]), asked)
    assert values["successors"].tolist() == [3, 1]
    assert values["successor"].tolist() == [MISSING, 401512]
    codes = store.rows(KIND["hs_correlation"]).filter(pl.col("to_edition") == "2022")["to_code"]
    assert set(codes) <= subheadings_2022()


def test_the_simulated_tables_have_the_columns_of_their_kinds(world: World) -> None:
    for name, table in world.references().items():
        known = [column.name for column in KIND[name].columns]
        required = {column.name for column in KIND[name].columns if column.required}
        assert set(table.columns) <= set(known)
        assert required <= set(table.columns)
    assert {kind.name for kind in KINDS} - set(COLUMNS) == {"hs_correlation"}


def test_nothing_in_the_simulated_tables_is_wrong(world: World, written: tuple[Lake, ReferenceStore]) -> None:
    last = world.settings.start + timedelta(days=730)
    found = check(written[1], IntakeSettings(), last)
    assert [one for one in found if one.level == "E"] == []
    assert {one.check for one in found} <= {"stale"}


def test_the_simulated_tables_speak_of_the_items_of_their_world(
    written: tuple[Lake, ReferenceStore],
) -> None:
    lake, store = written
    columns = from_frame(lake.items().filter(pl.col("version") == 1).collect())
    tables = {kind.name: store.table(kind) for kind in KINDS}
    values = {name: values_as_of(table, columns) for name, table in tables.items()}
    young = columns["customs_date"] < columns["customs_date"].min() + 60
    assert (values["market_prices"]["mid"][~young] != MISSING).mean() > 0.9
    assert (values["companies"]["registered"] != MISSING).mean() > 0.7
    assert (values["exchange_rates"]["rate"] != MISSING).all()
    assert (values["tariff"]["rate"] != MISSING).all()
    claims = columns["preference_code"] != np.array(None)
    assert (values["preference_agreements"]["rate"][claims] == 0).all()
    registered = values["companies"]["registered"]
    assert (registered < columns["customs_date"])[registered != MISSING].all()
    assert values["watch_list"]["importer"].max() >= 2
    declared = np.log(columns["fob"] / columns["net_kg"]) * 1e4
    both = np.isfinite(declared) & (values["market_prices"]["mid"] != MISSING)
    assert np.corrcoef(declared[both], values["market_prices"]["mid"][both])[0, 1] > 0.8

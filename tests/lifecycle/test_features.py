"""Features are listed, explained and computed without any model."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from features.columns import Columns
from features.dictionary import dictionary
from features.feature_frame import FEATURE_NAMES
from features.history.entities import HISTORY_NAMES
from features.intake import ingest
from features.lake import Lake
from features.recipe import FEATURES
from lifecycle import models
from lifecycle.newest_items import newest_items
from lifecycle.recall import recalled
from tests.lifecycle.houses import MADE, House, of_another_recipe, silent
from tests.lifecycle.terminal import Ended, tamiz

KEY = ["declaration_id", "item_no", "version", "as_of"]


def computed(house: House, output: Path, *asked: str) -> pl.DataFrame:
    ended = ran(house, output, *asked)
    assert ended.status == 0, ended.err
    return pl.read_csv(output) if output.suffix == ".csv" else pl.read_parquet(output)


def ran(house: House, output: Path, *asked: str) -> Ended:
    file = house.world / "today.parquet"
    return tamiz(house.root, "features", "compute", file, "--format", "canonical", "-o", output, *asked)


def test_the_list_has_every_feature_and_fits_a_terminal(tmp_path: Path) -> None:
    told = tamiz(tmp_path, "features", "list")
    assert told.status == 0, told.err
    assert all(feature.name in told.out for feature in FEATURES)
    assert max(map(len, told.out.splitlines())) <= 80
    assert "…" not in told.out


def test_all_lists_fields_and_history_values_too_and_fits(tmp_path: Path) -> None:
    told = tamiz(tmp_path, "features", "list", "--all")
    assert all(name in told.out for name in HISTORY_NAMES)
    assert max(map(len, told.out.splitlines())) <= 80
    assert "…" not in told.out


@pytest.mark.parametrize("group", ["unit_value", "declarant_seller", "comparables", "outcome"])
def test_a_group_is_listed_by_its_name(group: str, tmp_path: Path) -> None:
    told = tamiz(tmp_path, "features", "list", "--group", group, "--json")
    expected = [entry.name for entry in dictionary() if entry.group == group]
    assert [entry["name"] for entry in told.object["entries"]] == expected


def test_a_group_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    tamiz(tmp_path, "features", "list", "--group", "unit_valu").refuses(2, "unit_value")


def test_everything_of_a_name_is_shown(tmp_path: Path) -> None:
    told = tamiz(tmp_path, "features", "show", "importer_age").out
    assert all(words in told for words in ("days", "novelty", "importer: first_day", "personal"))
    (entry,) = tamiz(tmp_path, "features", "show", "importer_age", "--json").object["entries"]
    assert entry["history"] == ["importer.first_day"]


def test_what_is_listed_and_shown_is_in_the_language_that_is_asked_for(tmp_path: Path) -> None:
    shown = tamiz(tmp_path, "features", "show", "importer_age", "--language", "es").out
    assert all(words in shown for words in ("días", "novelty", "importer: first_day", "significado"))
    listed = tamiz(tmp_path, "features", "list", "--all", "--language", "es")
    assert max(map(len, listed.out.splitlines())) <= 80
    assert {"significado", "hallados", "declarante"} <= set(listed.out.split())
    (entry,) = tamiz(tmp_path, "features", "show", "declarant_id", "--language", "es", "--json").object[
        "entries"
    ]
    assert entry["meaning"] == "declarante: el agente de aduana o quien despacha"


def test_a_field_and_a_feature_of_one_name_are_both_shown(tmp_path: Path) -> None:
    told = tamiz(tmp_path, "features", "show", "regime", "--json").object["entries"]
    assert [entry["what"] for entry in told] == ["declared field", "feature"]


def test_a_misspelt_name_is_answered_with_near_ones(tmp_path: Path) -> None:
    tamiz(tmp_path, "features", "show", "importer.illicit_365").refuses(2, "importer.illicit_365d")


def test_what_is_computed_are_the_champions_features_over_the_lakes_history(
    house: House, tmp_path: Path
) -> None:
    found = computed(house, tmp_path / "f.parquet", "--history")
    history = recalled(house.session, house.lake, silent)
    recipe = models.loaded(house.workspace).scorer.recipe
    row = 0
    for part in parts_of(house, tmp_path):
        known = history.as_of(part)
        mine = found[row : (row := row + len(part["cif"]))]
        assert mine["declaration_id"].to_list() == part["declaration_id"].tolist()
        assert mine.select(FEATURE_NAMES).fill_null(float("nan")).to_numpy(order="c").tobytes() == (
            recipe.matrix(part, known).tobytes()
        )
        assert all(mine[name].to_list() == known[name].tolist() for name in HISTORY_NAMES)
    assert row == found.height


def parts_of(house: House, folder: Path) -> list[Columns]:
    """Columns of the items of today, as intake takes them in."""
    lake = Lake(folder / "lake")
    ingest(
        [house.world / "today.parquet"],
        format="canonical",
        lake=lake,
        quarantine=folder / "quarantine",
        settings=house.session.intake,
        now=MADE + timedelta(3650),
    )
    return list(newest_items(lake, 500))


def test_an_amendment_of_what_the_lake_holds_is_computed_as_of_the_day_it_was_declared(
    house: House, tmp_path: Path
) -> None:
    first = house.lake.items().filter(pl.col("version") == 1).sort(KEY[:3]).head(1).collect()
    later = {name: pl.col(name) + timedelta(days=20) for name in ("accepted_at", "known_at")}
    amended, output = tmp_path / "amended.parquet", tmp_path / "f.parquet"
    first.with_columns(version=pl.lit(9, pl.Int64), **later).write_parquet(amended)
    ended = tamiz(house.root, "features", "compute", amended, "--format", "canonical", "-o", output)
    assert ended.status == 0, ended.err
    assert pl.read_parquet(output)["as_of"].to_list() == first["customs_date"].to_list()


def test_csv_and_parquet_hold_the_same(house: House, tmp_path: Path) -> None:
    of_csv, of_parquet = computed(house, tmp_path / "f.csv"), computed(house, tmp_path / "f.parquet")
    assert of_csv.columns == of_parquet.columns == [*KEY, *FEATURE_NAMES]
    for name in ("unit_value", "importer_age", "hs6_relative_rate"):
        assert (of_csv[name].is_null() == of_parquet[name].is_null()).all()
        assert ((of_csv[name] - of_parquet[name]).abs() < 1e-9).drop_nulls().all()


def test_without_a_champion_codes_and_strengths_are_those_of_the_lake(own: House, tmp_path: Path) -> None:
    shutil.rmtree(own.workspace.bundles)
    found = computed(own, tmp_path / "f.parquet")
    assert found["unit_value"].is_not_null().any()
    assert (found["office_id"] > 0).any()
    assert "the lake before" in ran(own, tmp_path / "f.csv").err


def test_whose_codes_and_strengths_they_are_is_told(house: House, tmp_path: Path) -> None:
    told = ran(house, tmp_path / "f.csv", "--json").object
    assert told["learnt"] == f"the champion {house.bundle}"
    assert told["refused"]["rows"] == 0


def test_with_a_champion_of_another_recipe_codes_and_strengths_are_those_of_the_lake(
    own: House, tmp_path: Path
) -> None:
    other = of_another_recipe(own.workspace)
    told = ran(own, tmp_path / "old.csv", "--json").object
    assert told["learnt"].startswith("the lake before")
    assert f"{other} cannot be read today" in told["learnt"]
    shutil.rmtree(own.workspace.bundles)
    computed(own, tmp_path / "none.csv")
    assert (tmp_path / "old.csv").read_bytes() == (tmp_path / "none.csv").read_bytes()


def test_nothing_is_kept_of_the_file(house: House, tmp_path: Path) -> None:
    before = house.lake.fingerprint()
    computed(house, tmp_path / "f.csv")
    assert house.lake.fingerprint() == before


def test_a_workspace_without_a_lake_is_refused(house: House, tmp_path: Path) -> None:
    asked = ("features", "compute", house.before, "--format", "canonical", "-o", tmp_path / "f.csv")
    tamiz(tmp_path / "empty", *asked).refuses(2, "lake is empty")


def test_an_ending_that_says_no_format_is_refused(house: House, tmp_path: Path) -> None:
    ran(house, tmp_path / "f.xlsx").refuses(2, ".parquet")
    assert list(tmp_path.iterdir()) == []

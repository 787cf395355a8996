"""What is added as a reference table is what files, notebooks and the snapshot get, as of each day."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

import features
from features.columns import from_records
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from features.reference.row_numbers import MISSING
from lifecycle.workspace import Workspace
from tests.lifecycle.terminal import tamiz
from tests.lifecycle.test_sources import HEAD, TARIFF, add

ITEMS = (
    "declaration_id,item_no,accepted_at,office_id,importer_id,origin_country,hs_code,cif,net_kg,tax_rate_pct\n"
    "A,1,2023-12-31T12:00:00-05:00,1,I1,CN,6109100041,90,45,18\n"
    "B,1,2024-02-01T12:00:00-05:00,1,I1,CN,6109100041,90,45,18\n"
    "C,1,2024-02-03T12:00:00-05:00,1,I2,CN,6109100041,90,45,18\n"
)
WATCH = (
    "party_kind,party,list_name,severity,reason,valid_from,known_from\n"
    "importer,I1,L,2,an informer said so,2024-01-01,2024-01-31\n"
)
DAY = "2024-02-02"
NAMES = ["tariff_gap", "watch_severity", "tariff.rate", "tariff.known_on", "watch_list.importer"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    (tmp_path / "items.csv").write_text(ITEMS, encoding="utf-8")
    tamiz(root, "ingest", tmp_path / "items.csv", "--format", "canonical")
    add(root, TARIFF, "tariff")
    assert "informer" not in str(add(root, WATCH, "watch_list"))
    return root


def test_files_and_notebooks_see_what_was_known_and_valid_on_the_items_own_day(root: Path) -> None:
    items, output = root.parent / "items.csv", root.parent / "features.parquet"
    ended = tamiz(root, "features", "compute", items, "--format", "canonical", "-o", output, "--history")
    assert ended.status == 0, ended.err
    found = pl.read_parquet(output)
    assert found["tariff.rate"].to_list() == [None, 1100, 1100]
    assert found["watch_list.importer"].to_list() == [None, 2, 0]
    assert found["tariff_gap"].round(6).to_list() == [None, 0.07, 0.07]
    read = pl.read_csv(items, schema_overrides={"hs_code": pl.String, "office_id": pl.String})
    taken = features.matrix(read, workspace=root, names=NAMES)
    assert taken.select(NAMES).equals(found.select(NAMES), null_equal=True)


def test_the_snapshot_holds_what_stands_and_is_made_again_where_a_table_changed(root: Path) -> None:
    assert tamiz(root, "advance", "--to", DAY).status == 0
    snapshots = Workspace(root).snapshots
    first = current(snapshots)
    with closing(LmdbProfileStore(first)) as store:
        one = from_records([{"importer_id": "I1", "hs_code": "6109100041"}]).columns
        assert store.lookup(one)["tariff.rate"].tolist() == [1100]
        assert store.lookup(one)["watch_list.importer"].tolist() == [2]
        assert store.lookup(one)["companies.active"].tolist() == [MISSING]
        assert [one.name for one in store.sources.values()] == ["gazette"] * len(store.sources)
    tamiz(root, "advance", "--to", DAY)
    assert current(snapshots) == first
    add(root, HEAD + "610910,6,2024-01-01,2024-02-01\n", "tariff")
    tamiz(root, "advance", "--to", DAY)
    with closing(LmdbProfileStore(current(snapshots))) as store:
        assert store.as_of == date.fromisoformat(DAY)
        assert store.lookup(one)["tariff.rate"].tolist() == [600]


def test_a_damaged_table_is_named_with_its_remedy_and_nothing_is_published(root: Path) -> None:
    tamiz(root, "advance", "--to", DAY)
    before = current(Workspace(root).snapshots)
    (part,) = (root / "data" / "sources" / "tariff" / "parts").glob("*.parquet")
    pl.read_parquet(part).with_columns(pl.lit(1.0).alias("rate_pct")).write_parquet(part)
    for command in (("sources", "list"), ("sources", "check"), ("advance", "--to", "2024-02-03")):
        ended = tamiz(root, *command)
        ended.refuses(2, "tariff is damaged", part.name, "data/sources/tariff")
    assert current(Workspace(root).snapshots) == before

"""What came by the API becomes history, once."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from lifecycle.caller import request_of
from tests.lifecycle.houses import SERVED, House
from tests.lifecycle.terminal import tamiz


def declarations(house: House) -> set[str]:
    return set(house.lake.items().collect()["declaration_id"])


def test_declarations_and_outcomes_of_the_ledger_come_into_the_lake_once(own: House) -> None:
    before = declarations(own)
    first = tamiz(own.root, "advance", "--json").object
    assert len(declarations(own) - before) == SERVED
    assert (first["outcomes"], first["refused"], first["erased"]) == (1, 0, 0)
    assert first["items"] >= SERVED
    fingerprint = own.lake.fingerprint()
    second = tamiz(own.root, "advance", "--json").object
    assert (second["items"], second["outcomes"]) == (0, 0)
    assert own.lake.fingerprint() == fingerprint


def test_without_its_mark_the_ledger_is_read_anew_and_adds_nothing(own: House) -> None:
    tamiz(own.root, "advance")
    fingerprint = own.lake.fingerprint()
    (own.root / "data" / "advanced").unlink()
    again = tamiz(own.root, "advance", "--json").object
    assert (again["items"], again["refused"]) == (0, 0)
    assert own.lake.fingerprint() == fingerprint


def test_an_item_reads_in_the_lake_as_it_was_sent(own: House) -> None:
    tamiz(own.root, "advance")
    sent = pl.read_parquet(own.world / "today.parquet")
    for name, rows in own.lake.items(since=own.today).collect().group_by("declaration_id"):
        of_file = sent.filter(pl.col("declaration_id") == name[0]).sort("item_no")
        assert request_of(rows.sort("item_no")) == request_of(of_file)


def test_the_snapshot_is_as_of_the_day_after_the_newest_item_or_of_the_day_named(own: House) -> None:
    told = tamiz(own.root, "advance", "--json").object
    newest = own.lake.items().select(pl.col("customs_date").max()).collect().item()
    assert told["as_of"] == (newest + timedelta(1)).isoformat()
    assert (own.workspace.snapshots / told["as_of"]).exists()
    named = tamiz(own.root, "advance", "--to", "2024-05-01", "--json").object
    assert date.fromisoformat(named["as_of"]) == date(2024, 5, 1)
    assert "2024-05-01" in (own.workspace.snapshots / "current").read_text(encoding="utf-8")

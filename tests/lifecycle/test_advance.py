"""What came by the API becomes history, once."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from customs.declaration import FIELDS, KEY
from customs.outcome import OUTCOME_FIELDS
from features.columns import from_frame
from features.encoding import NAME
from features.history.history import History
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from lifecycle.declaration_request import request_of
from tests.evidence.proof import ROOT
from tests.lifecycle.houses import SERVED, ZONE, House, like, outcome_of, requests_of, service
from tests.lifecycle.terminal import tamiz


def declarations(house: House) -> set[str]:
    return set(house.lake.items().collect()["declaration_id"])


def test_declarations_and_outcomes_of_the_ledger_come_into_the_lake_once(own: House) -> None:
    before = declarations(own)
    first = tamiz(own.root, "advance", "--json").object
    assert len(declarations(own) - before) == SERVED
    assert (first["outcomes"], first["refused"]["rows"], first["erased"]) == (1, 0, 0)
    assert first["items"] >= SERVED
    fingerprint = own.lake.fingerprint()
    second = tamiz(own.root, "advance", "--json").object
    assert (second["items"], second["outcomes"]) == (0, 0)
    assert own.lake.fingerprint() == fingerprint


def test_what_the_lake_has_from_a_file_is_repeated_by_the_api_and_what_differs_is_told(own: House) -> None:
    """The file says of the first declarations what was sent, of the second that it was worth a unit more."""
    sent = own.world / "today.parquet"
    first, second = pl.read_parquet(sent)["declaration_id"].unique(maintain_order=True)[:2]
    other = pl.when(pl.col("declaration_id") == second).then(pl.col("cif") + 1).otherwise("cif")
    pl.read_parquet(sent).filter(pl.col("declaration_id").is_in([first, second])).with_columns(
        other.alias("cif"), pl.lit(None).alias("known_at")
    ).write_parquet(own.root / "before.parquet")
    assert tamiz(own.root, "ingest", own.root / "before.parquet", "--format", "canonical").status == 0
    ended = tamiz(own.root, "advance")
    items = own.lake.items().filter(pl.col("declaration_id") == second).collect().height
    assert f"{items:,} rows refused" in ended.err
    assert "duplicate_with_other_content" in ended.err
    (kept,) = own.workspace.quarantine.glob("*.jsonl")
    assert str(kept) in ended.err
    assert {json.loads(line)["value"] for line in kept.read_text().splitlines()} == {second}


def test_without_its_mark_the_ledger_is_read_anew_and_adds_nothing(own: House) -> None:
    tamiz(own.root, "advance")
    fingerprint = own.lake.fingerprint()
    (own.root / "data" / "advanced").unlink()
    again = tamiz(own.root, "advance", "--json").object
    assert (again["items"], again["refused"]["rows"]) == (0, 0)
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


@pytest.fixture
def busy(own: House) -> House:
    """A house to which declarations, amendments and outcomes, some corrected, came by HTTP on two days."""
    api_key = tamiz(own.root, "keys", "create", "other-port", "--role", "clearance").out.strip()
    some = requests_of(own.world / "today.parquet")[:SERVED]
    requests = [like(each, number) for number in (1, 2) for each in some]
    for day, sent in enumerate((requests, [amended(each) for each in requests[::2]]), start=2):
        now = datetime.combine(own.today + timedelta(day), time(21), ZONE).astimezone(UTC)
        found = {"finding": "value", "illicit": 1, "additional_revenue": 10.5} if day == 2 else {}
        outcomes = [outcome_of(each, now, version=day - 1, **found) for each in requests[:5]]
        outcomes[0]["withdrawn"] = day == 3
        with service(own.session, now, api_key) as caller:
            answers = [caller.post("/v1/decisions", each) for each in sent]
            answers.append(caller.post("/v1/outcomes", outcomes))
        assert [each.status for each in answers if each.status >= 300] == [], answers[-1].body
    return own


def amended(request: dict[str, Any]) -> dict[str, Any]:
    """The next version of a declaration: its importer is another, its first item worth more."""
    first, *others = request["items"]
    header = request["declaration"] | {"version": 2, "importer_id": "another"}
    return {"declaration": header, "items": [first | {"cif": first["cif"] * 3 + 1}, *others]}


def from_files(house: House, folder: Path, lake: Lake) -> House:
    """The house as it was before anything came by HTTP, with the rows of a lake brought in by files."""
    other = replace(house, root=folder / "from-files")
    shutil.copytree(house.root, other.root)
    for gone in (other.workspace.lake, other.workspace.snapshots, other.workspace.ledger):
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    items = lake.items().collect().select([field.name for field in FIELDS])
    outcomes = lake.outcomes().collect().select([field.name for field in OUTCOME_FIELDS])
    items.write_parquet(folder / "items.parquet")
    outcomes.write_parquet(folder / "outcomes.parquet")
    files = ("--format", "canonical", "--outcomes", folder / "outcomes.parquet")
    assert tamiz(other.root, "ingest", folder / "items.parquet", *files).status == 0
    return other


def rows_of(house: House) -> list[pl.DataFrame]:
    return [frame.collect().sort(KEY) for frame in (house.lake.items(), house.lake.outcomes())]


def test_what_came_by_http_is_in_lake_history_and_snapshot_what_the_same_rows_are_from_files(
    busy: House, tmp_path: Path
) -> None:
    to = ("--to", (busy.today + timedelta(5)).isoformat())
    told = tamiz(busy.root, "advance", "--json", *to).object
    assert (told["refused"]["rows"], told["outcomes"], told["amended"] > 0, told["told"] > 0) == (
        0,
        11,
        True,
        True,
    )
    other = from_files(busy, tmp_path, busy.lake)
    assert tamiz(other.root, "advance", *to).status == 0
    assert other.lake.fingerprint() == busy.lake.fingerprint()
    for one, two in zip(rows_of(busy), rows_of(other), strict=True):
        assert one.equals(two)
    items, outcomes = rows_of(busy)
    assert items["version"].max() == outcomes["version"].max() == 2
    asked = from_frame(items)
    one, two = (History.of(house.lake).as_of(asked) for house in (busy, other))
    assert [name for name in one if one[name].tobytes() != two[name].tobytes()] == []
    identities = [LmdbProfileStore.identity_of(current(each.workspace.snapshots)) for each in (busy, other)]
    assert identities[0] == identities[1] is not None


def lying(house: House) -> dict[str, str]:
    """All that lies in the data of a house, but for what SQLite keeps beside its files while it reads."""
    return {
        str(path.relative_to(house.root)): sha256(path.read_bytes()).hexdigest()
        for path in sorted((house.root / "data").rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_an_advance_run_again_changes_not_a_byte(busy: House) -> None:
    assert tamiz(busy.root, "advance").status == 0
    before = lying(busy)
    assert tamiz(busy.root, "advance").status == 0
    assert lying(busy) == before


DYING = """
import sys
from tests.evidence.steps import Steps
from lifecycle.cli import main
Steps(int(sys.argv.pop(1)))
main()
"""


def test_an_advance_killed_at_any_step_is_made_whole_by_the_next(busy: House, tmp_path: Path) -> None:
    straight = replace(busy, root=tmp_path / "straight")
    shutil.copytree(busy.root, straight.root)
    assert tamiz(straight.root, "advance").status == 0
    expected = lying(straight)
    killed = 0
    for step in (4, 12, 17, 23):
        own = replace(busy, root=tmp_path / str(step))
        shutil.copytree(busy.root, own.root)
        asked = (str(step), "--workspace", str(own.root), "advance")
        ended = subprocess.run(
            [sys.executable, "-c", DYING, *asked], cwd=ROOT, capture_output=True, check=False, timeout=120
        )
        killed += ended.returncode == -signal.SIGKILL
        assert tamiz(own.root, "advance").status == 0
        assert lying(own) == expected
    assert killed == 4


def test_it_says_what_a_late_outcome_opened_and_nothing_else_changed(own: House, tmp_path: Path) -> None:
    to = ("--to", (own.today + timedelta(9)).isoformat())
    assert tamiz(own.root, "advance", *to).status == 0
    before = entries_of(own)
    item = own.lake.items().collect().row(0, named=True)
    now = datetime.combine(own.today + timedelta(9), time(12), ZONE)
    outcome = outcome_of({"declaration": item, "items": [item]}, now, version=7, finding="other", illicit=1)
    pl.DataFrame([outcome]).write_csv(tmp_path / "late.csv")
    assert tamiz(own.root, "outcomes", tmp_path / "late.csv").status == 0
    to = ("--to", (own.today + timedelta(10)).isoformat())
    twin = replace(own, root=tmp_path / "twin")
    shutil.copytree(own.root, twin.root)
    told = tamiz(own.root, "advance", "--json", *to).object
    after = entries_of(own)
    differ = [key for key in before.keys() | after if before.get(key) != after.get(key)]
    assert told["opened"] == dict(Counter(NAME[key[:1]] for key in differ))
    assert (told["amended"], told["told"], told["reopened"]) == (0, 1, None)
    words = " ".join(tamiz(twin.root, "advance", *to).err.split())
    assert f"brought up from {own.today + timedelta(9)}: {len(differ):,} keys changed; most of " in words
    assert "0 amendments and 1 outcomes" in words


def test_it_says_to_which_day_the_past_was_opened_again(own: House, tmp_path: Path) -> None:
    to = ("--to", (own.today + timedelta(9)).isoformat())
    assert tamiz(own.root, "advance", *to).status == 0
    late = pl.read_parquet(own.world / "today.parquet").tail(1).with_columns(declaration_id=pl.lit("late"))
    late.write_parquet(tmp_path / "late.parquet")
    assert tamiz(own.root, "ingest", tmp_path / "late.parquet", "--format", "canonical").status == 0
    day = own.lake.items().filter(pl.col("declaration_id") == "late").collect()["customs_date"][0]
    twin = replace(own, root=tmp_path / "twin")
    shutil.copytree(own.root, twin.root)
    assert tamiz(own.root, "advance", "--json", *to).object["reopened"] == day.isoformat()
    words = " ".join(tamiz(twin.root, "advance", *to).err.split())
    assert f"rows of {day} came after that day was closed: it was opened again" in words


def test_it_says_that_a_damaged_snapshot_was_made_anew_and_not_that_rows_came_late(own: House) -> None:
    assert tamiz(own.root, "advance").status == 0
    folder = current(own.workspace.snapshots)
    (folder / "profiles.lmdb").write_bytes(b"")
    words = " ".join(tamiz(own.root, "advance").err.split())
    assert f"the snapshot of {folder.name[:10]} was damaged: it was made anew" in words
    assert "came after that day was closed" not in words


def test_a_day_later_than_tomorrow_by_the_clock_of_the_office_is_refused(own: House) -> None:
    before = lying(own)
    tomorrow = datetime.now(ZONE).date() + timedelta(1)
    asked = ("--to", (tomorrow + timedelta(1)).isoformat())
    tamiz(own.root, "advance", *asked).refuses(2, "later than tomorrow", tomorrow.isoformat())
    assert lying(own) == before
    assert tamiz(own.root, "advance", "--to", tomorrow.isoformat()).status == 0


def test_to_go_back_before_a_snapshot_that_is_there_is_said_plainly(own: House) -> None:
    assert "goes back" not in tamiz(own.root, "advance").err
    newest = current(own.workspace.snapshots).name[:10]
    day = (date.fromisoformat(newest) - timedelta(3)).isoformat()
    ended = tamiz(own.root, "advance", "--to", day)
    words = " ".join(ended.err.split())
    assert ended.status == 0, words
    assert f"goes back in time: a snapshot of {newest} is there" in words
    assert f"looks up that of {day}" in words


def entries_of(house: House) -> dict[bytes, bytes]:
    with closing(LmdbProfileStore(current(house.workspace.snapshots))) as store:
        return dict(store.scan(b""))

"""The MLflow store: in the workspace wherever that is, and on loopback."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from training.errors import TrackingError
from training.moved_store import follow
from training.run_record import Record
from training.tracking import Tracker
from training.tracking_page import serve_ui

RECORD = Record(
    name="run", parameters={}, tags={}, metrics={}, texts={"a.txt": "said"}, pictures={}, searches=(),
    model=None, bundle_id="b",
)  # fmt: skip


def test_runs_of_a_moved_workspace_have_their_artifacts_and_more_are_recorded(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "else where" / "there"
    first = Tracker(here / "mlruns").record(RECORD)
    shutil.copytree(here, there)
    shutil.rmtree(here)
    moved = Tracker(there / "mlruns")
    assert _text(moved, first.run_id) == "said"
    second = moved.record(RECORD)
    assert _text(Tracker(there / "mlruns"), second.run_id) == "said"
    assert not here.exists()


def test_an_address_is_changed_whole_and_only_below_the_old_place(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE experiments (name, artifact_location)")
        connection.execute("CREATE TABLE runs (artifact_uri)")
        connection.execute(
            "INSERT INTO experiments VALUES ('tamiz', 'file:///a%_b/art'), ('other', 'file:///c')"
        )
        uris = ["file:///a%_b/art", "file:///a%_b/art/1", "file:///a%_b/artful", "file:///axyb/art/2", None]
        connection.executemany("INSERT INTO runs VALUES (?)", [(uri,) for uri in uris])
        connection.commit()
    assert follow(database, "tamiz", "file:///new")
    assert not follow(database, "tamiz", "file:///new")
    with closing(sqlite3.connect(database)) as connection:
        found = [uri for (uri,) in connection.execute("SELECT artifact_uri FROM runs")]
        places = [place for (place,) in connection.execute("SELECT artifact_location FROM experiments")]
    assert found == ["file:///new", "file:///new/1", *uris[2:]]
    assert places == ["file:///new", "file:///c"]


def test_a_store_that_is_damaged_is_told_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(TrackingError, match="cannot be read") as refused:
        Tracker(tmp_path)
    assert "backup" in refused.value.remedy


def _text(tracker: Tracker, run_id: str) -> str:
    """An artifact of a run, where the store says that it lies."""
    with closing(sqlite3.connect(tracker.folder / "mlflow.db")) as connection:
        query = "SELECT artifact_uri FROM runs WHERE run_uuid = ?"
        (uri,) = connection.execute(query, (run_id,)).fetchone()
    return Path(unquote(urlsplit(f"{uri}/a.txt").path)).read_text(encoding="utf-8")


def test_the_page_is_served_on_loopback_only(tmp_path: Path) -> None:
    command, environment = serve_ui(tmp_path)
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"
    with pytest.raises(TrackingError, match="no authentication"):
        serve_ui(tmp_path, host="0.0.0.0")  # noqa: S104

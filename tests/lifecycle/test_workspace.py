"""One writer at a time, and small files whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lifecycle.errors import WorkspaceError
from lifecycle.workspace import Workspace, replace_text
from tests.lifecycle.houses import House
from tests.lifecycle.terminal import tamiz

HOLD = (
    "import sys; from pathlib import Path; from lifecycle.workspace import Workspace\n"
    "with Workspace(Path(sys.argv[1])).writing():\n"
    "    print('held', flush=True); sys.stdin.read()"
)


@contextmanager
def held(root: Path) -> Iterator[int]:
    """Another process holds the workspace; gives its id."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield other.pid
        finally:
            other.kill()


def test_a_workspace_in_use_by_another_process_is_refused_and_free_when_that_was_killed(own: House) -> None:
    ingest = ("ingest", own.before, "--format", "canonical")
    with held(own.root) as process:
        for words in (ingest, ("outcomes", own.outcomes), ("advance",)):
            tamiz(own.root, *words).refuses(1, f"in use by process {process}", "wait until it ends")
        tamiz(own.root, "models", "promote", own.bundle, "--key", "approver").refuses(1, str(process))
        tamiz(own.root, "keys", "create", "second", "--role", "trainer").refuses(1, str(process))
        assert tamiz(own.root, "models", "list").status == 0
    assert tamiz(own.root, *ingest).status == 0


def test_the_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="spoilt"), Workspace(tmp_path).writing():
        raise ValueError("spoilt")
    with Workspace(tmp_path).writing():
        assert (tmp_path / ".lock").read_text(encoding="ascii") == str(os.getpid())
    assert (tmp_path / ".lock").read_text(encoding="ascii") == ""


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="reports is a file") as refused:
        Workspace(tmp_path).create()
    assert "--workspace" in refused.value.remedy


def test_a_workspace_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    tamiz(file, "keys", "create", "a", "--role", "trainer").refuses(1, "file")


def test_the_folders_of_keys_and_of_data_are_their_owners_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "new").create()
    for folder in (workspace.keys, workspace.root / "data"):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_replacing_a_text_leaves_the_new_one_alone_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "inner" / "text"
    replace_text(path, "old")
    replace_text(path, "nuevo: año", mode=0o600)
    assert path.read_text(encoding="utf-8") == "nuevo: año"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_text_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "text"
    replace_text(path, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_commands_that_only_look_make_no_workspace(tmp_path: Path) -> None:
    root = tmp_path / "mistyped"
    for words in (("models", "list"), ("keys", "list"), ("audit", "verify"), ("monitor",)):
        tamiz(root, *words)
    assert not root.exists()


def test_what_fails_in_a_workspace_that_it_made_leaves_none(tmp_path: Path) -> None:
    root, wrong = tmp_path / "mistyped", tmp_path / "items.csv"
    wrong.write_text("no,such,columns\n1,2,3\n", encoding="utf-8")
    tamiz(root, "ingest", wrong, "--format", "canonical").refuses(2)
    tamiz(root, "ingest", tmp_path / "absent.csv", "--format", "canonical").refuses(2)
    assert not root.exists()


def test_what_was_refused_is_kept_though_nothing_was_taken(tmp_path: Path) -> None:
    root, wrong = tmp_path / "new", tmp_path / "items.csv"
    header = "declaration_id,item_no,accepted_at,office_id,importer_id,hs_code,origin_country,cif"
    wrong.write_text(f"{header}\nD1,1,2024-03-01,118,I,87,JP,10\n", encoding="utf-8")
    assert tamiz(root, "ingest", wrong, "--format", "canonical").status == 2
    assert list((root / "data" / "quarantine").glob("*.jsonl"))

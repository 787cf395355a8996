"""What happens on a small disk of its own: each scene runs in a process that may mount one.

A scene gets the folder of the disk and a house to copy or to read; whatever does not hold raises.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from customs.declaration import KEY
from features.errors import WriteFailedError
from features.history.backfill import backfill, read_backfill
from features.lake import Lake
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import current
from features.publication import publish_day
from features.schedule import Pool
from lifecycle.workspace import Workspace
from tests.lifecycle.houses import House
from tests.lifecycle.terminal import Ended, tamiz


def full(disk: Path, house: House) -> None:
    """An intake onto a full disk, then with too little room, then with room."""
    workspace = disk / "ws"
    assert _ingest(workspace, house.world / "today.parquet").status == 0
    before, rows = _digest(workspace), _rows(workspace)
    filling = _fill(disk)
    _ingest(workspace, house.before).refuses(1, "run the")
    assert _digest(workspace) == before
    filling.unlink()
    filling = _fill(disk, but=40_000)
    _ingest(workspace, house.before).refuses(1, "No space left", "nothing was lost")
    assert rows <= _rows(workspace)
    filling.unlink()
    taken = _ingest(workspace, house.before, "--json").object["items"]
    assert taken["accepted"] + taken["repeated"] == taken["rows"]
    assert taken["accepted"] > 0
    assert taken["refused"] == 0
    assert _ingest(workspace, house.before, "--json").object["items"]["accepted"] == 0


def everything_else_full(disk: Path, house: House) -> None:
    """Keys, scores, exports, worlds and snapshots on a full disk, and again with room."""
    own = replace(house, root=disk / "ws")
    shutil.copytree(house.root, own.root)
    commands: tuple[tuple[str | Path, ...], ...] = (
        ("keys", "create", "second", "--role", "trainer"),
        ("keys", "create", "second-port", "--role", "clearance"),
        ("score", house.world / "today.parquet", "--format", "canonical", "-o", disk / "scores.parquet"),
        ("score", house.world / "today.parquet", "--format", "canonical", "-o", disk / "scores.csv"),
        ("audit", "export", "-o", disk / "ledger.zip"),
        ("models", "export", house.bundle, "-o", disk / "bundle"),
        ("simulate", "world", "-o", disk / "world", "--declarations", "300"),
        ("advance",),
    )
    before = _digest(own.root)
    filling = _fill(disk)
    for command in commands:
        ended = tamiz(own.root, *command)
        assert ended.status in {1, 2}, (command, ended.err)
        ended.refuses(ended.status)
    assert _digest(own.root) == before
    left = {path.name for path in disk.iterdir()} - {"world", "ws", "filling"}
    assert left == set(), left
    filling.unlink()
    for command in commands:
        ended = tamiz(own.root, *command)
        assert ended.status == 0, (command, ended.err)


def read_only(disk: Path, house: House) -> None:
    """What writes is refused, what only looks works; the same commands work once the disk may be written."""
    own = replace(house, root=disk / "ws")
    shutil.copytree(house.root, own.root)
    writing: tuple[tuple[str | Path, ...], ...] = (
        ("ingest", house.before, "--format", "canonical"),
        ("keys", "create", "second", "--role", "trainer"),
        ("advance",),
        ("audit", "export", "-o", disk / "ledger.zip"),
        ("simulate", "world", "-o", disk / "world", "--declarations", "300"),
    )
    _mount("-o", "remount,ro", str(disk))
    for command in writing:
        ended = tamiz(own.root, *command)
        assert ended.status in {1, 2}, (command, ended.err)
        ended.refuses(ended.status)
    serve = tamiz(own.root, "serve", "--port", "39981")
    assert serve.status == 2, serve.err
    assert "remedy: " in serve.err
    for looking in (("models", "list"), ("keys", "list"), ("models", "show", own.bundle)):
        assert tamiz(own.root, *looking, "--json").object
    _mount("-o", "remount,rw", str(disk))
    for command in writing:
        assert tamiz(own.root, *command).status == 0, command


def histories(disk: Path, house: House) -> None:
    """Histories and snapshots on a disk that is full, nearly full, or read-only, and again with room."""
    lake, values, snapshots = Lake(house.workspace.lake), disk / "values", disk / "snapshots"
    few = Lake(disk.parent / "few")
    few.append_items(lake.items().collect().head(40))
    backfill(few.root, values)
    before = publish_day(snapshots, few, house.today).folder
    lying = _digest(disk)
    works: tuple[Callable[[], object], ...] = (
        lambda: backfill(lake.root, values),
        lambda: backfill(lake.root, values, scheduler=Pool(2)),
        lambda: publish_day(snapshots, lake, house.today),
    )
    for room in (0, 40_000):
        filling = _fill(disk, but=room)
        _all_refuse(works, "make room")
        filling.unlink()
        assert _digest(disk) == lying
    _mount("-o", "remount,ro", str(disk))
    _all_refuse(works, "mount the disk for writing")
    _mount("-o", "remount,rw", str(disk))
    assert _digest(disk) == lying
    assert current(snapshots) == before
    for work in works:
        work()
    assert read_backfill(values).collect().height == lake.items().collect().height
    assert LmdbProfileStore.is_sound(current(snapshots))


def _all_refuse(works: Iterable[Callable[[], object]], remedy: str) -> None:
    """Hold that each names what failed and what to do."""
    for work in works:
        with pytest.raises(WriteFailedError) as caught:
            work()
        assert re.search(remedy, caught.value.remedy), caught.value.remedy


def play(scene: str, disk: Path, house: House) -> None:
    """Mount a disk of 40 MB at `disk` and play a scene on it."""
    _mount("-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk))
    SCENES[scene](disk, house)


def _mount(*how: str) -> None:
    subprocess.run(("mount", *how), check=True, timeout=30)


def _ingest(workspace: Path, file: Path, *asked: str) -> Ended:
    return tamiz(workspace, "ingest", file, "--format", "canonical", *asked)


def _fill(disk: Path, but: int = 0) -> Path:
    """Fill the disk to the last byte, but for so many."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError:
            file.truncate(file.tell() - but)
    return filling


def _digest(workspace: Path) -> dict[str, str]:
    """What lies in the workspace, but for locks and what SQLite keeps beside its files while it reads."""
    return {
        str(path.relative_to(workspace)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(workspace.rglob("*"))
        if path.is_file() and path.name != ".lock" and not path.name.endswith(("-wal", "-shm"))
    }


def _rows(workspace: Path) -> set[tuple[object, ...]]:
    """The keys of all items in the lake."""
    return set(Lake(Workspace(workspace).lake).items().select(KEY).collect().rows())


SCENES = {scene.__name__: scene for scene in (full, everything_else_full, read_only, histories)}
NAMESPACE = ("unshare", "-rm")
"""Where even an ordinary user may mount; what is mounted there goes with the process."""


def mounting() -> bool:
    """True if this machine lets us mount a disk in a namespace of our own."""
    if shutil.which("unshare") is None:
        return False
    probe = (*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt")
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0

"""The history values of every row of a lake as of its customs_date, from Parquet to Parquet.

Work is cut by groups of entities (`features.history.groups`): each is a pass of its own, which any process on
any machine that sees the files can make. Whoever does it, the files are the same to the byte.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import polars as pl
import pyarrow as pa

from customs.declaration import KEY
from features.errors import UnreadableFileError
from features.history.entities import HISTORY_NAMES
from features.history.groups import GROUPS, Group, merged
from features.history.month_files import MonthFiles
from features.history.settings import HistorySettings
from features.history.sweep import Progress, Sweep, silent
from features.history.threads import THREADS
from features.lake import Lake
from features.lake_files import only_writer, write_failed, write_whole
from features.schedule import InProcess, Scheduler

ITEMS = "items"
"""Folder of the keys of the rows; the folder of a group has the values of the same rows."""

POINTER = "current"
"""File that names the folder of the rows in use."""

_NAMES = ("1", "2")
_DRAFT = ".draft-"


def backfill(
    lake: Path,
    folder: Path,
    settings: HistorySettings | None = None,
    scheduler: Scheduler | None = None,
    progress: Progress = silent,
    *,
    names: Sequence[str] = HISTORY_NAMES,
) -> None:
    """Write the history values `names` of all rows of a lake below `folder`, a file a month and a group.

    Rows lie by customs_date and key. What another run wrote there is replaced in one step when all is
    written, and what a killed one left is removed. Memory does not grow with the number of rows, but with
    that of keys.
    Raises UnreadableFileError for a file of the lake that is not what was written, LakeBusyError while
    another process writes there, WriteFailedError if the disk takes no more.
    """
    scheduler = scheduler or InProcess()
    settings = settings or HistorySettings()
    Lake(lake).check()
    with only_writer(folder, "this backfill"):
        _tidy(folder)
        draft = folder / f"{_DRAFT}{uuid4().hex}"
        groups = [group for each in GROUPS if (group := each.narrowed(names)).names]
        parts = [groups] if scheduler.workers == 1 else [[group] for group in groups]
        work = [(lake, draft, part, settings, part is parts[0]) for part in parts]
        try:
            for done, _ in enumerate(scheduler.run(fill, work), start=1):
                progress("history", done, len(work))
            _put_in_use(folder, draft)
        finally:
            _tidy(folder)


def read_backfill(folder: str | Path, names: Sequence[str] | None = None) -> pl.LazyFrame:
    """Give the rows that `backfill` wrote: their keys and customs_date, and the history values of `names`.

    Without names all that were written. Raises UnreadableFileError where none was, or not that of a name.
    """
    folder = Path(folder)
    there = in_use(folder)
    if there is None:
        raise UnreadableFileError(f"there is no backfill {folder.name}", remedy="run the backfill again")
    frames = [pl.scan_parquet(there / ITEMS / "*.parquet")]
    written = [there / group.name for group in GROUPS if (there / group.name).is_dir()]
    frames += [pl.scan_parquet(each / "*.parquet") for each in written]
    rows = pl.concat(frames, how="horizontal")
    if names is None:
        return rows
    held = rows.collect_schema().names()
    if missing := [name for name in names if name not in held]:
        raise UnreadableFileError(
            f"the backfill {folder.name} has no {missing[0]}", remedy="run the backfill with it"
        )
    return rows.select(*KEY, "customs_date", *(name for name in held if name in names))


def in_use(folder: Path) -> Path | None:
    """Give the folder of the rows that readers see, None if there is none."""
    try:
        there = folder / (folder / POINTER).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return there if (there / ITEMS).is_dir() else None


def fill(
    lake: Path, folder: Path, groups: Sequence[Group], settings: HistorySettings, with_keys: bool
) -> None:
    """Write the files of some groups, and of the keys if wanted: one pass for all of them."""
    sweep = Sweep(Lake(lake), settings, group=merged(groups))
    with ExitStack() as stack:
        files = {group.name: stack.enter_context(MonthFiles(folder / group.name)) for group in groups}
        if with_keys:
            files[ITEMS] = stack.enter_context(MonthFiles(folder / ITEMS))
        written: list[Future[None]] = []
        for keys, found in sweep.walk():
            days = keys["customs_date"]
            tables = {group.name: pa.table({name: found[name] for name in group.names}) for group in groups}
            for each in written:
                each.result()
            tables |= {ITEMS: keys.to_arrow()}
            written = [THREADS.submit(file.write, days, tables[name]) for name, file in files.items()]
        for each in written:
            each.result()


def _put_in_use(folder: Path, draft: Path) -> None:
    """Have readers see the draft from now on."""
    there = in_use(folder)
    name = _NAMES[1] if there and there.name == _NAMES[0] else _NAMES[0]
    try:
        draft.rename(folder / name)
    except OSError as error:
        raise write_failed(folder, error) from error
    write_whole(folder / POINTER, f"{name}\n".encode("ascii"))


def _tidy(folder: Path) -> None:
    """Remove what is not in use: the rows from before, and drafts that were not finished."""
    there = in_use(folder)
    for path in folder.iterdir():
        ours = path.name in _NAMES or path.name.startswith(_DRAFT)
        if ours and path != there:
            shutil.rmtree(path, ignore_errors=True)

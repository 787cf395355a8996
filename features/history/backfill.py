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

from features.errors import UnreadableFileError
from features.history.groups import GROUPS, merged
from features.history.month_files import MonthFiles
from features.history.settings import HistorySettings
from features.history.sweep import Progress, Sweep, silent
from features.history.threads import THREADS
from features.lake import Lake
from features.lake_files import write_failed
from features.schedule import InProcess, Scheduler

ITEMS = "items"
"""Folder of the keys of the rows; the folder of a group has the values of the same rows."""


def backfill(
    lake: Path,
    folder: Path,
    settings: HistorySettings | None = None,
    scheduler: Scheduler | None = None,
    progress: Progress = silent,
) -> None:
    """Write the history values of all rows of a lake below `folder`, a file a month and a group of entities.

    Rows lie by customs_date and key. What another run wrote there is replaced when all is written, and what a
    killed one left beside it is removed. Memory does not grow with the
    number of rows, but with that of keys. Raises WriteFailedError if the disk takes no more.
    """
    scheduler = scheduler or InProcess()
    settings = settings or HistorySettings()
    draft = _draft(folder)
    parts = [GROUPS] if scheduler.workers == 1 else [(group,) for group in GROUPS]
    work = [(lake, draft, [group.name for group in part], settings) for part in parts]
    try:
        for done, _ in enumerate(scheduler.run(fill, work), start=1):
            progress("history", done, len(work))
        _replace(folder, draft)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def read_backfill(folder: Path, names: Sequence[str] | None = None) -> pl.LazyFrame:
    """Give the rows that `backfill` wrote: their keys and customs_date, and the history values of `names`.

    Without names all of them. Raises UnreadableFileError where none was written.
    """
    if not (folder / ITEMS).is_dir():
        raise UnreadableFileError(f"there is no backfill {folder.name}", remedy="run the backfill again")
    frames = [pl.scan_parquet(folder / ITEMS / "*.parquet")]
    for group in GROUPS:
        wanted = [name for name in group.names if names is None or name in names]
        if wanted:
            frames.append(pl.scan_parquet(folder / group.name / "*.parquet").select(wanted))
    return pl.concat(frames, how="horizontal")


def fill(lake: Path, folder: Path, names: Sequence[str], settings: HistorySettings) -> None:
    """Write the files of some groups: one pass for all of them. The first group writes the keys too."""
    groups = [group for group in GROUPS if group.name in names]
    sweep = Sweep(Lake(lake), settings, group=merged(groups))
    with ExitStack() as stack:
        files = {group.name: stack.enter_context(MonthFiles(folder / group.name)) for group in groups}
        if groups[0] is GROUPS[0]:
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


def _draft(folder: Path) -> Path:
    """A new name beside the folder; what others of its kind hold is removed."""
    for left in folder.parent.glob(f".{folder.name}-*"):
        shutil.rmtree(left, ignore_errors=True)
    return folder.with_name(f".{folder.name}-{uuid4().hex}")


def _replace(folder: Path, draft: Path) -> None:
    """Put the draft in the place of the folder; in between there is neither, never a mixture."""
    aside = folder.with_name(f"{draft.name}-before")
    try:
        if folder.exists():
            folder.rename(aside)
        draft.rename(folder)
    except OSError as error:
        raise write_failed(folder, error) from error
    shutil.rmtree(aside, ignore_errors=True)

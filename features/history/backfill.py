"""The history values of every row of a lake as of its customs_date, from Parquet to Parquet.

Work is cut by groups of entities (`features.history.groups`): each is a pass of its own, which any process on
any machine that sees the files can make. Whoever does it, the files are the same to the byte.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from pathlib import Path

import polars as pl
import pyarrow as pa

from features.history.groups import GROUPS, merged
from features.history.month_files import MonthFiles
from features.history.settings import HistorySettings
from features.history.sweep import Progress, Sweep, silent
from features.history.threads import THREADS
from features.lake import Lake
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

    Rows lie by customs_date and key. What another run left there is replaced. Memory does not grow with the
    number of rows, but with that of keys. Raises WriteFailedError if the disk takes no more.
    """
    scheduler = scheduler or InProcess()
    settings = settings or HistorySettings()
    parts = [GROUPS] if scheduler.workers == 1 else [(group,) for group in GROUPS]
    work = [(lake, folder, [group.name for group in part], settings) for part in parts]
    for done, _ in enumerate(scheduler.run(fill, work), start=1):
        progress("history", done, len(work))


def read_backfill(folder: Path, names: Sequence[str] | None = None) -> pl.LazyFrame:
    """Give the rows that `backfill` wrote: their keys and customs_date, and the history values of `names`.

    Without names all of them.
    """
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

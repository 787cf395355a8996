"""The history values of every item of the lake, Parquet to Parquet, wherever the settings have it made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from customs.errors import InputError
from features.dictionary import unknown_name
from features.history.backfill import backfill as write
from features.history.backfill import in_use
from features.history.entities import HISTORY_NAMES
from features.lake import Lake
from features.schedule import scheduler_of
from lifecycle.console import Report
from lifecycle.output import check_output
from lifecycle.recall import newest_day
from lifecycle.session import Session


def backfill(session: Session, *, output: Path, names: Sequence[str], progress: Report) -> None:
    """Write the history values of all items, each version as of its customs_date, below the folder `output`.

    `names` choose some of them; without any all are written. `features.read_backfill` reads them. Raises
    EmptyLakeError without a lake, UnknownNameError for a name that is none, SchedulerError where the settings
    name a Dask scheduler that does not answer.
    """
    for name in names:
        if name not in HISTORY_NAMES:
            raise unknown_name("history value", name, HISTORY_NAMES)
    check_output(output, session.workspace)
    _check_place(output)
    lake, settings = Lake(session.workspace.lake), session.history
    newest_day(lake)
    with scheduler_of(settings.scheduler) as scheduler:
        write(lake.root, output, settings, scheduler, progress, names=names or HISTORY_NAMES)


def _check_place(output: Path) -> None:
    """Refuse a folder of other things: what a backfill replaces could be among them."""
    there = output.iterdir() if output.is_dir() and in_use(output) is None else ()
    if any(not path.name.startswith(".") for path in there):
        raise InputError(
            f"{output}: there are other things than a backfill",
            remedy="name a folder that is new or empty, or the one of an earlier backfill",
        )

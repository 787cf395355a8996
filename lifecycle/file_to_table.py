"""From a file of declarations to a table of one row an item, some at a time, and nothing kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from customs.errors import InputError
from features.columns import Columns, rows
from features.intake import ingest
from features.intake_report import IntakeReport
from features.lake import Lake
from lifecycle.console import Report
from lifecycle.newest_items import newest_items
from lifecycle.session import Session
from lifecycle.table_file import table_file

_AT_ONCE = 20_000
"""Items made at a time, which bounds the memory of what lies between."""

Make = Callable[[Columns], pl.DataFrame]


@dataclass(frozen=True)
class Passed:
    """How many items came out, and how many rows were refused on the way in."""

    items: int
    refused: int


def file_to_table(
    session: Session,
    file: Path,
    *,
    source: str,
    output: Path,
    schema: pl.Schema,
    maker: Callable[[Lake], Make],
    label: str,
    now: datetime,
    progress: Report,
) -> Passed:
    """Write what is made of a file's newest items to `output` (CSV, or Parquet by its ending).

    `maker` is given the lake of these items alone, and gives the function that makes rows of `schema` of some
    of them, in the order of their days. An amendment is of the day of its declaration's first version, which
    may stand in the workspace's lake alone: as of its own day it would see itself, and what was found.
    Refused rows go to quarantine; a month's keys and some items are in memory, however many the file has.
    Raises InputError where no row could be taken.
    """
    with TemporaryDirectory(prefix=f"tamiz-{label}-") as folder:
        taken = Lake(Path(folder) / "lake", earlier=[Lake(session.workspace.lake)])
        report = _taken_in(session, file, taken, source=source, now=now, progress=progress)
        make, items = maker(taken), 0
        with table_file(output, schema) as write:
            for part in newest_items(taken, _AT_ONCE):
                write(make(part))
                items += rows(part)
                progress(label, items, report.accepted)
    return Passed(items, report.refused)


def _taken_in(
    session: Session, file: Path, lake: Lake, *, source: str, now: datetime, progress: Report
) -> IntakeReport:
    report = ingest(
        [file],
        format=source,
        lake=lake,
        quarantine=session.workspace.create().quarantine,
        settings=session.intake,
        now=now,
        progress=progress,
    )
    if not report.accepted:
        raise InputError(
            f"{file.name}: no row could be taken", remedy="see the quarantine, or check --format"
        )
    return report

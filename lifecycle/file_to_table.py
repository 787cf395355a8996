"""From a file of declarations to a table of one row an item, some at a time; kept is what was refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import polars as pl

from customs.errors import InputError
from features.columns import Columns
from features.errors import LakeBusyError, WriteFailedError
from features.intake import ingest
from features.intake_report import IntakeReport
from features.lake import Lake
from features.lake_files import only_writer
from features.refused import Refused
from features.schedule import Scheduler
from lifecycle.console import Report
from lifecycle.newest_items import Month, newest_items
from lifecycle.session import Session
from lifecycle.table_file import table_file

_AT_ONCE = 20_000
"""Items made at a time, which bounds the memory of what lies between."""

Make = Callable[[Columns], pl.DataFrame]
Maker = Callable[[Lake], Make]


@dataclass(frozen=True)
class Passed:
    """How many items came out, and what was refused on the way in."""

    items: int
    refused: Refused


@dataclass(frozen=True)
class Shared:
    """Who shares the work, with a `maker` that can be sent to them, from how many items on."""

    scheduler: Scheduler
    maker: Maker
    least: int = 0


def file_to_table(
    session: Session,
    file: Path,
    *,
    source: str,
    output: Path,
    schema: pl.Schema,
    maker: Maker,
    label: str,
    now: datetime,
    progress: Report,
    shared: Shared | None = None,
) -> Passed:
    """Write what is made of a file's newest items to `output` (CSV, or Parquet by its ending).

    `maker` is given the lake of these items alone, and gives the function that makes rows of `schema` of some
    of them, in the order of their days. An amendment is of the day of its declaration's first version, which
    may stand in the workspace's lake alone: as of its own day it would see itself, and what was found.
    Refused rows go to quarantine; a month's keys and some items are in memory, however many the file has.

    With `shared` several workers make the items, each those of some months, to the same file, and see what
    lies beside `output`. Raises InputError where no row could be taken.
    """
    with _between(output.parent.absolute() if shared else Path(gettempdir()), label) as folder:
        taken = Lake(folder / "lake", earlier=[Lake(session.workspace.lake)])
        report = _taken_in(session, file, taken, source=source, now=now, progress=progress)
        with table_file(output, schema) as write:
            worth = shared is not None and report.accepted >= shared.least
            parts = _made_elsewhere(taken, shared, folder) if shared and worth else _made(taken, maker)
            items = 0
            for part in parts:
                write(part)
                items += part.height
                progress(label, items, report.accepted)
    return Passed(items, Refused.of(report))


@contextmanager
def _between(parent: Path, label: str) -> Iterator[Path]:
    """Give a folder for what lies between file and table; one that a killed process left is removed."""
    parent.mkdir(parents=True, exist_ok=True)
    prefix = f".tamiz-{label}-"
    for left in parent.glob(f"{prefix}*"):
        with suppress(LakeBusyError, WriteFailedError), only_writer(left):
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=prefix, dir=parent) as name, only_writer(Path(name)):
        yield Path(name)


def _made(taken: Lake, maker: Maker, months: Sequence[Month] | None = None) -> Iterator[pl.DataFrame]:
    """Give what is made of the items, some at a time."""
    make = maker(taken)
    return map(make, newest_items(taken, _AT_ONCE, months))


def _made_elsewhere(taken: Lake, shared: Shared, folder: Path) -> Iterator[pl.DataFrame]:
    """Give the same, made by the workers: each has some months that follow one another, of as many rows."""
    workers = shared.scheduler
    stretches = _stretches(taken, workers.workers)
    work = [(taken.root, shared.maker, months, folder / str(at)) for at, months in enumerate(stretches)]
    for place, count in zip((each[-1] for each in work), workers.run(write_parts, work), strict=True):
        for number in range(count):
            part = place / f"{number}.arrow"
            yield pl.read_ipc(part)
            part.unlink()


def write_parts(lake: Path, maker: Maker, months: Sequence[Month], folder: Path) -> int:
    """Write what is made of the items of some months to numbered files; gives their number."""
    folder.mkdir()
    count = 0
    for count, part in enumerate(_made(Lake(lake), maker, months), start=1):
        part.write_ipc(folder / f"{count - 1}.arrow", compression="lz4")
    return count


def _stretches(taken: Lake, most: int) -> list[list[Month]]:
    """Cut the months into stretches that follow one another, of about as many rows."""
    months = taken.months()
    rows = [taken.items(*month).select(pl.len()).collect().item() for month in months]
    found: list[list[Month]] = [[] for _ in range(most)]
    before, whole = 0, sum(rows)
    for month, count in zip(months, rows, strict=True):
        found[(2 * before + count) * most // (2 * whole)].append(month)
        before += count
    return [stretch for stretch in found if stretch]


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
        raise InputError(f"{file.name}: no row could be taken{_why(report)}", remedy=_remedy(report))
    return report


def _why(report: IntakeReport) -> str:
    """Give the rules that refused the rows, those of most rows first."""
    rules = sorted(Refused.of(report).rules, key=lambda rule: -rule.rows)
    return ": " + ", ".join(f"{rule.rule} ({rule.rows:,})" for rule in rules) if rules else ""


def _remedy(report: IntakeReport) -> str:
    told = f"{report.quarantine} says of each what to do; " if report.quarantine else ""
    return f"{told}is --format the right one?"

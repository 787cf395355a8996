"""The lake and the histories made from it: what training, scoring and monitoring begin with."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from customs.errors import InputError
from features.history.history import History
from features.lake import Lake
from features.lake_files import collected
from features.reference.store import ReferenceStore
from features.reference.tables import Tables
from lifecycle.console import Report
from lifecycle.session import Session


class EmptyLakeError(InputError):
    """The lake holds no items yet."""


def newest_day(lake: Lake) -> date:
    """The newest customs_date in the lake; raises EmptyLakeError where there is none."""
    newest: Any = collected(lake.items().select(pl.col("customs_date").max())).item()
    if newest is None:
        raise EmptyLakeError("the lake is empty", remedy="tamiz ingest PATH --format FORMAT")
    return date.fromisoformat(newest.isoformat())


def day_after(lake: Lake) -> date:
    """The day after the newest item of the lake."""
    return newest_day(lake) + timedelta(days=1)


def recalled(session: Session, lake: Lake, report: Report) -> History:
    """The histories of everything in the lake, with the reference tables of the workspace.

    Raises UnreadableFileError for a file of the lake that is not what was written.
    """
    lake.check()
    return History.of(lake, session.history, report, tables_of(session))


def tables_of(session: Session) -> Tables:
    """The reference tables of the workspace, as they stand."""
    return Tables.of(ReferenceStore(session.workspace.tables), session.intake.valuation_currency)

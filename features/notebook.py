"""The notebook's door: one call gives a frame of features as of a day."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from customs.errors import InputError
from features.columns import Columns, rows
from features.feature_frame import FEATURE_NAMES, feature_frame, frame_schema
from features.first_day import of_first_day
from features.given_frame import like
from features.given_table import history_of, items_of, outcomes_of
from features.history.history import History
from features.history.settings import HistorySettings
from features.lake import Lake
from features.local_time import date_of, days_of
from features.recipe import Recipe
from features.recipe_as_of import recipe_as_of
from features.reference.store import ReferenceStore
from features.reference.tables import Tables
from features.settings import IntakeSettings

Table: TypeAlias = Any
"""A pandas or Polars frame, a list of dicts, or the path of a CSV or Parquet file."""


def matrix(
    items: Table,
    *,
    as_of: date | str | None = None,
    workspace: str | Path | None = None,
    history: Table | None = None,
    outcomes: Table | None = None,
    names: Sequence[str] | None = None,
    recipe: Recipe | None = None,
    settings: IntakeSettings | None = None,
) -> Any:
    """Give the features of goods items, a row an item in the order given, the keys first.

    `items` have the canonical columns: a pandas or Polars frame, a list of dicts, or a path. Each row stands
    as of its own customs_date (an amendment's is that of the first version, in the table or in the history),
    or as if it had been declared on the day `as_of`; nothing that happened or was known on that day or later
    is seen. As of a day after its own an item that the history holds is part of it, and its outcome too.

    History comes from the lake of a workspace (default: TAMIZ_WORKSPACE, else the current folder) with its
    reference tables, or from `history` (items, all versions) and `outcomes`. `names` chooses features,
    history and reference values by their names in the dictionary; default: every feature. Codes and strengths
    are those of `recipe`, else what the history knew before the first day that is asked for.

    Gives pandas for pandas, Polars for all else. Raises InputError (with its remedy) for columns that are
    missing, values that cannot be read or break a rule of intake, a bad day, an unknown name, no lake.

    >>> item = {"item_no": 1, "office_id": "O", "importer_id": "I", "origin_country": "CN", "cif": 90.0}
    >>> item |= {"hs_code": "847130", "net_kg": 45.0}
    >>> past = [item | {"declaration_id": "A", "accepted_at": "2024-03-01"}]
    >>> new = [item | {"declaration_id": "B", "accepted_at": "2024-03-08"}]
    >>> matrix(new, history=past, names=["unit_value", "importer_age", "importer.items"]).rows()
    [('B', 1, 1, datetime.date(2024, 3, 8), 0.6931, 7.0, 1)]
    """
    chosen = FEATURE_NAMES if names is None else tuple(names)
    frame_schema(chosen)
    settings = settings or IntakeSettings()
    given, day = items_of(items, settings, "items"), _day(as_of)
    past = _history(workspace, history, outcomes, settings)
    asked = _as_of(of_first_day(given, past.source), day)
    if rows(asked):
        recipe = recipe or recipe_as_of(date_of(int(asked["customs_date"].min())), past)
    made = feature_frame(recipe or Recipe.fit(asked), asked, past.as_of(asked), chosen)
    return like(made, items)


def _day(day: date | str | None) -> date | None:
    if isinstance(day, datetime):
        return day.date()
    if day is None or isinstance(day, date):
        return day
    try:
        return date.fromisoformat(day)
    except (TypeError, ValueError):
        raise InputError(
            f"as_of={day!r} is no day", remedy="give a datetime.date, or text such as '2024-03-31'"
        ) from None


def _as_of(columns: Columns, day: date | None) -> Columns:
    if day is None:
        return columns
    return columns | {"customs_date": np.full(rows(columns), days_of(day), np.int32)}


def _history(
    workspace: str | Path | None, history: Table | None, outcomes: Table | None, settings: IntakeSettings
) -> History:
    if history is None and outcomes is not None:
        raise InputError("outcomes= without history=", remedy="give the items they are of as history=")
    if history is None:
        folder = Path(workspace or os.environ.get("TAMIZ_WORKSPACE") or ".")
        tables = Tables.of(ReferenceStore(folder / "data" / "sources"), settings.valuation_currency)
        return History.of(_lake(folder), HistorySettings(), tables=tables)
    if workspace is not None:
        raise InputError("both workspace= and history=", remedy="give the one that the history is to be of")
    known = None if outcomes is None else outcomes_of(outcomes, settings)
    return History.build(history_of(history, settings), known, HistorySettings())


def _lake(workspace: Path) -> Lake:
    lake = Lake(workspace / "data" / "lake")
    if not lake.months():
        raise InputError(
            f"there is no lake in workspace '{workspace}'",
            remedy="name it by workspace= or TAMIZ_WORKSPACE, fill it by `tamiz ingest`, or give history=",
        )
    lake.check()
    return lake

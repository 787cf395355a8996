"""Tables that a person hands over in a notebook, read as intake reads a file, or refused with a remedy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.data_policy import DataClass
from customs.declaration import FIELDS, Field
from customs.errors import InputError
from customs.outcome import OUTCOME_FIELDS
from features.columns import SCHEMA, Columns, Unreadable, complete, from_frame, rows, to_frame
from features.definitions.declaration import CARRIED, SUMMED, totals
from features.errors import MissingColumnsError
from features.given_frame import frame_of
from features.local_time import NO_DAY
from features.outcome_columns import complete_outcomes, outcomes_to_frame
from features.raw_values import raw_column
from features.settings import IntakeSettings
from features.validation import validate
from features.validation_judgement import Breach

_LATER = datetime(2199, 12, 31, tzinfo=UTC)
_LABELS = ["declaration_id", "item_no", "version", "withdrawn", "illicit", "finding", "known_date"]


def items_of(table: Any, settings: IntakeSettings, name: str) -> Columns:
    """Give the columns of goods items, in the order given, with the totals of their declarations.

    A frame in the lake's form is taken as it is. All else is read and checked by the rules of intake; a
    declaration then has the customs_date of its lowest version in the table. `name` is what errors call it.
    """
    frame = frame_of(table, name)
    if all(frame.schema.get(column) == dtype for column, dtype in SCHEMA.items()):
        return _with_totals(from_frame(frame))
    columns, faults = _read(frame, FIELDS, [one.name for one in FIELDS if one.required], settings, name)
    columns = complete(columns, settings.time_zone)
    verdict = validate(columns, settings, _LATER, unreadable=faults)
    if verdict.breaches:
        first = min(verdict.breaches, key=lambda breach: breach.row)
        many = int(np.count_nonzero(verdict.refused))
        raise _refused(name, first, many)
    if verdict.repeated.any():
        row = int(np.argmax(verdict.repeated))
        raise InputError(f"{name}: row {row} repeats an earlier one", remedy="drop rows that are there twice")
    return _with_totals(_dated(columns | {"warnings": verdict.warnings}))


def history_of(table: Any, settings: IntakeSettings) -> pl.LazyFrame:
    """Give the canonical frame of the items of a history, all versions."""
    return to_frame(items_of(table, settings, "history")).lazy()


def outcomes_of(table: Any, settings: IntakeSettings) -> pl.LazyFrame:
    """Give what a history needs of outcomes, all versions; an absent known_date is made of known_at."""
    frame = frame_of(table, "outcomes")
    if set(_LABELS) <= set(frame.columns) and frame.schema["known_date"] == pl.Date:
        return frame.lazy().select(_LABELS)
    columns, faults = _read(
        frame, OUTCOME_FIELDS, ["declaration_id", "item_no", "illicit"], settings, "outcomes"
    )
    if faults:
        fault = faults[0]
        remedy = "write it as the guide's page of fields says"
        breach = Breach(fault.row, fault.field, fault.value, fault.rule, remedy)
        raise _refused("outcomes", breach, len(faults))
    columns = complete_outcomes(columns, settings.time_zone)
    unknown = columns["known_date"] == NO_DAY
    if unknown.any():
        row = int(np.argmax(unknown))
        raise InputError(
            f"outcomes: row {row} has no known_at", remedy="say when it was known: known_at, or result_at"
        )
    return outcomes_to_frame(columns).lazy().select(_LABELS)


def _read(
    frame: pl.DataFrame, fields: Sequence[Field], required: Sequence[str], settings: IntakeSettings, name: str
) -> tuple[Columns, tuple[Unreadable, ...]]:
    _check_names(frame.columns, [field.name for field in fields], required, name)
    columns: Columns = {}
    unreadable: list[Unreadable] = []
    for field in fields:
        series = frame[field.name] if field.name in frame.columns else None
        columns[field.name], faults = raw_column(series, field, settings.time_zone, frame.height)
        unreadable += faults
    return columns, tuple(unreadable)


def _check_names(names: Sequence[str], fields: Sequence[str], required: Sequence[str], table: str) -> None:
    """Refuse a table without a required column, and one with a column that is nearly an absent field's."""
    unknown = [name for name in names if name not in fields]
    for field in fields:
        wanted = field in required
        near = get_close_matches(field, unknown, 1, 0.6 if wanted else 0.85)
        if field in names or not (wanted or near):
            continue
        remedy = f"rename '{near[0]}' to '{field}', if that is it" if near else f"add a column '{field}'"
        raise MissingColumnsError(f"{table} has no column '{field}'", remedy=remedy)


def _refused(table: str, breach: Breach, many: int) -> InputError:
    """The error of a row; its value is told only where it can tell nothing of anybody."""
    classes = {one.name: one.data for one in (*OUTCOME_FIELDS, *FIELDS)}
    harmless = breach.value and classes.get(breach.field) is DataClass.NONE
    told = f" '{breach.value}'" if harmless else ""
    others = f" (the first of {many} refused)" if many > 1 else ""
    return InputError(
        f"{table}: row {breach.row}{others}: {breach.field}{told} breaks the rule {breach.rule}",
        remedy=breach.remedy,
    )


def _dated(columns: Columns) -> Columns:
    """Columns in which every version of a declaration has the customs_date of the lowest."""
    ids = columns["declaration_id"].tolist()
    first: dict[str, tuple[int, int]] = {}
    for name, version, day in zip(
        ids, columns["version"].tolist(), columns["customs_date"].tolist(), strict=True
    ):
        first[name] = min(first.get(name, (version, day)), (version, day))
    return columns | {"customs_date": np.array([first[name][1] for name in ids], np.int32)}


def _with_totals(columns: Columns) -> Columns:
    """Columns with the totals of each row's declaration, of each item the newest version up to the row's."""
    carried = {name: np.zeros(rows(columns), np.int64) for name in CARRIED}
    for version in np.unique(columns["version"]).tolist():
        seen = _newest(columns, version)
        mine = columns["version"][seen] == version
        whole = totals({name: columns[name][seen] for name in SUMMED}).carried
        for name, values in whole.items():
            carried[name][seen[mine]] = values[mine]
    return columns | carried


def _newest(columns: Columns, version: int) -> NDArray[np.int64]:
    """Rows of each item's newest version up to a version."""
    at = np.flatnonzero(columns["version"] <= version)
    order = at[np.argsort(columns["version"][at], kind="stable")]
    names = zip(columns["declaration_id"][order].tolist(), columns["item_no"][order].tolist(), strict=True)
    return np.array(list(dict(zip(names, order.tolist(), strict=True)).values()), np.int64)

"""Tables from the codes of a source to ours: in a mapping, or in a CSV file beside it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

from features.errors import MappingError
from features.values import WHITESPACE

_LARGEST = 200_000


def code_table(table: Mapping[str, str] | str | None, folder: Path, key: str) -> Mapping[str, str]:
    """The table itself, or the first two columns of the CSV file it names; empty without one.

    A file is in UTF-8 with commas, has a header, and may have lines of words after `#`. Raises MappingError,
    which begins with `key`, for a file that is not there or no table, and for a code that stands twice.

    >>> code_table({"01": "1"}, Path(), "a.yaml: fields.transport_mode.table")
    {'01': '1'}
    """
    if table is None:
        return {}
    if not isinstance(table, str):
        return table
    if Path(table).name != table or table in {".", ".."}:
        raise MappingError(f"{key}: '{table}' is no plain name", remedy="name a file beside the mapping")
    try:
        with (folder / table).open(encoding="utf-8-sig", newline="") as file:
            lines = [line for line in islice(file, _LARGEST + 1) if line.strip() and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise MappingError(
            f"{key}: there is no table '{table}' in UTF-8 beside the mapping", remedy="check its name"
        ) from error
    return _pairs(lines, f"{key}: {table}")


def _pairs(lines: list[str], where: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    try:
        records = list(csv.reader(lines, strict=True))
    except csv.Error as error:
        raise MappingError(f"{where}: no CSV table", remedy="write it by RFC 4180, with commas") from error
    if len(records) < 2 or len(records) > _LARGEST:
        raise MappingError(f"{where}: no rows", remedy=f"write a header and 1 to {_LARGEST:,} rows")
    for record in records[1:]:
        code, ours = (value.strip(WHITESPACE) for value in (*record, "", "")[:2])
        if not code or not ours:
            raise MappingError(f"{where}: a row without code or value", remedy="write both, or leave it out")
        if code in pairs:
            raise MappingError(f"{where}: code '{code[:80]}' stands twice", remedy="keep one of the two")
        pairs[code] = ours
    return pairs

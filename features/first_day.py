"""The day of a declaration's first version, which its amendments have too, by what a lake knows of it."""

from __future__ import annotations

import numpy as np
import polars as pl

from features.columns import Columns
from features.declaration_lake import DeclarationLake
from features.lake_files import collected


def of_first_day(columns: Columns, lake: DeclarationLake) -> Columns:
    """Give the columns with amendments on the customs_date of the lowest version that the lake has.

    As of its own day an amendment would see the version that it amends, and what was found of it.

    >>> from features.columns import from_records, to_frame
    >>> from features.declaration_lake import Frames
    >>> first = {"declaration_id": "A", "item_no": 1, "accepted_at": "2024-01-02"}
    >>> amended = from_records([first | {"version": 2, "accepted_at": "2024-03-04"}]).columns
    >>> lake = Frames(to_frame(from_records([first]).columns).lazy())
    >>> of_first_day(amended, lake)["customs_date"].astype("M8[D]").tolist()
    [datetime.date(2024, 1, 2)]
    """
    amended = np.flatnonzero(columns["version"] > 1).tolist()
    if not amended:
        return columns
    first = _first(lake, {columns["declaration_id"][row] for row in amended})
    days = columns["customs_date"].copy()
    for row in amended:
        version, day = first.get(columns["declaration_id"][row], (columns["version"][row], days[row]))
        days[row] = day if version < columns["version"][row] else days[row]
    return columns | {"customs_date": days}


def _first(lake: DeclarationLake, declarations: set[str]) -> dict[str, tuple[int, int]]:
    """The lowest version of each declaration that the lake has, and its day."""
    ids = pl.DataFrame({"declaration_id": sorted(declarations)}).lazy()
    found = collected(begun(lake.items().join(ids, on="declaration_id", how="semi")))
    days = found["begun"].to_physical().to_list()
    return {name: (lowest, day) for name, lowest, day in zip(*found[:, :2], days, strict=True)}


def begun(items: pl.LazyFrame) -> pl.LazyFrame:
    """Give the declaration_id of each declaration among some items, its `lowest` version, and its first day.

    >>> items = pl.LazyFrame({"declaration_id": ["A", "A"], "version": [2, 1], "customs_date": [40, 3]})
    >>> begun(items).collect().rows()
    [('A', 1, 3)]
    """
    rows = items.select("declaration_id", lowest="version", begun="customs_date").sort("lowest", "begun")
    return rows.unique("declaration_id", keep="first", maintain_order=True)

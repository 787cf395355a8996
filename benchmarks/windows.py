"""Counts of items in windows of days before each item, by the engine and by DuckDB: the same numbers.

`python -m benchmarks.windows engine|duckdb LAKE FILE`
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import polars as pl

from features.history.groups import Group
from features.history.settings import HistorySettings
from features.history.sweep import Sweep
from features.lake import Lake

ENTITIES = {
    "importer": ("importer_id",),
    "declarant": ("declarant_id",),
    "seller": ("seller_id",),
    "declarant_seller": ("declarant_id", "seller_id"),
}
"""Entities that are counted, and the fields of their keys."""

WINDOWS = (7, 30, 90)
_NAMES = [f"{entity}.items_{days}d" for entity in ENTITIES for days in WINDOWS]


def by_engine(lake: Path, file: Path) -> None:
    """Write the counts by a pass over the past, which makes all else of these entities too."""
    group = Group("counted", tuple(ENTITIES), comparables=True)
    sweep = Sweep(Lake(lake), HistorySettings(), group=group)
    parts = [
        keys.select("declaration_id", "item_no").with_columns(pl.Series(name, found[name]) for name in _NAMES)
        for keys, found in sweep.walk()
    ]
    pl.concat(parts).write_parquet(file)


def by_duckdb(lake: Path, file: Path) -> None:
    """Write the counts by range windows."""
    fields = sorted({field for fields in ENTITIES.values() for field in fields})
    counts = [
        f"CASE WHEN {' OR '.join(f'{field} IS NULL' for field in fields)} THEN 0 ELSE "
        f"count(*) OVER (PARTITION BY {', '.join(fields)} ORDER BY day "
        f'RANGE BETWEEN {days} PRECEDING AND 1 PRECEDING) END AS "{entity}.items_{days}d"'
        for entity, fields in ENTITIES.items()
        for days in WINDOWS
    ]
    duckdb.execute(
        f"COPY (SELECT declaration_id, item_no, {', '.join(counts)} FROM (SELECT declaration_id, item_no, "
        f"{', '.join(fields)}, datediff('day', DATE '1970-01-01', customs_date) AS day "
        f"FROM read_parquet('{lake}/items/*/*.parquet'))) TO '{file}' (FORMAT parquet)"
    )


if __name__ == "__main__":
    {"engine": by_engine, "duckdb": by_duckdb}[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))

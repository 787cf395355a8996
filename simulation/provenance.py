"""Where the world's reference tables say they come from, and the columns that every one of them ends with."""

from __future__ import annotations

from datetime import date

import polars as pl

SOURCE = "simulated"
LICENCE = "made up, free to use"
ANY = -1
"""Stands for any origin."""

_ENDING = ["valid_from", "valid_to", "known_from", "withdrawn", "source", "licence", "retrieved_at"]


def with_provenance(frame: pl.DataFrame, start: date, columns: list[str]) -> pl.DataFrame:
    """The columns of a table and where they come from; days of the world, from its first, become dates.

    Rows are in the order of their values, so that it tells nothing; each was fetched when it became known.

    >>> row = pl.DataFrame({"currency": ["EUR"], "rate": [1.1], "valid_from": [0], "known_from": [-1]})
    >>> made = with_provenance(row, date(2024, 1, 1), ["currency", "rate"])
    >>> made["valid_from"].item(), made["known_from"].item(), made["source"].item()
    (datetime.date(2024, 1, 1), datetime.date(2023, 12, 31), 'simulated')
    """
    if "withdrawn" not in frame.columns:
        frame = frame.with_columns(pl.lit(0).alias("withdrawn"))
    dated = frame.with_columns(
        (pl.lit(start) + pl.duration(days=pl.col(name))).cast(pl.Date).alias(name)
        for name in ("valid_from", "known_from")
    ).with_columns(
        pl.lit(None, pl.Date).alias("valid_to"),
        pl.lit(SOURCE).alias("source"),
        pl.lit(LICENCE).alias("licence"),
        pl.col("known_from").alias("retrieved_at"),
    )
    return dated.select(*columns, *_ENDING).sort(
        *columns[:2], "valid_from", "known_from", maintain_order=True
    )

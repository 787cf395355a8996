"""A watch list of the world, made of what inspections found and of hearsay: late and noisy."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulation.lines import Ints

LISTED = 0.5
"""Share of the parties with two findings or more that come onto the list."""
HEARSAY = 0.004
"""Share of all parties that come onto it for nothing that was found."""
TAKEN_OFF = 0.15
"""Share of the entries that are withdrawn later."""

_FIELDS = {"importer": "importer_id", "seller": "seller_id", "declarant": "declarant_id"}
_ZONE = "America/Lima"


def watch_list(
    items: pl.DataFrame, outcomes: pl.DataFrame, start: date, days: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Entries in days from the world's first: 10 to 60 days after a party's second finding was known."""
    found = _findings(items, outcomes, start)
    entries = [_entries(name, items, found, days, rng) for name in _FIELDS]
    every = pl.concat([*entries, _brands(found, rng)]).filter(pl.col("known_from") < days)
    off = every.filter(pl.Series(rng.random(every.height) < TAKEN_OFF)).with_columns(
        pl.lit(1).alias("withdrawn"), pl.col("known_from") + 45
    )
    return pl.concat([every, off.filter(pl.col("known_from") < days)])


def _findings(items: pl.DataFrame, outcomes: pl.DataFrame, start: date) -> pl.DataFrame:
    """Items found irregular, the parties declared, and the day on which it was known."""
    day = pl.col("known_at").dt.convert_time_zone(_ZONE).dt.date() - pl.lit(start)
    keys = ["declaration_id", "item_no", "version"]
    wrong = outcomes.filter(pl.col("illicit") == 1).select(*keys, "finding", day.dt.total_days().alias("day"))
    parties = items.select(*keys, *_FIELDS.values(), "brand")
    return wrong.join(parties, on=keys, how="inner", maintain_order="left").sort("day", maintain_order=True)


def _entries(
    name: str, items: pl.DataFrame, found: pl.DataFrame, days: int, rng: np.random.Generator
) -> pl.DataFrame:
    """Parties of one kind: graver where a third finding was known by the day of the entry."""
    field = _FIELDS[name]
    twice = _known(found, field, 1)
    twice = twice.filter(pl.Series(rng.random(twice.height) < LISTED))
    listed = twice["day"].to_numpy() + rng.integers(10, 61, twice.height)
    graver = (twice["next"].fill_null(days) < pl.Series(listed)).to_numpy()
    seen = items.select(pl.col(field).drop_nulls().unique().sort()).to_series()
    heard = seen.filter(pl.Series(rng.random(len(seen)) < HEARSAY))
    told = heard.filter(~heard.is_in(twice[field].to_list()))
    return pl.concat(
        [
            _frame(name, twice[field], listed, np.where(graver, 3, 2), "found irregular more than once"),
            _frame(
                name, told, rng.integers(0, days, len(told)), np.ones(len(told), int), "a hint, not verified"
            ),
        ]
    )


def _brands(found: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Brands that were found copied three times."""
    thrice = _known(found.filter(pl.col("finding") == "ip"), "brand", 2)
    listed = thrice["day"].to_numpy() + rng.integers(10, 61, thrice.height)
    return _frame("brand", thrice["brand"], listed, np.ones(thrice.height, int), "counterfeits were found")


def _known(found: pl.DataFrame, field: str, number: int) -> pl.DataFrame:
    """The day on which the finding of that number (from 0) of each party was known, and that of the next."""
    days = pl.col("day")
    return (
        found.drop_nulls(field)
        .group_by(field, maintain_order=True)
        .agg(days.get(number, null_on_oob=True), days.get(number + 1, null_on_oob=True).alias("next"))
        .drop_nulls("day")
    )


def _frame(name: str, parties: pl.Series, known: Ints, severity: Ints, reason: str) -> pl.DataFrame:
    count = len(parties)
    return pl.DataFrame(
        {
            "party_kind": pl.Series([name] * count, dtype=pl.String),
            "party": parties,
            "list_name": pl.Series(["simulated watch list"] * count, dtype=pl.String),
            "severity": pl.Series(severity, dtype=pl.Int64),
            "reason": pl.Series([reason] * count, dtype=pl.String),
            "valid_from": pl.Series(known, dtype=pl.Int64),
            "known_from": pl.Series(known, dtype=pl.Int64),
            "withdrawn": pl.Series([0] * count, dtype=pl.Int32),
        }
    )

"""What a history is made of: rows of the lake as numbers, and what changes on which day because of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import KEY
from customs.outcome import Finding
from features.declaration_lake import DeclarationLake
from features.history.kernels import FIRST, ITEM, LABEL, SEEN
from features.history.measures import FIELDS, LABELS, own_numbers
from features.history.parts import PARTS, Digests, part_codes
from features.history.states import Results, Versions, changes
from features.history.wording import Grams, grams
from features.lake_files import collected

Index = NDArray[np.int64]
Narrow = NDArray[np.int32]

_ITEM = ["declaration_id", "item_no"]
NEEDED: list[str] = list(
    dict.fromkeys([*KEY, "customs_date", "known_date", *PARTS.values(), *FIELDS, "description"])
)
"""Columns of items that the history reads."""


@dataclass(frozen=True)
class Facts:
    """Goods items of some days, one row each: digests of their parts, their numbers, and their words."""

    parts: dict[str, Digests]
    numbers: Narrow
    grams: Grams


@dataclass(frozen=True)
class Moves:
    """What changes because of the rows (of `Facts`): the day, the day windows count from, and what of it.

    `known` is the day on which the row itself was known, `flags` say what the change is of
    (`features.history.kernels`), `sign` whether it came or went, `label` what an outcome said.
    """

    row: Index
    day: Narrow
    base: Narrow
    known: Narrow
    flags: NDArray[np.uint8]
    sign: NDArray[np.int8]
    label: NDArray[np.int8]


def facts_of(frame: pl.DataFrame) -> Facts:
    """Give the facts of the rows of a canonical frame, of items or of what is asked."""
    values = {name: frame[name].fill_null(float("nan")).to_numpy() for name in FIELDS}
    return Facts(part_codes(frame), own_numbers(values), grams(frame["description"]))


def spans(items: pl.LazyFrame, most: int) -> list[tuple[date, date]]:
    """Give stretches of days [since, until) that hold all items, each of a day or of at most `most` rows."""
    counts = collected(items.group_by("customs_date").len().sort("customs_date"))
    found: list[tuple[date, date]] = []
    held = most
    for day, count in counts.iter_rows():
        if held + count > most:
            found.append((day, day))
            held = 0
        found[-1] = (found[-1][0], day + timedelta(days=1))
        held += count
    return found


def rows_of(source: DeclarationLake, since: date, until: date) -> pl.DataFrame:
    """Read what the history needs of the items with customs_date in [since, until), by day and key."""
    return collected(source.items(since, until).select(NEEDED).sort("customs_date", *KEY))


def moves_of(frame: pl.DataFrame, outcomes: Outcomes) -> Moves:
    """Give all that changes because of the rows of a frame, and of their outcomes.

    All versions of a declaration must be among the rows.
    """
    customs_date, known_date = _days(frame["customs_date"]), _days(frame["known_date"])
    day = np.maximum(customs_date, known_date)
    flags = np.full(frame.height, SEEN | ITEM | FIRST, np.uint8)
    told = outcomes.of(frame["declaration_id"])
    rows = _several(frame, told)
    few = frame[rows].select(*KEY)
    item = _item_numbers(few)
    versions = Versions(item, _whole(few["version"]), customs_date[rows], day[rows])
    items, labels = changes(versions, _results(few.with_columns(pl.Series("item", item)), told))
    came = items.row[items.sign > 0]
    flags[rows] = SEEN
    flags[rows[came]] |= ITEM
    flags[rows[came[np.unique(item[came], return_index=True)[1]]]] |= FIRST
    went = items.sign < 0
    of = np.concatenate([np.arange(frame.height), rows[items.row[went]], rows[labels.row]])
    return Moves(
        of,
        np.concatenate([day, items.day[went], labels.day]).astype(np.int32),
        np.concatenate([customs_date, items.base[went], labels.base]).astype(np.int32),
        day[of],
        np.concatenate(
            [flags, np.full(went.sum(), ITEM, np.uint8), np.full(len(labels.row), LABEL, np.uint8)]
        ),
        np.concatenate([np.ones(frame.height, np.int8), items.sign[went], labels.sign]).astype(np.int8),
        np.concatenate([np.zeros(frame.height + went.sum(), np.int8), labels.label]).astype(np.int8),
    )


class Outcomes:
    """Outcomes, all versions, that can be asked for by declaration."""

    def __init__(self, outcomes: pl.LazyFrame) -> None:
        frame = outcomes.select(*_ITEM, "version", "known_date", _label().cast(pl.Int8).alias("label"))
        self._frame = collected(frame.with_columns(pl.col("declaration_id").hash().alias("hash")))

    def of(self, declarations: pl.Series) -> pl.DataFrame:
        """Give the outcomes of these declarations: declaration_id, item_no, version, known_date, label.

        A hash of the id is compared first: it is made and used within one process.
        """
        near = self._frame.filter(pl.col("hash").is_in(declarations.hash().unique().implode()))
        return near.join(declarations.unique().to_frame(), on="declaration_id", how="semi").drop("hash")


def _label() -> pl.Expr:
    """What an outcome says; what is irregular without a finding that names it is of the other kinds."""
    illicit = pl.col("illicit").cast(pl.Float64)
    withdrawn = (pl.col("withdrawn").cast(pl.Float64).fill_null(0.0) > 0) | illicit.is_null()
    other = LABELS[Finding.OTHER]
    kinds = {finding.value: number for finding, number in LABELS.items() if number}
    found = pl.col("finding").replace_strict(kinds, default=other, return_dtype=pl.Int8)
    return pl.when(withdrawn).then(-1).when(illicit > 0).then(found).otherwise(0)


def _several(frame: pl.DataFrame, told: pl.DataFrame) -> Index:
    """Rows of declarations that have an outcome, or a version that is not the first."""
    amended = frame.filter(pl.col("version") > 1)["declaration_id"]
    named = pl.concat([told["declaration_id"], amended]).unique().to_frame()
    marked = (
        frame.lazy()
        .select("declaration_id")
        .with_row_index("row")
        .join(named.lazy(), on="declaration_id", how="semi")
    )
    return marked.select(pl.col("row").cast(pl.Int64)).sort("row").collect()["row"].to_numpy()


def _item_numbers(keys: pl.DataFrame) -> Index:
    """The number of each row's item, equal for its versions."""
    ordered = keys.with_row_index("row").sort(_ITEM)
    numbers = np.empty(len(ordered), np.int64)
    numbers[ordered["row"].to_numpy()] = ordered.select(pl.struct(_ITEM).rle_id()).to_series().to_numpy()
    return numbers


def _results(keys: pl.DataFrame, told: pl.DataFrame) -> Results:
    table = told.join(keys.select(*_ITEM, "item").unique(), on=_ITEM, how="inner")
    return Results(
        _whole(table["item"]),
        _whole(table["version"]),
        _whole(table["known_date"].to_physical()),
        _whole(table["label"]),
    )


def _days(series: pl.Series) -> Narrow:
    return series.to_physical().to_numpy()


def _whole(series: pl.Series) -> Index:
    return series.cast(pl.Int64).to_numpy()

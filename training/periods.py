"""The parts of a backtest, and which of their declarations are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import polars as pl

from customs.declaration import FIELDS, KEY
from features.declaration_lake import DeclarationLake
from features.first_day import begun
from features.reference.tables import NO_TABLES, Tables
from features.row_digest import row_digests
from training.errors import PartsError
from training.lakes import FrameLake

_MARK = "\0"
"""Between a number and its part; no text of a lake holds it."""

_ID, _CONTENT = "declaration_id", "content"


@dataclass(frozen=True)
class Periods:
    """The parts of a backtest, each as a lake of its own.

    Outcomes of `train` (label columns) and `outcomes` (given apart) become known to the histories each on its
    day; those of `valid` choose and calibrate only, those of `test` serve the figures only.
    Reference `tables` are seen as of each item's day.
    """

    train: DeclarationLake
    test: DeclarationLake
    valid: DeclarationLake | None = None
    outcomes: pl.LazyFrame | None = None
    tables: Tables = NO_TABLES


def told_apart(periods: Periods) -> tuple[Periods, int]:
    """Give the parts with a name of its own for every declaration, and how many got a new one.

    A row that stands in two parts with the same content is one declaration that came twice. Where the content
    differs, two declarations bear one number (numbers that start again each year do): the one of the later
    part is renamed, and its outcomes with it. An amendment is of the part that its declaration began in, on
    the day it began: asked of later, it would know what was found of itself. Raises PartsError if `outcomes`
    names such a number: nobody can say which of the two it means.
    """
    of_valid = () if periods.valid is None else (periods.valid,)
    valid = tuple(_Renamed.of(part, "valid", (periods.train,)) for part in of_valid)
    test = _Renamed.of(periods.test, "test", (periods.train, *of_valid))
    strangers = pl.concat([part.strangers for part in (*valid, test)])
    if periods.outcomes is not None:
        _refuse_ambiguous(periods.outcomes, strangers)
    lakes = [periods.train, *(part.lake for part in (*valid, test))]
    for earlier, later in combinations(range(len(lakes)), 2):
        lakes[later], lakes[earlier] = _amendments_taken_back(lakes[later], lakes[earlier])
    train, *between, last = lakes
    return replace(periods, train=train, valid=between[0] if between else None, test=last), len(strangers)


def _amendments_taken_back(
    later: DeclarationLake, earlier: DeclarationLake
) -> tuple[DeclarationLake, DeclarationLake]:
    """Give two parts with the amendments of declarations that the earlier one began in that one."""
    taken = later.items().join(begun(earlier.items()), on=_ID).filter(pl.col("version") > pl.col("lowest"))
    amended = taken.with_columns(customs_date="begun").drop("lowest", "begun").collect()
    if amended.is_empty():
        return later, earlier
    left = later.items().join(amended.select(KEY).lazy(), on=KEY, how="anti")
    return (
        FrameLake((left,), (later.outcomes(),)),
        FrameLake((earlier.items(), amended.lazy()), (earlier.outcomes(),)),
    )


def number_of(name: pl.Expr) -> pl.Expr:
    """Give the number that a declaration was filed under.

    >>> pl.DataFrame({"name": ["D1\\0test", "D2"]}).select(number_of(pl.col("name")))["name"].to_list()
    ['D1', 'D2']
    """
    return name.str.split(_MARK).list.first()


@dataclass(frozen=True)
class _Renamed:
    """A part, and its declarations that bear the number of another one in an earlier part."""

    lake: DeclarationLake
    strangers: pl.Series

    @classmethod
    def of(cls, lake: DeclarationLake, part: str, earlier: Sequence[DeclarationLake]) -> _Renamed:
        strangers = pl.concat([_strangers(lake, other) for other in earlier]).unique()
        if strangers.is_empty():
            return cls(lake, strangers)
        name = pl.when(pl.col(_ID).is_in(strangers.implode())).then(pl.col(_ID) + _MARK + part)
        renamed = name.otherwise(pl.col(_ID)).alias(_ID)
        frames = (lake.items().with_columns(renamed),), (lake.outcomes().with_columns(renamed),)
        return cls(FrameLake(*frames), strangers)


def _strangers(lake: DeclarationLake, earlier: DeclarationLake) -> pl.Series:
    """Numbers of declarations of `lake` under which `earlier` holds other content."""
    both = lake.items().select(_ID).unique().join(earlier.items().select(_ID), on=_ID, how="semi").collect()
    if both.is_empty():
        return both[_ID]
    rows = _content(lake, both).join(_content(earlier, both), on=KEY, how="inner")
    return rows.filter(pl.col(_CONTENT) != pl.col(f"{_CONTENT}_right"))[_ID].unique()


def _content(lake: DeclarationLake, ids: pl.DataFrame) -> pl.DataFrame:
    frame = lake.items().join(ids.lazy(), on=_ID, how="semi").collect()
    return frame.select(*KEY, pl.Series(_CONTENT, row_digests(frame, FIELDS), pl.UInt64))


def _refuse_ambiguous(outcomes: pl.LazyFrame, strangers: pl.Series) -> None:
    named = outcomes.filter(pl.col(_ID).is_in(strangers.implode())).select(_ID).unique().sort(_ID).collect()
    if named.height:
        raise PartsError(
            f"declaration_id: {named.height:,} outcomes given apart name a number that stands for different "
            f"declarations in the parts, such as {named.item(0, 0)!r}",
            remedy="give every declaration of the parts a number of its own, here and in the outcomes",
        )

"""The recipe that a lake teaches by itself, as of a day: for whoever wants features and has no model."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import FIELD
from features.definitions.code_values import CODED, code_values
from features.history.history import History
from features.recipe import Recipe


def recipe_as_of(day: date, history: History) -> Recipe:
    """Give the recipe learnt from all that a history knew before a day: codes by their number, strengths.

    Its memory is that of the distinct codes. Ask before the history is asked of later days.

    >>> from features.columns import from_records, to_frame
    >>> item = {"item_no": 1, "accepted_at": "2024-01-02", "regime": "10"}
    >>> rows = [item | {"declaration_id": f"D{number}"} for number in range(30)]
    >>> history = History.build(to_frame(from_records(rows).columns).lazy(), None)
    >>> [recipe_as_of(date(2024, 1, day), history).vocabularies["regime"] for day in (2, 3)]
    [(), ('10',)]
    """
    before = history.source.items().filter(pl.max_horizontal("customs_date", "known_date") < day)
    snapshot = history.snapshot(day)
    return Recipe.of_counts(_counts(before), snapshot=snapshot, settings=history.settings)


def _counts(items: pl.LazyFrame) -> dict[str, Counter[str | None]]:
    fields = {name: name if name in FIELD else "hs_code" for name in CODED}
    distinct = list(dict.fromkeys(fields.values()))
    tables = pl.collect_all([items.group_by(field).len() for field in distinct], engine="streaming")
    held = dict(zip(distinct, tables, strict=True))
    return {name: _counter(name, field, held[field]) for name, field in fields.items()}


def _counter(name: str, field: str, table: pl.DataFrame) -> Counter[str | None]:
    counter: Counter[str | None] = Counter()
    codes = code_values({field: _values(table[field])}, name)
    for code, count in zip(codes, table["len"].to_list(), strict=True):
        counter[code] += count
    return counter


def _values(series: pl.Series) -> NDArray[Any]:
    if series.dtype == pl.String:
        return np.array(series.to_list(), object)
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()

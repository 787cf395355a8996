"""What is compared: two samples of the same named columns, and nothing personal in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import FIELDS, KEY, Kind
from monitoring.errors import ChunkError

Vocabulary = Mapping[str, Sequence[str]]
"""The categorical columns, each with the words the recipe knows: code 1 is the first, 0 a rare or
unseen one (`Recipe.vocabularies` as they are)."""

_PRIVATE = {field.name for field in FIELDS if field.party or field.kind is Kind.TEXT} | {*KEY, "officer_id"}


@dataclass(frozen=True)
class Chunk:
    """The items of a period: a sample of their columns, and how many there were before sampling."""

    frame: pl.DataFrame
    items: int


def table(
    matrix: NDArray[np.float64], names: Sequence[str], predictions: Mapping[str, NDArray[np.float64]]
) -> pl.DataFrame:
    """Give features (n, k) and predictions (n each) as one frame: what `monitor` and a reference take.

    >>> table(np.ones((2, 1)), ["freight_share"], {"risk": np.array([0.1, 0.2])}).columns
    ['freight_share', 'risk']
    """
    columns = {name: matrix[:, position] for position, name in enumerate(names)}
    return pl.DataFrame({**columns, **predictions})


def chunk(frame: pl.DataFrame, vocabulary: Vocabulary, *, rows: int, seed: int) -> Chunk:
    """Give at most `rows` items, drawn with the seed, of the columns that may be looked at.

    Numbers and the categories of the vocabulary stay; parties, identifiers and free text go. Not a number
    becomes missing.

    >>> frame = pl.DataFrame({"importer_id": ["a", "b"], "risk": [0.1, float("nan")]})
    >>> chunk(frame, {}, rows=10, seed=1).frame.to_dict(as_series=False)
    {'risk': [0.1, None]}
    """
    shown = frame.select(name for name in frame.columns if _may_be_seen(name, frame.schema[name], vocabulary))
    drawn = shown if shown.height <= rows else shown.sample(rows, seed=seed)
    return Chunk(drawn.fill_nan(None), frame.height)


def _may_be_seen(name: str, dtype: pl.DataType, vocabulary: Vocabulary) -> bool:
    if name in _PRIVATE:
        return False
    return dtype.is_numeric() or dtype == pl.Boolean or (dtype == pl.String and name in vocabulary)


def comparable(reference: Chunk, current: Chunk, *, least: int) -> tuple[str, ...]:
    """Give the columns to compare: those of the reference.

    Raises ChunkError if either has fewer than `least` items, or the period lacks a column.
    """
    for name, held in (("reference", reference), ("period", current)):
        if held.items < least:
            raise ChunkError(
                f"the {name} holds {held.items} items, fewer than {least}",
                remedy="widen the period with --since and --until, or lower least_rows in the settings",
            )
    absent = [name for name in reference.frame.columns if name not in current.frame.columns]
    if absent:
        raise ChunkError(
            f"the period lacks {len(absent)} columns of the reference, the first is '{absent[0]}'",
            remedy="score the period with the bundle whose reference this is",
        )
    return tuple(reference.frame.columns)

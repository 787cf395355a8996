"""Features and history values as a frame, under the names of the dictionary, with the keys in front."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from customs.declaration import KEY
from features.columns import SCHEMA, Columns, Values, to_series
from features.dictionary import unknown_name
from features.recipe import FEATURES, Recipe
from features.reference.row_numbers import MISSING
from features.reference.tables import KNOWN_NAMES, REFERENCE_NAMES

AS_OF = "as_of"
"""Column of the day as of which a row's history is."""

FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)


def frame_schema(names: Sequence[str]) -> pl.Schema:
    """Give the columns of a frame of the named features and history values; UnknownNameError for others.

    >>> list(frame_schema(["importer_age", "importer.items"]))
    ['declaration_id', 'item_no', 'version', 'as_of', 'importer_age', 'importer.items']
    """
    known = (*FEATURE_NAMES, *KNOWN_NAMES)
    for name in names:
        if name not in known:
            raise unknown_name("feature or history value", name, known)
    keys = {name: SCHEMA[name] for name in KEY} | {AS_OF: pl.Date}
    types = {name: pl.Int64 if name in KNOWN_NAMES else pl.Float64 for name in names}
    return pl.Schema(keys | types)


def feature_frame(recipe: Recipe, columns: Columns, known: Values, names: Sequence[str]) -> pl.DataFrame:
    """Give the named features and history values of rows, one line each, null where one has nothing to say.

    `columns` and `known` are what `Recipe.matrix` takes.
    """
    schema = frame_schema(names)
    values = {name: columns[name] for name in KEY} | {AS_OF: columns["customs_date"], **known}
    if not set(names) <= set(known):
        values |= zip(FEATURE_NAMES, recipe.matrix(columns, known).T, strict=True)
    series = [to_series(name, values[name], dtype) for name, dtype in schema.items()]
    told = [pl.col(name).replace(MISSING, None) for name in schema if name in REFERENCE_NAMES]
    return pl.DataFrame(series).with_columns(told)

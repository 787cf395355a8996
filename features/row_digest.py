"""A digest of a row's content, the same on every machine and in every version of the libraries."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
import polars as pl
from numpy.typing import NDArray

from customs.declaration import Field
from features.columns import is_text
from features.local_time import NO_INSTANT

_SIZE = 8


def row_digests(frame: pl.DataFrame, fields: Sequence[Field]) -> NDArray[np.uint64]:
    """64 bits of BLAKE2b over the fields of each row of a canonical frame, (n,); derived columns are out.

    Numbers enter as their 8 bytes, texts after NUL, which no text holds: no two rows spell the same.

    >>> from customs.declaration import FIELD
    >>> frame = pl.DataFrame({"declaration_id": ["D1", "D1", None], "cif": [1.0, 2.0, None]})
    >>> len(set(row_digests(frame, [FIELD["declaration_id"], FIELD["cif"]]).tolist()))
    3
    """
    spelled = zip(_numbers(frame, fields), _texts(frame, fields), strict=True)
    digests = [blake2b(number + text, digest_size=_SIZE).digest() for number, text in spelled]
    return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


def _numbers(frame: pl.DataFrame, fields: Sequence[Field]) -> list[bytes]:
    columns = [_bits(frame[field.name]) for field in fields if not is_text(field)]
    if not columns:
        return [b""] * frame.height
    width = 8 * len(columns)
    whole: list[bytes] = np.column_stack(columns).astype("<i8").view(f"V{width}").ravel().tolist()
    return whole


def _bits(series: pl.Series) -> NDArray[np.int64]:
    if series.dtype == pl.Float64:
        values = series.fill_null(float("nan")).to_numpy() + 0.0
        values[np.isnan(values)] = np.nan
        return values.view(np.int64)
    return np.asarray(series.to_physical().cast(pl.Int64).fill_null(NO_INSTANT).to_numpy(), np.int64)


def _texts(frame: pl.DataFrame, fields: Sequence[Field]) -> list[bytes]:
    spelled = [
        pl.when(pl.col(field.name).is_null()).then(pl.lit("\0-")).otherwise("\0+" + pl.col(field.name))
        for field in fields
        if is_text(field)
    ]
    return frame.select(pl.concat_str(spelled).cast(pl.Binary).alias("text"))["text"].to_list()

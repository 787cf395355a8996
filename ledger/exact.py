"""Values of Python and NumPy as JSON that loses nothing."""

from __future__ import annotations

import base64
import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

LARGEST = 2**53 - 1
"""The largest integer that every reader of JSON holds exactly (RFC 8785, RFC 7493)."""


def exact(value: object) -> object:
    """The JSON value that stands for `value`: plain dicts, lists, text, numbers, booleans and None.

    NaN becomes null. A number that not every reader of JSON holds is written as its text: whatever lies
    beyond ±(2**53 - 1), infinities included. Bytes become base64; dates and instants ISO 8601; dataclasses
    objects; NumPy arrays lists. `integers` and `floats` lead back to the same bits (of NaN: to a NaN).

    >>> exact({"history": np.array([7, 2**60]), "net_kg": float("nan"), "body": b"{}"})
    {'history': [7, '1152921504606846976'], 'net_kg': None, 'body': 'e30='}
    """
    if type(value) in (str, float, int):
        return _single(value)
    if isinstance(value, Mapping):
        return {str(key): exact(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return _array(value)
    if dataclasses.is_dataclass(value):
        return {field.name: exact(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return _single(value)


def integers(values: Sequence[int | str]) -> np.ndarray:
    """The int64 array that `exact` wrote as `values`.

    >>> integers([7, "1152921504606846976"])
    array([                  7, 1152921504606846976])
    """
    return np.array([int(value) for value in values], dtype=np.int64)


def floats(values: Sequence[float | str | None]) -> np.ndarray:
    """The float64 array that `exact` wrote as `values`; null is NaN.

    >>> floats([1, 0.1, None, "-inf"])
    array([ 1. ,  0.1,  nan, -inf])
    """
    return np.array([math.nan if value is None else float(value) for value in values], dtype=np.float64)


def _array(values: np.ndarray) -> object:
    plain = values.tolist()
    if values.dtype.kind in "iuf" and ((values >= -LARGEST) & (values <= LARGEST)).all():
        return plain
    return exact(plain)


def _single(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return str(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a record cannot hold a value of type {type(value).__name__}")


def _number(value: float) -> object:
    if isinstance(value, int):
        return int(value) if -LARGEST <= value <= LARGEST else str(int(value))
    if math.isnan(value):
        return None
    return float(value) if -LARGEST <= value <= LARGEST else str(float(value))

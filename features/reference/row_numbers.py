"""The numbers of a table's rows, made once: a look-up only picks them, one or a million alike.

Every array has one element more than there are rows, the last: what stands where no row counts, so that the
row number -1 picks it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.columns import Columns
from features.reference.kind import ReferenceKind
from features.reference.kinds import MASS_UNITS
from features.reference.lookup import text_array

MISSING = int(np.iinfo(np.int64).min)
"""Stands in a measure where the table says nothing."""

_RATE_UNIT = 1_000_000
_HUNDREDTHS, _PARTS = 100, 10_000


def row_numbers(kind: ReferenceKind, frame: pl.DataFrame) -> Columns:
    """Give the numbers of each row by name, (rows + 1,): int64, prices and rates as float64.

    >>> from features.reference.kinds import KIND
    >>> frame = pl.DataFrame({"rate_pct": [12.5], "specific": [0.0]})
    >>> {name: values[:-1].tolist() for name, values in row_numbers(KIND["tariff"], frame).items()}
    {'rate': [1250], 'specific': [0]}
    """
    return {name: _ended(values) for name, values in _NUMBERS[kind.name](frame).items()}


def whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rounded to whole numbers, MISSING for NaN.

    >>> whole(np.array([1.6, np.nan])).tolist() == [2, MISSING]
    True
    """
    there = np.isfinite(values)
    return np.where(there, np.rint(np.where(there, values, 0.0)).astype(np.int64), MISSING)


def _market_prices(frame: pl.DataFrame) -> Columns:
    units = text_array(frame["unit"])
    kilograms = np.array([MASS_UNITS.get(unit or "KGM", np.nan) for unit in units.tolist()], np.float64)
    prices = {name: _floats(frame[f"price_{name}"]) / kilograms for name in ("low", "mid", "high")}
    return {**prices, "currency": text_array(frame["currency"]), "quotes": whole(_floats(frame["quotes"]))}


def _exchange_rates(frame: pl.DataFrame) -> Columns:
    rates = _floats(frame["rate"])
    with np.errstate(divide="ignore", invalid="ignore"):
        return {"factor": rates, "rate": whole(np.rint(_RATE_UNIT * np.log(rates)))}


def _tariff(frame: pl.DataFrame) -> Columns:
    return {
        "rate": whole(_floats(frame["rate_pct"]) * _HUNDREDTHS),
        "specific": whole(np.nan_to_num(_floats(frame["specific"]))),
    }


def _companies(frame: pl.DataFrame) -> Columns:
    return {
        "registered": whole(_floats(frame["registered_on"])),
        "active": whole(_floats(frame["active"])),
        "activity": _by_text(text_array(frame["activity"]), lambda text: int(text.ljust(4, "0"))),
        "employees": whole(_floats(frame["employees"])),
        "address": _by_text(text_array(frame["address"]), _token),
    }


def _preferences(frame: pl.DataFrame) -> Columns:
    return {
        "rate": whole(_floats(frame["rate_pct"]) * _HUNDREDTHS),
        "share": whole(_floats(frame["share_of_mfn"]) * _PARTS),
    }


def _correlations(frame: pl.DataFrame) -> Columns:
    return {"successor": _by_text(text_array(frame["to_code"]), int)}


def _watch_list(frame: pl.DataFrame) -> Columns:
    return {"severity": whole(_floats(frame["severity"]))}


_NUMBERS: dict[str, Callable[[pl.DataFrame], Columns]] = {
    "market_prices": _market_prices,
    "companies": _companies,
    "exchange_rates": _exchange_rates,
    "tariff": _tariff,
    "hs_correlation": _correlations,
    "watch_list": _watch_list,
    "preference_agreements": _preferences,
}


def _ended(values: NDArray[Any]) -> NDArray[Any]:
    missing: dict[Any, Any] = {np.dtype(np.int64): MISSING, np.dtype(np.float64): np.nan}
    ended = np.empty(len(values) + 1, dtype=values.dtype)
    ended[:-1], ended[-1] = values, missing.get(values.dtype)
    return ended


def _floats(series: pl.Series) -> NDArray[np.float64]:
    """Numbers or days, NaN where missing."""
    return series.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _by_text(texts: NDArray[Any], number: Callable[[str], int]) -> NDArray[np.int64]:
    read = {text: number(text) for text in set(texts.tolist()) - {None}} | {None: MISSING}
    return np.fromiter(map(read.__getitem__, texts.tolist()), np.int64, len(texts))


def _token(text: str) -> int:
    """64 bits of a token, as they stand in int64."""
    return int.from_bytes(bytes.fromhex(text), "little", signed=True)

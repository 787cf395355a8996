"""What a table gives for the items of a declaration: whole numbers, as of each item's own day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.codes.hs import EDITIONS
from features.columns import Columns, missing_text
from features.definitions.logarithm import log_units
from features.reference.kinds import PARTIES
from features.reference.lookup import declared
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING, whole
from features.reference.timeline import NONE, Days, Index

__all__ = ["MISSING", "values_as_of"]


def values_as_of(
    table: ReferenceTable,
    columns: Columns,
    *,
    rates: ReferenceTable | None = None,
    currency: str = "USD",
) -> Columns:
    """Give the measures of the table's kind for each item on its customs_date, by name: int64, (n,).

    MISSING where the table says nothing; `source` is a number in `table.sources`. `rates` is the table of
    exchange rates by which prices come into the valuation `currency`, as of the item's day; prices in another
    currency are missing without it.

    >>> from datetime import date, datetime, UTC
    >>> from features.reference.kinds import KIND
    >>> from features.reference.schema import frame_of
    >>> said = {"source": "gazette", "licence": "free", "known_from": datetime(2023, 12, 1, tzinfo=UTC)}
    >>> row = {"hs_code": "6109", "rate_pct": 11.0, "valid_from": date(2024, 1, 1), **said}
    >>> table = ReferenceTable.build(KIND["tariff"], frame_of(KIND["tariff"], [row]))
    >>> codes, days = np.array(["6109100000"], dtype=object), np.array([19800], np.int32)
    >>> values = values_as_of(table, {"hs_code": codes, "customs_date": days})
    >>> values["rate"].tolist(), table.sources[values["source"][0]].name
    ([1100], 'gazette')
    """
    days = columns["customs_date"]
    if table.kind.name == "market_prices":
        return _market_prices(table, columns, days, _Valuation(rates, currency))
    if table.kind.name == "exchange_rates":
        own = np.asarray(np.equal(columns["currency"], currency), np.bool_)
        values = _plain(table, columns, days)
        return values | {"rate": np.where(own, 0, values["rate"])}
    return _VALUES.get(table.kind.name, _plain)(table, columns, days)


class _Valuation:
    """Rates to the valuation currency, as of a day."""

    def __init__(self, rates: ReferenceTable | None, currency: str) -> None:
        self._rates = rates
        self._currency = currency

    def rate(self, currencies: NDArray[Any], days: Days) -> NDArray[np.float64]:
        """Valuation currency per 1 unit on each day, (n,); NaN where it is not known."""
        own = np.asarray(np.equal(currencies, self._currency), np.bool_)
        if self._rates is None:
            return np.where(own, 1.0, np.nan)
        rows = self._rates.most_specific({"currency": currencies}, days)
        return np.where(own, 1.0, self._rates.numbers["factor"][rows])


def _market_prices(table: ReferenceTable, columns: Columns, days: Days, valuation: _Valuation) -> Columns:
    rows = table.most_specific(declared(table.kind, columns), days)
    rate = valuation.rate(table.numbers["currency"][rows], days)
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = {name: whole(log_units(table.numbers[name][rows] * rate)) for name in ("low", "mid", "high")}
    return prices | {"quotes": table.numbers["quotes"][rows], "source": _source(table, rows)}


def _plain(table: ReferenceTable, columns: Columns, days: Days) -> Columns:
    """The row's own numbers as they stand."""
    rows = table.most_specific(declared(table.kind, columns), days)
    names = [measure.name for measure in table.kind.measures if measure.name != "source"]
    return {name: table.numbers[name][rows] for name in names} | {"source": _source(table, rows)}


def _correlations(table: ReferenceTable, columns: Columns, days: Days) -> Columns:
    newest = np.full(len(days), EDITIONS[-1], dtype=object)
    asked = {"edition": columns["hs_edition"], "hs_code": _six(columns["hs_code"]), "to_edition": newest}
    every = table.all_rows_as_of(table.exact_keys(asked), days)
    count, one = (every != NONE).sum(axis=0), every.max(axis=0)
    return {
        "successors": np.where(count > 0, count, MISSING),
        "successor": np.where(count == 1, table.numbers["successor"][one], MISSING),
        "source": _source(table, one),
    }


def _watch_list(table: ReferenceTable, columns: Columns, days: Days) -> Columns:
    severity = np.maximum(table.numbers["severity"], 0)
    values: Columns = {}
    gravest, rows = np.zeros(len(days), np.int64), np.full(len(days), NONE, np.int64)
    for party, field in PARTIES.items():
        asked = {"party_kind": np.full(len(days), party, dtype=object), "party": columns[field]}
        every = table.all_rows_as_of(table.exact_keys(asked), days)
        worst = every[severity[every].argmax(axis=0), np.arange(len(days))]
        values[party] = severity[worst]
        rows = np.where(severity[worst] > gravest, worst, rows)
        gravest = np.maximum(gravest, severity[worst])
    return values | {"source": _source(table, rows)}


_VALUES: Mapping[str, Callable[[ReferenceTable, Columns, Days], Columns]] = {
    "hs_correlation": _correlations,
    "watch_list": _watch_list,
}


def _six(codes: NDArray[Any]) -> NDArray[Any]:
    """The international digits of each code."""
    six = codes.copy()
    there = ~missing_text(codes)
    six[there] = [code[:6] for code in codes[there]]
    return six


def _source(table: ReferenceTable, rows: Index) -> Index:
    return table.row_source[rows]

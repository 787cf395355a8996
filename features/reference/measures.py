"""What a table gives for the items of a declaration: whole numbers, as of each item's own day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.codes.hs import EDITIONS
from features.columns import Columns, missing_text
from features.definitions.logarithm import log_units
from features.history.entities import YOUNG_DAYS
from features.reference.kinds import PARTIES, SAID
from features.reference.lookup import declared
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING, whole
from features.reference.timeline import NONE, Days, Index

__all__ = ["MISSING", "row_values", "values_as_of"]


def values_as_of(
    table: ReferenceTable,
    columns: Columns,
    *,
    rates: ReferenceTable | None = None,
    currency: str = "USD",
) -> Columns:
    """Give the measures of the table's kind for each item on its customs_date, by name: int64, (n,).

    MISSING where the table says nothing; `source` is a number of `table.sources`. `rates` is the table of
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
    >>> values["rate"].tolist(), table.sources[values["source"].item()].name
    ([1100], 'gazette')
    """
    days, ways = columns["customs_date"], Valuation(rates, currency)
    name = table.kind.name
    if name == "watch_list":
        return _watched(table, columns, days)
    if name == "hs_correlation":
        return row_values(table, _successors(table, columns, days), days, ways)
    values = row_values(table, table.most_specific(declared(table.kind, columns), days)[None], days, ways)
    if name == "exchange_rates":
        own = np.asarray(np.equal(columns["currency"], currency), np.bool_)
        return values | {"rate": np.where(own, 0, values["rate"])}
    if name == "preference_agreements":
        return _covered(values, columns)
    return values


def row_values(table: ReferenceTable, rows: Index, days: Days, valuation: Valuation) -> Columns:
    """Give what rows that count on days say, by name: int64, (n,); `rows` are (slots, n), NONE for none.

    These are the measures of the kind, but of preferences `covered`, and of watch lists the `severity` of the
    gravest row.
    """
    return _VALUES.get(table.kind.name, _plain)(table, rows, days, valuation)


class Valuation:
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


def _market_prices(table: ReferenceTable, rows: Index, days: Days, valuation: Valuation) -> Columns:
    one = rows[0]
    rate = valuation.rate(table.numbers["currency"][one], days)
    with np.errstate(divide="ignore", invalid="ignore"):
        prices = {name: whole(log_units(table.numbers[name][one] * rate)) for name in ("low", "mid", "high")}
    return prices | {"quotes": table.numbers["quotes"][one]} | _said(table, one)


def _tariff(table: ReferenceTable, rows: Index, days: Days, _valuation: Valuation) -> Columns:
    heading, chapter = (dearest.at(rows[0], days) for dearest in table.dearest)
    most = {"heading_most": heading, "chapter_most": chapter}
    return _own(table, rows[0]) | most | _said(table, rows[0])


def _companies(table: ReferenceTable, rows: Index, days: Days, _valuation: Valuation) -> Columns:
    values = _own(table, rows[0])
    every, young = (sharing.at(values["address"], days) for sharing in table.sharing)
    known = values["address"] != MISSING
    itself = days - np.where(known, values["registered"], 0) < YOUNG_DAYS
    shared = np.where(known, every - 1, MISSING), np.where(known, young - itself, MISSING)
    told = dict(zip(("shared", "shared_young"), shared, strict=True))
    return values | told | _said(table, rows[0])


def _plain(table: ReferenceTable, rows: Index, _days: Days, _valuation: Valuation) -> Columns:
    return _own(table, rows[0]) | _said(table, rows[0])


def _own(table: ReferenceTable, rows: Index) -> Columns:
    """The numbers of rows as they stand."""
    names = [each.name for each in table.kind.measures if each.name in table.numbers]
    return {name: table.numbers[name][rows] for name in names}


def _correlated(table: ReferenceTable, rows: Index, _days: Days, _valuation: Valuation) -> Columns:
    count, one = (rows != NONE).sum(axis=0), rows.max(axis=0)
    return {
        "successors": np.where(count > 0, count, MISSING),
        "successor": np.where(count == 1, table.numbers["successor"][one], MISSING),
    } | _said(table, one)


def _gravest(table: ReferenceTable, rows: Index, _days: Days, _valuation: Valuation) -> Columns:
    severity = np.maximum(table.numbers["severity"], 0)
    worst = rows[severity[rows].argmax(axis=0), np.arange(rows.shape[1])]
    return {"severity": severity[worst]} | _said(table, worst)


_VALUES: Mapping[str, Callable[[ReferenceTable, Index, Days, Valuation], Columns]] = {
    "market_prices": _market_prices,
    "companies": _companies,
    "tariff": _tariff,
    "hs_correlation": _correlated,
    "watch_list": _gravest,
}


def _successors(table: ReferenceTable, columns: Columns, days: Days) -> Index:
    newest = np.full(len(days), EDITIONS[-1], dtype=object)
    asked = {"edition": columns["hs_edition"], "hs_code": _six(columns["hs_code"]), "to_edition": newest}
    return table.all_rows_as_of(table.exact_keys(asked), days)


def _watched(table: ReferenceTable, columns: Columns, days: Days) -> Columns:
    """The severity of each party; of the gravest, the first of them, where it is said."""
    gravest, values = np.zeros(len(days), np.int64), {}
    said = _said(table, np.full(len(days), NONE, np.int64))
    for party, field in PARTIES.items():
        asked = {"party_kind": np.full(len(days), party, dtype=object), "party": columns[field]}
        rows = table.all_rows_as_of(table.exact_keys(asked), days)
        found = row_values(table, rows, days, Valuation(None, ""))
        values[party] = found["severity"]
        graver = values[party] > gravest
        said = {name: np.where(graver, found[name], held) for name, held in said.items()}
        gravest = np.maximum(gravest, values[party])
    return values | said


def _covered(values: Columns, columns: Columns) -> Columns:
    """The values of a claimed preference, and whether an agreement covers it; nothing without a claim."""
    claimed = ~missing_text(columns["preference_code"])
    covered = np.where(claimed, (values["source"] != MISSING).astype(np.int64), MISSING)
    return {name: values[name] for name in ("rate", "share")} | {
        "covered": covered,
        **{each.name: values[each.name] for each in SAID},
    }


def _six(codes: NDArray[Any]) -> NDArray[Any]:
    """The international digits of each code."""
    six = codes.copy()
    there = ~missing_text(codes)
    six[there] = [code[:6] for code in codes[there]]
    return six


def _said(table: ReferenceTable, rows: Index) -> Columns:
    return {each.name: table.said[each.name][rows] for each in SAID}

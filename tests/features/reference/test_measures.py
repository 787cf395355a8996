"""Measures say what the row that counts says, in whole numbers, and what is missing as missing."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.columns import take
from features.local_time import days_of
from features.reference.kinds import KINDS, PARTIES
from features.reference.measures import MISSING, values_as_of
from features.reference.reference_table import ReferenceTable
from features.reference.token import Tokens
from tests.features.reference.table_examples import ROWS, items, table

NOBODY: dict[str, list[Any]] = {field: [None] for field in PARTIES.values()}
FIELDS = ("hs_code", "origin_country", "hs_edition", "preference_code", "currency", *PARTIES.values())


def prices(**changes: Any) -> dict[str, Any]:
    return {**ROWS["market_prices"], **changes}


def mid(held: ReferenceTable, code: str | None, origin: str | None, day: date = date(2024, 3, 1)) -> int:
    values = values_as_of(held, items(day, hs_code=[code], origin_country=[origin]))
    return int(values["mid"][0])


def units(price: float) -> int:
    return round(1e4 * math.log(price))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_table_gives_the_measures_of_its_kind_as_whole_numbers(kind: Any) -> None:
    columns = items(**{name: ["610910", None] for name in FIELDS})
    for held in (table(kind.name), table(kind.name, {**ROWS[kind.name], **fitted(kind.name)})):
        values = values_as_of(held, columns)
        assert list(values) == [measure.name for measure in kind.measures]
        assert all(value.dtype == np.int64 and value.shape == (2,) for value in values.values())


def fitted(kind: str) -> dict[str, Any]:
    if kind != "companies":
        return {}
    return {"registered_on": date(2020, 2, 29), "address": Tokens(b"k" * 32).of("Av. Perú 123")}


def test_the_longest_code_is_tried_first_and_the_origin_before_any_origin() -> None:
    held = table(
        "market_prices",
        prices(hs_code="6109", price_mid=1, origin_country="CN"),
        prices(hs_code="610910", price_mid=2, origin_country=None),
        prices(hs_code="610910", price_mid=3, origin_country="CN"),
        prices(hs_code="6109100041", price_mid=4, origin_country=None),
    )
    assert mid(held, "6109100041", "CN") == units(4)
    assert mid(held, "6109100042", "CN") == units(3)
    assert mid(held, "6109100042", "PE") == units(2)
    assert mid(held, "6109900000", "CN") == units(1)
    assert mid(held, "6109900000", "PE") == MISSING
    assert mid(held, "6109100042", None) == units(2)
    assert mid(held, None, "CN") == MISSING


def test_a_less_specific_row_counts_on_days_when_the_specific_one_does_not() -> None:
    held = table(
        "market_prices",
        prices(hs_code="6109", price_mid=1),
        prices(hs_code="610910", price_mid=3, valid_to=date(2024, 1, 31)),
    )
    assert mid(held, "610910", "CN", date(2024, 1, 31)) == units(3)
    assert mid(held, "610910", "CN", date(2024, 2, 1)) == units(1)


def test_prices_come_a_kilogram_and_into_the_valuation_currency_at_the_rate_of_the_day() -> None:
    held = table("market_prices", prices(currency="EUR", unit="TNE", price_mid=2000))
    rates = table(
        "exchange_rates",
        {"currency": "EUR", "rate": 1.1},
        {"currency": "EUR", "rate": 1.2, "valid_from": date(2024, 2, 1), "known_from": date(2024, 1, 31)},
    )
    for day, rate in ((date(2024, 1, 31), 1.1), (date(2024, 2, 1), 1.2)):
        asked = items(day, hs_code=["610910"], origin_country=["CN"])
        assert values_as_of(held, asked, rates=rates)["mid"].tolist() == [units(2 * rate)]
        assert values_as_of(held, asked)["mid"].tolist() == [MISSING]
        assert values_as_of(held, asked, currency="EUR")["mid"].tolist() == [units(2)]


def test_a_company_says_when_it_was_registered_what_it_does_and_who_shares_its_address() -> None:
    tokens = Tokens(b"k" * 32)
    one = {"registered_on": date(2020, 2, 29), "active": 1.0, "activity": "46", "employees": None}
    held = table(
        "companies",
        {"importer_id": "A", "address": tokens.of("Av. Perú 1"), **one},
        {"importer_id": "B", "address": tokens.of("AV PERU 1"), **one},
        {"importer_id": "C", "address": None, **one},
    )
    values = values_as_of(held, items(importer_id=["A", "B", "C", "D", None]))
    assert values["registered"].tolist() == [days_of(date(2020, 2, 29))] * 3 + [MISSING] * 2
    assert values["activity"].tolist()[:3] == [4600] * 3
    assert values["employees"].tolist() == [MISSING] * 5
    assert values["address"][0] == values["address"][1] != MISSING
    assert values["address"][2] == MISSING


def test_a_party_on_two_lists_is_as_grave_as_the_graver_and_each_list_is_withdrawn_alone() -> None:
    on = {"party_kind": "importer", "party": "A", "reason": None}
    held = table(
        "watch_list",
        {**on, "list_name": "L1", "severity": 1.0},
        {**on, "list_name": "L2", "severity": 3.0},
        {**on, "list_name": "L2", "severity": 3.0, "withdrawn": 1.0, "known_from": date(2024, 2, 1)},
        {**on, "party_kind": "brand", "party": "old Harbour", "list_name": "L3", "severity": 2.0},
    )
    asked = NOBODY | {"importer_id": ["A"], "brand": ["OLD  HARBOUR"]}
    before = values_as_of(held, items(date(2024, 2, 1), **asked))
    after = values_as_of(held, items(date(2024, 2, 2), **asked))
    assert (before["importer"].item(), after["importer"].item()) == (3, 1)
    assert (before["brand"].item(), before["seller"].item()) == (2, 0)
    assert held.sources[before["source"].item()].name == "gazette"
    assert values_as_of(held, items(**NOBODY))["source"].tolist() == [MISSING]


def test_lists_that_spell_a_party_otherwise_stand_beside_one_another() -> None:
    on = {"party_kind": "brand", "reason": None}
    held = table(
        "watch_list",
        {**on, "party": "Old Harbour", "list_name": "L1", "severity": 3.0},
        {**on, "party": "OLD  harbour", "list_name": "L2", "severity": 1.0, "valid_from": date(2024, 1, 2)},
    )
    asked = NOBODY | {"brand": ["old harbour"]}
    assert values_as_of(held, items(date(2024, 2, 1), **asked))["brand"].item() == 3


def test_a_code_has_as_many_successors_as_the_table_says() -> None:
    row = {"edition": "2017", "to_edition": "2022"}
    held = table(
        "hs_correlation",
        {**row, "hs_code": "870421", "to_code": "870421"},
        {**row, "hs_code": "870421", "to_code": "870441"},
        {**row, "hs_code": "401511", "to_code": "401512"},
    )
    asked = items(
        hs_code=["8704210000", "401511", "401511", None], hs_edition=["2017", "2017", "2022", "2017"]
    )
    values = values_as_of(held, asked)
    assert values["successors"].tolist() == [2, 1, MISSING, MISSING]
    assert values["successor"].tolist() == [MISSING, 401512, MISSING, MISSING]


def test_a_preference_is_looked_up_by_agreement_origin_and_goods() -> None:
    agreement = {"preference_code": "CAN", "origin_country": "EC"}
    held = table(
        "preference_agreements",
        {**agreement, "hs_code": None, "rate_pct": 0.0},
        {**agreement, "hs_code": "61", "share_of_mfn": 0.5},
    )
    asked = items(
        preference_code=["CAN", "CAN", "CAN", None],
        origin_country=["EC", "EC", "CN", "EC"],
        hs_code=["640411", "610910", "640411", "640411"],
    )
    values = values_as_of(held, asked)
    assert values["rate"].tolist() == [0, MISSING, MISSING, MISSING]
    assert values["share"].tolist() == [MISSING, 5000, MISSING, MISSING]
    assert values["covered"].tolist() == [1, 1, 0, MISSING]


def test_the_valuation_currency_is_worth_one() -> None:
    held = table("exchange_rates", {"currency": "EUR", "rate": 1.1})
    values = values_as_of(held, items(currency=["EUR", "USD", "XXX", None]))
    assert values["rate"].tolist() == [round(1e6 * math.log(1.1)), 0, MISSING, MISSING]


def test_a_source_names_where_the_row_used_comes_from() -> None:
    row = {"hs_code": "610910", "rate_pct": 11.0}
    held = table(
        "tariff",
        row,
        row | {"rate_pct": 6.0, "valid_from": date(2024, 2, 1), "source": "decree", "licence": "open"},
    )
    values = values_as_of(held, items(hs_code=["610910"]))
    source = held.sources[values["source"].item()]
    assert (source.name, source.licence) == ("decree", "open")
    assert values["valid_from"].tolist() == [days_of(date(2024, 2, 1))]
    assert values["known_on"].tolist() == [days_of(date(2023, 12, 1))]


def test_a_source_has_the_same_number_in_every_table_however_it_grows() -> None:
    row = {"hs_code": "610910", "rate_pct": 11.0}
    few, many = table("tariff", row), table("tariff", row | {"hs_code": "6404", "source": "an older"}, row)
    assert set(few.sources) < set(many.sources)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_item_gets_what_it_gets_among_many(data: st.DataObject) -> None:
    code, origin = st.sampled_from(["6109", "610910", "6109100041"]), st.sampled_from([None, "CN", "EC"])
    day = st.dates(date(2024, 1, 1), date(2024, 1, 10))
    row = {"hs_code": code, "origin_country": origin, "valid_from": day, "known_from": day}
    more = {"price_mid": st.floats(0.01, 1e4), "withdrawn": st.sampled_from([0.0, 1.0])}
    drawn = data.draw(st.lists(st.fixed_dictionaries(row | more), max_size=8))
    held = table("market_prices", *(prices(**one) for one in drawn))
    asked = items(hs_code=["6109100041", "610910", None] * 4, origin_country=["CN", None, "EC"] * 4)
    asked["customs_date"] = np.arange(12, dtype=np.int32) + days_of(date(2024, 1, 1))
    whole = values_as_of(held, asked)
    for at in range(12):
        one = values_as_of(held, take(asked, slice(at, at + 1)))
        assert {name: value[0] for name, value in one.items()} == {n: v[at] for n, v in whole.items()}

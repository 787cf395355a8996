"""A reason that rests on a table names who says so, under what terms and since when, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from customs.reason import Reason
from features.columns import from_records
from features.local_time import days_of
from features.reference.kinds import PARTIES
from features.reference.row_numbers import MISSING
from features.reference.source import Source
from features.reference.tables import REFERENCE_NAMES
from scoring.reasons import CATALOGUE
from scoring.row import Row
from scoring.table_figures import TABLE_FIGURES
from scoring.words import LANGUAGES, render

GAZETTE = Source("Gazette «Sur»", "free with credit", datetime(2024, 1, 3, 4, tzinfo=UTC))
SAID = {
    "source": GAZETTE.number, "valid_from": days_of(date(2024, 1, 1)), "known_on": days_of(date(2024, 1, 2)),
}  # fmt: skip
KIND_OF = {
    "market_price": "market_prices", "company": "companies", "exchange_rate": "exchange_rates",
    "tariff": "tariff", "preference": "preference_agreements", "watch_list": "watch_list",
}  # fmt: skip
ITEM = {
    "declaration_id": "A", "item_no": 1, "accepted_at": "2024-03-01", "importer_id": "Secret & Sons",
    "hs_code": "610910", "origin_country": "EC", "currency": "EUR", "fx_rate": 1.2, "preference_code": "CAN",
    "cif": 100.0, "net_kg": 10.0, "tax_rate_pct": 18.0, "brand": "Harbour",
}  # fmt: skip


def told(code, *, item=ITEM, **values):
    kind = KIND_OF[code]
    history = dict.fromkeys(REFERENCE_NAMES, MISSING)
    history |= {name if "." in name else f"{kind}.{name}": value for name, value in values.items()}
    columns = from_records([item]).columns
    row = Row(
        columns, {name: np.array([value]) for name, value in history.items()}, 0, {GAZETTE.number: GAZETTE}
    )
    return TABLE_FIGURES[code](row)


def said(code, figures, language):
    return render(Reason(code, 0.5, figures, CATALOGUE), language)


FULL = {
    "market_price": {"low": 10_000, "mid": 20_000, "high": 30_000, "quotes": 4},
    "company": {"registered": days_of(date(2024, 2, 1)), "active": 0, "employees": 7},
    "exchange_rate": {"rate": 95_310},
    "tariff": {"rate": 1_100},
    "preference": {"covered": 1, "share": 5_000, "tariff.rate": 1_100},
    "watch_list": dict.fromkeys(PARTIES, 0) | {"brand": 2, "importer": 1},
}


@pytest.mark.parametrize("code", TABLE_FIGURES)
def test_the_evidence_names_source_licence_and_days_and_the_sentence_says_them(code):
    figures = told(code, **FULL[code], **SAID)
    provenance = {
        "source": "Gazette «Sur»", "licence": "free with credit", "valid_from": "2024-01-01",
        "known_on": "2024-01-02", "retrieved_on": "2024-01-03",
    }  # fmt: skip
    assert figures.items() >= provenance.items()
    for language in LANGUAGES:
        sentence = said(code, figures, language)
        assert all(word in sentence for word in provenance.values())
        assert "Secret" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", TABLE_FIGURES)
def test_where_no_table_says_anything_the_sentence_says_that_and_no_source(code, language):
    figures = told(code)
    assert figures["source"] is None
    sentence = said(code, figures, language)
    assert sentence.endswith(".")
    assert "Source" not in sentence
    assert "Fuente" not in sentence


def test_figures_are_those_of_the_row():
    market = told("market_price", **FULL["market_price"], **SAID)
    assert (market["unit_value"], market["market_mid"]) == (10.0, round(float(np.exp(2.0)), 6))
    company = told("company", **FULL["company"], **SAID)
    assert (company["registered_on"], company["age"]) == ("2024-02-01", 29)
    assert "may not trade" in said("company", company, "en")
    assert told("exchange_rate", **FULL["exchange_rate"], **SAID)["official_rate"] == 1.1
    preference = told("preference", **FULL["preference"], **SAID)
    assert (preference["general_rate"], preference["preferential_rate"]) == (11.0, 5.5)
    watched = told("watch_list", **FULL["watch_list"], **SAID)
    assert (watched["severity"], watched["importer_severity"], watched["brand_severity"]) == (2, 1, 2)


def test_a_claim_that_nothing_covers_and_a_list_that_nobody_stands_on_are_told_apart_from_no_table():
    assert "no agreement covers these goods" in said("preference", told("preference", covered=0), "en")
    assert "none was known" in said("watch_list", told("watch_list"), "en")
    nobody = told("watch_list", **dict.fromkeys(PARTIES, 0))
    assert "nobody who is named" in said("watch_list", nobody, "en")

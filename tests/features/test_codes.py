"""Code lists know what is in force, and what cannot be."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from features.codes.countries import countries, country_of
from features.codes.currencies import currencies
from features.codes.hs import edition_in_force, is_hs_code, subheadings_2022
from features.codes.incoterms import INCOTERMS, PRICED_AS_CIF, PRICED_AS_FOB
from features.codes.numbers import is_container, is_false_tax_number
from features.codes.preferences import AGREEMENTS, fits
from features.codes.transport import TRANSPORT_MODES
from features.codes.units import UNITS
from features.first_digits import EXPECTED, FirstDigits, first_digits
from features.local_time import days_of


@pytest.mark.parametrize(
    ("day", "edition"),
    [
        (date(2008, 1, 1), "2012"),
        (date(2016, 12, 31), "2012"),
        (date(2017, 1, 1), "2017"),
        (date(2021, 12, 31), "2017"),
        (date(2022, 1, 1), "2022"),
        (date(2026, 1, 1), "2022"),
    ],
)
def test_an_edition_is_in_force_from_its_first_of_january(day: date, edition: str) -> None:
    assert edition_in_force(np.array([days_of(day)], np.int32)).tolist() == [edition]


def test_the_list_of_2022_has_its_five_thousand_subheadings_and_no_unused_chapter() -> None:
    assert 5_500 < len(subheadings_2022()) < 5_700
    assert not any(code.startswith(("00", "77", "98")) for code in subheadings_2022())


@pytest.mark.parametrize("code", ["", "01012", "01012910001", "０１０１２９", "0101 29", "-10129"])
def test_a_goods_code_is_six_to_ten_plain_digits(code: str) -> None:
    assert not is_hs_code(code)


def test_lists_have_the_codes_trade_lives_by() -> None:
    assert {"PE", "CN", "NA", "TW"} <= countries()
    assert {"USD", "PEN", "CNY"} <= currencies()
    assert {"KGM", "TNE", "LTR", "MTR", "MTK", "MTQ", "H87", "C62", "NPR", "KWH"} <= UNITS
    assert set(TRANSPORT_MODES) == set(range(10))
    assert PRICED_AS_FOB | PRICED_AS_CIF < INCOTERMS


@pytest.mark.parametrize(
    ("text", "code"),
    [("Nigeria", "NG"), ("ng", "NG"), ("NGA", "NG"), ("Viet  Nam", "VN"), ("USA", "US"), ("CNTRY680", None)],
)
def test_countries_are_found_by_code_and_by_name(text: str, code: str | None) -> None:
    assert country_of(text) == code


def test_check_digits_tell_false_numbers() -> None:
    assert is_container("MSKU0000006") == (not is_container("MSKU0000007"))
    assert not is_false_tax_number("20512333797", "PE")
    assert is_false_tax_number("20512333796", "PE")
    assert not is_false_tax_number("20512333796", "KR")


@given(
    st.one_of(st.from_regex(r"[A-Z]{3}[UJZR][0-9]{7}", fullmatch=True), st.text("ABUa1 -１é\n", max_size=13))
)
def test_a_container_number_is_what_the_library_says_however_it_is_written(text: str) -> None:
    assert is_container(text) == iso6346.is_valid(text)
    assert is_container(text.lower()) == iso6346.is_valid(text.lower())


def test_a_preference_fits_the_members_of_its_agreement_and_those_of_the_settings() -> None:
    assert all(members <= countries() for members in AGREEMENTS.values())
    assert fits("EU", "DE", {})
    assert not fits("EU", "CH", {})
    assert fits("803", "CA", {"803": ("CA",)})
    assert not fits("803", "US", {"803": ("CA",)})


def test_first_digits_of_parts_add_up_and_powers_of_ten_start_with_one() -> None:
    amounts = np.array([1e-3, 0.1, 1.0, 10.0, 1000.0, 1e6, 9.99, 20.0, -3.0, 0.0, np.nan, np.inf])
    whole = first_digits(amounts)
    assert whole.counts == (6, 1, 0, 0, 0, 0, 0, 0, 1)
    assert first_digits(amounts[:5]) + first_digits(amounts[5:]) == whole
    assert sum(EXPECTED) == pytest.approx(1)
    uniform = FirstDigits((1,) * 9)
    assert uniform.mean_absolute_deviation() > 0.05

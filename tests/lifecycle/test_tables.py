"""Tables fit a terminal of 80 columns, whole: nothing in them is cut short."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from rich.console import Console
from rich.table import Table

from customs.evidence import ColumnDrift, Comparison, Difference, DriftReport
from customs.figure import Figure
from features.dictionary import dictionary
from features.first_digits import FirstDigits
from features.intake_report import Counts, IntakeReport, RuleCount
from features.reference.catalogue import Entry
from features.reference.checks import CHECKS
from features.reference.finding import Example, Finding
from lifecycle.tables import (
    comparison_table,
    dictionary_table,
    drift_table,
    evaluation_tables,
    findings_table,
    intake_tables,
    keys_table,
    sources_table,
)
from tests.lifecycle.houses import report


def shown(*tables: Table, width: int = 80) -> str:
    told = io.StringIO()
    console = Console(file=told, width=width, highlight=False)
    for table in tables:
        console.print(table)
    text = told.getvalue()
    assert max(map(len, text.splitlines())) <= width
    assert "…" not in text
    assert all(line[0] + line[-1] in ("┏┓", "┃┃", "┡┩", "││", "├┤", "└┘") for line in _ruled(text))
    return text


def _ruled(text: str) -> list[str]:
    """The lines of a table, without the words above and below it."""
    return [line.strip() for line in text.splitlines() if line.strip()[:1] in tuple("┏┃┡│├└")]


def intake(rules: tuple[RuleCount, ...] = (), digits: FirstDigits | None = None) -> IntakeReport:
    millions = Counts(12_345_678, 12_000_000, 300_000, 45_678)
    return IntakeReport(("a.csv",), millions, millions, rules, (), None, digits or FirstDigits(), None)


def test_an_intake_of_millions_fits() -> None:
    assert "12,345,678" in shown(*intake_tables(intake()))


def test_first_digits_stand_in_percent_beside_benfords_law() -> None:
    digits = FirstDigits((301, 176, 125, 97, 79, 67, 58, 51, 46))
    text = shown(*intake_tables(intake(digits=digits)))
    observed, expected = (line for line in text.splitlines() if "observed" in line or "expected" in line)
    assert observed.split("│")[2:-1] == expected.split("│")[2:-1]


def test_rules_with_long_names_and_meanings_are_wrapped() -> None:
    rules = tuple(
        RuleCount("items", name, level, 1_234_567, "what it means, in as many words as that takes " * 3)
        for name, level in (("declared_value_in_other_currency", "E"), ("paid_insurance_absent", "W"))
    )
    text = shown(*intake_tables(intake(rules)))
    assert "declared_value_in_other_currency" in text
    assert "refused" in text


def test_an_evaluation_of_four_methods_fits_and_leaves_out_what_has_no_value() -> None:
    text = shown(*evaluation_tables(report()))
    assert "test: 10,000 items, 900 illicit (9.0 %)" in text
    assert "P@5%" in text
    assert "0.400" in text
    assert "nan" not in text


def test_a_comparison_of_two_models_is_whole_with_ids_and_intervals() -> None:
    def figure(value: float) -> Figure:
        return Figure(value, value - 0.01, value + 0.01, 0.95)

    one, other = "917db5155ee904cb", "a169fece77d4f7d6"
    differences = (
        Difference("precision_at_5", figure(0.4), figure(0.5), figure(-0.02), more_is_better=True),
        Difference("calibration_error", figure(0.4), figure(0.5), figure(0.0), more_is_better=False),
    )
    text = shown(
        comparison_table(Comparison(one, other, "2025-08-09", "2025-12-01", 15_257, 400, 0.9, differences))
    )
    assert text.count(one) == 1
    assert text.count(other) == 2
    assert "-0.030 to -0.010" in text
    assert "-0.010 to 0.010" in text


def test_fingerprints_of_keys_are_whole() -> None:
    fingerprint = "0123456789abcdef" * 4
    signer = {"name": "trainer-of-lima", "role": "trainer", "fingerprint": fingerprint, "revoked_at": None}
    client = {"name": "p", "role": "clearance", "revoked_at": None, "expires_at": "2027-01-31T00:00:00+00:00"}
    text = shown(keys_table([signer], [client]))
    cells = [line.split("│")[3].strip() for line in text.splitlines() if line.startswith("│")]
    assert "".join(cells) == fingerprint
    assert "2027-01-31" in text


def test_drift_shows_what_moved_too_far_first() -> None:
    columns = tuple(
        ColumnDrift(f"declarant_seller_items_of_{days}_days", "psi", days / 100, 0.1, alert=days > 10)
        for days in (1, 5, 90)
    )
    text = shown(drift_table(DriftReport("b", "2025-01-01", "2025-02-01", 9, 9, columns, True, ())))
    assert text.index("of_90_days") < text.index("of_5_days") < text.index("of_1_days")


def held(rows: int, *, stale: bool) -> Entry:
    first, last = date(2020, 1, 1), date(2024, 5, 31)
    fetched = datetime(2024, 6, 1, tzinfo=UTC)
    said = ("preference_agreements", "official gazette", "free, with credit")
    return Entry(*said, rows, (first, last), (first, last), fetched, 12_345, stale)


@pytest.mark.parametrize("width", [60, 80])
def test_reference_tables_of_millions_of_rows_fit_and_the_stale_are_marked(width: int) -> None:
    text = shown(sources_table([held(22_345_678, stale=True)], width), width=width)
    for words in ("22,345,678", "2024-05-31", "12,345 d", "stale", "preference_agreements"):
        assert words in text
    assert "stale" not in shown(sources_table([held(1, stale=False)], width), width=width)


WHY = next(check.meaning for check in CHECKS if check.name == "own_currency_rate")


@pytest.mark.parametrize("width", [60, 80])
def test_findings_fit_with_the_first_rows_they_are_in(width: int) -> None:
    row = Example(1, {"hs_code": "6109[10]", "origin_country": None}, date(2024, 1, 1), datetime.now(UTC))
    found = Finding("preference_agreements", "W", "preference_above_general", 12_345, WHY, "do", (row,))
    text = " ".join(shown(findings_table([found]), width=width).replace("│", " ").split())
    for words in ("preference_agreements", "doubtful", "12,345", "6109[10] any, valid", "and 12,344 more"):
        assert words in text


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_list_of_names_cuts_no_word(width: int) -> None:
    text = shown(dictionary_table(dictionary(), width), width=width)
    words = set(text.replace("│", " ").split())
    for entry in dictionary():
        assert {entry.name, *entry.meaning.split()} <= words

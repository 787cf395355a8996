"""What is known of every heading beside one item: the same figures that the features tell of its own."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from features.columns import Columns, from_records, to_frame
from features.definitions.logarithm import LOG_UNIT
from features.heading_facts import Facts, heading_facts
from features.history.history import History
from features.snapshot import Snapshot

GOODS = (
    ("640399", "zapatos de cuero para hombre", 30.0),
    ("640411", "zapatillas deportivas de tela", 8.0),
    ("847130", "laptop 15 pulgadas", 250.0),
)


def past() -> Columns:
    rng = np.random.default_rng(4)
    records = []
    for number in range(300):
        code, words, value = GOODS[number % 3]
        records.append(
            {
                "declaration_id": f"D{number}", "item_no": 1, "accepted_at": f"2024-03-{1 + number % 20:02}",
                "office_id": "118", "importer_id": f"I{number % 7}", "origin_country": "CN", "hs_code": code,
                "description": words, "cif": value * float(rng.lognormal(0, 0.3)), "net_kg": 1.0,
                "tax_rate_pct": 18.0,
            }
        )  # fmt: skip
    return from_records(records).columns


def item(**given: object) -> Columns:
    one = {
        "declaration_id": "A", "item_no": 1, "accepted_at": "2024-04-01", "office_id": "118",
        "importer_id": "I1", "origin_country": "CN", "hs_code": "640399", "cif": 9.0, "net_kg": 1.0,
        "description": "zapatillas de tela para correr",
    }  # fmt: skip
    return from_records([one | given]).columns


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return History.build(to_frame(past()).lazy(), None).snapshot(date(2024, 4, 1))


def facts(snapshot: Snapshot, **given: object) -> Facts:
    return heading_facts(snapshot.get_all, item(**given), 0)


def test_only_headings_that_were_seen_are_told(snapshot: Snapshot) -> None:
    assert [one.heading for one in facts(snapshot).headings] == ["6403", "6404", "8471"]


@pytest.mark.parametrize("code", [code for code, _, _ in GOODS])
def test_the_facts_of_the_own_heading_are_the_history_values_of_the_item(
    snapshot: Snapshot, code: str
) -> None:
    values = snapshot.lookup(item(hs_code=code))
    found = facts(snapshot, hs_code=code)
    [own] = [one for one in found.headings if one.heading == code[:4]]
    assert (own.items, own.importer_items) == (values["hs4.items"][0], values["importer_hs4.items"][0])
    assert (found.grams, own.described) == (values["wording.grams"][0], values["wording.items"][0])
    assert own.fit * LOG_UNIT == pytest.approx(values["wording.fit"][0])
    assert own.tax_rate == pytest.approx(18.0)


def test_the_unit_values_of_a_heading_are_those_of_its_subheadings_together(snapshot: Snapshot) -> None:
    columns = past()
    for one in facts(snapshot).headings:
        mine = np.array([code[:4] == one.heading for code in columns["hs_code"]])
        unit = np.log(columns["cif"][mine] / columns["net_kg"][mine])
        assert one.unit_values.count == mine.sum()
        assert one.unit_values.median / LOG_UNIT == pytest.approx(np.median(unit), abs=0.06)
        below = (unit < np.log(9.0)).sum()
        assert one.unit_values.lower <= below <= one.unit_values.lower + one.unit_values.same


def test_words_of_another_heading_fit_there_better(snapshot: Snapshot) -> None:
    fit = {one.heading: one.fit for one in facts(snapshot).headings}
    assert fit["6404"] > fit["6403"] > fit["8471"]


def test_what_the_item_does_not_say_is_not_held_against_any_heading(snapshot: Snapshot) -> None:
    found = facts(snapshot, description=None, net_kg=None)
    assert found.grams == 0
    assert {one.fit for one in found.headings} == {0.0}
    assert {one.unit_values.own for one in found.headings} == {None}


def test_in_a_store_that_has_seen_nothing_there_is_nothing_to_tell() -> None:
    assert facts(Snapshot(date(2024, 4, 1), {})).headings == ()

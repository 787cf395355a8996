"""Reasons: they add up, raise before they lower, and show figures that are in the data."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import ColumnError
from scoring.figure_kinds import KINDS
from scoring.figures import FIGURES
from scoring.reasons import BASELINE, CATALOGUE, OTHER, explain
from scoring.row import Row
from tests.scoring.scorers import declaration, items, scorer


def _explained(number, top=5, row=0):
    columns, history = declaration(number)
    scores = scorer().score(columns, history, contributions=True)
    return scores, scorer().explain(scores, columns, history, row, top=top)


@settings(max_examples=30)
@given(st.integers(0, 249), st.integers(0, 20), st.integers(0, 1))
def test_reasons_add_up_to_the_raw_score(number, top, row):
    scores, reasons = _explained(number, top, row)
    assert sum(reason.contribution for reason in reasons) == pytest.approx(scores.raw[row], abs=1e-9)
    assert len(reasons) <= top + 2
    assert [reason.code for reason in reasons[-2:]] == [OTHER, BASELINE]
    assert {reason.catalogue for reason in reasons} == {CATALOGUE}


@settings(max_examples=50)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=40), st.integers(1, 6))
def test_what_raises_the_risk_comes_before_what_lowers_it_each_by_strength(values, top):
    recipe = scorer().recipe
    parts = np.resize(values, len(recipe.names) + 1)
    shown = [reason.contribution for reason in explain(recipe, parts, *declaration(0), 0, top=top)[:-2]]
    raising = [part for part in shown if part > 0]
    assert shown == sorted(raising, reverse=True) + sorted(shown[len(raising) :])


def test_contributions_that_were_not_asked_for_are_computed_when_a_reason_is():
    columns, history = declaration(4)
    plain = scorer().score(columns, history)
    assert plain.contributions is None
    assert scorer().explain(plain, columns, history, 1) == _explained(4, row=1)[1]


def test_reasons_are_the_same_alone_and_among_all():
    columns, history = items()
    together = scorer().explain(scorer().score(columns, history), columns, history, 9)
    assert together == _explained(4, row=1)[1]


def test_every_group_of_the_recipe_has_figures_and_they_hold_no_party():
    codes = {code for code, _ in scorer().recipe.feature_groups.values()}
    assert codes == set(FIGURES)
    recipe = scorer().recipe
    parts = np.ones(len(recipe.names) + 1)
    columns, history = declaration(5)
    parties = {columns[name][0] for name in ("importer_id", "declarant_id", "seller_id")}
    for reason in explain(recipe, parts, columns, history, 0, top=99):
        assert parties.isdisjoint(reason.parameters.values())
        assert set(reason.parameters) <= set(KINDS)
        json.dumps(dict(reason.parameters), allow_nan=False)


def test_the_figures_are_those_of_the_history():
    columns, history = declaration(7)
    parts = np.ones(len(scorer().recipe.names) + 1)
    found = {
        reason.code: reason.parameters
        for reason in explain(scorer().recipe, parts, columns, history, 0, top=99)
    }
    known, illicit = (int(history[f"importer.{name}"][0]) for name in ("known", "illicit"))
    assert found["importer_record"]["known"] == known
    assert found["importer_record"]["illicit"] == illicit
    assert found["importer_record"]["rate"] == (round(100 * illicit / known, 1) if known else None)
    assert found["tax"]["tax_rate"] == columns["tax_rate_pct"][0]
    assert found["declaration_shape"]["items"] == 2
    own = columns["cif"][0] / columns["net_kg"][0]
    assert found["unit_value"]["unit_value"] == pytest.approx(own, rel=1e-4)


def test_a_row_of_contributions_of_another_length_is_refused():
    with pytest.raises(ColumnError):
        explain(scorer().recipe, np.ones(3), *declaration(0), 0)


def test_a_party_that_is_not_declared_has_no_record_rather_than_a_clean_one():
    columns, history = declaration(2)
    columns = columns | {"seller_id": np.array([None] * len(columns["seller_id"]), object)}
    row = Row(columns, history, 0)
    assert FIGURES["seller_record"](row)["known"] is None
    assert FIGURES["relation_record"](row)["known"] is None
    assert FIGURES["novelty"](row)["seller_items"] is None
    assert FIGURES["declarant_record"](row)["known"] is not None


def test_figures_of_a_subheading_name_the_subheading_and_no_longer_code():
    columns, history = declaration(2)
    columns = columns | {"hs_code": np.array(["8471309000"] * len(columns["hs_code"]), object)}
    for code in ("origin_commodity_record", "unit_value", "tax"):
        figures = FIGURES[code](Row(columns, history, 0))
        assert figures["subheading"] == "847130"
        assert "hs_code" not in figures

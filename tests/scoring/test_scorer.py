"""The scorer: one declaration gives the same bits as all of them together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.columns import take
from scoring.errors import ColumnError
from scoring.scorer import Scorer
from tests.scoring.scorers import DECLARATIONS, declaration, items, scorer


@settings(max_examples=20)
@given(st.integers(0, DECLARATIONS - 1))
def test_a_declaration_alone_gets_the_bits_it_gets_among_all(number):
    together = scorer().score(*items())
    alone = scorer().score(*declaration(number), contributions=True)
    for field in dataclasses.fields(alone):
        if field.name not in {"contributions", "kinds", "kinds_learnt"}:
            rows = getattr(together, field.name)[2 * number : 2 * number + 2]
            assert getattr(alone, field.name).tobytes() == np.ascontiguousarray(rows).tobytes(), field.name
    for name, values in alone.kinds.items():
        assert values.tobytes() == together.kinds[name][2 * number : 2 * number + 2].tobytes(), name


def test_scores_lie_where_they_should():
    scores = scorer().score(*items(), contributions=True)
    assert ((scores.risk >= 0) & (scores.risk <= 1)).all()
    assert ((scores.anomaly >= 0) & (scores.anomaly <= 1)).all()
    assert (scores.expected_revenue >= 0).all()
    known = ~np.isnan(items()[0]["net_kg"])
    assert np.isnan(scores.value_mid).tolist() == (~known).tolist()
    assert (scores.value_low[known] <= scores.value_high[known]).all()
    np.testing.assert_allclose(scores.contributions.sum(axis=1), scores.raw, atol=1e-9)


def test_the_kinds_of_finding_add_up_to_the_risk():
    scores = scorer().score(*items())
    assert scores.kinds_learnt
    assert [*scores.kinds] == ["classification", "other", "value"]
    np.testing.assert_allclose(np.sum([*scores.kinds.values()], axis=0), scores.risk, rtol=0, atol=1e-11)
    assert all((values >= 0).all() for values in scores.kinds.values())


def test_no_items_get_no_scores():
    columns, history = items()
    nothing = slice(0, 0)
    scores = scorer().score(take(columns, nothing), take(history, nothing), contributions=True)
    assert scores.risk.shape == scores.value_low.shape == (0,)
    assert scores.contributions.shape == (0, len(scorer().recipe.names) + 1)


def test_a_model_that_is_absent_says_nothing_and_the_others_go_on():
    whole = scorer()
    value_alone = Scorer(whole.recipe, value=whole.value)
    scores = value_alone.score(*declaration(1), contributions=True)
    assert np.isnan(scores.risk).all()
    assert np.isnan(scores.expected_revenue).all()
    assert scores.contributions is None
    assert value_alone.explain(scores, *declaration(1), 0) == ()
    assert scores.value_mid.tobytes() == whole.score(*declaration(1)).value_mid.tobytes()


def test_a_model_of_other_columns_is_refused():
    whole = scorer()
    wrong = dataclasses.replace(whole.risk, booster=whole.value.boosters[0])
    with pytest.raises(ColumnError):
        Scorer(whole.recipe, risk=wrong)


def test_halving_the_own_money_but_the_freight_leaves_the_interval_as_it_was():
    columns, history = declaration(3)
    halved = columns | {name: columns[name] / 2 for name in ("cif", "fob", "insurance", "invoice_amount")}
    before, after = scorer().score(columns, history), scorer().score(halved, history)
    np.testing.assert_array_equal(before.value_mid, after.value_mid)


def test_whoever_the_parties_are_the_interval_is_the_same():
    columns, history = declaration(3)
    parties = ("importer_id", "declarant_id", "seller_id", "courier_id")
    others = columns | {name: np.array(["X", None], object) for name in parties}
    before, after = scorer().score(columns, history), scorer().score(others, history)
    for name in ("value_low", "value_mid", "value_high"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))

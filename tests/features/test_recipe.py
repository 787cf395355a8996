"""The recipe gives the same matrix however many rows it is handed, and hides money from the value model."""

from __future__ import annotations

import json
import pickle
import random
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from customs.declaration import MONEY, PARTIES
from features.columns import Columns, from_records, take
from features.definitions.declaration import declarations, totals
from features.definitions.strength import STRENGTHS, fitted_strengths
from features.errors import RecipeError
from features.history.entities import ENTITY, HISTORY_NAMES
from features.history.history import History
from features.history.settings import HistorySettings
from features.recipe import FEATURES, Recipe
from features.snapshot import Snapshot
from features.validation import WARNINGS
from tests.features.history_reference import CHOICES, make_world

GROUPS = {
    "market_price",
    "company",
    "exchange_rate",
    "tariff",
    "preference",
    "watch_list",
    "importer_record",
    "declarant_record",
    "seller_record",
    "relation_record",
    "office_commodity_record",
    "origin_commodity_record",
    "novelty",
    "volume",
    "unit_value",
    "value_composition",
    "mass",
    "neighbouring_codes",
    "tax",
    "warnings",
    "commodity",
    "origin",
    "procedure",
    "declaration_shape",
    "missing",
    "ring",
    "splitting",
    "wording",
}
MORE: dict[str, list[Any]] = {
    "regime": ["10", None],
    "courier_id": ["C1", None],
    "importer_aeo": [True, False, None],
    "container_id": ["MSKU1234565", None],
    "preference_code": ["TLC", None],
    "incoterm": ["CIF", "FOB", None],
    "unit": ["KGM", None],
    "currency": ["USD", "CNY", None],
    "invoice_amount": [700.0, 0.07, None],
    "fx_rate": [1.0, 0.14, None],
    "fob": [0.0, 200.0, 1e12, None],
    "insurance": [0.5, None],
    "adjustment": [-3.0, 5.0, None],
    "valuation_method": [1, 6, None],
    "specific_duties": [False, True, None],
    "tax_type": ["A", "FCN1", None],
    "total_taxes": [0.0, 33.3, None],
    "cif": [0.0, 1.0, 250.5, 1e6, 1 / 3, 1e-300, 1e300],
}
TWO = HistorySettings(vocabulary_min_count=1, vocabulary_size=2)


def declared(seed: int, declarations: int = 8) -> Columns:
    """Random items of random declarations, rows of which stand between those of others."""
    chance = random.Random(seed)
    choices = CHOICES | MORE
    items = [
        {name: chance.choice(values) for name, values in choices.items()}
        | {
            "declaration_id": f"X{number}",
            "item_no": item_no,
            "accepted_at": f"2024-0{chance.randint(1, 9)}-01",
        }
        for number in range(declarations)
        for item_no in range(1, chance.randint(1, 5) + 1)
    ]
    chance.shuffle(items)
    columns = from_records(items).columns
    columns["warnings"] = np.array([chance.getrandbits(len(WARNINGS)) for _ in items], np.uint64)
    return columns


def history_of(columns: Columns, seed: int) -> Columns:
    world = make_world(30, seed)
    return History.build(world.item_frame(), world.outcome_frame()).as_of(columns)


def unseen(columns: Columns) -> Columns:
    return dict(Snapshot(date(2024, 1, 1), {}).lookup(columns))


def column(recipe: Recipe, name: str, columns: Columns, history: Columns) -> NDArray[np.float64]:
    return recipe.matrix(columns, history)[:, recipe.names.index(name)]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_one_declaration_at_a_time_gives_the_very_bits_of_all_at_once(seed: int) -> None:
    columns = declared(seed)
    history = history_of(columns, seed)
    recipe = Recipe.fit(columns, settings=TWO)
    whole = recipe.matrix(columns, history)
    group = declarations(columns)
    for number in range(group.max() + 1):
        rows = np.flatnonzero(group == number)
        alone = recipe.matrix(take(columns, rows), take(history, rows))
        assert alone.tobytes() == whole[rows].tobytes()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(seed: int, chance: random.Random) -> None:
    columns = declared(seed)
    history = history_of(columns, seed)
    order = np.array(chance.sample(range(len(columns["cif"])), len(columns["cif"])))
    recipe = Recipe.fit(columns, settings=TWO)
    shuffled = recipe.matrix(take(columns, order), take(history, order))
    assert shuffled.tobytes() == recipe.matrix(columns, history)[order].tobytes()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.5, 3.0, 0.0]))
def test_the_value_columns_do_not_move_with_the_own_declared_money(seed: int, times: float) -> None:
    columns = declared(seed)
    history = history_of(columns, seed)
    recipe = Recipe.fit(columns, settings=TWO)
    other = columns | {name: columns[name] * times for name in MONEY}
    seen = [recipe.names.index(name) for name in recipe.value_names]
    before, after = recipe.matrix(columns, history), recipe.matrix(other, history)
    assert before[:, seen].tobytes() == after[:, seen].tobytes()
    assert before[:, seen].tobytes() == recipe.value_matrix(columns, history).tobytes()
    assert before.tobytes() != after.tobytes()


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32))
def test_the_value_columns_know_no_party(seed: int) -> None:
    columns = declared(seed)
    history = history_of(columns, seed)
    recipe = Recipe.fit(columns, settings=TWO)
    nobody = np.full(len(columns["cif"]), None, object)
    parties = [
        name for name, entity in ENTITY.items() if {"importer", "declarant", "seller"} & {*entity.parts}
    ]
    hidden = {name: history[name] * 0 for name in HISTORY_NAMES if name.split(".")[0] in parties}
    blind = recipe.value_matrix(columns | dict.fromkeys(PARTIES, nobody), history | hidden)
    assert blind.tobytes() == recipe.value_matrix(columns, history).tobytes()


def test_features_that_the_value_model_sees_speak_of_neither_money_nor_parties() -> None:
    seen = {field for feature in FEATURES if feature.value_model for field in feature.fields}
    assert not seen & {*MONEY, *PARTIES}


def test_every_feature_has_its_own_name_and_a_reason_group() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert {feature.group for feature in FEATURES} == GROUPS
    assert set(Recipe.fit(declared(1)).feature_groups) == {feature.name for feature in FEATURES}


def test_a_declaration_with_required_fields_only_gets_a_row() -> None:
    item = {"declaration_id": "A", "item_no": 1, "accepted_at": "2024-03-01", "office_id": "O"}
    columns = from_records(
        [item | {"importer_id": "I", "origin_country": "CN", "hs_code": "847130", "cif": 1.0}]
    ).columns
    recipe = Recipe.fit(columns)
    row = recipe.matrix(columns, unseen(columns))[0]
    told = dict(zip(recipe.names, row, strict=True))
    assert not np.isinf(row).any()
    assert told["seller_id_missing"] == told["net_kg_missing"] == told["importer_hs4_new"] == 1.0
    assert np.isnan(
        [told["seller_relative_rate"], told["unit_value"], told["tax_type"], told["seller_new"]]
    ).all()


def test_no_row_gives_an_empty_matrix() -> None:
    columns = from_records([]).columns
    recipe = Recipe.fit(columns)
    assert recipe.matrix(columns, unseen(columns)).shape == (0, len(recipe.names))


def test_codes_are_numbered_by_frequency_and_the_rare_share_zero() -> None:
    learned = from_records([{"tax_type": code} for code in "AAABBC"]).columns
    recipe = Recipe.fit(learned, settings=TWO)
    columns = from_records([{"tax_type": code} for code in ("A", "B", "C", "new", None)]).columns
    found = column(recipe, "tax_type", columns, unseen(columns))
    assert found.tolist()[:4] == [1.0, 2.0, 0.0, 0.0]
    assert np.isnan(found[4])


def test_a_relative_rate_is_exactly_one_until_outcomes_are_known_whatever_the_overall_rate() -> None:
    columns = from_records([{"seller_id": "S"}, {"seller_id": "T"}, {"seller_id": "U"}]).columns
    history = unseen(columns) | {
        "all.known": np.array([100, 93, 100]),
        "all.illicit": np.array([10, 7, 0]),
        "seller.known": np.array([20, 0, 0]),
        "seller.illicit": np.array([20, 0, 0]),
    }
    found = column(Recipe.fit(columns), "seller_relative_rate", columns, history)
    assert found[0] == pytest.approx((20 + 20 * 0.1) / 40 / 0.1)
    assert found[1] == 1.0
    assert np.isnan(found[2])


def test_the_unit_value_is_compared_with_the_subheading_where_the_origin_has_too_few() -> None:
    goods = {"cif": 100.0, "net_kg": 1.0}
    columns = from_records([goods, goods]).columns
    wide = {"uv_n": 10, "uv_sum": 10 * 50_000, "uv_sq": 10 * 50_000**2}
    near = {"uv_n": 6, "uv_sum": 6 * 40_000, "uv_sq": 6 * (40_000**2 + 2_000**2)}
    history = unseen(columns)
    for name, value in wide.items():
        history[f"hs6.{name}"] = np.array([value, value])
        history[f"origin_hs6.{name}"] = np.array([near[name], near[name] // 6 * 4])
    recipe = Recipe.fit(columns)
    assert column(recipe, "unit_value_gap", columns, history) == pytest.approx([0.6052, -0.3948], abs=1e-9)
    assert column(recipe, "unit_value_score", columns, history) == pytest.approx(
        [0.6052 / 0.3, -3.948], abs=1e-9
    )


def test_totals_of_whole_declarations_outlive_the_rows_that_are_left_out() -> None:
    columns = declared(3)
    recipe = Recipe.fit(columns)
    whole = totals(columns)
    kept = np.arange(0, len(columns["cif"]), 3)
    carried = columns | whole.carried
    history = unseen(columns)
    some = recipe.matrix(take(carried, kept), take(history, kept))
    assert some.tobytes() == recipe.matrix(columns, history)[kept].tobytes()


def test_a_recipe_goes_through_json_unchanged_and_names_no_party() -> None:
    columns = declared(5)
    recipe = Recipe.fit(columns, settings=TWO)
    text = json.dumps(recipe.to_json())
    assert Recipe.from_json(json.loads(text)) == recipe
    assert not {f'"{name}"' for field in PARTIES for name in set(columns[field]) if name} & {*text.split()}


def test_a_recipe_at_work_can_be_handed_to_another_process() -> None:
    columns = declared(5)
    recipe = Recipe.fit(columns, settings=TWO)
    before = pickle.dumps(recipe)
    recipe.matrix(columns, unseen(columns))
    assert pickle.dumps(recipe) == before


@pytest.mark.parametrize(
    "change", [{"version": "0"}, {"names": ["cif_log"]}, {"strengths": {}}, {"vocabularies": 3}]
)
def test_a_recipe_of_other_feature_functions_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(RecipeError) as caught:
        Recipe.from_json(Recipe.fit(declared(1)).to_json() | change)
    assert "train one with this" in caught.value.remedy


def test_strengths_are_fitted_where_a_snapshot_says_enough() -> None:
    world = make_world(30, 1)
    snapshot = History.build(world.item_frame(), world.outcome_frame()).snapshot(date(2026, 1, 1))
    assert fitted_strengths(snapshot, 20.0)["importer"] == 20.0
    assert fitted_strengths(None, 7.0) == dict.fromkeys(STRENGTHS, 7.0)

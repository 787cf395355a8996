"""The unit value expected of an item: who teaches it, and what teachers are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from estimation.ranking import auc
from features.columns import Columns
from features.dataset import Dataset
from features.recipe import Recipe
from training.expected_value import LEAST, PARTIES, ExpectedValue, Priced
from training.material import Prepared
from training.risk_model import FIRST, LabelledMatrix
from training.settings import TrainingSettings
from training.split import LabelledRows, Split, boundaries_of, split_by_time
from training.teacher import GAP, Teacher

SETTINGS = TrainingSettings(rounds=60, patience=10, forward_windows=2)
RECIPE = Recipe({}, {})
ROWS = 4000
MASS, SELLER = RECIPE.names.index("net_kg_log"), RECIPE.names.index("seller_deviation")
NEVER = np.iinfo(np.int32).min


def goods(seed: int, *, rows: int = ROWS, day: int | None = None) -> tuple[Columns, np.ndarray]:
    """Goods worth the more a kilogram, the fewer of them, and the more the seller usually asks."""
    rng = np.random.default_rng(seed)
    matrix = np.full((rows, len(RECIPE.names)), np.nan)
    matrix[:, MASS], matrix[:, SELLER] = rng.normal(size=(2, rows))
    value = -0.5 * matrix[:, MASS] + matrix[:, SELLER] + 0.1 * rng.normal(size=rows)
    days = np.sort(rng.integers(0, 300, rows)) if day is None else np.full(rows, day)
    columns = {
        "declaration_id": np.array([f"{seed}-{row // 2}" for row in range(rows)], object),
        "customs_date": days.astype(np.int32),
        "known_date": days.astype(np.int32),
        "cif": np.exp(value),
        "net_kg": np.ones(rows),
    }
    return columns, matrix


def prepared(columns: Columns, matrix: np.ndarray) -> Prepared:
    """Items that nobody inspected."""
    rows = len(matrix)
    nothing, none = np.full(rows, np.nan), np.full(rows, None, object)
    data = Dataset(columns, {}, nothing, nothing, none, np.full(rows, NEVER, np.int32), nothing, none, none)
    return Prepared(data, RECIPE, 301, matrix)


def learnt(priced: Priced, rows: int = ROWS) -> ExpectedValue:
    expected = ExpectedValue.learnt(priced, np.arange(rows), RECIPE, SETTINGS)
    assert expected is not None
    return expected


def test_it_knows_goods_and_parties_so_that_a_gap_is_what_neither_explains() -> None:
    expected, asked = learnt(Priced.of(*goods(1))), goods(2)
    asked[0]["cif"][:100] /= 2
    gap = expected.gap(Priced.of(*asked))
    assert gap[:100].mean() == pytest.approx(-np.log(2), abs=0.1)
    assert gap[100:].mean() == pytest.approx(0, abs=0.03)
    assert gap[100:].std() < 0.25


def test_a_declaration_has_no_part_in_what_is_expected_of_its_items() -> None:
    columns, matrix = goods(1)
    before = Priced.of(columns, matrix)
    own = before.half == 0
    moved = replace(before, log_unit_value=before.log_unit_value + np.where(own, 3.0, 0.0))
    assert 0.4 < own.mean() < 0.6
    assert all(len({*before.half[at : at + 2]}) == 1 for at in range(0, ROWS, 2))
    was, now = learnt(before).gap(before), learnt(moved).gap(moved)
    assert np.allclose(now[own], was[own] + 3.0)
    assert not np.allclose(now[~own], was[~own])


def test_the_own_money_of_an_item_is_not_looked_at() -> None:
    looked_at = {RECIPE.names[place] for place in learnt(Priced.of(*goods(1))).places}
    assert looked_at == {*RECIPE.value_names, *PARTIES}


def test_of_few_items_with_a_unit_value_nothing_is_expected() -> None:
    columns, matrix = goods(1)
    columns["cif"][LEAST:] = np.nan
    assert ExpectedValue.learnt(Priced.of(columns, matrix), np.arange(ROWS), RECIPE, SETTINGS) is None


def labelled(seed: int) -> tuple[LabelledMatrix, Split]:
    """Half of the inspected items declare too little, but no column shows it."""
    columns, matrix = goods(seed)
    kind = np.random.default_rng(seed).integers(0, 4, ROWS)
    columns["cif"][kind < 2] /= 2
    finding = np.select([kind < 2, kind == 2], ["value", "origin"], "none").astype(object)
    data = LabelledMatrix(
        matrix, (finding != "none") * 1.0, RECIPE.names, (), finding=finding,
        priced=Priced.of(columns, matrix),
    )  # fmt: skip
    days = columns["customs_date"]
    came = LabelledRows(days, days, np.arange(ROWS))
    return data, split_by_time(came, boundaries_of(came, 301, SETTINGS), SETTINGS)


def test_teachers_who_see_the_gap_find_the_values_that_no_feature_shows() -> None:
    data, split = labelled(3)
    columns, matrix = goods(4, day=0)
    false = np.arange(ROWS) < 500
    columns["cif"][false] /= 2
    population = prepared(columns, matrix)
    seeing = Teacher.of(data, split, population, FIRST, SETTINGS)
    blind = Teacher.of(replace(data, priced=None), split, population, FIRST, SETTINGS)
    saw, guessed = (
        auc(each.risk(split.refit, 301, np.arange(ROWS)), false * 1.0) for each in (seeing, blind)
    )
    assert saw > 0.9
    assert abs(guessed - 0.5) < 0.1


def test_what_teachers_see_on_a_day_is_made_of_what_was_known_before_it() -> None:
    data, split = labelled(3)
    columns, matrix = goods(4)
    later = {name: column.copy() for name, column in columns.items()}
    later["cif"][columns["customs_date"] >= 200] *= 9
    late = columns["customs_date"] < 20
    known = {name: column.copy() for name, column in columns.items()}
    known["known_date"][late] = 250
    seen, unseen, untold = (
        Teacher.of(data, split, prepared(each, matrix), FIRST, SETTINGS).gaps.before(200)
        for each in (columns, later, known)
    )
    assert seen is not None
    assert unseen is not None
    assert untold is not None
    assert np.array_equal(seen[0], unseen[0])
    assert not np.array_equal(seen[0], untold[0])


def test_who_is_taught_never_sees_the_gap() -> None:
    data, split = labelled(3)
    teacher = Teacher.of(data, split, prepared(*goods(4, day=0)), FIRST, SETTINGS)
    assert GAP not in teacher.teach(split.refit, 301).text
    assert GAP in data.beside(GAP, np.zeros(ROWS)).names

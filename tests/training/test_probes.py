"""The probes: each finds the leak that is planted for it, and nothing where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.dataset import Dataset, labelled
from features.recipe import Recipe
from tests.training.conftest import SmallWorld
from training.memory import FIELDS_LOOKED_AT, memory
from training.memory_probe import memory_probe
from training.probes import (
    Answered,
    dates_probe,
    feature_probe,
    parity_probe,
    shuffled_probe,
)
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(replicates=100)


@pytest.fixture(scope="module")
def known(small_world: SmallWorld) -> Dataset:
    return labelled(small_world.lake, small_world.history, until=small_world.until)


@pytest.fixture(scope="module")
def recipe(known: Dataset) -> Recipe:
    return Recipe.fit(known.columns)


def answered(items: Dataset, recipe: Recipe) -> Answered:
    """Give items as the trainer has them, with a model that says what tells a tenth of the labels."""
    score = np.where(np.arange(len(items)) % 10 == 0, items.label, 0.5)
    clusters = items.columns["declaration_id"].astype(str)
    return Answered(items, recipe.matrix(items.columns, items.history), score, clusters)


def halves(known: Dataset) -> tuple[Dataset, Dataset]:
    middle = len(known) // 2
    return known.take(slice(None, middle)), known.take(slice(middle, None))


def test_features_looked_up_as_the_service_does_are_the_trainers(
    known: Dataset, recipe: Recipe, small_world: SmallWorld
) -> None:
    probe = parity_probe(answered(known, recipe), recipe, small_world.history, SETTINGS)
    assert probe.passed, probe.words


def test_one_bit_that_differs_from_what_the_service_looks_up_is_found_by_the_features_name(
    known: Dataset, recipe: Recipe, small_world: SmallWorld
) -> None:
    held = answered(known, recipe)
    place = recipe.names.index("unit_value")
    held.matrix[:, place] = np.nextafter(held.matrix[:, place], np.inf)
    probe = parity_probe(held, recipe, small_world.history, SETTINGS)
    assert not probe.passed
    assert "'unit_value'" in probe.words["en"]


def test_a_feature_that_holds_the_label_is_named(known: Dataset, recipe: Recipe) -> None:
    before, after = halves(known)
    held = answered(after, recipe)
    matrix = recipe.matrix(before.columns, before.history)
    assert feature_probe(matrix, before.label, held, recipe, SETTINGS).passed
    place = recipe.names.index("unit_value")
    matrix[:, place], held.matrix[:, place] = (
        np.where(before.label == 1, np.nan, 1.0),
        np.where(after.label == 1, np.nan, 1.0),
    )
    probe = feature_probe(matrix, before.label, held, recipe, SETTINGS)
    assert not probe.passed
    assert probe.words["en"].startswith("'unit_value' alone")


def test_labels_of_days_to_come_are_counted(known: Dataset) -> None:
    before, after = halves(known)
    last = int(max(known.known_date.max(), known.columns["known_date"].max())) + 1
    assert dates_probe(before, last, last, after).passed
    early = replace(after, known_date=after.columns["customs_date"] - 1)
    probe = dates_probe(before, last, last, early)
    assert not probe.passed
    assert f"{len(after):,} labels known before the item came" in probe.words["en"]
    late = dates_probe(before, int(before.known_date.max()), last, after)
    assert "learnt before they were known" in late.words["en"]


def test_skill_from_shuffled_labels_is_a_failure() -> None:
    rng = np.random.default_rng(3)
    label = (rng.random(800) < 0.1).astype(float)
    nothing = shuffled_probe(rng.random(800), label, np.arange(800), SETTINGS, rng)
    leaking = shuffled_probe(label + rng.random(800), label, np.arange(800), SETTINGS, rng)
    assert (nothing.passed, leaking.passed) == (True, False)


def test_rows_that_repeat_with_their_label_are_found_without_being_told_of_them(
    known: Dataset, recipe: Recipe
) -> None:
    rng = np.random.default_rng(7)
    before = known.take(rng.integers(0, len(known) // 4, size=1500))
    after = known.take(rng.integers(0, len(known) // 4, size=500))
    held = memory(before.columns, before.label, after.columns)
    assert held.repeated > 0.7
    for decontaminated in (False, True):
        probe = memory_probe(
            before.columns,
            before.label,
            answered(after, recipe),
            SETTINGS,
            rng,
            decontaminated=decontaminated,
        )
        assert probe.passed is decontaminated
        assert "can be passed by memory" in probe.words["en"]


def test_where_rows_do_not_repeat_no_table_beats_a_model(known: Dataset, recipe: Recipe) -> None:
    before, after = halves(known)
    rng = np.random.default_rng(7)
    held = replace(answered(after, recipe), score=after.label + rng.normal(0, 0.7, len(after)))
    probe = memory_probe(before.columns, before.label, held, SETTINGS, rng, decontaminated=False)
    assert probe.passed, probe.words


def test_identifiers_and_dates_are_no_fields_of_a_look_up_table() -> None:
    assert not {"declaration_id", "item_no", "importer_id", "container_id", "accepted_at"} & set(
        FIELDS_LOOKED_AT
    )
    assert {"hs_code", "net_kg", "cif", "description"} <= set(FIELDS_LOOKED_AT)

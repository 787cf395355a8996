"""What is learnt from was there on the day of learning: the item, and what was found in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from features.local_time import days_of
from tests.training.conftest import SmallWorld
from training.material import known_material
from training.settings import TrainingSettings
from training.split import boundaries_of, split_by_time


def test_an_item_that_comes_to_be_known_after_what_was_found_in_it_is_learnt_from_when_both_are(
    small_world: SmallWorld,
) -> None:
    settings = TrainingSettings()
    material = known_material(small_world.lake, small_world.history, settings, small_world.until, None)
    bounds = boundaries_of(material.labelled_rows, days_of(small_world.until), settings)
    days = material.labelled.columns["customs_date"]
    early = np.flatnonzero((days < bounds.windows[0]) & (material.known_date < bounds.windows[0]))[:9]
    columns = dict(material.labelled.columns)
    columns["known_date"] = columns["known_date"].copy()
    columns["known_date"][early] = bounds.test
    late = replace(material, labelled=replace(material.labelled, columns=columns))
    split = split_by_time(late.labelled_rows, bounds, settings)
    assert len(early) == 9
    assert np.isin(early, split_by_time(material.labelled_rows, bounds, settings).windows[0].train).all()
    for learnt in (split.train, split.refit, *(window.train for window in split.windows)):
        assert not np.isin(early, learnt).any()

"""What is known of a row without it: equal to looking up what the others alone would teach."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features.columns import take
from scoring.known_values import PLACE, KnownValues
from training.value_past import Past, numbered


def _rows(seed, count=40):
    rng = np.random.default_rng(seed)
    codes = np.array(["640399", "640320", "64039910", "010121", None], object)
    columns = {
        "hs_code": rng.choice(codes, count),
        "origin_country": rng.choice(np.array(["CN", "VN"], object), count),
        "transport_mode": rng.choice([1.0, np.nan], count),
        "office_id": rng.choice(np.array(["118", None], object), count),
        "brand": np.full(count, None, object),
        "net_kg": rng.choice([1.0, 30.0, np.nan], count),
    }
    return columns, rng.normal(size=count), rng.random(count) < 0.7, rng.integers(0, 4, count)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_what_is_known_without_a_part_is_what_the_other_parts_teach(seed):
    columns, target, teach, label = _rows(seed)
    found = Past(columns, target, teach).without(label)
    for row in range(len(target)):
        others = teach & (label != label[row])
        alone = KnownValues.of(take(columns, others), target[others])
        asked = alone.sums_of(take(columns, slice(row, row + 1)))
        assert (found[:, :, row] == asked[:, :, 0]).all()


def test_goods_that_were_never_seen_are_known_by_what_lies_above_them_alone():
    columns, target, teach, _ = _rows(1, 200)
    found = Past(columns, target, teach).without_goods("hs6")
    assert not found[PLACE["hs6"], 0].any()
    assert not found[PLACE["hs6_origin"], 0].any()
    assert found[PLACE["hs4"], 0].any()


def test_keys_are_numbered_from_one_and_missing_ones_are_none_of_them():
    assert numbered([None, "a", "b", "a"]).tolist() == [0, 1, 2, 1]

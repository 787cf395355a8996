"""The value interval: covering what it promises in every group, never crossed, silent without a mass."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from estimation.coverage import coverage
from features.columns import take
from scoring.booster import Booster
from scoring.conformal import Offset
from scoring.errors import ScoringError
from scoring.known_values import NAMES, NO_VALUES, KnownValues
from scoring.value import LEVELS, Conform, ValueModel, unit_value, value_file
from scoring.value_groups import KNOWN, STRANGE, ValueGroups
from tests.scoring.models import COLUMNS, data, text

WIDE = (*(f"f{number}" for number in range(COLUMNS)), *NAMES)


def _boosters():
    low, mid, high = (Booster(text("quantile", names=WIDE, alpha=level)) for level in LEVELS)
    return low, mid, high


def _goods(count, seed=0):
    rng = np.random.default_rng(seed)
    codes = [
        f"{rng.integers(61, 65)}{rng.integers(1, 4):02}{rng.integers(1, 4)}0{tail}" for tail in ("", "00")
    ]
    return {
        "hs_code": rng.choice(np.array([*codes, "640399", "640411", None], object), count),
        "origin_country": rng.choice(np.array(["CN", "VN", None], object), count),
        "transport_mode": rng.choice([1.0, 4.0, np.nan], count),
        "office_id": rng.choice(np.array(["118", "235"], object), count),
        "brand": np.full(count, None, object),
        "net_kg": np.exp(rng.normal(3, 2, count)),
    }


def _known(seed=0):
    goods = _goods(600, seed)
    return KnownValues.of(goods, np.random.default_rng(seed).normal(size=600))


def test_the_conformal_interval_covers_as_promised_in_every_chapter_on_rows_it_never_saw():
    matrix, _, target = data()
    rng = np.random.default_rng(3)
    goods = _goods(len(target)) | {
        "hs_code": rng.choice(np.array(["640399", "847130"], object), len(target)),
        "net_kg": np.full(len(target), 2.0),
    }
    loud = goods["hs_code"] == "847130"
    noisy = target + rng.normal(size=target.size) * np.where(loud, 2.0, 0.4)
    half = np.arange(len(target)) % 2 == 0
    plain = ValueModel(_boosters(), _known())
    learnt = take(goods, half)
    rows = Conform(plain.inputs(matrix[half], learnt), noisy[half], plain.groups(learnt), np.ones(half.sum()))
    low, _, high = plain.conformalised(rows).interval(matrix, goods)
    cif = np.exp(noisy) * 2.0
    for chapter in (loud, ~loud):
        asked = chapter & ~half
        assert coverage(low[asked], high[asked], cif[asked]) == pytest.approx(0.9, abs=0.05)
    before = plain.interval(matrix, goods)
    assert coverage(before[0][loud], before[2][loud], cif[loud]) < 0.6


def test_without_a_mass_there_is_no_interval():
    goods = _goods(4) | {"net_kg": np.array([np.nan, 0.0, -1.0, 1.0])}
    for bound in ValueModel(_boosters()).interval(data()[0][:4], goods):
        assert np.isnan(bound).tolist() == [True, True, True, False]


@settings(max_examples=40, deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(1, 20), st.just(COLUMNS)), elements=st.floats(-5, 5)),
    st.floats(-4, 0.5),
    st.floats(-4, 0.5),
    st.integers(0, 2**32),
)
def test_bounds_never_cross_and_one_row_gives_the_same_bits_as_many(matrix, low, high, seed):
    offsets = Offset(low, {"chapter": {"64": 0.3}}), Offset(high, {"known": {"heading": -0.2}})
    model = ValueModel(_boosters(), _known(), offsets=offsets, grouping=ValueGroups((9.0,)))
    goods = _goods(len(matrix), seed)
    bounds = model.interval(matrix, goods)
    assert (bounds[0] <= bounds[1]).all()
    assert (bounds[1] <= bounds[2]).all()
    alone = [
        model.interval(matrix[row : row + 1], take(goods, slice(row, row + 1))) for row in range(len(matrix))
    ]
    for number, bound in enumerate(bounds):
        assert np.concatenate([one[number] for one in alone]).tobytes() == bound.tobytes()


def test_a_model_that_was_written_as_json_gives_the_same_bits():
    model = ValueModel(
        _boosters(),
        _known(),
        offsets=(Offset(0.1, {"chapter": {"64": 1 / 3}}), Offset(0.2)),
        grouping=ValueGroups((1.5, 9.0)),
    )
    held = json.loads(json.dumps(model.to_json(), sort_keys=True))
    texts = {value_file(level): one.text for level, one in zip(LEVELS, model.boosters, strict=True)}
    again = ValueModel.from_json(held, texts)
    matrix, goods = data()[0][:50], _goods(50, 9)
    for ours, theirs in zip(model.interval(matrix, goods), again.interval(matrix, goods), strict=True):
        assert ours.tobytes() == theirs.tobytes()
    with pytest.raises(ScoringError, match="format"):
        ValueModel.from_json(held | {"format": 1}, texts)


def test_goods_are_known_as_well_as_the_items_that_taught_them():
    goods = _goods(3) | {"hs_code": np.array(["640399"] * 3, object)}
    known = KnownValues.of(goods, np.zeros(3))
    asked = _goods(4) | {"hs_code": np.array(["64039910", "640320", "640610", "010121"], object)}
    groups = ValueModel(_boosters(), known).groups(asked)
    assert groups["known"].tolist() == ["subheading_3", "heading", "chapter", STRANGE]
    assert groups["chapter"].tolist() == ["64", "64", "64", "01"]
    assert {name for name, _, _ in KNOWN} > set(groups["known"]) - {STRANGE}


def test_no_key_is_kept_of_one_or_two_items_whose_values_it_would_tell():
    goods = _goods(4) | {"hs_code": np.array(["640399", "640399", "847130", "847130"], object)}
    assert not any(KnownValues.of(goods, np.zeros(4)).sums["hs6"])
    kept = KnownValues.of(_goods(600), np.zeros(600)).sums
    assert all(count >= 3 for keys in kept.values() for count, _, _ in keys.values())


def test_tenths_of_mass_hold_a_tenth_each_but_where_one_mass_fills_several():
    mass = np.concatenate([np.ones(300), np.geomspace(2, 1e5, 700)])
    tenth = ValueGroups.fit(mass).tenth(mass)
    _, counts = np.unique(tenth, return_counts=True)
    assert counts.max() <= 400
    assert counts.sum() == 1000
    assert len(set(tenth[:300])) == 1
    with pytest.raises(ScoringError):
        ValueGroups((3.0, 2.0))


def test_the_unit_value_is_missing_where_a_part_is():
    found = unit_value([np.e, 1.0, 0.0, np.nan, 1.0], [1.0, 0.0, 1.0, 1.0, np.nan])
    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1:]).all()


def test_levels_that_do_not_rise_are_refused():
    with pytest.raises(ScoringError):
        ValueModel(_boosters(), levels=(0.5, 0.05, 0.95))


def test_without_a_past_known_values_say_nothing():
    assert np.isnan(NO_VALUES.columns(_goods(3))[:, NAMES.index("known_mean_hs6")]).all()

"""Bins, thresholds, references and hit rates, without Evidently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.bins import binned_category, binned_number
from monitoring.chunks import chunk
from monitoring.errors import ReferenceMissingError, ReferenceRefusedError
from monitoring.performance import performance
from monitoring.reference import read_reference, write_reference
from monitoring.settings import MonitoringSettings
from monitoring.thresholds import Thresholds
from tests.monitoring.periods import VOCABULARY, period

NUMBERS = st.lists(st.none() | st.floats(allow_nan=False, width=32), min_size=1, max_size=60)


@given(reference=NUMBERS, current=NUMBERS, bins=st.integers(3, 20))
def test_every_number_has_one_bin_and_only_missing_ones_have_none(
    reference: list[float | None], current: list[float | None], bins: int
) -> None:
    held = binned_number(pl.Series(reference, dtype=pl.Float64), pl.Series(current, dtype=pl.Float64), bins)
    for labels, values in ((held.reference, reference), (held.current, current)):
        assert [label is None for label in labels] == [value is None for value in values]
    assert held.bins <= bins + 1


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=80))
def test_labels_sort_in_the_order_of_the_numbers(values: list[float]) -> None:
    labels = binned_number(pl.Series(values), pl.Series(values), 10).reference
    in_order = [label for _, label in sorted(zip(values, labels.tolist(), strict=True))]
    assert in_order == sorted(in_order)


def test_bins_of_the_reference_hold_about_as_many_items_each() -> None:
    values = pl.Series(np.exp(np.random.default_rng(1).normal(0, 3, 5_000)))
    _, counts = np.unique(binned_number(values, values, 10).reference.astype(str), return_counts=True)
    assert len(counts) == 10
    assert np.allclose(counts, 500, atol=1)


def test_words_and_their_codes_are_the_same_category() -> None:
    words = ["CN", "PE", "BR"]
    coded, written = pl.Series([1.0, 2.0, 0.0, None]), pl.Series(["CN", "PE", "XX", None])
    assert (
        binned_category(coded, coded, words).current.tolist()
        == binned_category(written, written, words).current.tolist()
        == ["01 CN", "02 PE", "rare or unseen", None]
    )


def test_chance_alone_hardly_ever_reaches_a_threshold() -> None:
    rng = np.random.default_rng(3)
    thresholds = Thresholds(MonitoringSettings(resemblance=1.0), 1, 2_000, 150)
    share = np.full(10, 0.1)
    before, now = (rng.multinomial(size, share, 20_000) / size for size in (2_000, 150))
    smooth = np.maximum(now, 1e-4)
    psi = ((before - smooth) * np.log(before / smooth)).sum(axis=1)
    assert (psi >= thresholds.psi(10)).mean() < 0.003


def test_thresholds_rise_where_items_or_bins_make_chance_larger() -> None:
    settings = MonitoringSettings()
    assert Thresholds(settings, 50, 20_000, 150).psi(10) > Thresholds(settings, 50, 20_000, 500).psi(10)
    assert Thresholds(settings, 50, 20_000, 150).psi(10) > Thresholds(settings, 50, 20_000, 150).psi(5)
    assert Thresholds(settings, 50, 20_000, 150).missing(0.4, 0.5) > settings.missing


def test_a_sample_is_bounded_and_the_same_for_the_same_seed() -> None:
    frame = period(1, 1_000)
    one, two, other = (chunk(frame, VOCABULARY, rows=500, seed=seed) for seed in (1, 1, 2))
    assert one.frame.equals(two.frame)
    assert not one.frame.equals(other.frame)
    assert (one.frame.height, one.items) == (500, frame.height)


def test_a_reference_comes_back_as_it_was_kept_without_identifiers(tmp_path: Path) -> None:
    path = tmp_path / "references" / "b1.parquet"
    frame = period(1, 300).with_columns(
        pl.lit("SECRET").alias("importer_id"), pl.lit("D").alias("declaration_id")
    )
    assert write_reference(path, frame, "b1", VOCABULARY, rows=200, seed=1) == 200
    kept = read_reference(path, "b1", ["amount_0", "risk"])
    assert kept.columns == period(1, 1).columns
    assert b"SECRET" not in path.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == ["b1.parquet"]


def test_a_reference_of_another_bundle_or_recipe_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "b1.parquet"
    with pytest.raises(ReferenceMissingError):
        read_reference(path, "b1")
    write_reference(path, period(1, 300), "b1", VOCABULARY, rows=200, seed=1)
    with pytest.raises(ReferenceRefusedError, match="of bundle b1, not of b2"):
        read_reference(path, "b2")
    with pytest.raises(ReferenceRefusedError, match="'freight_share'"):
        read_reference(path, "b1", ["freight_share"])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ReferenceRefusedError, match="cannot be read"):
        read_reference(path, "b1")


def inspections(seed: int) -> tuple[pl.DataFrame, int, float]:
    """Give what was inspected, how many items were decided on and the true share of irregular ones."""
    rng = np.random.default_rng(seed)
    items = 20_000
    risk = rng.beta(1, 12, items)
    illicit = rng.random(items) < risk
    model = risk > np.quantile(risk, 0.95)
    drawn = rng.random(items) < 0.02
    frame = pl.DataFrame(
        {
            "declaration_id": [f"d{number // 2}" for number in range(items)],
            "selection_reason": np.where(model, "model", "random"),
            "illicit": illicit.astype(float),
            "p_physical": np.where(model, 1.0, 0.02),
        }
    )
    return frame.filter(pl.Series(model | drawn)), items, float(illicit.mean())


def test_the_rate_of_all_items_is_unbiased_where_the_model_chooses_what_is_seen() -> None:
    held = [(performance(seen, decided=items), truth) for seen, items, truth in map(inspections, range(30))]
    errors = [figures.irregular.value - truth for figures, truth in held if figures.irregular]
    inside = [
        figures.irregular.low <= truth <= figures.irregular.high
        for figures, truth in held
        if figures.irregular
    ]
    assert len(errors) == 30
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(30)
    assert np.mean(inside) >= 0.8
    assert all(figures.by_reason["model"].value > 2 * truth for figures, truth in held)


def test_legacy_inspections_count_by_reason_and_stand_outside_the_frame() -> None:
    legacy = pl.DataFrame(
        {
            "declaration_id": ["a", "b"],
            "selection_reason": ["legacy", "legacy"],
            "illicit": [1.0, 0.0],
            "p_physical": pl.Series([None, None], dtype=pl.Float64),
        }
    )
    held = performance(legacy)
    assert (held.inspected, held.outside, held.irregular) == (2, 2, None)
    assert held.by_reason["legacy"].value == 0.5
    assert held.to_dict()["irregular"] is None

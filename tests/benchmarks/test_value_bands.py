"""The simplest band, and what the benchmark of real trade says where its data are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.comex_value import run
from benchmarks.value_bands import Band, median_band


def _goods(count: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    code = rng.choice(["640399", "640411", "847130"], count)
    level = np.array([int(one) % 7 for one in code])
    return pl.DataFrame({"hs_code": code, "net_kg": 2.0, "cif": 2.0 * np.exp(level + rng.normal(size=count))})


def test_the_median_of_the_subheading_covers_as_often_as_asked() -> None:
    known, asked = _goods(4000, 1), _goods(2000, 2)
    target = asked.select((pl.col("cif") / pl.col("net_kg")).log()).to_series().to_numpy()
    band = median_band(known, asked, seed=1, coverage=0.8)
    rows = np.ones(len(target), np.bool_)
    assert band.coverage(target, rows) == pytest.approx(0.8, abs=0.04)
    assert band.r_squared(target, rows) > 0.4


def test_a_code_never_seen_gets_the_median_of_its_heading() -> None:
    asked = pl.DataFrame({"hs_code": ["640399", "640391"], "net_kg": 1.0, "cif": 1.0})
    mid = median_band(_goods(2000, 1), asked, seed=1).mid
    assert mid[0] == mid[1]


def test_a_band_is_moved_until_another_of_its_kind_covers() -> None:
    ends = np.zeros(100)
    moved = Band(ends, ends, ends).conformalised(Band(ends, ends, ends), np.arange(100.0))
    assert moved.high[0] == pytest.approx(90, abs=1)


def test_without_the_data_the_benchmark_says_so(tmp_path: Path) -> None:
    assert "TAMIZ_COMEX" in str(run(tmp_path)["skipped"])

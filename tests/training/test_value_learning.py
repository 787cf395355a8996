"""Learning the value model: goods never seen, rows of one day, and nothing that was found false."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.columns import from_records, to_frame
from features.outcome_columns import OUTCOME_SCHEMA
from tests.training.test_train import SETTINGS
from training.backtest import BacktestResult, backtest
from training.choice import Studies
from training.lakes import FrameLake
from training.periods import Periods

HEADINGS = ("6109", "6203", "6403", "8471", "8517", "9403")


def month(first: date, rows: int, seed: int) -> FrameLake:
    """Goods of one day, whose ln(unit value) is told by subheading and mass, and noise that grows in 9403."""
    rng = np.random.default_rng(seed)
    heading = rng.choice(HEADINGS, rows)
    code = [f"{one}{rng.integers(10, 18)}" for one in heading]
    mass = np.round(np.exp(rng.normal(3, 2, rows))) + 1
    level = np.array([int(one) % 97 / 20 for one in code])
    noise = rng.normal(size=rows) * np.where(heading == "9403", 0.8, 0.2)
    value = np.exp(level - 0.2 * np.log(mass) + noise) * mass
    records = [
        {
            "declaration_id": f"{first}-{number}", "item_no": 1, "accepted_at": first.isoformat(),
            "office_id": "118", "importer_id": "I", "origin_country": str(rng.choice(["CN", "VN"])),
            "hs_code": code[number], "net_kg": float(mass[number]), "cif": float(value[number]),
        }
        for number in range(rows)
    ]  # fmt: skip
    return FrameLake(
        (to_frame(from_records(records).columns).lazy(),), (pl.LazyFrame(schema=OUTCOME_SCHEMA),)
    )


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> tuple[BacktestResult, pl.DataFrame]:
    first = date(2025, 1, 1)
    later = month(first + timedelta(days=31), 1500, 2)
    studies = Studies(str(tmp_path_factory.mktemp("month") / "s.log"), "m", time.monotonic)
    result = backtest(Periods(month(first, 3000, 1), later), SETTINGS, studies)
    joined = later.items().collect().join(result.scores, on=["declaration_id", "item_no"])
    return result, joined.with_columns(
        inside=(pl.col("value_low") <= pl.col("cif")) & (pl.col("cif") <= pl.col("value_high"))
    )


def test_a_month_whose_rows_bear_one_day_teaches_the_values_of_the_next(
    followed: tuple[BacktestResult, pl.DataFrame],
) -> None:
    _, scores = followed
    assert scores.height == 1500
    log = (pl.col("cif") / pl.col("net_kg")).log()
    error = ((pl.col("cif") / pl.col("value_mid")).log() ** 2).mean() / log.var()
    assert scores.select(error).item() < 0.2
    assert scores["inside"].mean() == pytest.approx(0.9, abs=0.06)


def test_the_interval_holds_in_the_loud_chapter_as_in_the_calm_ones(
    followed: tuple[BacktestResult, pl.DataFrame],
) -> None:
    _, scores = followed
    shares = scores.group_by(pl.col("hs_code").str.slice(0, 2)).agg(pl.col("inside").mean())
    assert shares["inside"].min() > 0.8


def test_the_model_knows_all_rows_that_it_may_learn_from(
    followed: tuple[BacktestResult, pl.DataFrame], tmp_path: Path
) -> None:
    value = followed[0].learnt.scorer.value
    assert value is not None
    assert value.known.whole[0] == 3000
    assert set(value.known.sums["hs4"]) == set(HEADINGS)

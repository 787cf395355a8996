"""Periods of made-up items for the tests: skewed amounts, counts full of zeros, categories, predictions."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

VOCABULARY = {"origin": [f"W{number}" for number in range(40)], "unit": ["KGM", "LTR", "NAR"]}


def period(seed: int, declarations: int, *, shift: float = 0.0, alike: float = 0.3) -> pl.DataFrame:
    """Give items of declarations of one to five, alike within one; `shift` moves risk and four amounts."""
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(declarations), rng.integers(1, 6, declarations))
    items = len(owner)

    def normal() -> NDArray[np.float64]:
        together = rng.normal(size=declarations)[owner]
        apart = rng.normal(size=items)
        return np.asarray(np.sqrt(alike) * together + np.sqrt(1 - alike) * apart, dtype=np.float64)

    columns = {f"amount_{number}": np.exp(2 * (normal() + shift * (number < 4))) for number in range(12)}
    columns |= {f"count_{number}": np.floor(np.maximum(0.0, 3 * normal())) for number in range(4)}
    columns["often_missing"] = np.where(rng.random(items) < 0.4, np.nan, normal())
    columns["origin"] = np.minimum(rng.geometric(0.15, items), 40).astype(float)
    columns["unit"] = np.where(rng.random(items) < 0.05, np.nan, rng.integers(1, 4, items))
    columns["risk"] = 1 / (1 + np.exp(3 - normal() - shift))
    columns["value_residual"] = normal()
    columns["anomaly"] = rng.random(items)
    return pl.DataFrame(columns)

"""Golden rows: made-up items with the answers the models gave when they were trained.

A bundle that answers otherwise, on another machine, with another version of a library or of this code, is not
the model that was evaluated. Floats are kept as hexadecimal text, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.columns import Columns
from scoring.errors import BundleRefusedError
from scoring.golden_items import golden_matrix
from scoring.scorer import Scorer, Scores

Floats = NDArray[np.float64]

FILE = "golden.json"
ROWS = 32
_SCORES = ("risk", "anomaly", "expected_revenue", "value_low", "value_mid", "value_high")
_TOLERANCE = 1e-9


def golden_rows(matrix: Floats, rng: np.random.Generator) -> Floats:
    """Give 32 rows that no declaration ever was: values drawn alone from their columns, none in the last row.

    `matrix` is a recipe's matrix of training rows.
    """
    drawn = matrix[rng.integers(0, len(matrix), size=ROWS)]
    rows = np.take_along_axis(drawn, rng.integers(0, ROWS, size=drawn.shape), axis=0)
    rows[-1] = np.nan
    return rows


def golden_json(scorer: Scorer, matrix: Floats) -> dict[str, Any]:
    """Give the content of golden.json: rows, each booster's raw answers, and the scores made of them."""
    columns = _columns(scorer, len(matrix))
    value_inputs = scorer.value.inputs(scorer.value_matrix(matrix), columns) if scorer.value else matrix[:0]
    answers = {
        file: to_hex(booster.predict(matrix if names == scorer.recipe.names else value_inputs, raw=True))
        for file, booster, names in scorer.boosters()
    }
    scores = scorer.score_matrix(matrix, columns)
    return {
        "recipe": [to_hex(row) for row in golden_matrix(scorer.recipe)],
        "matrix": [to_hex(row) for row in matrix],
        "value_inputs": [to_hex(row) for row in value_inputs],
        "answers": answers,
        "scores": {name: to_hex(values) for name, values in _told(scores).items()},
    }


def check_golden(scorer: Scorer, golden: Mapping[str, Any]) -> None:
    """Raise BundleRefusedError unless this code, here and now, gives the scores that golden.json holds."""
    made = np.array([from_hex(row) for row in golden["recipe"]])
    if not np.array_equal(made, golden_matrix(scorer.recipe), equal_nan=True):
        raise _refused("the recipe makes another matrix of the golden declarations")
    matrix = kept_rows(golden, "matrix")
    scores: Scores = scorer.score_matrix(matrix, _columns(scorer, len(matrix)))
    told = _told(scores)
    if told.keys() != golden["scores"].keys():
        raise _refused("the golden rows get other scores")
    for name, values in told.items():
        expected = from_hex(golden["scores"][name])
        if not np.allclose(values, expected, rtol=_TOLERANCE, atol=_TOLERANCE, equal_nan=True):
            raise _refused(f"the golden rows get another {name}")


def kept_rows(golden: Mapping[str, Any], name: str) -> Floats:
    """Give rows of golden.json: `matrix` in the recipe's columns, `value_inputs` in the value models."""
    return np.array([from_hex(row) for row in golden[name]])


def _told(scores: Scores) -> dict[str, Floats]:
    """Give the scores by name, those of the kinds of finding among them."""
    kinds = {f"kind_{name}": values for name, values in scores.kinds.items()}
    return {name: getattr(scores, name) for name in _SCORES} | kinds


def to_hex(values: Floats) -> list[str]:
    """Give floats as text that holds every bit.

    >>> to_hex(np.array([0.1, np.nan]))
    ['0x1.999999999999ap-4', 'nan']
    """
    return [float(value).hex() for value in values]


def from_hex(texts: Sequence[str]) -> Floats:
    """Read what to_hex wrote."""
    return np.array([float.fromhex(text) for text in texts])


def _refused(told: str) -> BundleRefusedError:
    return BundleRefusedError(
        f"{told} than when the bundle was made",
        remedy="run the version of Tamiz that made the bundle, or train again",
        file=FILE,
    )


def _columns(scorer: Scorer, count: int) -> Columns:
    """Give values, masses and rates from small to large, with gaps, of goods known and unknown."""
    steps = np.arange(count, dtype=np.float64)
    codes = [*_some_keys(scorer, "code", count // 2), *[f"{chapter:02}9999" for chapter in range(count)]]
    pairs = [key.split(" ") for key in _some_keys(scorer, "hs6_origin", count)]
    origins = [origin for _, origin in pairs] or ["ZZ"]
    return {
        "cif": 10.0 * 1.4**steps,
        "net_kg": np.where(steps % 7 == 3, np.nan, 1.0 + steps),
        "tax_rate_pct": np.where(steps % 5 == 4, np.nan, 3.0 * steps),
        "hs_code": np.array(codes[:count], dtype=object),
        "origin_country": np.array([origins[row % len(origins)] for row in range(count)], dtype=object),
        "transport_mode": np.where(steps % 6 == 5, np.nan, steps % 10),
        "office_id": np.array([None, "118"] * (count // 2) + [None] * (count % 2), dtype=object),
        "brand": np.full(count, None, dtype=object),
    }


def _some_keys(scorer: Scorer, level: str, count: int) -> list[str]:
    """Give keys of a level of the known values, evenly from the first to the last."""
    keys = sorted(scorer.value.known.sums[level]) if scorer.value else []
    return keys[:: max(1, len(keys) // count)][:count]

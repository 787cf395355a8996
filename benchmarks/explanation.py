"""What explaining and predicting take: tables and compiled trees beside LightGBM, and shap's TreeExplainer.

Of many rows, `TOGETHER` are explained by tables; LightGBM and shap, whose time is so much a row, are given
fewer. Three models: one like a risk booster of the platform, and the two sizes its service is measured by.
Calls alternate, so that each finds the caches as another left them; what counts are the ratios of one run.
"""

from __future__ import annotations

import json
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm
import numpy as np
import shap
from numpy.typing import NDArray

from benchmarks.measured import measured
from scoring.booster import Booster
from scoring.tree_shap.explainer import Explainer
from scoring.tree_shap.predictor import Predictor

Floats = NDArray[np.float64]

TOGETHER = 50_000
"""Rows that tables explain at once."""

_ALONE, _REPEATS, _LEARNT = 200, 3, 8_000
_ROWS = {"pred_contrib": 500, "shap": 100}
"""Rows that the others are given of these, at each of the repeats."""

_COLD = """
import sys, time
import numpy as np
text, row = open({text!r}).read(), np.load({row!r})
started = time.perf_counter()
from scoring.tree_shap.explainer import Explainer
explainer = Explainer.of(text)
explainer.contributions(row[:1]), explainer.contributions(row)
print("[", time.perf_counter() - started, ",", int("numba" in sys.modules), "]")
"""


@dataclass(frozen=True)
class Size:
    """Trees, leaves of each, columns, and how many of these are categorical."""

    trees: int
    leaves: int
    columns: int
    categorical: int


SIZES = {
    "200 trees of 10 leaves, 164 columns": Size(200, 10, 164, 10),
    "300 trees of 31 leaves, 40 columns": Size(300, 31, 40, 20),
    "500 trees of 63 leaves, 40 columns": Size(500, 63, 40, 20),
}


def run() -> dict[str, object]:
    """Give, for each size, times and their ratios, the largest difference, and what the tables take."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: dict[str, object] = {name: _measured(size) for name, size in SIZES.items()}
    return found | {"new process, 200 trees of 10 leaves": _cold(*_model(next(iter(SIZES.values()))))}


def _measured(size: Size) -> dict[str, object]:
    text, rows = _model(size)
    booster = Booster(text)
    explainer = Explainer.of(text)
    shapley = shap.TreeExplainer(lightgbm.Booster(model_str=text))
    expected, found = booster.contributions(rows[:200]), explainer.contributions(rows[:200])
    ways: dict[str, Callable[[Floats], object]] = {
        "tables": explainer.contributions,
        "pred_contrib": booster.contributions,
    }
    alone = _alone(ways, rows)
    predictor = Predictor.of(text)
    scores: dict[str, Callable[[Floats], object]] = {
        "compiled trees": predictor.raw,
        "LightGBM": lambda part: booster.predict(part, raw=True),
    }
    scored = _alone(scores, rows)
    return {
        "largest difference": float(np.abs(found - expected).max()),
        "one row, microseconds": alone,
        "one row, pred_contrib over tables": round(alone["pred_contrib"] / alone["tables"], 1),
        "one row predicted, microseconds": scored,
        "one row predicted, LightGBM over compiled trees": round(
            scored["LightGBM"] / scored["compiled trees"], 1
        ),
        **_together(ways | {"shap": shapley.shap_values}, rows),
        **_taken(text),
    }


def _alone(ways: dict[str, Callable[[Floats], object]], rows: Floats) -> dict[str, float]:
    """The median of a call with one row; the calls alternate."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for row in range(_ALONE):
        for way, call in ways.items():
            taken[way].append(_seconds(call, rows[row : row + 1]))
    return {way: round(1e6 * float(np.median(each)), 1) for way, each in taken.items()}


def _together(ways: dict[str, Callable[[Floats], object]], rows: Floats) -> dict[str, object]:
    """The median of a row among many, by turns, each with one thread."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(_REPEATS):
        for way, call in ways.items():
            part = rows[: _ROWS.get(way)]
            taken[way].append(_seconds(call, part) / len(part))
    median = {way: 1e6 * float(np.median(each)) for way, each in taken.items()}
    return {
        "rows together": {way: len(rows[: _ROWS.get(way)]) for way in ways},
        "many rows, microseconds a row": {way: round(each, 1) for way, each in median.items()},
        "many rows, pred_contrib over tables": round(median["pred_contrib"] / median["tables"], 1),
        "many rows, shap over tables": round(median["shap"] / median["tables"], 1),
    }


def _taken(text: str) -> dict[str, object]:
    """Seconds and memory of making the tables."""
    started = time.process_time()
    explainer = Explainer.of(text)
    seconds = time.process_time() - started
    tracemalloc.start()
    Explainer.of(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "tables made in processor seconds": round(seconds, 2),
        "tables, megabytes": round(explainer.nbytes / 1e6, 1),
        "most memory while they are made, megabytes": round(peak / 1e6, 1),
    }


def _cold(text: str, rows: Floats) -> dict[str, object]:
    """A new process before anything was compiled, and one after."""
    with TemporaryDirectory(prefix="tamiz-explanation-") as name:
        folder = Path(name)
        (folder / "model.txt").write_text(text)
        np.save(folder / "rows.npy", rows[:16])
        code = _COLD.format(text=str(folder / "model.txt"), row=str(folder / "rows.npy"))
        first, *later = (measured(["-c", code], compiled=folder / "bytecode") for _ in range(4))
    told = [json.loads(each.stdout) for each in later]
    return {
        "seconds": round(min(seconds for seconds, _ in told), 2),
        "process, MiB": min(each.peak_mib for each in later),
        "the compiler was started": any(compiled for _, compiled in told),
        "seconds of the first, which compiles": round(json.loads(first.stdout)[0], 1),
    }


def _seconds(call: Callable[[Floats], object], rows: Floats) -> float:
    """Of the processor: all ways have one thread, and others may be at work on the machine."""
    started = time.thread_time()
    call(rows)
    return time.thread_time() - started


def _model(size: Size) -> tuple[str, Floats]:
    """The text of a model of made-up rows with gaps, some columns categorical, and rows to explain."""
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(TOGETHER, size.columns))
    rows[:, : size.categorical] = rng.integers(0, 60, (len(rows), size.categorical))
    effects = rng.normal(size=(size.categorical, 60))
    signal = np.sin(2 * rows[:, size.categorical :]).sum(axis=1) + rng.normal(size=len(rows))
    for column in range(size.categorical):
        signal += effects[column, rows[:, column].astype(int)] / 2
    rows[rng.random(rows.shape) < 0.05] = np.nan
    parameters = {"objective": "binary", "num_leaves": size.leaves, "learning_rate": 0.05, "num_threads": 1}
    learnt = slice(_LEARNT)
    label = (signal > np.quantile(signal, 0.8)).astype(float)[learnt]
    table = lightgbm.Dataset(rows[learnt], label, categorical_feature=list(range(size.categorical)))
    model = lightgbm.train(parameters | {"verbosity": -1, "seed": 1}, table, size.trees)
    return model.model_to_string(), rows

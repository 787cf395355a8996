"""What the value model says of real trade: Brazil's exports of a month, judged on what was held out of it.

The file lies outside the project: in `TAMIZ_COMEX`, or else in `../shared/data/comex` beside it; without it
the benchmark says so and gives no figures. A fifth of the subheadings, a fifth of the pairs of subheading and
country, and a fifth of the rows left are held out, dated a month later and scored by the procedure of
`tamiz backtest`: histories and known values are those of the month before, as in a month that follows.
Beside it: the median of the subheading with one conformal half-width for all, and plain LightGBM quantiles
on the recipe's columns, conformalised in one piece.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.shown import Kept, number
from benchmarks.value_bands import Band, median_band
from features.columns import Columns, Values, from_frame
from features.intake import ingest
from features.lake import Lake
from features.recipe import Recipe
from features.settings import IntakeSettings
from features.snapshot import Snapshot
from scoring.value import LEVELS, unit_value
from training.backtest import BacktestResult, backtest
from training.choice import Studies
from training.lakes import FrameLake
from training.periods import Periods
from training.settings import TrainingSettings

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SHARE = 0.2
"""Part of the subheadings, of the pairs and of the rows left that is held out."""

_BESIDE = Path(__file__).parents[2] / "shared" / "data" / "comex"
_FILE = "exports_2025_01.parquet"
_LATER = pl.duration(days=31)
_PLAIN = {
    "learning_rate": 0.1,
    "num_leaves": 31,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "seed": 1,
}


def run(
    folder: Path | None = None, settings: TrainingSettings | None = None, seed: int = 1
) -> dict[str, object]:
    """Give R² of ln(USD/kg), coverage and width of each method on each part held out."""
    file = (folder or Path(os.environ.get("TAMIZ_COMEX", _BESIDE))) / _FILE
    if not file.is_file():
        return {"skipped": f"{_FILE} is not there: name its folder in TAMIZ_COMEX"}
    items = _items(file)
    held = _Held.of(items, np.random.default_rng(seed))
    later = items.filter(pl.Series(~held.train)).with_columns(
        *(pl.col(name) + _LATER for name in ("accepted_at", "known_at", "customs_date", "known_date"))
    )
    train = items.filter(pl.Series(held.train))
    started = time.perf_counter()
    done = _backtest(train, later, settings or TrainingSettings())
    seconds = time.perf_counter() - started
    scores = later.select("declaration_id", "item_no").join(
        done.scores, on=["declaration_id", "item_no"], how="left", maintain_order="left"
    )
    columns, target = from_frame(later), _target(later)
    rows = np.isfinite(target)
    known = train.filter(pl.Series(np.isfinite(_target(train))))
    methods = {
        "value model": _band(scores, columns["net_kg"]).only(rows),
        "subheading median": median_band(known, later, seed).only(rows),
        "plain LightGBM": _plain(known, later, seed).only(rows),
    }
    parts = {name: mask[~held.train][rows] for name, mask in held.parts.items()}
    return {
        "rows learnt from": train.height,
        "seconds of the backtest": round(seconds, 1),
        "microseconds a row of the value model": _cost(done, later),
        **{
            name: _figures(band, target[rows], columns["net_kg"][rows], parts)
            for name, band in methods.items()
        },
    }


@dataclass(frozen=True)
class _Held:
    """Rows that teach, and the parts held out: new goods, new pairs of goods and country, new rows."""

    train: Bools
    parts: Mapping[str, Bools]

    @classmethod
    def of(cls, items: pl.DataFrame, rng: np.random.Generator) -> _Held:
        goods = items["hs_code"].str.slice(0, 6)
        new_goods = _drawn(goods, rng)
        new_pairs = _drawn(goods + items["origin_country"], rng) & ~new_goods
        new_rows = (rng.random(items.height) < SHARE) & ~new_goods & ~new_pairs
        train = ~(new_goods | new_pairs | new_rows)
        parts = {"rows": new_rows, "pairs with a country": new_pairs, "unseen codes": new_goods}
        return cls(train, parts)


def _drawn(keys: pl.Series, rng: np.random.Generator) -> Bools:
    """Mark all rows of a share of the keys."""
    names = keys.unique().sort()
    drawn = names.filter(pl.Series(rng.random(len(names)) < SHARE))
    return keys.is_in(drawn.implode()).to_numpy()


def _items(file: Path) -> pl.DataFrame:
    with TemporaryDirectory(prefix="tamiz-comex-") as folder:
        lake = Lake(Path(folder) / "lake")
        ingest(
            [file],
            format="comex",
            lake=lake,
            quarantine=Path(folder) / "quarantine",
            settings=IntakeSettings(),
            now=datetime(2030, 1, 1, tzinfo=UTC),
        )
        return lake.items().collect()


def _backtest(train: pl.DataFrame, later: pl.DataFrame, settings: TrainingSettings) -> BacktestResult:
    nothing = pl.LazyFrame(schema=Lake(Path("none")).outcomes().collect_schema())
    periods = Periods(FrameLake((train.lazy(),), (nothing,)), FrameLake((later.lazy(),), (nothing,)))
    with TemporaryDirectory(prefix="tamiz-comex-") as folder:
        return backtest(periods, settings, Studies(f"{folder}/s.log", "comex", time.monotonic))


def _target(frame: pl.DataFrame) -> Floats:
    columns = from_frame(frame)
    return unit_value(columns["cif"], columns["net_kg"])


def _band(scores: pl.DataFrame, net_kg: Floats) -> Band:
    ends = (
        unit_value(scores[name].cast(pl.Float64).fill_null(float("nan")).to_numpy(), net_kg)
        for name in ("value_low", "value_mid", "value_high")
    )
    return Band(*ends)


def _plain(known: pl.DataFrame, later: pl.DataFrame, seed: int) -> Band:
    """Quantiles of LightGBM on the recipe's own columns, moved by one conformal constant."""
    columns, target = from_frame(known), _target(known)
    recipe = Recipe.fit(columns)
    seen = (*recipe.value_names, "hs4", "hs6")
    places = [recipe.names.index(name) for name in seen]
    matrix, asked = (recipe.matrix(one, _nothing(one))[:, places] for one in (columns, from_frame(later)))
    conform = np.random.default_rng(seed).random(len(target)) < 0.15
    categorical = [number for number, name in enumerate(seen) if name in recipe.categorical]
    fitted = [
        lightgbm.train(
            {**_PLAIN, "objective": "quantile", "alpha": level},
            lightgbm.Dataset(matrix[~conform], target[~conform], categorical_feature=categorical),
            200,
        )
        for level in LEVELS
    ]
    known_ends, ends = (
        [np.asarray(one.predict(rows)) for one in fitted] for rows in (matrix[conform], asked)
    )
    return Band(*ends).conformalised(Band(*known_ends), target[conform])


def _nothing(columns: Columns) -> Values:
    """The history of a first month: none."""
    return Snapshot(date(2025, 1, 1), {}).lookup(columns)


def _figures(band: Band, target: Floats, net_kg: Floats, parts: Mapping[str, Bools]) -> Kept:
    tenths = np.searchsorted(np.unique(np.quantile(net_kg, np.linspace(0.1, 0.9, 9))), net_kg, side="left")
    whole = {"all": np.ones(len(target), np.bool_), **parts}
    return {
        **{name: _part(band, target, rows) for name, rows in whole.items()},
        "coverage by tenth of weight": [
            number(band.coverage(target, parts["rows"] & (tenths == tenth))) for tenth in np.unique(tenths)
        ],
    }


def _part(band: Band, target: Floats, rows: Bools) -> Kept:
    return {
        "rows": int(rows.sum()),
        "R²": number(band.r_squared(target, rows)),
        "coverage": number(band.coverage(target, rows)),
        "width": number(band.width(rows)),
    }


def _cost(done: BacktestResult, later: pl.DataFrame) -> float | None:
    """Time of the value model alone, the matrix at hand, on ten thousand rows."""
    columns = from_frame(later.head(10_000))
    value = done.learnt.scorer.value
    if value is None:
        return None
    matrix = done.learnt.scorer.recipe.value_matrix(columns, _nothing(columns))
    return round(1e6 * _processor_seconds(lambda: value.interval(matrix, columns)) / len(matrix), 1)


def _processor_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started

"""Training with LightGBM in this process, deterministic and silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.table import Table, data_parameters

Floats = NDArray[np.float64]

_LOWER_IS_BETTER = frozenset({"binary_logloss", "quantile"})
_MEASURED = "measured"


@dataclass(frozen=True)
class Fitted:
    """A model as LightGBM's text, its number of trees, and its metric after each (greater is better).

    `measured` holds what the watch measured beside the metric, round by round.
    """

    text: str
    rounds: int
    curve: Floats
    measured: Floats


@dataclass(frozen=True)
class Watch:
    """How boosting is judged on the way: after `patience` rounds without gain it stops.

    `report(round, score)` is called every `every` rounds and may raise to stop the whole. `measure` makes a
    number of the predictions of `judge` after each round, which decides nothing here.
    """

    judge: Table
    metric: str
    patience: int
    every: int
    report: Callable[[int, float], None]
    measure: Callable[[Floats], float] | None = None


def fit(
    table: Table,
    parameters: Mapping[str, float | str],
    rounds: int,
    *,
    seed: int,
    threads: int = 1,
    watch: Watch | None = None,
) -> Fitted:
    """Give the model that LightGBM learns; the same input and seed give the same text, to the byte."""
    learnt_from = table.opened()
    callbacks: list[Callable[..., Any]] = []
    seen: dict[str, dict[str, list[float]]] = {}
    sign = 1.0
    if watch:
        sign = -1.0 if watch.metric in _LOWER_IS_BETTER else 1.0
        callbacks = [
            lgb.record_evaluation(seen),
            lgb.early_stopping(watch.patience, first_metric_only=True, verbose=False),
            _reporter(watch, sign),
        ]
    booster = lgb.train(
        {
            **parameters_of(parameters, seed, threads),
            **data_parameters(table.max_bin),
            "metric": _metric(watch),
        },
        learnt_from,
        num_boost_round=rounds,
        valid_sets=[watch.judge.opened(learnt_from)] if watch else None,
        feval=_measure(watch.measure) if watch and watch.measure else None,
        callbacks=callbacks,
    )
    best = booster.best_iteration if watch else booster.current_iteration()
    judged = seen.get("valid_0", {})
    curve = sign * np.array(judged.get(_metric(watch), ()))
    return Fitted(
        booster.model_to_string(num_iteration=best), best, curve, np.array(judged.get(_MEASURED, ()))
    )


def native(text: str) -> lgb.Booster:
    """Give LightGBM's own object of a model text that this process has just written, for MLflow."""
    return lgb.Booster(model_str=text)


def parameters_of(parameters: Mapping[str, float | str], seed: int, threads: int) -> dict[str, Any]:
    """Give LightGBM's parameters for those of a trial: deterministic and silent.

    >>> parameters_of({"num_leaves": 31.0}, 1, 1)["num_leaves"]
    31
    """
    return {
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        "num_threads": threads,
        "seed": seed,
        "bagging_freq": 1,
        **{name: _whole(value) for name, value in parameters.items()},
    }


def _whole(value: float | str) -> float | str:
    """LightGBM takes no 31.0 for the number of leaves, which is how a record of parameters gives it back."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _metric(watch: Watch | None) -> str:
    return watch.metric if watch else "None"


def _measure(of: Callable[[Floats], float]) -> Callable[[Floats, lgb.Dataset], tuple[str, float, bool]]:
    return lambda predicted, _: (_MEASURED, of(predicted), True)


def _reporter(watch: Watch, sign: float) -> Callable[[Any], None]:
    def report(env: Any) -> None:
        if (env.iteration + 1) % watch.every == 0:
            watch.report(env.iteration + 1, sign * env.evaluation_result_list[0][2])

    report.order = 40  # type: ignore[attr-defined]
    return report

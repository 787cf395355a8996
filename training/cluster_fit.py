"""Training with LightGBM's own Dask estimators: each worker reads the rows that it learns from."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dask.array
import numpy as np
from lightgbm import DaskLGBMRegressor
from numpy.typing import NDArray

from features.dask_schedule import DaskSchedule, connected
from training.fit import Fitted, parameters_of
from training.table import data_parameters

_arrays: Any = dask.array

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Lesson:
    """Rows of a matrix that lies in a file which every worker sees, their labels and what each counts."""

    matrix: Floats
    rows: Index
    label: Floats
    names: Sequence[str]
    categorical: Sequence[str]
    weight: Floats | None = None


def fit_on_cluster(
    address: str,
    lesson: Lesson,
    parameters: Mapping[str, float | str],
    rounds: int,
    *,
    seed: int,
    max_bin: int,
) -> Fitted:
    """Give the model that the workers of a Dask cluster learn together, each from a part of the rows.

    The estimator is that of regression whatever the objective: it hands labels on as they are. Each worker
    cuts some of the columns into bins by its own part, and which ones is chance: the model is as good each
    time, but not the same. Raises SchedulerError.
    """
    with connected(address) as cluster, cluster.client.as_current(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parameter .* will be ignored", UserWarning)
        held = _Parts(cluster, np.array_split(np.arange(len(lesson.rows)), cluster.workers))
        model = DaskLGBMRegressor(
            client=cluster.client,
            n_estimators=rounds,
            tree_learner="data",
            metric="None",
            **(parameters_of(parameters, seed, threads=1) | data_parameters(max_bin)),
        )
        model.fit(
            held.matrix(lesson),
            held.values(lesson.label),
            sample_weight=None if lesson.weight is None else held.values(lesson.weight),
            feature_name=list(lesson.names),
            categorical_feature=[list(lesson.names).index(name) for name in lesson.categorical],
        )
    return Fitted(_without_sockets(model.booster_.model_to_string()), rounds, np.empty(0), np.empty(0))


@dataclass(frozen=True)
class _Parts:
    """Parts of the rows, each held by a worker of its own."""

    cluster: DaskSchedule
    rows: Sequence[Index]

    def matrix(self, lesson: Lesson) -> Any:
        """The rows of the parts, read by who holds them."""
        path, shape = str(lesson.matrix.filename), lesson.matrix.shape  # type: ignore[attr-defined]
        return self._held(_read, [(path, shape, lesson.rows[part]) for part in self.rows], shape[1:])

    def values(self, values: Floats) -> Any:
        """The values of the parts."""
        return self._held(np.asarray, [(values[part],) for part in self.rows], ())

    def _held(self, made: Callable[..., Floats], work: Sequence[Any], width: tuple[int, ...]) -> Any:
        blocks = []
        for part, one, worker in zip(self.rows, work, self.cluster.addresses, strict=True):
            there = self.cluster.client.submit(made, *one, workers=[worker], pure=False)
            blocks.append(_arrays.from_delayed(there, (len(part), *width), np.float64))
        return _arrays.concatenate(blocks)


def _read(path: str, shape: tuple[int, int], rows: Index) -> Floats:
    return np.asarray(np.memmap(path, np.float64, mode="r", shape=shape)[rows])


def _without_sockets(text: str) -> str:
    """The model without the addresses by which the workers met: nobody's business, and never the same.

    >>> _without_sockets("[local_listen_port: 43405]\\n[machines: 10.0.0.1:43405,10.0.0.2:40395]")
    '[local_listen_port: 12400]\\n[machines: ]'
    """
    text = re.sub(r"(?m)^\[local_listen_port: .*\]$", "[local_listen_port: 12400]", text)
    return re.sub(r"(?m)^\[machines: .*\]$", "[machines: ]", text)

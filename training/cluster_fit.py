"""Training with LightGBM's own Dask estimators: each worker reads the rows that it learns from."""

from __future__ import annotations

import re
import socket
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlparse

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

    The estimator is that of regression whatever the objective: it hands labels on as they are. The model
    depends on the number of workers, for each sees bins and sums of its own part; not on who is quicker.
    Raises SchedulerError.
    """
    with connected(address) as cluster, cluster.client.as_current(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parameter .* will be ignored", UserWarning)
        parts = np.array_split(np.arange(len(lesson.rows)), len(cluster.addresses))
        model = DaskLGBMRegressor(
            client=cluster.client,
            n_estimators=rounds,
            tree_learner="data",
            machines=",".join(_sockets(cluster)),
            metric="None",
            **(parameters_of(parameters, seed, threads=1) | data_parameters(max_bin)),
        )
        model.fit(
            _arrays.concatenate(_read_there(cluster, lesson, parts)),
            _values(lesson.label, parts),
            sample_weight=None if lesson.weight is None else _values(lesson.weight, parts),
            feature_name=list(lesson.names),
            categorical_feature=[list(lesson.names).index(name) for name in lesson.categorical],
        )
    return Fitted(_without_sockets(model.booster_.model_to_string()), rounds, np.empty(0), np.empty(0))


def _read_there(cluster: DaskSchedule, lesson: Lesson, parts: Sequence[Index]) -> list[Any]:
    """The rows of each part, read by a worker of its own."""
    path, shape = str(lesson.matrix.filename), lesson.matrix.shape  # type: ignore[attr-defined]
    return [
        _arrays.from_delayed(
            cluster.client.submit(_read, path, shape, lesson.rows[part], workers=[worker], pure=False),
            (len(part), shape[1]),
            np.float64,
        )
        for part, worker in zip(parts, cluster.addresses, strict=True)
    ]


def _sockets(cluster: DaskSchedule) -> list[str]:
    """Host and a free port of each worker, in their order, which makes the first part the first machine's."""
    hosts = [str(urlparse(worker).hostname) for worker in cluster.addresses]
    ports = [
        cluster.client.submit(_free_port, host, workers=[worker], pure=False)
        for host, worker in zip(hosts, cluster.addresses, strict=True)
    ]
    return [f"{host}:{port}" for host, port in zip(hosts, cluster.client.gather(ports), strict=True)]


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as free:
        return int(free.getsockname()[1])


def _read(path: str, shape: tuple[int, int], rows: Index) -> Floats:
    return np.asarray(np.memmap(path, np.float64, mode="r", shape=shape)[rows])


def _values(values: Floats, parts: Sequence[Index]) -> Any:
    return _arrays.from_array(values, chunks=(tuple(len(part) for part in parts),))


def _without_sockets(text: str) -> str:
    """The model without the addresses by which the workers met: nobody's business, and never the same.

    >>> _without_sockets("[local_listen_port: 43405]\\n[machines: 10.0.0.1:43405,10.0.0.2:40395]")
    '[local_listen_port: 12400]\\n[machines: ]'
    """
    text = re.sub(r"(?m)^\[local_listen_port: .*\]$", "[local_listen_port: 12400]", text)
    return re.sub(r"(?m)^\[machines: .*\]$", "[machines: ]", text)

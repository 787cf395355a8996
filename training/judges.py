"""Who judges trials: this process, several processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from features.schedule import end_with_parent
from training.drawing import judged
from training.trial import Objective, Plan, Task, Trial

if TYPE_CHECKING:
    from features.dask_schedule import DaskSchedule

_turn = Lock()
_objective: Objective | None = None


class Judges(Protocol):
    """Judge trials, `places` of them at once."""

    @property
    def places(self) -> int:
        """Trials that can be judged at once."""
        ...

    def begin(self, task: Task) -> Future[Trial]:
        """Have a task judged; what the objective raises is raised by the future."""
        ...

    def died(self, error: BaseException) -> bool:
        """Whether an error of a future says that the process at work has ended."""
        ...


@contextmanager
def judges_of(plan: Plan, objective: Objective) -> Iterator[Judges]:
    """Give the judges that a plan asks for; those of other processes end with this.

    Elsewhere the objective is a copy, made with pickle on the way and kept nowhere.
    """
    if plan.scheduler:
        from features.dask_schedule import connected  # noqa: PLC0415  # its import takes a second

        with connected(plan.scheduler) as cluster:
            yield _Cluster(cluster, objective)
    elif plan.workers == 1:
        yield _Here(objective)
    else:
        processes = _Processes(objective, plan.workers)
        try:
            yield processes
        finally:
            processes.end()


class _Here:
    """This process, one trial after another."""

    places = 1

    def __init__(self, objective: Objective) -> None:
        self._objective = objective

    def begin(self, task: Task) -> Future[Trial]:
        future: Future[Trial] = Future()
        future.set_result(judged(self._objective, task))
        return future

    def died(self, _error: BaseException) -> bool:
        return False


class _Processes:
    """Processes of this machine, each by itself: one that is killed takes no other with it."""

    def __init__(self, objective: Objective, places: int) -> None:
        self.places = places
        self._objective = objective
        self._processes = [_Process(objective) for _ in range(places)]

    def begin(self, task: Task) -> Future[Trial]:
        place = next(place for place, one in enumerate(self._processes) if not one.is_busy)
        if self._processes[place].is_dead:
            self._processes[place] = _Process(self._objective)
        return self._processes[place].begin(task)

    def died(self, error: BaseException) -> bool:
        return isinstance(error, BrokenExecutor)

    def end(self) -> None:
        for process in self._processes:
            process.end()


class _Process:
    """One process that judges; it ends with this one, and Ctrl-C is for this one to hear."""

    def __init__(self, objective: Objective) -> None:
        self._executor = ProcessPoolExecutor(1, get_context("spawn"), _begin, (objective,))
        self._id = self._executor.submit(os.getpid)
        self._task: Future[Trial] | None = None

    @property
    def is_busy(self) -> bool:
        return self._task is not None and not self._task.done()

    @property
    def is_dead(self) -> bool:
        return self._task is not None and isinstance(self._task.exception(), BrokenExecutor)

    def begin(self, task: Task) -> Future[Trial]:
        self._task = self._executor.submit(_judged_here, task)
        return self._task

    def end(self) -> None:
        if self.is_busy:
            with suppress(BrokenExecutor, ProcessLookupError):
                os.kill(self._id.result(), signal.SIGKILL)
        self._executor.shutdown(cancel_futures=True)


class _Cluster:
    """The workers of a Dask cluster, each judging one trial at a time."""

    def __init__(self, cluster: DaskSchedule, objective: Objective) -> None:
        self.places = cluster.workers
        self.died = cluster.died
        self._executor = cluster.executor()
        self._objective = cluster.everywhere(objective)

    def begin(self, task: Task) -> Future[Trial]:
        return self._executor.submit(_judged_there, self._objective, task)


def _begin(objective: Objective) -> None:
    global _objective  # noqa: PLW0603  # what a worker judges by is sent once
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    _objective = objective


def _judged_here(task: Task) -> Trial:
    if _objective is None:
        raise RuntimeError("a worker judges by the objective that it was begun with")
    return judged(_objective, task)


def _judged_there(objective: Objective, task: Task) -> Trial:
    with _turn:  # a worker may have several threads
        return judged(objective, task)

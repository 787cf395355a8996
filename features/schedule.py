"""Where pieces of work are done: in this process, in several, or on a Dask cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import Any, Protocol

Work = Sequence[tuple[Any, ...]]


class Scheduler(Protocol):
    """Does pieces of work, each a call of one function of a module; `workers` can go on at once."""

    @property
    def workers(self) -> int:
        """Pieces that can be done at once."""
        ...

    def run(self, function: Callable[..., Any], work: Work) -> Iterator[Any]:
        """Give what the function makes of each piece, in their order; an error of a piece is raised."""
        ...


class InProcess:
    """One piece after another.

    >>> list(InProcess().run(divmod, [(7, 2), (9, 4)]))
    [(3, 1), (2, 1)]
    """

    workers = 1

    def run(self, function: Callable[..., Any], work: Work) -> Iterator[Any]:
        """Give what the function makes of each piece."""
        return (function(*piece) for piece in work)


class Pool:
    """Processes of this machine, begun anew and ended with the work, or with whoever began them."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers or max(2, os.cpu_count() or 1)

    def run(self, function: Callable[..., Any], work: Work) -> Iterator[Any]:
        """Give what the function makes of each piece."""
        with ProcessPoolExecutor(self.workers, get_context("spawn"), end_with_parent) as pool:
            yield from pool.map(function, *zip(*work, strict=True))


def end_with_parent() -> None:
    """Have this process end when its parent does: one that was killed tells nobody to stop."""
    if parent := parent_process():
        Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def scheduler_of(address: str) -> AbstractContextManager[Scheduler]:
    """Give the scheduler of an address: "" this process, "pool" several, else that of a Dask scheduler.

    Raises SchedulerError if no Dask scheduler answers there.
    """
    if not address:
        return nullcontext(InProcess())
    if address == "pool":
        return nullcontext(Pool())
    return _dask(address)


@contextmanager
def _dask(address: str) -> Iterator[Scheduler]:
    from features.dask_schedule import connected  # noqa: PLC0415  # its import takes a second

    with connected(address) as scheduler:
        yield scheduler

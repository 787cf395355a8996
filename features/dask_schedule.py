"""Pieces of work on a Dask cluster, whose workers see the same files under the same paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from distributed import Client, KilledWorker

from features.errors import SchedulerError

_PATIENCE = 10.0


class DaskSchedule:
    """A connection to a Dask scheduler, `client` in Dask's own words."""

    def __init__(self, client: Any) -> None:
        self.client = client

    @property
    def workers(self) -> int:
        """Workers of the cluster."""
        return max(1, len(self.addresses))

    @property
    def addresses(self) -> list[str]:
        """The addresses of the workers, in their order."""
        return sorted(self.client.scheduler_info(n_workers=-1)["workers"])

    def run(self, function: Callable[..., Any], work: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Give what the function makes of each piece."""
        futures = [self.client.submit(function, *piece, pure=False) for piece in work]
        try:
            for future in futures:
                yield future.result()
        finally:
            self.client.cancel(futures)

    def executor(self) -> Executor:
        """Give an executor whose calls are made by whichever worker is free."""
        executor: Executor = self.client.get_executor(pure=False)
        return executor

    def everywhere(self, thing: Any) -> Any:
        """Give what stands for a thing in calls: the thing itself is sent to each worker once."""
        return self.client.scatter(thing, broadcast=True, hash=False)

    def died(self, error: BaseException) -> bool:
        """Whether an error of a call says that the workers which made it ended, one after another."""
        return isinstance(error, KilledWorker)


@contextmanager
def connected(address: str) -> Iterator[DaskSchedule]:
    """Give the scheduler at an address; SchedulerError if none answers within ten seconds."""
    connect: Any = Client
    try:
        client = connect(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise SchedulerError(
            f"no Dask scheduler answers at {address}",
            remedy="start it (`dask scheduler`), or leave the setting `scheduler` empty",
        ) from error
    try:
        yield DaskSchedule(client)
    finally:
        client.close()

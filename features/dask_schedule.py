"""Pieces of work on a Dask cluster, whose workers see the same files under the same paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from distributed import Client

from features.errors import SchedulerError

_PATIENCE = 10.0


class DaskSchedule:
    """A connection to a Dask scheduler."""

    def __init__(self, client: Any) -> None:
        self._client = client

    @property
    def workers(self) -> int:
        """Workers of the cluster."""
        return max(1, len(self._client.scheduler_info(n_workers=-1)["workers"]))

    def run(self, function: Callable[..., Any], work: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
        """Give what the function makes of each piece."""
        futures = [self._client.submit(function, *piece, pure=False) for piece in work]
        try:
            for future in futures:
                yield future.result()
        finally:
            self._client.cancel(futures)


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

"""One answer for one key: who asks while the first is at work is told to ask again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from serving.desk import Reply
from serving.problem import Problem

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Settled:
    """What a key stands for: the request it was first used with, and the reply to that."""

    request: Request
    reply: Reply


class Once:
    """Requests at work, by key. The work goes on even if all who wait for it have gone.

    >>> async def twice():
    ...     once, made = Once(), []
    ...     async def work():
    ...         made.append("made")
    ...         return Settled({"a": 1}, Reply("d1", "green", "", b"{}"))
    ...     asked = (once.settle("key", {"a": 1}, work) for _ in range(2))
    ...     return made, await asyncio.gather(*asked, return_exceptions=True)
    >>> made, (reply, refusal) = asyncio.run(twice())
    >>> made, reply.decision_id, refusal.status
    (['made'], 'd1', 409)
    """

    def __init__(self) -> None:
        self._at_work: dict[Hashable, tuple[Request, asyncio.Task[Settled]]] = {}

    async def settle(
        self, key: Hashable, request: Request, work: Callable[[], Coroutine[Any, Any, Settled]]
    ) -> Reply:
        """Give the reply under the key.

        Raises Problem 422 if the key stands for another request, 409 if this one is at work already.
        """
        if key in self._at_work:
            first, _ = self._at_work[key]
            _same(first, request)
            raise _in_flight()
        task = asyncio.create_task(work())
        self._at_work[key] = (request, task)
        task.add_done_callback(lambda done: self._finished(key, done))
        settled = await asyncio.shield(task)
        _same(settled.request, request)
        return settled.reply

    async def drain(self) -> None:
        """Wait until nothing is at work."""
        await asyncio.gather(*(task for _, task in self._at_work.values()), return_exceptions=True)

    def _finished(self, key: Hashable, task: asyncio.Task[Settled]) -> None:
        """Forget the work; looking at its error keeps asyncio from reporting that nobody waited for it."""
        del self._at_work[key]
        if not task.cancelled():
            task.exception()


def _same(first: Request, request: Request) -> None:
    if first != request:
        raise Problem(
            422,
            "key-reused",
            "The key stands for another request",
            "send an amendment as a new version; use each Idempotency-Key for one request",
        )


def _in_flight() -> Problem:
    return Problem(
        409,
        "in-flight",
        "The request is at work",
        "send it again after Retry-After seconds, with the same key, for its answer",
        headers={"Retry-After": "1"},
    )

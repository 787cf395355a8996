"""Many declarations over one connection: a line each, answered line by line while more are coming."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.types import Receive, Scope, Send

from serving.desk import Reply
from serving.journal import Journal
from serving.media import NDJSON
from serving.metrics import Metrics
from serving.problem import Problem, failed
from serving.respond import SECURITY
from serving.settings import ServingSettings

Decide = Callable[[bytes], Awaitable[Reply]]

_AT_ONCE = 4
"""Lines at work of one batch: the others wait, so that single requests find their turn."""

_AGAIN_SECONDS = 0.05


class Batch:
    """ASGI application: answers 200 at once, then a JSON object a line, in the order of the lines that come.

    Each holds `line`, its number from 1 on, `status` as of a request of its own, and `answer` or `problem`.
    Lines are read no faster than they are decided. A line that cannot be taken in for its length, or comes
    too slowly, is answered and ends the batch.
    """

    def __init__(self, decide: Decide, settings: ServingSettings, journal: Journal, metrics: Metrics) -> None:
        self.decide = decide
        self.settings = settings
        self.journal = journal
        self.metrics = metrics

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", NDJSON.encode()), *SECURITY]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        waiting: asyncio.Queue[asyncio.Task[bytes] | None] = asyncio.Queue(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take_in(receive, waiting, group))
            while (answer := await waiting.get()) is not None:
                await send({"type": "http.response.body", "body": await answer, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def _take_in(
        self, receive: Receive, waiting: asyncio.Queue[asyncio.Task[bytes] | None], group: asyncio.TaskGroup
    ) -> None:
        number = 0
        try:
            async for line in self._lines(receive):
                number += 1
                if line:
                    await waiting.put(group.create_task(self._answer(number, line)))
        except Problem as problem:
            await waiting.put(group.create_task(self._refused(number + 1, problem)))
        await waiting.put(None)

    async def _lines(self, receive: Receive) -> AsyncIterator[bytes]:
        """Give lines without their ends, empty ones too; raises Problem 408 and 413."""
        held, most, count = bytearray(), self.settings.max_body_bytes, 0
        until, more = self._patience(), True
        while more:
            part, more = await self._part(receive, until)
            held += part
            while (end := held.find(b"\n")) >= 0 and end <= most:
                count += 1
                if count > self.settings.max_batch:
                    raise _too_many(self.settings.max_batch)
                yield bytes(held[:end]).strip()
                del held[: end + 1]
                until = self._patience()
            if len(held) > most:
                raise _too_long(most)
        yield bytes(held).strip()

    def _patience(self) -> float:
        """The instant until which the next line must be whole."""
        return asyncio.get_running_loop().time() + self.settings.body_seconds

    async def _part(self, receive: Receive, until: float) -> tuple[bytes, bool]:
        """Give the next part of the body, and whether more is coming; raises Problem 408."""
        try:
            async with asyncio.timeout_at(until):
                message = await receive()
        except TimeoutError:
            remedy = f"send the next line within {self.settings.body_seconds:g} seconds, or end the batch"
            raise Problem(408, "slow-body", "The next line took too long", remedy) from None
        return message.get("body", b""), message["type"] == "http.request" and message.get("more_body", False)

    async def _answer(self, number: int, line: bytes) -> bytes:
        """Decide on one line; whatever it was, it has an answer."""
        try:
            reply = await self._decided(line)
        except Problem as problem:
            return await self._refused(number, problem)
        except Exception as error:  # noqa: BLE001 - the other lines are to be decided all the same
            self.journal.failure("failed", error)
            return await self._refused(number, failed())
        self.journal.note(
            "line",
            line=number,
            status=200,
            decision=reply.decision_id,
            lane=reply.lane,
            degraded=reply.degraded or None,
        )
        return b'{"line":%d,"status":200,"answer":%b}\n' % (number, reply.body)

    async def _decided(self, line: bytes) -> Reply:
        """Decide; a line like one that is still at work waits for that."""
        until = time.monotonic() + self.settings.answer_seconds
        while True:
            try:
                return await self.decide(line)
            except Problem as problem:
                if problem.kind != "in-flight" or time.monotonic() > until:
                    raise
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _refused(self, number: int, problem: Problem) -> bytes:
        self.metrics.refused(problem.kind)
        self.journal.note("line", line=number, status=problem.status, problem=problem.kind)
        return b'{"line":%d,"status":%d,"problem":%b}\n' % (number, problem.status, problem.body())


def _too_long(most: int) -> Problem:
    return Problem(413, "too-large", "The line is too long", f"send lines of at most {most} bytes")


def _too_many(most: int) -> Problem:
    return Problem(413, "too-many-lines", "The batch is too long", f"send at most {most} lines at once")

"""A deadline for each request that leaves nothing behind once the answer starts.

It stands in for BentoML's own: that one sets a timer for each request and never takes it back, so every
finished request stays alive until its timer fires, and each full garbage collection walks all of them.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problem import Problem
from serving.respond import send_problem


class Deadline:
    """ASGI middleware: answers 503 if the application has not begun to answer within `timeout` seconds.

    The work of a request that is cut off may still be committed: sent again under the same key it gets the
    recorded answer.

    >>> async def asleep(scope, receive, send): await asyncio.sleep(9)
    >>> async def show(message): print(message.get("status", message["type"]))
    >>> asyncio.run(Deadline(asleep, timeout=0.01)({"type": "http"}, None, show))
    503
    http.response.body
    """

    def __init__(self, app: ASGIApp, timeout: float) -> None:
        self.app = app
        self.timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False
        timer = asyncio.timeout(self.timeout)

        async def watched(message: Message) -> None:
            nonlocal started
            if not started:
                started = True
                timer.reschedule(None)
            await send(message)

        try:
            async with timer:
                await self.app(scope, receive, watched)
        except TimeoutError:
            if started:
                raise
            await send_problem(send, _too_late())


def _too_late() -> Problem:
    return Problem(
        503,
        "deadline",
        "The answer took too long",
        "treat the declaration as for manual review and send it again with the same key: "
        "if it was decided meanwhile, that decision is the answer",
        headers={"Retry-After": "1"},
    )

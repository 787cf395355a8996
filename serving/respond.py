"""Answers as ASGI messages, all with the same guarding headers."""

from __future__ import annotations

from starlette.types import Send

from serving.problem import CONTENT_TYPE, Problem

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""Sent with every answer: nothing of it is kept, framed, guessed at or passed on."""


async def send_problem(send: Send, problem: Problem, *, last: bool = True, close: bool = False) -> None:
    """Send the problem as the whole answer; with `last` False the caller ends it with an empty body.

    `close` asks the server to close the connection after the answer.
    """
    body = problem.body()
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        *SECURITY,
        *((name.lower().encode(), value.encode()) for name, value in problem.headers.items()),
    ]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": not last})

"""A connection of the server, bounded before there is a request.

uvicorn takes heads of any size for any time, and answers what is no HTTP in plain text.
"""

from __future__ import annotations

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from http import HTTPStatus
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from serving.problem import CONTENT_TYPE, Problem
from serving.respond import SECURITY

MOST_BYTES = 65_536
"""Of a head, or of what stands around the parts of a body that comes in chunks."""

_LINGER_SECONDS = 0.5


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's protocol; a head of more than 64 KB or of more than `seconds` ends the connection.

    What is no HTTP/1.1 is refused, as those are, by problem details. There is no other protocol to change
    to, and no header behind a body: one that came there would be taken for one of the head.
    """

    seconds = 5.0
    told: ClassVar[Callable[[str], None]] = staticmethod(lambda _kind: None)
    """Is told the kind of each problem by which a connection ends."""

    _refused = False
    _around = 0
    _in_head = False
    _part = 0
    _timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take what comes, and end the connection if that is no head, or too much of one."""
        if self._refused:
            return
        self._part = len(data)
        self._around += self._part
        super().data_received(data)
        if self._around > MOST_BYTES:
            self._refuse(_too_large())
        elif self._in_head and self._timer is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Count anew."""
        self._in_head, self._around = True, self._part
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of the head."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Let the request begin."""
        self._in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body: it makes up for the bytes around it."""
        self._around = max(0, self._around - 2 * len(body))
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server's words for all that it cannot read
        """Refuse what is no HTTP."""
        self._refuse(_unreadable())

    def _should_upgrade_to_ws(self) -> bool:
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: the guard answers."""

    def _await_head(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self._in_head:
            self._refuse(_too_slow(self.seconds))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer, unless an answer is on its way, and end the connection once the caller could read it."""
        self._refused = True
        type(self).told(problem.kind)
        under_way = self.cycle is not None and not self.cycle.response_complete
        if under_way:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not (under_way and self.cycle.response_started):
            self.transport.write(_answer(problem))
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)


def _answer(problem: Problem) -> bytes:
    body = problem.body()
    status = HTTPStatus(problem.status)
    headers = (
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
        *SECURITY,
    )
    lines = [b"HTTP/1.1 %d %b" % (status, status.phrase.encode()), *(b"%b: %b" % pair for pair in headers)]
    return b"\r\n".join([*lines, b"", body])


def _unreadable() -> Problem:
    return Problem(400, "not-http", "The request cannot be read", "send HTTP/1.1 as RFC 9112 has it")


def _too_large() -> Problem:
    return Problem(
        431,
        "head-too-large",
        "The head of the request is too large",
        f"send at most {MOST_BYTES} bytes before the body",
    )


def _too_slow(seconds: float) -> Problem:
    return Problem(
        408,
        "slow-head",
        "The head of the request took too long",
        f"send all of it within {seconds:g} seconds",
    )

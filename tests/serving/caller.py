"""Calls an ASGI application as a server would, without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Caller:
    """Calls one application; `headers` go with every call."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] | None = None) -> None:
        self.app = app
        self.headers = dict(headers or {})

    def get(self, path: str, **headers: str) -> Answer:
        """GET a path; names of headers with underscores for hyphens."""
        return self.call("GET", path, headers=_named(headers))

    def post(self, path: str, content: object, **headers: str) -> Answer:
        """POST JSON; bytes are sent as they are."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.call("POST", path, [body], {"content-type": "application/json", **_named(headers)})

    def call(
        self,
        method: str,
        path: str,
        parts: Iterable[bytes] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send the parts of a body one after the other."""
        return asyncio.run(self.acall(method, path, parts, headers))

    async def acall(
        self,
        method: str,
        path: str,
        parts: Iterable[bytes] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """See `call`."""
        pending, sent = iter(parts), []

        async def receive() -> dict[str, Any]:
            part = next(pending, None)
            return {"type": "http.request", "body": part or b"", "more_body": part is not None}

        async def send(message: Any) -> None:
            sent.append(message)

        every = {**self.headers, **(headers or {})}
        encoded = [(name.lower().encode(), value.encode("latin-1")) for name, value in every.items()]
        path, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": encoded}
        await self.app({**scope, "query_string": query.encode()}, receive, send)
        start, *bodies = sent
        received = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], received, b"".join(body.get("body", b"") for body in bodies))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}

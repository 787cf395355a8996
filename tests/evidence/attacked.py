"""A running service that takes bad requests: what it answers, holds open, remembers and records."""

from __future__ import annotations

import atexit
import http.client
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.sqlite_store import SqliteLedger
from serving.run import Running, start
from serving.wiring import ServiceWiring
from tests.evidence.bad_request import DECISIONS, Answer, BadRequest, declaration, post
from tests.serving.places import bundle, profiles, promote, workspace

BODY_SECONDS = 0.5
_PATIENCE = 20.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Attacked:
    """A running service with a model, histories and one decision in its ledger."""

    running: Running
    wiring: ServiceWiring

    def ask(self, asked: BadRequest) -> Answer:
        """Send a request over a connection of its own, as far as it is taken, and give what comes back."""
        address = self.running.host, self.running.port
        with socket.create_connection(address, _PATIENCE) as connection:
            began = time.monotonic()
            with suppress(ConnectionError):
                for part in asked.parts:
                    if isinstance(part, float):
                        time.sleep(part)
                    else:
                        connection.sendall(part)
            return _read(connection, asked, began)

    def decides(self) -> bool:
        """True if a sound declaration would be decided by the model."""
        sound = BadRequest("sound", (post(f"{DECISIONS}?dry_run=true", declaration()),), (200,))
        answer = self.ask(sound)
        return answer.status == 200 and json.loads(answer.body)["degraded"] == []

    @property
    def recorded(self) -> int:
        """Records in the ledger."""
        with SqliteLedger.open(self.wiring.ledger) as ledger:
            return ledger.count()

    @property
    def megabytes(self) -> float:
        """Resident memory of the server process."""
        pages = Path(f"/proc/{self._worker}/statm").read_text().split()[1]
        return int(pages) * _PAGE / 1e6

    @property
    def handles(self) -> int:
        """Files and connections that the server process holds open."""
        return len(list(Path(f"/proc/{self._worker}/fd").iterdir()))

    @property
    def _worker(self) -> int:
        master = self.running.process.pid
        return int(Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


@contextmanager
def attacked(folder: Path) -> Iterator[Attacked]:
    """Give a service to send bad requests to; it ends with the context."""
    wiring = workspace(folder, serving={"body_seconds": BODY_SECONDS, "watch_seconds": 0.1})
    promote(wiring, bundle(wiring).id)
    profiles(wiring)
    with start(wiring, log=folder / "service.log", seconds=120) as running:
        service = Attacked(running, wiring)
        decided = service.ask(BadRequest("first", (post(DECISIONS, declaration()),), (200,)))
        if decided.status != 200:
            raise ChildProcessError(f"the service decides nothing: {decided.body!r}")
        yield service


def kept_attacked() -> Attacked:
    """Give a service that ends with this process."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(TemporaryDirectory())
    return stack.enter_context(attacked(Path(folder)))


def _read(connection: socket.socket, asked: BadRequest, began: float) -> Answer:
    method = "HEAD" if asked.parts[0].startswith(b"HEAD ") else None  # type: ignore[union-attr]
    answer = http.client.HTTPResponse(connection, method=method)
    try:
        answer.begin()
        body = answer.read()
    except (http.client.HTTPException, ConnectionError):
        return Answer(0, "", b"", time.monotonic() - began)
    return Answer(answer.status, answer.getheader("Content-Type", ""), body, time.monotonic() - began)

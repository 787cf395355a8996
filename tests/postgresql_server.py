"""A real PostgreSQL on a free port of this machine, with nothing in it, and always stopped."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
"""Where Debian keeps the server's programs, which it puts on no path."""

_USER = "postgres" if os.geteuid() == 0 else None
"""Who runs the server, which refuses to be root."""


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([*map(str, _DEBIAN), os.environ.get("PATH", "")]))


needs_postgresql = pytest.mark.skipif(_program("postgres") is None, reason="no PostgreSQL installed")


class PostgresqlServer:
    """A server that can be stopped and started again, and then holds what it held."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        _run("initdb", "--pgdata", self._data, "--username", "tamiz", "--auth", "trust", "--no-sync")

    def url_of(self, database: str = "postgres") -> str:
        return f"postgresql://tamiz@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> None:
        """Make an empty database of that name."""
        _run("createdb", "--host", "127.0.0.1", "--port", self.port, "--username", "tamiz", database)

    def start(self) -> None:
        options = {
            "port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off",
        }  # fmt: skip
        said = [f"--{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [str(_program("postgres")), "-D", str(self._data), *said],
            user=_USER,
            cwd="/",
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if _answers(self.port):
                return
            time.sleep(0.02)
        raise AssertionError("postgres did not start")

    def stop(self) -> None:
        """Stop at once, as when the machine loses its power."""
        if self._process:
            self._process.send_signal(3)
            self._process.wait()
            self._process = None


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    if _program("postgres") is None:
        pytest.skip("no PostgreSQL installed")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if _USER:
            shutil.chown(folder, _USER)
        server = PostgresqlServer(folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _answers(port: int) -> bool:
    """Whether it takes connections, which it does not yet while it is recovering."""
    ready = [str(_program("pg_isready")), "--host", "127.0.0.1", "--port", str(port), "--quiet"]
    return subprocess.run(ready, check=False).returncode == 0


def _run(name: str, *arguments: object) -> None:
    subprocess.run(
        [str(_program(name)), *map(str, arguments)],
        user=_USER,
        cwd="/",
        check=True,
        stdout=subprocess.DEVNULL,
    )

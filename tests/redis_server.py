"""A real Redis on a free port of this machine, kept in memory alone, and always stopped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

needs_redis = pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server installed")


class RedisServer:
    """A server that can be stopped and started again on its port; it then holds nothing."""

    def __init__(self, folder: str, options: tuple[str, ...], *, tls: bool) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        ports = ["--port", "0", "--tls-port"] if tls else ["--port"]
        self._command = ["redis-server", *ports, str(self.port), "--bind", "127.0.0.1", "--dir", folder]
        self._command += ["--save", "", "--appendonly", "no", *options]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.01)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def redis_server(*options: str, tls: bool = False) -> Iterator[RedisServer]:
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server installed")
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(folder, options, tls=tls)
        try:
            server.start()
            yield server
        finally:
            server.stop()

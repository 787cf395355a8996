"""Starts the service as a process of its own, and always ends it."""

from __future__ import annotations

import http.client
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import serving
from features.profile_settings import URL_VARIABLE
from ledger.settings import KEYS_URL_VARIABLE
from ledger.settings import URL_VARIABLE as LEDGER_URL_VARIABLE
from selection.rules import RuleBook
from selection.settings import QUOTA_URL_VARIABLE
from serving.errors import ServingError, ServingInputError
from serving.guard import LIVE
from serving.parent import PARENT
from serving.wiring import VARIABLE, ServiceWiring

Progress = Callable[[str, int, int], None]
Tell = Callable[[str], None]

_STEPS = 3
_STARTED = "service"
_GRACE_SECONDS = 5
_STOP_SECONDS = 15.0
_TAIL = 2_000


def silent(_label: str, _done: int, _total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Running:
    """A service that answers: where, its master process, and the file its log goes to."""

    host: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path | None

    @property
    def url(self) -> str:
        """Where it answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def serve(wiring: ServiceWiring, host: str, port: int, workers: int, *, listening: Tell) -> int:
    """Run the service until Ctrl-C or SIGTERM; gives the exit status (0 for a stop that was asked for).

    `listening` is told where, once the service answers there. Raises ServingInputError, before anything is
    started, for an address that cannot be used and for stores that cannot be written.
    """
    placed = _placed(wiring, host, port, workers)
    check(placed)
    stopped = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _process(placed, log=None) as process:
            running, told = Running(host, port, process, log=None), False
            while not stopped and process.poll() is None:
                if not told and _answers(running):
                    listening(running.url)
                    told = True
                time.sleep(0.1)
            status = process.poll()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0 if stopped else (status or 0)


@contextmanager
def start(
    wiring: ServiceWiring,
    *,
    log: Path,
    host: str = "127.0.0.1",
    port: int | None = None,
    workers: int = 1,
    seconds: float = 60.0,
    progress: Progress = silent,
) -> Iterator[Running]:
    """Run the service in the background and give it once it answers; leaving stops it, whatever comes.

    Without `port` a free one is taken. Raises ServingError, with the end of the log, if it does not answer
    within `seconds`.
    """
    placed = _placed(wiring, host, port or _free_port(host), workers)
    check(placed)
    with _process(placed, log=log) as process:
        progress(_STARTED, 1, _STEPS)
        running = Running(host, placed.serving.port, process, log)
        _wait(running, time.monotonic() + seconds, progress)
        yield running


def check(wiring: ServiceWiring) -> None:
    """Raise InputError, naming the remedy, for what would keep the service from starting."""
    RuleBook(wiring.selection.rules)
    _check_address(wiring.serving.host, wiring.serving.port)
    for path in (wiring.ledger, wiring.quota, wiring.draw_key):
        _check_writable(path)


def _placed(wiring: ServiceWiring, host: str, port: int, workers: int) -> ServiceWiring:
    """Give the wiring with its address, and with its clock set going."""
    settings = wiring.serving.model_copy(update={"host": host, "port": port, "workers": workers})
    return wiring.model_copy(update={"serving": settings, "started_at": datetime.now(UTC)})


def _check_address(host: str, port: int) -> None:
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        raise ServingInputError(
            f"host {host!r} is no IP address", remedy="give one: 127.0.0.1 for this machine alone"
        ) from None
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise ServingInputError(
                f"port {port} is reserved for the system", remedy="choose a port from 1024 on with --port"
            ) from None
        except OSError as error:
            raise ServingInputError(
                f"port {port} on {host} cannot be used: {error.strerror}",
                remedy="stop what listens there, or choose another port with --port",
            ) from None


def _check_writable(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServingInputError(
            f"{path.parent} cannot be made: {error.strerror}",
            remedy="give the service a workspace that it may write",
        ) from None
    for target in (path.parent, path):
        if target.exists() and not os.access(target, os.W_OK):
            raise ServingInputError(
                f"{target} cannot be written",
                remedy="change the owner or mode of that path, or choose another workspace",
            )


@contextmanager
def _process(wiring: ServiceWiring, *, log: Path | None) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory(prefix="tamiz-serve-") as name:
        folder = Path(name)
        with _output(log) as output:
            process = subprocess.Popen(
                _command(wiring),
                cwd=Path(serving.__file__).parents[1],
                env=_environment(wiring, folder),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            _stop(process)


def _command(wiring: ServiceWiring) -> list[str]:
    settings = wiring.serving
    address = ["--host", settings.host, "--port", str(settings.port)]
    patience = ["--timeout-graceful-shutdown", str(_GRACE_SECONDS)]
    return [sys.executable, "-m", "bentoml", "serve", "serving.service:Decisions", *address, *patience]


def _environment(wiring: ServiceWiring, folder: Path) -> dict[str, str]:
    """Give the environment of the server: its own folders, no telemetry, and where its wiring lies."""
    file = folder / "wiring.json"
    file.write_text(wiring.model_dump_json(), "utf-8")
    file.chmod(0o600)
    counted = folder / "prometheus"
    counted.mkdir()
    urls = {
        URL_VARIABLE: wiring.profiles.url,
        QUOTA_URL_VARIABLE: wiring.selection.quota_url,
        LEDGER_URL_VARIABLE: wiring.ledger_settings.url,
        KEYS_URL_VARIABLE: wiring.ledger_settings.keys_url,
    }
    return {
        **os.environ,
        **{name: url.get_secret_value() for name, url in urls.items() if url},
        VARIABLE: str(file),
        PARENT: str(os.getpid()),
        "BENTOML_HOME": str(folder / "bentoml"),
        "BENTOML_DO_NOT_TRACK": "true",
        "DO_NOT_TRACK": "true",
        "OTEL_SDK_DISABLED": "true",
        "PROMETHEUS_MULTIPROC_DIR": str(counted),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    """Give the log file, or None: standard output is for data, so the server inherits standard error."""
    if log is None:
        yield sys.stderr.buffer
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        yield file


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the master, which ends its workers; what has not ended in time is killed."""
    if process.poll() is not None:
        return
    workers = _children(process.pid)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for child in (*workers, process.pid):
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        process.wait()


def _children(pid: int) -> list[int]:
    """Give the ids of a process's children, where the system tells (Linux)."""
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()))
    except OSError:
        return []


def _wait(running: Running, until: float, progress: Progress) -> None:
    while time.monotonic() < until:
        if running.process.poll() is not None:
            raise ServingError(
                f"the service ended at once{_tail(running.log)}", remedy="mend what its log names"
            )
        if _answers(running):
            progress(_STARTED, _STEPS, _STEPS)
            return
        progress(_STARTED, 2, _STEPS)
        time.sleep(0.05)
    raise ServingError(
        f"the service did not answer in time{_tail(running.log)}", remedy="see the end of its log"
    )


def _answers(running: Running) -> bool:
    connection = http.client.HTTPConnection(running.host, running.port, timeout=1)
    try:
        connection.request("GET", LIVE)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tail(log: Path | None) -> str:
    if log is None or not log.exists():
        return ""
    return "; its log ends: " + log.read_text("utf-8", "replace")[-_TAIL:].strip()


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port

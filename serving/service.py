"""The one place that knows BentoML: the application mounted in its server, behind the guard.

`serving.run` starts it with `bentoml serve serving.service:Decisions`. The service is built when it is first
asked for, since it needs the wiring of its process (see `serving.wiring`). The master process only reads name
and settings off it and starts the workers: what is heavy is imported and mounted in a worker alone.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bentoml
from bentoml._internal.context import server_context
from bentoml._internal.server.http import traffic
from bentoml._internal.utils import circus
from opentelemetry.instrumentation import asgi as opentelemetry_asgi
from starlette.types import ASGIApp
from uvicorn.protocols.http import auto as uvicorn_http

from serving.client_keys import ClientKeys
from serving.connection import BoundedConnection
from serving.deadline import Deadline
from serving.desk import OpenDesk
from serving.guard import Guard, Protection
from serving.journal import Journal
from serving.metrics import Metrics
from serving.parent import end_with_parent
from serving.wiring import ServiceWiring, read_wiring

_LOOK_SECONDS = 0.25


class InwardArbiter(circus.Arbiter):
    """The master's process manager, which can be told nothing from without, and misses no worker for long.

    BentoML gives it two ports on loopback over which any user of the machine could stop the service or start
    programs as it. It looks every ten seconds for workers that ended, and in a container it starts no other.
    """

    def __init__(self, watchers: Sequence[Any], *args: Any, **options: Any) -> None:
        for watcher in watchers:
            watcher.respawn = True
        inward = {"endpoint": "inproc://control", "pubsub_endpoint": "inproc://events"}
        super().__init__(watchers, *args, **{**options, **inward, "check_delay": _LOOK_SECONDS})


def __getattr__(name: str) -> Any:
    """Give the service, built once."""
    if name != "Decisions":
        raise AttributeError(name)
    end_with_parent(os.environ)
    os.environ["BENTOML_DO_NOT_TRACK"] = "true"
    os.environ["OTEL_SDK_DISABLED"] = "true"
    return globals().setdefault(name, _service(read_wiring(os.environ)))


def _service(wiring: ServiceWiring) -> Any:
    settings, journal, metrics = wiring.serving, Journal(wiring.now), Metrics(_counted_in(os.environ))
    # Looked up when the server is built. The first keeps finished requests alive until a timer fires; the
    # second, though tracing is off, takes every request apart for it.
    traffic.TimeoutMiddleware = Deadline  # type: ignore[misc, assignment]
    opentelemetry_asgi.OpenTelemetryMiddleware = _untraced  # type: ignore[misc, assignment]
    circus.Arbiter = InwardArbiter  # type: ignore[misc]
    BoundedConnection.seconds = settings.body_seconds
    BoundedConnection.told = partial(_refused, journal, metrics)
    uvicorn_http.AutoHTTPProtocol = BoundedConnection
    configured: Any = bentoml.service(
        name="tamiz",
        workers=settings.workers,
        traffic={"timeout": settings.answer_seconds},
        metrics={"enabled": False},
        logging={"access": {"enabled": False}},
    )
    is_worker = server_context.worker_index is not None
    service = (
        _with_engine(configured, wiring, journal, metrics)
        if is_worker
        else configured(type("Decisions", (), {}))
    )
    keys = ClientKeys(wiring.client_keys)
    service.add_asgi_middleware(Guard, protection=Protection(settings, keys, wiring.now, journal, metrics))
    return service


def _refused(journal: Journal, metrics: Metrics, kind: str) -> None:
    """Take down what was refused before there was a request."""
    metrics.refused(kind)
    journal.note("refused", problem=kind)


def _counted_in(environment: Mapping[str, str]) -> Path | None:
    """The folder in which the figures of all server processes are counted together."""
    folder = environment.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(folder) if folder else None


def _untraced(app: ASGIApp, **_: object) -> ASGIApp:
    return app


def _with_engine(configured: Any, wiring: ServiceWiring, journal: Journal, metrics: Metrics) -> Any:
    from serving.app import Application  # noqa: PLC0415 - half of the start of a master that never needs it
    from serving.engine import Engine  # noqa: PLC0415 - as above

    engine = Engine(wiring, journal, metrics)
    service = configured(_process_of(engine))
    application = Application(engine, wiring.serving, wiring.intake, journal, metrics)
    service.mount_asgi_app(application, path="/v1", name="v1")
    return service


def _process_of(engine: OpenDesk) -> type:
    """Give the class whose one instance lives as long as a server process."""

    class Decisions:
        """Keeps the engine open."""

        @bentoml.on_startup  # type: ignore[untyped-decorator]
        def open(self) -> None:
            """Open the engine, and put what stays out of the garbage collector's sight."""
            engine.open()
            gc.collect()
            gc.freeze()

        @bentoml.on_shutdown  # type: ignore[untyped-decorator]
        def close(self) -> None:
            """Close the engine."""
            engine.close()

    return Decisions

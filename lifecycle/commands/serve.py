"""`tamiz serve` and `tamiz mlflow`: what listens, both on this machine unless told otherwise."""

from __future__ import annotations

from typing import Annotated

import typer

from lifecycle.session import Session, command


def add_to(app: typer.Typer) -> None:
    """Add `serve` and `mlflow` to the command line."""
    app.command("serve")(serve)
    app.command("mlflow")(mlflow)


@command
def serve(
    context: typer.Context,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; beyond loopback put TLS in front.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes.")] = None,
) -> None:
    """Start the decision service.

    Ctrl-C ends it. Its log goes to standard error.

    \b
    tamiz serve --port 3000
    """
    from lifecycle import keys
    from lifecycle.console import talk
    from lifecycle.wiring import service_wiring
    from serving.run import serve as run
    from training.promotion import read_champion

    session: Session = context.obj
    wiring, settings = service_wiring(session), session.serving
    if not keys.clients(session.workspace):
        talk.print("no client may call yet; next: tamiz keys create NAME --role clearance")
    if read_champion(session.workspace.bundles) is None:
        talk.print("no champion yet: rules and random draws decide until one is promoted")
    address = (host or settings.host, port or settings.port)
    raise typer.Exit(run(wiring, *address, workers or settings.workers, listening=_say_where))


def _say_where(url: str) -> None:
    from lifecycle.console import talk

    talk.print(f"listening on {url}/v1/decisions", soft_wrap=True)


@command
def mlflow(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on, at 127.0.0.1.")] = 5000,
) -> None:
    """Open MLflow's web page of the training runs.

    On loopback; Ctrl-C ends it.
    """
    import os
    import sys

    from lifecycle.console import talk
    from training.tracking import Tracker
    from training.tracking_page import serve_ui

    session: Session = context.obj
    _refuse_used(port)
    arguments, environment = serve_ui(Tracker(session.workspace.create().mlruns).folder, port=port)
    talk.print(f"http://127.0.0.1:{port}")
    raise typer.Exit(_until_told([sys.executable, "-m", *arguments], {**os.environ, **environment}))


def _until_told(command: list[str], environment: dict[str, str]) -> int:
    """Run a server with all that it starts until it ends, or Ctrl-C or SIGTERM ends it: then status 0."""
    import os
    import signal
    import subprocess
    from contextlib import suppress

    told = False

    def end(_signal: int, _frame: object) -> None:
        nonlocal told
        told = True
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)

    process = subprocess.Popen(command, env=environment, start_new_session=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    status = process.wait()
    return 0 if told else status


def _refuse_used(port: int) -> None:
    import socket

    from customs.errors import InputError

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(
                f"port {port} cannot be used: {error.strerror}", remedy="choose another port with --port"
            ) from None

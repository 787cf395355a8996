"""The command line: `tamiz --help` shows it all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from lifecycle.commands import (
    audit,
    demo,
    features,
    intake,
    keys,
    learn,
    models,
    serve,
    simulate,
    sources,
    watch,
)
from lifecycle.session import Session

app = typer.Typer(
    name="tamiz",
    help="Tamiz, a fine sieve: the whole life of customs risk models.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

for module in (demo, intake, sources, features, learn, models, serve, watch, audit, keys, simulate):
    module.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tamiz {version('tamiz')}")
        raise typer.Exit


@app.callback()
def _global(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(envvar="TAMIZ_WORKSPACE", help="Folder that holds data, models, keys and reports."),
    ] = Path(),
    configs: Annotated[
        Path | None,
        typer.Option(
            envvar="TAMIZ_CONFIGS", help="Folder of settings files; default: configs/ of the workspace."
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and end.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    del version
    if configs and not configs.is_dir():
        raise typer.BadParameter(f"{configs} is not a folder", param_hint="--configs")
    context.obj = Session(root=workspace, configs=configs, debug=debug)


def main() -> None:
    """Run the command line; nothing that it starts reports to anybody."""
    for name in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "BENTOML_DO_NOT_TRACK"):
        os.environ[name] = "true"
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    app(prog_name="tamiz")
    sys.exit(0)

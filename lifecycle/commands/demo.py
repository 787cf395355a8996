"""`tamiz demo`: all of it, once."""

from __future__ import annotations

import typer

from lifecycle.session import Session, command


def add_to(app: typer.Typer) -> None:
    """Add `demo` to the command line."""
    app.command("demo")(demo)


@command
def demo(context: typer.Context) -> None:
    """Live through the whole life of a risk model.

    On a simulated world, in the workspace, in about a minute. It can be run again.

    \b
    tamiz --workspace demo demo
    """
    from lifecycle.console import data, progress
    from lifecycle.demo import demo as live
    from lifecycle.demo_page import page

    session: Session = context.obj
    with progress() as report:
        shown = live(session, report)
    for part in page(shown, session.root):
        data.print(part, soft_wrap=isinstance(part, str))

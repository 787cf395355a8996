"""`tamiz simulate`: a synthetic world with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lifecycle.session import Session, command


def add_to(app: typer.Typer) -> None:
    """Add `simulate world` to the command line."""
    group = typer.Typer(
        help="Simulate what the platform could meet.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("world")(world)
    app.add_typer(group, name="simulate")


@command
def world(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write the world into.")],
    declarations: Annotated[
        int | None, typer.Option(min=100, max=20_000_000, help="How many declarations.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same world.")] = None,
) -> None:
    """Write a world of declarations and outcomes.

    What the platform sees and, apart from it, the truth.

    \b
    tamiz simulate world -o world --declarations 30000 --seed 1
    """
    from lifecycle.console import progress, talk
    from lifecycle.output import check_output
    from simulation.world import simulate

    session: Session = context.obj
    chosen = {"declarations": declarations, "seed": seed}
    settings = session.simulation.model_copy(update={k: v for k, v in chosen.items() if v is not None})
    check_output(output, session.workspace)
    with progress() as report:
        simulated = simulate(settings, report)
        simulated.write(output)
    talk.print(
        f"{simulated.items.height:,} items of {settings.declarations:,} declarations are in {output}",
        soft_wrap=True,
    )
    talk.print(
        f"next: tamiz ingest {output}/items.parquet --format canonical --outcomes {output}/outcomes.parquet",
        soft_wrap=True,
    )
    talk.print(
        f"reference tables, simulated: tamiz sources add {output}/references/tariff.csv --kind tariff; "
        "the others likewise, each file is named after its kind",
        soft_wrap=True,
    )

"""`tamiz features`: what there is to learn from, what each name means, and the figures of a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.session import FORMATS, Session, command
from lifecycle.tongue import Tongue

if TYPE_CHECKING:
    from features.dictionary import Entry
    from features.translation import Say

Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Language = Annotated[Tongue, typer.Option("--language", help="Of what is shown.")]


def add_to(app: typer.Typer) -> None:
    """Add the `features` group to the command line."""
    told = "Features: list, show, compute, backfill."
    group = typer.Typer(help=told, no_args_is_help=True, rich_markup_mode=None)
    group.command("list")(list_features)
    group.command("show")(show)
    group.command("compute")(compute)
    group.command("backfill")(backfill)
    app.add_typer(group, name="features")


@command
def list_features(
    context: typer.Context,
    group: Annotated[
        str | None,
        typer.Option(help="Only this: a reason code, an entity of history, declaration or outcome."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Fields, history and reference values as well.")
    ] = False,
    language: Language = Tongue.EN,
    as_json: Json = False,
) -> None:
    """List the features, with what each is made of.

    \b
    tamiz features list --group unit_value --language es
    """
    from dataclasses import asdict

    from features.translation import spoken
    from lifecycle.console import data, emit
    from lifecycle.tables import dictionary_table

    del context
    say = spoken(language.value)
    found = _chosen(group, say, every=every)
    if as_json:
        emit({"entries": [asdict(one) for one in found]})
    else:
        data.print(dictionary_table(found, data.width, say))


@command
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A field, value or feature.")],
    language: Language = Tongue.EN,
    as_json: Json = False,
) -> None:
    """Show what a name means: unit, source, when it was known, whom it tells of.

    \b
    tamiz features show importer_relative_rate --language es
    """
    from dataclasses import asdict

    from features.dictionary import dictionary, named
    from features.translation import spoken
    from lifecycle.console import data, emit
    from lifecycle.tables import entry_table

    del context
    say = spoken(language.value)
    found = named(name, dictionary(say=say))
    if as_json:
        emit({"entries": [asdict(one) for one in found]})
        return
    for one in found:
        data.print(entry_table(one, say))


@command
def compute(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(readable=False, help="File of declarations.")],
    format_: Annotated[str, typer.Option("--format", help=FORMATS)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where they go: .csv or .parquet.")],
    history: Annotated[bool, typer.Option("--history", help="Add the history and reference values.")] = False,
    as_json: Json = False,
) -> None:
    """Compute the features of a file, as of each item's own day.

    No model is needed. Of several versions of an item only the newest is computed. Of the file the workspace
    keeps nothing but the rows that were refused, in its quarantine.

    \b
    tamiz features compute items.csv --format canonical -o features.parquet
    """
    from dataclasses import asdict

    from lifecycle.compute import compute as write
    from lifecycle.console import emit, progress, talk
    from lifecycle.refusals import tell_refused

    session: Session = context.obj
    with progress() as report:
        done = write(
            session,
            file,
            source=session.source_format(format_),
            output=output,
            history=history,
            now=datetime.now(UTC),
            progress=report,
        )
    if as_json:
        emit(asdict(done))
        return
    talk.print(
        f"features of {done.items:,} items into {output}, codes and strengths of {done.learnt}",
        soft_wrap=True,
    )
    tell_refused(done.refused)


@command
def backfill(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder where they go.")],
    names: Annotated[
        list[str] | None, typer.Option("--name", help="Only this history value; can be repeated.")
    ] = None,
) -> None:
    """Write the history values of every item of the lake, as of its own day.

    Parquet to Parquet, in memory that does not grow with the rows; `scheduler` in history.yaml has it made by
    several processes, or by a Dask cluster. What stood in the folder before is replaced when all is written.

    \b
    tamiz features backfill -o histories
    """
    from lifecycle.backfill import backfill as write
    from lifecycle.console import progress, talk

    session: Session = context.obj
    with progress() as report:
        write(session, output=output, names=names or (), progress=report)
    talk.print(f"histories are in {output}: features.read_backfill({str(output)!r})", soft_wrap=True)


def _chosen(group: str | None, say: Say, *, every: bool) -> tuple[Entry, ...]:
    from features.dictionary import What, dictionary, unknown_name
    from features.recipe import FEATURES
    from scoring.words import check_words

    check_words(feature.group for feature in FEATURES)
    entries = dictionary(say=say)
    if group is None:
        return tuple(one for one in entries if every or one.what is What.FEATURE)
    groups = list(dict.fromkeys(one.group for one in entries))
    if group not in groups:
        raise unknown_name("group", group, groups)
    return tuple(one for one in entries if one.group == group)

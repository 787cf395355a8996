"""`tamiz train`, `tamiz backtest`, `tamiz score`: learn, prove it on the past, use it on a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from customs.errors import InputError
from lifecycle.session import FORMATS, Session, command

if TYPE_CHECKING:
    from training.settings import TrainingSettings

Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Trials = Annotated[int | None, typer.Option(min=1, help="Finished trials of the risk study.")]
Timeout = Annotated[
    float | None, typer.Option(min=0, metavar="SECONDS", help="No trial of a study starts after so long.")
]
Workers = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Processes of this machine that judge trials.")
]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of everything random.")]


def add_to(app: typer.Typer) -> None:
    """Add `train`, `backtest` and `score` to the command line."""
    app.command("train")(train)
    app.command("backtest")(backtest)
    app.command("score")(score)


@command
def train(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="Settings of training; default: training.yaml of --configs.")
    ] = None,
    trials: Trials = None,
    timeout: Timeout = None,
    workers: Workers = None,
    study: Annotated[str | None, typer.Option(help="Name of the study; default: a new one.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the study of that name.")] = False,
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from-run", metavar="ID", help="Take the parameters of an earlier run, without a study."
        ),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", help="Name of the trainer's key, where there are several.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Learn from the lake, and sign a model.

    Study, fit, calibrate, evaluate once on the newest part, sign a bundle, record the run.

    \b
    tamiz train --trials 30 --key trainer
    """
    from lifecycle.console import data, emit, progress, talk
    from lifecycle.tables import evaluation_tables
    from lifecycle.train import train as learn
    from training.report import report_to_json

    if resume and not study:
        raise InputError("--resume: no study is named", remedy="name the one to go on with: --study NAME")
    session: Session = context.obj
    with session.workspace.writing(), progress() as report:
        done = learn(
            session,
            settings=_settings(session, config, trials=trials, timeout_seconds=timeout, workers=workers),
            study=study,
            resume=resume,
            from_run=from_run,
            key=key,
            now=datetime.now(UTC),
            progress=report,
        )
    if as_json:
        told = {"bundle_id": done.bundle_id, "run_id": done.run_id, "interrupted": done.interrupted}
        emit({**told, "report": report_to_json(done.report)})
        return
    for table in evaluation_tables(done.report):
        data.print(table)
    for sentence in done.report.words:
        talk.print(f"- {sentence['en']}", markup=False, soft_wrap=True)
    if done.interrupted:
        talk.print("the study was interrupted: this is the best of the trials that it had finished")
    talk.print(f"model {done.bundle_id}, run {done.run_id}, page {done.page}", soft_wrap=True)
    talk.print(f"next: tamiz models promote {done.bundle_id} --key NAME", soft_wrap=True)


@command
def backtest(
    context: typer.Context,
    train_files: Annotated[list[Path], typer.Option("--train", readable=False, help="Files to learn from.")],
    test_files: Annotated[list[Path], typer.Option("--test", readable=False, help="Files to score.")],
    format_: Annotated[str, typer.Option("--format", help=FORMATS)],
    valid_files: Annotated[
        list[Path] | None,
        typer.Option(
            "--valid",
            readable=False,
            help="Files that choose and calibrate; default: the last tenth of train.",
        ),
    ] = None,
    outcomes: Annotated[
        Path | None,
        typer.Option(readable=False, help="Canonical outcomes, each counting from its known_at on."),
    ] = None,
    trials: Trials = None,
    timeout: Timeout = None,
    workers: Workers = None,
    seed: Seed = None,
    scores: Annotated[Path | None, typer.Option(help="CSV file for the scores of the test items.")] = None,
    as_json: Json = False,
) -> None:
    """Learn from one file, judge on a later one.

    Nothing of the workspace is read or changed.

    \b
    tamiz backtest --train 2024.csv --test 2025.csv --format canonical
    """
    from dataclasses import asdict

    from lifecycle.backtest import Files, write_scores
    from lifecycle.backtest import backtest as look_back
    from lifecycle.console import data, emit, progress, talk
    from lifecycle.output import check_output
    from lifecycle.refusals import tell_refused
    from lifecycle.tables import evaluation_tables
    from training.report import report_to_json

    session: Session = context.obj
    files = Files(train_files, test_files, valid_files or (), outcomes)
    source = session.source_format(format_)
    if scores:
        check_output(scores, session.workspace, [*files.every(), Path(source)])
    with progress() as report:
        done = look_back(
            session,
            files,
            source=source,
            settings=_settings(
                session, None, trials=trials, timeout_seconds=timeout, workers=workers, seed=seed
            ),
            now=datetime.now(UTC),
            progress=report,
        )
    if scores:
        write_scores(done.scores, scores)
    if as_json:
        emit(
            {
                "items": done.scores.height,
                "refused": asdict(done.refused),
                "renamed": done.renamed,
                "report": report_to_json(done.report) if done.report else None,
            }
        )
        return
    talk.print(f"{done.scores.height:,} test items scored")
    tell_refused(done.refused)
    if done.renamed:
        talk.print(
            f"{done.renamed:,} declarations bear the number of another one in an earlier part, whose content "
            "differs: they were kept apart, each with the labels of its own part",
            soft_wrap=True,
        )
    if done.report is None:
        talk.print("no figures: the test part has no labels, or the train part no outcomes")
        return
    for table in evaluation_tables(done.report):
        data.print(table)
    for sentence in done.report.words:
        talk.print(f"- {sentence['en']}", markup=False, soft_wrap=True)


@command
def score(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(readable=False, help="File of declarations.")],
    format_: Annotated[str, typer.Option("--format", help=FORMATS)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the scores go: .csv or .parquet.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Add the reasons, in Spanish and English.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Score a file with the champion.

    Of the file the workspace keeps nothing but the rows that were refused, in its quarantine.

    \b
    tamiz score items.csv --format canonical -o scores.csv --explain
    """
    from dataclasses import asdict

    from lifecycle.console import emit, progress, talk
    from lifecycle.refusals import tell_refused
    from lifecycle.score import score as write

    session: Session = context.obj
    with progress() as report:
        done = write(
            session,
            file,
            source=session.source_format(format_),
            output=output,
            explain=explain,
            now=datetime.now(UTC),
            progress=report,
        )
    if as_json:
        emit(asdict(done))
    else:
        talk.print(f"{done.items:,} items scored by {done.bundle} into {output}", soft_wrap=True)
        tell_refused(done.refused)


def _settings(session: Session, config: Path | None, **chosen: float | None) -> TrainingSettings:
    from lifecycle.settings import read_settings
    from training.settings import TrainingSettings

    settings = read_settings(TrainingSettings, config) if config else session.training
    return settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})

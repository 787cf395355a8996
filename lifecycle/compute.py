"""The features of a file's items, from the workspace's lake: file in, file out; kept is what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from features.feature_frame import FEATURE_NAMES, feature_frame, frame_schema
from features.lake import Lake
from features.recipe_as_of import recipe_as_of
from features.reference.tables import KNOWN_NAMES
from features.refused import Refused
from lifecycle.console import Report
from lifecycle.file_to_table import Make, file_to_table
from lifecycle.models import comparable
from lifecycle.output import check_output
from lifecycle.recall import newest_day, recalled
from lifecycle.session import Session
from lifecycle.table_file import check_ending
from scoring.bundle import Bundle


@dataclass(frozen=True)
class Computed:
    """How many items were made, what was refused; `learnt` says whose codes and strengths they have."""

    items: int
    refused: Refused
    learnt: str


def compute(
    session: Session,
    file: Path,
    *,
    source: str,
    output: Path,
    history: bool,
    now: datetime,
    progress: Report,
) -> Computed:
    """Write the features of a file's items to `output` (CSV, or Parquet by its ending), one row an item.

    History is that of the workspace's lake and reference tables as of each item's customs_date, and stands in
    the file with `history`; the file itself adds nothing to it. Codes and strengths are those of the
    champion; without one, or with one that cannot be read any more, those that the lake knew before the
    first day of the file. Raises EmptyLakeError without a lake.
    """
    check_ending(output)
    check_output(output, session.workspace, [file, Path(source)])
    lake, names = Lake(session.workspace.lake), _names(history)
    newest_day(lake)
    champion, other_champion = comparable(session.workspace)
    past = recalled(session, lake, progress)

    def maker(taken: Lake) -> Make:
        recipe = champion.recipe if champion else recipe_as_of(_first_day(taken), past)
        return lambda part: feature_frame(recipe, part, past.as_of(part), names)

    passed = file_to_table(
        session,
        file,
        source=source,
        output=output,
        schema=frame_schema(names),
        maker=maker,
        label="features",
        now=now,
        progress=progress,
    )
    return Computed(passed.items, passed.refused, _learnt(champion, other_champion))


def _learnt(champion: Bundle | None, other_champion: str | None) -> str:
    """Whose codes and strengths they are."""
    if champion:
        return f"the champion {champion.id}"
    lake = "the lake before the file's first day"
    return f"{lake} (the champion {other_champion} cannot be read today)" if other_champion else lake


def _names(history: bool) -> tuple[str, ...]:
    return (*FEATURE_NAMES, *KNOWN_NAMES) if history else FEATURE_NAMES


def _first_day(taken: Lake) -> date:
    day: date = taken.items().select(pl.col("customs_date").min()).collect().item()
    return day

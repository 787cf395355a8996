"""A look over the reference tables as they stand: what is wrong, what is doubtful, what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from features.reference.checks import CHECKS
from features.reference.finding import Finding, examples_of
from features.reference.kind import ReferenceKind
from features.reference.kinds import KINDS
from features.reference.scene import Scene
from features.reference.store import ReferenceStore
from features.settings import IntakeSettings


def check(store: ReferenceStore, settings: IntakeSettings, today: date) -> tuple[Finding, ...]:
    """Give all that is found in the tables of a store, table by table.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> check(ReferenceStore(Path(mkdtemp())), IntakeSettings(), date(2024, 1, 1))
    ()
    """
    tables = {kind.name: _standing(kind, store.rows(kind)) for kind in KINDS}
    scenes = (Scene(kind, tables[kind.name], tables, settings, today) for kind in KINDS)
    return tuple(found for scene in scenes if scene.standing.height for found in _findings(scene))


def _standing(kind: ReferenceKind, rows: pl.DataFrame) -> pl.DataFrame:
    """The newest version of each row, without those that were withdrawn; numbered as in the table."""
    numbered = rows.with_row_index("number", offset=1)
    newest = numbered.group_by(list(kind.subject), maintain_order=True).last()
    return newest.filter(pl.col("withdrawn") != 1).select(numbered.columns)


def _findings(scene: Scene) -> Iterator[Finding]:
    kind = scene.kind
    for one in CHECKS:
        if not one.kinds or kind.name in one.kinds:
            rows = one.find(scene)
            if rows.height:
                examples = examples_of(kind, rows)
                yield Finding(
                    kind.name, one.level.value, one.name, rows.height, one.meaning, one.remedy, examples
                )

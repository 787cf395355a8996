"""The history engine against the brute force of tests/features, world after world."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np

from features.columns import Columns
from features.history.entities import HISTORY_NAMES
from features.history.history import History
from tests.evidence.proof import Proof
from tests.features.history_reference import Reference, Row, make_world, strangers

_EPOCH = date(1970, 1, 1)


def _differs(case: int) -> str | None:
    """Compare every row, and strangers, as of their own day and as of one day as a snapshot has it."""
    chance = random.Random(case)
    world = make_world(chance.randint(1, 24), case)
    reference = Reference(world)
    history = History.build(world.item_frame(), world.outcome_frame())
    day = date(2024, 1, 1) + timedelta(days=chance.randint(-2, 500))
    snapshot = history.snapshot(day)
    for asked, rows in ((world, reference.rows), (unknown := strangers(case), unknown.items)):
        columns = asked.columns()
        own, fixed = columns["customs_date"].tolist(), [(day - _EPOCH).days] * len(rows)
        if wrong := _first_difference(reference, rows, history.as_of(columns), own) or _first_difference(
            reference, rows, snapshot.lookup(columns), fixed
        ):
            return wrong
    return None


def _first_difference(reference: Reference, rows: list[Row], found: Columns, days: list[int]) -> str | None:
    for number, (row, day) in enumerate(zip(rows, days, strict=True)):
        expected = reference.of(row, day)
        for name in HISTORY_NAMES:
            if found[name][number] != np.int64(expected[name]):
                return f"row {number}: {name} is {found[name][number]}, brute force says {expected[name]}"
    return None


PROOF = Proof(
    name="point-in-time",
    statement="Every history value of every row, and of parties never seen, as of its own day and in a "
    "snapshot of any day, equals brute force over what had happened and was known before that day.",
    count=2_000,
    small=5,
    run=_differs,
)

"""What the benchmark of addresses counts: others who sat there, and what was known of them, by then."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from benchmarks.address_rate import Sharers
from features.dataset import Dataset
from features.reference.kinds import KIND
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING
from features.reference.schema import frame_of
from training.lakes import FrameLake

HERE, THERE = "0a" * 8, "0b" * 8
REGISTERED = {
    "registered_on": date(2023, 1, 1),
    "valid_from": date(2023, 1, 1),
    "source": "R",
    "licence": "L",
}


def sharers() -> Sharers:
    """A, B and C at one address, C since March 2024, D at another; B is found out in February."""
    known = {one: datetime(2023, 1, 2, tzinfo=UTC) for one in "ABD"} | {"C": datetime(2024, 3, 1, tzinfo=UTC)}
    rows = [
        {"importer_id": one, "address": THERE if one == "D" else HERE, "known_from": since, **REGISTERED}
        for one, since in known.items()
    ]
    items = {
        "declaration_id": list("abcd"),
        "item_no": [1] * 4,
        "version": [1] * 4,
        "importer_id": list("ABCD"),
    }
    found = {
        "declaration_id": list("bcd"),
        "item_no": [1] * 3,
        "version": [1] * 3,
        "known_date": [date(2024, 2, 1), date(2024, 2, 1), date(2024, 1, 1)],
        "illicit": [1, 0, 1],
    }
    lake = FrameLake((pl.LazyFrame(items),), (pl.LazyFrame(found),))
    return Sharers(lake, ReferenceTable.build(KIND["companies"], frame_of(KIND["companies"], rows)))


def asked(importer: str, day: date, address: str | None) -> Dataset:
    token = MISSING if address is None else int.from_bytes(bytes.fromhex(address), "little", signed=True)
    one = {
        "importer_id": np.array([importer], object),
        "customs_date": np.array([(day - date(1970, 1, 1)).days]),
    }
    past = {"companies.address": token, "all.importers_illicit": 1, "all.importers_known": 4}
    return Dataset(one, {name: np.array([value]) for name, value in past.items()}, *[np.zeros(1)] * 7)


@pytest.mark.parametrize(
    ("importer", "day", "address", "known", "rate"),
    [
        ("A", date(2024, 2, 1), HERE, 0.0, 1.0),
        ("A", date(2024, 2, 2), HERE, 1.0, (1 / 0.25 + 5) / (1 + 5)),
        ("A", date(2024, 3, 2), HERE, 2.0, (1 / 0.25 + 5) / (2 + 5)),
        ("B", date(2024, 3, 2), HERE, 1.0, 5 / 6),
        ("D", date(2024, 3, 2), THERE, 0.0, 1.0),
        ("A", date(2024, 3, 2), None, 0.0, np.nan),
    ],
)
def test_others_count_from_the_day_after_they_are_known_to_sit_there_and_their_outcomes_likewise(
    importer: str, day: date, address: str | None, known: float, rate: float
) -> None:
    items, held = asked(importer, day, address), sharers()
    assert held.known(items).tolist() == [known]
    assert held.rate(items) == pytest.approx([rate], nan_ok=True)

"""A slow and obvious history, straight from SCHEMA.md, and random small worlds to try it on."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from hypothesis import strategies as st

from features.columns import Columns, from_records, to_frame
from features.history_names import ENTITIES

LIMA = ZoneInfo("America/Lima")
START = datetime(2024, 1, 1, 5, tzinfo=UTC)
OFFSETS = (0, 1, 2, 3, 28, 29, 30, 31, 32, 60, 88, 89, 90, 91, 92, 93, 180, 364, 365, 366, 367, 400)
Row = dict[str, Any]


def local_day(instant: str) -> int:
    return (datetime.fromisoformat(instant).astimezone(LIMA).date() - date(1970, 1, 1)).days


@dataclass(frozen=True)
class World:
    """Records of item versions and of outcome versions, as the platform received them."""

    items: list[Row]
    outcomes: list[Row]

    def first_accepted(self, row: Row) -> str:
        versions = [each for each in self.items if each["declaration_id"] == row["declaration_id"]]
        return str(min(versions, key=lambda each: each["version"])["accepted_at"])

    def columns(self) -> Columns:
        columns = from_records(self.items).columns
        columns["customs_date"] = np.array(
            [local_day(self.first_accepted(row)) for row in self.items], np.int32
        )
        return columns

    def item_frame(self) -> pl.LazyFrame:
        return to_frame(self.columns()).lazy()

    def outcome_frame(self) -> pl.LazyFrame:
        schema = {
            "declaration_id": pl.String,
            "item_no": pl.Int64,
            "version": pl.Int64,
            "withdrawn": pl.Float64,
            "illicit": pl.Float64,
            "known_date": pl.Date,
        }
        return pl.LazyFrame(
            [
                {name: row[name] for name in ("declaration_id", "item_no", "version", "withdrawn", "illicit")}
                | {"known_date": date(1970, 1, 1) + timedelta(days=local_day(row["known_at"]))}
                for row in self.outcomes
            ],
            schema=schema,
        )


class Reference:
    """History by loops over rows, for one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows = [
            row
            | {
                "customs": local_day(world.first_accepted(row)),
                "known": local_day(row["known_at"]),
            }
            for row in world.items
        ]
        for row in self.rows:
            row["day"] = max(row["customs"], row["known"])
        self.items_of: dict[int, list[Row]] = {}
        self.labels_of: dict[int, list[tuple[Row, Row]]] = {}
        self.results = [row | {"known": local_day(row["known_at"])} for row in world.outcomes]

    def of(self, row: Row, day: int) -> dict[str, int]:
        """Every history value of one row as of a day."""
        return {
            f"{entity.name}.{measure}": value
            for entity in ENTITIES
            for measure, value in self.values(
                entity.name, key(entity.name, row), day, entity.measures
            ).items()
        }

    def values(self, entity: str, wanted: Any, day: int, measures: Sequence[str]) -> dict[str, int]:
        if wanted is None:
            return {measure: -1 if measure.endswith("_day") else 0 for measure in measures}
        seen = [row for row in self.rows if row["day"] < day and key(entity, row) == wanted]
        items = [row for row in self.items(day) if key(entity, row) == wanted]
        labels = [(row, result) for row, result in self.labels(day) if key(entity, row) == wanted]
        return {measure: self.measure(measure, seen, items, labels, day) for measure in measures}

    def measure(  # noqa: PLR0911
        self, measure: str, seen: list[Row], items: list[Row], labels: list[tuple[Row, Row]], day: int
    ) -> int:
        if measure.startswith("items_"):
            window = int(measure[6:-1])
            return sum(row["customs"] >= day - window for row in items)
        if measure.startswith(("known", "illicit")):
            if measure.endswith("_365d"):
                labels = [
                    (row, result)
                    for row, result in labels
                    if max(row["customs"], result["known"]) >= day - 365
                ]
            return sum(1 if measure.startswith("known") else int(result["illicit"]) for _, result in labels)
        if measure == "young_90d":
            return sum(self.young(row) for row in items if row["customs"] >= day - 90)
        if measure == "importers":
            return len({row["importer_id"] for row in seen})
        if measure == "items":
            return len(items)
        if measure.endswith("_day"):
            pick: Callable[..., int] = max if measure == "last_day" else min
            return pick((row["day"] for row in seen), default=-1)
        prefix, kind = measure.split("_")
        numbers = [number for row in items if (number := self.number(prefix, row)) is not None]
        return {"n": len(numbers), "sum": sum(numbers), "sq": sum(each * each for each in numbers)}[kind]

    def items(self, day: int) -> list[Row]:
        if day in self.items_of:
            return self.items_of[day]
        newest: dict[Any, Row] = {}
        for row in self.rows:
            name = (row["declaration_id"], row["item_no"])
            if row["day"] < day and row["version"] > newest.get(name, {"version": 0})["version"]:
                newest[name] = row
        return self.items_of.setdefault(day, list(newest.values()))

    def labels(self, day: int) -> list[tuple[Row, Row]]:
        if day in self.labels_of:
            return self.labels_of[day]
        pairs = []
        for row in self.items(day):
            name = (row["declaration_id"], row["item_no"])
            known = [
                each
                for each in self.results
                if (each["declaration_id"], each["item_no"]) == name and each["known"] < day
            ]
            if known and not (newest := max(known, key=lambda each: each["version"]))["withdrawn"]:
                pairs.append((row, newest))
        return self.labels_of.setdefault(day, pairs)

    def young(self, row: Row) -> int:
        first = min(each["day"] for each in self.rows if each["importer_id"] == row["importer_id"])
        begun = min(each["day"] for each in self.rows)
        return int(first - begun >= 90 and row["day"] - first < 90)

    def number(self, prefix: str, row: Row) -> int | None:
        def log(above: str, below: str) -> int | None:
            one, two = row[above], row[below]
            return round(1e4 * math.log(one / two)) if one and two else None

        def share(above: float | None, below: float | None) -> int | None:
            return round(1e4 * (above / below)) if above is not None and below else None

        if prefix == "dev":
            return self.deviation(row)
        return {
            "uv": lambda: log("cif", "net_kg"),
            "fr": lambda: share(row["freight"], row["cif"]),
            "fk": lambda: log("freight", "gross_kg"),
            "ng": lambda: share(row["net_kg"], row["gross_kg"]),
            "pk": lambda: log("net_kg", "packages"),
            "mq": lambda: log("net_kg", "quantity"),
            "tr": lambda: share(row["tax_rate_pct"], 100.0),
        }[prefix]()

    def deviation(self, row: Row) -> int | None:
        own = self.number("uv", row)
        for entity in ("origin_hs6", "hs6"):
            past = self.values(entity, key(entity, row), row["customs"], ("uv_n", "uv_sum"))
            if past["uv_n"] >= 5 and own is not None:
                return max(-50_000, min(50_000, own - past["uv_sum"] // past["uv_n"]))
        return None


def key(entity: str, row: Row) -> Any:
    heading, commodity = row["hs_code"][:4], row["hs_code"][:6]
    if commodity[:2] in ("98", "99"):
        commodity = None
    parts = {
        "importer": (row["importer_id"],),
        "declarant": (row["declarant_id"],),
        "seller": (row["seller_id"],),
        "declarant_seller": (row["declarant_id"], row["seller_id"]),
        "importer_hs4": (row["importer_id"], heading),
        "office_heading": (row["office_id"], heading),
        "origin_hs6": (row["origin_country"], commodity),
        "hs6": (commodity,),
        "hs4": (heading,),
        "origin": (row["origin_country"],),
        "brand": (row["brand"].casefold().strip() if row["brand"] else None,),
        "route": (row["departure_country"], row["transport_mode"]),
        "all": (),
    }[entity]
    return None if None in parts else parts


CHOICES: dict[str, list[Any]] = {
    "importer_id": ["I1", "I1", "I2", "I2", "I2", "I3", "I4", "I5", "I6", "I7", "I8"],
    "declarant_id": ["D1", "D2", "D1", None],
    "seller_id": ["S1", "S2", "1S1", None],
    "office_id": ["O1", "O2"],
    "origin_country": ["CN", "CN", "PE"],
    "departure_country": ["CN", "US", None],
    "transport_mode": [1, 4, None],
    "hs_code": ["847130", "8471309000", "847130", "847141", "981234"],
    "brand": ["Acme", "ACME ", "Ökö", None],
    "cif": [0.0, 1.0, 250.5, 1e6],
    "net_kg": [0.5, 1.0, 77.0, None],
    "gross_kg": [80.0, 100.0, None],
    "freight": [0.0, 12.5, None],
    "packages": [0, 3, None],
    "quantity": [1.0, 7.0, None],
    "tax_rate_pct": [0.0, 6.0, 125.0, None],
}


def worlds(most: int = 20) -> st.SearchStrategy[World]:
    """Worlds of a few declarations with ties, late rows, amendments and corrected or withdrawn outcomes."""
    return st.builds(make_world, st.integers(1, most), st.integers(0, 2**32))


def make_world(declarations: int, seed: int) -> World:
    chance = random.Random(seed)
    spread = OFFSETS[: chance.randint(1, len(OFFSETS))]
    items: list[Row] = []
    outcomes: list[Row] = []
    for number in range(declarations):
        accepted = instant(chance, spread)
        for item_no in range(1, chance.randint(1, 2) + 1):
            name = {"declaration_id": f"X{number}", "item_no": item_no}
            for version in range(1, chance.choice([1, 1, 1, 2, 3]) + 1):
                at = accepted if version == 1 else instant(chance, spread)
                late = chance.choice([0, 0, 0, 1, 2, 29, 30, 31, 89, 90, 91, 200])
                known = (datetime.fromisoformat(at) + timedelta(days=late)).isoformat()
                goods = {field: chance.choice(values) for field, values in CHOICES.items()}
                items.append(goods | name | {"version": version, "accepted_at": at, "known_at": known})
            for version in range(1, chance.choice([0, 0, 1, 1, 2, 3]) + 1):
                said = {"withdrawn": chance.choice([0.0, 0.0, 1.0]), "illicit": chance.choice([0.0, 1.0])}
                outcomes.append(name | said | {"version": version, "known_at": instant(chance, spread)})
    chance.shuffle(items)
    return World(items, outcomes)


def instant(chance: random.Random, spread: Sequence[int]) -> str:
    """An instant at, or a second either side of, a local midnight."""
    second = chance.choice((-1, 0, 1, 43_200, 86_399))
    return (START + timedelta(days=chance.choice(spread), seconds=second)).isoformat()

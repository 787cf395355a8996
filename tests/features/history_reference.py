"""A slow and obvious history, straight from SCHEMA.md, and random small worlds to try it on."""

from __future__ import annotations

import math
import random
import string
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from hypothesis import strategies as st

from features.columns import Columns, from_records, to_frame
from features.history.entities import BIN, COMPARABLES, ENTITIES, LEVELS, WORDING, Aggregate, Kind, Known

LIMA = ZoneInfo("America/Lima")
START = datetime(2024, 1, 1, 5, tzinfo=UTC)
OFFSETS = (0, 1, 2, 3, 28, 29, 30, 31, 32, 58, 59, 60, 88, 89, 90, 91, 92, 93, 180, 364, 365, 366, 367, 400)
"""Days after START: ties, the edges of windows, the leap day (59) and the ends of the year."""

FINDINGS = ("value", "classification", "origin", "quantity", "ip", "other", None)
ZONES = (UTC, LIMA, ZoneInfo("Asia/Tokyo"))
Row = dict[str, Any]
Counted = tuple[int, Row, Row | None]
"""The day that windows count from, a row, and its outcome where outcomes are counted."""


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
            "finding": pl.String,
            "known_date": pl.Date,
        }
        return pl.LazyFrame(
            [
                {name: row[name] for name in ("declaration_id", "item_no", "version", "withdrawn", "illicit")}
                | {
                    "finding": row.get("finding"),
                    "known_date": date(1970, 1, 1) + timedelta(days=local_day(row["known_at"])),
                }
                for row in self.outcomes
            ],
            schema=schema,
        )


class Reference:
    """History by loops over rows, for one world; what was once found is kept, for rows ask the same."""

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
        self.firsts_of: dict[int, list[Row]] = {}
        self.labels_of: dict[int, list[tuple[Row, Row]]] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.values: dict[tuple[str, str, Any, int], int] = {}
        self.parted: dict[tuple[str, Known, int], dict[Any, list[Counted]]] = {}
        self.keys = {id(row): keys(row) for row in self.rows}
        self.results = [row | {"known": local_day(row["known_at"])} for row in world.outcomes]

    def of(self, row: Row, day: int) -> dict[str, int]:
        """Every history value of one row as of a day."""
        return (
            {
                f"{entity.name}.{aggregate.name}": self.value(entity.name, aggregate, row, day)
                for entity in ENTITIES
                for aggregate in entity.aggregates
            }
            | self.comparables(row, day)
            | self.wording(row, day)
        )

    def value(self, entity: str, aggregate: Aggregate, row: Row, day: int) -> int:
        wanted = self.key(entity, row)
        if wanted is None:
            return aggregate.unseen
        said = (entity, aggregate.name, wanted, day)
        if said not in self.values:
            self.values[said] = self.value_of(entity, aggregate, wanted, day)
        return self.values[said]

    def value_of(self, entity: str, aggregate: Aggregate, wanted: Any, day: int) -> int:
        if aggregate.kind is Kind.PARTIES:
            return self.met(entity, wanted, aggregate, day)
        if aggregate.kind in {Kind.FIRST_DAY, Kind.LAST_DAY}:
            seen = [
                each["day"] for each in self.rows if each["day"] < day and self.key(entity, each) == wanted
            ]
            return (max if aggregate.kind is Kind.LAST_DAY else min)(seen, default=-1)
        return sum(
            weight * self.number(aggregate.of, *counted)
            for since, *counted in self.counted_by_key(entity, aggregate.known, day).get(wanted, [])
            for window, weight in aggregate.weights.items()
            if window == 0 or since >= day - window
        )

    def counted_by_key(self, entity: str, known: Known, day: int) -> dict[Any, list[Counted]]:
        """What counts as of a day, parted by the key of an entity."""
        if (entity, known, day) not in self.parted:
            parted = self.parted[entity, known, day] = defaultdict(list)
            for counted in self.counted(known, day):
                parted[self.key(entity, counted[1])].append(counted)
        return self.parted[entity, known, day]

    def counted(self, known: Known, day: int) -> list[Counted]:
        """What counts as of a day, each with the day that windows count from: rows, and their outcomes."""
        if known is Known.OUTCOME:
            return [(max(row["customs"], result["known"]), row, result) for row, result in self.labels(day)]
        if known is Known.FIRST:
            return [(row["customs"], row, None) for row in self.firsts(day)]
        return [(row["customs"], row, None) for row in self.items(day)]

    def met(self, servant: str, wanted: Any, aggregate: Aggregate, day: int) -> int:
        """Importers that a servant was met with by the day: all, or those that are (were) something."""
        first: dict[str, int] = {}
        for row in self.rows:
            if row["day"] < day and self.key(servant, row) == wanted:
                importer = row["importer_id"]
                first[importer] = min(first.get(importer, row["day"]), row["day"])
        if aggregate.of == "young":
            window = max(aggregate.weights)
            return sum(met >= day - window and self.is_young(who, met) for who, met in first.items())
        if aggregate.of in {"known", "illicit"}:
            found = {
                row["importer_id"]
                for row, result in self.labels(day)
                if aggregate.of == "known" or result["illicit"]
            }
            return len(found & set(first))
        return len(first)

    def firsts(self, day: int) -> list[Row]:
        """The version of each item that was known first, if that was before the day."""
        if day in self.firsts_of:
            return self.firsts_of[day]
        first: dict[Any, Row] = {}
        for row in self.rows:
            name = (row["declaration_id"], row["item_no"])
            held = first.get(name)
            if held is None or (row["day"], -row["version"]) < (held["day"], -held["version"]):
                first[name] = row
        return self.firsts_of.setdefault(day, [row for row in first.values() if row["day"] < day])

    def comparables(self, row: Row, day: int) -> dict[str, int]:
        """Unit values of the first level that has enough, counted in bins."""
        own = self.number("uv_sum", row, None) if self.number("uv_n", row, None) else None
        found = self.bins(row, day)
        said = dict.fromkeys(COMPARABLES, 0)
        if found is None:
            return said
        level, bins = found
        values = (level, len(bins), *(quartile(bins, quarters) for quarters in (1, 2, 3)))
        said |= zip(COMPARABLES[:5], values, strict=True)
        if own is not None:
            mine = own // BIN
            said["comparables.below"] = sum(each < mine for each in bins)
            said["comparables.same"] = sum(each == mine for each in bins)
        return said

    def bins(self, row: Row, day: int) -> tuple[int, list[int]] | None:
        """The level of a row's comparables as of a day, and the bin of each of them."""
        for number, level in enumerate(LEVELS, start=1):
            wanted = self.key(level.entity, row)
            bins = [
                self.number("uv_sum", each, None) // BIN
                for each in self.items(day)
                if wanted is not None
                and self.key(level.entity, each) == wanted
                and each["customs"] >= day - level.days
                and self.number("uv_n", each, None)
            ]
            if wanted is not None and len(bins) >= level.needed:
                return number, sorted(bins)
        return None

    def wording(self, row: Row, day: int) -> dict[str, int]:
        """Letter triples of first versions before the day, by heading and by all."""
        said = dict.fromkeys(WORDING, 0)
        own, heading = triples(row["description"]), self.key("hs4", row)
        texts = [(self.key("hs4", each), triples(each["description"])) for each in self.firsts(day)]
        anywhere = [grams for _, grams in texts if grams]
        here = [grams for name, grams in texts if grams and name == heading]
        if not own or not here:
            return said
        fit = 0
        for gram in own:
            share = 16 * sum(gram in each for each in here) * (len(anywhere) + 1)
            share //= sum(gram in each for each in anywhere) + 1
            fit += log(share + 16 * 4) - log(16 * (len(here) + 4))
        return dict(zip(WORDING, (len(here), len(own), fit), strict=True))

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

    def key(self, entity: str, row: Row) -> Any:
        return self.keys[id(row)][entity] if id(row) in self.keys else keys(row)[entity]

    def is_young(self, importer: str, day: int) -> bool:
        first = min(each["day"] for each in self.rows if each["importer_id"] == importer)
        begun = min(each["day"] for each in self.rows)
        return first - begun >= 90 and day - first < 90

    def number(self, measure: str, row: Row, result: Row | None = None) -> int:
        """A measure of one row; 0 where it has nothing to say."""
        if measure in {"items", "known"}:
            return 1
        if measure == "illicit":
            return int(result["illicit"]) if result else 0
        if measure.startswith("found_"):
            return int(result is not None and measure == f"found_{found_in(result)}")
        if (measure, id(row)) not in self.numbers:
            self.numbers[measure, id(row)] = self.number_of_item(measure, row)
        return self.numbers[measure, id(row)]

    def number_of_item(self, measure: str, row: Row) -> int:
        if measure == "young":
            return int(self.is_young(row["importer_id"], row["day"]))
        prefix, kind = measure.split("_")
        number = self.deviation(row) if prefix == "dev" else own_number(prefix, row)
        return 0 if number is None else {"n": 1, "sum": number, "sq": number * number}[kind]

    def deviation(self, row: Row) -> int | None:
        """How far the unit value lay from the median of its comparables on the day it was known."""
        own, found = own_number("uv", row), self.bins(row, row["day"])
        if own is None or found is None:
            return None
        return max(-50_000, min(50_000, own - quartile(found[1], 2)))


def own_number(prefix: str, row: Row) -> int | None:
    def log_of(above: str, below: str) -> int | None:
        one, two = row[above], row[below]
        return round(1e4 * math.log(one / two)) if one and two else None

    def share(above: float | None, below: float | None) -> int | None:
        return round(1e4 * (above / below)) if above is not None and below else None

    return {
        "uv": lambda: log_of("cif", "net_kg"),
        "fr": lambda: share(row["freight"], row["cif"]),
        "ir": lambda: share(row["insurance"], row["cif"]),
        "fk": lambda: log_of("freight", "gross_kg"),
        "ng": lambda: share(row["net_kg"], row["gross_kg"]),
        "pk": lambda: log_of("net_kg", "packages"),
        "mq": lambda: log_of("net_kg", "quantity"),
        "tr": lambda: share(row["tax_rate_pct"], 100.0),
        "cif": lambda: None if row["cif"] is None else round(row["cif"]),
    }[prefix]()


def quartile(bins: list[int], quarters: int) -> int:
    """The quartile of values spread evenly within their bins, rounded down."""
    wanted = Fraction(quarters * len(bins), 4)
    for each in sorted(set(bins)):
        before, count = sum(other < each for other in bins), bins.count(each)
        if before + count >= wanted:
            return math.floor(each * BIN + BIN * (wanted - before) / count)
    raise AssertionError


@cache
def triples(text: str | None) -> list[int]:
    """The first 64 distinct letter triples of a text, as numbers below 1024."""
    letters = bytearray()
    for letter in (text or "").encode():
        small = letter + 32 if 65 <= letter <= 90 else letter
        letters.append(small if chr(small) in string.ascii_lowercase + string.digits or small >= 128 else 32)
    found: list[int] = []
    for word in bytes(letters).split():
        edged = b" " + word + b" "
        for place in range(len(word)):
            number = int.from_bytes(edged[place : place + 3], "big") * 2_654_435_761 % 2**32 // 2**22
            if number not in found:
                found.append(number)
    return found[:64]


def log(value: int) -> int:
    """10,000 x ln of a whole number, from the table of those below 65,536."""
    doubled = 0
    while value >= 65_536:
        value //= 2
        doubled += 1
    return round(1e4 * math.log(value)) + round(1e4 * math.log(2) * doubled)


def keys(row: Row) -> dict[str, Any]:
    """The key of each entity, None where a part is missing."""
    heading, commodity, chapter = row["hs_code"][:4], row["hs_code"][:6], row["hs_code"][:2]
    if chapter in ("98", "99"):
        commodity = chapter = None
    parts = {
        "importer": row["importer_id"],
        "declarant": row["declarant_id"],
        "seller": row["seller_id"],
        "office": row["office_id"],
        "origin": row["origin_country"],
        "departure": row["departure_country"],
        "mode": row["transport_mode"],
        "hs2": chapter,
        "hs4": heading,
        "hs6": commodity,
        "brand": row["brand"].casefold().strip() if row["brand"] else None,
    }
    of = {entity.name: tuple(parts[part] for part in entity.parts) for entity in ENTITIES}
    return {entity: None if None in key else key for entity, key in of.items()}


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
    "description": [
        "Laptop 15",
        "laptop, 15!",
        "Ökö móvil",
        "a",
        "--",
        None,
        "teléfonos para redes celulares",
    ],
    "cif": [0.0, 1.0, 250.5, 1e6],
    "net_kg": [0.5, 1.0, 77.0, None],
    "gross_kg": [80.0, 100.0, None],
    "freight": [0.0, 12.5, None],
    "insurance": [0.0, 2.5, None],
    "packages": [0, 3, None],
    "quantity": [1.0, 7.0, None],
    "tax_rate_pct": [0.0, 6.0, 125.0, None],
}


CROWDED: dict[str, list[Any]] = {
    "origin_country": ["CN", "CN", "CN", "PE"],
    "hs_code": ["847130", "8471309000"],
    "cif": [1.0, 250.5, 255.0, 1e6],
    "net_kg": [0.5, 1.0, 77.0],
}
"""Goods of one kind, so that there are many comparables."""

YOUNG_FROM = timedelta(days=90)
"""Importers that come later than this after the first are young for a while."""


def worlds(most: int = 20) -> st.SearchStrategy[World]:
    """Worlds of a few declarations with ties, late rows, amendments and corrected or withdrawn outcomes.

    Instants lie about local midnights, on leap days and at the ends of years too, told in several time zones.
    """
    return st.builds(make_world, st.integers(1, most), st.integers(0, 2**32))


def make_world(declarations: int, seed: int) -> World:
    chance = random.Random(seed)
    spread = OFFSETS[: chance.randint(1, len(OFFSETS))]
    choices = CHOICES | (CROWDED if chance.random() < 0.2 else {})
    items: list[Row] = []
    outcomes: list[Row] = []
    for number in range(declarations):
        accepted = instant(chance, spread)
        for item_no in range(1, chance.randint(1, 2) + 1):
            name = {"declaration_id": f"X{number}", "item_no": item_no}
            for version in range(1, chance.choice([1, 1, 1, 2, 3]) + 1):
                at = accepted if version == 1 else instant(chance, spread)
                late = chance.choice([0, 0, 0, 1, 2, 29, 30, 31, 89, 90, 91, 200, 700])
                known = (datetime.fromisoformat(at) + timedelta(days=late)).isoformat()
                goods = {field: chance.choice(values) for field, values in choices.items()}
                if datetime.fromisoformat(at) >= START + YOUNG_FROM:
                    goods["importer_id"] = chance.choice([goods["importer_id"], "Y1", "Y2"])
                items.append(goods | name | {"version": version, "accepted_at": at, "known_at": known})
            for version in range(1, chance.choice([0, 0, 1, 1, 2, 3]) + 1):
                said = {"withdrawn": chance.choice([0.0, 0.0, 1.0]), "illicit": chance.choice([0.0, 1.0])}
                said |= {"finding": FINDINGS[(number + 2 * item_no + version) % len(FINDINGS)]}
                outcomes.append(name | said | {"version": version, "known_at": instant(chance, spread)})
    chance.shuffle(items)
    return World(items, outcomes)


def found_in(result: Row) -> str:
    """What an outcome says was found; what is irregular without a name is something other."""
    if not result["illicit"]:
        return "none"
    named = result.get("finding") in {"value", "classification", "origin", "quantity", "ip", "prohibited"}
    return str(result["finding"]) if named else "other"


def instant(chance: random.Random, spread: Sequence[int]) -> str:
    """An instant at, or a second either side of, a local midnight."""
    second = chance.choice((-1, 0, 1, 43_200, 86_399))
    moment = START + timedelta(days=chance.choice(spread), seconds=second)
    return moment.astimezone(chance.choice(ZONES)).isoformat()


def strangers(seed: int) -> World:
    """Declarations of parties that no other world has, and of goods that it may have."""
    world = make_world(3, seed)
    unseen = {"importer_id": "nobody", "seller_id": "no one", "declaration_id": "unheard of"}
    return World([row | unseen | {"version": 1} for row in world.items], [])

"""What is remembered, as small named definitions: whose history, over which days, summed how, known by when.

Everything else is derived from them: the pass over the past (`features.history.sweep`), the look-up of the
service (`features.snapshot`), the data dictionary, and the brute force that the tests hold against them. To
remember something more, add an aggregate to an entity: `within("illicit", 90)` makes `importer.illicit_90d`.

A window, an age limit and a scale are part of what a name means, so they stand here and are no settings: a
store written with other definitions is refused, and a model can never meet other figures under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

EVER = 0
"""The window of what counts for ever."""

HALVES: Mapping[int, int] = {30: 4, 90: 2, 365: 1}
"""The ladder of decay: within 30 days a thing weighs 4 + 2 + 1, within 90 days 3, within a year 1."""

YOUNG_DAYS = 90
"""An importer first seen fewer days ago is young (but for the first such days of the history itself)."""

COMPARABLES_NEEDED = 5
"""Comparables below which nothing is said of a mean."""

NEVER = -1
"""The day of something that never happened."""


class Known(Enum):
    """By when, and for how long, a row counts."""

    ITEM = "the newest version known before the day; an amendment takes the place of what it amends"
    OUTCOME = "the newest outcome known before the day, of the newest version; withdrawn ones count nowhere"
    FIRST = "the version that was known first, as of the day it was; amendments change nothing"
    SEEN = "every version known before the day, amended or not"


class Kind(Enum):
    """How what is remembered adds up."""

    SUM = "sum"
    FIRST_DAY = "first day"
    LAST_DAY = "last day"
    PARTIES = "number of importers"


@dataclass(frozen=True)
class Aggregate:
    """One remembered figure of a key.

    `of` is the measure of a row that is summed (`features.history.measures`), `weights` what a row weighs
    within so many days of its day (`EVER` for all days), `known` by when it counts.
    """

    name: str
    of: str
    known: Known
    weights: Mapping[int, int] = field(default_factory=lambda: {EVER: 1})
    kind: Kind = Kind.SUM

    @property
    def unseen(self) -> int:
        """The value for a key that was never seen."""
        return NEVER if self.kind in {Kind.FIRST_DAY, Kind.LAST_DAY} else 0

    @property
    def window(self) -> int:
        """Days that it looks back, EVER for all."""
        return EVER if EVER in self.weights else max(self.weights)


@dataclass(frozen=True)
class Entity:
    """One kind of thing with a history: its name, the parts of its key, and what is remembered of it."""

    name: str
    parts: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the aggregates."""
        return tuple(each.name for each in self.aggregates)


def total(of: str) -> Aggregate:
    """Sum a measure over all days.

    >>> total("illicit").known.name, total("dev_sum").known.name, total("items").known.name
    ('OUTCOME', 'FIRST', 'ITEM')
    """
    return Aggregate(of, of, _known(of))


def within(of: str, days: int) -> Aggregate:
    """Sum a measure over the days of customs_date (of outcomes: of knowledge) before the day.

    >>> within("items", 30).name, within("items", 30).weights
    ('items_30d', {30: 1})
    """
    return Aggregate(f"{of}_{days}d", of, _known(of), {days: 1})


def decayed(of: str) -> Aggregate:
    """Sum a measure with weights that fall as it grows old, by the ladder `HALVES`.

    >>> decayed("illicit").name, dict(decayed("illicit").weights)
    ('illicit_decayed', {30: 4, 90: 2, 365: 1})
    """
    return Aggregate(f"{of}_decayed", of, _known(of), HALVES)


def first_day() -> Aggregate:
    """Remember the day on which the key was first seen."""
    return Aggregate("first_day", "items", Known.SEEN, kind=Kind.FIRST_DAY)


def last_day() -> Aggregate:
    """Remember the day on which the key was last seen."""
    return Aggregate("last_day", "items", Known.SEEN, kind=Kind.LAST_DAY)


def importers(which: str = "", days: int = EVER) -> Aggregate:
    """Count the importers that the key has been seen with, those `known`, those found `illicit`, the `young`.

    Known and illicit is who is so by the day, young who was when they met; with `days`, within so many.

    >>> importers().name, importers("young", 90).name
    ('importers', 'importers_young_90d')
    """
    name = "_".join(filter(None, ("importers", which, f"{days}d" if days else "")))
    return Aggregate(name, which or "all", Known.SEEN, {days: 1}, Kind.PARTIES)


def _known(of: str) -> Known:
    if of in {"known", "illicit"} or of.startswith("found_"):
        return Known.OUTCOME
    return Known.FIRST if of.startswith("dev_") else Known.ITEM


def _mean(of: str) -> tuple[Aggregate, ...]:
    return total(f"{of}_n"), total(f"{of}_sum")


FINDINGS: tuple[str, ...] = ("value", "classification", "origin", "quantity", "ip")
"""Kinds of finding that parties are counted by; what is prohibited or of another kind has no pattern."""

_FOUND = tuple(total(f"found_{kind}") for kind in FINDINGS)
_RECORD = (
    total("items"),
    within("items", 30),
    within("items", 90),
    last_day(),
    total("known"),
    total("illicit"),
)
_PARTY = (
    *_RECORD,
    within("items", 7),
    within("known", 365),
    within("illicit", 365),
    decayed("known"),
    decayed("illicit"),
    *_mean("dev"),
)
_FIRM = (*_PARTY, *_FOUND)
_MET = (importers(), importers("known"), importers("illicit"), importers("young", YOUNG_DAYS))
_SERVANT = (*_FIRM, within("young", 90), *_MET)
_UNIT_VALUE = (*_mean("uv"), total("uv_sq"))
_LOOKS = tuple(total(f"{of}_{kind}") for of in ("uv", "pk", "mq") for kind in ("n", "sum", "sq"))
_NEWS = (total("items"), first_day(), last_day())
_HITS = (total("items"), total("known"), total("illicit"))

MEETINGS: tuple[str, ...] = tuple(each.name for each in _MET)
"""What is counted of the importers that a servant was met with."""

ENTITIES: tuple[Entity, ...] = (
    Entity("importer", ("importer",), (*_FIRM, first_day())),
    Entity("declarant", ("declarant",), _SERVANT),
    Entity("seller", ("seller",), _SERVANT),
    Entity("declarant_seller", ("declarant", "seller"), (*_PARTY, within("young", 90))),
    Entity("importer_declarant", ("importer", "declarant"), _NEWS),
    Entity("importer_seller", ("importer", "seller"), (*_NEWS, within("items", 7), within("cif_sum", 7))),
    Entity("importer_hs4", ("importer", "hs4"), (*_HITS, last_day(), within("items", 7))),
    Entity("importer_origin", ("importer", "origin"), _NEWS),
    Entity("seller_origin", ("seller", "origin"), (*_HITS, last_day())),
    Entity("seller_route", ("seller", "departure", "mode"), _NEWS),
    Entity("office_heading", ("office", "hs4"), _RECORD),
    Entity("origin_hs6", ("origin", "hs6"), (*_RECORD, *_UNIT_VALUE, *_mean("tr"))),
    Entity(
        "hs6",
        ("hs6",),
        (*_RECORD, *_LOOKS, *(each for of in ("fr", "ng", "tr") for each in _mean(of))),
    ),
    Entity("hs4", ("hs4",), (*_HITS, *_mean("tr"), *_LOOKS)),
    Entity("hs2", ("hs2",), (*_mean("tr"), *_LOOKS)),
    Entity("origin", ("origin",), _HITS),
    Entity("brand", ("brand",), _HITS),
    Entity("departure", ("departure",), (total("items"),)),
    Entity("origin_departure", ("origin", "departure"), (total("items"),)),
    Entity("route", ("departure", "mode"), (total("items"), *_mean("fk"), *_mean("fr"), *_mean("ir"))),
    Entity(
        "all",
        (),
        (
            total("items"),
            first_day(),
            total("known"),
            total("illicit"),
            decayed("known"),
            decayed("illicit"),
            *_FOUND,
            *_MET,
        ),
    ),
)
"""Every entity, in the order of the profile store. `all` has one key: it is the prior."""

ENTITY: dict[str, Entity] = {entity.name: entity for entity in ENTITIES}


@dataclass(frozen=True)
class Level:
    """Comparables of one kind: of the same `entity` within so many days, if there are at least `needed`."""

    entity: str
    days: int
    needed: int


LEVELS: tuple[Level, ...] = (
    Level("origin_hs6", 30, 30),
    Level("origin_hs6", 365, COMPARABLES_NEEDED),
    Level("hs6", 30, 30),
    Level("hs6", 365, COMPARABLES_NEEDED),
)
"""Where comparables of the unit value are looked for: the first that has enough is taken."""

BIN = 500
"""Width of the bins of ln(unit value) that comparables are counted in, in ten-thousandths."""

COMPARABLES = tuple(
    f"comparables.{name}" for name in ("level", "n", "quarter", "median", "three_quarters", "below", "same")
)
"""What is said of comparables: the level (from 1; 0 where there are too few), how many, the quartiles of
10,000 x ln(unit value), and how many are in lower bins than the row's own unit value, and in the same."""

WORDING = ("wording.items", "wording.grams", "wording.fit")
"""What is said of a description: items of its heading whose words are known, its distinct grams, and how much
likelier they are under the heading than elsewhere (sum of 10,000 x ln of the ratios)."""

HISTORY_NAMES: tuple[str, ...] = (
    *(f"{entity.name}.{measure}" for entity in ENTITIES for measure in entity.measures),
    *COMPARABLES,
    *WORDING,
)
"""Names of the history values, in the order of the profile store."""

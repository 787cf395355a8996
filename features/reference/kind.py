"""What a kind of reference table is made of: its key, its values, and what a feature may make of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from customs.declaration import Field, Kind
from features.local_time import LAST_YEAR


class Privacy(StrEnum):
    """What a column says of a person or a firm; only OPEN values may stand in a log or an error."""

    OPEN = "open"
    COMMERCIAL = "commercial"
    PERSONAL = "personal"
    TOKEN = "personal, kept as a keyed token"  # noqa: S105 - the name of a class, no secret


@dataclass(frozen=True)
class Column(Field):
    """One column of a table; a `day` is read as an instant or a date, and held as a local date."""

    privacy: Privacy = Privacy.OPEN
    day: bool = False


@dataclass(frozen=True)
class KeyPart(Column):
    """One column of a key, and the field `of` the declaration that is looked up in it.

    A `prefix` is a code of any length: of those that the declared one begins with, the longest is tried
    first. A part that is not required stands for any where it is empty. A `folded` one is compared without
    regard to capitals and spaces.
    """

    of: str = ""
    prefix: bool = False
    folded: bool = False


@dataclass(frozen=True)
class Measure:
    """A whole number that a look-up gives, int64; `unit` says of what."""

    name: str
    unit: str
    meaning: str


@dataclass(frozen=True)
class ReferenceKind:
    """A kind of table.

    `key` is what is looked up. Where a key may have several rows at a time (a party on several lists),
    `apart` tells them apart. `refreshed_days` is how old the newest row may be before the table is stale.

    >>> from features.reference.kinds import KIND
    >>> KIND["tariff"].identity
    ('hs_code', 'valid_from', 'known_from')
    """

    name: str
    meaning: str
    key: tuple[KeyPart, ...]
    values: tuple[Column, ...]
    measures: tuple[Measure, ...]
    refreshed_days: int
    use: str
    apart: tuple[Column, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of a file of this kind, in their order."""
        return (*self.key, *self.apart, *self.values, *PROVENANCE)

    @property
    def content(self) -> tuple[Column, ...]:
        """What a row says: all but when it became known and where it comes from."""
        return tuple(column for column in self.columns if column.name not in _SAID_OF_IT)

    @property
    def subject(self) -> tuple[str, ...]:
        """What a row speaks of: of two rows with the same, the later known replaces the other."""
        return (*(column.name for column in (*self.key, *self.apart)), "valid_from")

    @property
    def identity(self) -> tuple[str, ...]:
        """What no two rows may share."""
        return (*self.subject, "known_from")


def day(name: str, meaning: str, *, required: bool = False) -> Column:
    """A column of days."""
    return Column(name, Kind.INSTANT, meaning, unit="day", required=required, day=True)


PROVENANCE: tuple[Column, ...] = (
    day("valid_from", "first day on which the row is valid", required=True),
    day(
        "valid_to",
        f"last day on which it is valid; empty, or later than {LAST_YEAR}: no end",
    ),
    Column(
        "known_from",
        Kind.INSTANT,
        "when the administration came to know the row; default retrieved_at. It is seen from the next day on",
    ),
    Column("withdrawn", Kind.FLAG, "1: the row with this key and valid_from no longer stands"),
    Column("source", Kind.TEXT, "who says so", required=True, longest=200),
    Column("licence", Kind.TEXT, "under what terms it may be used", required=True, longest=200),
    Column("retrieved_at", Kind.INSTANT, "when it was fetched from the source; default now"),
)
"""Columns that every kind ends with: validity, knowledge, and where the row comes from."""

_SAID_OF_IT = frozenset({"known_from", "source", "licence", "retrieved_at"})

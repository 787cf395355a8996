"""What a value can tell of somebody, and for how long it may be kept.

The periods are defaults to hold by where the law of the administration sets no other. Nothing is deleted by
age alone: what was sealed under a party's key is erased by destroying that key (`ledger.vault`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class DataClass(StrEnum):
    """What a value tells of somebody, the least telling first.

    COMMERCIAL tells of a firm's business: goods, sources, quantities, prices. FREE_TEXT was written by
    anybody and may hold personal data. PERSONAL names a person or a firm, or tells something of one so named.
    """

    NONE = "none"
    COMMERCIAL = "commercial"
    FREE_TEXT = "free text"
    PERSONAL = "personal"


@dataclass(frozen=True)
class Retention:
    """How many years a value is kept after the declaration was accepted, and what is done then.

    >>> RETENTION[DataClass.COMMERCIAL]
    Retention(years=10, then='deleted')
    """

    years: int
    then: str


RETENTION: Mapping[DataClass, Retention] = {
    DataClass.NONE: Retention(10, "deleted"),
    DataClass.COMMERCIAL: Retention(10, "deleted"),
    DataClass.FREE_TEXT: Retention(5, "blanked"),
    DataClass.PERSONAL: Retention(5, "the party's key destroyed and the identifier deleted"),
}
"""Default retention by class."""


def most_telling(classes: Iterable[DataClass]) -> DataClass:
    """Give the class of what is made of values of several classes.

    >>> most_telling([DataClass.COMMERCIAL, DataClass.PERSONAL, DataClass.NONE]).value, most_telling([]).value
    ('personal', 'none')
    """
    return max(classes, key=list(DataClass).index, default=DataClass.NONE)

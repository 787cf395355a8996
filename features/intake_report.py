"""What an intake says of itself: counts, rules broken, columns nobody knows, dates, first digits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from features.first_digits import EXPECTED, FirstDigits


@dataclass(frozen=True)
class Counts:
    """Rows read; of these accepted (new in the lake), repeated (there already) and refused (quarantined)."""

    rows: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.rows + other.rows,
            self.accepted + other.accepted,
            self.repeated + other.repeated,
            self.refused + other.refused,
        )


@dataclass(frozen=True)
class RuleCount:
    """How many rows broke a rule; level E refused them, level W kept them. `table` is items or outcomes."""

    table: str
    rule: str
    level: str
    rows: int
    meaning: str


@dataclass(frozen=True)
class Told:
    """What a mapping says of its source: whose it is, under what terms, what a reader must know."""

    title: str
    source: str
    licence: str
    unusual: tuple[str, ...]


@dataclass(frozen=True)
class IntakeReport:
    """The report of one intake.

    `items` and `outcomes` count rows; `dates` is the range of customs_date and `first_digits` the table of
    cif over the items that were not refused; `quarantine` is the file of the refused rows, if there are any;
    `told` is what the mapping says of its source, None for a format without one.

    >>> report = IntakeReport(("a.csv",), Counts(3, 2, 0, 1), Counts(), (), (), None, FirstDigits(), None)
    >>> report.accepted, report.refused, report.all_refused, report.to_json()["items"]["rows"]
    (2, 1, False, 3)
    """

    files: tuple[str, ...]
    items: Counts
    outcomes: Counts
    rules: tuple[RuleCount, ...]
    unknown_columns: tuple[str, ...]
    dates: tuple[date, date] | None
    first_digits: FirstDigits
    quarantine: str | None
    told: Told | None = None

    @property
    def rows(self) -> int:
        """Rows of items read."""
        return self.items.rows

    @property
    def accepted(self) -> int:
        """Items that are new in the lake."""
        return self.items.accepted

    @property
    def repeated(self) -> int:
        """Items that were there already, or twice in the files."""
        return self.items.repeated

    @property
    def refused(self) -> int:
        """Items that are in quarantine."""
        return self.items.refused

    @property
    def all_refused(self) -> bool:
        """True if there were rows and not one could be taken."""
        every = self.items + self.outcomes
        return every.rows > 0 and every.refused == every.rows

    def to_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {
            "files": list(self.files),
            "items": vars(self.items),
            "outcomes": vars(self.outcomes),
            "all_refused": self.all_refused,
            "rules": [vars(rule) for rule in self.rules],
            "unknown_columns": list(self.unknown_columns),
            "dates": [day.isoformat() for day in self.dates] if self.dates else None,
            "first_digits": self._digits(),
            "quarantine": self.quarantine,
            "told": None if self.told is None else asdict(self.told),
        }

    def _digits(self) -> dict[str, Any] | None:
        if not sum(self.first_digits.counts):
            return None
        shares = zip(self.first_digits.shares(), EXPECTED, strict=True)
        return {
            "digits": [
                {"digit": digit, "observed": observed, "expected": expected}
                for digit, (observed, expected) in enumerate(shares, 1)
            ],
            "items": sum(self.first_digits.counts),
            "mean_absolute_deviation": self.first_digits.mean_absolute_deviation(),
        }

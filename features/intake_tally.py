"""The tally of an intake: what its report will say, added up chunk by chunk."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.first_digits import FirstDigits, first_digits
from features.intake_report import Counts, IntakeReport, RuleCount
from features.local_time import date_of
from features.validation import RULES
from features.validation_outcome import OUTCOME_RULES

_RULES = {"items": RULES, "outcomes": OUTCOME_RULES}


@dataclass
class Tally:
    """Counts so far; its size does not grow with the rows.

    >>> tally = Tally()
    >>> tally.count("items", Counts(2, 1, 0, 1), {"negative_amount": 1})
    >>> tally.report((), None).rules[0].rule
    'negative_amount'
    """

    counts: dict[str, Counts] = field(default_factory=lambda: {"items": Counts(), "outcomes": Counts()})
    broken: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: set[str] = field(default_factory=set)
    days: tuple[int, int] | None = None
    digits: FirstDigits = field(default_factory=FirstDigits)

    def count(self, table: str, counts: Counts, broken: dict[str, int]) -> None:
        """Add the rows of a chunk and the rules they broke."""
        self.counts[table] += counts
        self.broken.update({(table, rule): rows for rule, rows in broken.items()})

    def look(self, customs_date: NDArray[np.int32], cif: NDArray[np.float64]) -> None:
        """Add items that stand to the range of dates and to the table of first digits."""
        if len(customs_date):
            seen = (int(customs_date.min()), int(customs_date.max()))
            before = self.days or seen
            self.days = (min(seen[0], before[0]), max(seen[1], before[1]))
            self.digits += first_digits(cif)

    def report(self, files: tuple[str, ...], quarantine: str | None) -> IntakeReport:
        """The report of all that was counted; rules in the order in which they run."""
        rules = tuple(
            RuleCount(table, rule.name, rule.level.value, self.broken[table, rule.name], rule.meaning)
            for table, every in _RULES.items()
            for rule in every
            if self.broken[table, rule.name]
        )
        return IntakeReport(
            files,
            self.counts["items"],
            self.counts["outcomes"],
            rules,
            tuple(sorted(self.unknown)),
            (date_of(self.days[0]), date_of(self.days[1])) if self.days else None,
            self.digits,
            quarantine,
        )

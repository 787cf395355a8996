"""What was refused on the way in: by which rules, and the files that name each row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from features.intake_report import IntakeReport, RuleCount


@dataclass(frozen=True)
class Refused:
    """How many rows were refused, by which rules, and the quarantine files with their lines and remedies.

    That of several intakes is the sum of theirs.

    >>> rule = RuleCount("items", "negative_amount", "E", 2, "a mass is negative")
    >>> both = Refused(2, (rule,), ("a.jsonl",)) + Refused(2, (rule,), ("b.jsonl",))
    >>> both.rows, both.rules[0].rows, both.files
    (4, 4, ('a.jsonl', 'b.jsonl'))
    """

    rows: int = 0
    rules: tuple[RuleCount, ...] = ()
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, report: IntakeReport) -> Refused:
        """Give what an intake refused."""
        rules = tuple(rule for rule in report.rules if rule.level == "E")
        files = (report.quarantine,) if report.quarantine else ()
        return cls((report.items + report.outcomes).refused, rules, files)

    def __add__(self, other: Refused) -> Refused:
        return Refused(
            self.rows + other.rows,
            reduce(_with, other.rules, self.rules),
            tuple(dict.fromkeys((*self.files, *other.files))),
        )


def _with(rules: tuple[RuleCount, ...], more: RuleCount) -> tuple[RuleCount, ...]:
    """Give the rules with the rows of another one, which may be among them."""
    held = {(one.table, one.rule): one for one in rules}
    key = (more.table, more.rule)
    held[key] = replace(more, rows=more.rows + (held[key].rows if key in held else 0))
    return tuple(held.values())

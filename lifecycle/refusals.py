"""What was refused on the way in, told to who waits: by which rules, and where each row is named."""

from __future__ import annotations

from features.refused import Refused
from lifecycle.console import talk
from lifecycle.tables import rules_table


def tell_refused(refused: Refused) -> None:
    """Say how many rows were refused; if any were, by which rules, and what files tell of each."""
    talk.print(f"{refused.rows:,} rows refused")
    if refused.rules:
        talk.print(rules_table(refused.rules))
    for line in where_refused(refused):
        talk.print(line, markup=False, soft_wrap=True)


def where_refused(refused: Refused) -> list[str]:
    """Give a line for each file that tells of refused rows."""
    return [f"refused rows, each with its line, field, rule and remedy: {file}" for file in refused.files]

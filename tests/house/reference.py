"""The pages of the guide that are made from the code: `python -m tests.house.reference` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from customs.declaration import FIELDS, Field
from customs.outcome import OUTCOME_FIELDS
from features.recipe import FEATURES
from features.validation import RULES
from features.validation_outcome import OUTCOME_RULES
from features.validation_rule import Rule

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
_MADE = "Made from the code by `make reference`; a test holds it to the code."


def pages() -> Mapping[str, str]:
    """Give the text of each page by its name."""
    return {"fields.md": _fields(), "rules.md": _rules(), "features.md": _features()}


def _fields() -> str:
    return "\n".join(
        (
            "# Fields\n",
            f"The columns of a file of format `canonical`, and the names in the API. {_MADE}\n",
            "## Declaration item\n",
            *_field_table(FIELDS),
            "\n## Outcome\n",
            *_field_table(OUTCOME_FIELDS),
            "",
        )
    )


def _field_table(fields: Iterable[Field]) -> list[str]:
    rows = (
        (f"`{one.name}`", one.kind.value, one.unit, "required" if one.required else "", one.meaning)
        for one in fields
    )
    return _table(("field", "type", "unit", "", "meaning"), rows)


def _rules() -> str:
    return "\n".join(
        (
            "# Rules of intake\n",
            "The same rules run on files and on requests. A broken rule of level E refuses the row, which",
            "goes to quarantine with its remedy; W keeps it, and is a feature and part of the explanation.",
            f"{_MADE}\n",
            "## Declaration items\n",
            *_rule_table(RULES),
            "\n## Outcomes\n",
            *_rule_table(OUTCOME_RULES),
            "",
        )
    )


def _rule_table(rules: Iterable[Rule]) -> list[str]:
    rows = ((f"`{one.name}`", one.level.value, one.meaning, one.remedy) for one in rules)
    return _table(("rule", "level", "what is wrong", "remedy"), rows)


def _features() -> str:
    rows = (
        (f"`{one.name}`", one.meaning, ", ".join(one.fields), one.group, "yes" if one.value_model else "")
        for one in FEATURES
    )
    return "\n".join(
        (
            "# Features\n",
            "The columns of the feature matrix, in their order. History values are as of the item's own day.",
            "The value model sees only the marked ones: nothing of the item's own money but freight, no",
            f"parties. {_MADE}\n",
            *_table(("feature", "meaning", "of the fields", "reason it speaks under", "value model"), rows),
            "",
        )
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(head), _line(("---",) * len(head)), *map(_line, rows)]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    for name, text in pages().items():
        (GUIDE / name).write_text(text, encoding="utf-8")

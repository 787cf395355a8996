"""The pages of the guide that are made from the code: `python -m tests.house.reference` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel

from customs.declaration import FIELDS, Field
from customs.outcome import OUTCOME_FIELDS
from features.adapters.asycuda_elements import ELEMENTS
from features.adapters.mapping import FieldMapping, OutcomeMapping, Replacement, SourceMapping
from features.recipe import FEATURES
from features.validation import RULES
from features.validation_outcome import OUTCOME_RULES
from features.validation_rule import Rule

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
_MADE = "Made from the code by `make reference`; a test holds it to the code."


def pages() -> Mapping[str, str]:
    """Give the text of each page by its name."""
    return {
        "fields.md": _fields(),
        "rules.md": _rules(),
        "features.md": _features(),
        "sources.md": _sources(),
    }


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


def _sources() -> str:
    """The page as it stands, its two tables made anew."""
    text = (GUIDE / "sources.md").read_text(encoding="utf-8")
    text = _between(text, "keys", [line for model in MAPPING_MODELS for line in _keys(*model)])
    return _between(text, "asycuda", _elements())


MAPPING_MODELS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The file", SourceMapping),
    ("A field, under `fields` or `outcome.fields`", FieldMapping),
    ("A pattern, under `replace`", Replacement),
    ("The outcome, under `outcome`", OutcomeMapping),
)


def _keys(title: str, model: type[BaseModel]) -> list[str]:
    rows = (
        (f"`{name}`", "required" if key.is_required() else "", key.description or "")
        for name, key in model.model_fields.items()
    )
    return [f"### {title}\n", *_table(("key", "", "what it says"), rows), ""]


def _elements() -> list[str]:
    rows = (
        (
            f"`{one.field}`",
            ", ".join(f"`{'Item/' if one.of_item else ''}{path}`" for path in one.paths),
            one.remark,
        )
        for one in ELEMENTS
    )
    return _table(("field", "element", ""), rows)


def _between(text: str, name: str, lines: Iterable[str]) -> str:
    before, mark, rest = text.partition(f"<!-- {name} -->")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    return "\n".join((before + mark, *lines, end + after))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(head), _line(("---",) * len(head)), *map(_line, rows)]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    for name, text in pages().items():
        (GUIDE / name).write_text(text, encoding="utf-8")

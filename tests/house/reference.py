"""The pages of the guide that are made from the code: `python -m tests.house.reference` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel

from customs.data_policy import DataClass
from customs.declaration import FIELDS, Field
from customs.outcome import OUTCOME_FIELDS
from features.adapters.asycuda_elements import ELEMENTS
from features.adapters.mapping import FieldMapping, OutcomeMapping, Replacement, SourceMapping
from features.dictionary import Entry, What, dictionary, retention
from features.reference.checks import CHECKS, Check
from features.reference.kind import PROVENANCE, Column, ReferenceKind
from features.reference.kinds import KINDS
from features.translation import Say, english, spoken
from features.validation import RULES
from features.validation_outcome import OUTCOME_RULES
from features.validation_rule import Rule
from serving.openapi import document_bytes

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
_MADE = "Made from the code by `make reference`; a test holds it to the code."


def pages() -> Mapping[str, str]:
    """Give the text of each page by its name."""
    return {
        "fields.md": fields_page(english),
        "fields.es.md": fields_page(spoken("es")),
        "rules.md": _rules(),
        "dictionary.md": dictionary_page(english, "fields.md"),
        "dictionary.es.md": dictionary_page(spoken("es"), "fields.es.md"),
        "sources.md": _sources(),
        "references.md": _references(),
        "openapi.json": document_bytes().decode(),
    }


def fields_page(say: Say) -> str:
    """Give the page of the fields, in the language of `say`."""
    return "\n".join(
        (
            f"# {say('Fields')}\n",
            say("The columns of a file of format `canonical`, and the names in the API."),
            f"{say(_MADE)}\n",
            f"## {say('Declaration item')}\n",
            *_field_table(FIELDS, say),
            f"\n## {say('Outcome')}\n",
            *_field_table(OUTCOME_FIELDS, say),
            "",
        )
    )


def _field_table(fields: Iterable[Field], say: Say) -> list[str]:
    rows = (
        (
            f"`{one.name}`",
            say(one.kind.value),
            one.unit and say(one.unit),
            say("required") if one.required else "",
            say(one.meaning),
        )
        for one in fields
    )
    return _table(_heads(say, "field", "type", "unit", "", "meaning"), rows)


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


def dictionary_page(say: Say, fields: str) -> str:
    """Give the page of the data dictionary, in the language of `say`; `fields` is that of the fields."""
    entries = dictionary(say=say)
    return "\n".join(
        (
            f"# {say('Data dictionary')}\n",
            say(
                "Every field, history value, reference value and feature: what it means, what it is made of, "
                "by when it was known, what it may tell of somebody, how long it is kept."
            ),
            say("`tamiz features show NAME` tells all."),
            say("What a feature is made of was found by running it."),
            f"{say(_MADE)}\n",
            say(
                "Classes of data, and how long they are kept where the law sets no other period (a policy: "
                "nothing is deleted by age alone):"
            ),
            "",
            *_table(
                _heads(say, "class", "kept after the acceptance"),
                ((say(one), retention(one, say)) for one in DataClass),
            ),
            f"\n## {say('Fields of the declaration and of the outcome')}\n",
            say(
                "A declared field is of the item's own declaration; of other items it is seen through "
                "history alone. A field of the outcome counts from known_at on, through history, as of later "
                "days. For meaning and type see {page}.",
                page=f"[{say('Fields')}]({fields})",
            ),
            "",
            *_table(_heads(say, "field", "of the", "unit", "class"), _field_rows(entries, say)),
            f"\n## {say('History values')}\n",
            say(
                "Whole numbers under digests of the keys, as of a day. A value under the digest of a party "
                "is as personal as the party's number: who knows the number finds the value."
            ),
            "",
            *_table(
                _heads(say, "value", "meaning", "unit", "made of", "rule", "class", "kept"),
                _past_rows(entries, say),
            ),
            f"\n{say('The rules:')}\n",
            *(f"- **{name}**: {rule}." for rule, name in _rule_names(entries).items()),
            f"\n## {say('Reference values')}\n",
            say(
                "Whole numbers of the [reference tables](references.md): of the row that was known before "
                "the day and is valid on it. They are kept as long as the table."
            ),
            "",
            *_table(_heads(say, "value", "meaning", "unit", "made of", "class"), _told_rows(entries, say)),
            f"\n## {say('Features')}\n",
            say(
                "The columns of the feature matrix, in their order. Values are as of the item's own day. The "
                "value model sees the marked ones: nothing of the item's own money but freight, no parties."
            ),
            "",
            *_table(
                _heads(
                    say,
                    "feature",
                    "meaning",
                    "unit",
                    "made of",
                    "reason it speaks under",
                    "class",
                    "value model",
                ),
                _feature_rows(entries, say),
            ),
            "",
        )
    )


def _heads(say: Say, *heads: str) -> tuple[str, ...]:
    return tuple(head and say(head) for head in heads)


def _field_rows(entries: Iterable[Entry], say: Say) -> Iterator[tuple[str, ...]]:
    for one in entries:
        if one.what in {What.DECLARED, What.FOUND}:
            yield (f"`{one.name}`", say(one.group), one.unit, say(one.data))


def _past_rows(entries: tuple[Entry, ...], say: Say) -> Iterator[tuple[str, ...]]:
    names = _rule_names(entries)
    for one in entries:
        if one.what is What.REMEMBERED:
            of = ", ".join(one.fields)
            yield (f"`{one.name}`", one.meaning, one.unit, of, names[one.known], say(one.data), one.kept)


def _told_rows(entries: Iterable[Entry], say: Say) -> Iterator[tuple[str, ...]]:
    for one in entries:
        if one.what is What.TOLD:
            yield (f"`{one.name}`", one.meaning, one.unit, ", ".join(one.fields), say(one.data))


def _rule_names(entries: Iterable[Entry]) -> dict[str, str]:
    rules = dict.fromkeys(one.known for one in entries if one.what is What.REMEMBERED)
    return {rule: f"R{number}" for number, rule in enumerate(rules, start=1)}


def _feature_rows(entries: Iterable[Entry], say: Say) -> Iterator[tuple[str, ...]]:
    for one in entries:
        if one.what is What.FEATURE:
            marked, made_of = say("yes") if one.value_model else "", ", ".join(one.source)
            yield (f"`{one.name}`", one.meaning, one.unit, made_of, one.group, say(one.data), marked)


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


def _references() -> str:
    return "\n".join(
        (
            "# Reference tables\n",
            "What others know of goods, firms, prices and rates, as of each day. A table is a CSV or Parquet",
            "file with the columns of its kind, added with `tamiz sources add FILE --kind KIND`.",
            f"{_MADE}\n",
            _EXPLAINED,
            "## Columns that every kind ends with\n",
            *_column_table(PROVENANCE),
            *(line for kind in KINDS for line in _kind(kind)),
            "\n## What `tamiz sources check` looks for\n",
            *_check_table(CHECKS),
            "",
        )
    )


_EXPLAINED = """**Both times.** As of day D a row counts if it was known before D (`known_from`, as a local
date) and is valid on D. Of several the one with the latest `valid_from` counts. A row with the same key
and `valid_from` that becomes known later replaces the earlier one from then on: it may correct it, end it
sooner by another `valid_to`, or withdraw it (`withdrawn` 1, the rest repeated). Rows are only ever added, so
what was known on a day can always be asked.

**An earlier row counts again when a later one ends**, if it is still valid: a rate without `valid_to` of
January is hidden by one of June to August, and counts again from September on. That is right for a measure
of some months, and wrong for a rate that was replaced for good. To end the earlier row, add it once more
with the same key and `valid_from`, a later `known_from`, and its `valid_to`: here the last day of May.
`tamiz sources check` names such rows (`resumed`), and the days on which no row counts at all (`gap`).

**Dates** are of the years 1900 to 2199. A `valid_to` beyond, as the customary 9999-12-31, is no end.

**Online the values are those of the snapshot's day**, not of the declaration's. A row that begins to be
valid, is ended or becomes known between the two is not seen until the next `tamiz advance`, be it a stop on
a watch list: so advance each morning, `tamiz advance --to TODAY`. What is added today is known today, and
is seen by tomorrow's. Without `--to` the snapshot is of the day after the newest item, which after a quiet
day is not today. The answer names `old_profiles` under `degraded` once the declaration's day lies more than
`profile_days` (7; `configs/serving.yaml`) after the snapshot's: it tells that the mornings were missed, and
says nothing of a single one. Training, backtests and `tamiz features compute` ask for each item's own day,
and need no advance.

**Damage is told.** Each file of a table is held to the digest it is named by whenever the table is read. If
one was changed or is gone, nothing of the table is believed: commands end with its name, and no snapshot is
made. Restore `data/sources/KIND` from a copy; or remove it and add the table's files again, the originals,
each with the `--retrieved-at` of its day, since a row that does not say when it was known is known from
then on.

**What is not said** is never taken to have been known: a row without `known_from` was known when it was
fetched, a row without `retrieved_at` was fetched now. The same file twice adds nothing. A row of the same
key, `valid_from` and `known_from` with other content goes to quarantine, as does what breaks a rule.

**Keys.** Codes of goods may have any length from four digits on (preferences: two): the longest that the
declared code begins with is tried first, and at each length the origin before any origin.

**Measures** are whole numbers that features are made of; where a table says nothing, its measure is missing.
Those that no feature reads yet stand in what `tamiz features compute --history` writes.

**Embedded.** `features/reference/examples/` holds two small true excerpts, not whole tables: exchange rates
of four days (European Central Bank, free with credit; crosses to USD computed) and correlations of 22 codes
of the Harmonized System (UN Statistics Division; facts). `tamiz simulate world` writes tables of its own,
whose source is `simulated`. All others an administration brings itself.
"""


def _kind(kind: ReferenceKind) -> tuple[str, ...]:
    rows = ((f"`{one.name}`", one.unit, one.meaning) for one in kind.measures)
    return (
        f"\n## {kind.name}\n",
        f"{kind.meaning[0].upper()}{kind.meaning[1:]}.",
        f"Stale after {kind.refreshed_days} days without a new row.",
        f"Features make of it: {kind.use}.\n",
        *_column_table((*kind.key, *kind.apart, *kind.values), len(kind.key)),
        "",
        *_table(("measure", "unit", "meaning"), rows),
    )


def _column_table(columns: Sequence[Column], key: int = 0) -> list[str]:
    rows = (
        (
            f"`{one.name}`",
            "key" if place < key else "",
            "date" if one.day else one.kind.value,
            one.unit,
            "required" if one.required else "",
            one.privacy.value,
            one.meaning,
        )
        for place, one in enumerate(columns)
    )
    return _table(("column", "", "type", "unit", "", "data of persons and firms", "meaning"), rows)


def _check_table(checks: Iterable[Check]) -> list[str]:
    rows = (
        (f"`{one.name}`", one.level.value, ", ".join(one.kinds) or "all", one.meaning, one.remedy)
        for one in checks
    )
    return _table(("check", "level", "kinds", "what is wrong", "remedy"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    return [_line(head), _line(("---",) * len(head)), *map(_line, rows)]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    for name, text in pages().items():
        (GUIDE / name).write_text(text, encoding="utf-8")

"""The data dictionary: every field, history value and feature, told by what the code itself knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from customs.data_policy import RETENTION, DataClass, most_telling
from customs.declaration import FIELD, FIELDS, Field, Kind
from customs.outcome import OUTCOME_FIELDS
from features import aggregate_words, feature_unit
from features.definitions.declaration import CENTS, ITEMS, LIKE_CENTS, LIKE_ITEMS
from features.definitions.feature import Feature
from features.errors import UnknownNameError
from features.history.entities import COMPARABLES, ENTITIES, EVER, LEVELS, WORDING, Entity
from features.history.groups import WORDED
from features.history.parts import PARTS
from features.provenance import Provenance, provenances
from features.recipe import FEATURES
from features.reference.kinds import KINDS
from features.reference.lookup import looked_up
from features.reference.tables import REFERENCE_NAMES
from features.translation import Say, english

_FOREVER = "remembered as long as the lake holds the rows"
_OWN = "as declared in the version itself"
_PAST = "history as of the customs_date: only what happened, and was known, before that day"
_TOLD = "reference tables as of the customs_date: only rows known before that day and valid on it"
_DERIVED = {
    "customs_date": ("accepted_at",),
    ITEMS: ("item_no",),
    CENTS: ("cif",),
    LIKE_ITEMS: ("item_no", "hs_code"),
    LIKE_CENTS: ("cif", "hs_code"),
}
"""Fields that a column is made of, by its name."""


class What(StrEnum):
    """What a name of the dictionary stands for."""

    DECLARED = "declared field"
    FOUND = "outcome field"
    REMEMBERED = "history value"
    TOLD = "reference value"
    FEATURE = "feature"


@dataclass(frozen=True)
class Entry:
    """One name: what it means, what it is made of, by when it was known, what it may tell of somebody.

    `fields` are those of the declaration and of the outcome that it is made of, `history` the history and
    reference values; `known` is the point-in-time rule, `kept` the retention.
    """

    name: str
    what: What
    group: str
    meaning: str
    unit: str
    fields: tuple[str, ...]
    history: tuple[str, ...]
    known: str
    data: DataClass
    kept: str
    value_model: bool = False

    @property
    def source(self) -> tuple[str, ...]:
        """Names of all that it is made of."""
        return (*self.fields, *self.history)


def dictionary(
    entities: Sequence[Entity] = ENTITIES, features: Sequence[Feature] = FEATURES, say: Say = english
) -> tuple[Entry, ...]:
    """Give every entry, in order: fields of declaration and outcome, history and reference values, features.

    What they mean, their units and rules are in the language of `say`.

    >>> found = [entry for entry in dictionary() if entry.name == "importer_age"]
    >>> found[0].source, found[0].unit, found[0].data.value
    (('accepted_at', 'importer.first_day'), 'days', 'personal')
    """
    past = (*_remembered(entities, say), *_compared(say), *_worded(say), *_told(say))
    held = {entry.name: entry for entry in past}
    read = provenances(features, list(held))
    return (
        *(_field(each, What.DECLARED, say) for each in FIELDS),
        *(_field(each, What.FOUND, say) for each in OUTCOME_FIELDS),
        *past,
        *(_feature(each, read[each.name], held, say) for each in features),
    )


def named(name: str, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give the entries of a name, a field and a feature may share one; UnknownNameError with near names.

    >>> [entry.what.value for entry in named("importer_aeo", dictionary())]
    ['declared field', 'feature']
    >>> named("importer_agee", dictionary())
    Traceback (most recent call last):
    features.errors.UnknownNameError: there is no field, history value or feature 'importer_agee'
    """
    entries = tuple(entries)
    found = tuple(entry for entry in entries if entry.name == name)
    if not found:
        raise unknown_name("field, history value or feature", name, [entry.name for entry in entries])
    return found


def unknown_name(what: str, name: str, known: Sequence[str]) -> UnknownNameError:
    """Give the error of a name that there is not, with the nearest there are.

    >>> unknown_name("group", "volme", ["volume", "mass"]).remedy
    "did you mean 'volume'?"
    """
    near = list(dict.fromkeys(get_close_matches(name, known, 9, 0.6)))[:3]
    remedy = f"did you mean {' or '.join(map(repr, near))}?" if near else "see `tamiz features list --all`"
    return UnknownNameError(f"there is no {what} '{name}'", remedy=remedy)


def retention(data: DataClass, say: Say = english) -> str:
    """Give how long values of a class are kept, and what is done then.

    >>> retention(DataClass.COMMERCIAL)
    '10 years, then deleted'
    """
    kept = RETENTION[data]
    return say("{years} years, then {then}", years=str(kept.years), then=say(kept.then))


def _field(field: Field, what: What, say: Say) -> Entry:
    known = (
        "of the item's own declaration; of other items through history alone"
        if what is What.DECLARED
        else "from known_at on; no feature sees it but through history, as of later days"
    )
    group = "declaration" if what is What.DECLARED else "outcome"
    unit = field.unit or _KIND_UNITS.get(field.kind, "")
    return Entry(
        field.name,
        what,
        group,
        say(field.meaning),
        say(unit),
        (),
        (),
        say(known),
        field.data,
        retention(field.data, say),
    )


def _remembered(entities: Sequence[Entity], say: Say) -> Iterator[Entry]:
    for entity in entities:
        data = most_telling(FIELD[PARTS[part]].data for part in entity.parts)
        for aggregate in entity.aggregates:
            yield Entry(
                f"{entity.name}.{aggregate.name}",
                What.REMEMBERED,
                entity.name,
                aggregate_words.meaning_of(entity, aggregate, say),
                say(aggregate_words.unit_of(aggregate)),
                aggregate_words.fields_of(entity, aggregate),
                (),
                aggregate_words.rule_of(aggregate, say),
                data,
                say(_FOREVER) if aggregate.window == EVER else _forgotten(aggregate.window, say),
            )


def _forgotten(days: int, say: Say) -> str:
    return say("forgotten after {days} days", days=str(days))


def _compared(say: Say) -> Iterator[Entry]:
    fields = tuple(dict.fromkeys(PARTS[part] for level in LEVELS for part in _parts(level.entity)))
    levels = ", ".join(
        say(
            "{entity} within {days} days, at least {needed}",
            entity=level.entity,
            days=str(level.days),
            needed=str(level.needed),
        )
        for level in LEVELS
    )
    rule = say(
        "the newest version known before the day; the first level that has enough: {levels}", levels=levels
    )
    kept = _forgotten(max(level.days for level in LEVELS), say)
    data = most_telling(FIELD[name].data for name in (*fields, "cif"))
    for name, (meaning, unit) in zip(COMPARABLES, _COMPARABLES, strict=True):
        yield Entry(
            name,
            What.REMEMBERED,
            "comparables",
            say(meaning),
            say(unit),
            (*fields, "cif", "net_kg"),
            (),
            rule,
            data,
            kept,
        )


def _worded(say: Say) -> Iterator[Entry]:
    fields = (*(PARTS[part] for part in _parts(WORDED)), "description")
    rule = say("descriptions of the versions that were known first, before the day")
    for name, (meaning, unit) in zip(WORDING, _WORDING, strict=True):
        yield Entry(
            name,
            What.REMEMBERED,
            "wording",
            say(meaning),
            say(unit),
            fields,
            (),
            rule,
            FIELD["description"].data,
            say(_FOREVER),
        )


def _told(say: Say) -> Iterator[Entry]:
    for kind in KINDS:
        fields = looked_up(kind)
        data = most_telling(FIELD[name].data for name in fields)
        rule = say(
            "{table}: the row that was known before the customs_date and is valid on it",
            table=say(kind.meaning),
        )
        for measure in kind.measures:
            yield Entry(
                f"{kind.name}.{measure.name}",
                What.TOLD,
                kind.name,
                say(measure.meaning),
                say(measure.unit),
                fields,
                (),
                rule,
                data,
                say("as long as the table is kept"),
            )


def _feature(feature: Feature, read: Provenance, held: dict[str, Entry], say: Say) -> Entry:
    fields = tuple(dict.fromkeys(field for name in read.columns for field in _declared(name, feature)))
    classes = [FIELD[name].data for name in fields] + [held[name].data for name in read.history]
    data = most_telling(classes)
    return Entry(
        feature.name,
        What.FEATURE,
        feature.group,
        say(feature.meaning),
        say(feature_unit.unit_of(feature, flag=read.flag)),
        fields,
        read.history,
        _rule(read, say),
        data,
        say("made when asked; in the record of a decision {kept}", kept=retention(data, say)),
        feature.value_model,
    )


def _declared(column: str, feature: Feature) -> tuple[str, ...]:
    """The declared fields behind a column; warnings of intake are of those that the feature speaks of."""
    return (column,) if column in FIELD else _DERIVED.get(column, feature.fields)


def _rule(read: Provenance, say: Say) -> str:
    parts = [_PAST] if set(read.history) - set(REFERENCE_NAMES) else []
    parts += [_TOLD] if set(read.history) & set(REFERENCE_NAMES) else []
    parts += [_OWN] if read.columns else []
    parts += ["codes or strengths learnt by the recipe"] if read.learnt else []
    return "; ".join(map(say, parts))


def _parts(entity: str) -> tuple[str, ...]:
    return next(each.parts for each in ENTITIES if each.name == entity)


_KIND_UNITS = {
    Kind.TEXT: "text",
    Kind.CODE: "code",
    Kind.INTEGER: "whole number",
    Kind.NUMBER: "number",
    Kind.FLAG: feature_unit.FLAG,
    Kind.INSTANT: "instant with offset",
}
_UV = "ln(unit value) in 1/10,000"
_COMPARABLES = (
    ("level at which comparables were found, 0 where too few", "number of the level"),
    ("comparables found", "items"),
    ("first quartile of the unit values of comparables", _UV),
    ("median of the unit values of comparables", _UV),
    ("third quartile of the unit values of comparables", _UV),
    ("comparables in bins below that of the own unit value", "items"),
    ("comparables in the bin of the own unit value", "items"),
)
_WORDING = (
    ("items of the heading whose words are known", "items"),
    ("distinct letter triples of the own description", "triples"),
    ("how much likelier the own triples are under the heading than elsewhere", "sum of ln in 1/10,000"),
)

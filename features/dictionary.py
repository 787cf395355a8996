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
from features.history.entities import COMPARABLES, ENTITIES, EVER, LEVELS, WORDING, Aggregate, Entity
from features.history.groups import WORDED
from features.history.parts import PARTS
from features.provenance import Provenance, provenances
from features.recipe import FEATURES
from features.reference.kinds import KINDS
from features.reference.lookup import looked_up
from features.reference.tables import REFERENCE_NAMES

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
    entities: Sequence[Entity] = ENTITIES, features: Sequence[Feature] = FEATURES
) -> tuple[Entry, ...]:
    """Give every entry, in order: fields of declaration and outcome, history and reference values, features.

    >>> found = [entry for entry in dictionary() if entry.name == "importer_age"]
    >>> found[0].source, found[0].unit, found[0].data.value
    (('accepted_at', 'importer.first_day'), 'days', 'personal')
    """
    past = (*_remembered(entities), *_compared(), *_worded(), *_told())
    held = {entry.name: entry for entry in past}
    read = provenances(features, list(held))
    return (
        *(_field(each, What.DECLARED) for each in FIELDS),
        *(_field(each, What.FOUND) for each in OUTCOME_FIELDS),
        *past,
        *(_feature(each, read[each.name], held) for each in features),
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


def _field(field: Field, what: What) -> Entry:
    known = (
        "of the item's own declaration; of other items through history alone"
        if what is What.DECLARED
        else "from known_at on; no feature sees it but through history, as of later days"
    )
    group = "declaration" if what is What.DECLARED else "outcome"
    unit = field.unit or _KIND_UNITS.get(field.kind, "")
    kept = str(RETENTION[field.data])
    return Entry(field.name, what, group, field.meaning, unit, (), (), known, field.data, kept)


def _remembered(entities: Sequence[Entity]) -> Iterator[Entry]:
    for entity in entities:
        data = most_telling(FIELD[PARTS[part]].data for part in entity.parts)
        for aggregate in entity.aggregates:
            yield Entry(
                f"{entity.name}.{aggregate.name}",
                What.REMEMBERED,
                entity.name,
                aggregate_words.meaning_of(entity, aggregate),
                aggregate_words.unit_of(aggregate),
                aggregate_words.fields_of(entity, aggregate),
                (),
                aggregate_words.rule_of(aggregate),
                data,
                _kept(aggregate),
            )


def _kept(aggregate: Aggregate) -> str:
    return _FOREVER if aggregate.window == EVER else f"forgotten after {aggregate.window} days"


def _compared() -> Iterator[Entry]:
    fields = tuple(dict.fromkeys(PARTS[part] for level in LEVELS for part in _parts(level.entity)))
    rule = "the newest version known before the day; the first level that has enough: " + ", ".join(
        f"{level.entity} within {level.days} days, at least {level.needed}" for level in LEVELS
    )
    kept = f"forgotten after {max(level.days for level in LEVELS)} days"
    data = most_telling(FIELD[name].data for name in (*fields, "cif"))
    for name, (meaning, unit) in zip(COMPARABLES, _COMPARABLES, strict=True):
        yield Entry(
            name,
            What.REMEMBERED,
            "comparables",
            meaning,
            unit,
            (*fields, "cif", "net_kg"),
            (),
            rule,
            data,
            kept,
        )


def _worded() -> Iterator[Entry]:
    fields = (*(PARTS[part] for part in _parts(WORDED)), "description")
    rule = "descriptions of the versions that were known first, before the day"
    for name, (meaning, unit) in zip(WORDING, _WORDING, strict=True):
        data = FIELD["description"].data
        yield Entry(name, What.REMEMBERED, "wording", meaning, unit, fields, (), rule, data, _FOREVER)


def _told() -> Iterator[Entry]:
    for kind in KINDS:
        fields = looked_up(kind)
        data = most_telling(FIELD[name].data for name in fields)
        rule = f"{kind.meaning}: the row that was known before the customs_date and is valid on it"
        for measure in kind.measures:
            yield Entry(
                f"{kind.name}.{measure.name}",
                What.TOLD,
                kind.name,
                measure.meaning,
                measure.unit,
                fields,
                (),
                rule,
                data,
                "as long as the table is kept",
            )


def _feature(feature: Feature, read: Provenance, held: dict[str, Entry]) -> Entry:
    fields = tuple(dict.fromkeys(field for name in read.columns for field in _declared(name, feature)))
    classes = [FIELD[name].data for name in fields] + [held[name].data for name in read.history]
    data = most_telling(classes)
    return Entry(
        feature.name,
        What.FEATURE,
        feature.group,
        feature.meaning,
        feature_unit.unit_of(feature, flag=read.flag),
        fields,
        read.history,
        _rule(read),
        data,
        f"made when asked; in the record of a decision {RETENTION[data]}",
        feature.value_model,
    )


def _declared(column: str, feature: Feature) -> tuple[str, ...]:
    """The declared fields behind a column; warnings of intake are of those that the feature speaks of."""
    return (column,) if column in FIELD else _DERIVED.get(column, feature.fields)


def _rule(read: Provenance) -> str:
    parts = [_PAST] if set(read.history) - set(REFERENCE_NAMES) else []
    parts += [_TOLD] if set(read.history) & set(REFERENCE_NAMES) else []
    parts += [_OWN] if read.columns else []
    parts += ["codes or strengths learnt by the recipe"] if read.learnt else []
    return "; ".join(parts)


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

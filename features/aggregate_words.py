"""What an aggregate of a history means, in words made of its definition."""

from __future__ import annotations

from collections.abc import Mapping

from customs.declaration import FIELD
from features.history.entities import EVER, Aggregate, Entity, Kind, Known
from features.history.measures import FOUND, LOGARITHMS, SHARES
from features.history.parts import PARTS
from features.translation import Say, english

_NUMBERS: Mapping[str, str] = {
    "uv": "ln(unit value)",
    "fk": "ln(freight of a kilogram)",
    "pk": "ln(mass of a package)",
    "mq": "ln(mass of a piece)",
    "piece": "ln(value of a piece)",
    "fr": "freight over cif",
    "ir": "insurance over cif",
    "ng": "net over gross mass",
    "tr": "rate of tax",
    "cif": "declared value",
    "dev": "deviation of ln(unit value) from the median of comparables",
}
_COUNTED: Mapping[str, str] = {
    "items": "goods items",
    "known": "items with a known outcome",
    "illicit": "items found irregular",
    "young": "items of importers that were young",
    **{name: f"items with a finding of {name.partition('_')[2]}" for name in FOUND},
}
_SUMMED: Mapping[str, str] = {
    "n": "items with {number}",
    "sum": "sum of {number}",
    "sq": "sum of squares of {number}",
}
_IMPORTERS: Mapping[str, str] = {
    "all": "importers met",
    "known": "importers met of whom an outcome is known",
    "illicit": "importers met of whom something irregular is known",
    "young": "importers that were young when met",
}
_PARTS: Mapping[str, str] = {
    "hs4": "heading",
    "hs6": "subheading",
    "hs2": "chapter",
    "mode": "mode of transport",
    "departure": "country of departure",
}
_SINCE: Mapping[Known, str] = {
    Known.ITEM: "customs_date",
    Known.FIRST: "customs_date",
    Known.OUTCOME: "customs_date, or the day the outcome was known if later,",
    Known.SEEN: "the meeting",
}


def meaning_of(entity: Entity, aggregate: Aggregate, say: Say = english) -> str:
    """Give what is remembered of whom.

    >>> from features.history.entities import ENTITY, within
    >>> meaning_of(ENTITY["declarant_seller"], within("illicit", 90))
    'items found irregular of the declarant and seller, within 90 days'
    """
    return f"{_what(aggregate, say)} {say(_of(entity))}{_window(aggregate, say)}"


def unit_of(aggregate: Aggregate) -> str:
    """Give the unit of the whole numbers it holds.

    >>> from features.history.entities import decayed, last_day, total
    >>> unit_of(total("items")), unit_of(total("uv_sum")), unit_of(last_day())
    ('items', '1/10,000', 'days since 1970-01-01, -1 never')
    >>> unit_of(decayed("known"))
    'items by weight'
    """
    if aggregate.kind is not Kind.SUM:
        return "importers" if aggregate.kind is Kind.PARTIES else "days since 1970-01-01, -1 never"
    number, _, how = aggregate.of.partition("_")
    if how not in {"sum", "sq"}:
        return "items by weight" if len(aggregate.weights) > 1 else "items"
    if number == "cif":
        return FIELD["cif"].unit
    return "1/10,000" if how == "sum" else "1/100,000,000"


def rule_of(aggregate: Aggregate, say: Say = english) -> str:
    """Give the point-in-time rule: which rows count as of a day, and from when a window counts.

    >>> from features.history.entities import within
    >>> rule_of(within("known", 365)).partition("; ")[0]
    'the newest outcome known before the day, of the newest version'
    """
    rule = [say(aggregate.known.value)]
    if aggregate.kind is Kind.PARTIES and aggregate.of in {"known", "illicit"}:
        rule.append(say("of importers what is known by the day"))
    if aggregate.window != EVER:
        since, days = say(_SINCE[aggregate.known]), str(aggregate.window)
        rule.append(say("{since} within {days} days before the day", since=since, days=days))
    return "; ".join(rule)


def fields_of(entity: Entity, aggregate: Aggregate) -> tuple[str, ...]:
    """Give the declared fields, and fields of the outcome, that it is made of.

    >>> from features.history.entities import ENTITY, total
    >>> fields_of(ENTITY["hs4"], total("tr_sum")), fields_of(ENTITY["hs4"], total("illicit"))
    (('hs_code', 'tax_rate_pct'), ('hs_code', 'illicit'))
    """
    number = aggregate.of.partition("_")[0]
    made = dict(LOGARITHMS | SHARES) | {
        "tr": ("tax_rate_pct",),
        "cif": ("cif",),
        "dev": ("cif", "net_kg", "hs_code", "origin_country"),
        "young": ("importer_id",),
        "known": ("illicit",),
        "illicit": ("illicit",),
        "found": ("finding",),
    }
    parties = ("importer_id",) if aggregate.kind is Kind.PARTIES else ()
    keys = (PARTS[part] for part in entity.parts)
    return tuple(dict.fromkeys((*keys, *parties, *made.get(number, ()))))


def _of(entity: Entity) -> str:
    parts = " and ".join(_PARTS.get(part, part) for part in entity.parts)
    return f"of the {parts}" if parts else "of all"


def _what(aggregate: Aggregate, say: Say) -> str:
    if aggregate.kind is Kind.PARTIES:
        return say(_IMPORTERS[aggregate.of])
    if aggregate.kind is not Kind.SUM:
        return say(f"{aggregate.kind.value} on which there was an item")
    if aggregate.of in _COUNTED:
        return say(_COUNTED[aggregate.of])
    number, _, how = aggregate.of.partition("_")
    return say(_SUMMED[how], number=say(_NUMBERS[number]))


def _window(aggregate: Aggregate, say: Say) -> str:
    if len(aggregate.weights) == 1:
        return "" if aggregate.window == EVER else say(", within {days} days", days=str(aggregate.window))
    days = sorted(aggregate.weights)
    weights = [sum(aggregate.weights[each] for each in days[at:]) for at in range(len(days))]
    ladder = ", ".join(
        say("{weight} within {days} days", weight=str(weight), days=str(each))
        for weight, each in zip(weights, days, strict=True)
    )
    return say(", weighing {ladder}", ladder=ladder)

"""The names of the history: which entities are remembered, and what is measured of each.

A window, an age limit and a scale are part of what a name means, so they are constants beside the names and
no settings: a store written with other names is refused, and a model can never meet other figures under the
same name.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOWS: tuple[int, ...] = (30, 90)
"""Days of customs_date that the counts `items_30d` and `items_90d` look back."""

LABEL_WINDOW = 365
"""Days that `known_365d` and `illicit_365d` look back, on the day from which the outcome counted."""

YOUNG_DAYS = 90
"""An importer first seen fewer days ago is young (but for the first such days of the history itself)."""

COMPARABLES_NEEDED = 5
"""Comparables of the same origin below which a deviation widens to the whole commodity."""

NEVER = -1
"""The day of something that never happened."""

_RECORD = ("items", "items_30d", "items_90d", "last_day", "known", "illicit")
_PARTY = (*_RECORD, "known_365d", "illicit_365d", "dev_n", "dev_sum")
_UNIT_VALUE = ("uv_n", "uv_sum", "uv_sq")
_BESIDE = ("fr_n", "fr_sum", "ng_n", "ng_sum", "pk_n", "pk_sum", "mq_n", "mq_sum", "tr_n", "tr_sum")


@dataclass(frozen=True)
class Entity:
    """One kind of thing with a history: its name, the parts of its key, and what is measured of it."""

    name: str
    parts: tuple[str, ...]
    measures: tuple[str, ...]


ENTITIES: tuple[Entity, ...] = (
    Entity("importer", ("importer",), (*_PARTY, "first_day")),
    Entity("declarant", ("declarant",), (*_PARTY, "importers", "young_90d")),
    Entity("seller", ("seller",), (*_PARTY, "importers", "young_90d")),
    Entity("declarant_seller", ("declarant", "seller"), (*_PARTY, "young_90d")),
    Entity("importer_hs4", ("importer", "hs4"), ("items", "last_day", "known", "illicit")),
    Entity("office_heading", ("office", "hs4"), _RECORD),
    Entity("origin_hs6", ("origin", "hs6"), (*_RECORD, *_UNIT_VALUE)),
    Entity("hs6", ("hs6",), (*_RECORD, *_UNIT_VALUE, *_BESIDE)),
    Entity("hs4", ("hs4",), ("items", "known", "illicit", "tr_n", "tr_sum")),
    Entity("origin", ("origin",), ("items", "known", "illicit")),
    Entity("brand", ("brand",), ("items", "known", "illicit")),
    Entity("route", ("departure", "mode"), ("items", "fk_n", "fk_sum")),
    Entity("all", (), ("items", "first_day", "known", "illicit")),
)
"""Every entity, in the order of the profile store. `all` has one key: it is the prior."""

ENTITY: dict[str, Entity] = {entity.name: entity for entity in ENTITIES}

HISTORY_NAMES: tuple[str, ...] = tuple(
    f"{entity.name}.{measure}" for entity in ENTITIES for measure in entity.measures
)
"""Names of the history values, in the order of the profile store."""


def unseen(measure: str) -> int:
    """Give the value of `measure` for a key that was never seen.

    >>> unseen("items"), unseen("last_day")
    (0, -1)
    """
    return NEVER if measure in {"first_day", "last_day"} else 0

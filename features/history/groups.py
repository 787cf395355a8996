"""Entities in groups that can be worked at apart, by other processes on other machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.history.entities import COMPARABLES, ENTITIES, ENTITY, LEVELS, WORDING, Kind

SERVANTS: tuple[str, ...] = tuple(
    entity.name for entity in ENTITIES if any(each.kind is Kind.PARTIES for each in entity.aggregates)
)
"""Entities that count the importers they were met with."""

PAIRS: dict[str, str] = {name: f"importer_{name}" if ENTITY[name].parts else "importer" for name in SERVANTS}
"""The entity of importer and servant, by servant; `all` is met by every importer on its first day."""

LEVEL_ENTITIES: tuple[str, ...] = tuple(dict.fromkeys(level.entity for level in LEVELS))
"""Entities whose unit values are kept as histograms."""

WORDED = "hs4"
"""The entity whose descriptions are known."""

DEVIATING: tuple[str, ...] = tuple(
    entity.name for entity in ENTITIES if any(each.of.startswith("dev_") for each in entity.aggregates)
)
"""Entities that need the deviations of what comes, which the comparables tell."""


@dataclass(frozen=True)
class Group:
    """Entities that are summed together, and whether comparables and words are told with them."""

    name: str
    summed: tuple[str, ...]
    comparables: bool = False
    wording: bool = False

    @property
    def needed(self) -> tuple[str, ...]:
        """Entities whose keys are needed: those summed, and those that something of them is made from."""
        beside = (*LEVEL_ENTITIES, "importer") if self.comparables else ()
        wanted = {*self.summed, *beside, *((WORDED,) if self.wording else ())}
        return tuple(entity.name for entity in ENTITIES if entity.name in wanted)

    @property
    def meets(self) -> bool:
        """True if meetings of importers and servants are counted."""
        return bool(set(SERVANTS) & set(self.summed))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the history values that the group tells, in the order of the profile store."""
        return (
            *(
                f"{entity.name}.{measure}"
                for entity in ENTITIES
                if entity.name in self.summed
                for measure in entity.measures
            ),
            *(COMPARABLES if self.comparables else ()),
            *(WORDING if self.wording else ()),
        )


def merged(groups: Sequence[Group]) -> Group:
    """Give the group of all that some groups have."""
    wanted = {name for group in groups for name in group.summed}
    return Group(
        "+".join(group.name for group in groups),
        tuple(entity.name for entity in ENTITIES if entity.name in wanted),
        any(group.comparables for group in groups),
        any(group.wording for group in groups),
    )


ALL = Group("all", tuple(entity.name for entity in ENTITIES), comparables=True, wording=True)
"""Everything."""

_PARTIES = tuple(
    entity.name
    for entity in ENTITIES
    if entity.name in {*SERVANTS, *PAIRS.values(), *DEVIATING}
    or any(each.of == "young" for each in entity.aggregates)
)
_OTHERS = tuple(name for name in ALL.summed if name not in _PARTIES)

GROUPS: tuple[Group, ...] = (
    Group("parties", _PARTIES, comparables=True),
    Group("relations", _OTHERS[: len(_OTHERS) // 3]),
    Group("goods", _OTHERS[len(_OTHERS) // 3 :], wording=True),
)
"""The groups, which together are everything: the first is as much work as the other two."""

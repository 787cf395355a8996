"""Entities in groups that can be worked at apart, by other processes on other machines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from features.history.entities import COMPARABLES, ENTITIES, ENTITY, LEVELS, WORDING, Aggregate, Kind

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
    """Entities that are summed together, and whether comparables and words are told with them.

    `wanted` are the names of the history values that are told; None: all there are.
    """

    name: str
    summed: tuple[str, ...]
    comparables: bool = False
    wording: bool = False
    wanted: frozenset[str] | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """Entities whose keys are needed: those summed, and those that something of them is made from."""
        beside = {*LEVEL_ENTITIES, "importer"} if self.comparables else set()
        beside |= {*SERVANTS, *PAIRS.values()} if self.meets else set()
        wanted = {*self.summed, *beside, *((WORDED,) if self.wording else ())}
        return tuple(entity.name for entity in ENTITIES if entity.name in wanted)

    @property
    def meets(self) -> bool:
        """True if meetings of importers and servants are counted."""
        return any(name in SERVANTS and self._tells(name, _is_met) for name in self.summed)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the history values that the group tells, in the order of the profile store."""
        every = (
            *(
                f"{entity.name}.{measure}"
                for entity in ENTITIES
                if entity.name in self.summed
                for measure in entity.measures
            ),
            *(COMPARABLES if self.comparables else ()),
            *(WORDING if self.wording else ()),
        )
        return tuple(name for name in every if self.is_wanted(name))

    def is_wanted(self, name: str) -> bool:
        """True if the history value of this name is told."""
        return self.wanted is None or name in self.wanted

    def narrowed(self, wanted: Collection[str]) -> Group:
        """Give the group of those of its values that are wanted, and of what they are made from.

        >>> ALL.narrowed(["hs6.items"]).needed
        ('hs6',)
        """
        few = replace(self, wanted=frozenset(wanted))
        summed = tuple(name for name in self.summed if few._tells(name, lambda _: True))
        leaning = any(name in wanted for name in COMPARABLES) or any(
            few._tells(name, _leans_on_importers) for name in summed
        )
        return replace(
            few,
            summed=summed,
            comparables=self.comparables and leaning,
            wording=self.wording and any(name in wanted for name in WORDING),
        )

    def _tells(self, entity: str, which: Callable[[Aggregate], bool]) -> bool:
        """True if an aggregate of this sort is told of an entity."""
        return any(
            which(each) and self.is_wanted(f"{entity}.{each.name}") for each in ENTITY[entity].aggregates
        )


def _is_met(aggregate: Aggregate) -> bool:
    return aggregate.kind is Kind.PARTIES


def _leans_on_importers(aggregate: Aggregate) -> bool:
    """Is it made of comparables, or of how long an importer is known?"""
    return _is_met(aggregate) or aggregate.of == "young" or aggregate.of.startswith("dev")


def merged(groups: Sequence[Group]) -> Group:
    """Give the group of all that some groups have."""
    wanted = {name for group in groups for name in group.summed}
    return Group(
        "+".join(group.name for group in groups),
        tuple(entity.name for entity in ENTITIES if entity.name in wanted),
        any(group.comparables for group in groups),
        any(group.wording for group in groups),
        groups[0].wanted,
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

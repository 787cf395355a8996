"""The reference tables of a workspace together: what they give for items, as of each item's own day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from features.columns import Columns, Values
from features.history.entities import HISTORY_NAMES
from features.reference.kinds import KINDS
from features.reference.measures import values_as_of
from features.reference.reference_table import ReferenceTable
from features.reference.row_numbers import MISSING
from features.reference.source import Source, Sources
from features.reference.store import ReferenceStore

REFERENCE_NAMES: tuple[str, ...] = tuple(
    f"{kind.name}.{measure.name}" for kind in KINDS for measure in kind.measures
)
"""Names of the reference values, in the order of the profile store."""

KNOWN_NAMES: tuple[str, ...] = (*HISTORY_NAMES, *REFERENCE_NAMES)
"""Names of all that is known of an item beside its own declaration: history values, then reference values."""


@dataclass(frozen=True)
class Tables:
    """The tables there are, by kind; prices come into the valuation `currency`.

    As of a day a table is there if a row of it was known before: on a watch list that nobody had yet, not to
    stand means nothing.

    >>> from features.columns import from_records
    >>> values = Tables().as_of(from_records([{"importer_id": "I"}]).columns)
    >>> tuple(values) == REFERENCE_NAMES, values["companies.active"].item() == MISSING
    (True, True)
    """

    held: Mapping[str, ReferenceTable] = field(default_factory=dict, repr=False)
    currency: str = "USD"

    @classmethod
    def of(cls, store: ReferenceStore, currency: str) -> Tables:
        """Give the tables of a store as they stand, without those that have no rows."""
        tables = {kind.name: store.table(kind) for kind in KINDS}
        return cls({name: table for name, table in tables.items() if table.frame.height}, currency)

    def as_of(self, columns: Columns) -> Columns:
        """Give the reference values (`REFERENCE_NAMES`, int64) of each row as of its own customs_date."""
        found: Columns = {}
        for kind in KINDS:
            names = [f"{kind.name}.{measure.name}" for measure in kind.measures]
            table = self.held.get(kind.name)
            if table is None:
                found |= dict.fromkeys(names, _nothing(len(columns["customs_date"])))
            else:
                values = self._values(table, columns)
                found |= zip(names, (values[each.name] for each in kind.measures), strict=True)
        return found

    @cached_property
    def sources(self) -> Sources:
        """Every source by its number."""
        return {number: one for table in self.held.values() for number, one in table.sources.items()}

    def _values(self, table: ReferenceTable, columns: Columns) -> Columns:
        values = values_as_of(table, columns, rates=self.held.get("exchange_rates"), currency=self.currency)
        there = columns["customs_date"] > (table.first_known or 0)
        return {name: np.where(there, each, MISSING) for name, each in values.items()}


def named_in(values: Values, sources: Sources) -> dict[int, Source]:
    """Give those of the sources that values name by their numbers."""
    numbers = sorted({number for kind in KINDS for number in values[f"{kind.name}.source"].tolist()})
    return {number: sources[number] for number in numbers if number in sources}


NO_TABLES = Tables()
"""Tables of a workspace that has none."""


def _nothing(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """MISSING for each row; one number in memory, however many rows."""
    return np.broadcast_to(np.int64(MISSING), count)

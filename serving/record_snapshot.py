"""The snapshot that a recorded decision was made by, found again among those that are kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from features.errors import ProfileStoreError
from features.lmdb_profile_store import LmdbProfileStore
from features.profile_store import all_of_day
from serving.decide import Given

_GOODS = frozenset({"all", "hs4", "hs6", "origin_hs6", "comparables", "wording"})
"""History values that hang on no party."""


@contextmanager
def record_snapshot(given: Given, snapshots: Path) -> Iterator[LmdbProfileStore | None]:
    """Give the snapshot that still tells of goods what the record holds, to the last bit; None without one.

    Of parties it need not: one may have been erased since.
    """
    for folder in all_of_day(snapshots, given.as_of) if given.as_of else ():
        try:
            store = LmdbProfileStore(folder)
        except ProfileStoreError:
            continue
        with closing(store):
            if _same(store, given):
                yield store
                return
    yield None


def _same(store: LmdbProfileStore, given: Given) -> bool:
    try:
        found = store.lookup(given.columns)
    except ProfileStoreError:
        return False
    return all(
        np.array_equal(found[name], values)
        for name, values in given.history.items()
        if name.partition(".")[0] in _GOODS
    )

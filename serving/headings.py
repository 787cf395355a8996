"""Other headings of the items of a decision: derived when they are read, from its record and its snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from features.columns import rows
from features.errors import ProfileStoreError
from features.heading_facts import heading_facts
from features.lmdb_profile_store import LmdbProfileStore
from scoring.bundle import read_corrections
from scoring.errors import ScoringError
from scoring.headings import Corrections, Heading, headings_of
from scoring.words import LANGUAGES, heading_words
from serving.champion import read_key_ring
from serving.decide import Given
from serving.errors import ServingError
from serving.evidence import given_of
from serving.record_snapshot import record_snapshot
from serving.wiring import ServiceWiring


def headings(
    details: Mapping[str, Any], bundle_id: str | None, wiring: ServiceWiring
) -> dict[str, Any] | None:
    """Give the likeliest other headings of each item with the figures behind them, as plain JSON.

    `details` are those of the record, `bundle_id` names the bundle it was decided by, whose corrections of
    headings are taken. The same record gives the same again: the snapshot is the one that still gives the
    history values of the record, to the last bit; None where none does.
    """
    given, corrections = given_of(details), _corrections(bundle_id, wiring)
    try:
        with record_snapshot(given, wiring.snapshots) as store:
            return _derived(store, given, corrections) if store else None
    except ProfileStoreError:
        return None


def _corrections(bundle_id: str | None, wiring: ServiceWiring) -> Corrections | None:
    """The past corrections that a bundle knows; None without one that can be read."""
    if bundle_id is None:
        return None
    try:
        ring = read_key_ring(wiring.registered_keys).before_revocations()
        return read_corrections(wiring.bundles / bundle_id, ring)
    except (ScoringError, ServingError):
        return None


def _derived(store: LmdbProfileStore, given: Given, corrections: Corrections | None) -> dict[str, Any]:
    as_of: date = store.as_of
    items = [_item(store, given, row, corrections) for row in range(rows(given.columns))]
    return {"as_of": as_of.isoformat(), "snapshot": store.identity, "items": items}


def _item(store: LmdbProfileStore, given: Given, row: int, corrections: Corrections | None) -> dict[str, Any]:
    facts = heading_facts(store.get_all, given.columns, row)
    found = headings_of(facts, given.columns["hs_code"][row][:4], corrections)
    return {
        "item_no": int(given.columns["item_no"][row]),
        "declared": _told(found.declared) if found.declared else None,
        "others": [_told(one) for one in found.others],
    }


def _told(heading: Heading) -> dict[str, Any]:
    return {**vars(heading), "text": {language: heading_words(heading, language) for language in LANGUAGES}}

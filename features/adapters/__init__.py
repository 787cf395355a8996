"""Adapters: each source's format mapped once to the canonical declaration."""

from __future__ import annotations

from features.adapters.canonical import CanonicalAdapter
from features.adapters.chunk import Adapter, RawChunk, Rows
from features.adapters.date import DATE
from features.adapters.kcs import KCS

__all__ = ["ADAPTERS", "Adapter", "RawChunk", "Rows"]

ADAPTERS: dict[str, Adapter] = {adapter.name: adapter for adapter in (CanonicalAdapter(), KCS, DATE)}
"""Adapters by the name of their format.

>>> sorted(ADAPTERS)
['canonical', 'date', 'kcs']
"""

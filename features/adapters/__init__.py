"""Adapters: each source's format mapped once to the canonical declaration."""

from __future__ import annotations

from features.adapters.asycuda_xml import AsycudaXmlAdapter
from features.adapters.canonical import CanonicalAdapter
from features.adapters.chunk import Adapter, RawChunk, Rows
from features.adapters.mapping_adapter import MappingAdapter
from features.adapters.shipped import shipped_mappings

__all__ = ["ADAPTERS", "Adapter", "RawChunk", "Rows"]

ADAPTERS: dict[str, Adapter] = {
    "canonical": CanonicalAdapter(),
    "asycuda-xml": AsycudaXmlAdapter(),
    **{path.stem: MappingAdapter(path) for path in shipped_mappings()},
}
"""Adapters by the name of their format; a mapping file is read when it is first needed.

>>> sorted(ADAPTERS)
['asycuda-xml', 'canonical', 'comex', 'date', 'kcs']
"""

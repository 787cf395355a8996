"""Modes of transport of UN/CEFACT Recommendation 19."""

from __future__ import annotations

TRANSPORT_MODES: dict[int, str] = {
    0: "not specified",
    1: "maritime",
    2: "rail",
    3: "road",
    4: "air",
    5: "mail",
    6: "multimodal",
    7: "fixed installation",
    8: "inland water",
    9: "not applicable",
}
"""Code and name.

>>> TRANSPORT_MODES[4]
'air'
"""

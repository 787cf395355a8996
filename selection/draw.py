"""The random draw: one uniform number a declaration that nobody outside can foretell and all can check."""

from __future__ import annotations

import hashlib
import hmac

NO_LOT = 1.0
"""Above every random share: the draw of what is only tried out, and draws no lot."""


def uniform(seed_key: bytes, declaration_id: str) -> float:
    """A number in [0, 1), the same for ever for the same key and declaration: its amendments draw no new lot.

    The first 53 bits of HMAC-SHA256(seed_key, declaration_id) over 2**53, which a double holds exactly.
    Blanks around the id draw no other lot: intake takes them away, so it is the same declaration.

    >>> uniform(b"seed", "PE-2026-000001")
    0.8232890335625265
    """
    digest = hmac.digest(seed_key, declaration_id.strip().encode("utf-8", "surrogatepass"), hashlib.sha256)
    return (int.from_bytes(digest[:7], "big") >> 3) / 2**53

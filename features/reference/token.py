"""Tokens of addresses: equal for equal addresses, and nothing more can be learnt from them."""

from __future__ import annotations

import unicodedata
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from features.columns import missing_text

_SIZE = 8
_LEAST_KEY = 16


class Tokens:
    """Makes tokens with a secret key of this workspace, so that nobody can try out addresses without it.

    >>> tokens = Tokens(bytes(range(32)))
    >>> tokens.of("Av. Perú 123 - Lima") == tokens.of("  AV PERU 123, LIMA ")
    True
    >>> tokens.of("Av. Perú 123 - Lima") == Tokens(bytes(32)).of("Av. Perú 123 - Lima")
    False
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < _LEAST_KEY:
            raise ValueError("a key of tokens has 16 bytes or more")
        self._key = key

    def of(self, address: str) -> str:
        """The token of an address, 16 hex digits; capitals, accents, points and spaces make no difference."""
        return blake2b(_plain(address).encode(), digest_size=_SIZE, key=self._key).hexdigest()

    def replace(self, addresses: NDArray[np.object_]) -> NDArray[np.object_]:
        """Tokens in the place of addresses, None where there is none, (n,)."""
        tokens = addresses.copy()
        there = ~missing_text(addresses)
        tokens[there] = [self.of(address) for address in addresses[there]]
        return tokens


def _plain(address: str) -> str:
    letters = unicodedata.normalize("NFKD", address.casefold())
    kept = "".join(
        letter if letter.isalnum() else " " for letter in letters if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())

"""Keys are the same everywhere, and no key is that of another order or of a missing part."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.reference.keys import NO_KEY, combined, key_hash, key_hashes, numbered

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(text)
def test_the_key_of_one_text_is_its_digest(one: str) -> None:
    assert key_hash(one) == int.from_bytes(blake2b(one.encode(), digest_size=8).digest(), "little")


@given(st.lists(st.lists(st.one_of(st.none(), text), min_size=3, max_size=3), min_size=1, max_size=8))
def test_keys_of_many_rows_are_those_of_one_by_one(rows: list[list[str | None]]) -> None:
    columns = [key_hashes(np.array(column, dtype=object)) for column in zip(*rows, strict=True)]
    expected = [NO_KEY if None in row else key_hash(*map(str, row)) for row in rows]
    assert combined(columns).tolist() == expected


def test_keys_never_change() -> None:
    assert key_hash("610910") == 0x0491D17193947727
    assert key_hash("610910", "CN") == 0xC2FDEE8B3D611916
    assert key_hash("a", "b", "c") == 0xF271A987636F5F0C
    assert key_hash("a", "b") != key_hash("b", "a")
    assert key_hash("a", "b") != key_hash("ab")


def test_the_rows_beside_one_another_under_a_key_have_keys_of_their_own() -> None:
    key = np.array([key_hash("X"), NO_KEY], np.uint64)
    assert len({int(numbered(key, number)[0]) for number in range(50)}) == 50
    assert {int(numbered(key, number)[1]) for number in range(50)} == {NO_KEY}

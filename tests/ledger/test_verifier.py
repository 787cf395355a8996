"""The stand-alone verifier: trees as RFC 6962 has them, and every tampering found and named."""

from __future__ import annotations

import ast
import base64
import hashlib
import random
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import verifier
from ledger.sealer import seal
from ledger.sealing_key import SealingKey, rotate, sealing_key
from ledger.verifier import (
    Findings,
    Frontier,
    Sealed,
    is_extension,
    is_receipt,
    is_signed,
    leaf_hash,
    node_hash,
    read_head,
    root_by_inclusion,
    verify,
)
from tests.ledger.memory_ledger import MemoryLedger
from tests.ledger.some_records import some_record

Records = list[dict[str, Any]]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""Roots of the first so many leaves, from the tests of the Certificate Transparency project."""


def root_of(hashes: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word for word."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root_of(hashes[:k]), root_of(hashes[k:]))


def path_of(index: int, hashes: list[bytes]) -> list[bytes]:
    """The inclusion proof as RFC 6962, 2.1.1, defines it."""
    if len(hashes) <= 1:
        return []
    k = 1 << (len(hashes) - 1).bit_length() - 1
    if index < k:
        return [*path_of(index, hashes[:k]), root_of(hashes[k:])]
    return [*path_of(index - k, hashes[k:]), root_of(hashes[:k])]


def extension_of(size: int, hashes: list[bytes], *, whole: bool = True) -> list[bytes]:
    """The consistency proof as RFC 6962, 2.1.2, defines it."""
    if size == len(hashes):
        return [] if whole else [root_of(hashes)]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    if size <= k:
        return [*extension_of(size, hashes[:k], whole=whole), root_of(hashes[k:])]
    return [*extension_of(size - k, hashes[k:], whole=False), root_of(hashes[:k])]


def some(count: int) -> list[bytes]:
    return [leaf_hash(bytes([number])) for number in range(count)]


def test_roots_are_those_of_certificate_transparency() -> None:
    tree = Frontier()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(leaf))
        assert tree.root().hex() == root


@given(st.integers(0, 70))
def test_a_root_of_any_size_is_that_of_the_definition(size: int) -> None:
    tree = Frontier()
    for leaf in some(size):
        tree.append(leaf)
    assert tree.root() == root_of(some(size))
    assert len(tree.peaks) == size.bit_count()


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_an_inclusion_proof_leads_to_the_root_and_no_other_does(case: tuple[int, int]) -> None:
    index, size = case
    hashes = some(size)
    path = path_of(index, hashes)
    assert root_by_inclusion(hashes[index], index, size, path) == root_of(hashes)
    for other in ([*path, bytes(32)], path[:-1], [bytes(32), *path[1:]]):
        if other != path:
            assert root_by_inclusion(hashes[index], index, size, other) != root_of(hashes)
    assert root_by_inclusion(leaf_hash(b"x"), index, size, path) != root_of(hashes)


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
def test_a_consistency_proof_holds_and_no_other_does(case: tuple[int, int]) -> None:
    size, later = case
    hashes = some(later)
    old, new = (size, root_of(hashes[:size])), (later, root_of(hashes))
    path = extension_of(size, hashes)
    assert is_extension(old, new, path)
    assert not is_extension((size, bytes(32)), new, path)
    assert not is_extension(old, (later, bytes(32)), path)
    assert not is_extension(old, new, [*path, bytes(32)])
    if path:
        assert not is_extension(old, new, path[:-1])


@pytest.fixture
def key(tmp_path: Path) -> SealingKey:
    return sealing_key(tmp_path / "keys" / "sealing.json")


def test_a_head_reads_back_and_stands_only_with_its_key(key: SealingKey, tmp_path: Path) -> None:
    head = key.head(7, bytes(range(32)), NOW)
    assert read_head(head.note) == head
    assert is_signed(head, key.public_keys)
    other = sealing_key(tmp_path / "other.json")
    assert not is_signed(head, other.public_keys)
    forged = read_head(head.note.replace("\n7\n", "\n8\n"))
    assert not is_signed(forged, key.public_keys)
    broken = (head.note.replace("\n7\n", other) for other in ("\n07\n", "\n7\n\n", "\n-7\n", "\n"))
    for text in ("", head.note[:-20], *broken):
        try:
            changed = read_head(text)
        except ValueError:
            continue
        assert not is_signed(changed, key.public_keys)


def test_what_an_earlier_key_signed_stays_good(tmp_path: Path) -> None:
    path = tmp_path / "sealing.json"
    first = sealing_key(path)
    head, receipt = first.head(1, bytes(32), NOW), first.receipt(bytes(32))
    later = rotate(path)
    assert (later.origin, later.public_keys[0]) == (first.origin, first.public_keys[0])
    assert is_signed(head, later.public_keys)
    assert is_receipt(first.origin, bytes(32), receipt, later.public_keys)
    assert not is_signed(later.head(1, bytes(32), NOW), first.public_keys)


RECORDS = 60


@pytest.fixture
def package(key: SealingKey) -> tuple[Records, list[Sealed]]:
    """Records as they are exported, and their heads; the last ones are not sealed yet."""
    ledger = MemoryLedger()
    for number in range(RECORDS):
        ledger.append(some_record(number)).result()
        if number % 11 == 2:
            seal(ledger, key, NOW)
    return exported(ledger), list(ledger.heads())


def exported(ledger: MemoryLedger) -> Records:
    return [
        {"seq": one.seq, "leaf": base64.b64encode(one.leaf).decode(), "leaf_hash": one.leaf_hash.hex()}
        for one in ledger.iterate()
    ]


def found(
    key: SealingKey,
    records: Records,
    heads: list[Sealed],
    elsewhere: list[Sealed],
    *answers: Any,
) -> Findings:
    return verify(records, heads, elsewhere, answers, key.public_keys)


def test_what_was_left_alone_fits(key: SealingKey, package: tuple[Records, list[Sealed]]) -> None:
    records, heads = package
    told = found(key, records, heads, heads)
    assert (told.wrong, told.records, told.sealed, told.heads) == ([], RECORDS, heads[-1].head.size, 6)


def rehashed(record: dict[str, Any], leaf: bytes) -> dict[str, Any]:
    return {**record, "leaf": base64.b64encode(leaf).decode(), "leaf_hash": leaf_hash(leaf).hex()}


def _flip(records: Records, at: int) -> None:
    leaf = bytearray(base64.b64decode(records[at]["leaf"]))
    leaf[len(leaf) // 2] ^= 1
    records[at]["leaf"] = base64.b64encode(bytes(leaf)).decode()


def _rewrite(records: Records, at: int) -> None:
    leaf = base64.b64decode(records[at]["leaf"])
    records[at] = rehashed(records[at], leaf.replace(b"clearance", b"clearence"))


def _redate(records: Records, at: int) -> None:
    leaf = base64.b64decode(records[at]["leaf"])
    records[at] = rehashed(records[at], leaf.replace(b"2026-03-01", b"2026-02-01"))


def _delete(records: Records, at: int) -> None:
    del records[at]


def _delete_and_close(records: Records, at: int) -> None:
    del records[at]
    for record in records[at:]:
        record["seq"] -= 1


def _insert(records: Records, at: int) -> None:
    records.insert(at, rehashed(records[at], some_record(999).leaf()))
    for record in records[at + 1 :]:
        record["seq"] += 1


def _swap(records: Records, at: int) -> None:
    one, other = records[at], records[at + 1]
    records[at], records[at + 1] = {**other, "seq": one["seq"]}, {**one, "seq": other["seq"]}


def _cut(records: Records, at: int) -> None:
    del records[at:]


TAMPERINGS: dict[str, Callable[[Records, int], None]] = {
    "a flipped bit": _flip,
    "a rewritten record": _rewrite,
    "a re-dated record": _redate,
    "a deleted record": _delete,
    "a deleted record, the rest moved up": _delete_and_close,
    "an inserted record": _insert,
    "two records exchanged": _swap,
    "a cut tail": _cut,
}


@pytest.mark.parametrize("name", TAMPERINGS)
@pytest.mark.parametrize("at", [0, 3, 15, 30, 57])
def test_a_tampering_is_found_and_its_record_named(
    name: str, at: int, key: SealingKey, package: tuple[Records, list[Sealed]]
) -> None:
    records, heads = package
    TAMPERINGS[name](records, at)
    told = found(key, records, heads, heads)
    named = {seq for seq, _ in told.wrong}
    if at < heads[-1].head.size or name == "a flipped bit":
        assert min(named - {0}) == at + 1
    alone = found(key, records, [], heads)
    if at < heads[-1].head.size:
        assert at + 1 in {seq for seq, _ in alone.wrong}


def test_a_ledger_that_was_made_anew_with_its_key_is_found_by_the_second_place_alone(
    key: SealingKey, package: tuple[Records, list[Sealed]]
) -> None:
    _, heads = package
    anew = MemoryLedger()
    for number in range(RECORDS):
        anew.append(some_record(500 if number == 20 else number)).result()
    seal(anew, key, NOW)
    made = list(anew.heads())
    assert found(key, exported(anew), made, []).wrong == []
    assert found(key, exported(anew), made, heads).wrong == [
        (21, "it is not the record that the head exported to the second place holds")
    ]


def test_heads_that_were_swapped_or_forged_are_found(
    key: SealingKey, package: tuple[Records, list[Sealed]], tmp_path: Path
) -> None:
    records, heads = package
    first, second, *rest = heads
    exchanged = [Sealed(second.head, first.leaves), Sealed(first.head, second.leaves), *rest]
    assert found(key, records, exchanged, []).wrong
    other = sealing_key(tmp_path / "other.json")
    forged = Sealed(other.head(first.head.size, first.head.root, NOW), first.leaves)
    assert "not signed" in found(key, records, [forged, second, *rest], []).wrong[0][1]
    emptied = Sealed(key.head(first.head.size, bytes(32), NOW), ())
    assert "is not what its head sealed" in found(key, records, [emptied], []).wrong[0][1]


def test_what_was_acknowledged_and_is_not_there_is_found_by_its_receipt(
    key: SealingKey, package: tuple[Records, list[Sealed]]
) -> None:
    records, heads = package

    def answer(at: int) -> dict[str, str]:
        digest = records[at]["leaf_hash"]
        receipt = base64.b64encode(key.receipt(bytes.fromhex(digest))).decode()
        return {"leaf_hash": digest, "receipt": receipt}

    answers = [answer(58), answer(59)]
    told = found(key, records, heads, heads, *answers)
    assert (told.wrong, told.receipts) == ([], 2)
    told = found(key, records[:-1], heads, heads, *answers)
    assert ["for which there is a receipt, is not there" in words for _, words in told.wrong] == [True]
    forged = {**answers[0], "receipt": answers[1]["receipt"]}
    assert found(key, records, heads, heads, forged).wrong == [
        (59, "the receipt of its answer is not signed by a key of the ledger")
    ]
    assert found(key, records, heads, heads, {}).wrong == [(0, "an answer has no receipt")]


def test_random_bit_flips_in_what_is_sealed_are_all_found(
    key: SealingKey, package: tuple[Records, list[Sealed]]
) -> None:
    records, heads = package
    rng, sealed = random.Random(7), heads[-1].head.size
    for _ in range(100):
        at = rng.randrange(sealed)
        leaf = bytearray(base64.b64decode(records[at]["leaf"]))
        leaf[rng.randrange(len(leaf))] ^= 1 << rng.randrange(8)
        changed = [*records[:at], rehashed(records[at], bytes(leaf)), *records[at + 1 :]]
        assert (at + 1) in {seq for seq, _ in found(key, changed, heads, []).wrong}


def test_it_needs_nothing_but_the_standard_library_and_cryptography() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
        )
    }
    assert imported <= set(sys.stdlib_module_names) | {"cryptography"}

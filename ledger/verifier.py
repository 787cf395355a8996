#!/usr/bin/env python3
"""Proves, without Tamiz, that the records of an exported ledger are those that were sealed and acknowledged.

    python verify.py PACKAGE.zip [--heads FOLDER] [--answer FILE]... [--key HEX]...

PACKAGE.zip is what `tamiz audit export` wrote. FOLDER is the second place, to which heads were exported when
they were signed; FILE an answer of the service, as it was kept by who asked. HEX is the public key of the
ledger as it was known before: without one the keys of the package are believed, and that is said.

Needs Python 3.9 or newer and `cryptography`, and nothing else. Records form a Merkle tree (RFC 6962); a head
is a signed note (C2SP signed-note, tlog-checkpoint). Exit status 0 if everything fits, else 1.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

RECORDS, HEADS, KEYS = "records.jsonl", "heads.jsonl", "keys.json"
"""Files of a package. Files of the second place are named as `HEADS` is, with days before it."""

_ED25519 = b"\x01"
_MARK = "\u2014 "


def leaf_hash(leaf: bytes) -> bytes:
    """Give the hash of a leaf: SHA-256 of a zero byte and the leaf (RFC 6962, 2.1).

    >>> leaf_hash(b"").hex()[:16]
    '6e340b9cffb37a98'
    """
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of two subtrees: SHA-256 of a byte of one and their hashes (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The right edge of a growing tree: the roots of its full subtrees, the largest first.

    >>> tree = Frontier()
    >>> for leaf in (b"a", b"b", b"c"): tree.append(leaf_hash(leaf))
    >>> pair = node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    >>> tree.size, tree.root() == node_hash(pair, leaf_hash(b"c"))
    (3, True)
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        self.size += 1
        self.peaks.append(leaf)
        for _ in range((self.size & -self.size).bit_length() - 1):
            right, left = self.peaks.pop(), self.peaks.pop()
            self.peaks.append(node_hash(left, right))

    def root(self) -> bytes:
        """Give the hash of the tree as it stands; of an empty one that of nothing."""
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Give the root that an inclusion proof leads to, None for one of another length (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return None
    node, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = node_hash(step, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, step)
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def is_extension(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> bool:
    """Tell whether a consistency proof leads from one (size, root) to a later one (RFC 9162, 2.1.4.2)."""
    (size, root), (later, grown) = old, new
    if size == 0 or size > later:
        return size == 0 and not path
    if size == later:
        return root == grown and not path
    steps = list(path) if size & (size - 1) else [root, *path]
    node, last = size - 1, later - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not steps:
        return False
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(step, first), node_hash(step, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, step)
        node, last = node >> 1, last >> 1
    return first == root and second == grown and last == 0


@dataclass(frozen=True)
class Head:
    """A signed head: of which ledger, how many records, their root, when it was sealed; the signed text."""

    origin: str
    size: int
    root: bytes
    sealed_at: str
    note: str


def head_text(origin: str, size: int, root: bytes, sealed_at: str) -> str:
    """Give the text of a head that is signed: a checkpoint of C2SP tlog-checkpoint, its time an extension.

    >>> head_text("tamiz/ab", 1, bytes(32), "2026-01-02T00:00:00Z").splitlines()[1:]
    ['1', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=', '2026-01-02T00:00:00Z']
    """
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n{sealed_at}\n"


def key_id(origin: str, public_key: bytes) -> bytes:
    """Give the four bytes by which a note names the key that signed it (C2SP signed-note)."""
    return hashlib.sha256(f"{origin}\n".encode() + _ED25519 + public_key).digest()[:4]


def signed_note(text: str, origin: str, public_key: bytes, signature: bytes) -> str:
    """Give the note of a text and its signature."""
    signed = base64.b64encode(key_id(origin, public_key) + signature).decode()
    return f"{text}\n{_MARK}{origin} {signed}\n"


def read_head(note: str) -> Head:
    """Give the head that a note says, unchecked; ValueError for a text that is none."""
    text, mark, _ = note.partition(f"\n{_MARK}")
    lines = text.split("\n")
    if not mark or len(lines) != 5 or lines[4]:
        raise ValueError("it is no head")
    origin, size, root, sealed_at = lines[:4]
    if not size.isdecimal() or str(int(size)) != size:
        raise ValueError("its size is no number")
    return Head(origin, int(size), base64.b64decode(root, validate=True), sealed_at, note)


def is_signed(head: Head, keys: Iterable[bytes]) -> bool:
    """Tell whether one of the public keys signed a head."""
    text, _, signatures = head.note.partition(f"\n{_MARK}")
    name, _, encoded = signatures.rstrip("\n").partition(" ")
    try:
        signed = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return name == head.origin and any(
        signed[:4] == key_id(head.origin, key) and _verified(key, signed[4:], text.encode()) for key in keys
    )


def receipt_bytes(origin: str, leaf: bytes) -> bytes:
    """Give what a receipt signs: that the record of this leaf hash was recorded for good in a ledger.

    >>> receipt_bytes("tamiz/ab", bytes(2))
    b'tamiz-receipt-1\\ntamiz/ab\\n0000\\n'
    """
    return f"tamiz-receipt-1\n{origin}\n{leaf.hex()}\n".encode()


def is_receipt(origin: str, leaf: bytes, signature: bytes, keys: Iterable[bytes]) -> bool:
    """Tell whether one of the public keys signed the receipt of a leaf hash."""
    return any(_verified(key, signature, receipt_bytes(origin, leaf)) for key in keys)


def _verified(key: bytes, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass
class Findings:
    """What was proved and what does not fit, each by the number of the record it is of (0: of none)."""

    records: int = 0
    sealed: int = 0
    heads: int = 0
    exported: int = 0
    receipts: int = 0
    wrong: list[tuple[int, str]] = field(default_factory=list)

    def add(self, seq: int, words: str) -> None:
        """Note what does not fit, once."""
        if (seq, words) not in self.wrong:
            self.wrong.append((seq, words))


def hashes_in(packed: bytes) -> tuple[bytes, ...]:
    """Give the hashes that stand one behind the other; ValueError where one is cut off."""
    if len(packed) % 32:
        raise ValueError("they are no hashes")
    return tuple(packed[start : start + 32] for start in range(0, len(packed), 32))


@dataclass(frozen=True)
class Sealed:
    """A head and the hashes of the leaves that it sealed, as the second place and packages hold it."""

    head: Head
    leaves: tuple[bytes, ...]

    @classmethod
    def parse(cls, line: str) -> Sealed:
        """Read a line of a file of heads; ValueError for one that is none."""
        said = json.loads(line)
        return cls(read_head(said["note"]), hashes_in(base64.b64decode(said["leaves"], validate=True)))

    def line(self) -> str:
        """Give the line of a file of heads."""
        packed = base64.b64encode(b"".join(self.leaves)).decode()
        return json.dumps({"note": self.head.note, "leaves": packed}, ensure_ascii=False) + "\n"


def verify(
    records: Iterable[dict[str, Any]],
    heads: Sequence[Sealed],
    exported: Sequence[Sealed],
    answers: Sequence[dict[str, Any]],
    keys: Sequence[bytes],
) -> Findings:
    """Hold records against the heads they came with, those of the second place, and receipts of answers."""
    found = Findings()
    receipts: dict[int, bytes] = {}
    hashes = _hashes(records, receipts, found)
    known = {digest.hex(): seq for seq, digest in hashes.items()}
    found.heads = _held_against(heads, hashes, keys, found, "its head")
    found.exported = _held_against(exported, hashes, keys, found, "the head exported to the second place")
    found.sealed = max((one.head.size for one in (*heads, *exported)), default=0)
    origins = {one.head.origin for one in (*heads, *exported)}
    if len(origins) > 1:
        found.add(0, f"heads are of {len(origins)} ledgers")
    for seq, receipt in receipts.items():
        if not any(is_receipt(origin, hashes[seq], receipt, keys) for origin in origins):
            found.add(seq, "its receipt is not one of the ledger for this record")
    for answer in answers:
        _receipt(answer, origins, known, keys, found)
    return found


def _hashes(
    records: Iterable[dict[str, Any]], receipts: dict[int, bytes], found: Findings
) -> dict[int, bytes]:
    """Recompute the hash of every leaf, by the numbers of the records; their receipts are added to those."""
    hashes: dict[int, bytes] = {}
    for record in records:
        seq = int(record["seq"])
        digest = leaf_hash(base64.b64decode(record["leaf"], validate=True))
        if digest.hex() != record["leaf_hash"]:
            found.add(seq, "its leaf does not have the hash that was recorded")
        if seq in hashes:
            found.add(seq, "it stands there twice")
        hashes[seq] = digest
        if record.get("receipt"):
            receipts[seq] = base64.b64decode(record["receipt"], validate=True)
        found.records += 1
    for seq in range(1, max(hashes, default=0)):
        if seq not in hashes:
            found.add(seq, "it is missing")
    return hashes


def _held_against(
    sealed: Sequence[Sealed], hashes: dict[int, bytes], keys: Sequence[bytes], found: Findings, what: str
) -> int:
    """Hold each head against the tree of the records; gives how many were held."""
    tree = Frontier()
    for one in sorted(sealed, key=lambda each: each.head.size):
        head = one.head
        if not is_signed(head, keys):
            found.add(0, f"{what} of {head.size} records is not signed by a key of the ledger")
            continue
        first = head.size - len(one.leaves) + 1
        for place, leaf in enumerate(one.leaves, first):
            if place not in hashes:
                found.add(place, f"it is missing: {what} holds it")
            elif hashes[place] != leaf:
                found.add(place, f"it is not the record that {what} holds")
        while tree.size < head.size and tree.size + 1 in hashes:
            tree.append(hashes[tree.size + 1])
        if tree.size < head.size:
            found.add(tree.size + 1, f"it is missing: {what} is of {head.size} records")
        elif tree.root() != head.root and not any(0 < seq <= head.size for seq, _ in found.wrong):
            found.add(0, f"one of the records up to {head.size} is not what {what} sealed")
    return len(sealed)


def _receipt(
    answer: dict[str, Any],
    origins: Iterable[str],
    known: dict[str, int],
    keys: Sequence[bytes],
    found: Findings,
) -> None:
    """Hold an answer's receipt against the records: what was acknowledged must be there."""
    try:
        digest = bytes.fromhex(answer["leaf_hash"])
        signature = base64.b64decode(answer["receipt"], validate=True)
    except (KeyError, TypeError, ValueError):
        found.add(0, "an answer has no receipt")
        return
    if not any(is_receipt(origin, digest, signature, keys) for origin in origins):
        found.add(
            known.get(digest.hex(), 0), "the receipt of its answer is not signed by a key of the ledger"
        )
    elif digest.hex() not in known:
        found.add(0, f"the record {digest.hex()[:16]}…, for which there is a receipt, is not there")
    found.receipts += 1


def _lines(file: IO[bytes]) -> Iterator[str]:
    for line in file:
        if line.strip():
            yield line.decode("utf-8", "replace")


@dataclass
class Exported:
    """The heads of a second place, and how many of its lines are none: a fault may have cut one off."""

    heads: list[Sealed] = field(default_factory=list)
    unread: int = 0


def exported_heads(place: Path) -> Exported:
    """Read the heads of a second place: of its folder, or of one file."""
    found = Exported()
    for path in sorted(place.glob(f"*{HEADS}")) if place.is_dir() else [place]:
        with path.open("rb") as file:
            for line in _lines(file):
                try:
                    found.heads.append(Sealed.parse(line))
                except (ValueError, KeyError, TypeError):
                    found.unread += 1
    return found


def _keys(package: zipfile.ZipFile, given: Sequence[str]) -> list[bytes]:
    held = [bytes.fromhex(key) for key in json.loads(package.read(KEYS))]
    return [bytes.fromhex(key) for key in given] or held


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what was proved, and what was not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("package", type=Path)
    parser.add_argument("--heads", type=Path, help="folder of the second place")
    parser.add_argument("--answer", type=Path, action="append", default=[], help="an answer of the service")
    parser.add_argument("--key", action="append", default=[], help="public key of the ledger, in hex")
    asked = parser.parse_args(arguments)
    try:
        with zipfile.ZipFile(asked.package) as package, package.open(RECORDS) as records:
            keys = _keys(package, asked.key)
            with package.open(HEADS) as file:
                heads = list(map(Sealed.parse, _lines(file)))
            exported = exported_heads(asked.heads) if asked.heads else Exported()
            answers = [json.loads(path.read_text("utf-8")) for path in asked.answer]
            found = verify(map(json.loads, _lines(records)), heads, exported.heads, answers, keys)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        sys.stdout.write(f"this cannot be read: {type(error).__name__}: {error}\n")
        return 1
    lines = told(found, unread=exported.unread, known_key=bool(asked.key))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 1 if found.wrong else 0


def told(found: Findings, *, unread: int, known_key: bool) -> list[str]:
    """Give what was proved in sentences, and what this cannot show."""
    elsewhere_held = f"{found.exported} heads of the second place"
    lines = [f"{found.records} records, {found.heads} heads, {elsewhere_held}, {found.receipts} receipts"]
    for seq, words in found.wrong:
        lines.append(f"  {'record ' + str(seq) if seq else 'the ledger'}: {words}")
    lines.append("something does not fit" if found.wrong else "everything fits")
    if found.records > found.sealed:
        lines.append(
            f"not proved: records {found.sealed + 1} to {found.records} were not sealed yet; "
            "one without a receipt could have been cut off"
        )
    if unread:
        lines.append(f"not proved: {unread} lines of the second place are no heads")
    if not found.exported:
        lines.append(
            "not proved: without heads of the second place (--heads) all of it may be made anew by who "
            "holds the ledger's key"
        )
    if not known_key:
        lines.append("not proved: the public key is the package's own; give the one you knew before (--key)")
    return lines


if __name__ == "__main__":
    sys.exit(main())

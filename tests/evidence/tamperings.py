"""A ledger that was tampered with, held against the heads and receipts that others have."""

from __future__ import annotations

import base64
import io
import json
import random
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from ledger import verifier
from ledger.sealer import seal
from ledger.sealing_key import SealingKey, sealing_key
from ledger.sqlite_store import SqliteLedger
from ledger.store import receipt_text
from ledger.verifier import HEADS, KEYS, RECORDS, Frontier, Sealed, leaf_hash
from tests.evidence.proof import Proof
from tests.ledger.some_records import some_record

_RECORDS, _SEALED, _KEPT = 240, 228, 30
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

Lines = list[dict[str, Any]]


@dataclass(frozen=True)
class Held:
    """What a verifier is given: the package's records and heads, the second place's heads, kept answers."""

    records: Lines
    heads: tuple[Sealed, ...]
    exported: tuple[Sealed, ...]
    answers: Lines
    key: SealingKey


@cache
def _ledger() -> Held:
    """A ledger of some hundred records, the last of them not sealed yet; of these all answers were kept."""
    with TemporaryDirectory() as name, SqliteLedger.open(Path(name) / "ledger.db") as ledger:
        key = sealing_key(Path(name) / "sealing.json")
        ledger.sign_receipts(key.receipt)
        for number in range(1, _RECORDS + 1):
            ledger.append(some_record(number)).result()
            if number % 19 == 0:
                seal(ledger, key, _NOW)
        records = [
            {
                "seq": one.seq,
                "leaf": base64.b64encode(one.leaf).decode(),
                "leaf_hash": one.leaf_hash.hex(),
                "receipt": receipt_text(one),
            }
            for one in ledger.iterate()
        ]
        heads = tuple(ledger.heads())
    kept = [*records[:_SEALED][:: _SEALED // _KEPT], *records[_SEALED:]]
    answers = [{name: one[name] for name in ("leaf_hash", "receipt")} for one in kept]
    return Held(records, heads, heads, answers, key)


def _changed(record: dict[str, Any], leaf: bytes, *, hashed: bool) -> dict[str, Any]:
    digest = {"leaf_hash": leaf_hash(leaf).hex()} if hashed else {}
    return {**record, "leaf": base64.b64encode(leaf).decode(), **digest}


def _flipped(held: Held, chance: random.Random, *, hashed: bool) -> tuple[Held, int]:
    at = chance.randrange(_RECORDS)
    leaf = bytearray(base64.b64decode(held.records[at]["leaf"]))
    leaf[chance.randrange(len(leaf))] ^= 1 << chance.randrange(8)
    return _with(held, at, _changed(held.records[at], bytes(leaf), hashed=hashed)), at + 1


def _with(held: Held, at: int, record: dict[str, Any]) -> Held:
    return replace(held, records=[*held.records[:at], record, *held.records[at + 1 :]])


def _bit(held: Held, chance: random.Random) -> tuple[Held, int]:
    return _flipped(held, chance, hashed=False)


def _bit_with_its_hash(held: Held, chance: random.Random) -> tuple[Held, int]:
    return _flipped(held, chance, hashed=True)


def _re_dated(held: Held, chance: random.Random) -> tuple[Held, int]:
    at = chance.randrange(_RECORDS)
    leaf = base64.b64decode(held.records[at]["leaf"]).replace(b"2026-03-01T12", b"2026-03-01T11")
    return _with(held, at, _changed(held.records[at], leaf, hashed=True)), at + 1


def _deleted(held: Held, chance: random.Random) -> tuple[Held, int]:
    """A record deleted; the last one is cut off, of which a receipt alone speaks."""
    at = chance.randrange(_RECORDS)
    left = replace(held, records=[*held.records[:at], *held.records[at + 1 :]])
    return left, at + 1 if at + 1 < _RECORDS else 0


def _moved_up(held: Held, chance: random.Random) -> tuple[Held, int]:
    """A record deleted, and those behind it given the numbers before their own."""
    at = chance.randrange(_SEALED)
    behind = [{**one, "seq": one["seq"] - 1} for one in held.records[at + 1 :]]
    return replace(held, records=[*held.records[:at], *behind]), at + 1


def _inserted(held: Held, chance: random.Random) -> tuple[Held, int]:
    at = chance.randrange(_SEALED)
    forged = _changed({"seq": at + 1, "receipt": None}, some_record(10_000 + at).leaf(), hashed=True)
    behind = [{**one, "seq": one["seq"] + 1} for one in held.records[at:]]
    return replace(held, records=[*held.records[:at], forged, *behind]), at + 1


def _exchanged(held: Held, chance: random.Random) -> tuple[Held, int]:
    one, other = sorted(chance.sample(range(_SEALED), 2))
    records = list(held.records)
    records[one], records[other] = (
        {**records[other], "seq": records[one]["seq"]},
        {**records[one], "seq": records[other]["seq"]},
    )
    return replace(held, records=records), one + 1


def _cut_off(held: Held, chance: random.Random) -> tuple[Held, int]:
    """The end cut off: sealed records are named by number, others by the hash that their receipt is of."""
    left = chance.randrange(_RECORDS)
    return replace(held, records=held.records[:left]), left + 1 if left < _SEALED else 0


def _other_receipt(held: Held, chance: random.Random) -> tuple[Held, int]:
    one, other = chance.sample(range(_RECORDS), 2)
    return _with(held, one, {**held.records[one], "receipt": held.records[other]["receipt"]}), one + 1


def _swapped_heads(held: Held, chance: random.Random) -> tuple[Held, int]:
    """Two heads exchanged, their leaves left where they were: the first of either is named."""
    one, other = sorted(chance.sample(range(len(held.heads)), 2))
    heads = list(held.heads)
    heads[one] = Sealed(held.heads[other].head, held.heads[one].leaves)
    heads[other] = Sealed(held.heads[one].head, held.heads[other].leaves)
    return replace(held, heads=tuple(heads)), min(
        one_.head.size - len(one_.leaves) + 1 for one_ in (heads[one], heads[other])
    )


def _foreign_head(held: Held, chance: random.Random) -> tuple[Held, int]:
    at = chance.randrange(len(held.heads))
    with TemporaryDirectory() as name:
        other = sealing_key(Path(name) / "sealing.json")
    head = held.heads[at].head
    forged = Sealed(
        replace(other, origin=head.origin).head(head.size, head.root, _NOW), held.heads[at].leaves
    )
    return replace(held, heads=(*held.heads[:at], forged, *held.heads[at + 1 :])), 0


def _made_anew(held: Held, chance: random.Random) -> tuple[Held, int]:
    """A record changed by who holds the key, and all heads and receipts made anew behind it."""
    at = chance.randrange(_SEALED)
    leaf = base64.b64decode(held.records[at]["leaf"]).replace(b"clearance", b"clearence")
    anew = _changed(held.records[at], leaf, hashed=True)
    anew["receipt"] = base64.b64encode(held.key.receipt(leaf_hash(leaf))).decode()
    records = [*held.records[:at], anew, *held.records[at + 1 :]]
    tree, heads = Frontier(), []
    for one in held.heads:
        leaves = tuple(
            bytes.fromhex(records[place]["leaf_hash"]) for place in range(tree.size, one.head.size)
        )
        for digest in leaves:
            tree.append(digest)
        heads.append(Sealed(held.key.head(tree.size, tree.root(), _NOW), leaves))
    return replace(held, records=records, heads=tuple(heads)), at + 1


def _edited_second_place(held: Held, chance: random.Random) -> tuple[Held, int]:
    at = chance.randrange(len(held.exported))
    one = held.exported[at]
    place = chance.randrange(len(one.leaves))
    leaves = (*one.leaves[:place], bytes(32), *one.leaves[place + 1 :])
    exported = (*held.exported[:at], Sealed(one.head, leaves), *held.exported[at + 1 :])
    return replace(held, exported=exported), one.head.size - len(one.leaves) + place + 1


_KINDS: Sequence[Callable[[Held, random.Random], tuple[Held, int]]] = (
    *(_bit, _bit_with_its_hash, _re_dated, _deleted, _moved_up, _inserted, _exchanged, _cut_off),
    *(_other_receipt, _swapped_heads, _foreign_head, _made_anew, _edited_second_place),
)


def _found(case: int) -> str | None:
    """Tamper in one way, and see that the verifier names the first record that is not what it was."""
    chance = random.Random(case)
    kind = _KINDS[case % len(_KINDS)]
    tampered, first = kind(_ledger(), chance)
    status, told = _verified(tampered)
    named = [int(line.split()[1].rstrip(":")) for line in told if line.startswith("  record ")]
    if status != 1:
        return f"{kind.__name__}: nothing was found"
    if first and min(named, default=0) != first:
        return f"{kind.__name__}: record {first} was not named first: {named[:3]}"
    if not first and not any(line.startswith("  the ledger: ") for line in told):
        return f"{kind.__name__}: it was not told: {told[:3]}"
    return None


def _untouched() -> str | None:
    status, told = _verified(_ledger())
    return None if status == 0 else f"the ledger itself does not verify: {told[:3]}"


def _verified(held: Held) -> tuple[int, list[str]]:
    """Run the verifier on files, as somebody would who has nothing else."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(folder / "ledger.zip", "w") as package:
            package.writestr(RECORDS, "".join(json.dumps(one) + "\n" for one in held.records))
            package.writestr(HEADS, "".join(one.line() for one in held.heads))
            package.writestr(KEYS, json.dumps([key.hex() for key in held.key.public_keys]))
        (folder / "heads").mkdir()
        lines = "".join(one.line() for one in held.exported)
        (folder / "heads" / f"2026-03-01-{HEADS}").write_text(lines, encoding="utf-8")
        asked = [str(folder / "ledger.zip"), "--heads", str(folder / "heads")]
        asked += ["--key", held.key.public_keys[0].hex()]
        for number, answer in enumerate(held.answers):
            path = folder / f"answer-{number}.json"
            path.write_text(json.dumps(answer), encoding="utf-8")
            asked += ["--answer", str(path)]
        said = io.StringIO()
        with redirect_stdout(said):
            status = verifier.main(asked)
    return status, said.getvalue().splitlines()


def _run(case: int) -> str | None:
    return _untouched() or _found(case)


PROOF = Proof(
    name="tamperings",
    statement="Of a ledger in which a bit was flipped, a record changed, deleted, inserted, moved or "
    "re-dated, the end cut off, a receipt, a head or the second place edited, or all made anew with its own "
    "key, the stand-alone verifier finds each by heads of the second place and receipts, and names the first "
    "record: by its number, or by its hash where a receipt alone speaks of it.",
    count=1_000,
    small=26,
    run=_run,
)

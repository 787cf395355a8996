"""The vault: seals what a record says of persons and firms, each under a key of its own."""

from __future__ import annotations

import base64
import json
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography.exceptions import InvalidTag
from isal import isal_zlib

from ledger.cuts import Forms, Hole, cut, fill
from ledger.errors import RecordError, VaultError
from ledger.master_key import MasterKey, master_key
from ledger.opening import open_key_table
from ledger.settings import LedgerSettings
from ledger.subject_keys import DataKey, SubjectKeys

SCHEME = "tamiz-seal-1"
_SECTION = re.compile(r"[a-z_]{1,32}")
_HEADER = json.JSONEncoder(separators=(",", ":"))
_LEVEL = 1
"""Of deflate: ISA-L takes a quarter of zlib's time for it, and makes no more bytes of a record."""


class Role(StrEnum):
    """In what role a person or firm stands in a record."""

    IMPORTER = "importer"
    DECLARANT = "declarant"
    SELLER = "seller"
    COURIER = "courier"
    OFFICER = "officer"


@dataclass(frozen=True)
class Subject:
    """A person or firm in a role; `id` is the pseudonym or number that the declaration gives.

    Blanks around it make nobody else of them.

    >>> Subject(Role.SELLER, " S9") == Subject(Role.SELLER, "S9")
    True
    """

    role: Role
    id: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id.strip())


class Vault:
    """Seals and opens the personal and commercial part of records.

    Sections are sealed (AES-256-GCM) under the owner's key, after the ids of the other parties were cut out
    of them; these are sealed under the parties' own keys. Destroying one key erases what it sealed, and
    leaves the leaf, its hash and all the rest as they were.

    >>> from tempfile import TemporaryDirectory
    >>> importer, seller = Subject(Role.IMPORTER, "T1"), Subject(Role.SELLER, "S9")
    >>> with TemporaryDirectory() as folder, Vault.open(Path(folder)) as vault:
    ...     sealed = vault.seal("r1", {"request": b'{"a": "T1", "b": "S9"}'}, importer, [seller])
    ...     before = vault.open_sealed("r1", sealed)
    ...     forgotten = vault.forget(seller)
    ...     after = vault.open_sealed("r1", sealed)
    >>> before
    {'request': b'{"a": "T1", "b": "S9"}'}
    >>> after
    {'request': b'{"a": "T1", "b": "erased"}'}
    """

    def __init__(self, master: MasterKey, keys: SubjectKeys) -> None:
        self._master = master
        self._keys = keys

    @classmethod
    def open(cls, folder: Path, settings: LedgerSettings | None = None, *, new: bool = True) -> Vault:
        """The vault of `folder`: master.key in it, and the subject keys in it or where the settings say.

        Both are made if there are none and it may be `new`. Whoever has a ledger says that it may not: under
        new keys all that was sealed would read as erased. Raises VaultError where keys are away that should
        be there.
        """
        settings = settings or LedgerSettings()
        master_file = folder / "master.key"
        with ExitStack() as undo:
            table = open_key_table(folder, settings, new=new)
            undo.callback(table.close)
            if (not new or table.begun()) and not master_file.exists():
                raise VaultError(
                    "the master key of this vault is away",
                    remedy=f"restore {master_file.name} from its backup, or copy it from another machine",
                )
            master = master_key(master_file)
            keys = SubjectKeys(table, master, cache=settings.key_cache)
            undo.pop_all()
        return cls(master, keys)

    def blind(self, purpose: str, text: str | bytes) -> str:
        """A keyed hash of `text` (32 hex digits) by which records are found without saying what they hold."""
        return self._master.blind(purpose, text if isinstance(text, bytes) else _utf8(text))

    def seal(
        self, bound_to: str, sections: Mapping[str, bytes], owner: Subject, others: Iterable[Subject] = ()
    ) -> dict[str, object]:
        """The sealed part of what `bound_to` names, and of nothing else.

        It holds `sections` (names to bytes, JSON where parties stand in them) under the owner's key, the ids
        of the others under theirs.

        An id that two parties share is sealed under the keys of both. Keys are durable when this returns.
        """
        parties = _by_id(owner, others)
        subjects = list(dict.fromkeys([owner, *(subject for group in parties.values() for subject in group)]))
        keys = dict(
            zip(subjects, self._keys.of([self._hidden(subject) for subject in subjects]), strict=True)
        )
        forms = Forms.of(list(parties))
        box = _close(keys[owner], bound_to, "sections", _pack(sections, forms))
        groups = [[keys[subject] for subject in group] for group in parties.values()]
        return {
            "scheme": SCHEME,
            "owner": keys[owner].key_id,
            "sections": list(sections),
            "box": _text(box),
            "parties": [
                {
                    "keys": [key.key_id for key in group],
                    "box": _text(_nest(group, bound_to, number, literals)),
                }
                for number, (group, literals) in enumerate(zip(groups, forms.literals, strict=True))
            ],
        }

    def open_sealed(self, bound_to: str, sealed: Mapping[str, Any]) -> dict[str, bytes | None]:
        """The sections, byte for byte; None for one whose key is gone, "erased" for a party whose key is.

        Raises RecordError if a ciphertext is not what was sealed for `bound_to`.
        """
        if sealed.get("scheme") != SCHEME:
            raise RecordError("this record is sealed in another scheme", remedy="read it with a newer Tamiz")
        owner = self._keys.named(sealed["owner"])
        if owner is None:
            return dict.fromkeys(sealed["sections"])
        literals = [
            self._open_party(bound_to, number, party) for number, party in enumerate(sealed["parties"])
        ]
        return dict(_unpack(_open(owner, bound_to, "sections", _bytes(sealed["box"])), literals))

    def forget(self, subject: Subject) -> bool:
        """Destroy the subject's key: all that was sealed under it is erased. False if there was none."""
        return self._keys.delete(self._hidden(subject))

    def close(self) -> None:
        """Let go of the keys."""
        self._keys.close()

    def __enter__(self) -> Vault:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _hidden(self, subject: Subject) -> str:
        return self.blind("subject", f"{subject.role.value}:{subject.id}")

    def _open_party(self, bound_to: str, number: int, party: Mapping[str, Any]) -> list[str] | None:
        keys = [self._keys.named(key_id) for key_id in party["keys"]]
        box = _bytes(party["box"])
        for layer, key in reversed(list(enumerate(keys))):
            if key is None:
                return None
            box = _open(key, bound_to, f"party/{number}/{layer}", box)
        literals: list[str] = json.loads(box)
        return literals


def _by_id(owner: Subject, others: Iterable[Subject]) -> dict[str, list[Subject]]:
    """The other parties by id, in order; the owner's own id in the owner's role needs no second seal."""
    parties: dict[str, list[Subject]] = {}
    for subject in dict.fromkeys(others):
        if subject != owner:
            parties.setdefault(subject.id, []).append(subject)
    return parties


def _pack(sections: Mapping[str, bytes], forms: Forms) -> bytes:
    """The sections without the ids of parties, behind a line that says where each ends and what was cut."""
    header, rests = [], []
    for name, text in sections.items():
        rest, holes = cut(text, forms)
        header.append((_checked(name), len(rest), [(hole.offset, hole.party, hole.form) for hole in holes]))
        rests.append(rest)
    return isal_zlib.compress(b"".join([_HEADER.encode(header).encode(), b"\n", *rests]), _LEVEL)


def _unpack(packed: bytes, literals: Sequence[Sequence[str] | None]) -> Iterator[tuple[str, bytes]]:
    header, _, rests = zlib.decompress(packed).partition(b"\n")
    start = 0
    for name, length, holes in json.loads(header):
        yield name, fill(rests[start : start + length], [Hole(*hole) for hole in holes], literals)
        start += length


def _nest(keys: Sequence[DataKey], bound_to: str, number: int, literals: Mapping[str, int]) -> bytes:
    box = json.dumps(list(literals)).encode()
    for layer, key in enumerate(keys):
        box = _close(key, bound_to, f"party/{number}/{layer}", box)
    return box


def _close(key: DataKey, bound_to: str, part: str, plain: bytes) -> bytes:
    nonce = secrets.token_bytes(12)
    return nonce + key.cipher.encrypt(nonce, plain, _bound(key, bound_to, part))


def _open(key: DataKey, bound_to: str, part: str, box: bytes) -> bytes:
    try:
        return key.cipher.decrypt(box[:12], box[12:], _bound(key, bound_to, part))
    except (InvalidTag, ValueError) as error:
        raise RecordError(
            f"what a record says in the open, or what it seals ({part.partition('/')[0]}), was changed",
            remedy="compare with an export that was kept elsewhere",
        ) from error


def _bound(key: DataKey, bound_to: str, part: str) -> bytes:
    return f"{SCHEME}\n{bound_to}\n{part}\n{key.key_id}".encode()


def _checked(name: str) -> str:
    if not _SECTION.fullmatch(name):
        raise RecordError("a section has no plain name", remedy="name it in small letters and underscores")
    return name


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(box: bytes) -> str:
    return base64.b64encode(box).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)

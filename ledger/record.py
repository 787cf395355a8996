"""The record: canonical bytes that never change once written, and the hash of its leaf."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property

from ledger.canonical import canonical
from ledger.errors import RecordError
from ledger.exact import exact

FORMATS = (1, 2)
"""The first has no `once`; a record without it is written so to this day."""

_NAME = re.compile(r"[0-9A-Za-z._:-]{1,128}")
_FIELDS = frozenset({"format", "kind", "id", "recorded_at", "client", "key", "about", "public", "sealed"})


class Kind(StrEnum):
    """What a record is evidence of."""

    DECISION = "decision"
    OUTCOME = "outcome"
    CANCELLATION = "cancellation"
    EXPLANATION = "explanation"
    PROMOTION = "promotion"
    ACCESS = "access"


@dataclass(frozen=True)
class Record:
    """One record of the ledger.

    `client` and `key` are together unique; so is `once`, whoever the client, where a thing can stand but once
    in the ledger; `about` joins the records of one declaration. The three but `client` are keyed hashes
    (`Vault.blind`) of what the client sent. `public` holds versions, lane, probabilities: nothing personal or
    commercial. `sealed` holds the rest as ciphertext (`Vault.seal`).

    >>> record = Record("r1", Kind.ACCESS, datetime(2026, 1, 2, tzinfo=UTC), "auditor", "k1")
    >>> record.leaf()[:42]
    b'{"about":null,"client":"auditor","format":'
    >>> Record.parse(record.leaf()) == record
    True
    """

    id: str
    kind: Kind
    recorded_at: datetime
    client: str
    key: str
    about: str | None = None
    public: Mapping[str, object] = field(default_factory=dict)
    sealed: Mapping[str, object] | None = None
    once: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("id", self.id), ("client", self.client), ("key", self.key)):
            if not _NAME.fullmatch(value):
                raise RecordError(
                    f"the record's {name} is not a plain name",
                    remedy="use 1 to 128 letters, digits, dots, colons, dashes or underscores",
                )
        if self.recorded_at.utcoffset() is None:
            raise RecordError("recorded_at has no offset", remedy="give an instant with its time zone")

    def leaf(self) -> bytes:
        """The canonical bytes (RFC 8785), final: hashes, seals and receipts are made of them.

        Raises RecordError where text cannot be written as UTF-8 (a lone surrogate).
        """
        if self.sealed is None:
            return self.in_the_open
        # `sealed` is the last of the names in their order.
        return b"%b%b}" % (self.in_the_open.removesuffix(b"null}"), canonical(exact(self.sealed)))

    @cached_property
    def in_the_open(self) -> bytes:
        """The leaf without what is sealed; made once. A seal is bound to it."""
        once = {} if self.once is None else {"once": self.once}
        return canonical(
            {
                "format": FORMATS[len(once)],
                **once,
                "kind": self.kind.value,
                "id": self.id,
                "recorded_at": instant_text(self.recorded_at),
                "client": self.client,
                "key": self.key,
                "about": self.about,
                "public": exact(self.public),
                "sealed": None,
            }
        )

    def with_seal(self, sealed: Mapping[str, object]) -> Record:
        """The record with its sealed part, and the same bytes in the open."""
        whole = replace(self, sealed=sealed)
        vars(whole)["in_the_open"] = self.in_the_open
        return whole

    @classmethod
    def parse(cls, leaf: bytes) -> Record:
        """The record whose leaf this is; RecordError if it is none."""
        try:
            fields = json.loads(leaf)
            once = fields.keys() - _FIELDS
            if (
                fields.keys() == _FIELDS | once
                and once <= {"once"}
                and fields["format"] == FORMATS[len(once)]
            ):
                return cls(
                    id=fields["id"],
                    kind=Kind(fields["kind"]),
                    recorded_at=datetime.fromisoformat(fields["recorded_at"]),
                    client=fields["client"],
                    key=fields["key"],
                    about=fields["about"],
                    public=fields["public"],
                    sealed=fields["sealed"],
                    once=fields.get("once"),
                )
        except (AttributeError, ValueError, TypeError, RecursionError):
            pass
        raise RecordError(
            "these bytes are no record of a format known here",
            remedy="verify the ledger, or use a newer Tamiz",
        )


def instant_text(instant: datetime) -> str:
    """An instant in the one form that leaves use: UTC, microseconds, Z.

    >>> instant_text(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00.000000Z'
    """
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

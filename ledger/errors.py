"""What can go wrong with the ledger, its records and its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from customs.errors import TamizError

if TYPE_CHECKING:
    from ledger.store import Stored


class LedgerError(TamizError):
    """The ledger cannot do what was asked of it."""


class RecordError(LedgerError):
    """A record, or the bytes said to be one, is not in the record format."""


class VaultError(LedgerError):
    """The keys of the vault are away, open to others, or not the ones that sealed the records."""


class LedgerUnavailable(LedgerError):  # noqa: N818 - the state of a service, not a mistake
    """Nothing can be recorded now: whatever was handed in is not acknowledged, and may be sent again."""


class AlreadyRecorded(LedgerError):  # noqa: N818 - an answer, not a mistake
    """The client's key, the record's id or what it is once of stands in the ledger; `stored` stands there."""

    def __init__(self, stored: Stored) -> None:
        super().__init__(
            "this client's key is recorded already",
            remedy="answer with the stored reply if the request is the same, else refuse the key",
        )
        self.stored = stored

"""Reference tables of a workspace: added from files, listed, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from features.local_time import FIRST_YEAR, LAST_YEAR, instant_of
from features.reference.catalogue import Entry, catalogue
from features.reference.check import check
from features.reference.errors import ProvenanceError
from features.reference.finding import Finding
from features.reference.intake import AddReport, Progress, Provenance, add
from features.reference.kinds import kind_of
from features.reference.store import ReferenceStore
from features.reference.token import Tokens
from features.settings import IntakeSettings
from features.values import ReadError, instant_of_text
from ledger.master_key import master_key
from lifecycle.session import Session

KEY_FILE = "references.key"
"""Below `keys/`: what the tokens of addresses are made with. Without it new tokens fit no earlier ones."""


def add_file(
    session: Session,
    path: Path,
    kind: str,
    *,
    source: str | None,
    licence: str | None,
    retrieved_at: str | None,
    mapping: Mapping[str, str],
    progress: Progress,
) -> AddReport:
    """Take a file into the tables of the workspace."""
    wanted, settings, workspace = kind_of(kind), session.intake, session.workspace
    now = datetime.now(UTC)
    fetched = None if retrieved_at is None else _fetched(retrieved_at, settings, now)
    key = master_key(workspace.create().keys / KEY_FILE)
    return add(
        path,
        wanted,
        ReferenceStore(workspace.tables),
        quarantine=workspace.quarantine,
        settings=settings,
        now=now,
        tokens=Tokens(key.index),
        provenance=Provenance(source, licence, fetched),
        mapping=mapping,
        progress=progress,
    )


def listed(session: Session) -> tuple[Entry, ...]:
    """The tables there are, a line a kind and source."""
    return catalogue(ReferenceStore(session.workspace.tables), _today(session))


def checked(session: Session) -> tuple[Finding, ...]:
    """What is found in the tables; ProvenanceError where there is none to look at."""
    store = ReferenceStore(session.workspace.tables)
    if not catalogue(store, _today(session)):
        raise ProvenanceError(
            "there are no reference tables in this workspace",
            remedy="add one first: tamiz sources add FILE --kind KIND --source NAME --licence TEXT",
        )
    return check(store, session.intake, _today(session))


def mapping_of(pairs: Sequence[str]) -> dict[str, str]:
    """The file's names of columns by ours, from texts such as `hs_code=Partida`.

    >>> mapping_of(["hs_code=Partida", "rate_pct=Ad valorem"])
    {'hs_code': 'Partida', 'rate_pct': 'Ad valorem'}
    """
    split = [pair.partition("=") for pair in pairs]
    for name, equals, theirs in split:
        if not (name and equals and theirs):
            raise ProvenanceError(
                f"'{name}{equals}{theirs}' is no mapping", remedy="write OUR_NAME=NAME_IN_THE_FILE"
            )
    return {name.strip(): theirs.strip() for name, _, theirs in split}


def _fetched(text: str, settings: IntakeSettings, now: datetime) -> int:
    """The instant at which a file was fetched, which is not in the future."""
    try:
        fetched = instant_of_text(text.strip(), settings.time_zone)
    except ReadError as error:
        raise ProvenanceError(
            f"retrieved_at '{text}' cannot be read",
            remedy="write a date, or an instant with its offset as 2024-05-01T10:00:00-05:00, of the years "
            f"{FIRST_YEAR} to {LAST_YEAR}",
        ) from error
    if fetched > instant_of(now):
        raise ProvenanceError(
            f"retrieved_at '{text}' is in the future",
            remedy="say with --retrieved-at when the file was fetched from its source, or leave it out",
        )
    return fetched


def _today(session: Session) -> date:
    return datetime.now(ZoneInfo(session.intake.time_zone)).date()

"""Keys of subjects, wherever they lie: one a subject, durable, gone for everybody once one deletes it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from ledger.errors import LedgerError, LedgerUnavailable, VaultError
from ledger.key_table import WrappedKey
from ledger.master_key import MasterKey
from ledger.opening import open_key_table
from ledger.settings import LedgerSettings
from ledger.subject_keys import SubjectKeys
from ledger.vault import Role, Subject, Vault
from tests.postgresql_server import PostgresqlServer, needs_postgresql, postgresql_server

MASTER = MasterKey(bytes(range(32)), bytes(range(32, 64)))
Open = Callable[..., SubjectKeys]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["file", pytest.param("postgresql", marks=needs_postgresql)])
def settings(request: pytest.FixtureRequest) -> LedgerSettings:
    if request.param == "file":
        return LedgerSettings()
    server: PostgresqlServer = request.getfixturevalue("server")
    name = f"keys_{secrets.token_hex(4)}"
    server.create(name)
    return LedgerSettings(keys_url=SecretStr(server.url_of(name)))


@pytest.fixture
def opened(settings: LedgerSettings, tmp_path: Path) -> Iterator[Open]:
    """Gives the keys as one more process has them."""
    with ExitStack() as stack:

        def keys(master: MasterKey = MASTER, cache: int = 100) -> SubjectKeys:
            table = open_key_table(tmp_path, settings, new=True)
            stack.callback(table.close)
            return SubjectKeys(table, master, cache=cache)

        yield keys


def test_a_subject_has_one_key_whoever_asks_first_and_however_many_at_once(opened: Open) -> None:
    holders = [opened() for _ in range(4)]
    asked = [f"subject-{number}" for number in range(20)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda holder: [key.key_id for key in holder.of(asked)], holders))
    assert found == found[:1] * 4
    assert len(set(found[0])) == 20
    again = opened()
    box = holders[0].of(asked[:1])[0].cipher.encrypt(bytes(12), b"sealed", None)
    named = again.named(found[0][0])
    assert named is not None
    assert named.cipher.decrypt(bytes(12), box, None) == b"sealed"


def test_the_same_subject_twice_is_given_its_key_twice(opened: Open) -> None:
    one, other, same = opened().of(["a", "b", "a"])
    assert one.key_id == same.key_id != other.key_id


def test_what_one_deletes_is_gone_for_all_at_once_and_made_anew_under_another_name(opened: Open) -> None:
    one, other = opened(), opened()
    before = [holder.of(["a"])[0].key_id for holder in (one, other)]
    assert one.delete("a")
    assert not one.delete("a")
    assert other.named(before[0]) is None
    assert one.named(before[0]) is None
    assert other.of(["a"])[0].key_id != before[0]


def test_more_subjects_than_are_kept_in_memory_all_have_their_keys(opened: Open) -> None:
    keys, asked = opened(cache=3), [f"s{number}" for number in range(10)]
    first = [key.key_id for key in keys.of(asked)]
    assert [key.key_id for key in keys.of(asked)] == first


def test_keys_of_another_master_are_refused(opened: Open) -> None:
    opened().of(["a"])
    with pytest.raises(VaultError, match="another master key"):
        opened(master=MasterKey(MASTER.index, bytes(32)))


def test_a_wrapped_key_that_was_changed_is_refused(
    opened: Open, settings: LedgerSettings, tmp_path: Path
) -> None:
    opened().of(["a"])
    table = open_key_table(tmp_path, settings, new=False)
    (found,) = table.of(["a"])
    table.add([WrappedKey("b", "other", found.wrapped)])
    table.close()
    with pytest.raises(VaultError, match="tampered"):
        opened().of(["b"])


def test_a_vault_that_may_not_be_new_says_what_is_away(settings: LedgerSettings, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="subject keys of this ledger are away"):
        Vault.open(tmp_path / "one", settings, new=False)
    with Vault.open(tmp_path / "one", settings) as vault:
        sealed = vault.seal("r", {"request": b"{}"}, Subject(Role.IMPORTER, "T1"))
    (tmp_path / "one" / "master.key").rename(tmp_path / "master.key")
    for new in (True, False):
        with pytest.raises(VaultError, match="master key of this vault is away"):
            Vault.open(tmp_path / "one", settings, new=new)
    (tmp_path / "master.key").rename(tmp_path / "one" / "master.key")
    with Vault.open(tmp_path / "one", settings, new=False) as vault:
        assert vault.open_sealed("r", sealed) == {"request": b"{}"}


@needs_postgresql
def test_a_server_that_is_away_is_said_with_the_variable_that_names_it(tmp_path: Path) -> None:
    with postgresql_server() as server:
        settings = LedgerSettings(keys_url=SecretStr(server.url_of()), busy_seconds=1)
        keys = SubjectKeys(open_key_table(tmp_path, settings, new=True), MASTER, cache=9)
        keys.of(["a"])
    with pytest.raises(LedgerUnavailable, match="TAMIZ_LEDGER_KEYS_URL"):
        keys.of(["a"])
    with pytest.raises(LedgerError, match="TAMIZ_LEDGER_KEYS_URL"):
        open_key_table(tmp_path, LedgerSettings(keys_url=SecretStr("mysql://a")), new=True)

"""Keys: made once, never replaced, kept private, known by hash alone, revoked for good."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lifecycle import keys
from lifecycle.errors import KeyFileError
from lifecycle.workspace import Workspace
from scoring.signing_key import SigningKey
from tests.lifecycle.terminal import tamiz

NOW = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_signers_private_key_lies_in_the_workspace_for_its_owner_alone(workspace: Workspace) -> None:
    created = keys.create(workspace, "ana", "approver", now=NOW)
    assert created.path is not None
    assert (mode(created.path), mode(workspace.keys / "registry.json"), mode(workspace.keys)) == (
        0o600,
        0o600,
        0o700,
    )
    assert "PRIVATE" not in (workspace.keys / "registry.json").read_text(encoding="utf-8")
    assert keys.signer(workspace, None, "approver").fingerprint == created.fingerprint


def test_an_api_key_is_shown_once_alone_on_standard_output_and_kept_as_a_hash(workspace: Workspace) -> None:
    shown = tamiz(workspace.root, "keys", "create", "port", "--role", "clearance")
    api_key = shown.out.strip()
    assert (shown.out, shown.status) == (f"{api_key}\n", 0)
    assert api_key.startswith("tamiz_")
    assert api_key not in shown.err
    kept = workspace.keys / "clients.json"
    assert mode(kept) == 0o600
    assert api_key.removeprefix("tamiz_") not in kept.read_text(encoding="utf-8")
    assert (
        json.loads(kept.read_text(encoding="utf-8"))[0]["sha256"]
        == hashlib.sha256(api_key.encode()).hexdigest()
    )
    listed = tamiz(workspace.root, "keys", "list", "--json")
    assert "sha256" not in listed.out
    assert listed.object["clients"][0]["name"] == "port"


@pytest.mark.parametrize("second", ["trainer", "approver", "clearance"])
@pytest.mark.parametrize("first", ["trainer", "clearance"])
def test_a_name_is_never_taken_twice_and_the_first_key_stands(
    first: str, second: str, workspace: Workspace
) -> None:
    keys.create(workspace, "one", first, now=NOW)
    before = {path.name: path.read_bytes() for path in workspace.keys.iterdir()}
    tamiz(workspace.root, "keys", "create", "one", "--role", second).refuses(2, "'one'")
    public = SigningKey.create().public_key
    tamiz(workspace.root, "keys", "register", "one", public, "--role", "trainer").refuses(2, "'one'")
    assert {path.name: path.read_bytes() for path in workspace.keys.iterdir()} == before


@pytest.mark.parametrize("role", ["trainer", "clearance"])
def test_a_key_that_could_not_be_registered_leaves_its_name_free(
    role: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("lifecycle.keys.replace_text", full)
        tamiz(workspace.root, "keys", "create", "one", "--role", role).refuses(1, "the disk is full")
    assert list(workspace.keys.iterdir()) == []
    assert tamiz(workspace.root, "keys", "create", "one", "--role", role).status == 0


def test_a_private_key_that_nobody_registered_is_never_overwritten(workspace: Workspace) -> None:
    file = workspace.create().keys / "one.pem"
    file.write_text("mine", encoding="utf-8")
    tamiz(workspace.root, "keys", "create", "one", "--role", "trainer").refuses(2, "there already")
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_pair_made_elsewhere_can_be_registered_once(workspace: Workspace) -> None:
    public = SigningKey.create().public_key
    assert tamiz(workspace.root, "keys", "register", "far", public, "--role", "approver").status == 0
    assert keys.key_ring(workspace).keys[0].public_key == public
    tamiz(workspace.root, "keys", "register", "again", public, "--role", "trainer").refuses(2, "registered")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "a", "--role", "traner"), "trainer"),
        (("create", "A b", "--role", "trainer"), "small letters"),
        (("create", "../a", "--role", "trainer"), "small letters"),
        (("register", "a", "00", "--role", "trainer"), "64 hexadecimal"),
        (("register", "a", "0" * 64, "--role", "clearance"), "approver"),
        (("revoke", "nobody"), "tamiz keys list"),
    ],
)
def test_what_cannot_be_a_key_is_refused(words: tuple[str, ...], said: str, workspace: Workspace) -> None:
    tamiz(workspace.root, "keys", *words).refuses(2, said)
    assert keys.registered(workspace) == ()


def test_a_revoked_key_signs_no_more_and_stays_revoked_from_the_first_day(workspace: Workspace) -> None:
    keys.create(workspace, "tania", "trainer", now=NOW)
    assert keys.revoke(workspace, "tania", now=NOW) == "trainer"
    keys.revoke(workspace, "tania", now=datetime(2026, 1, 1, tzinfo=UTC))
    assert keys.registered(workspace)[0].revoked_at == NOW.isoformat()
    with pytest.raises(KeyFileError, match="tania"):
        keys.signer(workspace, "tania", "trainer")


def test_a_client_can_be_revoked(workspace: Workspace) -> None:
    keys.create(workspace, "port", "clearance", now=NOW)
    assert keys.revoke(workspace, "port", now=NOW) == "clearance"
    assert keys.clients(workspace)[0]["revoked_at"] == NOW.isoformat()
    assert "2025-01-02" in tamiz(workspace.root, "keys", "list").out


def test_a_key_of_another_role_and_one_of_two_without_a_name_do_not_sign(workspace: Workspace) -> None:
    for name in ("one", "two"):
        keys.create(workspace, name, "trainer", now=NOW)
    with pytest.raises(KeyFileError, match="no usable key 'one' of role approver"):
        keys.signer(workspace, "one", "approver")
    with pytest.raises(KeyFileError, match="2 keys of role trainer") as refused:
        keys.signer(workspace, None, "trainer")
    assert "--key" in refused.value.remedy


def test_a_damaged_registry_is_told_and_left(workspace: Workspace) -> None:
    file = workspace.create().keys / "registry.json"
    file.write_text("[{", encoding="utf-8")
    tamiz(workspace.root, "keys", "create", "a", "--role", "trainer").refuses(2, "registry.json is damaged")
    assert file.read_text(encoding="utf-8") == "[{"

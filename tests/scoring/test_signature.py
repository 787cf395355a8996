"""Keys and signatures."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.errors import KeyRefusedError
from scoring.signature import KeyRing, RegisteredKey, Signature
from scoring.signing_key import SigningKey, read_private_key, write_private_key

TRAINER, APPROVER, STRANGER = SigningKey.create(), SigningKey.create(), SigningKey.create()
RING = KeyRing(
    (
        RegisteredKey("ana", "trainer", TRAINER.public_key),
        RegisteredKey("luis", "approver", APPROVER.public_key),
    )
)


@settings(max_examples=30)
@given(st.binary(max_size=200), st.data())
def test_one_changed_bit_of_the_data_or_of_the_signature_is_refused(content, data):
    signed = TRAINER.sign(content)
    assert RING.verify(content, signed, "trainer").name == "ana"
    bit = data.draw(st.integers(0, 511))
    flipped = bytearray.fromhex(signed.signature)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(KeyRefusedError):
        RING.verify(content, Signature(signed.fingerprint, flipped.hex()), "trainer")
    with pytest.raises(KeyRefusedError):
        RING.verify(content + b"\0", signed, "trainer")


def test_an_unknown_key_is_refused():
    with pytest.raises(KeyRefusedError, match="not registered") as refused:
        RING.verify(b"data", STRANGER.sign(b"data"), "trainer")
    assert refused.value.remedy.startswith("take it again from where it was made")


def test_a_signature_under_the_name_of_another_key_is_refused():
    with pytest.raises(KeyRefusedError):
        RING.verify(b"data", Signature(TRAINER.fingerprint, STRANGER.sign(b"data").signature), "trainer")


def test_a_revoked_key_is_refused_even_if_it_is_registered_again():
    again = KeyRing((*RING.keys, RegisteredKey("eva", "trainer", TRAINER.public_key, "2026-01-01T00:00:00Z")))
    with pytest.raises(KeyRefusedError, match="revoked"):
        again.verify(b"data", TRAINER.sign(b"data"), "trainer")


def test_a_key_signs_only_in_its_role():
    with pytest.raises(KeyRefusedError, match="not trainer"):
        RING.verify(b"data", APPROVER.sign(b"data"), "trainer")


def test_the_trainers_key_cannot_approve_even_under_another_name():
    both = KeyRing((*RING.keys, RegisteredKey("other", "approver", TRAINER.public_key)))
    approval = TRAINER.sign(b"approval")
    assert both.verify(b"approval", approval, "approver").name == "other"
    with pytest.raises(KeyRefusedError, match="trained"):
        both.verify(b"approval", approval, "approver", other_than=TRAINER.fingerprint)
    assert both.verify(b"a", APPROVER.sign(b"a"), "approver", other_than=TRAINER.fingerprint).name == "luis"


@pytest.mark.parametrize("public_key", ["", "00", "xyz"])
def test_what_is_no_key_is_not_registered(public_key):
    with pytest.raises(KeyRefusedError):
        RegisteredKey("ana", "trainer", public_key)


def test_registered_keys_come_back_from_json():
    for key in (*RING.keys, RegisteredKey("eva", "trainer", STRANGER.public_key, "2026-01-01T00:00:00Z")):
        assert RegisteredKey.from_json(key.to_json()) == key
    with pytest.raises(KeyRefusedError):
        RegisteredKey.from_json({"name": "a", "role": "boss", "public_key": STRANGER.public_key})


def test_a_private_key_is_written_for_its_owner_alone_and_never_replaced(tmp_path):
    path = tmp_path / "ana.pem"
    write_private_key(path, TRAINER)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_private_key(path).fingerprint == TRAINER.fingerprint
    with pytest.raises(KeyRefusedError, match="exists"):
        write_private_key(path, STRANGER)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_private_key_that_others_can_read_is_refused(tmp_path, mode):
    path = tmp_path / "ana.pem"
    write_private_key(path, TRAINER)
    path.chmod(mode)
    with pytest.raises(KeyRefusedError, match="open to others") as refused:
        read_private_key(path)
    assert "chmod 600" in refused.value.remedy


def test_links_and_files_without_a_key_are_refused(tmp_path):
    path = tmp_path / "ana.pem"
    write_private_key(path, TRAINER)
    (tmp_path / "link.pem").symlink_to(path)
    (tmp_path / "text.pem").write_text("not a key")
    (tmp_path / "text.pem").chmod(0o600)
    for name in ("link.pem", "text.pem", "missing.pem", "."):
        with pytest.raises(KeyRefusedError):
            read_private_key(tmp_path / name)

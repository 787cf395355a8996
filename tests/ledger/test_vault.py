"""Sealing by data subject: exact both ways, bound to its record, erased by losing one key."""

from __future__ import annotations

import base64
import json
import sqlite3
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.cuts import Forms, cut, fill
from ledger.errors import LedgerUnavailable, RecordError, VaultError
from ledger.master_key import master_key
from ledger.settings import LedgerSettings
from ledger.vault import Role, Subject, Vault
from tests.ledger.children import CHILDREN

IMPORTER = Subject(Role.IMPORTER, "20100070970")
DECLARANT = Subject(Role.DECLARANT, "B-77")
SELLER = Subject(Role.SELLER, 'Ñandú "Ltd" \\ 東京')
REQUEST = json.dumps(
    {
        "importer_id": IMPORTER.id,
        "declarant_id": DECLARANT.id,
        "seller_id": SELLER.id,
        "note": f"by {DECLARANT.id}",
    }
).encode()


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault.open(tmp_path / "keys") as opened:
        yield opened


IDS = st.lists(
    st.text(st.characters(), min_size=1, max_size=8)
    | st.sampled_from(["erased", '"erased"', "\\u0041", "A", "AA", "[0,0,0]", "{}", "unit", "\n", " A "]),
    max_size=5,
).map(lambda ids: list(dict.fromkeys(map(str.strip, ids))))  # fmt: skip


@given(ids=IDS, data=st.data())
def test_what_is_cut_comes_back_byte_for_byte_and_no_value_keeps_an_id(
    ids: list[str], data: st.DataObject
) -> None:
    value = st.sampled_from(ids) if ids else st.text()
    document = data.draw(
        st.lists(st.dictionaries(st.text() | value, value | st.text() | st.lists(value)), max_size=4)
    )
    ascii_only = data.draw(st.booleans())
    indent = data.draw(st.sampled_from([None, 0, 2]))
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "surrogatepass")
    forms = Forms.of(ids)
    rest, holes = cut(text, forms)
    assert fill(rest, holes, [list(literals) for literals in forms.literals]) == text
    if ascii_only:
        erased = json.loads(fill(rest, holes, [None] * len(ids)))
        assert not set(texts(erased)) & (set(ids) - {"erased"})


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)
    elif isinstance(value, dict):
        for entry in value.values():
            yield from texts(entry)


@given(text=st.binary() | st.text('"\\u0041Ab:{} \n').map(str.encode), ids=IDS)
def test_bytes_that_are_no_json_come_back_too(text: bytes, ids: list[str]) -> None:
    forms = Forms.of(ids)
    rest, holes = cut(text, forms)
    assert fill(rest, holes, [list(literals) for literals in forms.literals]) == text


def test_an_id_is_found_however_it_is_escaped_or_padded() -> None:
    forms = Forms.of(["AB"])
    rest, _ = cut(b'["AB", "\\u0041B", " AB ", "A\\u0042"]', forms)
    assert rest == b"[, , , ]"


XML_TEXT = st.text('AB7&<>" Ñ', max_size=5)


@given(ids=st.lists(XML_TEXT.map(str.strip).filter(bool), unique=True, max_size=4), data=st.data())
def test_of_a_document_every_element_that_is_an_id_is_cut_and_comes_back(
    ids: list[str], data: st.DataObject
) -> None:
    said = data.draw(st.lists(st.tuples(st.sampled_from([*ids, "plain"]), st.sampled_from(["", " ", "\n"]))))
    elements = "".join(f"<e>{blank}{escape(text)}{blank}</e>" for text, blank in said)
    text = f'<?xml version="1.0"?>\n<ASYCUDA>{elements}</ASYCUDA>'.encode()
    forms = Forms.of(ids)
    rest, holes = cut(text, forms)
    assert fill(rest, holes, [list(literals) for literals in forms.literals]) == text
    assert len(holes) == sum(one in ids for one, _ in said)


def test_an_id_in_a_section_of_characters_is_cut_and_one_within_a_longer_text_is_not() -> None:
    text = b"\xef\xbb\xbf <A><x><![CDATA[B7]]></x><y>B7 called</y></A>"
    rest, [hole] = cut(text, Forms.of(["B7"]))
    assert (rest, hole.party) == (text.replace(b"[B7]", b"[]"), 0)


def test_a_literal_without_an_end_costs_no_more_than_its_length() -> None:
    text = b'"' + b"\\" * 200_001 + b'"' * 20_001
    forms = Forms.of(["A"])
    rest, holes = cut(text, forms)
    assert (rest, holes) == (text, [])


@given(
    parties=st.lists(st.builds(Subject, st.sampled_from(Role), st.text(min_size=1, max_size=6)), max_size=6),
    owner=st.builds(Subject, st.just(Role.IMPORTER), st.text(min_size=1, max_size=6)),
    noise=st.binary(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sealed_sections_open_to_the_same_bytes_whoever_the_parties_are(
    vault: Vault, parties: list[Subject], owner: Subject, noise: bytes
) -> None:
    request = json.dumps([owner.id, *(party.id for party in parties), {"x": owner.id}]).encode()
    sections = {"request": request, "reply": noise}
    assert vault.open_sealed("r1", vault.seal("r1", sections, owner, parties)) == sections


def test_nothing_of_a_party_is_readable_in_what_is_sealed(vault: Vault) -> None:
    text = json.dumps(vault.seal("r1", {"request": REQUEST}, IMPORTER, [DECLARANT, SELLER]))
    assert not any(word in text for word in (IMPORTER.id, DECLARANT.id, "importer", "seller"))


def test_without_a_partys_key_its_values_read_erased_and_all_else_stays(vault: Vault) -> None:
    sealed = vault.seal("r1", {"request": REQUEST}, IMPORTER, [DECLARANT, SELLER])
    assert vault.forget(SELLER)
    opened = vault.open_sealed("r1", sealed)["request"]
    assert opened is not None
    assert json.loads(opened) == {**json.loads(REQUEST), "seller_id": "erased"}
    assert vault.forget(DECLARANT)
    opened = vault.open_sealed("r1", sealed)["request"]
    assert opened is not None
    assert json.loads(opened)["declarant_id"] == "erased"


def test_without_the_owners_key_the_sections_are_erased(vault: Vault) -> None:
    sealed = vault.seal("r1", {"request": REQUEST, "reply": b"{}"}, IMPORTER, [SELLER])
    assert vault.forget(IMPORTER)
    assert vault.open_sealed("r1", sealed) == {"request": None, "reply": None}
    assert not vault.forget(IMPORTER)


def test_an_id_that_two_roles_share_is_erased_with_either(vault: Vault) -> None:
    roles = [Subject(Role.DECLARANT, "X"), Subject(Role.COURIER, "X")]
    for forgotten in roles:
        sealed = vault.seal("r1", {"request": b'["X", "I"]'}, Subject(Role.IMPORTER, "I"), roles)
        assert vault.open_sealed("r1", sealed)["request"] == b'["X", "I"]'
        vault.forget(forgotten)
        assert vault.open_sealed("r1", sealed)["request"] == b'["erased", "I"]'


def test_an_importer_who_declares_himself_is_erased_as_declarant_too(vault: Vault) -> None:
    himself = Subject(Role.DECLARANT, IMPORTER.id)
    sealed = vault.seal("r1", {"request": b'["20100070970"]'}, IMPORTER, [himself])
    vault.forget(himself)
    assert vault.open_sealed("r1", sealed)["request"] == b'["erased"]'


def test_a_subject_that_comes_back_gets_a_new_key_and_the_old_records_stay_erased(vault: Vault) -> None:
    old = vault.seal("r1", {"request": REQUEST}, IMPORTER)
    vault.forget(IMPORTER)
    new = vault.seal("r2", {"request": REQUEST}, IMPORTER)
    assert vault.open_sealed("r1", old) == {"request": None}
    assert vault.open_sealed("r2", new) == {"request": REQUEST}


def test_a_seal_opens_for_its_own_record_and_owner_only(vault: Vault) -> None:
    sealed = vault.seal("r1", {"request": REQUEST, "reply": b"{}"}, IMPORTER, [SELLER])
    other = vault.seal("r1", {"request": REQUEST, "reply": b"{}"}, SELLER)
    for record, forged in (("r2", sealed), ("r1", {**sealed, "box": other["box"]})):
        with pytest.raises(RecordError, match="was changed"):
            vault.open_sealed(record, forged)


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_flipped_bit_is_noticed(vault: Vault, position: int, bit: int) -> None:
    sealed = vault.seal("r1", {"request": REQUEST}, IMPORTER)
    box = bytearray(base64.b64decode(str(sealed["box"])))
    box[position % len(box)] ^= 1 << bit
    with pytest.raises(RecordError):
        vault.open_sealed("r1", {**sealed, "box": base64.b64encode(box).decode()})


def test_scheme_1_is_aes_gcm_of_the_deflated_sections_bound_to_record_and_key(tmp_path: Path) -> None:
    with Vault.open(tmp_path) as vault:
        sections = {"request": b'{"a": "S"}', "reply": b"[]"}
        sealed = vault.seal("r1", sections, IMPORTER, [Subject(Role.SELLER, "S")])
    wrap = AESGCM(master_key(tmp_path / "master.key").wrap)
    connection = sqlite3.connect(tmp_path / "subject_keys.db")
    rows = dict(connection.execute("SELECT key_id, wrapped FROM subject_key"))
    connection.close()
    keys = {name: AESGCM(wrap.decrypt(row[:12], row[12:], name.encode())) for name, row in rows.items()}
    read = json.loads(json.dumps(sealed))
    (party,), owner = read["parties"], read["owner"]
    assert read["sections"] == ["request", "reply"]
    box = base64.b64decode(read["box"])
    bound = f"tamiz-seal-1\nr1\nsections\n{owner}".encode()
    packed = zlib.decompress(keys[owner].decrypt(box[:12], box[12:], bound))
    assert packed == b'[["request",7,[[6,0,0]]],["reply",2,[]]]\n{"a": }[]'
    box, (key,) = base64.b64decode(party["box"]), party["keys"]
    assert (
        keys[key].decrypt(box[:12], box[12:], f"tamiz-seal-1\nr1\nparty/0/0\n{key}".encode())
        == b'["\\"S\\""]'
    )


def test_keys_are_private_durable_and_read_again(tmp_path: Path) -> None:
    with Vault.open(tmp_path) as vault:
        sealed = vault.seal("r1", {"request": REQUEST}, IMPORTER, [SELLER])
        blind = vault.blind("declaration", "D1")
    with Vault.open(tmp_path) as vault:
        assert vault.open_sealed("r1", sealed) == {"request": REQUEST}
        assert vault.blind("declaration", "D1") == blind != vault.blind("key", "D1")
    for name in ("master.key", "subject_keys.db"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert IMPORTER.id.encode() not in (tmp_path / "subject_keys.db").read_bytes()


def test_another_vault_makes_other_hashes(tmp_path: Path) -> None:
    with Vault.open(tmp_path / "a") as one, Vault.open(tmp_path / "b") as other:
        assert one.blind("key", "k") != other.blind("key", "k")


def test_a_forgotten_key_leaves_no_trace_in_the_file_or_its_journal(tmp_path: Path) -> None:
    with Vault.open(tmp_path) as vault:
        sealed = vault.seal("r1", {"request": b"{}"}, IMPORTER)
        key = str(sealed["owner"]).encode()
        assert any(key in file.read_bytes() for file in tmp_path.iterdir())
        vault.forget(IMPORTER)
        assert not any(key in file.read_bytes() for file in tmp_path.iterdir())


def test_a_key_that_another_process_deletes_is_forgotten_here_as_well(tmp_path: Path) -> None:
    with Vault.open(tmp_path) as here, Vault.open(tmp_path) as there:
        sealed = here.seal("r1", {"request": REQUEST}, IMPORTER)
        assert here.open_sealed("r1", sealed) == {"request": REQUEST}
        there.forget(IMPORTER)
        assert here.open_sealed("r1", sealed) == {"request": None}


def test_a_small_cache_changes_nothing(tmp_path: Path) -> None:
    with Vault.open(tmp_path, LedgerSettings(key_cache=1)) as vault:
        sealed = [vault.seal(f"r{n}", {"request": REQUEST}, IMPORTER, [DECLARANT, SELLER]) for n in range(3)]
        assert [vault.open_sealed(f"r{n}", sealed[n]) for n in range(3)] == [{"request": REQUEST}] * 3


def test_a_master_key_that_is_away_is_never_made_anew(tmp_path: Path) -> None:
    Vault.open(tmp_path).close()
    (tmp_path / "master.key").unlink()
    with pytest.raises(VaultError, match="away") as refused:
        Vault.open(tmp_path)
    assert "backup" in refused.value.remedy
    assert not (tmp_path / "master.key").exists()


def test_the_keys_of_a_ledger_that_are_away_are_never_made_anew(tmp_path: Path) -> None:
    Vault.open(tmp_path).close()
    for name in ("subject_keys.db", "master.key"):
        (tmp_path / name).unlink()
        with pytest.raises(VaultError, match="away") as refused:
            Vault.open(tmp_path, new=False)
        assert "restore" in refused.value.remedy
        assert not (tmp_path / "subject_keys.db").exists()


def test_another_master_key_is_refused(tmp_path: Path) -> None:
    Vault.open(tmp_path / "a").close()
    Vault.open(tmp_path / "b").close()
    (tmp_path / "b" / "master.key").replace(tmp_path / "a" / "master.key")
    with pytest.raises(VaultError, match="another master key"):
        Vault.open(tmp_path / "a")


def test_a_master_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    Vault.open(tmp_path).close()
    (tmp_path / "master.key").chmod(0o644)
    with pytest.raises(VaultError, match="read by others") as refused:
        Vault.open(tmp_path)
    assert "chmod 600" in refused.value.remedy


@pytest.mark.parametrize("text", ["", "{}", '{"format":1,"index":"00","wrap":"00"}', "[]", '{"format":2}'])
def test_a_damaged_master_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(VaultError, match="damaged"):
        master_key(path)
    assert path.read_text() == text


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    key = master_key(tmp_path / "master.key")
    assert key.wrap.hex() not in repr(key)
    assert key.index.hex() not in repr(key)


def test_processes_that_start_together_share_one_master_key_and_one_key_a_subject(tmp_path: Path) -> None:
    with CHILDREN.Pool(3) as pool:
        owners = pool.map(seal_one, [tmp_path] * 6)
    assert len(set(owners)) == 1


def seal_one(folder: Path) -> str:
    with Vault.open(folder) as vault:
        return str(vault.seal("r1", {"request": b"{}"}, IMPORTER)["owner"])


def test_when_the_keys_cannot_be_written_nothing_is_sealed(tmp_path: Path) -> None:
    with Vault.open(tmp_path, LedgerSettings(busy_seconds=0.1)) as vault:
        holder = sqlite3.connect(tmp_path / "subject_keys.db", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable):
            vault.seal("r1", {"request": REQUEST}, IMPORTER)
        holder.execute("ROLLBACK")
        holder.close()
        assert vault.seal("r1", {"request": REQUEST}, IMPORTER)

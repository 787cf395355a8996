"""Why one shipment was stopped, and whether its record still is what was recorded."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from ledger.record import Record
from ledger.sealer import export_heads
from ledger.sqlite_store import SqliteLedger
from ledger.store import receipt_text
from ledger.vault import Role, Subject, Vault
from ledger.verification import Row
from ledger.verifier import is_receipt
from lifecycle.wiring import service_wiring
from tests.lifecycle.houses import SERVED, House, like, requests_of, service
from tests.lifecycle.terminal import tamiz


def test_a_record_is_shown_whole(house: House) -> None:
    shown = tamiz(house.root, "audit", "show", house.decisions[0], "--json").object
    assert shown["record"]["id"] == house.decisions[0]
    assert shown["reply"]["decision_id"] == house.decisions[0]
    assert shown["reply"]["model"]["bundle_id"] == house.bundle
    assert shown["request"]["declaration"]["declaration_id"] == shown["reply"]["declaration_id"]
    items = len(shown["request"]["items"])
    assert len(shown["details"]["given"]["history"]["importer.known"]) == items
    given = shown["details"]["given"]
    assert {one[0] for one in given["sources"].values()} == {"simulated"}
    numbers = {int(number) for number in given["sources"]}
    assert set(given["history"]["companies.source"]) - {None} <= numbers
    assert "tariff.rate" not in given["history"]
    valued = shown["valuation"]
    assert [one["item_no"] for one in valued] == [one["item_no"] for one in shown["reply"]["items"]]
    assert all(set(step["text"]) == {"es", "en"} for one in valued for step in one["steps"])
    likeliest = shown["reply"]["items"][0]["kinds"]["likeliest"]
    recorded = shown["details"]["outcome"]["items"][0]["kinds"]["probability"]
    assert {one["kind"]: one["probability"] for one in likeliest} == recorded
    assert shown["headings"]["as_of"] == shown["reply"]["profiles_as_of"]
    assert [one["item_no"] for one in shown["headings"]["items"]] == [
        one["item_no"] for one in shown["request"]["items"]
    ]
    for one in shown["headings"]["items"]:
        assert 1 <= len(one["others"]) <= 3
        assert all(other["text"]["es"] != other["text"]["en"] for other in one["others"])
    in_words = tamiz(house.root, "audit", "show", house.decisions[0])
    assert json.loads(in_words.out) == shown
    assert in_words.err == ""


@pytest.mark.parametrize("place", range(SERVED))
def test_a_decision_made_again_is_equal_to_the_last_bit(place: int, house: House) -> None:
    told = tamiz(house.root, "audit", "replay", house.decisions[place], "--json")
    assert told.status == 0, told.err
    assert told.object == {
        "decision_id": house.decisions[place],
        "bundle": house.bundle,
        "differences": [],
        "changed": [],
        "equal": True,
    }


def test_under_other_rules_and_settings_it_says_so_and_what_differs(house: House, tmp_path: Path) -> None:
    rule = """
rules:
  - name: everything
    effect: mandatory
    lane: red
    when: 'item_no > 0'
    owner: the tests
    legal_basis: none
    valid_from: 2020-01-01
    valid_to: null
    examples: {matching: [{item_no: 1}], others: [{item_no: 0}]}
"""
    (tmp_path / "selection.yaml").write_text(rule, encoding="utf-8")
    asked = ("--configs", tmp_path, "audit", "replay", house.decisions[0])
    ended = tamiz(house.root, *asked)
    assert (ended.status, ended.out) == (1, "")
    assert "places differ" in ended.err
    assert "not those of the record" in ended.err
    told = tamiz(house.root, *asked, "--json")
    assert told.object["changed"] == ["rules"]
    assert told.object["differences"]


def test_a_decision_whose_bundle_was_changed_is_not_made_again(own: House) -> None:
    file = own.workspace.bundles / own.bundle / "risk.txt"
    file.write_bytes(file.read_bytes() + b" ")
    tamiz(own.root, "audit", "replay", own.decisions[0]).refuses(1, "risk.txt")


def test_every_record_is_found_intact(house: House) -> None:
    told = tamiz(house.root, "audit", "verify", "--json").object
    assert (told["checked"], told["intact"], told["differences"]) == (SERVED + 1, True, [])
    assert (told["sealed"], told["exported"], told["heads"] > 0) == (SERVED + 1, 0, True)
    assert f"{SERVED + 1} records checked, 0 differences" in tamiz(house.root, "audit", "verify").err


def test_a_record_that_was_changed_behind_its_back_is_named(own: House) -> None:
    with sqlite3.connect(own.workspace.ledger) as ledger:
        triggers = ledger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            ledger.execute(f'DROP TRIGGER "{name}"')
        table, column = _leaf(ledger)
        seq, leaf = ledger.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchone()
        changed = leaf.replace(b"port", b"pert", 1)
        assert changed != leaf
        ledger.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (changed, seq))
    ledger.close()
    ended = tamiz(own.root, "audit", "verify", "--json")
    assert ended.status == 1
    assert ended.object["intact"] is False
    assert [one["seq"] for one in ended.object["differences"]] == [seq, 0]
    assert "triggers" in ended.object["differences"][1]["words"]
    exported = tamiz(own.root, "audit", "export", "-o", own.root.parent / "records.zip")
    assert exported.status == 1
    assert f"{SERVED + 1} records in" in exported.err
    assert f"  {seq} " in exported.err


OPEN = {
    "lane": lambda record: record["public"].update(
        lane="red" if record["public"]["lane"] != "red" else "green"
    ),
    "p_physical": lambda record: record["public"].update(p_physical=0.5),
    "reply_sha256": lambda record: record["public"].update(reply_sha256="0" * 64),
    "bundle": lambda record: record["public"]["versions"].update(bundle="0123456789abcdef"),
    "about": lambda record: record.update(about="0" * 32),
    "draw": lambda record: record["public"].update(draw=0.25),
    "recorded_at": lambda record: record.update(recorded_at="2025-01-01T00:00:00.000000Z"),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_was_rewritten_in_the_open_with_its_hash_is_found_by_the_seal(name: str, own: House) -> None:
    rewritten(own.workspace.ledger, own.decisions[0], OPEN[name])
    ended = tamiz(own.root, "audit", "verify", "--json")
    assert ended.status == 1
    (difference,) = ended.object["differences"]
    assert difference["id"] == own.decisions[0]
    assert "in the open, or what it seals" in difference["words"]
    for asked in ("replay", "show"):
        tamiz(own.root, "audit", asked, own.decisions[0], "--json").refuses(1, "was changed")


def test_a_record_made_of_what_another_one_seals_is_named(own: House) -> None:
    forged = "01906b60-0000-7000-8000-000000000000"
    rewritten(own.workspace.ledger, own.decisions[0], lambda record: record.update(id=forged))
    ended = tamiz(own.root, "audit", "verify", "--json")
    assert ended.status == 1
    (difference,) = ended.object["differences"]
    assert difference["id"] == forged
    assert "was changed" in difference["words"]


def rewritten(path: Path, decision_id: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a record as somebody would who can write to the database and knows its format."""
    with sqlite3.connect(path) as ledger:
        names = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        triggers = ledger.execute(names).fetchall()
        for name, _ in triggers:
            ledger.execute(f'DROP TRIGGER "{name}"')
        seq, leaf = ledger.execute("SELECT seq, leaf FROM record WHERE id = ?", (decision_id,)).fetchone()
        fields = json.loads(leaf)
        change(fields)
        record = Record.parse(json.dumps(fields).encode())
        row = Row.of(seq, record, record.leaf())
        ledger.execute(
            "UPDATE record SET id = ?, about = ?, recorded_at = ?, leaf = ?, leaf_hash = ? WHERE seq = ?",
            (row.id, row.about, row.recorded_at, row.leaf, row.leaf_hash, seq),
        )
        for _, sql in triggers:
            ledger.execute(sql)
    ledger.close()


def test_a_ledger_that_was_emptied_is_not_found_intact(own: House) -> None:
    own.workspace.ledger.write_bytes(b"")
    tamiz(own.root, "audit", "verify").refuses(1, "emptied")
    assert own.workspace.ledger.stat().st_size == 0


def test_an_erased_party_contradicts_nothing(own: House) -> None:
    wiring = service_wiring(own.session)
    shown = tamiz(own.root, "audit", "show", own.decisions[0], "--json").object
    with Vault.open(wiring.vault, new=False) as vault:
        for item in shown["request"]["items"]:
            vault.forget(Subject(Role.SELLER, item["seller_id"]))
    assert tamiz(own.root, "audit", "verify").status == 0
    assert tamiz(own.root, "audit", "replay", own.decisions[0]).status == 0
    assert (
        tamiz(own.root, "audit", "show", own.decisions[0], "--json").object["headings"] == shown["headings"]
    )
    with Vault.open(wiring.vault, new=False) as vault:
        vault.forget(Subject(Role.IMPORTER, shown["request"]["declaration"]["importer_id"]))
    assert tamiz(own.root, "audit", "verify").status == 0


def test_an_outcome_is_shown_too(house: House) -> None:
    with sqlite3.connect(house.workspace.ledger) as ledger:
        (outcome,) = ledger.execute("SELECT id FROM record WHERE kind = 'outcome'").fetchone()
    ledger.close()
    shown = tamiz(house.root, "audit", "show", outcome, "--json").object
    assert shown["details"]["outcome"]["finding"] == "none"
    assert shown["reply"] is None


def test_a_decision_is_made_again_though_its_trainers_key_was_revoked_and_it_is_said(own: House) -> None:
    assert tamiz(own.root, "keys", "revoke", "trainer").status == 0
    told = tamiz(own.root, "audit", "replay", own.decisions[0])
    assert told.status == 0
    assert "bit-equal" in told.err
    assert "revoked since" in told.err


def test_a_draw_that_the_key_does_not_give_is_told(own: House) -> None:
    service_wiring(own.session).draw_key.write_bytes(bytes(32))
    told = tamiz(own.root, "audit", "replay", own.decisions[0], "--json").object
    assert (told["equal"], told["changed"]) == (True, ["draw"])


def test_without_its_bundle_a_decision_is_not_made_again_and_it_is_said_what_to_restore(own: House) -> None:
    shutil.rmtree(own.workspace.bundles / own.bundle)
    ended = tamiz(own.root, "audit", "replay", own.decisions[0])
    ended.refuses(2, f"bundle {own.bundle}, by which it was decided, is not in the workspace")
    assert "restore its folder" in ended.err


@pytest.mark.parametrize("words", [("audit", "show"), ("audit", "replay"), ("audit", "verify"), ("advance",)])
def test_keys_that_are_away_are_not_taken_for_an_erasure(words: tuple[str, ...], own: House) -> None:
    for file in (own.workspace.keys / "vault").iterdir():
        file.unlink()
    asked = (*words, own.decisions[0]) if words[-1] in {"show", "replay"} else words
    tamiz(own.root, *asked).refuses(1, "keys of this ledger are away")
    assert not list((own.workspace.keys / "vault").iterdir())


def _leaf(ledger: sqlite3.Connection) -> tuple[str, str]:
    """The table and the column that hold the bytes of the records."""
    for (table,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = [row[1] for row in ledger.execute(f"PRAGMA table_info({table})")]
        if "leaf" in columns:
            return table, "leaf"
    raise AssertionError("no table holds leaves")


def test_a_package_proves_itself_without_tamiz_and_shows_no_party(own: House, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    with SqliteLedger.open(own.workspace.ledger) as ledger:
        export_heads(ledger, place)
        answer = ledger.get(own.decisions[0])
    package = tmp_path / "ledger.zip"
    assert tamiz(own.root, "audit", "export", "-o", package).status == 0
    (key,) = tamiz(own.root, "audit", "head", "--json").object["public_keys"]
    kept = tmp_path / "answer.json"
    assert answer is not None
    kept.write_text(json.dumps({"leaf_hash": answer.leaf_hash.hex(), "receipt": receipt_text(answer)}))
    with ZipFile(package) as held:
        (tmp_path / "verify.py").write_bytes(held.read("verify.py"))
        lines = [json.loads(line) for line in held.read("records.jsonl").splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, SERVED + 2))
    importer = tamiz(own.root, "audit", "show", own.decisions[0], "--json").object["request"]
    assert all(
        importer["declaration"]["importer_id"].encode() not in base64.b64decode(line["leaf"])
        for line in lines
    )
    told = _proved(tmp_path, package, "--heads", place, "--key", key, "--answer", kept)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "everything fits" in told.stdout
    assert "not proved" not in told.stdout
    alone = _proved(tmp_path, package)
    assert (alone.returncode, alone.stdout.count("not proved")) == (0, 2)
    _edited(package, lambda line: line.replace('"seq": 2', '"seq": 3') if '"seq": 3' not in line else "")
    edited = _proved(tmp_path, package, "--heads", place, "--key", key)
    assert edited.returncode == 1
    assert "record 2: it is missing" in edited.stdout
    assert "record 3: it is not the record that" in edited.stdout
    package.write_bytes(b"no package")
    assert "cannot be read" in _proved(tmp_path, package).stdout


def _proved(folder: Path, package: Path, *asked: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the verifier of a package where there is nothing of Tamiz."""
    command = [sys.executable, "-I", "verify.py", str(package), *map(str, asked)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _edited(package: Path, edit: Callable[[str], str]) -> None:
    with ZipFile(package) as held:
        content = {name: held.read(name) for name in held.namelist()}
    lines = content["records.jsonl"].decode().splitlines(keepends=True)
    content["records.jsonl"] = "".join(map(edit, lines)).encode()
    with ZipFile(package, "w") as held:
        for name, each in content.items():
            held.writestr(name, each)


def test_heads_of_a_second_place_show_what_was_made_anew_with_the_ledgers_key(
    own: House, tmp_path: Path
) -> None:
    place = tmp_path / "elsewhere"
    with SqliteLedger.open(own.workspace.ledger) as ledger:
        export_heads(ledger, place)
    assert tamiz(own.root, "audit", "verify", "--heads", place).status == 0
    rewritten(own.workspace.ledger, own.decisions[0], OPEN["p_physical"])
    with sqlite3.connect(own.workspace.ledger) as raw:
        for name in ("head_is_never_changed", "head_is_never_deleted"):
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("DELETE FROM head")
    raw.close()
    ended = tamiz(own.root, "audit", "verify", "--heads", place, "--json")
    assert ended.status == 1
    words = [one["words"] for one in ended.object["differences"]]
    assert any("in the open, or what it seals" in each for each in words)
    tamiz(own.root, "audit", "verify", "--heads", tmp_path / "absent").refuses(2, "there are no heads")


def test_a_package_has_its_ending_and_a_head_is_shown_to_be_kept(house: House, tmp_path: Path) -> None:
    tamiz(house.root, "audit", "export", "-o", tmp_path / "ledger.jsonl").refuses(2, "no .zip")
    shown = tamiz(house.root, "audit", "head")
    assert shown.out.startswith("tamiz/")
    assert f"{SERVED + 1} of {SERVED + 1} records are sealed" in shown.err
    assert "public key " in shown.err


@pytest.mark.parametrize("words", [("show",), ("replay",)])
def test_an_id_that_no_record_has_is_told(words: tuple[str, ...], house: House) -> None:
    tamiz(house.root, "audit", *words, "01906b60-0000-7000-8000-000000000000").refuses(2, "no record has")


def test_another_key_seals_from_now_on_and_what_earlier_ones_signed_stays_good(own: House) -> None:
    (first,) = tamiz(own.root, "audit", "head", "--json").object["public_keys"]
    rotated = tamiz(own.root, "keys", "rotate")
    assert rotated.status == 0
    keys = tamiz(own.root, "audit", "head", "--json").object["public_keys"]
    assert (keys[0], len(keys)) == (first, 2)
    assert keys[1] in rotated.err
    api_key = tamiz(own.root, "keys", "create", "other-port", "--role", "clearance").out.strip()
    request = like(requests_of(own.world / "today.parquet")[0], 8)
    with service(own.session, datetime.now(UTC), api_key) as caller:
        answer = caller.post("/v1/decisions", request).json()
    signed = base64.b64decode(answer["receipt"])
    origin = tamiz(own.root, "audit", "head", "--json").object["note"].splitlines()[0]
    leaf = bytes.fromhex(answer["leaf_hash"])
    assert [is_receipt(origin, leaf, signed, [bytes.fromhex(key)]) for key in keys] == [False, True]
    told = tamiz(own.root, "audit", "verify", "--json").object
    assert (told["intact"], told["sealed"]) == (True, SERVED + 2)


def test_without_a_ledger_there_is_no_key_to_rotate(tmp_path: Path) -> None:
    tamiz(tmp_path / "new", "keys", "rotate").refuses(1, "no sealing key", "tamiz serve")
    assert not (tmp_path / "new").exists()

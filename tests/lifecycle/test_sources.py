"""Reference tables by the command line: added once, listed with their sources, looked over with remedies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lifecycle.workspace import Workspace
from tests.lifecycle.terminal import Ended, tamiz, tamiz_process

HEAD = "hs_code,rate_pct,valid_from,known_from\n"
TARIFF = HEAD + "610910,11,2024-01-01,2023-12-01\n640411,6,2024-01-01,2023-12-01\n"
COMPANY = (
    "importer_id,registered_on,address,valid_from,known_from\nS3CRET,{},Calle Luna 9,2024-01-01,2023-12-01\n"
)


def add(root: Path, text: str, kind: str, *more: str) -> Ended:
    file = root.parent / "table.csv"
    file.write_text(text, encoding="utf-8")
    said = ("--source", "gazette", "--licence", "free")
    return tamiz(root, "sources", "add", file, "--kind", kind, *said, *more)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "ws"


def test_a_table_is_added_once_and_listed_with_its_source(root: Path) -> None:
    assert add(root, TARIFF, "tariff", "--json").object["counts"]["accepted"] == 2
    assert add(root, TARIFF, "tariff", "--json").object["counts"]["repeated"] == 2
    (entry,) = tamiz(root, "sources", "list", "--json").object["sources"]
    assert (entry["kind"], entry["source"], entry["licence"], entry["rows"]) == (
        "tariff", "gazette", "free", 2,
    )  # fmt: skip
    assert entry["known"] == ["2023-12-01", "2023-12-01"]
    assert entry["age_days"] > 365


def test_the_list_fits_a_terminal(root: Path) -> None:
    add(root, TARIFF, "tariff", "--retrieved-at", "2023-12-02")
    listed = tamiz(root, "sources", "list")
    assert max(map(len, listed.out.splitlines())) <= 80
    for words in ("tariff", "gazette", "free", "2024-01-01", "2023-12-01", "retrieved 2023-12-02"):
        assert words in listed.out


def test_the_list_is_shorter_on_a_narrow_terminal(root: Path) -> None:
    add(root, TARIFF, "tariff")
    for command, words in (("sources", "2023-12-01"), ("features", "importer_relative_rate")):
        listed = tamiz_process(root, command, "list", before=("env", "COLUMNS=60"))
        assert max(map(len, listed.out.splitlines())) <= 60
        assert words in listed.out


def test_an_empty_workspace_has_nothing_to_list_and_nothing_to_check(root: Path) -> None:
    listed = tamiz(root, "sources", "list")
    assert (listed.status, listed.out) == (0, "")
    assert "sources add" in listed.err
    tamiz(root, "sources", "check").refuses(2, "no reference tables", "sources add")


def test_rows_that_break_a_rule_are_told_and_kept_apart(root: Path) -> None:
    ended = add(root, TARIFF + "61x,5,2024-01-01,2023-12-01\n", "tariff")
    assert ended.status == 0
    assert "hs_code_malformed" in ended.out
    (file,) = Workspace(root).quarantine.glob("*.jsonl")
    assert json.loads(file.read_text(encoding="utf-8"))["line"] == 4
    assert "quarantine" in ended.err


def test_a_file_of_which_every_row_is_refused_ends_with_status_2(root: Path) -> None:
    ended = add(root, HEAD + "61x,5,2024-01-01,2023-12-01\n", "tariff")
    assert ended.status == 2
    assert "every row was refused" in ended.err


def test_check_ends_with_status_1_only_when_something_is_wrong(root: Path) -> None:
    add(root, HEAD + "610999,350,2024-01-01,2023-12-01\n", "tariff")
    doubtful = tamiz(root, "sources", "check", "--json")
    assert (doubtful.status, doubtful.object["wrong"]) == (0, 0)
    assert {one["check"] for one in doubtful.object["findings"]} == {
        "stale", "hs_code_not_listed", "rate_out_of_band",
    }  # fmt: skip
    assert {one["examples"][0]["key"]["hs_code"] for one in doubtful.object["findings"]} == {"610999"}
    add(root, COMPANY.format("2024-06-01"), "companies")
    wrong = tamiz(root, "sources", "check")
    assert "S3CRET" not in wrong.out + tamiz(root, "sources", "check", "--json").out
    assert "610999, valid from" in wrong.out
    assert wrong.status == 1
    assert "registered_in_future" in wrong.out.replace("\n", "")
    assert "1 wrong" in wrong.err
    assert max(map(len, wrong.out.splitlines())) <= 80


def test_an_address_is_nowhere_in_the_workspace_and_its_key_is_private(root: Path) -> None:
    ended = add(root, COMPANY.format("2020-06-01"), "companies")
    assert "Luna" not in ended.out + ended.err
    every = [path for path in root.rglob("*") if path.is_file()]
    assert not any(b"Luna" in path.read_bytes() for path in every)
    assert (Workspace(root).keys / "references.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "tarif"), "did you mean 'tariff'?"),
        (("--kind", "weather"), "use one of"),
        (("--kind", "tariff"), "--source"),
        (("--kind", "tariff", "--source", "X"), "--licence"),
        (("--kind", "tariff", "--source", "X", "--licence", "Y", "--mapping", "hs_code"), "OUR_NAME=NAME"),
        (("--kind", "tariff", "--source", "X", "--licence", "Y", "--mapping", "hs_code=Zz"), "'Zz'"),
        (("--kind", "tariff", "--source", "X", "--licence", "Y", "--retrieved-at", "soon"), "'soon'"),
        (
            ("--kind", "tariff", "--source", "X", "--licence", "Y", "--retrieved-at", "2190-01-01"),
            "say with --retrieved-at when",
        ),
        (("--kind", "companies", "--source", "X", "--licence", "Y"), "'importer_id'"),
        (("--kind", "companies", "--source", "X", "--licence", "Y"), "of this --kind"),
        (("--kind", "companies", "--source", "X", "--licence", "Y"), "--mapping NAME=COLUMN"),
    ],
)
def test_wrong_input_is_refused_with_what_is_right(arguments: tuple[str, ...], said: str, root: Path) -> None:
    file = root.parent / "table.csv"
    file.write_text(TARIFF, encoding="utf-8")
    tamiz(root, "sources", "add", file, *arguments).refuses(2, said)
    assert not (Workspace(root).tables / "tariff").exists()


def test_an_absent_or_strange_file_is_refused_by_its_name(root: Path) -> None:
    picture = root.parent / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n")
    for file in (picture, root.parent / "nowhere.csv"):
        said = ("--kind", "tariff", "--source", "X", "--licence", "Y")
        tamiz(root, "sources", "add", file, *said).refuses(2, file.name)


def test_a_world_says_how_its_tables_are_added(root: Path) -> None:
    world = root.parent / "world"
    small = {"TAMIZ_SIMULATION_MONTHS": "3"}
    made = tamiz(root, "simulate", "world", "-o", world, "--declarations", "300", env=small)
    assert "sources add" in made.err
    for file in sorted((world / "references").glob("*.csv")):
        added = tamiz(root, "sources", "add", file, "--kind", file.stem, "--json").object
        assert added["counts"]["refused"] == 0
    assert {one["source"] for one in tamiz(root, "sources", "list", "--json").object["sources"]} == {
        "simulated"
    }
    assert tamiz(root, "sources", "check", "--json").object["wrong"] == 0

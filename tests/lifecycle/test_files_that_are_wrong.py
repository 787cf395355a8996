"""Files that are not what they should be: refused with a remedy, row by row or whole, and nothing lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.lake import Lake
from lifecycle.workspace import Workspace
from tests.lifecycle.houses import House
from tests.lifecycle.terminal import tamiz

KCS = "Declaration ID,Date,Office ID,Importer ID,HS6 Code,Country of Origin,Item Price\n"


def quarantined(workspace: Path) -> list[dict[str, Any]]:
    files = sorted(Workspace(workspace).quarantine.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def items(count: int, broken: set[int]) -> str:
    """Give a canonical CSV file; broken rows have a code of goods that nobody knows."""
    head = "declaration_id,item_no,accepted_at,office_id,importer_id,origin_country,hs_code,cif,brand"
    rows = [
        f"D-{n},1,2025-03-01T09:00:00-05:00,118,I-{n % 7},JP,{'87' if n in broken else '870323'},9000,"
        for n in range(count)
    ]
    return "\n".join([head, *rows]) + "\n"


@pytest.mark.parametrize(
    ("name", "content", "source", "said"),
    [
        ("absent.csv", None, "canonical", "absent.csv"),
        ("empty.csv", b"", "canonical", "empty"),
        ("head.csv", b"declaration_id,item_no\n", "canonical", "has no column"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x01\x02", "canonical", "picture.csv"),
        ("items.json", b'[{"declaration_id": "D-1"}]', "canonical", "items.json"),
        ("kcs.csv", KCS.encode() + b"1,2020-01-01,1,X,870323,JP,9\n", "canonical", "has no column"),
        ("items.csv", items(3, set()).encode(), "kcs", "has no column"),
        ("items.csv", items(3, set()).encode(), "canonicl", "'canonical'"),
        ("items.csv", items(3, set()).encode(), "xml", "use one of"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_with_its_remedy(
    name: str, content: bytes | None, source: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    tamiz(tmp_path / "ws", "ingest", file, "--format", source).refuses(2, said)
    assert Lake(Workspace(tmp_path / "ws").lake).items().collect().is_empty()


def test_a_truncated_parquet_file_is_refused_and_the_lake_is_as_before(own: House, tmp_path: Path) -> None:
    whole = own.before.read_bytes()
    file = tmp_path / "items.parquet"
    file.write_bytes(whole[: len(whole) // 2])
    before = own.lake.fingerprint()
    tamiz(own.root, "ingest", file, "--format", "canonical").refuses(2, "truncated")
    assert own.lake.fingerprint() == before


def test_a_parquet_file_of_texts_that_are_no_text_is_refused_whole(tmp_path: Path) -> None:
    file = tmp_path / "items.parquet"
    good = [line.split(",") for line in items(50, set()).splitlines()]
    frame = pl.DataFrame(
        good[1:], schema=good[0], orient="row", schema_overrides=dict.fromkeys(good[0], pl.String)
    )
    frame.write_parquet(file, compression="uncompressed", use_pyarrow=True)
    file.write_bytes(file.read_bytes().replace(b"I-3", b"I-\xff"))
    tamiz(tmp_path, "ingest", file, "--format", "canonical").refuses(2, "damaged")
    assert Lake(Workspace(tmp_path).lake).items().collect().is_empty()


def test_a_pipe_is_refused_at_once_as_a_file_is_read_twice(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    tamiz(tmp_path, "ingest", pipe, "--format", "canonical").refuses(2, "pipe.csv is no regular file")
    tamiz(tmp_path, "outcomes", pipe).refuses(2, "pipe.csv is no regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(items(3, set()), encoding="utf-8")
    file.chmod(0)
    tamiz(tmp_path, "ingest", file, "--format", "canonical").refuses(2, "cannot be opened")


def test_a_header_without_rows_says_that_there_was_nothing_to_take(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(items(0, set()), encoding="utf-8")
    ended = tamiz(tmp_path, "ingest", file, "--format", "canonical")
    assert ended.status == 0
    assert "no rows: nothing was added" in ended.err


def test_one_wrong_path_among_good_ones_takes_nothing(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(items(5, set()), encoding="utf-8")
    tamiz(tmp_path, "ingest", good, tmp_path / "absent.csv", "--format", "canonical").refuses(2, "absent.csv")
    assert Lake(Workspace(tmp_path).lake).items().collect().is_empty()


def test_broken_rows_are_set_apart_with_line_field_value_rule_and_remedy_and_the_rest_is_taken(
    tmp_path: Path,
) -> None:
    file = tmp_path / "items.csv"
    file.write_text(items(200, {17, 150}), encoding="utf-8")
    report = tamiz(tmp_path, "ingest", file, "--format", "canonical", "--json")
    assert report.status == 0
    assert report.object["items"] == {"rows": 200, "accepted": 198, "repeated": 0, "refused": 2}
    broken = quarantined(tmp_path)
    assert [(row["source"], row["line"], row["field"], row["value"]) for row in broken] == [
        ("items.csv", 19, "hs_code", "87"),
        ("items.csv", 152, "hs_code", "87"),
    ]
    assert {row["rule"] for row in broken} <= {rule["rule"] for rule in report.object["rules"]}
    assert all(row["remedy"] for row in broken)
    again = tamiz(tmp_path, "ingest", file, "--format", "canonical", "--json").object["items"]
    assert (again["accepted"], again["repeated"]) == (0, 198)


def test_mended_rows_can_be_sent_again_beside_those_that_were_taken(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(items(20, {3}), encoding="utf-8")
    tamiz(tmp_path, "ingest", file, "--format", "canonical")
    file.write_text(items(20, set()), encoding="utf-8")
    mended = tamiz(tmp_path, "ingest", file, "--format", "canonical", "--json").object["items"]
    assert (mended["accepted"], mended["repeated"], mended["refused"]) == (1, 19, 0)


def test_other_content_under_a_known_key_is_refused_and_what_stood_stands(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text(items(3, set()), encoding="utf-8")
    tamiz(tmp_path, "ingest", file, "--format", "canonical")
    before = Lake(Workspace(tmp_path).lake).fingerprint()
    file.write_text(items(3, set()).replace("9000", "9001"), encoding="utf-8")
    ended = tamiz(tmp_path, "ingest", file, "--format", "canonical", "--json")
    assert ended.status == 2
    assert ended.object["items"]["refused"] == 3
    assert Lake(Workspace(tmp_path).lake).fingerprint() == before


@pytest.mark.parametrize("asked", [(), ("--json",)])
def test_a_file_of_broken_rows_only_ends_with_status_2_and_adds_nothing(
    asked: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "items.csv"
    file.write_text(items(5, set(range(5))), encoding="utf-8")
    ended = tamiz(tmp_path, "ingest", file, "--format", "canonical", *asked)
    assert ended.status == 2
    assert "every row was refused" in ended.err
    assert "remedy:" in ended.err
    assert len(quarantined(tmp_path)) == 5
    assert Lake(Workspace(tmp_path).lake).items().collect().is_empty()


def test_a_quarantine_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    for broken in ({1}, {2}):
        file.write_text(items(5, broken), encoding="utf-8")
        tamiz(tmp_path, "ingest", file, "--format", "canonical")
    assert {row["line"] for row in quarantined(tmp_path)} == {3, 4}
    assert len(list(Workspace(tmp_path).quarantine.iterdir())) == 2


def test_columns_nobody_knows_are_named(tmp_path: Path) -> None:
    file = tmp_path / "items.parquet"
    pl.DataFrame(
        {
            "declaration_id": ["D-1"], "item_no": [1], "accepted_at": ["2025-03-01"], "office_id": ["118"],
            "importer_id": ["X"], "origin_country": ["JP"], "hs_code": ["870323"], "cif": [9000.0],
            "colour": ["red"],
        }
    ).write_parquet(file)  # fmt: skip
    ended = tamiz(tmp_path, "ingest", file, "--format", "canonical", "--json")
    assert ended.object["unknown_columns"] == ["colour"]
    assert "colour" in ended.err


def test_outcomes_that_are_no_outcomes_are_refused(own: House) -> None:
    before = own.lake.fingerprint()
    tamiz(own.root, "outcomes", own.before).refuses(2)
    tamiz(own.root, "outcomes", own.world / "absent.parquet").refuses(2, "absent.parquet")
    assert own.lake.fingerprint() == before


def test_outcomes_come_in_by_their_own_command_and_twice_adds_nothing(own: House) -> None:
    again = tamiz(own.root, "outcomes", own.outcomes, "--json").object
    assert again["outcomes"]["accepted"] == 0
    assert again["outcomes"]["repeated"] == again["outcomes"]["rows"] > 0


def test_a_backtest_of_a_part_that_holds_nothing_says_which(house: House, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(items(5, set(range(5))), encoding="utf-8")
    asked = ("--train", broken, "--test", house.before, "--format", "canonical")
    tamiz(tmp_path, "backtest", *asked).refuses(2, "the train part")

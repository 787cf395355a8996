"""What the guide says of features runs, and its two changes bring an aggregate and a feature everywhere."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.columns import from_records, to_frame
from features.lake import Lake
from tests.house.reference import GUIDE
from tests.lifecycle.terminal import tamiz

ROOT = GUIDE.parents[1]
PAGE = GUIDE / "features-howto.md"
GOODS = {"importer_id": "I", "hs_code": "847130", "origin_country": "CN", "office_id": "O", "item_no": 1}
CHILD = """
import importlib.util, sys

for name in {names!r}:
    spec = importlib.util.find_spec(name)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    exec(compile(open({folder!r} + "/" + name).read(), spec.origin, "exec"), module.__dict__)

from datetime import date, timedelta

from features.dictionary import dictionary, named
from features.history.entities import HISTORY_NAMES
from features.history.history import History
from tests.features.history_reference import Reference, make_world
from tests.lifecycle.terminal import tamiz

for name in ("hs4.illicit_90d", "importer_office.items_30d", "hs4_illicit_90d"):
    print([entry.source for entry in named(name, dictionary())])
print("hs4_illicit_90d" in tamiz({folder!r}, "features", "list").out)
seen = 0
for seed in range(40):
    world = make_world(12, seed)
    history, reference = History.build(world.item_frame(), world.outcome_frame()), Reference(world)
    columns = world.columns()
    found = history.as_of(columns)
    for at, row in enumerate(reference.rows):
        assert {{name: int(found[name][at]) for name in HISTORY_NAMES}} == reference.of(row, row["customs"])
    day = int(columns["customs_date"].max())
    columns["customs_date"][:] = day
    stored = history.snapshot(date(1970, 1, 1) + timedelta(day)).lookup(columns)["hs4.illicit_90d"]
    assert stored.tolist() == [reference.of(row, day)["hs4.illicit_90d"] for row in reference.rows]
    seen += int(stored.sum() > 0)
print(seen > 3)
"""


@pytest.fixture
def customs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a lake of two months, and beside it a file of new items."""
    monkeypatch.chdir(tmp_path)
    Lake(tmp_path / "customs" / "data" / "lake").append_items(
        to_frame(from_records(declared("P", 2)).columns)
    )
    pl.DataFrame(declared("N", 3)).write_csv("items.csv")
    return tmp_path / "customs"


def declared(name: str, month: int) -> list[dict[str, Any]]:
    return [
        GOODS
        | {
            "declaration_id": f"{name}{day}",
            "accepted_at": f"2025-{month:02}-{day:02}",
            "cif": 10.0 * day,
            "net_kg": 1.5,
        }
        for day in range(1, 29)
    ]


def blocks(language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


def test_the_command_of_the_guide_computes_a_file(customs: Path) -> None:
    for line in "".join(blocks("sh")).splitlines():
        ended = tamiz(customs, *shlex.split(line)[1:])
        assert ended.status == 0, ended.err
    assert pl.read_parquet("features.parquet")["importer.items"].to_list() == [28] * 28


def test_the_calls_of_the_guide_give_frames(customs: Path) -> None:
    (block,) = blocks("python")
    found = [{"declaration_id": "P1", "item_no": 1, "illicit": 1, "known_at": "2025-02-20"}]
    names: dict[str, Any] = {"items": pl.read_csv("items.csv", infer_schema=False), "found": found}
    names["past"] = declared("P", 2)
    first, *calls = block.split("\n\n", 1)[0], *block.split("\n\n", 1)[1].splitlines()
    exec(first, names)  # noqa: S102
    made = [eval(call, names) for call in calls]  # noqa: S307
    assert [frame.height for frame in made] == [28, 28, 28]
    assert made[2]["importer.illicit_365d"].to_list() == [1] * 28


@pytest.mark.parametrize("day", [[], ["2025-02-10"]], ids=["own day", "a day"])
def test_the_example_runs(day: list[str], customs: Path) -> None:
    example = [sys.executable, str(ROOT / "examples" / "matrix.py"), str(customs), "items.csv", *day]
    done = subprocess.run(example, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "importer_age" in done.stdout


def changes() -> dict[str, tuple[str, str]]:
    """By file: the lines that go, and those that come."""
    shown = re.findall(
        r"^```diff (\S+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return {
        file: (
            "".join(re.findall(r"^-(.*\n)", text, re.MULTILINE)),
            "".join(re.findall(r"^\+(.*\n)", text, re.MULTILINE)),
        )
        for file, text in shown
    }


def test_an_aggregate_and_a_feature_are_added_in_the_lines_that_the_guide_shows(tmp_path: Path) -> None:
    names = []
    for file, (goes, comes) in changes().items():
        text = (ROOT / file).read_text(encoding="utf-8")
        assert text.count(goes) == 1, file
        names.append(file.removesuffix(".py").replace("/", "."))
        (tmp_path / names[-1]).write_text(text.replace(goes, comes), encoding="utf-8")
    program = CHILD.format(names=names, folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "[('hs_code', 'illicit')]",
        "[('importer_id', 'office_id')]",
        "[('hs4.illicit_90d',)]",
        "True",
        "True",
    ]

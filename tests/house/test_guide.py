"""The commands of the guide do what the guide says, in its order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from features.lake import Lake
from lifecycle.declaration_request import request_of
from lifecycle.session import Session
from lifecycle.wiring import service_wiring
from serving.client import Client
from serving.run import start
from tests.lifecycle.terminal import Ended, tamiz

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
ASYCUDA = Path(__file__).parents[1] / "features" / "asycuda" / "several.xml"
QUICK = {
    "TAMIZ_TRAINING_VALUE_TRIALS": "1",
    "TAMIZ_TRAINING_ROUNDS": "30",
    "TAMIZ_TRAINING_VALUE_ROUNDS": "20",
    "TAMIZ_TRAINING_ANOMALY_ROUNDS": "5",
    "TAMIZ_TRAINING_REPLICATES": "100",
    "TAMIZ_TRAINING_FIGURE_ROWS": "50",
    "TAMIZ_TRAINING_SKILL_LEVEL": "0.001",
    "TAMIZ_TRAINING_GATE_CALIBRATION_ERROR": "0.5",
    "TAMIZ_TRAINING_GATE_COVERAGE": "[0.3, 1.0]",
    "TAMIZ_SIMULATION_MONTHS": "6",
    "TAMIZ_SIMULATION_LEGACY_SHARE": "0.5",
    "TAMIZ_MONITORING_FIGURES": "1",
}
"""A study of seconds on a world of months, and a gate that lets its model through."""

SMALL = {"20000": "2000"}
"""From the size of the guide's world, with which its gate is passed, to that of the test."""

ALERT = 3


def commands(page: str) -> Iterator[list[str]]:
    text = (GUIDE / page).read_text(encoding="utf-8")
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            words = shlex.split(line)
            if words[0] == "tamiz":
                yield words[1:]


def test_the_life_of_a_model_can_be_lived_by_the_commands_of_the_guide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    said: dict[str, Ended] = {}
    names: dict[str, str] = {}
    for words in commands("life.md"):
        if words == ["serve"]:
            names["DECISION"] = decided(tmp_path / "customs", said["keys create port"].out.strip())
            continue
        ended = tamiz(tmp_path / "customs", *((SMALL | names).get(word, word) for word in words))
        assert ended.status in {0, ALERT if words[0] == "monitor" else 0}, (words, ended.err)
        said[" ".join(words[:3])] = ended
        if words == ["models", "list"]:
            (model,) = tamiz(tmp_path / "customs", "models", "list", "--json").object["models"]
            names["BUNDLE"] = model["id"]
    assert "bit-equal" in said["audit replay DECISION"].err
    assert pl.read_csv(tmp_path / "scores.csv").height > 3000


def test_a_national_format_is_brought_in_by_the_files_of_the_guide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (GUIDE / "sources.md").read_text(encoding="utf-8")
    for name, content in re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "declarations.xml").write_bytes(ASYCUDA.read_bytes())
    told = [tamiz(tmp_path, *words, "--json").object for words in commands("sources.md")]
    assert [one["items"] for one in told] == [
        {"rows": 3, "accepted": 3, "repeated": 0, "refused": 0},
        {"rows": 3, "accepted": 0, "repeated": 3, "refused": 0},
        {"rows": 3, "accepted": 2, "repeated": 0, "refused": 1},
    ]
    assert told[0]["outcomes"]["accepted"] == 2
    assert told[0]["unknown_columns"] == []
    assert [one["told"] and one["told"]["licence"] for one in told] == ["none needed", "none needed", None]
    said = tamiz(tmp_path, "ingest", "national.csv", "--format", "national").err
    assert "Example: this guide (none needed)\nunusual: price stands in the place of cif.\n" in said
    items = Lake(tmp_path / "data" / "lake").items().collect().sort("declaration_id", "item_no")[:3]
    assert items.select("item_no", "hs_code", "origin_country", "transport_mode", "cif", "net_kg").rows() == [
        (1, "87032319", "JP", 1.0, 12500.5, 1400.0),
        (2, "010129", "VN", 1.0, 900.0, None),
        (1, "330749", "ZZ", 4.0, 75.25, 12.0),
    ]


def decided(root: Path, api_key: str) -> str:
    """Serve, send one declaration of the world, give the id of the decision."""
    items = pl.read_parquet(root.parent / "world" / "items.parquet")
    newest = items.filter(pl.col("version") == 1).sort("accepted_at")[-1]["declaration_id"].item()
    rows = items.filter((pl.col("declaration_id") == newest) & (pl.col("version") == 1))
    request = request_of(rows)
    request["declaration"]["declaration_id"] = "new-1"
    with (
        start(service_wiring(Session(root)), log=root / "service.log") as running,
        Client(running.url, api_key) as client,
    ):
        return client.decide(request).decision_id

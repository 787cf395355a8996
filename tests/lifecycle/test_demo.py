"""A whole life at a small size: what `tamiz demo` ends with, and what a second run leaves alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from features.lake import Lake
from lifecycle.workspace import Workspace
from tests.lifecycle.terminal import Ended, tamiz

WORLD = "declarations: 2000\nmonths: 6\nlegacy_share: 0.5\nrandom_share: 0.1\n"
TRAINING = """
value_trials: 1
rounds: 30
value_rounds: 20
anomaly_rounds: 5
population_rows: 3000
value_rows: 1000
value_search_rows: 500
anomaly_rows: 500
reference_rows: 1000
replicates: 100
figure_rows: 50
skill_level: 0.001
gate_calibration_error: 0.5
gate_coverage: [0.3, 1.0]
"""
"""A world and a study of a few seconds, and a gate that lets their model through."""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo")
    (root / "configs").mkdir()
    (root / "configs" / "simulation.yaml").write_text(WORLD, encoding="utf-8")
    (root / "configs" / "monitoring.yaml").write_text("figures: 1\n", encoding="utf-8")
    (root / "configs" / "training.yaml").write_text(TRAINING, encoding="utf-8")
    return root


def lived(root: Path) -> Ended:
    ended = tamiz(root, "demo")
    assert ended.status == 0, ended.err
    return ended


def test_the_demo_ends_with_a_page_that_makes_the_point_and_can_be_run_again(root: Path) -> None:
    first = lived(root)
    for heading in ("The day", "One decision explained", "Drift", "To read", "Next"):
        assert heading in first.out
    for method in ("model", "rules", "random", "oracle"):
        assert re.search(rf"│ {method} +│ 0\.\d{{3}} 0\.\d{{3}} to [01]\.\d{{3}} ", first.out)
    assert "bit-equal" in first.out
    for page in re.findall(
        r"^  (?:evaluation|hit rates|drift) +(.+\.(?:html|png))$", first.out, re.MULTILINE
    ):
        assert Path(page).stat().st_size > 10_000
    assert "declarations over HTTP" in first.err
    decision = re.findall(r"audit show (\S+)$", first.out, re.MULTILINE)[0]
    shown = tamiz(root, "audit", "show", decision, "--json").object
    assert shown["reply"]["model"]["bundle_id"] in first.out
    assert tamiz(root, "audit", "verify").status == 0
    workspace = Workspace(root)
    items = Lake(workspace.lake).items().collect().height
    tables = tamiz(root, "sources", "list", "--json").object["sources"]
    assert {one["source"] for one in tables} == {"simulated"}
    assert {"companies", "market_prices", "watch_list"} < {one["kind"] for one in tables}
    assert {one[0] for one in shown["details"]["given"]["sources"].values()} == {"simulated"}
    listed = tamiz(root, "models", "list", "--json").object["models"]
    assert [one["state"] for one in listed] == ["champion"]

    assert "bit-equal" in lived(root).out
    assert Lake(workspace.lake).items().collect().height == items
    assert tamiz(root, "audit", "verify").status == 0
    assert {one["name"] for one in tamiz(root, "keys", "list", "--json").object["signers"]} == {
        "trainer",
        "approver",
    }

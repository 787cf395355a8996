"""Training goes on whatever champion there is."""

from __future__ import annotations

from pathlib import Path

from lifecycle.workspace import Workspace
from tests.house.test_guide import QUICK
from tests.lifecycle.houses import of_another_recipe
from tests.lifecycle.terminal import tamiz


def test_beside_a_champion_of_another_recipe_a_model_is_trained_and_can_be_promoted(tmp_path: Path) -> None:
    world = tmp_path / "world"
    for words in (
        ("simulate", "world", "-o", world, "--declarations", "2000", "--seed", "1"),
        (
            "ingest",
            world / "items.parquet",
            "--format",
            "canonical",
            "--outcomes",
            world / "outcomes.parquet",
        ),
        ("sources", "add", world / "references" / "watch_list.csv", "--kind", "watch_list"),
        ("keys", "create", "ana", "--role", "trainer"),
        ("keys", "create", "rosa", "--role", "approver"),
    ):
        assert tamiz(tmp_path, *words, env=QUICK).status == 0
    other = of_another_recipe(Workspace(tmp_path))
    ended = tamiz(tmp_path, "train", "--trials", "1", "--json", env=QUICK)
    assert ended.status == 0, ended.err
    told = ended.object
    assert f"No comparison with the champion {other}" in told["report"]["words"][-1]["en"]
    card = tamiz(tmp_path, "models", "show", told["bundle_id"], "--json").object["card"]
    tables = card["training_data"]["reference_tables"]
    assert tables["watch_list"]["rows"] > 0
    assert tables["tariff"] == "none"
    promoted = tamiz(tmp_path, "models", "promote", told["bundle_id"], "--key", "rosa", env=QUICK)
    assert promoted.status == 0, promoted.err
    assert "no comparison with the champion" in promoted.err

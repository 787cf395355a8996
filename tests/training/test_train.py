"""Training as a whole: a signed bundle, its record, and no skill where there is none."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from typing import cast

import numpy as np
import polars as pl
import pytest

from features.dataset import labelled
from features.lake import Lake
from features.reference.store import Extent
from scoring.bundle import load
from scoring.signature import KeyRing, RegisteredKey
from scoring.signing_key import SigningKey
from tests.training.conftest import SmallWorld
from training.choice import Chosen, Studies
from training.commission import Commission, Place
from training.errors import NotEnoughDataError, PromotionRefusedError, StudyError
from training.gate import gate
from training.learn import learn
from training.material import Material
from training.probes import FEATURE
from training.promotion import approve, read_champion
from training.report import report_from_json, report_to_json
from training.run_record import chosen_of
from training.settings import TrainingSettings
from training.split import boundaries_of
from training.tracking import Tracker
from training.train import TrainResult, train

SETTINGS = TrainingSettings(
    trials=2,
    value_trials=1,
    rounds=40,
    value_rounds=25,
    value_rows=2000,
    anomaly_rows=500,
    anomaly_rounds=10,
    population_rows=4000,
    replicates=100,
    skill_replicates=1000,
    threads=1,
    forward_windows=2,
    figure_rows=100,
)
SIGNER = SigningKey.create()


def trained(
    world: SmallWorld,
    place: Place,
    study: str,
    chosen: Chosen | None = None,
    *,
    resume: bool = False,
    other_champion: str | None = None,
    tables: Mapping[str, Extent | None] | None = None,
) -> TrainResult:
    commission = Commission(
        until=world.until,
        study=study,
        resume=resume,
        fingerprint=world.lake.fingerprint(),
        code_version="test",
        now=datetime(2026, 1, 1, tzinfo=UTC),
        clock=time.monotonic,
        other_champion=other_champion,
        tables=tables or {},
        chosen=chosen,
    )
    return train(world.lake, world.history, SETTINGS, place, SIGNER, commission=commission)


def test_training_leaves_a_bundle_that_scores_as_judged_and_a_run_that_tells_all(
    small_world: SmallWorld, place: Place
) -> None:
    result = trained(small_world, place, "first")
    bundle = load(result.bundle.path, KeyRing((RegisteredKey("tania", "trainer", SIGNER.public_key),)))
    assert bundle.card["evaluation"] == report_to_json(result.report)
    page = result.page.read_text(encoding="utf-8")
    assert "</html>" in page
    assert "There was no champion to compare it with" in page
    assert "No comparison with a champion" in result.report.words[-1]["en"]
    known = labelled(small_world.lake, small_world.history, until=small_world.until)
    scores = bundle.score(known.columns, known.history)
    assert np.isfinite(scores.risk).all()
    assert bundle.thresholds is not None
    tracker = Tracker(place.mlruns)
    run = tracker.run(result.run_id)
    assert run is not None
    assert run["tags"]["bundle_id"] == bundle.id  # type: ignore[index]
    assert run["metrics"]["test.auc"] > 0.6  # type: ignore[index]
    assert tracker.promote(bundle.id) == result.version
    assert tracker.champion() == bundle.id


def test_the_card_counts_the_items_that_were_learnt_from_and_not_those_of_the_test_part(
    small_world: SmallWorld, place: Place
) -> None:
    result = trained(small_world, place, "counted")
    card = load(result.bundle.path, KeyRing((RegisteredKey("tania", "trainer", SIGNER.public_key),))).card
    tested = date.fromisoformat(card["evaluation_data"]["from"])
    earlier = labelled(small_world.lake, small_world.history, until=tested)
    items = small_world.lake.items(until=tested).select("declaration_id", "item_no").unique().collect()
    assert 0 < card["training_data"]["labelled_items"] <= len(earlier)
    assert 0 < card["training_data"]["population_items"] <= items.height


def test_beside_a_champion_of_another_recipe_card_and_page_say_that_nothing_was_compared(
    small_world: SmallWorld, place: Place
) -> None:
    result = trained(small_world, place, "beside another", other_champion="0123456789abcdef")
    assert result.report.champion is None
    assert "No comparison with the champion 0123456789abcdef" in result.report.words[-1]["en"]
    for told in (result.page, result.bundle.path / "card.md"):
        assert "No comparison with the champion 0123456789abcdef" in told.read_text(encoding="utf-8")
    spanish = result.page.with_suffix(".es.html")
    assert spanish.name in result.page.read_text(encoding="utf-8")
    assert "No hay comparación con el campeón 0123456789abcdef" in spanish.read_text(encoding="utf-8")


def test_card_and_run_name_the_reference_tables_that_were_learnt_from(
    small_world: SmallWorld, place: Place
) -> None:
    prices = Extent(12, date(2024, 5, 1), "ab" * 32)
    result = trained(small_world, place, "of tables", tables={"market_prices": prices, "tariff": None})
    bundle = load(result.bundle.path, KeyRing((RegisteredKey("tania", "trainer", SIGNER.public_key),)))
    assert bundle.card["training_data"]["reference_tables"] == {
        "market_prices": {"rows": 12, "newest_known": "2024-05-01", "fingerprint": "ab" * 32},
        "tariff": "none",
    }
    words = f"12 rows, newest known 2024-05-01, fingerprint {'ab' * 32}"
    assert f"market_prices: {words}; tariff: none" in (bundle.path / "card.md").read_text(encoding="utf-8")
    run = Tracker(place.mlruns).run(result.run_id)
    assert run is not None
    tags = cast("Mapping[str, str]", run["tags"])
    assert (tags["tables.market_prices"], tags["tables.tariff"]) == (words, "none")


def test_where_labels_depend_on_nothing_no_skill_is_claimed_and_the_gate_refuses(
    null_world: SmallWorld, place: Place
) -> None:
    report = trained(null_world, place, "null").report
    assert report.skill is not None
    assert not report.skill.holds
    assert not gate(report, None, SETTINGS).accepted


def leaking(world: SmallWorld, folder: Path) -> SmallWorld:
    """Give a world whose field `import_use` says of each item what an inspection found in it."""
    found = world.lake.outcomes().filter(pl.col("illicit") == 1).select("declaration_id", "item_no").unique()
    told = world.lake.items().join(
        found.with_columns(leak=pl.lit("11")), on=["declaration_id", "item_no"], how="left"
    )
    lake = Lake(folder)
    items = told.with_columns(import_use=pl.col("leak").fill_null("21")).drop("leak").collect()
    lake.append_items(items)
    lake.append_outcomes(world.lake.outcomes().collect())
    return replace(world, lake=lake)  # no history reads import_use


def test_a_field_that_holds_the_label_fails_a_probe_in_the_report_and_the_promotion_is_refused_for_it(
    small_world: SmallWorld, place: Place, tmp_path: Path
) -> None:
    result = trained(leaking(small_world, tmp_path / "lake"), place, "leaking")
    failed = {probe.name: probe.words["en"] for probe in result.report.probes if not probe.passed}
    assert list(failed) == [FEATURE]
    assert failed[FEATURE].startswith("'import_use' alone")
    assert "The leak probe 'telling feature' failed" in unescape(result.page.read_text(encoding="utf-8"))
    approver = SigningKey.create()
    keys = KeyRing(
        (
            RegisteredKey("tania", "trainer", SIGNER.public_key),
            RegisteredKey("ana", "approver", approver.public_key),
        )
    )
    bundle = load(result.bundle.path, keys)
    with pytest.raises(PromotionRefusedError, match="probe 'telling feature': 'import_use' alone") as refused:
        approve(
            tmp_path / "bundles",
            bundle,
            report_from_json(bundle.card["evaluation"]),
            key=approver,
            key_ring=keys,
            settings=SETTINGS,
            now=datetime(2026, 1, 2, tzinfo=UTC),
        )
    assert "sonda 'variable delatora': 'import_use' sola" in refused.value.grounds[0]["es"]
    assert read_champion(tmp_path / "bundles") is None


def test_the_same_data_and_seed_give_the_same_models(small_world: SmallWorld, tmp_path: Path) -> None:
    known = labelled(small_world.lake, small_world.history, until=small_world.until)
    material = Material(known, known, small_world.history)
    bounds = boundaries_of(material.labelled_rows, 30_000, SETTINGS)
    texts = []
    for name in ("a", "b"):
        studies = Studies(str(tmp_path / f"{name}.log"), "s", time.monotonic)
        learnt = learn(material, bounds, SETTINGS, studies)
        texts.append([booster.text for _, booster, _ in learnt.scorer.boosters()])
    assert texts[0] == texts[1]


def test_the_same_data_and_seed_give_the_same_bundle_to_the_byte_but_for_its_date(
    small_world: SmallWorld, place: Place, tmp_path: Path
) -> None:
    bundles = []
    for name, day in (("one", 1), ("two", 2)):
        now = datetime(2026, 1, day, tzinfo=UTC)
        settings = SETTINGS.model_copy(update={"study_storage": str(tmp_path / f"{name}.log")})
        commission = Commission(
            small_world.until, "same", False, small_world.lake.fingerprint(), "test", now, time.monotonic
        )
        there = Place(tmp_path / name, place.mlruns, place.reports)
        result = train(small_world.lake, small_world.history, settings, there, SIGNER, commission=commission)
        files = {file.name: file.read_bytes() for file in sorted(result.bundle.path.iterdir())}
        bundles.append((files, now.isoformat().encode()))
    (one, first), (two, second) = bundles
    assert list(one) == list(two)
    signed = {"manifest.json", "signature.json"}
    assert [
        name for name in one if one[name].replace(first, second) != two[name] and name not in signed
    ] == []


def test_the_parameters_of_a_recorded_run_give_the_same_models_without_a_study(
    small_world: SmallWorld, place: Place
) -> None:
    first = trained(small_world, place, "to be taken up")
    run = Tracker(place.mlruns).run(first.run_id)
    assert run is not None
    chosen = chosen_of(cast("Mapping[str, object]", run["parameters"]))
    again = trained(small_world, place, "taken up", chosen=chosen)
    assert report_to_json(again.report) == report_to_json(first.report)


def test_a_study_that_was_never_begun_cannot_be_resumed(small_world: SmallWorld, place: Place) -> None:
    with pytest.raises(StudyError, match="there is no study 'unheard-of'"):
        trained(small_world, place, "unheard-of", resume=True)


def test_too_few_outcomes_are_refused_with_the_remedy(small_world: SmallWorld, place: Place) -> None:
    early = SmallWorld(
        small_world.lake, small_world.history, small_world.until.replace(year=2024, month=1, day=20)
    )
    with pytest.raises(NotEnoughDataError) as refused:
        trained(early, place, "early")
    assert "tamiz outcomes" in refused.value.remedy

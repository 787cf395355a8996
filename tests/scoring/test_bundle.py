"""A bundle loads only if nothing in it was changed, its key is good, and it answers as it did."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import recipe
from scoring import bundle, bundle_check
from scoring.bundle import BundleParts, load, read_corrections, read_manifest, write
from scoring.bundle_verify import signature_bytes
from scoring.errors import BundleRefusedError, ScoringError
from scoring.golden import golden_json, golden_rows
from scoring.manifest import MANIFEST, SIGNATURE, Manifest
from scoring.scorer import Scorer
from scoring.signature import KeyRing, RegisteredKey
from scoring.signing_key import SigningKey
from tests.scoring.scorers import declaration, items, scorer

KEY, OTHER = SigningKey.create(), SigningKey.create()
RING = KeyRing(
    (RegisteredKey("ana", "trainer", KEY.public_key), RegisteredKey("luis", "approver", OTHER.public_key))
)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def _parts(whole: Scorer | None = None, card: str = "# A model") -> BundleParts:
    whole = whole or scorer()
    matrix = whole.recipe.matrix(*items())
    return BundleParts(whole, {"name": "test"}, card, golden_rows(matrix, np.random.default_rng(1)))


@pytest.fixture(scope="module")
def ref(tmp_path_factory):
    return write(tmp_path_factory.mktemp("bundles"), _parts(), KEY, created_at=NOW)


@pytest.fixture
def copy(ref, tmp_path):
    shutil.copytree(ref.path, tmp_path / ref.id)
    return tmp_path / ref.id


def _signed_again(folder: Path, key: SigningKey = KEY) -> None:
    """Make manifest and signature fit whatever lies in the folder: an insider's bundle."""
    body = {
        file.name: file.read_bytes() for file in folder.iterdir() if file.name not in {MANIFEST, SIGNATURE}
    }
    manifest = Manifest.of(body, NOW.isoformat()).to_bytes()
    (folder / MANIFEST).write_bytes(manifest)
    signed = key.sign(manifest)
    (folder / SIGNATURE).write_bytes(signature_bytes(signed))


def _without_trial(monkeypatch):
    """Leave the child process out where a check that comes before it is tested."""
    monkeypatch.setattr(bundle, "try_models", lambda *_, **__: pytest.fail("the models were tried"))


def test_a_bundle_scores_and_explains_as_the_models_it_was_made_of(ref):
    loaded = load(ref.path, RING)
    assert (loaded.id, loaded.path.name, loaded.trainer.name) == (ref.id, ref.id, "ana")
    assert (loaded.card, loaded.created_at) == ({"name": "test"}, NOW.isoformat())
    assert loaded.thresholds == scorer().thresholds
    columns, history = declaration(11)
    ours, theirs = (each.score(columns, history, contributions=True) for each in (loaded, scorer()))
    for name in ("raw", "risk", "anomaly", "expected_revenue", "value_low", "value_mid", "value_high"):
        assert getattr(ours, name).tobytes() == getattr(theirs, name).tobytes()
    pairs = zip(
        loaded.explain(ours, columns, history, 0), scorer().explain(theirs, columns, history, 0), strict=True
    )
    for one, other in pairs:
        assert one == replace(other, contribution=pytest.approx(other.contribution, abs=1e-12))
    assert loaded.by_lightgbm is None
    assert loaded.recipe.names == scorer().recipe.names


def test_the_id_is_that_of_the_content_whenever_and_by_whomever_it_is_signed(ref, tmp_path):
    later = write(tmp_path, _parts(), OTHER, created_at=NOW.replace(year=2027))
    assert later.id == ref.id == read_manifest(later.path).id
    assert write(tmp_path, _parts(card="# Another"), KEY, created_at=NOW).id != ref.id


def test_writing_the_same_again_leaves_it_and_writing_over_another_is_refused(copy):
    before = (copy / MANIFEST).read_bytes()
    assert write(copy.parent, _parts(), KEY, created_at=NOW.replace(year=2030)).path == copy
    assert (copy / MANIFEST).read_bytes() == before
    (copy / "card.md").write_text("changed")
    with pytest.raises(BundleRefusedError, match=r"card\.md"):
        write(copy.parent, _parts(), KEY, created_at=NOW)


def test_a_bundle_whose_reasons_have_no_words_is_refused_with_the_code_named(ref, monkeypatch):
    first, *others = recipe.FEATURES
    monkeypatch.setattr(recipe, "FEATURES", (replace(first, group="unheard_of"), *others))
    with pytest.raises(BundleRefusedError, match="'unheard_of' has no words"):
        load(ref.path, RING)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", _full_disk)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path, _parts(), KEY, created_at=NOW)
    assert list(tmp_path.iterdir()) == []


def _full_disk(_):
    raise OSError(28, "No space left on device")


def test_an_instant_without_zone_is_refused(tmp_path):
    with pytest.raises(ScoringError, match="time zone"):
        write(tmp_path, _parts(), KEY, created_at=NOW.replace(tzinfo=None))


def test_a_bundle_of_value_models_alone_loads(tmp_path):
    whole = scorer()
    alone = write(tmp_path, _parts(Scorer(whole.recipe, value=whole.value)), KEY, created_at=NOW)
    assert not (alone.path / "risk.txt").exists()
    scores = load(alone.path, RING).score(*declaration(0))
    assert np.isnan(scores.risk).all()
    assert not np.isnan(scores.value_mid).all()


def test_a_bundle_from_before_kinds_and_past_cases_loads_and_knows_of_none(tmp_path):
    before = replace(scorer(), kinds=None, corrections={}, past_cases=None)
    made = write(tmp_path, _parts(before), KEY, created_at=NOW).path
    data = json.loads((made / "calibration.json").read_text())
    del data["kinds"], data["corrections"], data["past_cases"]
    (made / "calibration.json").write_text(json.dumps(data))
    _signed_again(made)
    made = made.rename(made.with_name(read_manifest(made).id))
    loaded = load(made, RING)
    assert loaded.score(*declaration(0)).kinds == {}
    assert loaded.scorer.similar(loaded.score(*declaration(0)), 0) == ()
    assert loaded.score(*declaration(0)).risk.tobytes() == scorer().score(*declaration(0)).risk.tobytes()
    assert read_corrections(made, RING) is None


def test_kinds_that_answer_otherwise_are_refused(copy):
    data = json.loads((copy / "calibration.json").read_text())
    data["kinds"]["weight"] = 0.75
    (copy / "calibration.json").write_text(json.dumps(data))
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match="another kind_"):
        load(copy, RING)


def test_a_booster_of_a_kind_that_nobody_believes_is_refused(copy):
    data = json.loads((copy / "calibration.json").read_text())
    data["kinds"] = {"rates": {"other": 0.5, "value": 0.5}, "boosters": [], "weight": 0.0}
    (copy / "calibration.json").write_text(json.dumps(data))
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match=r"kind_value\.txt belongs to no model"):
        load(copy, RING)


def test_past_corrections_are_read_without_a_model_once_the_signature_is_verified(copy, monkeypatch):
    _without_trial(monkeypatch)
    assert read_corrections(copy, RING) == {"6403": {"6203": 2, "8471": 1}}
    (copy / "calibration.json").write_text("{}")
    with pytest.raises(BundleRefusedError, match="calibration"):
        read_corrections(copy, RING)


def test_no_file_holds_a_party(ref):
    columns = items()[0]
    parties = {str(name) for field in ("importer_id", "seller_id", "declarant_id") for name in columns[field]}
    for file in ref.path.iterdir():
        if file.suffix == ".json":
            assert not parties & set(_strings(json.loads(file.read_text())))


def _strings(data):
    if isinstance(data, dict):
        return [text for pair in data.items() for part in pair for text in _strings(part)]
    if isinstance(data, list):
        return [text for part in data for text in _strings(part)]
    return [data] if isinstance(data, str) else []


FILES = (
    "risk.txt", "value_05.txt", "value_50.txt", "value_95.txt", "anomaly.txt", "kind_value.txt",
    "recipe.json",
    "calibration.json", "golden.json", "card.json", "card.md", MANIFEST, SIGNATURE,
)  # fmt: skip


def test_these_are_its_files(ref):
    assert {file.name for file in ref.path.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_one_changed_byte_anywhere_is_refused_and_the_file_is_named(copy, monkeypatch, name, place, bit):
    _without_trial(monkeypatch)
    content = (copy / name).read_bytes()
    changed = bytearray(content)
    changed[int(place * len(content))] ^= 1 << bit
    (copy / name).write_bytes(changed)
    try:
        with pytest.raises(BundleRefusedError, match=name) as refused:
            load(copy, RING)
    finally:
        (copy / name).write_bytes(content)
    assert refused.value.remedy
    assert refused.value.exit_status == 1


MUTATIONS = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b"\n",
    "doubled": lambda content: content * 2,
    "noise": lambda content: random.Random(1).randbytes(len(content)),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", FILES)
def test_a_mutated_file_is_refused_and_named(copy, monkeypatch, name, mutation):
    _without_trial(monkeypatch)
    (copy / name).write_bytes(MUTATIONS[mutation]((copy / name).read_bytes()))
    with pytest.raises(BundleRefusedError, match=name):
        load(copy, RING)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_and_named(copy, monkeypatch, name):
    _without_trial(monkeypatch)
    (copy / name).unlink()
    with pytest.raises(BundleRefusedError, match=name):
        load(copy, RING)


@pytest.mark.parametrize("name", ["extra.txt", "extra.json", ".hidden", "risk.pickle", "a b.txt"])
def test_an_extra_file_is_refused_and_named(copy, monkeypatch, name):
    _without_trial(monkeypatch)
    (copy / name).write_text("x")
    with pytest.raises(BundleRefusedError) as refused:
        load(copy, RING)
    assert refused.value.file == name


def test_a_bundle_in_the_folder_of_another_is_refused(copy):
    (copy / "card.md").write_text("# One that nobody approved")
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match="holds the bundle"):
        load(copy, RING)


def test_a_huge_file_is_refused_without_being_read(copy, monkeypatch):
    _without_trial(monkeypatch)
    os.truncate(copy / "risk.txt", 2**40)
    tracemalloc.start()
    with pytest.raises(BundleRefusedError, match="too large"):
        load(copy, RING)
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()


def test_links_folders_and_devices_are_refused(copy, monkeypatch, tmp_path):
    _without_trial(monkeypatch)
    (tmp_path / "link").symlink_to(copy)
    with pytest.raises(BundleRefusedError):
        load(tmp_path / "link", RING)
    with pytest.raises(BundleRefusedError):
        load(tmp_path / "missing", RING)
    shutil.move(copy / "card.md", tmp_path / "card.md")
    (copy / "card.md").symlink_to(tmp_path / "card.md")
    with pytest.raises(BundleRefusedError, match=r"card\.md"):
        load(copy, RING)
    (copy / "card.md").unlink()
    (copy / "card.md").mkdir()
    with pytest.raises(BundleRefusedError, match=r"card\.md"):
        load(copy, RING)


def test_a_bundle_that_is_too_large_is_refused(copy, monkeypatch):
    _without_trial(monkeypatch)
    monkeypatch.setattr("scoring.bundle_files._LARGEST", 1000)
    with pytest.raises(BundleRefusedError, match="too large"):
        load(copy, RING)


def test_files_of_two_good_bundles_do_not_mix(copy, monkeypatch, tmp_path):
    _without_trial(monkeypatch)
    other = write(tmp_path / "other", _parts(card="# Another"), KEY, created_at=NOW)
    for name in (SIGNATURE, MANIFEST):
        shutil.copy(other.path / name, copy / name)
        with pytest.raises(BundleRefusedError):
            load(copy, RING)


def test_only_a_registered_trainers_key_that_is_not_revoked_will_do(copy, monkeypatch):
    _without_trial(monkeypatch)
    revoked = RegisteredKey("ana", "trainer", KEY.public_key, "2026-01-01T00:00:00Z")
    for ring in (KeyRing(), KeyRing((revoked,)), KeyRing((*RING.keys, revoked))):
        with pytest.raises(BundleRefusedError):
            load(copy, ring)
    _signed_again(copy, OTHER)
    with pytest.raises(BundleRefusedError, match="approver, not trainer"):
        load(copy, RING)


def _replace(file, old, new):
    content = file.read_text()
    assert old in content
    file.write_text(content.replace(old, new, 1))


def test_a_signed_text_that_is_no_tree_never_reaches_lightgbm(copy, monkeypatch):
    _without_trial(monkeypatch)
    _replace(copy / "risk.txt", "left_child=1", "left_child=0")
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match=r"risk\.txt: tree .* is not a tree"):
        load(copy, RING)


def test_signed_models_that_answer_otherwise_are_refused_and_named(copy):
    text = (copy / "value_50.txt").read_text()
    start = text.index("leaf_value=")
    end = text.index("\n", start)
    leaves = re.sub(r"(?<=\.)\d", lambda digit: str(9 - int(digit[0])), text[start:end])
    (copy / "value_50.txt").write_text(text[:start] + leaves + text[end:])
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match=r"value_50\.txt: gives other answers"):
        load(copy, RING)


def test_a_signed_calibration_that_answers_otherwise_is_refused(copy):
    data = json.loads((copy / "calibration.json").read_text())
    data["risk"]["c"] += 0.5
    (copy / "calibration.json").write_text(json.dumps(data))
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match="another risk than when"):
        load(copy, RING)


def _format_of_before(value):
    value["format"] = 1


def _level_less(value):
    del value["known"]["levels"]["hs6"]


def _sum_of_no_items(value):
    value["known"]["levels"]["hs6"]["640399"] = [0, 5, 25]


def _infinite_offset(value):
    value["offsets"][0]["everywhere"] = 1e999


def _falling_edges(value):
    value["grouping"]["mass_edges"] = [3.0, 2.0]


def _offset_moved(value):
    value["offsets"][1]["everywhere"] += 0.5


def _goods_made_dearer(value):
    for keys in value["known"]["levels"].values():
        for sums in keys.values():
            sums[1] += 9_000 * sums[0]


@pytest.mark.parametrize(
    "change",
    [
        _format_of_before, _level_less, _sum_of_no_items, _infinite_offset, _falling_edges, _offset_moved,
        _goods_made_dearer,
    ],
)  # fmt: skip
def test_a_signed_value_model_that_is_damaged_or_answers_otherwise_is_refused(copy, change):
    data = json.loads((copy / "calibration.json").read_text())
    change(data["value"])
    (copy / "calibration.json").write_text(json.dumps(data))
    _signed_again(copy)
    with pytest.raises(BundleRefusedError):
        load(copy, RING)


def test_a_recipe_that_makes_another_matrix_is_refused(copy):
    data = json.loads((copy / "recipe.json").read_text())
    data["strengths"]["importer"] += 1.0
    (copy / "recipe.json").write_text(json.dumps(data))
    _signed_again(copy)
    with pytest.raises(BundleRefusedError, match="golden declarations"):
        load(copy, RING)


def test_a_model_of_another_recipe_is_refused(copy):
    data = json.loads((copy / "recipe.json").read_text())
    data["names"] = data["names"][::-1]
    (copy / "recipe.json").write_text(json.dumps(data))
    _signed_again(copy)
    with pytest.raises(BundleRefusedError):
        load(copy, RING)


def _texts():
    return {file: booster.text for file, booster, _ in scorer().boosters()}


def _golden():
    return json.loads(json.dumps(golden_json(scorer(), _parts().golden)))


def test_a_trial_that_hangs_is_ended_in_time():
    with pytest.raises(BundleRefusedError, match="did not answer within"):
        bundle_check.try_models(_texts(), _golden(), timeout=0.01)


def test_a_trial_that_wants_too_much_memory_is_refused():
    with pytest.raises(BundleRefusedError):
        bundle_check.try_models(_texts(), _golden(), timeout=20, memory=1024)


def test_a_text_that_kills_its_reader_leaves_this_process_alive():
    broken = _texts()
    broken["risk.txt"] = broken["risk.txt"].replace("num_leaves=7", "num_leaves=7000000")
    with pytest.raises(BundleRefusedError) as refused:
        bundle_check.try_models(broken, _golden(), timeout=20)
    assert refused.value.file == "risk.txt"

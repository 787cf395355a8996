"""Models: champions by evidence and another key, and no bundle of which a byte was changed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.record import Kind
from ledger.sqlite_store import SqliteLedger
from lifecycle import models
from lifecycle.workspace import Workspace
from tests.lifecycle.houses import House, candidate, of_another_recipe, report, with_reference
from tests.lifecycle.terminal import tamiz


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))


def test_the_list_shows_what_each_model_is(own: House) -> None:
    hopeless = candidate(own.workspace, report(bound=0.9))
    (own.workspace.bundles / "abcdef0123456789").mkdir()
    shown = {one["id"]: one["state"] for one in tamiz(own.root, "models", "list", "--json").object["models"]}
    assert shown == {own.bundle: "champion", hopeless: "candidate", "abcdef0123456789": "damaged"}
    assert own.bundle in tamiz(own.root, "models", "list").out


def test_a_model_is_shown_by_the_first_letters_of_its_id(house: House) -> None:
    assert tamiz(house.root, "models", "show", house.bundle[:6]).out.startswith("# A model of the tests")
    shown = tamiz(house.root, "models", "show", house.bundle, "--json").object
    assert (shown["id"], shown["trainer"]) == (house.bundle, "trainer")


def test_the_card_of_a_model_of_another_recipe_can_be_shown(own: House) -> None:
    other = of_another_recipe(own.workspace)
    assert tamiz(own.root, "models", "show", other, "--json").object["id"] == other


@pytest.mark.parametrize(
    "file", ["risk.txt", "recipe.json", "card.json", "manifest.json", "calibration.json"]
)
def test_a_bundle_with_one_changed_byte_is_refused_by_the_name_of_the_file(
    file: str, own: House, tmp_path: Path
) -> None:
    spoil(own.workspace.bundles / own.bundle / file)
    output = tmp_path / "scores.csv"
    score = ("score", own.before, "--format", "canonical", "-o", output)
    for words in (
        score,
        ("monitor",),
        ("models", "show", own.bundle),
        ("models", "export", own.bundle, "-o", output),
    ):
        tamiz(own.root, *words).refuses(1, file)
    assert not output.exists()


def test_a_champion_with_a_changed_byte_cannot_be_promoted_nor_moves_the_pointer(own: House) -> None:
    other = candidate(own.workspace, report(bound=1.7))
    spoil(own.workspace.bundles / other / "risk.txt")
    before = (own.workspace.bundles / "champion.json").read_bytes()
    tamiz(own.root, "models", "promote", other, "--key", "approver").refuses(1, "risk.txt")
    assert (own.workspace.bundles / "champion.json").read_bytes() == before


@pytest.mark.parametrize("fate", ["damaged", "gone"])
def test_a_champion_that_cannot_be_read_any_more_gives_way_to_another_model(fate: str, own: House) -> None:
    other = candidate(own.workspace, report(bound=1.7))
    folder = own.workspace.bundles / own.bundle
    shutil.rmtree(folder) if fate == "gone" else spoil(folder / "risk.txt")
    told = tamiz(own.root, "models", "promote", other, "--key", "approver")
    assert told.status == 0, told.err
    assert f"no comparison with the champion {own.bundle}" in told.err


def test_a_champion_whose_trainers_key_was_revoked_is_still_what_another_model_is_judged_beside(
    own: House,
) -> None:
    assert tamiz(own.root, "keys", "revoke", "trainer").status == 0
    champion, other = models.comparable(own.workspace)
    assert champion is not None
    assert (champion.id, other) == (own.bundle, None)


def test_a_bundle_of_a_revoked_trainer_is_refused(own: House) -> None:
    assert tamiz(own.root, "keys", "revoke", "trainer").status == 0
    tamiz(own.root, "models", "show", own.bundle).refuses(1, "trainer", "revoked")


def test_an_exported_model_is_whole_and_never_written_over_another(own: House, tmp_path: Path) -> None:
    output = tmp_path / "given"
    assert tamiz(own.root, "models", "export", own.bundle, "-o", output).status == 0
    original = own.workspace.bundles / own.bundle
    assert {file.name: file.read_bytes() for file in output.iterdir()} == {
        file.name: file.read_bytes() for file in original.iterdir()
    }
    tamiz(own.root, "models", "export", own.bundle, "-o", output).refuses(2, "there already")


def test_an_ambiguous_id_is_told(own: House) -> None:
    for name in ("abc1", "abc2"):
        (own.workspace.bundles / name).mkdir()
    tamiz(own.root, "models", "show", "abc").refuses(2, "several models begin")


def test_a_card_is_shown_in_the_language_that_is_asked_for(own: House) -> None:
    both = candidate(own.workspace, report(), text={"es": "## Español", "en": "## English"})
    assert tamiz(own.root, "models", "show", both, "--language", "es").out == "## Español\n"
    assert tamiz(own.root, "models", "show", own.bundle, "--language", "en").out.startswith("# A model")


def test_a_model_and_its_equal_cannot_be_told_apart_in_either_direction(house: House, tmp_path: Path) -> None:
    page = tmp_path / "comparison.html"
    equal = candidate(house.workspace, report(bound=1.6))
    for one, other in ((house.bundle, equal), (equal, house.bundle)):
        told = tamiz(house.root, "models", "compare", one, other, "-o", page, "--json")
        assert told.status == 0, told.err
        assert (told.object["one"], told.object["other"]) == (one, other)
        assert {held["difference"]["value"] for held in told.object["differences"]} == {0.0}
        assert {held["better"] for held in told.object["differences"]} == {None}
    text = page.read_text(encoding="utf-8")
    assert "cannot be told apart" in text
    assert "data:image/png;base64," in text
    assert "AP" in tamiz(house.root, "models", "compare", house.bundle, equal).out
    shutil.rmtree(house.workspace.bundles / equal)


@pytest.mark.parametrize("fate", ["damaged", "revoked"])
def test_no_rollback_to_a_model_that_could_not_be_loaded(fate: str, own: House) -> None:
    second = candidate(own.workspace, report(champion=own.bundle))
    told = tamiz(own.root, "models", "promote", second, "--key", "approver")
    assert told.status == 0, told.err
    if fate == "damaged":
        spoil(own.workspace.bundles / own.bundle / "risk.txt")
    else:
        assert tamiz(own.root, "keys", "revoke", "trainer").status == 0
    before = (own.workspace.bundles / "champion.json").read_bytes()
    back = tamiz(own.root, "models", "rollback", "--key", "approver")
    back.refuses(1, "risk.txt" if fate == "damaged" else "revoked")
    assert (own.workspace.bundles / "champion.json").read_bytes() == before


@pytest.fixture(scope="module")
def mine(house: House, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A workspace without a champion, for all that is decided below."""
    root = tmp_path_factory.mktemp("promotion") / "workspace"
    shutil.copytree(house.root, root)
    Workspace(root).bundles.joinpath("champion.json").unlink()
    return replace(house, root=root)


def test_a_model_without_skill_is_refused_by_the_gate_with_status_3(mine: House) -> None:
    hopeless = candidate(mine.workspace, report(bound=0.9))
    tamiz(mine.root, "models", "promote", hopeless, "--key", "approver").refuses(3, "no skill")
    told = tamiz(mine.root, "models", "promote", hopeless, "--key", "approver", "--language", "es")
    told.refuses(3, "sin habilidad", "entrene de nuevo")
    assert "no skill" not in told.err
    assert models.champion(mine.workspace) is None
    with SqliteLedger.open(mine.workspace.ledger) as ledger:
        kept, _ = ledger.iterate(kinds=[Kind.PROMOTION])
    assert (kept.record.public["bundle"], kept.record.public["accepted"]) == (hopeless, False)
    assert "no skill" in kept.record.public["grounds"][0]["en"]  # type: ignore[index]
    assert tamiz(mine.root, "audit", "verify").status == 0


def test_inputs_that_moved_since_a_model_was_judged_are_a_refusal(mine: House) -> None:
    asked = {"TAMIZ_MONITORING_LEAST_ROWS": "20"}
    since = mine.today - timedelta(20)
    moved = candidate(mine.workspace, report(), evaluation_data={"until": since.isoformat()})
    with_reference(mine.session, moved, until=since, shift=0.01)
    refused = tamiz(mine.root, "models", "promote", moved, "--key", "approver", env=asked)
    refused.refuses(3, "drift since it learnt")


def test_a_model_whose_reference_is_not_kept_is_refused_on_that_ground(mine: House) -> None:
    asked = {"TAMIZ_MONITORING_LEAST_ROWS": "20"}
    since = mine.today - timedelta(20)
    bare = candidate(mine.workspace, report(bound=1.6), evaluation_data={"until": since.isoformat()})
    refused = tamiz(mine.root, "models", "promote", bare, "--key", "approver", env=asked)
    refused.refuses(3, "drift cannot be measured: train again")


@pytest.mark.parametrize("key", ["trainer", "nobody"])
def test_the_trainers_key_and_an_unknown_key_promote_nothing(key: str, mine: House) -> None:
    asked = tamiz(mine.root, "models", "promote", mine.bundle, "--key", key)
    asked.refuses(2, key, "--role approver")
    assert models.champion(mine.workspace) is None


def test_a_model_with_skill_becomes_champion_and_the_one_before_can_come_back(
    own: House, tmp_path: Path
) -> None:
    (own.workspace.bundles / "champion.json").unlink()
    first = tamiz(own.root, "models", "promote", own.bundle, "--key", "approver", "--json")
    assert first.status == 0, first.err
    assert (first.object["bundle_id"], first.object["approver"]) == (own.bundle, "approver")
    second = candidate(own.workspace, report(champion=own.bundle))
    tamiz(own.root, "models", "rollback", "--key", "approver").refuses(2, "no earlier champion")
    aside = candidate(own.workspace, report(bound=1.7))
    alone = tamiz(own.root, "models", "promote", aside, "--key", "approver")
    alone.refuses(3, f"was not judged beside the champion {own.bundle}")
    told = tamiz(own.root, "models", "promote", second, "--key", "approver")
    assert told.status == 0, told.err
    assert f"champion: {second}" in told.err
    assert "because" in told.err
    back = tamiz(own.root, "models", "rollback", "--key", "approver", "--json")
    assert back.object["bundle_id"] == own.bundle
    pointer = json.loads((own.workspace.bundles / "champion.json").read_text(encoding="utf-8"))
    assert pointer["bundle_id"] == own.bundle
    moved = replace(own, root=tmp_path / "moved")
    own.root.rename(moved.root)
    told = tamiz(moved.root, "models", "promote", second, "--key", "approver")
    assert told.status == 0, told.err


def test_a_rollback_stands_though_mlflow_cannot_be_told(mine: House) -> None:
    second = candidate(mine.workspace, report(champion=mine.bundle))
    told = tamiz(mine.root, "models", "promote", second, "--key", "approver")
    assert told.status == 0, told.err
    (mine.workspace.mlruns / "mlflow.db").write_bytes(b"no database" * 100)
    ended = tamiz(mine.root, "models", "rollback", "--key", "approver")
    ended.refuses(2, f"{mine.bundle} is champion again", "mlflow.db")
    pointer = json.loads((mine.workspace.bundles / "champion.json").read_text(encoding="utf-8"))
    assert pointer["bundle_id"] == mine.bundle

"""The summary in words: both languages say the same, and say what was found to be wrong."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from babel.messages.pofile import read_po

from customs.evidence import Evaluation, EvaluationReport, Probe, Stability, WholePopulation
from customs.figure import Figure
from tests.training.test_evaluate import SETTINGS, part_of
from training.catalogue import _FOLDER
from training.evaluate import evaluate
from training.model_card import CardFacts, card_markdown, card_of
from training.settings import RegisterSettings
from training.summary import summary
from training.words import doubts

HALF = Figure(0.5, 0.4, 0.6, 0.95)
FACTS = CardFacts("2025", "c", "f", "1", 3, 10, 20, 0.1, "2025-01-01", "b", "c", "d", {}, 1)


def messages(language: str) -> dict[str, str]:
    with (_FOLDER / language / "LC_MESSAGES" / "evaluation.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, locale=language) if one.id}


def test_both_languages_have_every_sentence_with_the_same_parts() -> None:
    spanish, english = messages("es"), messages("en")
    assert spanish.keys() == english.keys()
    for key, text in spanish.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", english[key])), key


@pytest.mark.parametrize(("strength", "words"), [(2.5, "has shown skill"), (0.0, "shows no skill")])
def test_the_first_sentence_says_whether_there_is_skill(strength: float, words: str) -> None:
    report = evaluate((part_of(strength),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    assert words in summary(report, "en")[0]
    assert len(summary(report, "es")) == len(summary(report, "en"))


def test_a_probe_that_failed_is_named_in_the_summary() -> None:
    report = evaluate((part_of(2.0),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    failed = replace(report, probes=(Probe("parity", passed=False, words={"es": "un bit", "en": "one bit"}),))
    for language, name in (("en", "parity"), ("es", "paridad")):
        assert name in " ".join(summary(failed, language))
    assert "shown skill" not in summary(failed, "en")[0]
    assert "no demuestra habilidad" in summary(failed, "es")[0].lower()
    (doubt,) = doubts(failed.probes)
    assert doubt["en"].startswith("The leak probe 'parity' failed: one bit.")
    assert doubts((replace(failed.probes[0], passed=True),)) == ()


def test_a_card_says_who_taught_the_model() -> None:
    report = EvaluationReport((), None, ())
    plain, taught = (
        card_of(facts, report, RegisterSettings())
        for facts in (FACTS, replace(FACTS, taught_by=("ip", "value")))
    )
    assert plain["model_details"]["taught_by"] == []
    assert taught["model_details"]["taught_by"] == ["ip", "value"]
    assert "learnt from the outcomes themselves" in plain["text"]["en"]
    for language, words in (
        ("en", "boosters of 2 kinds of finding"),
        ("es", "modelos de 2 clases de hallazgo"),
    ):
        assert words in taught["text"][language]


def test_a_model_that_was_judged_beside_no_champion_says_so_and_why() -> None:
    first = evaluate((part_of(2.0),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    for language, words in (("en", "There was no champion"), ("es", "No había campeón")):
        assert words in " ".join(summary(first, language))
    beside = replace(first, unread_champion="0123456789abcdef")
    for language, words in (("en", "cannot be read any more"), ("es", "ya no puede leerse")):
        told = [one for one in summary(beside, language) if "0123456789abcdef" in one]
        assert [words in one for one in told] == [True]
    assert len(summary(beside, "en")) == len(summary(first, "en"))


def test_the_counts_of_the_model_of_chance_and_of_rules_each_carry_their_interval() -> None:
    report = evaluate((part_of(2.0),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    (model,) = [one for one in report.evaluations if one.method == "model"]
    few = Figure(0.5, float("nan"), float("nan"))
    bare = replace(report, evaluations=(replace(model, figures={"precision_at_8": few}),))
    assert "50 turn out irregular; by chance it would be –" in " ".join(summary(bare, "en"))
    for language, to in (("en", "to"), ("es", "a")):
        (told,) = [one for one in summary(report, language) if "100" in one.partition(",")[0]]
        counts = re.findall(rf"(\d+) \((\d+) {to} (\d+)\)", told)
        assert len(counts) == 3
        assert all(int(low) <= int(value) <= int(high) for value, low, high in counts)
        assert all(int(low) < int(high) for _, low, high in counts)


def test_what_is_said_of_probabilities_and_of_the_value_interval_carries_its_interval() -> None:
    covered = {"calibration_error": Figure(0.014, 0.011, 0.028), "interval_coverage": Figure(0.9, 0.88, 0.92)}
    report = EvaluationReport((Evaluation("test", "model", 1000, 100, covered),), None, ())
    said = " ".join(summary(report, "en"))
    assert "1.4 percentage points off from what was observed, on average (1.1 to 2.8)" in said
    assert "not found false (88% to 92%)" in said


def test_a_card_says_what_a_register_asks_for_or_that_it_is_not_stated() -> None:
    report = evaluate((part_of(2.0),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    card = card_of(FACTS, report, RegisterSettings(owner="Aduana", legal_basis="Ley 1"))
    text = card_markdown(card)
    stated = ("**Responsable:** Aduana", "**Legal basis:** Ley 1", "**Contact:** not stated")
    assert all(told in text for told in stated)
    assert set(card["text"]) == {"es", "en"}


def test_the_share_of_the_inspected_and_the_estimate_for_all_items_stand_beside_each_other() -> None:
    report = evaluate((part_of(2.0),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    name = f"precision_at_{report.capacity:g}"
    held = WholePopulation(
        900,
        90,
        {"illicit_rate": HALF, name: HALF},
        {"illicit_rate": HALF, name: Figure(0.3, 0.2, 0.4, 0.95)},
        {},
    )
    told = summary(replace(report, population=held), "en")
    assert any(line.startswith("Of every 100 inspected items among their") for line in told)
    assert any("inspected or not, an estimated 30 are irregular (20 to 40)" in line for line in told)
    assert len(summary(replace(report, population=held), "es")) == len(told)


def test_a_correlation_is_never_told_higher_than_it_is() -> None:
    report = evaluate((part_of(2.0),), SETTINGS, np.random.default_rng(1), repeated=0.0)
    stable = replace(report, stability=Stability(seeds=3, correlation=0.9869, spread={}))
    assert any("correlation of 0.98 or more" in line for line in summary(stable, "en"))

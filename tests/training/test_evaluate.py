"""The evaluation: skill only where there is some, baselines beside it, and words that say what it means."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from customs.evidence import EvaluationReport
from scoring.words import LANGUAGES
from training.baselines import PROFILES, lookup_score, rules_score, rules_yield
from training.evaluate import evaluate, figure_of
from training.part import Intervals, Part, Ranking, random_ranking
from training.report import report_from_json, report_to_json
from training.report_page import report_to_html
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(replicates=200, skill_replicates=2000)


def part_of(strength: float, *, rows: int = 1500, seed: int = 3, name: str = "test") -> Part:
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=rows)
    probability = 1 / (1 + np.exp(-(strength * latent - 1.5)))
    label = (rng.random(rows) < probability).astype(float)
    cif = np.exp(rng.normal(5, 1, rows))
    return Part(
        name, label, label * 100, np.arange(rows) // 2,
        {
            "model": Ranking(latent, probability, probability * cif),
            "rules": Ranking(np.round(latent + 2 * rng.normal(size=rows))),
            "random": random_ranking(rows),
        },
        Intervals(cif * 0.5, cif * 2, cif * np.exp(rng.normal(0, 0.42, rows)), np.arange(rows)),
    )  # fmt: skip


def report_of(*parts: Part, repeated: float = 0.0) -> EvaluationReport:
    return evaluate(parts, SETTINGS, np.random.default_rng(1), repeated=repeated)


def test_skill_is_claimed_where_there_is_skill() -> None:
    report = report_of(part_of(2.0))
    assert report.skill is not None
    assert report.skill.holds
    assert report.skill.measure == "average_precision"
    assert "the model has skill, by average precision" in report.words[-1]["en"]
    assert "with 99.9% confidence more than" in report.words[-1]["en"]


def test_the_words_say_what_the_measures_are_and_on_which_items_skill_was_tried() -> None:
    plain = part_of(2.0)
    words = report_of(plain, replace(plain, name="novel"), repeated=0.5).words
    assert [one["en"] for one in words[:3]] == [
        "Precision at 8 % inspected is the share of illicit items among the 8 % of highest score.",
        "Average precision is that share averaged over all depths at which one more illicit item is found.",
        "Brackets hold 95% intervals.",
    ]
    assert words[-1]["en"].startswith("On items whose goods were never seen before the model has skill")


@pytest.mark.parametrize("seed", range(4))
def test_skill_is_not_claimed_where_labels_depend_on_nothing(seed: int) -> None:
    report = report_of(part_of(0.0, seed=seed))
    assert report.skill is not None
    assert not report.skill.holds
    assert "no skill is shown" in report.words[-1]["en"]


def test_every_figure_of_a_ranking_lies_in_its_interval_and_random_is_the_base_rate() -> None:
    part = part_of(1.0)
    report = report_of(part)
    chance = figure_of(report, "test", "random", "precision_at_5")
    assert chance is not None
    assert chance.value == pytest.approx(part.label.mean())
    lift = figure_of(report, "test", "random", "lift_at_10")
    assert lift is not None
    assert lift.value == pytest.approx(1.0)
    for evaluation in report.evaluations:
        for figure in evaluation.figures.values():
            assert figure.low - 1e-9 <= figure.high
    covered = figure_of(report, "test", "model", "interval_coverage")
    assert covered is not None
    assert covered.value == pytest.approx(0.9, abs=0.03)


def test_without_known_revenue_no_revenue_is_reported() -> None:
    part = part_of(1.0)
    report = report_of(replace(part, revenue=np.full(len(part.label), np.nan)))
    assert not any("revenue" in name for one in report.evaluations for name in one.figures)


def test_where_goods_repeat_the_words_say_that_the_plain_split_proves_nothing() -> None:
    part = part_of(1.0)
    with_table = replace(part, rankings={**part.rankings, "lookup": Ranking(part.label)})
    report = report_of(with_table, replace(with_table, name="decontaminated"), repeated=0.8)
    text = " ".join(one["en"] for one in report.words)
    assert "80% of the test items repeat goods" in text
    assert "proves nothing" in text
    assert "the honest figure" in text


def test_a_part_without_illicit_items_gives_no_figures_and_says_so() -> None:
    part = part_of(1.0)
    report = report_of(replace(part, label=np.zeros(len(part.label))))
    assert report.evaluations == ()
    assert report.skill is None
    assert "too few" in report.words[0]["en"]


def test_the_champion_is_compared_on_the_same_items() -> None:
    part = part_of(2.0)
    report = report_of(replace(part, rankings={**part.rankings, "champion": part.rankings["model"]}))
    ratio = figure_of(report, "test", "model", "ratio_to_champion")
    assert ratio is not None
    assert (ratio.value, ratio.low, ratio.high) == (1.0, 1.0, 1.0)


def test_a_report_survives_json_and_its_page_needs_nothing_else() -> None:
    report = report_of(part_of(1.0))
    assert report_from_json(report_to_json(report)) == report
    for language in LANGUAGES:
        facts = {"study": "<script>alert(1)</script>"}
        page = report_to_html(report, {"precision": b"png"}, facts, language, other_page="other.html")
        assert "<script>" not in page
        assert "http:" not in page
        assert "https:" not in page
        assert "default-src 'none'" in page
        assert "data:image/png;base64," in page
        assert all(words[language] in unescape(page) for words in report.words)


def test_the_page_in_spanish_has_no_word_of_the_english_catalogue() -> None:
    report = report_of(part_of(1.0))
    names = ("precision", "revenue", "reliability", "coverage", "beeswarm", "dependence_1")
    pages = {
        language: report_to_html(report, dict.fromkeys(names, b"png"), {}, language, other_page="x")
        for language in LANGUAGES
    }
    english, spanish = (
        {line.strip() for line in re.sub(r"<[^>]*>", "\n", unescape(pages[language])).split("\n")}
        for language in ("en", "es")
    )
    same = {line for line in english & spanish if re.search(r"[A-Za-zñáéíóú]{4}", line)}
    assert {line for line in same if "{" not in line} == set()


def histories(**values: list[int]) -> dict[str, np.ndarray]:
    """Of four items, all of parties and goods without a record but for what is given."""
    names = [f"{of}.{what}" for of in PROFILES for what in ("known", "illicit")]
    held = {name: np.zeros(4, np.int64) for name in names}
    held |= {"all.known": np.full(4, 100), "all.illicit": np.full(4, 10), "importer.items": np.full(4, 99)}
    held |= {"hs6.uv_n": np.full(4, 100), "hs6.uv_sum": np.zeros(4, np.int64)}
    held |= {"hs6.uv_sq": np.full(4, 100 * 10**8)}
    return held | {name.replace("__", "."): np.array(given) for name, given in values.items()}


ITEMS = {
    "cif": np.array([1.0, 1.0, 0.05, 1.0]),
    "net_kg": np.ones(4),
    "tax_rate_pct": np.full(4, 20.0),
    "warnings": np.zeros(4, np.uint64),
}


def test_rules_point_at_known_offenders_and_low_values_under_a_tariff() -> None:
    history = histories(
        importer__illicit=[0, 5, 0, 0], importer__known=[0, 10, 0, 0], importer__items=[99, 99, 99, 0]
    )
    usual = float(len(PROFILES))
    assert rules_score(ITEMS, history).tolist() == [usual, usual + 2.0, usual + 2.0, usual + 1.0]


def test_rules_know_nobody_while_nothing_was_found() -> None:
    points = rules_score(ITEMS, histories(all__known=[0] * 4, all__illicit=[0] * 4))
    assert points[0] == len(PROFILES)
    assert np.isfinite(points).all()


def test_rules_that_look_for_revenue_weigh_their_points_with_the_tax() -> None:
    history = histories()
    assert rules_yield(ITEMS, history).tolist() == (rules_score(ITEMS, history) * ITEMS["cif"] * 0.2).tolist()


def test_the_gate_judges_by_the_measure_of_the_settings() -> None:
    part = part_of(2.0)
    for measure, expected in (
        ("average_precision", "average_precision"),
        ("precision_at_10", "precision_at_10"),
    ):
        settings = SETTINGS.model_copy(update={"gate_measure": measure})
        report = evaluate((part,), settings, np.random.default_rng(1), repeated=0.0)
        ours, rules = (figure_of(report, "test", method, expected) for method in ("model", "rules"))
        assert report.skill is not None
        assert ours is not None
        assert rules is not None
        assert report.skill.lift == pytest.approx(ours.value / rules.value)


def test_the_look_up_table_knows_seen_goods_and_gives_the_rest_the_usual_rate() -> None:
    score = lookup_score(np.array([7, 7, 8, 9]), np.array([1.0, 1.0, 0.0, 0.0]), np.array([9, 7, 1]))
    assert score.tolist() == [0.0, 1.0, 0.5]

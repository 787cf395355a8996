"""Figures by group: what a group bears beside others, and nothing said of groups too small to say it of."""

from __future__ import annotations

import numpy as np
import pytest

from customs.evidence import Disparity
from features.codes.countries import countries
from features.codes.regions import region_of
from training.grouped import Everyone, Judged, Valued, groupings
from training.groups import SENSITIVE, VALUED, pooled
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(replicates=200, capacity=10.0, least_group=20)
ROWS = 2000


def judged(*, unfair: bool) -> Judged:
    """Give items of two importers' ages with the same rates; the unfair model selects the new ones alone."""
    rng = np.random.default_rng(5)
    label = (rng.random(ROWS) < 0.2).astype(float)
    new = np.arange(ROWS) % 2 == 0
    risk = np.clip(0.3 * label + rng.random(ROWS) * 0.5, 0, 1) + (0.6 * new if unfair else 0.0)
    groups = dict.fromkeys((*SENSITIVE, *VALUED), np.full(ROWS, "all", object)) | {
        "importer_age": np.where(new, "new", "known").astype(object),
        "month": np.where(np.arange(ROWS) < ROWS // 2, "2025-01", "2025-02").astype(object),
        "finding": np.array(["value" if one else None for one in label], object),
    }
    return Judged(label, risk, np.arange(ROWS) // 2, groups)


def borne(of: Judged) -> dict[tuple[str, str], Disparity]:
    everyone = Everyone(of.risk, of.clusters, of.groups)
    _, disparities = groupings(of, everyone, None, SETTINGS, np.random.default_rng(1))
    return {(one.group, one.measure): one for one in disparities}


def test_a_group_that_is_selected_alone_is_shown_to_bear_it() -> None:
    fair, unfair = borne(judged(unfair=False)), borne(judged(unfair=True))
    assert fair["new", "selection"].ratio.low < 1 < fair["new", "selection"].ratio.high
    assert unfair["known", "selection"].ratio.high < 0.2
    assert np.isnan(unfair["new", "needless"].ratio.value) or unfair["new", "needless"].ratio.low > 5


def test_every_figure_of_a_group_lies_in_its_interval_and_rates_are_those_of_its_rows() -> None:
    of = judged(unfair=False)
    valued = Valued(np.ones(ROWS), np.full(ROWS, 0.5), of.clusters, of.groups)
    everyone = Everyone(of.risk, of.clusters, of.groups)
    made, _ = groupings(of, everyone, valued, SETTINGS, np.random.default_rng(1))
    by = {one.attribute: one for one in made}
    assert {"predicted", "month", "finding", "importer_age"} <= set(by)
    for grouping in made:
        for group in grouping.groups:
            for figure in group.figures.values():
                assert np.isnan(figure.low) or figure.low - 1e-9 <= figure.value <= figure.high + 1e-9
    first, _ = by["month"].groups
    assert first.figures["illicit_rate"].value == pytest.approx(of.label[: ROWS // 2].mean())
    (value,) = by["finding"].groups
    assert value.items == value.illicit == int(of.label.sum())


def test_a_group_or_month_whose_risk_is_said_too_high_shows_an_error_of_calibration() -> None:
    of = judged(unfair=False)
    rng = np.random.default_rng(3)
    true = rng.random(ROWS) * 0.4
    label = (rng.random(ROWS) < true).astype(float)
    risk = np.where(of.groups["importer_age"] == "new", true + 0.3, true)
    skewed = Judged(label, risk, of.clusters, of.groups)
    made, _ = groupings(
        skewed, Everyone(risk, of.clusters, of.groups), None, SETTINGS, np.random.default_rng(1)
    )
    errors = {
        group.group: group.figures["calibration_error"]
        for one in made
        if one.attribute in {"month", "importer_age"}
        for group in one.groups
    }
    assert errors["new"].low > 0.2
    assert errors["known"].value < 0.06
    assert 0.1 < errors["2025-01"].value < 0.2


def test_small_groups_are_taken_together() -> None:
    labels = np.array(["a"] * 30 + ["b"] * 3 + ["c"] * 2 + [None], object)
    assert pooled(labels, 20).tolist() == ["a"] * 30 + ["rest"] * 5 + [None]


def test_every_country_but_the_uninhabited_has_a_region() -> None:
    assert {country for country in countries() if region_of(country) is None} == set()

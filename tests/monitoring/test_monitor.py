"""Drift with the real Evidently, kept small."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from customs.declaration import PARTIES
from customs.evidence import DriftReport
from monitoring.bins import binned_number
from monitoring.chunks import Vocabulary
from monitoring.drift import stability
from monitoring.errors import ChunkError, ReportNotWrittenError
from monitoring.monitor import monitor
from monitoring.report import rows, to_dict, write_json
from monitoring.settings import MonitoringSettings
from tests.monitoring.periods import VOCABULARY, period

SETTINGS = MonitoringSettings(sample_rows=4_000, figures=3)
REFERENCE = period(0, 2_000)


def watched(
    current: pl.DataFrame,
    html: Path | None = None,
    *,
    reference: pl.DataFrame = REFERENCE,
    vocabulary: Vocabulary = VOCABULARY,
    settings: MonitoringSettings = SETTINGS,
) -> DriftReport:
    return monitor(
        reference,
        current,
        vocabulary,
        settings,
        bundle_id="b1",
        since="2026-01-01",
        until="2026-02-01",
        html=html,
    )


def test_twenty_periods_without_drift_raise_no_alert() -> None:
    reports = [watched(period(seed, 400)) for seed in range(1, 21)]
    assert not any(report.alert for report in reports)
    assert not any(column.alert for report in reports for column in report.columns)


def test_moderate_drift_alerts_by_the_crucial_column_and_marks_just_what_moved() -> None:
    reports = [watched(period(seed, 400, shift=0.6)) for seed in range(1, 6)]
    moved = {"risk", *(f"amount_{number}" for number in range(4))}
    for report in reports:
        assert report.alert
        assert {column.column for column in report.columns if column.alert} == moved
        assert any("'risk' drifted" in line and "median" in line for line in report.words)


def test_one_drifted_feature_is_news_but_no_alert() -> None:
    report = watched(period(1, 400).with_columns(pl.col("amount_0") * 20))
    assert not report.alert
    assert any(line.startswith("moved most: amount_0") for line in report.words)


def test_many_drifted_features_together_are_an_alert() -> None:
    report = watched(period(1, 400).with_columns(pl.col("^amount_.*$") * 20))
    assert report.alert
    assert "12 of 22 columns drifted; 40% together are an alert" in report.words


def test_values_that_go_missing_and_unseen_categories_are_an_alert_in_words() -> None:
    broken = period(1, 400).with_columns(
        pl.when(pl.int_range(pl.len()) % 5 == 0).then(None).otherwise("amount_1").alias("amount_1"),
        pl.when(pl.int_range(pl.len()) % 10 == 0).then(0.0).otherwise("origin").alias("origin"),
    )
    report = watched(broken)
    assert report.alert
    assert any(line.startswith("values of 'amount_1' go missing: 20.0% more") for line in report.words)
    assert any(
        line.startswith("'origin' holds values outside the model's vocabulary: ") for line in report.words
    )


def test_a_column_that_became_empty_is_reported_and_not_fatal(tmp_path: Path) -> None:
    empty = period(1, 400).with_columns(pl.lit(None, pl.Float64).alias("amount_1"))
    report = watched(empty, tmp_path / "drift.html")
    assert any("'amount_1' go missing" in line for line in report.words)


def test_quantile_bins_see_the_drift_that_equal_widths_hide() -> None:
    rng = np.random.default_rng(1)
    before, now = (np.exp(rng.normal(mean, 2, 4_000)) for mean in (0.0, 1.5))
    binned = binned_number(pl.Series(before), pl.Series(now), 10)
    assert stability({"amount": binned})["amount"] > 0.3


def test_the_same_period_gives_the_same_report() -> None:
    assert to_dict(watched(period(1, 3_000))) == to_dict(watched(period(1, 3_000)))


def test_nothing_personal_reaches_the_report_or_the_page(tmp_path: Path) -> None:
    private = {name: f"quetzal-{name}" for name in (*PARTIES, "declaration_id", "description", "officer_id")}
    before, now = (
        frame.with_columns(pl.lit(word).alias(name) for name, word in private.items())
        for frame in (REFERENCE, period(1, 400))
    )
    vocabulary = {**VOCABULARY, **{name: [word] for name, word in private.items()}}
    page = tmp_path / "drift.html"
    report = watched(now, page, reference=before, vocabulary=vocabulary)
    assert "quetzal" not in page.read_text(encoding="utf-8") + json.dumps(to_dict(report))
    assert not {column.column for column in report.columns} & set(private)


class Outside(HTMLParser):
    """Collects what a page would load from elsewhere, and its content security policy."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if tag in {"script", "link", "img", "iframe", "object", "embed"}:
            self.loaded += [value for name in ("src", "href", "data") if (value := held.get(name))]
        if held.get("http-equiv") == "Content-Security-Policy":
            self.policy = held["content"] or ""


def test_the_page_loads_nothing_and_forbids_loading(tmp_path: Path) -> None:
    hostile = {**VOCABULARY, "origin": ["</script><img src=//hostile.example>", *VOCABULARY["origin"][1:]]}
    page = tmp_path / "reports" / "drift.html"
    everything = SETTINGS.model_copy(update={"figures": 60})
    watched(period(1, 400, shift=1.0), page, vocabulary=hostile, settings=everything)
    text = page.read_text(encoding="utf-8")
    reader = Outside()
    reader.feed(text)
    assert reader.loaded == []
    assert reader.policy.startswith("default-src 'none';")
    assert "http" not in reader.policy
    assert "Drift in column 'origin'" in text
    assert "hostile.example" not in text
    assert text.count("</html>") == 1


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "drift.html").mkdir()
    with pytest.raises(ReportNotWrittenError) as refused:
        watched(period(1, 400), tmp_path / "drift.html")
    assert refused.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["drift.html"]


def test_too_few_items_are_refused_with_the_remedy() -> None:
    with pytest.raises(ChunkError, match="fewer than 50") as refused:
        watched(period(1, 10))
    assert "--since" in refused.value.remedy


def test_a_period_without_a_column_of_the_reference_is_refused_by_its_name() -> None:
    with pytest.raises(ChunkError, match="'amount_3'"):
        watched(period(1, 400).drop("amount_3"))


def test_the_json_report_is_strict_and_whole(tmp_path: Path) -> None:
    report = watched(period(1, 400, shift=1.0))
    write_json(tmp_path / "drift.json", report)
    read = json.loads((tmp_path / "drift.json").read_text(encoding="utf-8"))
    assert read == json.loads(json.dumps(to_dict(report)))
    assert read["alert"] is True
    assert rows(report, most=1)[1][-1] == "yes"

"""The benchmark on the KCS declarations, on made-up rows of their format."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl

from benchmarks import kcs
from training.settings import TrainingSettings

QUICK = TrainingSettings(
    trials=1, value_trials=1, rounds=20, patience=5, value_rounds=10, anomaly_rounds=5, replicates=100
)


def _declarations(file: Path, count: int, start: date, rng: np.random.Generator) -> None:
    """Rows of few goods, which repeat; those of one country are often illicit."""
    goods, country = rng.integers(0, 600, count), rng.choice(["CN", "BE", "VN"], count)
    days = np.sort(rng.integers(0, 90, count))
    illicit = rng.random(count) < np.where(country == "VN", 0.6, 0.05)
    pl.DataFrame(
        {
            "Declaration ID": [f"{start:%Y%m}{number:05}" for number in range(count)],
            "Date": [(start + timedelta(days=int(day))).isoformat() for day in days],
            "Office ID": 30,
            "Process Type": "B",
            "Import Type": 11,
            "Import Use": 21,
            "Payment Type": 11,
            "Mode of Transport": 10,
            "Declarant ID": [f"D{number}" for number in rng.integers(0, 9, count)],
            "Importer ID": [f"I{number}" for number in rng.integers(0, 40, count)],
            "Seller ID": [f"S{number}" for number in rng.integers(0, 40, count)],
            "Courier ID": None,
            "HS6 Code": [f"{440800 + number}" for number in goods],
            "Country of Departure": country,
            "Country of Origin": country,
            "Tax Rate": 8.0,
            "Tax Type": "A",
            "Country of Origin Indicator": "G",
            "Net Mass": goods + 1.0,
            "Item Price": np.round((goods + 1.0) * np.exp(rng.normal(size=count)), 2),
            "Fraud": illicit.astype(int),
            "Critical Fraud": 0,
        }
    ).write_csv(file)


def test_model_and_default_learner_are_measured_on_the_same_parts(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    _declarations(tmp_path / "train.csv", 1200, date(2020, 1, 1), rng)
    _declarations(tmp_path / "valid.csv", 500, date(2020, 6, 1), rng)
    found = cast("dict[str, Any]", kcs.run(tmp_path, QUICK))
    for part in ("test", "decontaminated"):
        ours, default = found[part]["model"], found[part][kcs.DEFAULT]
        assert (ours["items"], ours["illicit"]) == (default["items"], default["illicit"])
        assert set(kcs.MEASURES.values()) <= set(ours)
        assert default["AUC"][0] > 0.6
    assert "lookup" in found["test"]


def test_without_the_files_it_says_where_to_name_them(tmp_path: Path) -> None:
    assert "TAMIZ_KCS" in str(kcs.run(tmp_path)["skipped"])

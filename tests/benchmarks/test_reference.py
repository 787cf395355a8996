"""The benchmark against an afternoon's work: what it measures, on scores made up for the purpose."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.reference import MODEL, ORACLE, REFERENCE, Judged, statistics
from benchmarks.reference_learner import refer
from features.dataset import Dataset

ROWS = 2000


def judged() -> Judged:
    """The model knows the truth but for noise, the reference less of it, the oracle all."""
    rng = np.random.default_rng(1)
    illicit = (rng.random(ROWS) < 0.1).astype(np.float64)
    noise = rng.normal(size=ROWS)
    scores = {MODEL: illicit + 0.4 * noise, REFERENCE: illicit + 1.5 * noise, ORACLE: illicit}
    risk = {name: 1 / (1 + np.exp(-score)) for name, score in scores.items()}
    mechanism = np.where(illicit == 1, "ring", "none").astype(object)
    clusters = np.arange(ROWS).astype(str)
    return Judged(1, illicit, mechanism, illicit * 10, np.arange(ROWS) < 1000, clusters, risk, risk)


def test_ratios_are_of_the_same_items_and_above_one_where_the_model_is_better() -> None:
    made = statistics(judged())
    once = {name: of(np.ones((1, ROWS)))[0] for name, of in made.items()}
    assert once["precision at 5 %, model over reference"] == pytest.approx(
        once["precision at 5 %, model"] / once["precision at 5 %, reference"]
    )
    assert once["recall at 10 % of ring, model over reference"] > 1
    assert once["recall at 10 % of ring, model over oracle"] <= 1
    assert once["revenue at 5 %, model over reference"] > 1
    assert once["AUC of cold items, model less reference"] > 0


def dataset(rows: int, seed: int) -> Dataset:
    """Items whose seller's record tells what they are."""
    rng = np.random.default_rng(seed)
    numbers = ("cif", "freight", "insurance", "net_kg", "gross_kg", "quantity", "packages", "importer_aeo")
    codes = ("hs_code", "origin_country", "departure_country", "preference_code", "office_id", "regime")
    columns = {name: rng.lognormal(size=rows) for name in (*numbers, "tax_rate_pct", "transport_mode")}
    columns |= {name: rng.choice(["6109100000", "AB", None], rows) for name in (*codes, "incoterm", "unit")}
    known, hits = rng.integers(0, 20, rows), rng.integers(0, 2, rows)
    history = {f"{party}.known": known for party in ("importer", "seller")}
    history |= {"importer.illicit": np.zeros(rows, np.int64), "seller.illicit": known * hits}
    history |= {f"hs6.{name}": rng.integers(2, 9, rows) for name in ("uv_n", "uv_sum", "uv_sq")}
    label = ((known > 0) & (hits == 1)).astype(np.float64)
    nothing, none = np.full(rows, np.nan), np.full(rows, None, object)
    return Dataset(columns, history, label, label * 5, none, np.zeros(rows, np.int32), nothing, none, none)


def test_the_afternoons_model_knows_who_was_found_before() -> None:
    asked = dataset(500, 2)
    referred = refer(dataset(1000, 1), asked)
    illicit = asked.label == 1
    assert referred.risk[illicit].min() > 0.9
    assert referred.risk[~illicit].max() < 0.1
    assert (referred.expected_revenue[illicit] > 0).all()

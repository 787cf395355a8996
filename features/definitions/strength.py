"""How many outcomes the prior rate weighs, by entity and finding: a beta-binomial fit by moments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.history.entities import ENTITIES, ENTITY, FINDINGS
from features.snapshot import Snapshot

LEAST, MOST = 2.0, 500.0
"""Bounds of a strength."""

STRENGTHS: Mapping[str, tuple[str, str]] = {entity.name: (entity.name, "illicit") for entity in ENTITIES} | {
    f"{entity.name}.found_{kind}": (entity.name, f"found_{kind}")
    for entity in ENTITIES
    for kind in FINDINGS
    if f"found_{kind}" in entity.measures
}
"""Entity and measure of each strength: `entity` of what was irregular, `entity.found_kind` of one finding."""

_LEAST_KEYS = 20


def fitted_strengths(snapshot: Snapshot | None, default: float) -> dict[str, float]:
    """Give every strength, fitted to the snapshot's keys; `default` where they say little."""
    strengths = dict.fromkeys(STRENGTHS, default)
    for name, (entity, measure) in STRENGTHS.items():
        table, measures = snapshot.tables.get(entity) if snapshot else None, ENTITY[entity].measures
        if table is not None and "known" in measures:
            known, found = (table.values[:, measures.index(each)] for each in ("known", measure))
            strengths[name] = strength(known, found, default)
    return strengths


def strength(known: NDArray[np.int64], illicit: NDArray[np.int64], default: float) -> float:
    """Give m of the beta-binomial with mean p and prior weight m that the keys' outcomes show.

    By moments (Kleinman 1973): with rho = 1 / (m + 1), the weighted sum of squares of the keys' rates about p
    has the expectation p(1 - p) x sum of (1 - n/N)(1 + rho(n - 1)). The result is kept in [LEAST, MOST].

    >>> rng = np.random.default_rng(0)
    >>> n = np.full(20_000, 20)
    >>> round(strength(n, rng.binomial(n, rng.beta(1, 9, len(n))), 20.0))
    10
    """
    use = known > 0
    n, s = known[use].astype(np.float64), illicit[use].astype(np.float64)
    total = n.sum()
    p = s.sum() / max(total, 1.0)
    weight = 1.0 - n / max(total, 1.0)
    informative = float((weight * (n - 1.0)).sum())
    if int((n > 1).sum()) < _LEAST_KEYS or not 0.0 < p < 1.0 or informative <= 0.0:
        return default
    squares = float((n * (s / n - p) ** 2).sum())
    rho = (squares / (p * (1.0 - p)) - float(weight.sum())) / informative
    return round(float(np.clip(1.0 / max(rho, 1e-9) - 1.0, LEAST, MOST)), 6)

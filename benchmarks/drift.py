"""How long `monitor` takes: 60,000 items against a reference of 20,000, 126 columns, with the page."""

from __future__ import annotations

import resource
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from monitoring.settings import MonitoringSettings

_WORDS = [f"W{number}" for number in range(60)]
_CODES = [f"code_{number}" for number in range(8)]


def run() -> dict[str, float]:
    """Measure the import of Evidently and one comparison, in seconds, and the most memory held."""
    started = time.perf_counter()
    monitor = import_module("monitoring.monitor").monitor
    imported = time.perf_counter()
    with TemporaryDirectory() as folder:
        monitor(
            _period(0, 20_000),
            _period(1, 60_000),
            dict.fromkeys(_CODES, _WORDS),
            MonitoringSettings(),
            bundle_id="benchmark",
            since="2026-01-01",
            until="2026-02-01",
            html=Path(folder) / "drift.html",
        )
    return {
        "import_seconds": imported - started,
        "monitor_seconds": time.perf_counter() - imported,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _period(seed: int, items: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    columns = {f"amount_{number}": np.exp(2 * rng.normal(size=items)) for number in range(115)}
    columns |= {name: np.minimum(rng.geometric(0.1, items), 60).astype(float) for name in _CODES}
    columns |= {name: rng.random(items) for name in ("risk", "anomaly", "value_residual")}
    return pl.DataFrame(columns)

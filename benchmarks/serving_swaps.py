"""Fifty promotions while 10,000 requests come: none fails, and each answer is of one model.

Three models take turns. Every request declares the same goods, so that each model says one thing of them: an
answer that names one model and holds the score of another would show.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.load import Answers, open_loop
from benchmarks.served import Place, lived, place, ready, service
from serving.run import Running
from tests.serving.places import promote

MODELS, SWAPS, REQUESTS = 3, 50, 10_000
RATE = 50.0
"""Requests a second."""

_TOLD = (("model", "bundle_id"), ("items", 0, "risk"), ("items", 0, "reasons", 0, "contribution"))
_LOOK = 0.05


def run(source: Path | None = None) -> dict[str, Any]:
    """Give requests, swaps, failures, answers that mix models, waits, and seconds from promotion to work."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        served = place(lived(source, folder), folder, MODELS)
        with service(served, folder) as running:
            return swapped(served, running, SWAPS, REQUESTS)


def swapped(place: Place, running: Running, swaps: int, requests: int, rate: float = RATE) -> dict[str, Any]:
    """Promote the models of a place in turn, at even intervals, while requests come."""
    target = place.target(running, most_items=1)
    same, seconds = replace(target, bodies=target.bodies[:1]), requests / rate
    with ThreadPoolExecutor(1) as aside:
        promoting = aside.submit(_promoted, place, running, swaps, seconds)
        answers = open_loop(same, rate, seconds, _TOLD)
        taken = promoting.result()
    return {
        "requests": answers.due.size,
        "swaps": len(taken),
        "models at work in answers": len({told[0] for told in answers.told if told}),
        "failed": answers.figures()["failed"],
        "answers that mix models": _mixed(answers),
        **answers.waits(),
        "seconds from promotion to work, median": float(np.median(taken)),
        "seconds from promotion to work, longest": max(taken),
    }


def _promoted(place: Place, running: Running, swaps: int, seconds: float) -> list[float]:
    """Promote one model after the other; seconds until each was at work."""
    began, taken = time.monotonic(), []
    for number in range(1, swaps + 1):
        time.sleep(max(0.0, began + number * seconds / (swaps + 1) - time.monotonic()))
        promoted, bundle = time.monotonic(), place.bundles[number % len(place.bundles)]
        promote(place.wiring, bundle)
        while ready(running)["model"] != bundle:
            time.sleep(_LOOK)
        taken.append(time.monotonic() - promoted)
    return taken


def _mixed(answers: Answers) -> int:
    """How many answers say of the goods what another model says than the one that they name."""
    said: dict[str | None, dict[tuple[float, ...], int]] = {}
    for bundle, *what in filter(None, answers.told):
        counts = said.setdefault(bundle, {})
        counts[tuple(what)] = counts.get(tuple(what), 0) + 1
    return sum(sum(counts.values()) - max(counts.values()) for counts in said.values())

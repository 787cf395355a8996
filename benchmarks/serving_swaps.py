"""Fifty promotions while 10,000 requests come: none fails, and each answer is of one model.

Three models take turns. Every request declares the same goods, so that each model says one thing of them: an
answer that names one model and holds the score of another would show. Answers that no model had time for say
so (`late`), and are counted apart. A promotion counts as a swap if it was at work before the last request.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.load import REFUSED, open_loop
from benchmarks.served import Place, served
from serving.run import Running
from tests.serving.places import promote
from tests.serving.readiness import ready

MODELS, SWAPS, REQUESTS = 3, 50, 10_000
RATE = 25.0
"""Requests a second: half of what is asked of the service steadily, for loading a model takes time too."""

_TOLD = (
    ("degraded",),
    ("model", "bundle_id"),
    ("items", 0, "risk"),
    ("items", 0, "reasons", 0, "contribution"),
)
_WITHOUT_MODEL = frozenset({"late", "model"})
_LOOK = 0.05


def run(source: Path | None = None) -> dict[str, Any]:
    """Give requests, swaps, failures, answers that mix models, waits, and seconds from promotion to work."""
    with served(source, MODELS) as (place, running):
        return swapped(place, running, SWAPS, REQUESTS)


def swapped(place: Place, running: Running, swaps: int, requests: int, rate: float = RATE) -> dict[str, Any]:
    """Promote the models of a place in turn, at even intervals, while requests come."""
    target = place.target(running, most_items=1)
    same, seconds = replace(target, bodies=target.bodies[:1]), requests / rate
    with ThreadPoolExecutor(1) as aside:
        promoting = aside.submit(_promoted, place, running, swaps, seconds)
        answers = open_loop(same, rate, seconds, _TOLD)
        swapped = promoting.result()
    during = [taken for at, taken in swapped if at < answers.due.max()]
    told = answers.of(200).told
    by_model = [one[1:] for one in told if not _WITHOUT_MODEL & {*one[0]}]
    return {
        "requests": answers.due.size,
        "swaps": len(during),
        "models at work in answers": len({one[0] for one in by_model}),
        "refused as busy": answers.of(REFUSED).due.size,
        "failed otherwise": answers.due.size - answers.of(200, REFUSED).due.size,
        "answers that no model had time for": len(told) - len(by_model),
        "answers that mix models": _mixed(by_model),
        **answers.waits(),
        "seconds from promotion to work, median": float(np.median(during)),
        "seconds from promotion to work, longest": max(during),
    }


def _promoted(place: Place, running: Running, swaps: int, seconds: float) -> list[tuple[float, float]]:
    """Promote one model after the other; when each was at work, and after how many seconds."""
    began, found = time.monotonic(), []
    for number in range(1, swaps + 1):
        time.sleep(max(0.0, began + number * seconds / (swaps + 1) - time.monotonic()))
        promoted, bundle = time.monotonic(), place.bundles[number % len(place.bundles)]
        promote(place.wiring, bundle)
        while ready(running)["model"] != bundle:
            time.sleep(_LOOK)
        found.append((time.monotonic(), time.monotonic() - promoted))
    return found


def _mixed(told: list[list[Any]]) -> int:
    """How many answers say of the goods what another model says than the one that they name."""
    said: dict[str | None, dict[tuple[float, ...], int]] = {}
    for bundle, *what in told:
        counts = said.setdefault(bundle, {})
        counts[tuple(what)] = counts.get(tuple(what), 0) + 1
    return sum(sum(counts.values()) - max(counts.values()) for counts in said.values())

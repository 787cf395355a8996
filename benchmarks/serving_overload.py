"""Three times the load that the service sustains: what it still answers, and how soon it refuses the rest.

The highest sustained load is what it answers over as many connections as help (a closed loop); the overload
is an open loop, whose callers wait for nobody. Both take turns, and medians are reported: what others do on
the machine meanwhile changes from one minute to the next.
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

from benchmarks.load import REFUSED, Answers, Target, closed_loop, open_loop
from benchmarks.served import served

TIMES, ALTERNATIONS = 3.0, 5
CONNECTIONS = (8, 16)
SECONDS, WARM_SECONDS = 10.0, 3.0


def run(source: Path | None = None) -> dict[str, Any]:
    """Give medians over the alternations: loads, shares, and waiting times of answers and refusals."""
    with served(source) as (place, running):
        return overloaded(place.target(running, most_items=1), ALTERNATIONS, SECONDS)


def overloaded(target: Target, alternations: int, seconds: float) -> dict[str, Any]:
    """Load a service by turns as much as it sustains, and `TIMES` as much."""
    closed_loop(target, CONNECTIONS[0], WARM_SECONDS)
    found = [_turn(target, seconds) for _ in range(alternations)]
    return {"times": TIMES, "seconds": seconds, "alternations": alternations} | {
        figure: statistics.median(one[figure] for one in found) for figure in found[0]
    }


def _turn(target: Target, seconds: float) -> dict[str, float]:
    sustained = max(
        closed_loop(target, connections, seconds).figures()["requests_a_second"]
        for connections in CONNECTIONS
    )
    asked = open_loop(target, TIMES * sustained, seconds)
    answered, refused = asked.of(200), asked.of(REFUSED)
    return {
        "sustained, requests a second": sustained,
        "asked, requests a second": asked.due.size / seconds,
        "answered a second": answered.due.size / asked.seconds,
        "answered, of what is sustained": answered.due.size / asked.seconds / sustained,
        "refused": refused.due.size,
        "neither": asked.due.size - answered.due.size - refused.due.size,
        **_named("answer", answered),
        **_named("refusal", refused),
    }


def _named(what: str, answers: Answers) -> dict[str, float]:
    return {f"{what}, {name}": figure for name, figure in answers.waits().items()}

"""What watch lists say of those who are named in the declaration."""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Inputs
from features.reference.kinds import PARTIES


def gravest(inputs: Inputs) -> Floats:
    """Give the severity of the gravest list that a party, the brand or the container stands on; 0 on none."""
    one, *more = (inputs.known(f"watch_list.{party}") for party in PARTIES)
    for other in more:
        one = np.maximum(one, other)
    return one


WATCH: tuple[Feature, ...] = (
    Feature(
        "watch_severity",
        "watch_list",
        tuple(PARTIES.values()),
        "severity of the gravest watch list that one who is named stands on",
        gravest,
        unit="0 on none to 3 stop",
        direction=1,
    ),
)
"""Features of watch lists."""

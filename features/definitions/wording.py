"""The description: does it say what descriptions under the heading say?"""

from __future__ import annotations

import numpy as np

from features.definitions.feature import Feature, Floats, Inputs
from features.definitions.logarithm import LOG_UNIT

LEAST_DESCRIPTIONS = 20
"""Known descriptions of a heading below which no other is held against them."""


def fit(inputs: Inputs) -> Floats:
    """Give the mean over the letter triples of ln(how much likelier under the heading than elsewhere).

    NaN without a description, or where too few of the heading are known.
    """
    items, grams, whole = inputs.counts(("wording.items", "wording.grams", "wording.fit"))
    usable = (items >= LEAST_DESCRIPTIONS) & (grams > 0)
    return np.where(usable, whole / (LOG_UNIT * np.maximum(grams, 1)), np.nan)


_TEXT = ("description",)

WORDS: tuple[Feature, ...] = (
    Feature(
        "wording_fit",
        "wording",
        ("description", "hs_code"),
        "how well the description fits those of the heading",
        fit,
    ),
    Feature(
        "description_length",
        "wording",
        _TEXT,
        "letters of the description",
        lambda inputs: inputs.length("description"),
    ),
)
"""Features of the description."""

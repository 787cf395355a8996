"""Descriptions as letter triples, which tell in any language what goods a text speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.definitions.logarithm import LOG_UNIT
from features.distinct import distinct
from features.history.kernels import GRAMS, grams_of

Grams = NDArray[np.uint16]

PLACES = 64
"""Distinct triples of a text that are kept, the first ones: about its first ten words."""

LOG_TABLE = np.rint(LOG_UNIT * np.log(np.maximum(np.arange(65_536), 1))).astype(np.int32)
"""10,000 x ln of whole numbers."""

DOUBLINGS = np.rint(LOG_UNIT * np.log(2.0) * np.arange(64)).astype(np.int32)
"""10,000 x ln(2) times whole numbers, for what is larger than the table."""

_LONGEST = 400


def grams(texts: pl.Series) -> Grams:
    """Give the letter triples of each text, by number (n, PLACES); no triple for a missing text.

    >>> one, other, none = grams(pl.Series(["Laptop 15", "laptop, 15!", None]))
    >>> (one == other).all().item(), int((none != 65_535).sum())
    (True, 0)
    """
    wordings, places = distinct(texts)
    return np.asarray(few_grams(wordings)[places], np.uint16)


def few_grams(texts: Sequence[str | None]) -> Grams:
    """Give the same of a list of texts, none of them looked at twice."""
    encoded = [text[:_LONGEST].encode() if text else b"" for text in texts]
    bounds = np.array(list(accumulate(map(len, encoded), initial=0)))
    found = np.empty((len(texts), PLACES), np.uint16)
    text = np.frombuffer(b"".join([*encoded, b" "]), np.uint8)
    grams_of(text, bounds, np.full(GRAMS, -1, np.int64), found)
    return found

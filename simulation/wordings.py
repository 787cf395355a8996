"""Descriptions and brands, by number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.commodities import COMMODITIES
from simulation.commodity_table import BRANDS, VAGUE
from simulation.lines import Ints


@dataclass(frozen=True)
class Wordings:
    """Tables from which the texts of the frames are taken, by number; made once a world.

    >>> len(Wordings.make().phrases) == 4 * len(COMMODITIES) + 3 * len(VAGUE)
    True
    """

    phrases: pl.Series
    vague_from: int
    brands: pl.Series

    @staticmethod
    def make() -> Wordings:
        """Four wordings a commodity, then three vague ones a sector; four brands a commodity."""
        phrases = [words for commodity in COMMODITIES for words in _wordings(commodity.phrases)]
        vague = [words for sector in VAGUE.values() for words in sector]
        brands = [(list(BRANDS[c.brands]) + [None] * 4)[:4] if c.brands else [None] * 4 for c in COMMODITIES]
        flat = [brand for four in brands for brand in four]
        return Wordings(pl.Series(phrases + vague), len(phrases), pl.Series([*flat, None], dtype=pl.String))


def description(words: Ints, sector: Ints, wordings: Wordings, rng: np.random.Generator) -> pl.Series:
    """A description for each commodity whose words are used; for -1 one of the sector's vague ones."""
    count = len(words)
    wording = rng.choice(4, count, p=[0.4, 0.3, 0.18, 0.12])
    vague = wordings.vague_from + sector * 3 + rng.integers(3, size=count)
    return wordings.phrases[np.where(words < 0, vague, words * 4 + wording)]


def _wordings(phrases: str) -> list[str]:
    first, second = (part.strip() for part in phrases.split(";"))
    return [first, second, f"{first} - MODELO SURTIDO", f"{second}, VARIOS COLORES Y TALLAS"]

"""How the items of a month are numbered and dated in the frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from simulation.lines import Ints, Setting, Traffic
from simulation.traffic import OFFICES


@dataclass(frozen=True)
class Sheet:
    """Declarations and items of a month with their numbers.

    `ids` holds one text a declaration, `number` the number of each item in its declaration; `epoch_day`
    is the world's first day since 1970.
    """

    ids: pl.Series
    number: Ints
    epoch_day: int
    traffic: Traffic
    setting: Setting


def sheet(traffic: Traffic, setting: Setting, *, serial: int, year: int, epoch_day: int) -> Sheet:
    """The items numbered: office, year, regime and serial make the declaration's number."""
    numbers = pl.Series("n", np.arange(serial, serial + len(traffic.day))).cast(pl.String).str.zfill(7)
    office = pl.Series("o", OFFICES)[traffic.office]
    ids = pl.select(pl.format("{}-{}-10-{}", office, pl.lit(str(year)), numbers)).to_series()
    return Sheet(ids, traffic.item_numbers(), epoch_day, traffic, setting)

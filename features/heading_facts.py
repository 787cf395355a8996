"""What a profile store tells of every heading beside one item: words, unit values, tax, who declares it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from features.codes.hs import subheadings_2022
from features.columns import Columns
from features.definitions.logarithm import LOG_UNIT
from features.encoding import HISTOGRAM, PREFIX, WORDS, WORDS_ANYWHERE, unpack_histograms
from features.history.entities import BIN, ENTITY, LEVELS
from features.history.kernels import NO_GRAM, NOTHING, describe, fit_of
from features.history.parts import digest, hs6_of
from features.history.wording import DOUBLINGS, LOG_TABLE, few_grams
from features.lookup import GetAll


@dataclass(frozen=True)
class UnitValues:
    """Values of a kilogram of the last year: how many, quartiles, how many below the item's, and as high.

    `own` is the item's, None without one; it and the quartiles are 10,000 x ln. `lower` and `same` count by
    bins of a twentieth (`features.history.entities.BIN`).
    """

    count: int
    quarter: int
    median: int
    three_quarters: int
    lower: int
    same: int
    own: int | None


@dataclass(frozen=True)
class HeadingFacts:
    """What is known of one heading: its items, and those of the importer.

    `described` counts the items whose words are known, `fit` is the sum over the letter triples of the item's
    description of ln(how much likelier there than elsewhere). `tax_rate` is the mean, in percent.
    """

    heading: str
    items: int
    importer_items: int
    described: int
    fit: float
    tax_rate: float | None
    unit_values: UnitValues


@dataclass(frozen=True)
class Facts:
    """What is known of every heading beside one item: `grams` letter triples tell its description."""

    grams: int
    importer_items: int
    headings: tuple[HeadingFacts, ...]


def heading_facts(get_all: GetAll, columns: Columns, row: int) -> Facts:
    """Give the facts of every heading that the store has seen, beside one row.

    `get_all` reads the values that a profile store has of some keys. Headings are those of HS 2022 and the
    row's own.
    """
    code = columns["hs_code"][row]
    own = _Own(columns, row)
    headings = {code[:4]: (hs6_of(code) or "",), **_headings()} if code else _headings()
    held = get_all([*_keys(headings, own.importer)])
    anywhere = held.get(WORDS_ANYWHERE)
    found = [
        _facts(held, heading, subheadings, own, None if anywhere is None else np.frombuffer(anywhere, "<i4"))
        for heading, subheadings in headings.items()
        if PREFIX["hs4"] + digest(heading) in held
    ]
    return Facts(own.count, sum(one.importer_items for one in found), tuple(found))


class _Own:
    """What the item says for itself: the letter triples, the value of a kilogram, the importer."""

    def __init__(self, columns: Columns, row: int) -> None:
        self.grams = few_grams([columns["description"][row]])[0]
        self.count = int((self.grams != NO_GRAM).sum())
        self.importer = columns["importer_id"][row]
        cif, mass = float(columns["cif"][row]), float(columns["net_kg"][row])
        self.value = round(LOG_UNIT * math.log(cif / mass)) if cif > 0 and mass > 0 else NOTHING


def _keys(headings: Mapping[str, Sequence[str]], importer: str | None) -> list[bytes]:
    """Every key that is read, each once, in ascending order."""
    keys = [WORDS_ANYWHERE]
    for heading, subheadings in headings.items():
        one = digest(heading)
        keys += [PREFIX["hs4"] + one, WORDS + one]
        keys += [PREFIX["importer_hs4"] + digest(importer) + one] if importer else []
        keys += [HISTOGRAM["hs6"] + digest(each) for each in subheadings]
    return sorted(keys)


def _facts(
    held: Mapping[bytes, bytes],
    heading: str,
    subheadings: Sequence[str],
    own: _Own,
    anywhere: NDArray[np.int32] | None,
) -> HeadingFacts:
    key = digest(heading)
    sums = _measures("hs4", held[PREFIX["hs4"] + key])
    mine = held.get(PREFIX["importer_hs4"] + digest(own.importer) + key) if own.importer else None
    described, fit = _words(held.get(WORDS + key), own, anywhere)
    return HeadingFacts(
        heading=heading,
        items=sums["items"],
        importer_items=_measures("importer_hs4", mine)["items"] if mine else 0,
        described=described,
        fit=fit,
        tax_rate=sums["tr_sum"] / sums["tr_n"] / LOG_UNIT * 100 if sums["tr_n"] else None,
        unit_values=_unit_values(
            [held.get(HISTOGRAM["hs6"] + digest(each)) for each in subheadings], own.value
        ),
    )


def _measures(entity: str, value: bytes) -> dict[str, int]:
    return dict(zip(ENTITY[entity].measures, np.frombuffer(value, "<i8").tolist(), strict=True))


def _words(here: bytes | None, own: _Own, anywhere: NDArray[np.int32] | None) -> tuple[int, float]:
    if here is None or anywhere is None:
        return 0, 0.0
    words, said = np.frombuffer(here, "<i4"), np.zeros(2, np.int64)
    fit_of(own.grams, words, int(words[-1]), anywhere, int(anywhere[-1]), LOG_TABLE, DOUBLINGS, said)
    return int(words[-1]), int(said[1]) / LOG_UNIT


def _unit_values(values: Sequence[bytes | None], own: int) -> UnitValues:
    """Add up the histograms of subheadings, whose bins are the same; say where the own value falls."""
    parts = [unpack_histograms(value, _OF_HS6)[_YEAR] for value in values if value is not None]
    parts = [(low, cells) for low, cells in parts if len(cells)]
    if not parts:
        return UnitValues(0, 0, 0, 0, 0, 0, None if own == NOTHING else own)
    low = min(low for low, _ in parts)
    cells = np.zeros(max(each + len(counts) for each, counts in parts) - low, np.int32)
    for each, counts in parts:
        cells[each - low : each - low + len(counts)] += counts
    said = np.zeros(7, np.int64)
    describe(0, cells, 0, len(cells), low, int(cells.sum()), own, BIN, said)
    _, count, quarter, median, three_quarters, lower, same = said.tolist()
    return UnitValues(count, quarter, median, three_quarters, lower, same, None if own == NOTHING else own)


@cache
def _headings() -> Mapping[str, tuple[str, ...]]:
    """Give the subheadings of each heading of HS 2022."""
    found: dict[str, list[str]] = {}
    for code in sorted(subheadings_2022()):
        found.setdefault(code[:4], []).append(code)
    return {heading: tuple(codes) for heading, codes in found.items()}


_OF_HS6 = sum(level.entity == "hs6" for level in LEVELS)
_YEAR = [level.days for level in LEVELS if level.entity == "hs6"].index(365)

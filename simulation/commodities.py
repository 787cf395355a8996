"""The goods of the world: true HS 2022 codes; tariffs, prices and masses are made up but plausible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.commodity_table import TABLE

SECTORS: tuple[str, ...] = ("vestir", "electro", "automotor", "hogar", "cuidado", "alimento", "ferreteria")
VAT = 0.18


@dataclass(frozen=True)
class Commodity:
    """One HS6 code with its duty and excise (shares of value), and what is usual for it.

    `price` is USD FOB a kg, `piece` kg a piece, `package` net kg a package, `tare` kg of packing a kg of
    goods. `target` is the code with a lower duty under which it is declared when it is misclassified.

    >>> COMMODITIES[INDEX["610910"]].chapter
    '61'
    """

    code: str
    sector: str
    duty: int
    price: float
    piece: float
    unit: str
    package: float
    tare: float
    phrases: str
    target: str = ""
    brands: str = ""
    excise: int = 0

    @property
    def chapter(self) -> str:
        """The first two digits of the code."""
        return self.code[:2]


def _c(row: str) -> Commodity:
    code, sector, duty, price, piece, unit, package, tare, phrases, *rest = (
        part.strip() for part in row.split("|")
    )
    target, brands, excise = (*rest, "", "", "")[:3]
    numbers = float(price), float(piece), unit, float(package), float(tare)
    return Commodity(code, sector, int(duty), *numbers, phrases, target, brands, int(excise or 0))


COMMODITIES: tuple[Commodity, ...] = tuple(_c(row) for row in TABLE.strip().splitlines())
INDEX: dict[str, int] = {commodity.code: index for index, commodity in enumerate(COMMODITIES)}

SECTOR: NDArray[np.int64] = np.array([SECTORS.index(c.sector) for c in COMMODITIES])
DUTY: NDArray[np.float64] = np.array([float(c.duty) for c in COMMODITIES])
TARGET: NDArray[np.int64] = np.array([INDEX.get(c.target, -1) for c in COMMODITIES])
BRANDED: NDArray[np.bool_] = np.array([bool(c.brands) for c in COMMODITIES])
COUNTED: NDArray[np.bool_] = np.array([c.unit != "KGM" for c in COMMODITIES])
BASE: NDArray[np.float64] = np.log([c.price for c in COMMODITIES])
PIECE: NDArray[np.float64] = np.log([c.piece for c in COMMODITIES])
PACKAGE: NDArray[np.float64] = np.log([c.package for c in COMMODITIES])
TARE: NDArray[np.float64] = np.log([c.tare for c in COMMODITIES])


def tax_rates() -> NDArray[np.float64]:
    """Effective total rate in percent of cif, cascades included: (commodities, 2), second with a preference.

    >>> tax_rates()[INDEX["610910"]].tolist()
    [47.5, 18.0]
    """
    excise = 1 + np.array([c.excise for c in COMMODITIES]) / 100
    plain = (1 + DUTY / 100) * excise * (1 + VAT) - 1
    preferred = excise * (1 + VAT) - 1
    return np.round(100 * np.stack([plain, preferred], axis=1), 2)


def sector_mix() -> NDArray[np.float64]:
    """Probability of a commodity given the sector of the seller: (sectors, commodities), rows sum to 1."""
    weight = np.where(np.isin(np.arange(len(COMMODITIES)), TARGET), 0.8, 1.0)
    own = np.stack([weight * (sector == SECTOR) for sector in range(len(SECTORS))])
    mix: NDArray[np.float64] = 0.95 * own / own.sum(axis=1, keepdims=True) + 0.05 * weight / weight.sum()
    return mix


def sources() -> NDArray[np.int64]:
    """Commodities that hide under each commodity when misclassified: (commodities, most), -1 fills up."""
    found = [np.flatnonzero(index == TARGET) for index in range(len(COMMODITIES))]
    most = max(len(one) for one in found)
    return np.stack([np.pad(one, (0, most - len(one)), constant_values=-1) for one in found])


def neighbours() -> list[list[int]]:
    """Commodities taken for one another in good faith: the sources and the target of each."""
    return [
        [*np.flatnonzero(index == TARGET).tolist(), *([int(target)] if target >= 0 else [])]
        for index, target in enumerate(TARGET)
    ]

"""Countries of the world: price levels, sea and air routes, and a made-up list of trade agreements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.commodities import SECTORS


@dataclass(frozen=True)
class Country:
    """A country that sells or ships.

    `price` is the log price level of what is made there; `partner` has an agreement, with its
    `preference` code; a `hub` re-exports what others make; `freight` is USD a gross kg by sea.

    >>> [country.code for country in COUNTRIES if country.hub]
    ['HK', 'PA', 'AE']
    """

    code: str
    price: float
    currency: str
    freight: float
    preference: str = ""
    hub: bool = False
    road: bool = False

    @property
    def partner(self) -> bool:
        """True if goods that originate there enter without duty on claim."""
        return bool(self.preference)


COUNTRIES: tuple[Country, ...] = (
    Country("CN", -0.25, "CNY", 0.28),
    Country("VN", -0.20, "USD", 0.30),
    Country("IN", -0.25, "INR", 0.32),
    Country("BD", -0.32, "USD", 0.33),
    Country("ID", -0.20, "USD", 0.31),
    Country("TR", -0.05, "TRY", 0.30),
    Country("TW", 0.00, "USD", 0.28),
    Country("TH", -0.10, "THB", 0.30),
    Country("JP", 0.28, "JPY", 0.30),
    Country("HK", -0.15, "HKD", 0.29, hub=True),
    Country("PA", -0.05, "USD", 0.18, hub=True),
    Country("AE", -0.08, "AED", 0.33, hub=True),
    Country("US", 0.18, "USD", 0.20, "US"),
    Country("MX", 0.10, "MXN", 0.18, "MX"),
    Country("BR", 0.08, "BRL", 0.17, "BR"),
    Country("CO", 0.10, "USD", 0.13, "CAN"),
    Country("EC", 0.08, "USD", 0.11, "CAN", road=True),
    Country("CL", 0.10, "USD", 0.10, "CL", road=True),
    Country("KR", 0.18, "KRW", 0.29, "KR"),
    Country("DE", 0.30, "EUR", 0.26, "EU"),
    Country("IT", 0.32, "EUR", 0.27, "EU"),
    Country("ES", 0.18, "EUR", 0.25, "EU"),
)
CODES: tuple[str, ...] = tuple(country.code for country in COUNTRIES)
PARTNER: NDArray[np.bool_] = np.array([country.partner for country in COUNTRIES])
HUB: NDArray[np.bool_] = np.array([country.hub for country in COUNTRIES])
ROAD: NDArray[np.bool_] = np.array([country.road for country in COUNTRIES])
LEVEL: NDArray[np.float64] = np.array([country.price for country in COUNTRIES])
FREIGHT: NDArray[np.float64] = np.log([country.freight for country in COUNTRIES])

STRAY = 0.18
"""Share of goods made elsewhere than in the seller's country."""

_MAKERS = """
vestir     CN 40 VN 10 IN 9 BD 9 ID 4 TR 4 CO 7 BR 3 EC 2 IT 3 ES 3 PA 4 HK 3 US 3 MX 3
electro    CN 48 VN 7 TW 7 KR 6 JP 4 MX 6 US 8 HK 7 TH 3 AE 2 DE 2 PA 2
automotor  CN 34 JP 9 KR 9 TH 6 IN 6 BR 8 US 9 DE 5 MX 5 TR 3 AE 3 CO 2
hogar      CN 56 IN 6 VN 4 TR 3 BR 6 CO 5 MX 4 US 4 EC 3 ES 3 PA 4 ID 2
cuidado    CN 18 US 14 CO 11 MX 10 BR 8 DE 6 ES 6 IT 5 KR 5 IN 8 PA 6 AE 3 TR 3
alimento   CL 15 EC 12 CO 12 BR 10 US 11 MX 6 ES 6 IT 5 TH 7 CN 7 DE 3 ID 3 VN 3
ferreteria CN 46 US 9 BR 7 DE 5 IT 5 IN 6 TW 6 TR 4 CO 4 MX 4 JP 3 KR 3
"""
"""Countries where the sellers of a sector sit, and how many of them."""
_CLAIMED: dict[str, float] = {"MX": 0.25, "CO": 0.25, "BR": 0.15, "EC": 0.15, "KR": 0.12, "US": 0.08}


def sellers_mix() -> NDArray[np.float64]:
    """Probability of a seller's country given the sector: (sectors, countries)."""
    table = np.zeros((len(SECTORS), len(CODES)))
    for sector, *pairs in (line.split() for line in _MAKERS.strip().splitlines()):
        for code, count in zip(pairs[::2], pairs[1::2], strict=True):
            table[SECTORS.index(sector), CODES.index(code)] = float(count)
    mix: NDArray[np.float64] = table / table.sum(axis=1, keepdims=True)
    return mix


def origin_mix() -> NDArray[np.float64]:
    """Probability of the true origin given sector and the seller's country: (sectors, sellers, origins).

    A seller sells what is made at home but for a stray part, which comes from many places; a seller at a
    hub mostly what others make.
    """
    makers = np.sqrt(sellers_mix() * ~HUB)
    makers = makers / makers.sum(axis=1, keepdims=True) * 0.92 + 0.08 / len(CODES)
    stray = np.where(HUB, 0.95, STRAY)[None, :, None]
    mix: NDArray[np.float64] = stray * makers[:, None, :] + (1 - stray) * np.eye(len(CODES))[None]
    return mix


def claim_mix() -> NDArray[np.float64]:
    """Probability of the origin falsely claimed given the seller's country: (sellers, partners claimed).

    A seller in a partner country mostly claims its own.
    """
    habit = np.array([_CLAIMED.get(code, 0.0) for code in CODES])
    habit = habit / habit.sum()
    own = np.eye(len(CODES)) * PARTNER[:, None]
    mix: NDArray[np.float64] = np.where(PARTNER[:, None], 0.75 * own + 0.25 * habit, habit)
    return mix

"""The papers of a consignment: rounded masses, money and taxes that agree with one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.commodities import COMMODITIES
from simulation.fraud import RATE
from simulation.lines import Declared, Floats, Ints, Truth

_UNIT_KGM = np.array([c.unit == "KGM" for c in COMMODITIES])


@dataclass(frozen=True)
class Papers:
    """Declared figures of each item, rounded as on paper; money in USD."""

    net: Floats
    gross: Floats
    packages: Floats
    quantity: Floats
    fob: Floats
    freight: Floats
    insurance: Floats
    adjustment: Floats
    cif: Floats
    rate: Floats
    taxes: Floats


@dataclass(frozen=True)
class Verity:
    """What a faultless inspection would establish, and the tax shortfall."""

    cif: Floats
    quantity: Floats
    shortfall: Floats


def papers(declared: Declared, rng: np.random.Generator) -> Papers:
    """The figures of what is declared: cif is the sum of its parts, taxes are rate × cif."""
    count = len(declared.good)
    net = np.maximum(np.round(np.exp(declared.mass), 3), 0.01)
    gross = np.maximum(np.round(net * declared.gross, 3), net)
    fob = np.maximum(np.round(np.exp(declared.value + declared.mass), 2), 0.01)
    freight = np.maximum(np.round(np.exp(declared.freight) * gross, 2), 0.01)
    insurance = np.maximum(np.round(rng.uniform(0.002, 0.01, count) * fob, 2), 0.01)
    adjustment = np.where(rng.random(count) < 0.03, np.round(rng.uniform(0.01, 0.08, count) * fob, 2), 0.0)
    cif = np.round(fob + freight + insurance + adjustment, 2)
    rate = RATE[declared.good, declared.claim.astype(int)]
    return Papers(
        net=net,
        gross=gross,
        packages=np.maximum(np.round(net / np.exp(declared.package)), 1.0),
        quantity=np.where(
            _UNIT_KGM[declared.good], net, np.maximum(np.round(net / np.exp(declared.piece)), 1.0)
        ),
        fob=fob,
        freight=freight,
        insurance=insurance,
        adjustment=adjustment,
        cif=cif,
        rate=rate,
        taxes=np.round(cif * rate / 100, 2),
    )


def verity(declared: Declared, truth: Truth, papers: Papers) -> Verity:
    """True value and quantity; the shortfall is the tax on the truth less the tax declared."""
    cif = np.round(papers.cif + papers.fob * (np.exp(truth.understated) / truth.kept - 1), 2)
    claim = declared.claim & (truth.origin == declared.origin)
    due = cif * RATE[truth.good, claim.astype(int)] / 100
    return Verity(
        cif=cif,
        quantity=np.round(papers.quantity / truth.kept, 3),
        shortfall=np.round(due - papers.cif * papers.rate / 100, 2),
    )


def shifted_freight(papers: Papers, rows: Ints, rng: np.random.Generator) -> Papers:
    """The papers of some rows as amended: the freight was higher, and all that follows from it."""
    part = {name: getattr(papers, name)[rows] for name in Papers.__dataclass_fields__}
    part["freight"] = np.round(part["freight"] * rng.uniform(1.05, 1.4, len(rows)), 2)
    part["cif"] = np.round(part["fob"] + part["freight"] + part["insurance"] + part["adjustment"], 2)
    part["taxes"] = np.round(part["cif"] * part["rate"] / 100, 2)
    return Papers(**part)

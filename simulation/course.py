"""What one month of the world hands to the next."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from simulation import inspectors, records, traffic
from simulation.beliefs import Learner
from simulation.lines import Floats, Ints
from simulation.parties import Parties, populate
from simulation.propensities import States, first_states
from simulation.settings import WorldSettings
from simulation.wordings import Wordings


@dataclass
class Course:
    """What one month hands to the next."""

    settings: WorldSettings
    parties: Parties
    states: States
    custom: inspectors.Custom
    learner: Learner
    fx: Floats
    index: Floats
    counts: Ints
    firsts: Ints
    wordings: Wordings
    seeds: list[np.random.SeedSequence]
    findings: list[tuple[Ints, Floats]] = field(default_factory=list)
    known_findings: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    held: pl.DataFrame | None = None


def begin(settings: WorldSettings) -> Course:
    """The world before its first month."""
    people, trade, custom, *seeds = np.random.SeedSequence(settings.seed).spawn(settings.months + 3)
    parties = populate(settings, np.random.default_rng(people))
    rng = np.random.default_rng(trade)
    return Course(
        settings=settings,
        parties=parties,
        states=first_states(parties, np.random.default_rng(people.spawn(1)[0])),
        custom=inspectors.habits(np.random.default_rng(custom)),
        learner=Learner(parties, settings.mechanisms.drift),
        fx=records.currency_rates(settings.months, rng),
        index=np.cumsum(rng.normal(0.001, 0.008, settings.months)),
        counts=traffic.spread(settings.declarations, settings.months, settings.start.month, rng),
        firsts=traffic.first_days(settings.start, settings.months),
        wordings=Wordings.make(),
        seeds=seeds,
        known_findings=np.zeros(len(parties.importer_ids), dtype=np.int64),
    )

"""Worlds whose labels are a coin, independent of everything: there is no skill to be had."""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path

import numpy as np

from customs.evidence import EvaluationReport
from features.lake import Lake
from simulation.settings import WorldSettings
from simulation.world import simulate
from tests.evidence.proof import Proof
from tests.world_lake import world_lake
from training.backtest import backtest
from training.choice import Studies
from training.gate import gate
from training.lakes import FrameLake
from training.periods import Periods
from training.settings import TrainingSettings

_TEST_FROM = date(2024, 9, 1)
_SETTINGS = TrainingSettings(
    trials=2, value_trials=1, rounds=60, patience=10, threads=1, population_rows=4_000
)


def report_of(world: WorldSettings) -> EvaluationReport:
    """Give the evaluation of a model that learnt from the first eight months of a world of twelve."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake = _lake(world, folder)
        train = FrameLake((lake.items(until=_TEST_FROM),), (lake.outcomes(),))
        test = FrameLake((lake.items(since=_TEST_FROM),), (lake.outcomes(),))
        studies = Studies(str(folder / "studies.log"), "proof", time.monotonic)
        report = backtest(Periods(train, test), _SETTINGS, studies).report
    if report is None or report.skill is None:
        raise ValueError("the evaluation makes no statement on skill")
    return report


def _lake(settings: WorldSettings, folder: Path) -> Lake:
    simulate(settings).write(folder)
    return world_lake(folder)


def _claims_skill(case: int) -> str | None:
    world = WorldSettings(declarations=4_000, months=12, legacy_share=0.4, seed=case, null_world=True)
    report = report_of(world)
    skill = report.skill
    if skill is None or np.isnan(skill.lift) or np.isnan(skill.bound):
        return f"no lift could be measured: {skill}"
    if skill.holds:
        return f"skill is claimed: lift {skill.lift:.2f}, bound {skill.bound:.2f}"
    return "the gate let the model through" if gate(report, None, _SETTINGS).accepted else None


PROOF = Proof(
    name="null-worlds",
    statement="Where labels are independent of everything, the platform claims no skill, and its gate "
    "refuses the model.",
    count=100,
    small=1,
    run=_claims_skill,
)

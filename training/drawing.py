"""What a trial draws, and when a poor one is cut short: by the trials before it, and by nothing else.

Optuna draws and prunes by a study in memory that holds just those trials. So a trial can be judged by any
process, and what it is does not depend on who was quicker.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import MedianPruner
from optuna.samplers import BaseSampler, PartialFixedSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState, create_trial

from training.trial import Attempt, Dimension, Infeasible, Objective, Plan, Pruned, Steps, Task, Trial

_RANDOM_TRIALS = 6
_UNPRUNED_TRIALS = 4


def drawn(
    plan: Plan, starts: Sequence[Mapping[str, float]], before: Sequence[Trial], number: int
) -> dict[str, float]:
    """Give the parameters of the trial of a number, drawn by the trials before it.

    The first ones are fixed: the plan's own, then `starts`.
    """
    ranges = distributions(plan.space)
    study = _in_memory([_told(trial, ranges) for trial in before], sampler=_sampler(plan, starts, number))
    return dict(study.ask(ranges).params)


def judged(objective: Objective, task: Task) -> Trial:
    """Give the trial that a task becomes: judged to the end, cut short, or found infeasible."""
    steps: dict[int, float] = {}
    watch = _Watch(task.before, task.warm_up) if task.warm_up is not None else None

    def report(step: int, value: float) -> None:
        if task.seed:
            return
        steps[step] = value
        if watch and watch.is_poor(step, value):
            raise Pruned

    value, pruned, infeasible = float("nan"), False, ""
    notes: Mapping[str, float] = {}
    try:
        value, notes = objective(Attempt(task.number, task.parameters, report, task.seed))
    except Pruned:
        pruned = True
    except Infeasible as broken:
        infeasible = str(broken)
    value = next(reversed(steps.values()), value) if pruned or infeasible else value
    return Trial(task.number, task.parameters, value, pruned, steps, dict(notes), infeasible)


def distributions(space: Mapping[str, Dimension]) -> dict[str, BaseDistribution]:
    """Give the ranges as Optuna has them."""
    return {
        name: IntDistribution(int(one.low), int(one.high), log=one.log)
        if one.integer
        else FloatDistribution(one.low, one.high, log=one.log)
        for name, one in space.items()
    }


class _Watch:
    """Holds the reports of one trial against those of complete trials before it."""

    def __init__(self, before: Sequence[Steps], warm_up: int) -> None:
        pruner = MedianPruner(n_startup_trials=_UNPRUNED_TRIALS, n_warmup_steps=warm_up)
        held = [create_trial(value=0.0, intermediate_values=dict(steps)) for steps in before]
        self._trial = _in_memory(held, pruner=pruner).ask()

    def is_poor(self, step: int, value: float) -> bool:
        self._trial.report(value, step)
        return self._trial.should_prune()


def _in_memory(trials: Sequence[FrozenTrial], **how: Any) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", **how)
    study.add_trials(trials)
    return study


def _sampler(plan: Plan, starts: Sequence[Mapping[str, float]], number: int) -> BaseSampler:
    state = int(np.random.SeedSequence([plan.seed, number]).generate_state(1)[0])
    drawing = TPESampler(seed=state, n_startup_trials=_RANDOM_TRIALS, constant_liar=False)
    fixed = [plan.first, *starts]
    if number >= len(fixed):
        return drawing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return PartialFixedSampler(dict(fixed[number]), drawing)


def _told(trial: Trial, ranges: Mapping[str, BaseDistribution]) -> FrozenTrial:
    """The trial as Optuna has it; what broke a bound counts there as pruned."""
    return create_trial(
        state=TrialState.COMPLETE if trial.complete else TrialState.PRUNED,
        value=trial.value if trial.complete or trial.steps else None,
        params=dict(trial.parameters),
        distributions=dict(ranges),
        intermediate_values=dict(trial.steps),
    )

"""What our study costs over the same trials by bare Optuna and LightGBM: seconds of the processor.

Each side searches the same space on the same forward windows with the same seeds, pruning at iterations, on a
journal file; the trials that the study tried are tried again by the bare loop. Both are run in turn,
`REPEATS` times, and the least of each counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import lightgbm
import numpy as np
import optuna
from optuna.storages.journal import JournalFileBackend, JournalStorage

from benchmarks.learning_world import LearningWorld
from benchmarks.shown import Kept, number
from simulation.settings import WorldSettings
from training.risk_model import FIRST, SPACE
from training.risk_objective import risk_objective
from training.settings import TrainingSettings
from training.study import search
from training.trial import Plan, Search

TRIALS = 8
REPEATS = 2
DECLARATIONS = 10_000
SEED = 11


def run(
    worlds: WorldSettings | None = None, trials: int = TRIALS, repeats: int = REPEATS
) -> dict[str, object]:
    """Give seconds of the processor of both, and our seconds over the bare ones, less one."""
    settings = TrainingSettings(trials=trials)
    world = LearningWorld.of(
        (worlds or WorldSettings(declarations=DECLARATIONS)).model_copy(update={"seed": SEED}), settings
    )
    ours, bare = [], []
    for _ in range(repeats):
        with TemporaryDirectory(prefix="tamiz-overhead-") as folder:
            seconds, found = _timed(lambda: _study(world, settings, Path(folder)))
            ours.append(seconds)
            bare.append(_timed(lambda: _bare(world, settings, found, Path(folder)))[0])  # noqa: B023
    return _told(found, ours, bare)


def _told(found: Search, ours: Sequence[float], bare: Sequence[float]) -> Kept:
    return {
        "trials": len(found.trials),
        "pruned": sum(trial.pruned for trial in found.trials),
        "seconds of the study": number(min(ours)),
        "seconds of the bare loop": number(min(bare)),
        "overhead": number(min(ours) / min(bare) - 1),
    }


def _timed(work: Callable[[], Search | None]) -> tuple[float, Search]:
    started = time.process_time()
    found = work()
    return time.process_time() - started, found  # type: ignore[return-value]


def _study(world: LearningWorld, settings: TrainingSettings, folder: Path) -> Search:
    plan = Plan(
        "ours", SPACE, FIRST, settings.trials, settings.seed, str(folder / "ours.log"), time.monotonic,
        steps=settings.rounds * settings.forward_windows,
    )  # fmt: skip
    return search(plan, risk_objective(world.labels(), world.split, settings))


def _bare(world: LearningWorld, settings: TrainingSettings, found: Search, folder: Path) -> None:
    """The same trials, each asked for and told, with its reports, as Optuna's documentation has it."""
    storage = JournalStorage(JournalFileBackend(str(folder / "bare.log")))
    pruner = optuna.pruners.MedianPruner(
        n_startup_trials=4, n_warmup_steps=settings.rounds * settings.forward_windows // 10
    )
    study = optuna.create_study(
        storage=storage, direction="maximize", pruner=pruner, sampler=optuna.samplers.TPESampler(seed=1)
    )
    tables = _tables(world, settings)
    for tried in found.trials:
        study.enqueue_trial(dict(tried.parameters))
        trial = study.ask()
        _ask(trial)
        try:
            study.tell(trial, _value(trial, tried.parameters, tables, settings))
        except optuna.TrialPruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)


Tables = Sequence[tuple[lightgbm.Dataset, lightgbm.Dataset]]


def _tables(world: LearningWorld, settings: TrainingSettings) -> Tables:
    data = world.labels()
    categorical = [list(data.names).index(name) for name in data.categorical]
    fixed = {"max_bin": settings.max_bin, "feature_pre_filter": False, "verbosity": -1}
    made = []
    for window in world.split.windows:
        learn = lightgbm.Dataset(
            data.matrix[window.train], data.label[window.train], categorical_feature=categorical, params=fixed
        ).construct()
        judge = lightgbm.Dataset(
            data.matrix[window.judge],
            data.label[window.judge],
            reference=learn,
            categorical_feature=categorical,
            params=fixed,
        ).construct()
        made.append((learn, judge))
    return made


def _ask(trial: optuna.Trial) -> None:
    for name, one in SPACE.items():
        if one.integer:
            trial.suggest_int(name, int(one.low), int(one.high), log=one.log)
        else:
            trial.suggest_float(name, one.low, one.high, log=one.log)


def _value(
    trial: optuna.Trial, parameters: Mapping[str, float], tables: Tables, settings: TrainingSettings
) -> float:
    scores: list[float] = []
    for number_of, (learn, judge) in enumerate(tables):

        def report(env: lightgbm.callback.CallbackEnv, offset: int = number_of * settings.rounds) -> None:
            if (env.iteration + 1) % settings.report_every == 0:
                score = -env.evaluation_result_list[0][2]
                trial.report(float(np.mean([*scores, score])), offset + env.iteration + 1)
                if trial.should_prune():
                    raise optuna.TrialPruned

        booster = lightgbm.train(
            {
                "objective": "binary", "deterministic": True, "force_row_wise": True, "verbosity": -1,
                "num_threads": 1, "seed": settings.seed, "bagging_freq": 1, "max_bin": settings.max_bin,
                "feature_pre_filter": False, "metric": "binary_logloss", **parameters,
            },
            learn,
            settings.rounds,
            valid_sets=[judge],
            callbacks=[lightgbm.early_stopping(settings.patience, verbose=False), report],
        )  # fmt: skip
        scores.append(-booster.best_score["valid_0"]["binary_logloss"])
    return float(np.mean(scores))

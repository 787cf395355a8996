"""What a study is asked and what it tells: plans, attempts, trials, and what was found; no vendor's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

Progress = Callable[[str, int, int], None]
Steps = Mapping[int, float]
"""What a trial reported on its way, by step."""


def silent(_label: str, _done: int, _total: int) -> None:
    """Show no progress."""


class Pruned(Exception):  # noqa: N818 -- a signal from the pruner through the objective, not an error
    """The trial being judged is poor and is cut short."""


class Infeasible(Exception):  # noqa: N818 -- a signal from the objective, not an error
    """The trial breaks a bound that models must keep; the message says which."""


@dataclass(frozen=True)
class Dimension:
    """The range of one parameter."""

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def within(self, value: float) -> float:
        """Give the value, or the end of the range that it lies beyond.

        >>> Dimension(4, 63, integer=True).within(64.0)
        63
        """
        kept = min(max(value, self.low), self.high)
        return round(kept) if self.integer else kept


@dataclass(frozen=True)
class Attempt:
    """A trial about to be judged; `report(step, value)` raises Pruned when it is not worth going on.

    `seed` is 0, and higher when a leading trial is judged again: chance is to be another then.
    """

    number: int
    parameters: Mapping[str, float]
    report: Callable[[int, float], None]
    seed: int = 0


@dataclass(frozen=True)
class Task:
    """A trial for whoever is free: `before` are reports of complete trials that it is held against.

    Nothing is pruned in its first `warm_up` steps; None: at no step. `seed` is as in an attempt.
    """

    number: int
    parameters: Mapping[str, float]
    seed: int = 0
    warm_up: int | None = None
    before: tuple[Steps, ...] = ()


@dataclass(frozen=True)
class Trial:
    """A finished trial: `value` is what was judged (the last report of a pruned one), `steps` its reports.

    `number` is its place in the study, from 0. `infeasible` says which bound it broke, if any; then it is
    never the best.
    """

    number: int
    parameters: Mapping[str, float]
    value: float
    pruned: bool
    steps: Steps
    notes: Mapping[str, float]
    infeasible: str = ""

    @property
    def complete(self) -> bool:
        """Whether it was judged to the end, within all bounds."""
        return not self.pruned and not self.infeasible

    def with_more(self, judged: Sequence[Trial]) -> Trial:
        """Give the trial with value and notes averaged over itself and further judgements of it.

        >>> one = Trial(0, {}, 1.0, False, {}, {"rounds": 10.0})
        >>> one.with_more([Trial(0, {}, 3.0, False, {}, {"rounds": 20.0})]).notes
        {'rounds': 15.0}
        """
        every = (self, *judged)
        notes = {name: fmean(one.notes[name] for one in every) for name in self.notes}
        return replace(self, value=fmean(one.value for one in every), notes=notes)


@dataclass(frozen=True)
class Search:
    """What a study found: the best trial, all finished ones, and whether it was interrupted.

    `starts` names the earlier studies whose best parameters were tried first.
    """

    name: str
    best: Trial
    trials: tuple[Trial, ...]
    interrupted: bool
    starts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What to search and how long: `trials` finished ones, none started `timeout` seconds after the start.

    `storage` is a storage URL or the path of a journal file. `fingerprint` names the data and settings: a
    study is resumed only on the same. Of finished studies of the same `family` in the storage the newest
    `warm_starts` lend their best parameters. The `finalists` best trials are judged on `further_seeds` more
    seeds before the best is named.

    `workers` processes judge (one: this process), or those of the Dask cluster at the address `scheduler`.
    A trial draws by those that are `at_once` places before it or more; None: as many as judge here when the
    study begins, and four at least behind a URL.
    """

    name: str
    space: Mapping[str, Dimension]
    first: Mapping[str, float]
    trials: int
    seed: int
    storage: str
    clock: Callable[[], float]
    timeout: float | None = None
    resume: bool = False
    pruner: str = "median"
    steps: int = 100  # reports a trial may make at most, in the unit of its steps
    fingerprint: str = ""
    family: str = ""
    warm_starts: int = 0
    finalists: int = 1
    further_seeds: int = 0
    workers: int = 1
    scheduler: str = ""
    at_once: int | None = None
    progress: Progress = field(default=silent)


Objective = Callable[[Attempt], tuple[float, Mapping[str, float]]]

"""One month of the world after another: trade, irregularities, inspections, beliefs, frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from simulation import inspectors, traffic
from simulation.beliefs import evidence
from simulation.columns import instant
from simulation.course import Course
from simulation.densities import Densities, Knowledge
from simulation.drivers import by_item, drivers, states_by_item
from simulation.fraud import MECHANISMS, NUMBER, commit
from simulation.goods import declare, true_goods, usual_price
from simulation.inspectors import Inspections, detection
from simulation.likelihood import explain
from simulation.lines import Declared, Flags, Floats, Ints, Setting, Traffic, Truth
from simulation.oracle import Posterior, posterior
from simulation.outcome_records import outcomes_frame
from simulation.papers import Papers, Verity, papers, verity
from simulation.parties import SIZE
from simulation.propensities import next_states
from simulation.records import Fixed, items_frame
from simulation.sheet import sheet
from simulation.truth import truth_frame

COIN_REVENUE = (6.0, 1.2)
"""Mean and spread of the log shortfall in a null world."""
_COIN = tuple(
    NUMBER[name]
    for name in ("undervaluation", "quantity", "misclassification", "false_origin", "counterfeit")
)


@dataclass(frozen=True)
class Frames:
    """The frames of one month."""

    items: pl.DataFrame
    outcomes: pl.DataFrame
    truth: pl.DataFrame


def live(course: Course, month: int) -> Frames:
    """The frames of a month, which moves the course on; months are lived in their order."""
    chance = [np.random.default_rng(seed) for seed in course.seeds[month].spawn(4)]
    _turn(course, month, chance[0])
    scene = _scene(course, month, chance)
    inspections = _inspections(course, scene, chance[3])
    verdict = _verdict(course, scene, inspections, chance[3])
    informed, platform = _posteriors(course, scene, inspections, verdict)
    return _frames(course, scene, inspections, verdict, (informed, platform))


@dataclass(frozen=True)
class _Scene:
    """What happened in a month: trade, what was declared, and what is true."""

    month: int
    first: int
    flow: Traffic
    setting: Setting
    party: dict[str, Ints]
    bad: dict[str, Flags]
    declared: Declared
    truth: Truth
    papers: Papers
    verity: Verity


@dataclass(frozen=True)
class _Verdict:
    """By item: the number of the irregularity (0 none), of what an opening would find, of what was found.

    `detected` is the probability that the inspection made would find each mechanism: (mechanisms, n).
    """

    wrong: Ints
    would: Ints
    found: Ints
    shortfall: Floats
    detected: Floats


def _turn(course: Course, month: int, rng: np.random.Generator) -> None:
    """Parties turn good or bad from month to month, offices change their habits by the quarter."""
    if month:
        course.states = next_states(course.states, course.parties, course.settings.mechanisms.drift, rng)
    if month and month % 3 == 0:
        course.custom = inspectors.changed(course.custom, rng)


def _scene(course: Course, month: int, chance: list[np.random.Generator]) -> _Scene:
    parties, settings = course.parties, course.settings
    first, until = int(course.firsts[month]), int(course.firsts[month + 1])
    flow = traffic.traffic(int(course.counts[month]), parties, (first, until), chance[1])
    setting = traffic.setting(flow, parties, float(course.index[month]))
    party, count = drivers(setting), len(setting.seller)
    bad = states_by_item(course.states, party, count)
    good, origin = true_goods(setting, chance[1])
    mechanism = np.zeros(count, dtype=np.int64)
    if not settings.null_world:
        mechanism = commit((good, origin), setting, bad, settings.mechanisms, chance[2])
    grade, size = parties.grade[setting.seller], parties.size[setting.importer]
    declared, truth = declare((mechanism, good, origin), grade, size, setting, chance[2])
    paper = papers(declared, chance[2])
    return _Scene(
        month, first, flow, setting, party, bad, declared, truth, paper, verity(declared, truth, paper)
    )  # fmt: skip


def _inspections(course: Course, scene: _Scene, rng: np.random.Generator) -> Inspections:
    """This month's inspections: the old rules know the findings that were known before it."""
    known = [(importer, day < scene.first) for importer, day in course.findings]
    for importer, told in known:
        course.known_findings += np.bincount(importer[told], minlength=len(course.known_findings))
    course.findings = [
        (importer[~told], day[~told])
        for (importer, day), (_, told) in zip(course.findings, known, strict=True)
    ][-4:]
    files = inspectors.Known(course.settings, course.custom, course.parties.aeo, course.known_findings)
    return inspectors.inspect(scene.flow, scene.setting, scene.declared, files, rng)


def _verdict(course: Course, scene: _Scene, inspections: Inspections, rng: np.random.Generator) -> _Verdict:
    """What is irregular and what is found of it: one luck an item, so who looks better finds no less."""
    setting, settings = scene.setting, course.settings
    count = len(setting.seller)
    wrong, shortfall = scene.truth.mechanism, scene.verity.shortfall
    if settings.null_world:
        wrong = np.where(rng.random(count) < settings.null_rate, rng.choice(_COIN, count), 0)
        shortfall = np.where(wrong > 0, np.round(rng.lognormal(*COIN_REVENUE, count), 2), 0.0)
    luck, each = rng.random(count), np.arange(count)
    detected = detection(inspections.opened[setting.declaration], settings.miss_rate)
    ideal = detection(np.ones(count, dtype=bool), settings.miss_rate)
    care = course.custom.care[setting.office, inspections.officer[setting.declaration]]
    if settings.null_world:
        detected, ideal = (np.full_like(one, 1 - settings.miss_rate) for one in (detected, ideal))
        care = np.ones(count)
    missed = np.minimum((1 - detected[wrong, each]) * care, 0.97)
    inspected = inspections.reason[setting.declaration] > 0
    found = np.where(inspected & (luck >= missed), wrong, 0)
    importer = setting.importer[found > 0]
    course.findings.append((importer, inspections.known[setting.declaration][found > 0]))
    return _Verdict(wrong, np.where(luck >= 1 - ideal[wrong, each], wrong, 0), found, shortfall, detected)


def _posteriors(
    course: Course, scene: _Scene, inspections: Inspections, verdict: _Verdict
) -> tuple[Posterior, Posterior]:
    """Posterior of the one who knows the parties' states, and of the one who sees what the platform could."""
    if course.settings.null_world:
        coin = _coin(course.settings.null_rate, len(scene.setting.seller))
        return coin, coin
    setting, parties, strength = scene.setting, course.parties, course.settings.mechanisms
    count = len(setting.seller)
    nil = np.zeros(count)
    told = Knowledge(parties.grade[setting.seller], nil, parties.size[setting.importer], nil)
    states = {name: flags.astype(np.float64) for name, flags in scene.bad.items()}
    of = Densities(scene.declared, setting, told)
    informed = posterior(explain(of, scene.papers, strength), states)
    grade, variance = course.learner.grades()
    guessed = Knowledge(grade[setting.seller], variance[setting.seller], nil, np.full(count, SIZE**2))
    beliefs = by_item(course.learner.beliefs(scene.first), scene.party, count)
    explanation = explain(replace(of, known=guessed), scene.papers, strength)
    platform = posterior(explanation, beliefs)
    row = setting.declaration
    inspected = inspections.reason[row] > 0
    finding = np.where(inspected, verdict.found, -1)
    known = np.where(inspected, inspections.known[row], np.inf)
    told_by = evidence(
        explanation, beliefs, scene.party, finding=finding, detected=verdict.detected, known_day=known
    )
    course.learner.observe(told_by, setting, _left(scene), platform.probability[0])
    return informed, platform


def _left(scene: _Scene) -> Floats:
    """Log price above what is usual for the declared goods."""
    declared = scene.declared
    left: Floats = declared.value - usual_price(
        declared.good, declared.origin, declared.brand, declared.mass, scene.setting
    )
    return left


def _coin(rate: float, count: int) -> Posterior:
    probability = np.zeros((len(MECHANISMS), count))
    probability[0], probability[1] = 1 - rate, rate
    mean = rate * np.exp(COIN_REVENUE[0] + COIN_REVENUE[1] ** 2 / 2)
    return Posterior(probability, np.full(count, mean))


def _frames(
    course: Course,
    scene: _Scene,
    inspections: Inspections,
    verdict: _Verdict,
    oracles: tuple[Posterior, Posterior],
) -> Frames:
    """Frames of the month."""
    settings, month = course.settings, scene.month
    epoch_day = settings.start.toordinal() - date(1970, 1, 1).toordinal()
    year = date.fromordinal(settings.start.toordinal() + scene.first).year
    serial = 1 + int(course.counts[:month].sum())
    numbered = sheet(scene.flow, scene.setting, serial=serial, year=year, epoch_day=epoch_day)
    fixed = Fixed(course.parties, course.fx[month], course.wordings)
    rng = np.random.default_rng(course.seeds[month].spawn(1)[0])
    items = items_frame(numbered, scene.declared, scene.papers, fixed, rng)
    true = scene.truth, replace(scene.verity, shortfall=verdict.shortfall)
    names = [
        one.name if number == 0 or not settings.null_world else "coin"
        for number, one in enumerate(MECHANISMS)
    ]
    return Frames(
        items=_held_back(course, items, instant(epoch_day, course.firsts[[month + 1]].astype(float))[0]),
        outcomes=outcomes_frame(numbered, inspections, verdict.found, true, settings.random_share),
        truth=truth_frame(numbered, true, (verdict.wrong, verdict.would), oracles, names),
    )


def _held_back(course: Course, items: pl.DataFrame, end: int) -> pl.DataFrame:
    """The items in order of time; amendments that come after the month wait for the one they fall in."""
    items = items if course.held is None else pl.concat([items, course.held])
    later = pl.col("accepted_at") >= pl.lit(int(end)).cast(pl.Datetime("us", "UTC"))
    course.held = items.filter(later)
    return items.filter(~later).sort("accepted_at", "declaration_id", "version", "item_no")

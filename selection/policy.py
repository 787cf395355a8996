"""The policy: rules first, then the model within its capacity; and apart from both, the random draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from customs.decision import ItemScore, Selection
from customs.lane import Lane
from customs.outcome import SelectionReason
from selection.capacity import Place, QuotaStore, Take, Thresholds
from selection.facts import DeclarationFacts
from selection.lanes import declaration_score
from selection.rules import RuleBook, Verdict
from selection.settings import DailyLimits, SelectionSettings


@dataclass(frozen=True)
class Choice:
    """A selection and all that it was made from, so that it can be made again.

    `score` and `thresholds` are None where there was no model; `takes` are the quota's answers in order;
    `matched` names every rule that matched.
    """

    selection: Selection
    score: float | None
    thresholds: Thresholds | None
    takes: tuple[Take, ...]
    matched: tuple[str, ...]


def select(
    declaration: DeclarationFacts,
    scores: Sequence[ItemScore] | None,
    *,
    rules: RuleBook,
    thresholds: Thresholds | None,
    quota: QuotaStore,
    draw: float,
    settings: SelectionSettings,
    released: float = 1.0,
) -> Choice:
    """The lane of a declaration, why, and the probabilities with which it would be inspected.

    Rules and model decide first: given the facts, the scores and the quotas as they stand, what they inspect
    they inspect for certain. Then the draw (uniform in [0, 1), independent of everything) sends
    the declaration to red with the random share, whatever the rest decided and whatever the quotas say. So,
    given the past, p_physical is 1 in the red lane of rules or model and the random share otherwise;
    p_document is 1 in their red and orange lanes and the random share otherwise.

    `released` is the part of the day's limits that the model may have used by now (`selection.pace`).
    Without scores or thresholds, rules and draw decide alone. Uses up quota: call it once a decision.
    """
    verdict = rules.apply(declaration)
    score = None if scores is None or thresholds is None else declaration_score(scores, settings.objective)
    desk = _Desk(declaration, quota, settings.limits_of(declaration.office), released)
    lane, reason, rule = _certain(verdict, score, thresholds, desk)
    share = settings.exempt_floor if verdict.exempt else settings.random_share
    p_document = share if lane is Lane.GREEN else 1.0
    p_physical = 1.0 if lane is Lane.RED else share
    if draw < share and lane is not Lane.RED:
        desk.count(Lane.RED)
        lane, reason, rule = Lane.RED, SelectionReason.RANDOM, None
    selection = Selection(lane, reason, rule, p_document, p_physical, draw)
    return Choice(selection, score, thresholds, tuple(desk.takes), verdict.matched)


class _Desk:
    """Asks the quota for one declaration and keeps the answers."""

    def __init__(
        self, declaration: DeclarationFacts, quota: QuotaStore, limits: DailyLimits, released: float
    ) -> None:
        self._declaration = declaration
        self._quota = quota
        self._limits = {Lane.RED: limits.red, Lane.ORANGE: limits.orange}
        self._released = released
        self.takes: list[Take] = []

    def ask(self, lane: Lane) -> bool:
        """Whether the model's quota has room, which is then used."""
        return self._take(lane, self._limits[lane])

    def count(self, lane: Lane) -> None:
        """Count an inspection that no quota stops."""
        self._take(lane, None)

    def _take(self, lane: Lane, limit: int | None) -> bool:
        place = Place(self._declaration.day, self._declaration.office, lane)
        self.takes.append(self._quota.take(place, limit, self._released))
        return self.takes[-1].taken


def _certain(
    verdict: Verdict, score: float | None, thresholds: Thresholds | None, desk: _Desk
) -> tuple[Lane, SelectionReason | None, str | None]:
    """What rules and model decide by themselves: the stricter of the two, the rule where they agree."""
    if not verdict.exempt and score is not None and thresholds is not None:
        for lane, threshold in ((Lane.RED, thresholds.red), (Lane.ORANGE, thresholds.orange)):
            if lane.severity > verdict.lane.severity and score > threshold and desk.ask(lane):
                return lane, SelectionReason.MODEL, None
    if verdict.lane is not Lane.GREEN:
        desk.count(verdict.lane)
        return verdict.lane, SelectionReason.RULE, verdict.rule
    return Lane.GREEN, None, verdict.rule

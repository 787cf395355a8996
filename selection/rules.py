"""The rules in force: what must be inspected, and what the model may not touch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from customs.lane import Lane
from selection.condition import Condition, example_facts
from selection.errors import RuleError
from selection.facts import DeclarationFacts, Facts, item_facts
from selection.rule_settings import RuleSettings


@dataclass(frozen=True)
class Verdict:
    """What the rules say of a declaration.

    `lane` is that of the strictest mandatory rule, `rule` its name; of an exempt declaration the rule that
    exempts it, with lane green. `matched` names every rule that matched an item.
    """

    lane: Lane
    rule: str | None
    exempt: bool
    matched: tuple[str, ...]


class RuleBook:
    """Rules, compiled and tested by their own examples.

    A mandatory rule counts if any item matches, exemption only if every item is exempt and no mandatory rule
    matches. A rule that cannot be worked out on an item counts against the release: mandatory as matching,
    exempting as not.

    >>> from selection.default_rules import DEFAULT_RULES
    >>> book = RuleBook(DEFAULT_RULES)
    >>> arms = DeclarationFacts("D1", date(2026, 3, 1), "118", (item_facts({"hs_code": "930200"}),))
    >>> book.apply(arms)
    Verdict(lane=<Lane.RED: 'red'>, rule='arms', exempt=False, matched=('arms',))
    """

    def __init__(self, rules: Sequence[RuleSettings]) -> None:
        self._rules = [(rule, _compiled(rule)) for rule in rules]
        names = [rule.name for rule in rules]
        for name in names:
            if names.count(name) > 1:
                raise RuleError(
                    f"rule {name}, field name: it is used twice", remedy="give each rule its own name"
                )
        self.version = _digest(rules)
        """16 hex digits: the same for the same rules."""

    def named(self, name: str) -> RuleSettings | None:
        """The rule of that name, if there is one."""
        return next((rule for rule, _ in self._rules if rule.name == name), None)

    def apply(self, declaration: DeclarationFacts) -> Verdict:
        """What the rules in force on the declaration's day say of it."""
        in_force = [(rule, condition) for rule, condition in self._rules if _in_force(rule, declaration.day)]
        mandatory = [
            rule
            for rule, condition in in_force
            if rule.effect == "mandatory"
            and any(condition.holds(item) is not False for item in declaration.items)
        ]
        exempting = [(rule, condition) for rule, condition in in_force if rule.effect == "exempt"]
        by_item = [_first(exempting, item) for item in declaration.items]
        exempts = [rule for rule in by_item if rule is not None]
        matched = tuple(dict.fromkeys(rule.name for rule in (*mandatory, *exempts)))
        if mandatory:
            strictest = max(mandatory, key=lambda rule: _lane(rule).severity)
            return Verdict(_lane(strictest), strictest.name, False, matched)  # noqa: FBT003 - a field
        if by_item and len(exempts) == len(by_item):
            return Verdict(Lane.GREEN, exempts[0].name, True, matched)  # noqa: FBT003 - a field
        return Verdict(Lane.GREEN, None, False, matched)  # noqa: FBT003 - a field


def _compiled(rule: RuleSettings) -> Condition:
    if (rule.effect == "mandatory") != (rule.lane is not None):
        raise RuleError(
            f"rule {rule.name}, field lane: a mandatory rule has a lane, an exempting one has none",
            remedy="write lane: orange or lane: red, or leave it out",
        )
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        raise RuleError(
            f"rule {rule.name}, field valid_to: it ends before it begins",
            remedy="put valid_to after valid_from",
        )
    condition = Condition(rule.name, rule.when)
    if condition.holds(item_facts({})) is None:
        raise RuleError(
            f"rule {rule.name}, field when: it cannot be worked out where every field is missing",
            remedy='test for the missing text first, as in: description != "" and …',
        )
    _test(rule, condition)
    return condition


def _test(rule: RuleSettings, condition: Condition) -> None:
    for expected, items in ((True, rule.examples.matching), (False, rule.examples.others)):
        kind = "matching" if expected else "others"
        if not items:
            raise RuleError(
                f"rule {rule.name}, field examples: {kind} is empty", remedy="give at least one item"
            )
        for number, item in enumerate(items, start=1):
            if condition.holds(example_facts(rule.name, item)) is not expected:
                raise RuleError(
                    f"rule {rule.name}, field examples: number {number} of {kind} says otherwise",
                    remedy="mend the condition or the example",
                )


def _in_force(rule: RuleSettings, day: date) -> bool:
    return rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)


def _first(rules: Sequence[tuple[RuleSettings, Condition]], item: Facts) -> RuleSettings | None:
    return next((rule for rule, condition in rules if condition.holds(item)), None)


def _lane(rule: RuleSettings) -> Lane:
    return Lane(rule.lane or Lane.GREEN)


def _digest(rules: Sequence[RuleSettings]) -> str:
    text = json.dumps([rule.model_dump(mode="json") for rule in rules], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""A rule's condition, compiled once: the only door to the rule-engine expression language."""

from __future__ import annotations

import decimal
import difflib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import rule_engine

from selection.errors import RuleError
from selection.facts import DERIVED, FLAG, LISTS, NUMBER, TEXT, Facts, item_facts

_TYPES: Mapping[str, Any] = {
    **dict.fromkeys((*TEXT, *DERIVED), rule_engine.DataType.STRING),
    **dict.fromkeys(NUMBER, rule_engine.DataType.FLOAT),
    **dict.fromkeys(FLAG, rule_engine.DataType.BOOLEAN),
    **dict.fromkeys(LISTS, rule_engine.DataType.ARRAY(rule_engine.DataType.STRING)),
}

_NUMBERS = frozenset(NUMBER)
_KEPT = 1_024
"""Answers of a condition that are kept."""


class Condition:
    """A condition on an item in the rule-engine language, checked against the fields' types.

    A missing number is neither less than, more than nor equal to anything, a missing text is "", a missing
    flag false; `"cif" in missing` asks for it. Clocks and the other built-in `$` symbols are refused: the
    same item has the same answer for ever. Raises RuleError naming rule, field and remedy.

    >>> Condition("tobacco", 'chapter == "24" and cif > 1000').holds(item_facts({"hs_code": "240220"}))
    False
    """

    def __init__(self, rule: str, text: str) -> None:
        self._rule = rule
        try:
            self._compiled = rule_engine.Rule(text, context=_Context())
        except rule_engine.errors.SymbolResolutionError as error:
            raise _unknown(rule, "when", error.symbol_name) from error
        except rule_engine.errors.EngineError as error:
            raise RuleError(
                f"rule {rule}, field when: {error.message}",
                remedy="compare text with text and numbers with numbers; see the rule-engine syntax",
            ) from error
        if self._compiled.statement.expression.result_type is not rule_engine.DataType.BOOLEAN:
            raise RuleError(f"rule {rule}, field when: it is not true or false", remedy="write a comparison")
        self._asked = tuple(sorted(self._compiled.context.symbols & _TYPES.keys()))
        self._of_few = lru_cache(_KEPT)(self._of) if not _NUMBERS.intersection(self._asked) else self._of

    def holds(self, facts: Facts) -> bool | None:
        """Whether it holds for the item; None if it cannot be worked out on this one.

        The same answer for the same facts: answers on codes, texts and flags are kept for the next item.
        """
        return self._of_few(*[facts[name] for name in self._asked])

    def _of(self, *values: object) -> bool | None:
        try:
            return bool(self._compiled.matches(dict(zip(self._asked, values, strict=True))))
        except rule_engine.errors.EngineError:
            return None


def example_facts(rule: str, item: Mapping[str, object]) -> Facts:
    """The facts of an example; RuleError if it names an unknown field or gives it another type."""
    known = (*TEXT, *NUMBER, *FLAG, "warnings")
    for name in item:
        if name not in known:
            raise _unknown(rule, "examples", name)
    try:
        return item_facts(item)
    except ValueError as error:
        raise RuleError(
            f"rule {rule}, field examples: {error} is of another type",
            remedy="quote text, do not quote numbers",
        ) from error


class _Context(rule_engine.Context):  # type: ignore[misc]
    """Our names and types; arithmetic that fails gives NaN, with which every comparison is false."""

    def __init__(self) -> None:
        super().__init__(
            type_resolver=dict(_TYPES),
            decimal_context=decimal.Context(prec=28, traps=[]),
            default_timezone="utc",
        )

    def resolve_type(self, name: str, scope: str | None = None) -> Any:
        if scope is not None:
            raise rule_engine.errors.EvaluationError(f"the symbol ${name} is not for rules")
        return super().resolve_type(name)


def _unknown(rule: str, field: str, name: str) -> RuleError:
    near = difflib.get_close_matches(name, _TYPES, n=1)
    remedy = f"did you mean {near[0]}?" if near else "use the names of the canonical declaration"
    return RuleError(f"rule {rule}, field {field}: there is no field {name!r}", remedy=remedy)

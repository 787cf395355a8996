"""A recorded decision made again, from its record and the bundle it names: bit-equal, or what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.exact import exact
from selection.recorded_quota import RecordedQuota
from serving.budget import ENDLESS, SPENT
from serving.decide import Model, Terms, decide
from serving.evidence import explainer_of, given_of, outcome_of


def replay(details: Mapping[str, Any], model: Model | None, terms: Terms) -> tuple[str, ...]:
    """Give the paths at which the decision, made again, differs from the record; none when it is bit-equal.

    `details` are those of the record (`ledger.decision_record.opened`), `model` the bundle that the record
    names, None where it was decided without one; `terms` hold the rules and settings of that day. The draw,
    the quota that was free, who worked out the contributions and whether the model came too late are taken
    from the record.
    """
    draw = details["outcome"]["selection"]["draw"]
    quota = RecordedQuota.of(details["takes"])
    budget = SPENT if "late" in details["outcome"]["degraded"] else ENDLESS
    model = model.with_explainer(explainer_of(details)) if model else None
    again = decide(given_of(details), model, quota, draw, terms, budget=budget)
    return tuple(_differences("", details["outcome"], exact(outcome_of(again))))


def _differences(path: str, recorded: object, again: object) -> list[str]:
    """Give where two JSON values differ; numbers must be the same to the last bit.

    >>> _differences("", {"items": [{"risk": 0.5}]}, {"items": [{"risk": 0.25}]})
    ['/items/0/risk']
    """
    if isinstance(recorded, dict) and isinstance(again, dict):
        names = sorted(recorded.keys() | again.keys())
        return [
            difference
            for name in names
            for difference in _differences(f"{path}/{name}", recorded.get(name), again.get(name))
        ]
    if isinstance(recorded, list) and isinstance(again, list) and len(recorded) == len(again):
        return [
            difference
            for place, pair in enumerate(zip(recorded, again, strict=True))
            for difference in _differences(f"{path}/{place}", *pair)
        ]
    return [] if recorded == again and type(recorded) is type(again) else [path or "/"]

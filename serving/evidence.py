"""What a decision leaves in its record, and the way back from there to what it was decided upon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from customs.decision import ItemScore
from customs.declaration import FIELD
from features.columns import DERIVED, Columns, Values, is_text
from features.lines import rows_of
from features.reference.row_numbers import MISSING
from features.reference.source import sources_from_json, sources_to_json
from features.reference.tables import NO_TABLES, REFERENCE_NAMES
from features.settings import IntakeSettings
from ledger.exact import floats, integers
from scoring.contributions import ExplainerName
from selection.rules import RuleBook
from selection.settings import SelectionSettings
from serving.decide import Decided, Given, Terms

LAYOUT = 1
"""Version of the names and meanings of the details."""

_REFERENCE = frozenset(REFERENCE_NAMES)
_WHOLE: dict[str, Any] = {
    "item_no": np.int64,
    "version": np.int64,
    "accepted_at": np.int64,
    "known_at": np.int64,
    "customs_date": np.int32,
    "known_date": np.int32,
    "warnings": np.uint64,
}


def details_of(given: Given, decided: Decided, terms: Terms) -> dict[str, object]:
    """Give what the record keeps beside request and reply; `ledger.exact` writes it without loss.

    Reference values that no table tells of any row are left out. Its names, and what they mean, are final
    (docs/decisions/ledger-record.md): what is new gets a new name.
    """
    columns = {name: values.tolist() for name, values in given.columns.items()}
    names, values = _told(given.history)
    sources = {"sources": sources_to_json(given.sources)} if given.sources else {}
    selection = terms.selection
    limits = selection.limits_of(given.columns["office_id"][0] or "")
    return {
        "layout": LAYOUT,
        "given": {
            "columns": {name: values for name, values in columns.items() if not _empty(values)},
            "history": {
                "names": names,
                "values": values,
            },
            "as_of": given.as_of,
            "time_zone": terms.intake.time_zone,
            **sources,
        },
        "terms": {
            "objective": selection.objective,
            "shares": {"red": selection.shares.red, "orange": selection.shares.orange},
            "daily_limits": {"red": limits.red, "orange": limits.orange},
            "random_share": selection.random_share,
            "exempt_floor": selection.exempt_floor,
            "top_reasons": terms.top_reasons,
            "profile_days": terms.profile_days,
        },
        "outcome": outcome_of(decided),
        "takes": decided.choice.takes,
    }


def outcome_of(decided: Decided) -> dict[str, object]:
    """Give what replaying must come to again: scores, reasons, warnings, selection, what was missing.

    Who worked out the contributions is named where it was LightGBM, for want of tables.
    """
    choice = decided.choice
    instead = {"explainer": decided.explainer} if decided.explainer == "lightgbm" else {}
    return {
        "items": [_scored(score) for score in decided.scores],
        "warnings": decided.warnings,
        "selection": choice.selection,
        "score": choice.score,
        "thresholds": choice.thresholds,
        "matched": choice.matched,
        "degraded": decided.degraded,
        **instead,
    }


def explainer_of(details: Mapping[str, Any]) -> ExplainerName:
    """Give who worked out the contributions of a recorded decision."""
    return "lightgbm" if details["outcome"].get("explainer") == "lightgbm" else "tables"


def _scored(score: ItemScore) -> dict[str, object]:
    """Give what an item scored; `kinds` is left out where there are none, as in records from before them."""
    return {name: value for name, value in vars(score).items() if name != "kinds" or value is not None}


def given_of(details: Mapping[str, Any]) -> Given:
    """Give back what was decided upon, bit for bit."""
    given = details["given"]
    count = len(given["columns"]["item_no"])
    columns = {name: _column(name, given["columns"].get(name), count) for name in (*FIELD, *DERIVED)}
    values = np.stack([integers(row) for row in given["history"]["values"]])
    history = _untold(count) | dict(zip(given["history"]["names"].split(), values.T, strict=True))
    as_of = date.fromisoformat(given["as_of"]) if given["as_of"] else None
    return Given(columns, history, as_of, sources_from_json(given.get("sources", {})))


def terms_of(details: Mapping[str, Any], rules: RuleBook, intake: IntakeSettings) -> Terms:
    """Give back by what was decided; the rules, of which a record keeps the digest alone, are handed in."""
    recorded = dict(details["terms"])
    top_reasons, profile_days = recorded.pop("top_reasons"), recorded.pop("profile_days")
    return Terms(rules, SelectionSettings(**recorded), intake, top_reasons, profile_days)


def columns_of(details: Mapping[str, Any]) -> Columns:
    """Give the declaration as columns, as it was accepted: what the lake takes."""
    return given_of(details).columns


def _untold(count: int) -> Columns:
    """Give reference values of rows of which no table says anything: what a record leaves out."""
    return NO_TABLES.as_of({"customs_date": np.zeros(count, np.int32)})


def _told(history: Values) -> tuple[str, NDArray[np.int64]]:
    """Names and values (rows, names), without reference values that no table tells of any row."""
    values = rows_of(history)
    names, kept = _kept(tuple(history), (values != MISSING).any(axis=0).tobytes())
    return names, values[:, kept]


@lru_cache(maxsize=256)
def _kept(names: tuple[str, ...], told: bytes) -> tuple[str, NDArray[np.intp]]:
    """Names that are kept, in one text, and their places; `told` has a byte for each: is anything told?"""
    kept = [place for place, name in enumerate(names) if told[place] or name not in _REFERENCE]
    return " ".join(names[place] for place in kept), np.array(kept, dtype=np.intp)


def _empty(values: Sequence[Any]) -> bool:
    """True for a column that holds nothing: None, or NaN, which alone is not equal to itself."""
    for value in values:  # noqa: SIM110 - most columns hold something: a generator would be made for nothing
        if value is not None and value == value:  # noqa: PLR0124
            return False
    return True


def _column(name: str, held: Sequence[Any] | None, count: int) -> NDArray[Any]:
    if name in _WHOLE:
        return integers(held or ()).astype(_WHOLE[name])
    if is_text(FIELD[name]):
        texts = np.empty(count, dtype=object)
        texts[:] = held if held is not None else None
        return texts
    return np.full(count, np.nan) if held is None else floats(held)

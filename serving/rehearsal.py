"""A decision nobody asked for, recorded nowhere: it loads what the first shipment must not wait for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import numpy as np

from customs.reason import Reason
from features.columns import from_records
from features.encoding import HISTOGRAM, PREFIX, WORDS, WORDS_ANYWHERE, pack, pack_histograms
from features.history.entities import COMPARABLES_NEEDED, ENTITIES, LEVELS
from features.history.kernels import GRAMS
from features.lookup import look_up
from features.validation import validate
from ledger.exact import exact_bytes
from scoring.reasons import CATALOGUE
from scoring.words import LANGUAGES, render
from selection.memory_quota import MemoryQuota
from serving.contract import items_of
from serving.decide import Given, Model, Terms, decide, with_band
from serving.evidence import details_of
from serving.examples import DECLARATION
from serving.reply import Circumstances, recorded_bytes


def rehearse(model: Model | None, terms: Terms) -> None:
    """Decide and write down the example of the documentation, as if all around it were known.

    Code lists and words are read and loops compiled or loaded by it: seconds that would else be the first
    caller's.
    """
    header = DECLARATION["declaration"]
    now = datetime.fromisoformat(header["accepted_at"])
    given = _given(terms, now)
    decided = decide(given, model, MemoryQuota(), 1.0, terms)
    exact_bytes(details_of(given, decided, terms))
    made = Circumstances(
        header["declaration_id"], header["version"], None, decided.degraded, model, given.as_of
    )
    recorded_bytes(decided, made, decision_id="", recorded_at=now)
    for language in LANGUAGES:
        render(_REASON, language)


def _given(terms: Terms, now: datetime) -> Given:
    reading = from_records(items_of(DECLARATION), time_zone=terms.intake.time_zone)
    verdict = validate(reading.columns, terms.intake, now, unreadable=reading.unreadable)
    columns = reading.columns | {"warnings": verdict.warnings}
    history = look_up(lambda key: _HELD.get(key[:1]), columns)
    return Given(with_band(columns, history, terms.intake), history, now.date())


def _held() -> Mapping[bytes, bytes]:
    """A value for every kind of key, by its first byte: of a history in which everybody was seen."""
    words = np.ones(GRAMS + 1, "<i4").tobytes()
    cells = np.full(1, COMPARABLES_NEEDED, np.int32)
    levels = {name: [level.entity for level in LEVELS].count(name) for name in HISTOGRAM}
    return {
        **{PREFIX[each.name]: pack(np.ones((1, len(each.aggregates)), np.int64))[0] for each in ENTITIES},
        **{HISTOGRAM[name]: pack_histograms([0] * many, [cells] * many) for name, many in levels.items()},
        WORDS: words,
        WORDS_ANYWHERE: words,
    }


_HELD = _held()
_REASON = Reason(
    "office_commodity_record", 0.8, {"known": 12, "illicit": 3, "rate": 25.5, "usual": 4.1}, CATALOGUE
)

"""What a feature is made of, found by running it: no list kept by hand, no reading of its code.

Features are run on random inputs that note what they are asked for. Several features share what is made once
of many values, so of the values asked for those count with which the feature moves when they alone change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import count
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from customs.declaration import FIELD, Kind
from features.columns import NAMES, is_text
from features.definitions.code_values import CODED, code_values
from features.definitions.declaration import CARRIED
from features.definitions.feature import Feature, Inputs
from features.definitions.strength import STRENGTHS
from features.errors import FeatureError
from features.history.entities import ENTITY
from features.reference.row_numbers import MISSING
from features.reference.tables import REFERENCE_NAMES

_ROWS = 192
"""Random rows that a feature is run on."""

_QUIET = 8
"""Draws in a row that show nothing new, after which all is taken for found."""

_GAPS = 0.2
"""Share of them of which a reference table says nothing."""

_TEXTS = ("10", "20", "847130", "8471309000", "010121", "CN", "PE", None, None)
_AMOUNTS = (0.0, 1.0, 2.0, 10.0, 100.0, 2_000.0, 1e6, np.nan, np.nan)


@dataclass(frozen=True)
class Provenance:
    """What a feature reads: columns, history and reference values; whether it needs what a recipe learnt.

    `flag` says that it gave nothing but 0, 1 and NaN.
    """

    columns: tuple[str, ...]
    history: tuple[str, ...]
    learnt: bool
    flag: bool


def provenances(features: Sequence[Feature], names: Sequence[str]) -> dict[str, Provenance]:
    """Give what each feature reads, by its name; `names` are those of history and reference values.

    >>> from features.reference.tables import KNOWN_NAMES
    >>> from features.recipe import FEATURES
    >>> found = provenances(FEATURES, KNOWN_NAMES)["importer_age"]
    >>> found.columns, found.history, found.flag
    (('customs_date',), ('importer.first_day',), False)
    """
    check_features(features, names)
    found: dict[str, Provenance] = {}
    draws, quiet = count(1), 0
    while quiet < _QUIET:
        more = _at_once(features, names, next(draws))
        joined = {name: _joined(found.get(name), one) for name, one in more.items()}
        quiet, found = (quiet + 1 if joined == found else 0), joined
    return found


def check_features(features: Sequence[Feature], names: Sequence[str]) -> None:
    """Raise FeatureError for a feature that asks for, or speaks of, a name that there is not.

    >>> wrong = Feature("x", "x", ("hs_code",), "x", lambda inputs: inputs.count("importer.item"))
    >>> try: check_features([wrong], ["importer.items"])
    ... except FeatureError as error: print(f"{error}: {error.remedy}")
    feature 'x' asks for 'importer.item', which there is not: did you mean 'importer.items'?
    """
    inputs = _drawn(names, np.random.default_rng(0))
    for feature in features:
        for field in feature.fields:
            if field not in FIELD:
                raise _not_there(feature, "speaks of the field", field, FIELD)
        with np.errstate(all="ignore"):
            _asked(feature, inputs)


def _not_there(feature: Feature, does: str, name: str, known: Iterable[str]) -> FeatureError:
    alike = dict.fromkeys(one for one in known if ("." in one) == ("." in name))
    near = get_close_matches(name, alike, 3, 0.8)
    remedy = f"did you mean {' or '.join(map(repr, near))}?" if near else "see `tamiz features list --all`"
    return FeatureError(f"feature {feature.name!r} {does} {name!r}, which there is not", remedy=remedy)


def _at_once(features: Sequence[Feature], names: Sequence[str], draw: int) -> dict[str, Provenance]:
    """What one draw of inputs shows: a value that matters in few rows may not move anything in it."""
    one, other = (_drawn(names, np.random.default_rng(seed)) for seed in (2 * draw - 1, 2 * draw))
    with np.errstate(all="ignore"):
        asked = {each.name: _asked(each, one) for each in features}
        moving = _moving(features, asked, one, other)
    return {each.name: _provenance(each, asked[each.name], moving[each.name]) for each in features}


def _joined(before: Provenance | None, more: Provenance) -> Provenance:
    """What earlier draws showed and another one: names in their order, those that are new behind."""
    if before is None:
        return more
    return Provenance(
        columns=tuple(dict.fromkeys((*before.columns, *more.columns))),
        history=tuple(dict.fromkeys((*before.history, *more.history))),
        learnt=before.learnt or more.learnt,
        flag=before.flag and more.flag,
    )


class _Noting(dict[str, Any]):
    """A mapping that notes the names it is asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self.asked: dict[str, None] = {}

    def __getitem__(self, name: str) -> Any:
        self.asked[name] = None
        return super().__getitem__(name)


@dataclass(frozen=True)
class _Asked:
    """What a feature asked for, and what it gave."""

    columns: tuple[str, ...]
    history: tuple[str, ...]
    learnt: bool
    values: NDArray[Any]


def _asked(feature: Feature, inputs: Inputs) -> _Asked:
    columns, history = _Noting(inputs.columns), _Noting(inputs.history)
    strengths, numbers = _Noting(inputs.strengths), _Noting(inputs.vocabularies)
    try:
        values = feature.function(Inputs(columns, history, strengths, numbers))
    except KeyError as error:
        name, known = error.args[0], (*columns, *history, *strengths, *ENTITY)
        raise _not_there(feature, "asks for", name, known) from None
    learnt = bool(strengths.asked or numbers.asked)
    return _Asked(tuple(columns.asked), tuple(history.asked), learnt, np.asarray(values, np.float64))


def _moving(
    features: Sequence[Feature], asked: dict[str, _Asked], one: Inputs, other: Inputs
) -> dict[str, set[str]]:
    """By feature: the names with which alone it moves, a name of the other draw in the place of its own."""
    found: dict[str, set[str]] = {each.name: set() for each in features}
    names = {name for each in asked.values() for name in (*each.columns, *each.history)}
    for name in sorted(names):
        changed = _exchanged(one, other, name)
        for each in features:
            before = asked[each.name]
            if name in before.columns or name in before.history:
                after = np.asarray(each.function(changed), np.float64)
                if not np.array_equal(before.values, after, equal_nan=True):
                    found[each.name].add(name)
    return found


def _exchanged(one: Inputs, other: Inputs, name: str) -> Inputs:
    columns, history = (
        {**kept, name: new[name]} if name in new else {**kept}
        for kept, new in ((one.columns, other.columns), (one.history, other.history))
    )
    return Inputs(columns, history, one.strengths, one.vocabularies)


def _provenance(feature: Feature, asked: _Asked, moving: set[str]) -> Provenance:
    columns, history = (
        tuple(name for name in names if name in moving) for names in (asked.columns, asked.history)
    )
    flag = not feature.categorical and bool(np.isin(asked.values[~np.isnan(asked.values)], (0, 1)).all())
    return Provenance(columns, history, asked.learnt, flag)


def _drawn(names: Sequence[str], rng: Generator) -> Inputs:
    """Random inputs: values of every size, whole and not, some missing."""
    columns = {name: _column(name, rng) for name in (*NAMES, *CARRIED)}
    history = {
        name: np.where(rng.random(_ROWS) < 0.5, rng.integers(-1, 40, _ROWS), rng.integers(0, 200_000, _ROWS))
        for name in names
    }
    for name in sorted(set(REFERENCE_NAMES) & set(names)):
        history[name][rng.random(_ROWS) < _GAPS] = MISSING
    codes = {name: sorted(filter(None, set(code_values(columns, name)))) for name in CODED}
    numbers = {
        name: {None: np.nan} | {code: float(at) for at, code in enumerate(each, 1)}
        for name, each in codes.items()
    }
    return Inputs(columns, history, dict.fromkeys(STRENGTHS, 20.0), numbers)


def _column(name: str, rng: Generator) -> NDArray[Any]:
    if name in FIELD and is_text(FIELD[name]):
        return np.array(_TEXTS, object)[rng.integers(0, len(_TEXTS), _ROWS)]
    if name == "warnings":
        return rng.integers(0, 1 << 60, _ROWS, dtype=np.uint64)
    if name in FIELD and FIELD[name].kind is Kind.FLAG:
        return rng.choice([0.0, 1.0, np.nan], _ROWS)
    if name in FIELD and FIELD[name].kind is not Kind.INSTANT:
        amounts = np.array(_AMOUNTS)[rng.integers(0, len(_AMOUNTS), _ROWS)]
        return np.where(rng.random(_ROWS) < 0.5, amounts, np.exp(rng.normal(3.0, 2.0, _ROWS)))
    return rng.integers(1, 30_000, _ROWS)

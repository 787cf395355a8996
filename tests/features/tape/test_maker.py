"""The tape gives the bits that the feature functions give as NumPy; who writes one need not know of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from customs.declaration import FIELD, Kind
from features.columns import NAMES, Columns, is_text
from features.definitions.code_values import CODED
from features.definitions.declaration import CARRIED
from features.definitions.feature import Function, Inputs
from features.definitions.strength import STRENGTHS
from features.lines import Lines
from features.recipe import FEATURES
from features.reference.row_numbers import MISSING
from features.reference.tables import KNOWN_NAMES, REFERENCE_NAMES
from features.tape import kernels
from features.tape.maker import Maker
from features.tape.tracing import RUN

TEXTS = np.array(["10", "847130", "8471309000", "980100", "CN", "PE", "", " Ünï  x ", None], object)
AMOUNTS = np.array([0.0, -0.0, 1.0, -3.0, 1 / 3, 250.5, 1e4, 1e-300, 1e300, 5e-324, np.inf, -np.inf, np.nan])
COUNTS = np.array([-1, 0, 1, 2, 4, 5, 6, 20, 90, 19_000, 10**9, -(10**6)])
LARGE = np.array([2**39, 2**39 + 1, 2**53 + 1, 2**62, -(2**62), 3 * 10**15 + 1])
CHOICES = {
    **{name: [0.0, 1.0, np.nan] for name, field in FIELD.items() if field.kind is Kind.FLAG},
    **{name: [1.0, 10.0, 84.0, np.nan] for name in ("transport_mode", "valuation_method")},
}
INSTANTS = [name for name, field in FIELD.items() if field.kind is Kind.INSTANT]
WHOLE: dict[str, tuple[int, int, Any]] = {
    **dict.fromkeys((*CARRIED, *INSTANTS, "item_no", "version"), (0, 10**15, np.int64)),
    **dict.fromkeys(("customs_date", "known_date"), (-5, 30_000, np.int32)),
    "warnings": (0, 1 << 50, np.uint64),
}
STRENGTHS = {name: 2.0 + place / 3 for place, name in enumerate(STRENGTHS)}
NUMBERS: dict[str, dict[Any, float]] = {
    name: {None: np.nan, "10": 1.0, "84": 2.0, "CN": 3.0} for name in CODED
}

MAKER = Maker(tuple(feature.function for feature in FEATURES), STRENGTHS, NUMBERS)


def drawn(seed: int, count: int, *, large: bool) -> tuple[Columns, dict[str, NDArray[Any]]]:
    """Random rows: special values and usual ones, of every name that there is."""
    rng = np.random.default_rng(seed)
    columns = {name: column(name, count, rng) for name in (*NAMES, *CARRIED)}
    counts = np.concatenate([COUNTS, LARGE]) if large else COUNTS
    history = {
        name: np.where(rng.random(count) < 0.5, rng.choice(counts, count), rng.integers(-1, 50_000, count))
        for name in KNOWN_NAMES
    }
    for name in REFERENCE_NAMES:
        history[name][rng.random(count) < 0.3] = MISSING
    return columns, history


def column(name: str, count: int, rng: np.random.Generator) -> NDArray[Any]:
    if name in FIELD and is_text(FIELD[name]):
        return rng.choice(TEXTS, count)
    if name in WHOLE:
        low, high, dtype = WHOLE[name]
        return rng.integers(low, high, count).astype(dtype)
    if name in CHOICES:
        return rng.choice(CHOICES[name], count)
    return np.where(rng.random(count) < 0.5, rng.choice(AMOUNTS, count), np.exp(rng.normal(3, 4, count)))


def with_one(function: Function) -> Maker:
    return Maker((function,), STRENGTHS, NUMBERS)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0, 1, 2, 9, 300, 600]), st.booleans())
def test_every_feature_has_the_bits_that_numpy_gives_it(seed: int, count: int, large: bool) -> None:
    columns, history = drawn(seed, count, large=large)
    expected = MAKER.plain(columns, history).tobytes()
    assert MAKER.matrix(columns, history).tobytes() == expected
    lines = Lines(KNOWN_NAMES, np.stack([history[name] for name in KNOWN_NAMES]))
    assert MAKER.matrix(columns, lines).tobytes() == expected


def test_a_matrix_of_many_pieces_is_that_of_one() -> None:
    columns, history = drawn(1, 20_000, large=False)
    assert MAKER.matrix(columns, history).tobytes() == MAKER.plain(columns, history).tobytes()


def test_every_feature_of_the_recipe_is_on_the_tape() -> None:
    assert not [FEATURES[name[1]].name for name in MAKER.tape.numbers if name[0] == RUN]


def test_the_steps_give_the_same_as_plain_python() -> None:
    columns, history = drawn(7, 5, large=False)
    made = np.empty((5, len(FEATURES)))
    wholes = np.stack([history[name] for _, name in MAKER.tape.wholes])
    plain = kernels.run.py_func  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(kernels, "run", plain)
        assert MAKER.tape.run(MAKER.numbers(columns, history), wholes, np.arange(len(wholes)), made)
    assert made.tobytes() == MAKER.matrix(columns, history).tobytes()


UNTRACEABLE: dict[str, Function] = {
    "sorted": lambda inputs: np.sort(inputs.number("cif")),
    "the first row": lambda inputs: inputs.number("cif") - inputs.number("cif")[0],
    "backwards": lambda inputs: inputs.number("cif")[::-1],
    "a mean over rows": lambda inputs: inputs.number("cif") - inputs.number("cif").mean(),
    "a sum over rows": lambda inputs: inputs.count("hs6.known") - inputs.count("hs6.known").sum(axis=0),
    "how many rows": lambda inputs: inputs.number("cif") / len(inputs.number("cif")),
    "their shape": lambda inputs: np.ones(inputs.number("cif").shape),
    "a constant": lambda inputs: np.full(len(inputs.columns["cif"]), 3.0),
    "a choice": lambda inputs: (
        inputs.number("cif") if inputs.count("hs6.known").any() else inputs.number("fob")
    ),
    "an array": lambda inputs: np.array([inputs.number("cif"), inputs.number("fob")])[1],
    "values in Python": lambda inputs: np.array([value or 7.0 for value in inputs.number("cif").tolist()]),
    "texts": lambda inputs: np.array([str(text).isdigit() for text in inputs.columns["brand"]]),
    "a bare logarithm": lambda inputs: np.log(inputs.number("cif")),
    "a logarithm and more": lambda inputs: np.rint(np.log(inputs.number("cif")) + 1.0),
    "a logarithm rounded in vain": lambda inputs: np.rint(1e12 * np.log(inputs.number("cif"))),
    "the last axis": lambda inputs: inputs.count("hs6.known") / inputs.counts(("hs6.known",)).shape[-1],
    "an exponential": lambda inputs: np.exp(inputs.number("cif")),
    "whole quotients": lambda inputs: inputs.count("hs6.known") // 7,
    "a large product": lambda inputs: inputs.count("hs6.known") * inputs.count("hs6.illicit"),
    "truths added": lambda inputs: inputs.missing("cif") + inputs.missing("brand"),
    "narrow floats": lambda inputs: inputs.number("cif").astype(np.float32),
    "into another": lambda inputs: np.add(
        inputs.number("cif"), 1.0, out=np.empty(len(inputs.columns["cif"]))
    ),
    "all at once": lambda inputs: np.add.accumulate(inputs.number("cif")),
    "what is no name": lambda inputs: inputs.columns.get("nobody", inputs.columns["cif"]),
    "learnt": lambda inputs: inputs.number("cif") * len(inputs.vocabularies["unit"]),
}


@pytest.mark.parametrize("what", UNTRACEABLE)
def test_a_feature_that_cannot_be_traced_is_run_as_numpy(what: str) -> None:
    columns, history = drawn(3, 50, large=False)
    both = Maker((UNTRACEABLE[what], FEATURES[0].function), STRENGTHS, NUMBERS)
    assert (RUN, 0) in both.tape.numbers
    assert both.matrix(columns, history).tobytes() == both.plain(columns, history).tobytes()


def test_a_feature_with_a_fault_fails_as_it_does_in_numpy() -> None:
    columns, history = drawn(3, 5, large=False)
    with pytest.raises(KeyError, match="nothing of this name"):
        with_one(lambda inputs: inputs.columns["nothing of this name"]).matrix(columns, history)


TRACEABLE: dict[str, Function] = {
    "reckoned": lambda inputs: np.abs(-inputs.number("cif")) % 7.0 - np.floor(inputs.number("fob")),
    "remainders": lambda inputs: inputs.count("hs6.known") % -7,
    "no sign of zero": lambda inputs: 1.0 / (inputs.count("hs6.known") * -1),
    "chosen": lambda inputs: np.where(inputs.count("hs6.known"), inputs.count("hs4.known"), 0.5),
    "truths": lambda inputs: ~inputs.missing("brand") & (inputs.number("cif") >= 2) | inputs.missing("cif"),
    "said in words": lambda inputs: np.logical_and(
        inputs.number("cif"), np.logical_not(inputs.count("hs6.known"))
    ),
    "wider": lambda inputs: inputs.columns["customs_date"].astype(np.int64) - inputs.count("hs6.last_day"),
    "over lines": lambda inputs: (inputs.counts(("hs6.known", "hs4.known")) > 3).all(axis=0),
    "summed": lambda inputs: np.sum(inputs.counts(("hs6.known", "hs4.known")), axis=0),
    "bits": lambda inputs: np.bitwise_count(inputs.count("hs6.known") & 255),
}


@pytest.mark.parametrize("what", TRACEABLE)
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.booleans())
def test_what_can_be_traced_has_the_bits_that_numpy_gives(what: str, seed: int, large: bool) -> None:
    columns, history = drawn(seed, 40, large=large)
    maker = with_one(TRACEABLE[what])
    assert not [name for name in maker.tape.numbers if name[0] == RUN]
    assert maker.matrix(columns, history).tobytes() == maker.plain(columns, history).tobytes()


Step = Callable[[list[Any], Any], Any]
STEPS: list[Step] = [
    lambda a, b: a[0] + b,
    lambda a, b: a[0] - b,
    lambda a, b: a[0] * b,
    lambda a, b: a[0] / b,
    lambda a, b: np.maximum(a[0], b) + 0.0,
    lambda a, b: np.fmin(a[0], b) + 0.0,
    lambda a, b: np.fmod(a[0], b),
    lambda a, b: a[0] % b,
    lambda a, b: a[0] > b,
    lambda a, b: a[0] == b,
    lambda a, b: (a[0] != 0) & (b != 0),
    lambda a, b: np.where(a[0] < b, a[0], b),
    lambda a, b: np.rint(a[0] * 1.0),
    lambda a, b: np.sqrt(a[0] * 1.0),
    lambda a, b: np.rint(100 * np.log(a[0] * 1.0)),
    lambda a, b: np.isnan(a[0] * 1.0) | np.isfinite(b * 1.0),
    lambda a, b: np.stack([a[0] * 1.0, b * 1.0])[1],
    lambda a, b: np.concatenate([a[0] * 1.0, b * 1.0]).reshape(2, -1)[0],
    lambda a, b: a[0].astype(np.float64),
]
LEAVES: list[Callable[[Inputs], Any]] = [
    lambda inputs: inputs.number("cif"),
    lambda inputs: inputs.number("net_kg"),
    lambda inputs: inputs.count("hs6.known"),
    lambda inputs: inputs.columns["customs_date"],
    lambda inputs: inputs.missing("brand"),
    lambda inputs: inputs.length("description"),
    lambda inputs: inputs.code("unit"),
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 18), st.integers(0, 99), st.integers(0, 99)), max_size=9),
    st.integers(0, 99),
)
def test_whatever_is_written_has_the_bits_that_numpy_gives(
    steps: list[tuple[int, int, int]], seed: int
) -> None:
    def feature(inputs: Inputs) -> Any:
        made = [leaf(inputs) for leaf in LEAVES]
        for step, one, other in steps:
            made.append(STEPS[step]([made[-1 - one % len(made)]], made[-1 - other % len(made)]))
        return made[-1] * 1.0

    columns, history = drawn(seed, 30, large=False)
    maker = with_one(feature)
    try:
        expected = maker.plain(columns, history).tobytes()
    except (TypeError, np.exceptions.DTypePromotionError):
        return
    assert maker.matrix(columns, history).tobytes() == expected

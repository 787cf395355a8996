"""What a caller may send: the canonical declaration and the canonical outcome, as JSON.

A request carries one whole declaration: what is the same for all its goods once in `declaration`, the rest in
`items`. The names, kinds and lengths are those of `customs.declaration`; what the values must be to each
other is the business of `features.validation`, and the same for files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    create_model,
)

from customs.declaration import FIELDS, Kind
from customs.declaration import Field as Canonical
from customs.lane import Lane
from customs.outcome import OUTCOME_FIELDS, Finding, SelectionReason
from serving.answer import CancellationReason
from serving.problem import Fault, Problem
from serving.refusals import faults_of

HEADER: tuple[str, ...] = (
    "declaration_id",
    "version",
    "accepted_at",
    "office_id",
    "regime",
    "process_type",
    "import_type",
    "payment_type",
    "importer_id",
    "importer_aeo",
    "declarant_id",
    "courier_id",
    "transport_mode",
)
"""Fields that are the same for all goods of a declaration; `known_at` is set by the platform alone."""

ITEM: tuple[str, ...] = tuple(f.name for f in FIELDS if f.name not in HEADER and f.name != "known_at")
"""Fields that each goods item has of its own."""

_INSTANT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2}))?$"
_CONTROL = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f"
_PRINTABLE = rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$"
_EXACT = 2**53 - 1
_MOST_FAULTS = 100

T = TypeVar("T")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


def decision_request(value: object, *, max_items: int) -> dict[str, Any]:
    """Give the request with nulls left out and numbers as floats: what is recorded and decided upon.

    Raises Problem 422 that names every field at fault, the rule and the remedy; 413 for too many items.

    >>> header = {"declaration_id": "A-1", "accepted_at": "2025-03-01T09:00:00-05:00"}
    >>> header |= {"office_id": "118", "importer_id": "X"}
    >>> item = {"item_no": 1, "hs_code": "870323", "origin_country": "JP", "cif": 9000, "brand": None}
    >>> decision_request({"declaration": header, "items": [item]}, max_items=100)["items"]
    [{'item_no': 1, 'origin_country': 'JP', 'hs_code': '870323', 'cif': 9000.0}]
    """
    if isinstance(value, dict) and isinstance(value.get("items"), list) and len(value["items"]) > max_items:
        remedy = f"send at most {max_items} items, or ask the operator to raise max_items"
        raise Problem(413, "too-many-items", "The declaration has too many items", remedy)
    request = _checked(_REQUEST, value)
    given = request.model_dump(exclude_none=True)
    repeated = [no for no, times in Counter(item["item_no"] for item in given["items"]).items() if times > 1]
    if repeated:
        at = [i for i, item in enumerate(given["items"]) if item["item_no"] in repeated]
        raise invalid([_repeated(f"/items/{i}/item_no", "item_no") for i in at])
    return given


def outcomes_request(value: object, *, max_outcomes: int) -> list[dict[str, Any]]:
    """Give the outcomes with nulls left out; raises Problem 422 or 413 as `decision_request` does.

    >>> outcome = {"declaration_id": "A-1", "item_no": 1, "selection_reason": "model"}
    >>> outcome |= {"result_at": "2025-03-09T16:00:00-05:00", "finding": "nothing", "illicit": 0}
    >>> try: outcomes_request([outcome], max_outcomes=9)
    ... except Problem as problem: print(problem.faults[0].pointer, problem.faults[0].remedy)
    /0/finding send one of these
    """
    if isinstance(value, list) and len(value) > max_outcomes:
        raise Problem(
            413, "too-many-outcomes", "The list is too long", f"send at most {max_outcomes} outcomes at once"
        )
    if value == []:
        raise invalid([Fault("", "", "the list holds at least one outcome", "send at least one")])
    return [outcome.model_dump(exclude_none=True) for outcome in _checked(_OUTCOMES, value)]


def cancellation_request(value: object) -> CancellationReason:
    """Give why a decision is cancelled; raises Problem 422.

    >>> cancellation_request({"reason": "withdrawn"})
    'withdrawn'
    """
    return _checked(_CANCELLATION, value).reason


def items_of(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the canonical rows of a request: each item with the fields of its declaration."""
    return [{**request["declaration"], **item} for item in request["items"]]


def invalid(faults: Sequence[Fault]) -> Problem:
    """Give the problem of a request that can be read but breaks rules."""
    return Problem(
        422,
        "invalid-request",
        "The request breaks the contract",
        "mend every field under errors and send it again",
        faults=tuple(faults[:_MOST_FAULTS]),
    )


def _checked(adapter: TypeAdapter[T], value: object) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise invalid(faults_of(error, most=_MOST_FAULTS)) from None


def _repeated(pointer: str, field: str) -> Fault:
    return Fault(pointer, field, "item numbers are unique", "number the items of the declaration from 1")


def _model(name: str, fields: Sequence[Canonical], doc: str) -> type[_Strict]:
    members: dict[str, Any] = {field.name: _member(field) for field in fields}
    return cast("type[_Strict]", create_model(name, __base__=_Strict, __doc__=doc, **members))


def _member(field: Canonical) -> tuple[Any, Any]:
    meaning = f"{field.meaning} ({field.unit})" if field.unit else field.meaning
    kind = _KINDS.get(field.name) or _kind(field)
    if field.required:
        return kind, Field(description=meaning)
    return kind | None, Field(default=None, description=meaning)


def _kind(field: Canonical) -> Any:
    if field.kind is Kind.INTEGER:
        return Annotated[StrictInt, Field(ge=-_EXACT, le=_EXACT)]
    if field.kind is Kind.NUMBER:
        return Annotated[StrictFloat, Field(allow_inf_nan=False)]
    if field.kind is Kind.FLAG:
        return StrictBool
    if field.kind is Kind.INSTANT:
        return Annotated[str, StringConstraints(pattern=_INSTANT, max_length=40)]
    return Annotated[str, StringConstraints(pattern=_PRINTABLE, max_length=field.longest)]


_COUNT = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
_BINARY = Annotated[StrictInt, Field(ge=0, le=1)]
_PROBABILITY = Annotated[StrictFloat, Field(gt=0, le=1)]
_KINDS: dict[str, Any] = {
    "item_no": _COUNT,
    "version": _COUNT,
    "lane": Literal[tuple(lane.value for lane in Lane)],
    "selection_reason": Literal[tuple(reason.value for reason in SelectionReason)],
    "finding": Literal[tuple(finding.value for finding in Finding)],
    "illicit": _BINARY,
    "critical": _BINARY,
    "p_document": _PROBABILITY,
    "p_physical": _PROBABILITY,
}

Declaration = _model(
    "Declaration", [f for f in FIELDS if f.name in HEADER], "What is the same for all goods of a declaration."
)
Item = _model("Item", [f for f in FIELDS if f.name in ITEM], "One goods item of the declaration.")
Outcome = _model(
    "Outcome",
    [f for f in OUTCOME_FIELDS if f.name != "known_at"],
    "What came of one goods item: how it was selected, what the inspection found.",
)


class DecisionRequest(_Strict):
    """One whole declaration with its goods items."""

    declaration: Declaration = Field(description="fields that are the same for all goods")  # type: ignore[valid-type]
    items: list[Item] = Field(min_length=1, description="the goods items")  # type: ignore[valid-type]


class CancellationRequest(_Strict):
    """Why a decision is cancelled."""

    reason: CancellationReason = Field(
        description="withdrawn by the declarant; a duplicate of another declaration; sent by mistake"
    )


_CANCELLATION: TypeAdapter[CancellationRequest] = TypeAdapter(CancellationRequest)
_REQUEST: TypeAdapter[DecisionRequest] = TypeAdapter(DecisionRequest)
_OUTCOMES: TypeAdapter[list[BaseModel]] = TypeAdapter(list[Outcome])  # type: ignore[valid-type]

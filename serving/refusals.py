"""What pydantic found, in the words of the house: pointer, field, rule, remedy, and never a value."""

from __future__ import annotations

from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from customs.declaration import FIELDS, Kind
from customs.outcome import OUTCOME_FIELDS
from serving.problem import Fault
from serving.strict_json import readable

_INSTANTS = frozenset(field.name for field in (*FIELDS, *OUTCOME_FIELDS) if field.kind is Kind.INSTANT)
_NAMES = sorted({field.name for field in (*FIELDS, *OUTCOME_FIELDS)} | {"declaration", "items"})


def faults_of(error: ValidationError, *, most: int) -> list[Fault]:
    """Give one fault for each of the first `most` things pydantic found.

    A body can hold ten thousands of faults, and each unknown name is compared with every known one: words
    for all of them would keep everybody else waiting for seconds.

    >>> from pydantic import BaseModel, ConfigDict
    >>> class Item(BaseModel, extra="forbid"): cif: float
    >>> try: Item.model_validate({"cif": 1.0, "hs_cod": "870323"})
    ... except ValidationError as error: print(faults_of(error, most=9)[0].remedy)
    did you mean 'hs_code'? unknown fields are refused, not ignored
    """
    details = error.errors(include_url=False, include_context=True, include_input=False)
    return [_fault(detail) for detail in details[:most]]


def _fault(detail: ErrorDetails) -> Fault:
    steps = [step if isinstance(step, int) else readable(step) for step in detail["loc"]]
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    rule, remedy = _rule(detail, name)
    return Fault("".join(f"/{step}" for step in steps), name, rule, remedy)


def _rule(detail: ErrorDetails, name: str) -> tuple[str, str]:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _OUT_OF_PLACE if name in _NAMES else ("the field is unknown", _nearest(name))
    if kind == "string_pattern_mismatch" and name in _INSTANTS:
        return _NO_INSTANT
    if kind in _RULES:
        rule, remedy = _RULES[kind]
        bounds = {
            key: value for key, value in detail.get("ctx", {}).items() if isinstance(value, int | float)
        }
        return rule.format(**bounds), remedy
    if kind == "literal_error":
        return f"the value is one of {detail['ctx']['expected']}", "send one of these"
    return "the value has the wrong type", "see /v1/openapi.json for the type of the field"


def _nearest(name: str) -> str:
    near = get_close_matches(name, _NAMES, n=1)
    meant = f"did you mean '{near[0]}'? " if near else ""
    return meant + "unknown fields are refused, not ignored"


_OUT_OF_PLACE = (
    "the field does not belong here",
    "move it to where /v1/openapi.json has it; known_at is set by the platform",
)
_NO_INSTANT = (
    "the instant is ISO 8601 with its offset, or a bare day",
    "send it as 2025-03-01T09:00:00-05:00 or 2025-03-01; in a SAD document as month/day/year",
)
_RULES: dict[str, tuple[str, str]] = {
    "missing": ("a required field is missing", "send the field"),
    "string_type": ("the value is text", "send it in quotes"),
    "string_pattern_mismatch": (
        "the text is not blank and holds no control characters",
        "send null for what is missing, and take control characters out of what is not",
    ),
    "string_too_long": ("the text has at most {max_length} characters", "shorten the text"),
    "string_unicode": ("the text is valid Unicode", "send text as UTF-8"),
    "int_type": ("the value is a whole number", "send digits alone, without quotes and decimals"),
    "float_type": ("the value is a number below 1e308", "send digits and a decimal point, without quotes"),
    "finite_number": ("the number is finite", "leave out what is not known"),
    "bool_type": ("the value is true or false", "send true or false, without quotes"),
    "greater_than": ("the number is above {gt}", "send a number within the bounds"),
    "greater_than_equal": ("the number is at least {ge}", "send a number within the bounds"),
    "less_than_equal": ("the number is at most {le}", "send a number within the bounds"),
    "list_type": ("the value is a list", "send a list in square brackets"),
    "too_short": ("the list holds at least one element", "send at least one"),
    "model_type": ("the value is an object", "send an object in braces"),
}

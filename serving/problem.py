"""A refusal that a program can read and a person can act on: RFC 9457 problem details."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where (a JSON pointer), which field, which rule it breaks, what to do.

    None of the texts repeats a value of the request: values may be personal or commercial.
    """

    pointer: str
    field: str
    rule: str
    remedy: str


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - it is what RFC 9457 calls a problem
    """Why a request is refused; raised anywhere below the application and sent as it is.

    `kind` names the problem for programs (the type is `urn:tamiz:problem:<kind>`), `remedy` says what the
    caller should do, `decision_id` the decision that stands in the way.

    >>> Problem(415, "media-type", "Wrong type", remedy="send JSON").body().decode()
    '{"type":"urn:tamiz:problem:media-type","title":"Wrong type","status":415,"remedy":"send JSON"}'
    """

    status: int
    kind: str
    title: str
    remedy: str
    detail: str = ""
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    decision_id: str = ""

    def body(self) -> bytes:
        """The problem as JSON, UTF-8."""
        members: dict[str, object] = {
            "type": f"urn:tamiz:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail:
            members["detail"] = self.detail
        members["remedy"] = self.remedy
        if self.decision_id:
            members["decision_id"] = self.decision_id
        if self.faults:
            members["errors"] = [asdict(fault) for fault in self.faults]
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def failed() -> Problem:
    """Give the problem of a request at which the service itself failed."""
    return Problem(
        500,
        "failed",
        "The service failed",
        "treat the declaration as for manual review, and tell the operator the time of the request",
    )

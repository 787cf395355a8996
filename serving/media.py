"""What kinds of body each route takes."""

from __future__ import annotations

from collections.abc import Mapping

from serving.problem import Problem

JSON, XML, NDJSON = "application/json", "application/xml", "application/x-ndjson"
DECISIONS, BATCH = "/v1/decisions", "/v1/decisions:batch"

_SAME = {"text/xml": XML, "application/ndjson": NDJSON}
_TAKEN: Mapping[str, tuple[str, ...]] = {DECISIONS: (JSON, XML), BATCH: (NDJSON,)}
_OTHERS = (JSON,)


def media_of(path: str, headers: Mapping[bytes, bytes]) -> str:
    """Give the kind of the body that a request announces; raises Problem 415 where the path takes no such.

    >>> media_of("/v1/decisions", {b"content-type": b"text/xml; charset=utf-8"})
    'application/xml'
    """
    taken = _TAKEN.get(path, _OTHERS)
    announced = headers.get(b"content-type", b"").lower().translate(None, b' "').decode("latin-1")
    kind, _, parameters = announced.partition(";")
    plain = headers.get(b"content-encoding", b"identity") == b"identity"
    media = _SAME.get(kind, kind)
    if not plain or media not in taken or parameters not in ("", "charset=utf-8"):
        raise Problem(
            415,
            "media-type",
            "The body is of another kind than is taken here",
            f"send {' or '.join(taken)} in UTF-8, not compressed",
        )
    return media

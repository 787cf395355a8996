"""A client of the decision service: typed answers, tries again where that is safe, forgets nothing.

with Client("https://tamiz.customs.example", key, outbox=Path("outbox")) as client:
    try:
        lane = client.decide(declaration).lane
    except NoDecisionError:
        lane = "manual review"          # never a release; kept in the outbox, and sent again by
    for sent in client.resubmit():      # this, once the service is back
        ...
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay

from customs.errors import TamizError
from serving.answer import (
    BatchLine,
    CancellationAnswer,
    CancellationReason,
    DecisionAnswer,
    DryRunAnswer,
    OutcomesAnswer,
)
from serving.explanation_answer import ExplanationAnswer, TraderAnswer
from serving.outbox import Outbox

JsonObject = Mapping[str, Any]

_AGAIN = frozenset({429, 502, 503, 504})
"""Statuses after which the same request may be sent again: nothing was decided."""

_IN_FLIGHT, _DECIDED = "urn:tamiz:problem:in-flight", "urn:tamiz:problem:already-decided"

_FIRST_WAIT, _LONGEST_WAIT = 0.2, 10.0


class NoDecisionError(TamizError):
    """There is no decision now: the declaration is for manual review, never for release.

    `retry_after` is for how many seconds the service asked to be left alone.
    """

    def __init__(self, why: str, retry_after: float = 0.0) -> None:
        super().__init__(
            f"there is no decision: {why}",
            remedy="treat the declaration as for manual review, and send it again later",
        )
        self.retry_after = retry_after


class RefusalError(TamizError):
    """The service refuses the request as it is; `problem` is its RFC 9457 problem."""

    def __init__(self, problem: JsonObject) -> None:
        told = [f"{problem.get('status')} {problem.get('title')}", *_faults(problem)]
        super().__init__("; ".join(told), remedy=str(problem.get("remedy", "")))
        self.problem = problem


class DamagedError(TamizError):
    """A file of the outbox that holds no declaration; it stays where it is."""


@dataclass(frozen=True)
class Sent:
    """What became of a declaration out of the outbox: decided, or refused for what its problem says.

    Of a file that holds none there is no `declaration_id`, and the refusal names the file.
    """

    declaration_id: str | None
    decision: DecisionAnswer | None
    refusal: RefusalError | DamagedError | None


class Client:
    """Calls one service with one API key; one connection is kept open. Use it in one thread, with `with`."""

    def __init__(
        self, url: str, key: str, *, outbox: Path | None = None, seconds: float = 10.0, patience: float = 30.0
    ) -> None:
        """Wait at most `seconds` for an answer, and go on trying for `patience` seconds.

        `outbox` is a folder, made if it is not there, readable by its owner alone: declarations without a
        decision wait in it.
        """
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=seconds, trust_env=False
        )
        self._outbox = Outbox(outbox) if outbox else None
        self._patience = patience

    def decide(self, declaration: JsonObject) -> DecisionAnswer:
        """Give the decision: recorded before it was sent, the same again for the same declaration.

        Raises NoDecisionError where the service cannot be reached or cannot decide now, RefusalError for a
        declaration that breaks a rule.
        """
        body = json.dumps(declaration).encode()
        try:
            return self._decided(body)
        except NoDecisionError:
            if self._outbox:
                self._outbox.put(body)
            raise

    def resubmit(self) -> Iterator[Sent]:
        """Send what waits in the outbox, in its order, until it is empty or the service is away again.

        A file that holds no declaration is told, and left where it is.
        """
        for path, body in self._outbox.waiting() if self._outbox else ():
            declaration_id = _declaration_id(body)
            if declaration_id is None:
                yield Sent(None, None, _damaged(path))
                continue
            try:
                sent = Sent(declaration_id, self._decided(body), None)
            except RefusalError as refusal:
                sent = Sent(declaration_id, None, refusal)
            path.unlink()
            yield sent

    def try_out(self, declaration: JsonObject) -> DryRunAnswer:
        """Say what would be decided now, but for the random draw; nothing is recorded."""
        answer = self._post("/v1/decisions?dry_run=true", declaration)
        return DryRunAnswer.model_validate_json(answer.content)

    def batch(self, declarations: Iterable[JsonObject]) -> Iterator[BatchLine]:
        """Give an answer for each declaration, in their order, while they are being sent.

        It is not tried again: send what has no answer once more.
        """
        lines = (json.dumps(declaration).encode() + b"\n" for declaration in declarations)
        headers = {"Content-Type": "application/x-ndjson"}
        with self._http.stream("POST", "/v1/decisions:batch", content=lines, headers=headers) as answer:
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise RefusalError(answer.json())
            yield from map(BatchLine.model_validate_json, answer.iter_lines())

    def decision(self, decision_id: str) -> DecisionAnswer:
        """Give a decision again."""
        return DecisionAnswer.model_validate_json(self._get(f"/v1/decisions/{decision_id}").content)

    def explanation(self, decision_id: str, language: Literal["es", "en"] = "es") -> ExplanationAnswer:
        """Give why it was decided so."""
        return ExplanationAnswer.model_validate_json(self._explained(decision_id, "officer", language))

    def explanation_for_trader(self, decision_id: str, language: Literal["es", "en"] = "es") -> TraderAnswer:
        """Give what the trader may read of that."""
        return TraderAnswer.model_validate_json(self._explained(decision_id, "trader", language))

    def cancel(self, decision_id: str, reason: CancellationReason) -> CancellationAnswer:
        """Cancel a decision; its inspections are given back."""
        answer = self._post(f"/v1/decisions/{decision_id}:cancel", {"reason": reason})
        return CancellationAnswer.model_validate_json(answer.content)

    def report(self, outcomes: Sequence[JsonObject]) -> OutcomesAnswer:
        """Hand in what inspections found; sent again they stand as they did."""
        return OutcomesAnswer.model_validate_json(self._post("/v1/outcomes", outcomes).content)

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _decided(self, body: bytes) -> DecisionAnswer:
        """Give the decision, be it one that was made on the same content for somebody else."""
        try:
            answer = self._sent("POST", "/v1/decisions", body)
        except RefusalError as refusal:
            if refusal.problem.get("type") != _DECIDED:
                raise
            return self.decision(str(refusal.problem["decision_id"]))
        return DecisionAnswer.model_validate_json(answer.content)

    def _explained(self, decision_id: str, view: str, language: str) -> bytes:
        path = f"/v1/decisions/{decision_id}/explanation?view={view}"
        return self._get(path, {"Accept-Language": language}).content

    def _post(self, path: str, body: object) -> httpx.Response:
        return self._sent("POST", path, json.dumps(body).encode())

    def _get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        return self._sent("GET", path, None, headers)

    def _sent(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Send a request, and again while that is safe and patience lasts."""
        again = Retrying(
            stop=stop_after_delay(self._patience),
            wait=_wait,
            retry=retry_if_exception_type(NoDecisionError),
            reraise=True,
        )
        kind = {"Content-Type": "application/json"} if body is not None else {}
        answer: httpx.Response = again(self._once, method, path, body, {**kind, **(headers or {})})
        return answer

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        try:
            answer = self._http.request(method, path, content=body, headers=headers)
        except httpx.TransportError as error:
            raise NoDecisionError(type(error).__name__) from None
        if answer.status_code == httpx.codes.OK:
            return answer
        problem = _problem(answer)
        if answer.status_code in _AGAIN or problem.get("type") == _IN_FLIGHT:
            asked = answer.headers.get("retry-after", "")
            raise NoDecisionError(f"status {answer.status_code}", float(asked) if asked.isdigit() else 0.0)
        raise RefusalError(problem)


def _faults(problem: JsonObject) -> list[str]:
    """Give a line for each field at fault: where it is, what rule it breaks, what to do."""
    errors = problem.get("errors")
    told = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    return [f"{error.get('pointer')}: {error.get('rule')} ({error.get('remedy')})" for error in told]


def _declaration_id(body: bytes) -> str | None:
    try:
        found = json.loads(body)["declaration"]["declaration_id"]
    except (ValueError, TypeError, KeyError):
        return None
    return found if isinstance(found, str) else None


def _damaged(path: Path) -> DamagedError:
    return DamagedError(
        f"{path.name} in the outbox holds no declaration",
        remedy="send that declaration again from where it came from, then remove the file",
    )


def _wait(state: RetryCallState) -> float:
    """Wait what the service asks for; else twice as long as before."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, NoDecisionError) else 0.0
    return max(asked, min(_FIRST_WAIT * 2.0 ** (state.attempt_number - 1), _LONGEST_WAIT))


def _problem(answer: httpx.Response) -> JsonObject:
    """Give the problem in an answer; a proxy may have sent something else."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    return problem if isinstance(problem, dict) else {"status": answer.status_code, "title": "no answer"}

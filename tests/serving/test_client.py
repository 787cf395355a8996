"""The client: typed answers, tried again only where that is safe; what has no decision is kept."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from serving.client import Client, NoDecisionError, RefusalError
from serving.examples import DECISION
from serving.run import Running, start
from serving.wiring import ServiceWiring
from tests.serving.places import DAY, PORT_TOKEN, TOKEN, bundle, profiles, promote, request, workspace

DECIDED = (200, json.dumps(DECISION).encode(), {})
BUSY = (503, b'{"status": 503, "title": "Too many requests are at work"}', {"Retry-After": "0"})
IN_FLIGHT = (409, b'{"status": 409, "type": "urn:tamiz:problem:in-flight"}', {"Retry-After": "0"})
PAGE = (502, b"<html>Bad gateway</html>", {})
REFUSED = (422, b'{"status": 422, "title": "The request breaks the contract", "remedy": "mend it"}', {})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    wiring: ServiceWiring = workspace(tmp_path_factory.mktemp("client"))
    promote(wiring, bundle(wiring).id)
    profiles(wiring, DAY)
    with start(wiring, log=wiring.bundles.parent / "service.log") as running:
        yield running


@contextmanager
def answering(*answers: tuple[int, bytes, dict[str, str]]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that gives these answers in turn, the last one for ever; gives its address and what it got."""
    got: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body, headers = answers[min(len(got), len(answers)) - 1]
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()


def test_it_speaks_to_the_service_in_types(service: Running) -> None:
    with Client(service.url, TOKEN) as client:
        tried = client.try_out(request("C-1"))
        decided = client.decide(request("C-1"))
        assert tried.items == decided.items
        assert client.decision(decided.decision_id) == decided == client.decide(request("C-1"))
        assert client.explanation(decided.decision_id, "en").decision_id == decided.decision_id
        assert client.explanation_for_trader(decided.decision_id).lane == decided.lane
        assert client.cancel(decided.decision_id, "withdrawn").reason == "withdrawn"
        with pytest.raises(RefusalError) as refused:
            client.decide({"declaration": {}, "items": []})
        assert refused.value.problem["errors"]


def test_a_batch_is_answered_while_it_is_sent(service: Running) -> None:
    declarations = [request(f"C-{number}") for number in range(10, 22)]
    declarations[3] = {}
    with Client(service.url, TOKEN) as client:
        lines = list(client.batch(declarations))
    assert [line.line for line in lines] == list(range(1, 13))
    assert [line.status for line in lines] == [200] * 3 + [422] + [200] * 8
    assert lines[0].answer is not None
    assert lines[0].answer.declaration_id == "C-10"


def test_what_was_decided_for_another_client_is_the_same_decision(service: Running) -> None:
    with Client(service.url, TOKEN) as client, Client(service.url, PORT_TOKEN) as other:
        assert other.decide(request("C-31")) == client.decide(request("C-31"))
        with pytest.raises(RefusalError) as refused:
            client.decide(request("C-31", office_id="2"))
    assert refused.value.problem["type"] == "urn:tamiz:problem:version-reused"


def test_outcomes_are_handed_in(service: Running) -> None:
    outcome = {
        "declaration_id": "C-30", "item_no": 1, "selection_reason": "officer", "illicit": 0,
        "result_at": datetime(2024, 5, 7, 13, tzinfo=UTC).isoformat(), "finding": "none",
        "inspected_at": datetime(2024, 5, 7, 12, tzinfo=UTC).isoformat(), "lane": "red",
    }  # fmt: skip
    with Client(service.url, TOKEN) as client:
        client.decide(request("C-30"))
        told = client.report([outcome])
        assert client.report([outcome]) == told


@pytest.mark.parametrize("before", [[BUSY], [IN_FLIGHT, BUSY], [PAGE]])
def test_it_tries_again_with_the_same_bytes_where_that_is_safe(
    before: Sequence[tuple[int, bytes, dict[str, str]]],
) -> None:
    with answering(*before, DECIDED) as (url, got), Client(url, "tamiz_x") as client:
        assert client.decide(request()).decision_id == DECISION["decision_id"]
    assert len(got) == len(before) + 1
    assert len(set(got)) == 1


def test_what_is_refused_is_not_tried_again_and_says_its_remedy(tmp_path: Path) -> None:
    with answering(REFUSED) as (url, got), Client(url, "tamiz_x", outbox=tmp_path / "out") as client:
        with pytest.raises(RefusalError, match="422 The request breaks the contract") as refused:
            client.decide(request())
        assert list(client.resubmit()) == []
    assert (refused.value.remedy, len(got)) == ("mend it", 1)


def test_a_refusal_names_each_field_with_its_rule_and_remedy() -> None:
    fault = {"pointer": "/items/0/cif", "field": "cif", "rule": "negative_amount", "remedy": "declare it"}
    body = json.dumps({"status": 422, "title": "It breaks the contract", "errors": [fault]}).encode()
    with (
        answering((422, body, {})) as (url, _),
        Client(url, "tamiz_x") as client,
        pytest.raises(RefusalError) as refused,
    ):
        client.decide(request())
    assert str(refused.value) == "422 It breaks the contract; /items/0/cif: negative_amount (declare it)"


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"declaration": {"declaration_id": 7}}', b"\xff"])
def test_a_damaged_file_of_the_outbox_is_told_and_left_and_the_others_are_sent(
    content: bytes, tmp_path: Path
) -> None:
    outbox = tmp_path / "outbox"
    with answering(DECIDED) as (url, got), Client(url, "tamiz_x", outbox=outbox) as client:
        damaged = outbox / "0-damaged.json"
        damaged.write_bytes(content)
        (outbox / "1-sound.json").write_bytes(json.dumps(request("C-40")).encode())
        told, sent = client.resubmit()
    assert (told.declaration_id, told.decision) == (None, None)
    assert "0-damaged.json" in str(told.refusal)
    assert sent.declaration_id == "C-40"
    assert sent.decision is not None
    assert (len(got), sorted(outbox.iterdir())) == (1, [damaged])


def test_what_has_no_decision_waits_in_the_outbox_and_is_sent_again_in_its_order(tmp_path: Path) -> None:
    outbox = tmp_path / "outbox"
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with Client(url, "tamiz_x", outbox=outbox, patience=0) as client:
            for name in ("first-secret", "second", "first-secret"):
                with pytest.raises(NoDecisionError) as error:
                    client.decide(request(name))
            assert "manual review" in error.value.remedy
            with pytest.raises(NoDecisionError):
                list(client.resubmit())
    files = sorted(outbox.iterdir())
    assert len(files) == 2
    assert not any("secret" in path.name for path in files)
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    with answering(DECIDED, REFUSED) as (url, _), Client(url, "tamiz_x", outbox=outbox) as client:
        sent = list(client.resubmit())
    assert [one.declaration_id for one in sent] == ["first-secret", "second"]
    assert sent[0].decision is not None
    assert sent[1].refusal is not None
    assert not any(outbox.iterdir())


def test_patience_ends(tmp_path: Path) -> None:
    with (
        answering(BUSY) as (url, got),
        Client(url, "tamiz_x", patience=0.3) as client,
        pytest.raises(NoDecisionError, match="status 503"),
    ):
        client.decide(request())
    assert len(got) >= 2

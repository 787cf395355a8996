"""The service as users meet it: BentoML in a process of its own, over real HTTP."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ledger.sqlite_store import SqliteLedger
from serving.answer import DecisionAnswer
from serving.openapi import document_bytes
from serving.run import Running, start
from serving.wiring import ServiceWiring
from tests.serving.places import TOKEN, bundle, profiles, promote, request, workspace

KEY = {"Authorization": f"Bearer {TOKEN}"}
JSON = {**KEY, "Content-Type": "application/json"}
RUBBISH = [
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET / HTTP/9.9\r\n\r\n",
    b"\r\n" * 100,
    b"POST /v1/decisions\r\n",
]
STEPS: list[tuple[str, int, int]] = []


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> ServiceWiring:
    wiring = workspace(tmp_path_factory.mktemp("http"), serving={"watch_seconds": 0.1, "body_seconds": 1.0})
    promote(wiring, bundle(wiring).id)
    profiles(wiring)
    return wiring


@pytest.fixture(scope="module")
def service(wiring: ServiceWiring, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("log") / "service.log"
    with start(wiring, log=log, seconds=120, progress=lambda *step: STEPS.append(step)) as running:
        workers = _children(running.process.pid)
        assert len(workers) == 1
        yield running
    assert not any(map(_lives, workers))


def test_progress_ends_when_the_service_answers(service: Running) -> None:
    assert STEPS[0][1:] == (1, 3)
    assert STEPS[-1][1:] == (3, 3)


PATHS = ["/", "/docs.json", "/metrics", "/schema.json", "/livez", "/readyz", "/healthz", "/assets/", "//"]
PATHS += [
    "/static_content/main.css",
    "/v1",
    "/v1/ready",
    "/v1/openapi.json",
    "/v1/decisions/x",
    "/v1/../metrics",
]


@pytest.mark.parametrize("path", PATHS)
def test_nothing_but_liveness_is_open(service: Running, path: str) -> None:
    assert _call(service, "GET", path)[0] == 401
    status, _, body = _call(service, "GET", path, headers=KEY)
    assert status in {200, 404}
    assert b"bentoml" not in body.lower()
    assert status == 404 or path.startswith("/v1/")


def test_bentomls_own_ways_in_are_closed(service: Running) -> None:
    for path in ("/decide", "/v1", "/open", "/v1/open"):
        for content_type in ("application/vnd.bentoml+pickle", "multipart/form-data", "application/json"):
            status, _, _ = _call(service, "POST", path, b"{}", {**KEY, "Content-Type": content_type})
            assert status in {404, 415}


def test_nothing_listens_but_the_service_itself(service: Running) -> None:
    master = service.process.pid
    assert {port for process in (master, *_children(master)) for port in _listening(process)} == {
        service.port
    }


def test_answers_do_not_say_what_serves_them(service: Running) -> None:
    _, headers, _ = _call(service, "GET", "/v1/live")
    assert "server" not in headers
    assert not [name for name in headers if "bento" in name]


def test_a_decision_is_in_the_ledger_when_the_answer_is_read(service: Running, wiring: ServiceWiring) -> None:
    answer = DecisionAnswer.model_validate_json(_decide(service, request("H-1")))
    assert answer.degraded == []
    with SqliteLedger.open(wiring.ledger) as ledger:
        stored = ledger.get(answer.decision_id)
        assert stored is not None
        assert stored.leaf_hash.hex() == answer.leaf_hash
        assert ledger.verify().intact


def test_the_same_request_gets_the_same_bytes_over_eight_connections(service: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda _: _decided(service, request("H-2")), range(16)))
    assert len(bodies) == 1
    decision_id = json.loads(bodies.copy().pop())["decision_id"]
    assert _call(service, "GET", f"/v1/decisions/{decision_id}", headers=KEY)[2] in bodies


def test_the_openapi_document_is_served(service: Running) -> None:
    assert _call(service, "GET", "/v1/openapi.json", headers=KEY)[2] == document_bytes()


def test_what_was_decided_and_refused_is_counted_for_prometheus(service: Running) -> None:
    _decide(service, request("H-counted"))
    _call(service, "POST", "/v1/decisions", b"{", JSON)
    status, headers, body = _call(service, "GET", "/v1/metrics", headers=KEY)
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    for name in ("tamiz_decisions_total{", "tamiz_decision_seconds_count", "tamiz_champion_info{"):
        assert name.encode() in body
    assert b'tamiz_refusals_total{problem="not-json"}' in body
    assert b"bentoml" not in body
    assert b"secret" not in body


def test_the_examples_run_against_the_service(service: Running, tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "TAMIZ_KEY": TOKEN, "TAMIZ_URL": service.url}
    declaration = "examples/declaration.json"
    commands = [[sys.executable, "examples/decide.py", declaration], ["examples/curl.sh"]]
    if shutil.which("javac"):
        commands.append(["java", "examples/Decide.java", declaration])
    if shutil.which("mcs"):
        program = str(tmp_path / "decide.exe")
        built = ["mcs", "-r:System.Net.Http.dll", f"-out:{program}", "examples/Decide.cs"]
        subprocess.run(built, cwd=root, check=True)
        commands.append(["mono", program, declaration])
    for command in commands:
        run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        assert "118-2024-10-004711" in run.stdout


def test_a_model_is_swapped_without_losing_a_request(service: Running, wiring: ServiceWiring) -> None:
    known = {bundle(wiring, name).id for name in ("one", "two")}
    other = bundle(wiring, "two").id
    seen: list[str] = []
    promote(wiring, other)
    for number in range(600):
        answer = json.loads(_decide(service, request(f"swap-{number}")))
        seen.append(answer["model"]["bundle_id"])
        if seen[-1] == other:
            break
        time.sleep(0.02)
    assert set(seen) <= known
    assert seen[-1] == other


def test_a_large_body_is_answered_before_it_is_all_sent(service: Running) -> None:
    status, _, body = _call(service, "POST", "/v1/decisions", b" " * 300_000, JSON)
    assert (status, json.loads(body)["type"]) == (413, "urn:tamiz:problem:too-large")


def test_a_body_without_end_is_cut_off(service: Running) -> None:
    with socket.create_connection((service.host, service.port), timeout=10) as connection:
        connection.sendall(_head(b"Transfer-Encoding: chunked"))
        sent = 0
        try:
            while sent < 50_000_000:
                connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
                sent += 65536
        except OSError:
            pass
        assert sent < 20_000_000


def test_a_slow_body_is_given_up_and_the_others_are_served_meanwhile(service: Running) -> None:
    with socket.create_connection((service.host, service.port), timeout=10) as connection:
        connection.sendall(_head(b"Content-Length: 100") + b"{")
        assert _call(service, "GET", "/v1/live")[0] == 200
        assert connection.recv(20).startswith(b"HTTP/1.1 408")


def test_what_is_no_http_does_not_stop_the_service(service: Running) -> None:
    for rubbish in RUBBISH:
        with socket.create_connection((service.host, service.port), timeout=10) as connection:
            connection.sendall(rubbish)
    assert _call(service, "GET", "/v1/live")[0] == 200
    figures = _call(service, "GET", "/v1/metrics", headers=KEY)[2]
    assert b'tamiz_refusals_total{problem="not-http"}' in figures


def test_the_log_is_json_with_decision_ids_and_nothing_personal(service: Running) -> None:
    decision_id = json.loads(_decide(service, request("H-secret-3")))["decision_id"]
    assert service.log is not None
    until = time.monotonic() + 10
    while decision_id not in (log := service.log.read_text()) and time.monotonic() < until:
        time.sleep(0.01)  # the line is written when the answer is on its way
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert decision_id in {line.get("decision") for line in lines}
    assert "secret" not in log


STARTER = """
import sys, time
from pathlib import Path
from serving.run import serve
from serving.wiring import ServiceWiring

wiring = ServiceWiring.model_validate_json((Path(sys.argv[1]) / "wiring.json").read_text())
serve(wiring, "127.0.0.1", int(sys.argv[2]), 1, listening=print)
"""


def test_a_service_whose_starter_is_killed_ends(tmp_path: Path) -> None:
    (tmp_path / "wiring.json").write_text(workspace(tmp_path).model_dump_json())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", STARTER, str(tmp_path), str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2]) as starter:
        try:
            master = _waited(lambda: _children(starter.pid))
            workers = _waited(lambda: _children(master[0]))
        finally:
            starter.kill()
    assert _end([*master, *workers])


def test_requests_at_work_when_the_service_is_stopped_are_answered_and_recorded(tmp_path: Path) -> None:
    wiring = workspace(tmp_path)
    bodies = [json.dumps(request(f"at-work-{number}")).encode() for number in range(4)]
    with start(wiring, log=tmp_path / "service.log", seconds=120) as running, ExitStack() as open_until_here:
        connections = [
            open_until_here.enter_context(socket.create_connection((running.host, running.port), timeout=30))
            for _ in bodies
        ]
        for connection, body in zip(connections, bodies, strict=True):
            connection.sendall(_head(b"Content-Length: %d" % len(body)) + body[:50])
        assert _call(running, "GET", "/v1/live")[0] == 200
        running.process.terminate()
        assert _waited(lambda: [running.port] * (not _takes(running)))
        for connection, body in zip(connections, bodies, strict=True):
            connection.sendall(body[50:])
        answers = [_read(connection) for connection in connections]
        assert running.process.wait(30) == 0
    with SqliteLedger.open(wiring.ledger) as ledger:
        recorded = [ledger.get(json.loads(answer)["decision_id"]) for answer in answers]
        assert None not in recorded
        assert ledger.count() == len(bodies)


def test_a_killed_server_process_is_followed_by_another(service: Running) -> None:
    (worker,) = _children(service.process.pid)
    before = _decide(service, request("H-before-the-kill"))
    os.kill(worker, signal.SIGKILL)
    (other,) = _waited(lambda: [one for one in _children(service.process.pid) if one != worker])
    assert _waited(lambda: [other] * _takes(service)) == [other]
    assert _decide(service, request("H-before-the-kill")) == before
    _decide(service, request("H-after-the-kill"))


def test_workers_end_when_their_master_is_killed(service: Running) -> None:
    """The last test of this module: it takes the module's service away."""
    workers = _children(service.process.pid)
    os.kill(service.process.pid, signal.SIGKILL)
    assert workers
    assert _end(workers)


def _children(process: int) -> list[int]:
    return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split()))


def _takes(running: Running) -> bool:
    """True while the service answers new connections: at once, for a stopping one lets them wait."""
    try:
        with socket.create_connection((running.host, running.port), timeout=0.5) as connection:
            connection.sendall(b"GET /v1/live HTTP/1.1\r\nHost: x\r\n\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


def _read(connection: socket.socket) -> bytes:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    assert answer.status == 200
    return answer.read()


def _listening(process: int) -> set[int]:
    """The ports on which a process takes connections, IPv4 and IPv6."""
    handles = {
        str(handle.readlink()) for handle in Path(f"/proc/{process}/fd").iterdir() if handle.is_symlink()
    }
    tables = [Path(f"/proc/{process}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    sockets = [line.split() for table in tables for line in table]
    return {
        int(local.rpartition(":")[2], 16)
        for _, local, _, state, _, _, _, _, _, inode, *_ in sockets
        if state == "0A" and f"socket:[{inode}]" in handles
    }


def _waited(look: Callable[[], list[int]]) -> list[int]:
    """What is looked for, as soon as it is there; within a minute."""
    until = time.monotonic() + 60
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _end(processes: list[int]) -> bool:
    """True if every one of these processes is gone within half a minute."""
    until = time.monotonic() + 30
    while any(map(_lives, processes)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(_lives, processes))


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def _decide(service: Running, sound: dict[str, Any]) -> bytes:
    body = json.dumps(sound).encode()
    status, _, answer = _call(service, "POST", "/v1/decisions", body, JSON)
    assert status == 200, answer
    return answer


def _decided(service: Running, sound: dict[str, Any]) -> bytes:
    """What a caller gets who asks again while the request is at work."""
    body, status = json.dumps(sound).encode(), 409
    while status == 409:
        status, _, answer = _call(service, "POST", "/v1/decisions", body, JSON)
    assert status == 200, answer
    return answer


def _call(
    service: Running, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(service.host, service.port, timeout=30)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def _head(length: bytes) -> bytes:
    return (
        b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"X-API-Key: " + TOKEN.encode() + b"\r\n" + length + b"\r\n\r\n"
    )

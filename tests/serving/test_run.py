"""What keeps the service from starting is said before anything is started."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from selection.errors import RuleError
from serving.errors import ServingError, ServingInputError
from serving.run import serve, start
from serving.wiring import VARIABLE, ServiceWiring, read_wiring
from tests.serving.places import workspace


def test_a_port_in_use_is_named_with_its_remedy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServingInputError, match=f"port {port} .* cannot be used") as refused:
            serve(workspace(tmp_path), "127.0.0.1", port, 1, listening=_never)
    assert "--port" in refused.value.remedy


def test_where_it_listens_is_said_once_it_answers_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = """
import http.server, sys
class Live(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Live)
server.handle_request()
sys.exit(4)
"""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setattr("serving.run._command", lambda _: [sys.executable, "-c", server, str(port)])
    said: list[str] = []
    assert serve(workspace(tmp_path), "127.0.0.1", port, 1, listening=said.append) == 4
    assert said == [f"http://127.0.0.1:{port}"]


@pytest.mark.parametrize("host", ["localhost", "", "256.1.1.1", "example.org"])
def test_a_host_that_is_no_address_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ServingInputError, match="no IP address"):
        serve(workspace(tmp_path), host, 3999, 1, listening=_never)


def test_a_workspace_that_is_a_file_is_refused(tmp_path: Path) -> None:
    wiring = workspace(tmp_path)
    (tmp_path / "data").write_text("")
    with pytest.raises(ServingInputError, match="data"), start(wiring, log=tmp_path / "log"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_ledger_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    wiring = workspace(tmp_path)
    wiring.ledger.parent.mkdir(parents=True)
    wiring.ledger.parent.chmod(0o500)
    with pytest.raises(ServingInputError, match="cannot be written"), start(wiring, log=tmp_path / "log"):
        pass


def test_a_service_that_ends_at_once_tells_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = workspace(tmp_path)
    monkeypatch.setattr("serving.run._command", lambda _: ["/bin/sh", "-c", "echo no room; exit 3"])
    with pytest.raises(ServingError, match="its log ends: no room"), start(wiring, log=tmp_path / "log"):
        pass


def test_a_service_that_never_answers_is_given_up_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = workspace(tmp_path)
    monkeypatch.setattr("serving.run._command", lambda _: ["/bin/sleep", "60"])
    with (
        pytest.raises(ServingError, match="did not answer in time"),
        start(wiring, log=tmp_path / "log", seconds=0.3),
    ):
        pass


def test_serving_gives_the_status_of_a_server_that_ends_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.run._command", lambda _: ["/bin/sh", "-c", "exit 3"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert serve(workspace(tmp_path), "127.0.0.1", port, 1, listening=_never) == 3


def test_ctrl_c_ends_the_server_and_counts_as_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.run._command", lambda _: ["/bin/sh", "-c", "kill -INT $PPID; sleep 60"])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert serve(workspace(tmp_path), "127.0.0.1", port, 1, listening=_never) == 0


def test_rules_that_do_not_hold_are_refused_before_the_start(tmp_path: Path) -> None:
    wiring = workspace(tmp_path)
    rule = wiring.selection.rules[0]
    broken = wiring.selection.model_copy(update={"rules": (rule, rule)})
    with (
        pytest.raises(RuleError),
        start(wiring.model_copy(update={"selection": broken}), log=tmp_path / "log"),
    ):
        pass


def test_the_wiring_comes_whole_through_its_file(tmp_path: Path) -> None:
    wiring = workspace(tmp_path)
    file = tmp_path / "wiring.json"
    file.write_text(wiring.model_dump_json())
    assert read_wiring({VARIABLE: str(file)}) == wiring


@pytest.mark.parametrize("content", [None, "", "{}", '{"bundles": 1}'])
def test_a_process_without_wiring_says_how_it_is_started(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "wiring.json").write_text(content)
    for environment in ({}, {VARIABLE: str(tmp_path / "wiring.json")}):
        with pytest.raises(ServingInputError) as refused:
            read_wiring(environment)
        assert "tamiz serve" in refused.value.remedy


def test_the_clock_of_another_day_goes_on_from_there(tmp_path: Path) -> None:
    wiring = workspace(tmp_path)
    assert wiring.now() >= wiring.started_as  # type: ignore[operator]
    true = ServiceWiring.of_workspace(tmp_path).now()
    assert true.year > 2025


def _never(url: str) -> None:
    raise AssertionError(url)

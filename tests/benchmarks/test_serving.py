"""The service under load, at a size that tells nothing but that it is measured."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from benchmarks.load import Answers, Target, closed_loop, open_loop
from benchmarks.served import Place, service
from benchmarks.serving_overload import overloaded
from benchmarks.serving_starts import killed
from benchmarks.serving_steady import steady
from benchmarks.serving_swaps import swapped
from serving.run import Running
from tests.serving.places import bundle, profiles, promote, request, workspace
from tests.serving.readiness import ready


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def place(folder: Path) -> Place:
    wiring = workspace(folder / "workspace", serving={"watch_seconds": 0.1})
    bundles = [bundle(wiring, name).id for name in ("one", "two")]
    promote(wiring, bundles[0])
    profiles(wiring)
    header = request("bench-@@")
    return Place(wiring, bundles, [header])


@pytest.fixture(scope="module")
def running(place: Place, folder: Path) -> Iterator[Running]:
    with service(place, folder) as running:
        yield running


def test_in_a_closed_loop_nothing_waits_for_more_connections_than_there_are(
    place: Place, running: Running
) -> None:
    answers = closed_loop(place.target(running), 2, 1.0, [("model", "bundle_id")])
    assert answers.figures()["failed"] == 0
    assert {told[0] for told in answers.told} == {ready(running)["model"]}


def test_in_an_open_loop_what_finds_no_server_is_counted_as_not_answered() -> None:
    target = Target(1, "/v1/decisions", {}, ["{}"])
    answers = open_loop(target, 50.0, 0.5)
    assert answers.due.size > 0
    assert answers.figures()["failed"] == answers.due.size


def test_a_connection_that_was_closed_while_idle_is_no_failure() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Closing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        answers = open_loop(Target(server.server_port, "/", {}, ["{}"]), 20.0, 1.0)
        server.shutdown()
    assert answers.due.size > 1
    assert answers.figures()["failed"] == 0


class Closing(BaseHTTPRequestHandler):
    """Answers one request of a connection, and closes it without having said so."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_beyond_what_is_sustained_each_request_is_answered_or_refused(place: Place, running: Running) -> None:
    found = overloaded(place.target(running), 1, 2.0)
    assert found["refused"] > 0
    assert found["neither"] == 0
    assert found["answered a second"] > 0


def test_while_models_are_swapped_nothing_fails_and_no_answer_is_of_two_models(
    place: Place, running: Running
) -> None:
    found = swapped(place, running, 3, 300, rate=10.0)
    assert (found["swaps"], found["failed otherwise"], found["answers that mix models"]) == (3, 0, 0)
    assert found["models at work in answers"] == 2


def test_a_steady_load_is_answered_and_memory_told(place: Place, running: Running) -> None:
    found = steady(place.target(running), running, 2.0, rate=10.0)
    assert found["failed"] == 0
    assert 0 < found["memory at start, MiB"] <= found["memory at most, MiB"]


def test_a_killed_server_process_is_followed_by_another_that_answers(place: Place, running: Running) -> None:
    """The last test of this module: it takes the service's process away."""
    (seconds,) = killed(place.target(running), running, 1, 20.0)
    assert np.isfinite(seconds)


def test_waits_of_no_request_are_no_number() -> None:
    nothing = Answers(np.array([]), np.array([]), np.array([], int), [])
    assert all(np.isnan(wait) for wait in nothing.waits().values())

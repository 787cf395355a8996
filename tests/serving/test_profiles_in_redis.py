"""The service with its profiles in a Redis: moved on with it, degraded without it, back by itself."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.lmdb_profile_store import LmdbProfileStore
from features.profile_settings import ProfileSettings
from features.profile_store import publish
from features.redis_profile_store import RedisProfileStore, mirror
from features.snapshot import Snapshot
from serving.mirrored import Mirrored
from serving.run import Running, start
from serving.wiring import ServiceWiring
from tests.redis_server import RedisServer, needs_redis, redis_server
from tests.serving.places import DAY, TOKEN, bundle, promote, request, workspace

pytestmark = needs_redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server("--requirepass", "pass-secret") as server:
        yield server


def url_of(server: RedisServer) -> str:
    return server.url.replace("//", "//:pass-secret@")


def mirrored(server: RedisServer, folder: Path, day: date) -> None:
    """Mirror a snapshot in which nobody was ever seen, built elsewhere than in the workspace."""
    with closing(LmdbProfileStore(publish(folder, Snapshot(day, {})))) as store:
        mirror(url_of(server), store)


def test_over_http_it_degrades_while_redis_is_away_and_comes_back_by_itself(
    tmp_path: Path, server: RedisServer
) -> None:
    settings = ProfileSettings(url=url_of(server), seconds=1.0)  # type: ignore[arg-type]
    wiring = workspace(tmp_path, serving={"watch_seconds": 0.1}, profiles=settings)
    promote(wiring, bundle(wiring).id)
    earlier = date(2024, 5, 6)
    mirrored(server, tmp_path / "elsewhere", earlier)
    log = tmp_path / "service.log"
    with start(wiring, log=log, seconds=120) as running:
        assert awaited(running, earlier.isoformat(), [])
        mirrored(server, tmp_path / "elsewhere", DAY)
        assert decided(running)["profiles_as_of"] == DAY.isoformat()
        server.stop()
        begun = time.monotonic()
        answer = decided(running)
        assert (answer["profiles_as_of"], answer["degraded"]) == (None, ["profiles"])
        assert time.monotonic() - begun < 2
        server.start()
        assert decided(running)["degraded"] == ["profiles"]
        mirrored(server, tmp_path / "elsewhere", DAY)
        assert awaited(running, DAY.isoformat(), [])
    assert "secret" not in log.read_text()


def test_while_the_next_snapshot_is_opened_nobody_finds_none(tmp_path: Path, server: RedisServer) -> None:
    opened: list[RedisProfileStore] = []
    found_meanwhile: list[RedisProfileStore | None] = []

    def load() -> RedisProfileStore:
        found_meanwhile.append(holder.value)
        opened.append(RedisProfileStore(url_of(server), 1.0))
        return opened[-1]

    holder = Mirrored(load)
    for day in (DAY, date(2024, 5, 8)):
        mirrored(server, tmp_path / day.isoformat(), day)
        assert holder.look()
    first, second = opened
    assert found_meanwhile == [None, first]
    assert holder.value is second
    for store in opened:
        store.close()


def test_no_dump_of_the_wiring_holds_the_url(tmp_path: Path) -> None:
    settings = ProfileSettings(url="redis://:pass-secret@127.0.0.1")  # type: ignore[arg-type]
    wiring = ServiceWiring.of_workspace(tmp_path, profiles=settings)
    assert wiring.profiles.url is not None
    assert "secret" not in f"{wiring.model_dump_json()} {wiring!r} {wiring.model_dump()}"


NUMBER = iter(range(10**6))


def decided(running: Running) -> dict[str, Any]:
    connection = http.client.HTTPConnection(running.host, running.port, timeout=30)
    headers = {"X-API-Key": TOKEN, "Content-Type": "application/json"}
    try:
        connection.request("POST", "/v1/decisions", json.dumps(request(f"R-{next(NUMBER)}")), headers)
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


def awaited(running: Running, as_of: str, degraded: list[str]) -> bool:
    """True if decisions come to be made so within ten seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        answer = decided(running)
        if (answer["profiles_as_of"], answer["degraded"]) == (as_of, degraded):
            return True
        time.sleep(0.05)
    return False

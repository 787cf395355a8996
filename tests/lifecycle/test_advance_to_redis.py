"""`tamiz advance` with a Redis in the settings: mirrored there, published here whatever becomes of that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest
from redis import Redis

from features.lmdb_profile_store import LmdbProfileStore
from features.profile_settings import URL_VARIABLE
from features.profile_store import current
from features.redis_profile_store import RedisProfileStore
from tests.lifecycle.houses import House
from tests.lifecycle.terminal import Ended, tamiz
from tests.redis_server import RedisServer, needs_redis, redis_server

pytestmark = needs_redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def advanced(house: House, url: str, *asked: str) -> Ended:
    return tamiz(house.root, "advance", *asked, env={URL_VARIABLE: url})


def published(house: House) -> tuple[date, str]:
    with closing(LmdbProfileStore(current(house.workspace.snapshots))) as store:
        return store.as_of, store.identity


def mirrored(url: str) -> tuple[date, str]:
    with closing(RedisProfileStore(url, 5)) as store:
        return store.as_of, store.identity


def test_each_day_that_is_published_is_mirrored(own: House, server: RedisServer) -> None:
    for days in (0, 1, 2):
        day = own.today + timedelta(days)
        assert advanced(own, server.url, "--to", day.isoformat(), "--json").object["as_of"] == day.isoformat()
        assert published(own) == mirrored(server.url)
        assert published(own)[0] == day


def test_while_redis_is_away_the_day_is_published_here_and_mirrored_by_the_next_run(
    own: House, server: RedisServer
) -> None:
    server.stop()
    to = ("--to", own.today.isoformat())
    advanced(own, server.url, *to).refuses(2, "does not answer", URL_VARIABLE)
    assert published(own)[0] == own.today
    server.start()
    assert advanced(own, server.url, *to).status == 0
    assert published(own) == mirrored(server.url)


def test_a_user_without_rights_is_named_and_its_password_is_not(own: House, server: RedisServer) -> None:
    with Redis.from_url(server.url) as client:
        rights = ("reader", "on", ">hush-secret", "~tamiz:*", "+get", "+hmget", "+info")
        client.execute_command("ACL", "SETUSER", *rights)
    ended = advanced(own, server.url.replace("//", "//reader:hush-secret@"))
    ended.refuses(2, "refuses this user or password", "the rights of the user")
    assert "hush" not in ended.err


def test_while_another_writes_in_the_workspace_the_second_is_told_to_wait(
    own: House, server: RedisServer
) -> None:
    with own.workspace.writing():
        advanced(own, server.url).refuses(1, "is in use by process", "wait until it ends")

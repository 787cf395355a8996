"""Three services in workspaces of their own on one PostgreSQL and one Redis: one ledger, quota and answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from customs.lane import Lane
from ledger.postgres_store import PostgresLedger
from ledger.settings import LedgerSettings
from selection.capacity import Place
from selection.redis_quota import RedisQuota
from selection.settings import DailyLimits, SelectionSettings, Shares
from serving.answer import DecisionAnswer
from serving.client import Client
from serving.run import Running, start
from tests.postgresql_server import needs_postgresql, postgresql_server
from tests.redis_server import needs_redis, redis_server
from tests.serving.places import DAY, TOKEN, bundle, profiles, promote, request, workspace

pytestmark = [needs_postgresql, needs_redis]
LIMIT = 7


class Replicas:
    """Services that share their stores, and where these are."""

    def __init__(self, services: list[Running], ledger: str, quota: str) -> None:
        self.services = services
        self.ledger = ledger
        self.quota = quota

    def decide(self, number: int, declaration_id: str) -> DecisionAnswer:
        with Client(self.services[number % len(self.services)].url, TOKEN) as client:
            return client.decide(request(declaration_id))


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    root: Path = tmp_path_factory.mktemp("replicas")
    with ExitStack() as stack:
        postgresql, redis = (stack.enter_context(each()) for each in (postgresql_server, redis_server))
        postgresql.create("keys")
        settings = {
            "ledger_settings": LedgerSettings(
                url=SecretStr(postgresql.url_of()), keys_url=SecretStr(postgresql.url_of("keys"))
            ),
            "selection": SelectionSettings(
                shares=Shares(red=1.0, orange=0.0),
                daily_limits=DailyLimits(red=LIMIT),
                random_share=1e-9,
                quota_url=SecretStr(redis.url),
                quota_seconds=5,
                working_hours={"opens": "00:00", "closes": "00:01"},
            ),
        }
        first, *others = (root / f"machine-{number}" for number in range(3))
        wiring = workspace(first, **settings)
        promote(wiring, bundle(wiring).id)
        profiles(wiring, DAY)
        services = [stack.enter_context(start(wiring, log=root / "0.log", seconds=120))]
        for number, other in enumerate(others, start=1):
            shutil.copytree(first, other)
            wiring = workspace(other, **settings)
            services.append(stack.enter_context(start(wiring, log=root / f"{number}.log", seconds=120)))
        yield Replicas(services, postgresql.url_of(), redis.url)


def test_together_they_select_no_more_than_the_limit_and_keep_one_ledger(replicas: Replicas) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda n: replicas.decide(n, f"R-{n}"), range(36)))
    assert [answer.degraded for answer in answers] == [[]] * 36
    reds = [answer for answer in answers if answer.lane is Lane.RED]
    assert len(reds) == LIMIT
    with RedisQuota(replicas.quota, seconds=5) as quota:
        assert quota.used(Place(DAY, "1", Lane.RED)) == LIMIT
    with PostgresLedger.open(replicas.ledger) as ledger:
        assert ledger.verify().intact
        assert ledger.count() == 36
        assert {stored.leaf_hash.hex() for stored in ledger.iterate()} == {one.leaf_hash for one in answers}


def test_whichever_is_asked_a_declaration_has_one_decision(replicas: Replicas) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda n: replicas.decide(n, "same"), range(9)))
    assert all(answer == answers[0] for answer in answers)


def test_any_of_them_gives_again_what_another_decided(replicas: Replicas) -> None:
    decided = replicas.decide(0, "told-again")
    for service in replicas.services:
        with Client(service.url, TOKEN) as client:
            assert client.decision(decided.decision_id) == decided


def test_no_secret_of_the_stores_stands_in_a_command_line_or_a_log(replicas: Replicas) -> None:
    port = replicas.ledger.rsplit(":", 1)[1].split("/")[0]
    for service in replicas.services:
        command = Path(f"/proc/{service.process.pid}/cmdline").read_bytes().decode()
        assert service.log is not None
        assert port not in command + service.log.read_text()

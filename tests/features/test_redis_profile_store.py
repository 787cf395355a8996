"""The mirror in Redis: equal to LMDB to the last bit, one snapshot or the other, and named when it fails."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis

from features.columns import Columns, from_records
from features.declaration_lake import Frames
from features.errors import ProfileStoreError, ProfileStoreMovedError, WriteFailedError
from features.history.advance import advance
from features.history.history import History
from features.lmdb_profile_store import LmdbProfileStore, write
from features.profile_store import publish, publish_advance
from features.redis_profile_store import RECORD, RedisProfileStore, mirror
from features.snapshot import Snapshot
from tests.features.history_reference import make_world
from tests.redis_server import RedisServer, needs_redis, redis_server

pytestmark = needs_redis
DAY = date(2024, 7, 1)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


def store_of(folder: Path, day: date, entries: int) -> LmdbProfileStore:
    """A store whose values all name its day: to mix two days would show."""
    keys = (number.to_bytes(8, "big") for number in range(entries))
    write(folder, Snapshot(day, {}, {key: day.isoformat().encode() for key in keys}))
    return LmdbProfileStore(folder)


def said(store: RedisProfileStore | LmdbProfileStore, columns: Columns) -> dict[str, bytes]:
    return {name: values.tobytes() for name, values in store.lookup(columns).items()}


def keys_of(server: RedisServer) -> set[bytes]:
    with Redis.from_url(server.url) as client:
        return set(client.keys())


@pytest.mark.parametrize("seed", range(6))
def test_made_anew_and_brought_up_day_by_day_it_equals_lmdb_to_the_last_bit(
    server: RedisServer, tmp_path: Path, seed: int
) -> None:
    world, chance = make_world(40, seed), random.Random(seed)
    columns, items, outcomes = world.columns(), world.item_frame(), world.outcome_frame()
    day = date(2024, 1, 1) + timedelta(days=chance.randrange(100))
    store = LmdbProfileStore(publish(tmp_path, History.build(items, outcomes).snapshot(day)))
    for _ in range(6):
        mirror(server.url, store)
        with closing(RedisProfileStore(server.url, 5)) as mirrored:
            assert (mirrored.as_of, mirrored.identity) == (store.as_of, store.identity)
            assert (mirrored.begun, mirrored.weight) == (store.begun, store.weight)
            assert said(mirrored, columns) == said(store, columns)
            assert dict(mirrored.scan(b"")) == dict(store.scan(b""))
        assert len(keys_of(server)) == 1 + len(store.layers)
        news = advance(
            store, Frames(items, outcomes), store.as_of + timedelta(days=chance.choice([1, 1, 2, 30]))
        )
        folder = publish_advance(tmp_path, store, news)
        store.close()
        store = LmdbProfileStore(folder)
    store.close()


def test_only_the_news_of_a_day_are_written(server: RedisServer, tmp_path: Path) -> None:
    world = make_world(60, 5)
    items, outcomes = world.item_frame(), world.outcome_frame()
    with closing(LmdbProfileStore(publish(tmp_path, History.build(items, outcomes).snapshot(DAY)))) as store:
        assert mirror(server.url, store).entries == store.about.entries
        assert mirror(server.url, store).entries == 0
        folder = publish_advance(
            tmp_path, store, advance(store, Frames(items, outcomes), DAY + timedelta(days=1))
        )
    with closing(LmdbProfileStore(folder)) as next_day:
        written = mirror(server.url, next_day)
        assert written.entries == next_day.about.entries
        assert written.layers == len(next_day.layers) > 1


def test_a_store_says_that_it_moved_on_and_gives_nothing_of_the_next_day(
    server: RedisServer, tmp_path: Path
) -> None:
    with (
        closing(store_of(tmp_path / "one", DAY, 3)) as one,
        closing(store_of(tmp_path / "two", DAY, 4)) as two,
    ):
        mirror(server.url, one)
        with closing(RedisProfileStore(server.url, 5)) as reader:
            mirror(server.url, two)
            with pytest.raises(ProfileStoreMovedError):
                reader.lookup(from_records([{}]).columns)


def test_a_reader_during_mirroring_sees_one_snapshot_or_the_other(
    server: RedisServer, tmp_path: Path
) -> None:
    stores = [store_of(tmp_path / str(n), DAY + timedelta(days=n), 3_000) for n in range(2)]
    keys = [number.to_bytes(8, "big") for number in range(0, 3_000, 100)]
    mirror(server.url, stores[0])
    done, seen = threading.Event(), set[bytes]()

    def read() -> None:
        while not done.is_set():
            try:
                with closing(RedisProfileStore(server.url, 5)) as reader:
                    while not done.is_set():
                        values = set(reader._get_all(keys).values())
                        assert values == {reader.as_of.isoformat().encode()}
                        seen.update(values)
            except ProfileStoreMovedError:
                continue

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        for turn in range(30):
            mirror(server.url, stores[turn % 2])
        done.set()
        for reader in readers:
            reader.result()
    assert len(seen) == 2
    for store in stores:
        store.close()


BUILDER = """
import sys
from pathlib import Path
from features.lmdb_profile_store import LmdbProfileStore
from features.redis_profile_store import mirror
stores = [LmdbProfileStore(Path(name)) for name in sys.argv[2:]]
print("begun", flush=True)
for turn in range(10**6):
    mirror(sys.argv[1], stores[turn % 2])
"""


def test_a_builder_killed_at_any_moment_leaves_the_old_or_the_new_and_the_next_run_tidies(
    server: RedisServer, tmp_path: Path
) -> None:
    stores = [store_of(tmp_path / str(n), DAY + timedelta(days=n), 5_000) for n in range(2)]
    mirror(server.url, stores[0])
    chance, left, days = random.Random(1), 0, set[date]()
    for _ in range(8):
        command = [sys.executable, "-c", BUILDER, server.url, str(tmp_path / "0"), str(tmp_path / "1")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as builder:
            assert builder.stdout is not None
            builder.stdout.readline()
            time.sleep(chance.random() * 0.3)
            os.kill(builder.pid, signal.SIGKILL)
        left += len(keys_of(server)) > 2
        with closing(RedisProfileStore(server.url, 5)) as reader:
            assert {value for _, value in reader.scan(b"")} == {reader.as_of.isoformat().encode()}
            assert len(list(reader.scan(b""))) == 5_000
            days.add(reader.as_of)
    assert left
    for store in stores:
        mirror(server.url, store)
        assert len(keys_of(server)) == 2
        store.close()


def test_nothing_that_is_in_use_expires(server: RedisServer, tmp_path: Path) -> None:
    with closing(store_of(tmp_path / "one", DAY, 3)) as store:
        mirror(server.url, store)
    with Redis.from_url(server.url) as client:
        assert {client.ttl(key) for key in client.scan_iter()} == {-1}


def test_two_builders_at_once_leave_one_whole_snapshot(server: RedisServer, tmp_path: Path) -> None:
    stores = [store_of(tmp_path / str(n), DAY + timedelta(days=n), 3_000) for n in range(2)]

    remedies = set[str]()

    def build(store: LmdbProfileStore) -> bool:
        try:
            mirror(server.url, store)
        except WriteFailedError as error:
            remedies.add(error.remedy)
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert any(pool.map(build, stores))
    assert remedies <= {"run `tamiz advance` again"}
    with closing(RedisProfileStore(server.url, 5)) as reader:
        assert {value for _, value in reader.scan(b"")} == {reader.as_of.isoformat().encode()}
    for store in stores:
        store.close()


def test_without_a_snapshot_or_with_another_release_s_the_remedy_is_named(
    server: RedisServer, tmp_path: Path
) -> None:
    with pytest.raises(ProfileStoreError, match="holds no snapshot"):
        RedisProfileStore(server.url)
    with closing(store_of(tmp_path / "one", DAY, 3)) as store, Redis.from_url(server.url) as client:
        mirror(server.url, store)
        record = client.get(RECORD)
        client.set(RECORD, record.replace(b'"format": ', b'"format": 9'))
        with pytest.raises(ProfileStoreError, match="other history values"):
            RedisProfileStore(server.url)
        client.set(RECORD, b"[]")
        with pytest.raises(ProfileStoreError, match="damaged") as caught:
            RedisProfileStore(server.url)
        assert "tamiz advance" in caught.value.remedy
        mirror(server.url, store)
        RedisProfileStore(server.url, 5).close()


def test_a_redis_that_is_away_silent_or_none_is_named_at_once(server: RedisServer, tmp_path: Path) -> None:
    with closing(store_of(tmp_path / "one", DAY, 3)) as store:
        mirror(server.url, store)
    reader = RedisProfileStore(server.url, 5)
    server.stop()
    begun = time.monotonic()
    with pytest.raises(ProfileStoreError, match="does not answer"):
        reader.lookup(from_records([{}]).columns)
    with pytest.raises(ProfileStoreError, match="does not answer"):
        RedisProfileStore(server.url)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(ProfileStoreError, match="does not answer"),
    ):
        RedisProfileStore(f"redis://127.0.0.1:{silent.getsockname()[1]}")
    assert time.monotonic() - begun < 2
    reader.close()


def test_what_is_no_redis_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ProfileStoreError):
            RedisProfileStore(f"redis://127.0.0.1:{listening.getsockname()[1]}", 5)
        thread.join()


@pytest.mark.parametrize(
    "url", ["http://x-secret/", "redis://u:x-secret@h/0?nonsense=1", "redis://h:x-secret/"]
)
def test_what_is_no_url_of_a_redis_is_named_without_being_quoted(url: str) -> None:
    with pytest.raises(ProfileStoreError) as caught:
        RedisProfileStore(url)
    assert "secret" not in f"{caught.value!r} {caught.value.remedy}"


def test_a_wrong_password_is_named_and_no_text_holds_it(tmp_path: Path) -> None:
    with redis_server("--requirepass", "right-secret") as server:
        for login in ("", ":wrong-secret@", "nobody:wrong-secret@"):
            with pytest.raises(ProfileStoreError, match="refuses this user") as caught:
                RedisProfileStore(server.url.replace("//", f"//{login}"), 5)
            assert "secret" not in f"{caught.value!r} {caught.value.remedy}"
        url = server.url.replace("//", "//default:right-secret@")
        with closing(store_of(tmp_path / "one", DAY, 3)) as store:
            mirror(url, store)
        with closing(RedisProfileStore(url, 5)) as reader:
            assert reader.as_of == DAY
            assert "secret" not in repr(reader)


READER = ("reader", "on", ">read-secret", "~tamiz:*", "+get", "+hmget", "+hscan", "+info")
BUILDER_RIGHTS = (
    "+get +set +unlink +rename +persist +expire +hset +hlen +hexists +scan +watch +multi +exec +info"
)


def test_a_user_that_may_only_read_serves_and_is_refused_as_a_builder(
    server: RedisServer, tmp_path: Path
) -> None:
    with Redis.from_url(server.url) as client:
        client.execute_command("ACL", "SETUSER", *READER)
        builder = ("builder", "on", ">build-secret", "~tamiz:*", *BUILDER_RIGHTS.split())
        client.execute_command("ACL", "SETUSER", *builder)
    reading, building = (server.url.replace("//", f"//{each}@") for each in LOGINS)
    with (
        closing(store_of(tmp_path / "one", DAY, 3)) as one,
        closing(store_of(tmp_path / "two", DAY, 4)) as two,
    ):
        mirror(building, one)
        with pytest.raises(ProfileStoreError, match="refuses this user") as caught:
            mirror(reading, two)
        assert "rights of the user" in caught.value.remedy
        assert "secret" not in f"{caught.value!r} {caught.value.remedy}"
        with closing(RedisProfileStore(reading, 5)) as reader:
            assert reader.identity == one.identity
            assert said(reader, from_records([{}]).columns) == said(one, from_records([{}]).columns)
            mirror(building, two)
            with pytest.raises(ProfileStoreMovedError):
                reader.check()


LOGINS = ("reader:read-secret", "builder:build-secret")


@pytest.mark.parametrize("right", ["rename", "unlink", "set", "exec", "hset"])
def test_a_builder_that_lacks_a_right_is_told_so_and_the_snapshot_before_stays(
    server: RedisServer, tmp_path: Path, right: str
) -> None:
    with Redis.from_url(server.url) as client:
        rights = (*BUILDER_RIGHTS.split(), f"-{right}")
        client.execute_command("ACL", "SETUSER", "builder", "on", ">build-secret", "~tamiz:*", *rights)
    with (
        closing(store_of(tmp_path / "one", DAY, 3)) as one,
        closing(store_of(tmp_path / "two", DAY, 4)) as two,
    ):
        mirror(server.url, one)
        with pytest.raises(ProfileStoreError, match="refuses this user"):
            mirror(server.url.replace("//", f"//{LOGINS[1]}@"), two)
    with closing(RedisProfileStore(server.url, 5)) as reader:
        assert reader.identity == one.identity


def test_over_tls_it_serves_whom_it_trusts(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path)
    tls = ("--tls-cert-file", certificate, "--tls-key-file", key, "--tls-auth-clients", "no")
    with closing(store_of(tmp_path / "one", DAY, 3)) as store, redis_server(*tls, tls=True) as server:
        url = server.url.replace("redis://", "rediss://")
        trusted = f"{url}?ssl_ca_certs={certificate}"
        mirror(trusted, store)
        with closing(RedisProfileStore(trusted, 5)) as reader:
            assert reader.identity == store.identity
        with pytest.raises(ProfileStoreError, match="a certificate that is not trusted") as caught:
            RedisProfileStore(url, 5)
        assert "ssl_ca_certs" in caught.value.remedy
        with pytest.raises(ProfileStoreError, match="does not answer"):
            RedisProfileStore(server.url, 5)


def own_certificate(folder: Path) -> tuple[str, str]:
    """A certificate of this machine that nobody else signed, and its key: the files of both."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "redis")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = (folder / "redis.crt", folder / "redis.key")
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(key.private_bytes(*private))
    return str(files[0]), str(files[1])


def test_a_redis_that_may_drop_entries_is_refused_and_a_full_one_keeps_the_snapshot_before(
    tmp_path: Path,
) -> None:
    with redis_server("--maxmemory", "8mb") as server, Redis.from_url(server.url) as client:
        with closing(store_of(tmp_path / "one", DAY, 3)) as store:
            mirror(server.url, store)
        with closing(store_of(tmp_path / "two", DAY, 200_000)) as large, pytest.raises(WriteFailedError):
            mirror(server.url, large)
        with closing(RedisProfileStore(server.url, 5)) as reader:
            assert len(list(reader.scan(b""))) == 3
        client.config_set("maxmemory-policy", "allkeys-lru")
        with pytest.raises(ProfileStoreError, match="may drop entries"):
            RedisProfileStore(server.url, 5)

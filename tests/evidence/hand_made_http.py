"""Requests that must be refused for what stands around a body, made by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.evidence.bad_request import (
    ANY,
    BATCH,
    DECISIONS,
    KEY,
    NDJSON,
    OUTCOMES,
    XML,
    BadRequest,
    declaration,
    get,
    head,
    outcome,
    post,
)
from tests.serving.places import OFFICER_TOKEN, OLD_TOKEN, TOKEN

GETS = ("/v1/ready", "/v1/models/champion", "/v1/openapi.json", "/v1/metrics", "/v1/decisions/D-1")
GETS += ("/v1/decisions/D-1/explanation", "/v1/decisions/D-1/headings")
POSTS: Mapping[str, bytes] = {
    DECISIONS: declaration(),
    f"{DECISIONS}?dry_run=true": declaration(),
    OUTCOMES: outcome(),
    f"{DECISIONS}/D-1:cancel": b'{"reason":"mistake"}',
}
PATHS = (*GETS, "/v1/live", DECISIONS, BATCH, OUTCOMES, f"{DECISIONS}/D-1:cancel")
SOUND = declaration()
_JSON = "Content-Type: application/json"
_CHUNKED = "Transfer-Encoding: chunked"


def _to_decisions(body: bytes, *headers: str) -> bytes:
    return head(f"POST {DECISIONS} HTTP/1.1", KEY, _JSON, *headers) + body


NO_KEY: Mapping[str, Sequence[str]] = {
    "none": (),
    "of nobody": ("Authorization: Bearer secret",),
    "of nobody, in the other header": ("X-API-Key: secret",),
    "expired": (f"X-API-Key: {OLD_TOKEN}",),
    "basic": (f"Authorization: Basic {TOKEN}",),
    "without its scheme": (f"Authorization: {TOKEN}",),
    "empty": ("Authorization: Bearer ",),
    "empty, in the other header": ("X-API-Key: ",),
    "two": (f"Authorization: Bearer {TOKEN}", "X-API-Key: secret"),
    "two of a kind": ("X-API-Key: secret", f"X-API-Key: {TOKEN}"),
    "two in one": (f"X-API-Key: {TOKEN}, {TOKEN}",),
    "quoted": (f'Authorization: Bearer "{TOKEN}"',),
    "very long": ("X-API-Key: " + "secret" * 5_000,),
    "not ASCII": ("X-API-Key: secret\xff\xfe",),
    "in another letter case": (f"X-API-Key: {TOKEN.upper()}",),
    "cut short": (f"X-API-Key: {TOKEN[:-1]}",),
    "a cookie": (f"Cookie: X-API-Key={TOKEN}",),
    "of a proxy": (f"Proxy-Authorization: Bearer {TOKEN}",),
}

MEDIA: Mapping[str, Sequence[str]] = {
    "none": (),
    "empty": ("Content-Type: ",),
    "text": ("Content-Type: text/plain",),
    "a form": ("Content-Type: application/x-www-form-urlencoded",),
    "parts": ("Content-Type: multipart/form-data; boundary=secret",),
    "pickle": ("Content-Type: application/vnd.bentoml+pickle",),
    "problem": ("Content-Type: application/problem+json",),
    "anything": ("Content-Type: */*",),
    "JSON in Latin-1": ("Content-Type: application/json; charset=latin-1",),
    "JSON in UTF-7": ("Content-Type: application/json; charset=utf-7",),
    "JSON with a parameter": ("Content-Type: application/json; version=secret",),
    "two": (_JSON, "Content-Type: text/plain"),
    "two, the other way round": ("Content-Type: text/plain", _JSON),
    "two in one": ("Content-Type: application/json, application/xml",),
    "gzip": (_JSON, "Content-Encoding: gzip"),
    "brotli": (_JSON, "Content-Encoding: br"),
    "an unknown encoding": (_JSON, "Content-Encoding: secret"),
    "two encodings": (_JSON, "Content-Encoding: identity, gzip"),
    "two encodings in two": (_JSON, "Content-Encoding: gzip", "Content-Encoding: identity"),
}

NO_IDEMPOTENCY_KEY: Mapping[str, Sequence[str]] = {
    "empty": ("Idempotency-Key: ",),
    "with a blank": ("Idempotency-Key: my secret",),
    "too long": ("Idempotency-Key: " + "secret" * 30,),
    "not ASCII": ("Idempotency-Key: ñsecret",),
    "two": ("Idempotency-Key: a", "Idempotency-Key: secret"),
    "twice the same": ("Idempotency-Key: a", "Idempotency-Key: a"),
}

QUERIES: Mapping[str, str] = {
    "dry_run is no word of truth": f"{DECISIONS}?dry_run=1",
    "dry_run is empty": f"{DECISIONS}?dry_run=",
    "dry_run is shouted": f"{DECISIONS}?dry_run=TRUE",
    "dry_run twice": f"{DECISIONS}?dry_run=true&dry_run=false",
    "dry_run twice the same": f"{DECISIONS}?dry_run=true&dry_run=true",
    "dry_run misspelt": f"{DECISIONS}?dryrun=true",
    "dry_run in another letter case": f"{DECISIONS}?Dry_Run=true",
    "an unknown parameter": f"{DECISIONS}?secret=1",
    "an unknown parameter without a value": f"{DECISIONS}?secret",
    "the key in the query": f"{DECISIONS}?api_key={TOKEN}",
    "a NUL": f"{DECISIONS}?dry_run=true%00",
    "no UTF-8": f"{DECISIONS}?dry_run=%ff",
    "ten thousand parameters": f"{DECISIONS}?" + "&".join(f"a{n}=" for n in range(5_000)),
    "outcomes take none": f"{OUTCOMES}?dry_run=true",
    "cancelling takes none": f"{DECISIONS}/D-1:cancel?dry_run=true",
}
GET_QUERIES: Mapping[str, str] = {
    "no such view": "/v1/decisions/D-1/explanation?view=secret",
    "view twice": "/v1/decisions/D-1/explanation?view=trader&view=officer",
    "view misspelt": "/v1/decisions/D-1/explanation?vew=trader",
    "a decision takes none": "/v1/decisions/D-1?view=secret",
    "readiness takes none": "/v1/ready?secret=1",
}

NOT_THERE: Sequence[str] = (
    *[
        r"/",
        r"/metrics",
        r"/docs.json",
        r"/schema.json",
        r"/livez",
        r"/readyz",
        r"/healthz",
        r"/decide",
        r"/static_content/a",
        r"/v1",
        r"/v1/",
        r"/v1//live",
        r"/v1/live/",
        r"/v1/decisions/",
        r"/v1/decisions/D-1/",
        r"/v1/decisions/D-1/secret",
        r"/v1/decisions/D-1/explanation/",
        r"/v1/decisions//explanation",
        r"/v1/decisions/secret",
        r"/v2/decisions",
        r"/V1/live",
        r"/v1/Live",
        r"/v1/decisions/..",
        r"/v1/../metrics",
        r"/v1/../../etc/passwd",
        r"/v1/%2e%2e/metrics",
        r"/v1/decisions/..%2f..%2fetc%2fpasswd",
        r"/v1/decisions/%00",
        r"/v1/decisions/D-1%0d%0aSet-Cookie:secret",
        r"/v1/decisions/%ff%fe",
        r"/v1/decisions/%",
        r"/v1/decisions/%zz",
        r"/v1/decisions/a.b",
        r"/v1/decisions/'%20OR%201=1--",
        r"/v1/decisions/{{7*7}}",
        r"/v1/decisions/$secret",
        r"/v1/decisions/%f0%9f%92%a3",
        r"/v1/decisions/D-1;secret=1",
        r"/v1/models/secret",
        r"/v1/models/",
        r"/v1/models/champion/",
        r"http://127.0.0.1:9/v1",
        r"/v1/openapi.json/",
        r"/v1/openapi.yaml",
        r"/v1/decisions/D-1/headings/x",
        r"//v1/live",
        r"/v1\live",
    ],
    "/v1/decisions/" + "a" * 65,
    "/v1/decisions/" + "a" * 20_000,
)

METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "LINK")

NO_HTTP: Mapping[str, bytes] = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"secret" * 20,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another version": b"GET /v1/ready HTTP/9.9\r\n\r\n",
    "no version": b"GET /v1/ready\r\n\r\n",
    "an unknown method": head("SECRET /v1/ready HTTP/1.1", KEY),
    "a method in small letters": head("post /v1/decisions HTTP/1.1", KEY),
    "no path": head("GET HTTP/1.1", KEY),
    "a blank in the path": head("GET /v1/de cisions HTTP/1.1", KEY),
    "a path that is not ASCII": head("GET /v1/secret\xff HTTP/1.1", KEY),
    "a blank before the colon": head("GET /v1/ready HTTP/1.1", KEY, "Secret : 1"),
    "a line that is no header": head("GET /v1/ready HTTP/1.1", KEY, "secret"),
    "a folded header": head("GET /v1/ready HTTP/1.1", KEY, "A: 1", " secret"),
    "NUL in a header": head("GET /v1/ready HTTP/1.1", KEY, "A: secret\0"),
    "a bare carriage return": head("GET /v1/ready HTTP/1.1", KEY, "A: 1\rsecret: 2"),
    "text": b"secret\r\n\r\n",
    "bytes": bytes(range(256)) * 4,
    "two lengths": _to_decisions(b"{}x", "Content-Length: 2", "Content-Length: 3"),
    "a length and chunks": _to_decisions(b"{}", "Content-Length: 2", _CHUNKED),
    "a negative length": _to_decisions(b"{}", "Content-Length: -1"),
    "a length in words": _to_decisions(b"{}", "Content-Length: many"),
    "a length with a sign": _to_decisions(b"{}", "Content-Length: +2"),
    "a length beyond 64 bits": _to_decisions(b"{}", "Content-Length: " + "9" * 40),
    "chunks, then gzip": _to_decisions(b"2\r\n{}", "Transfer-Encoding: chunked, gzip"),
    "an unknown transfer coding": _to_decisions(b"{}", "Transfer-Encoding: secret"),
    "a chunk whose size is a word": _to_decisions(b"secret\r\n{}\r\n", _CHUNKED),
    "a chunk that is longer than it says": _to_decisions(b"1\r\n{}\r\n", _CHUNKED),
    "a chunk of endless size": _to_decisions(b"f" * 40 + b"\r\n{", _CHUNKED),
}  # fmt: skip

_MANY = "".join(f"A{number}: secret\r\n" for number in range(20_000)).encode()
_CHUNK = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
FLOODS: Mapping[str, tuple[tuple[bytes | float, ...], tuple[int, ...]]] = {
    "headers": ((get("/v1/ready")[:-2], *[_MANY] * 20), (400, 431)),
    "a header": ((get("/v1/ready")[:-2] + b"A: ", *[b"secret" * 50_000] * 20), (400, 431)),
    "a path": ((b"GET /v1/", *[b"secret" * 50_000] * 20), (400, 431)),
    "a query": ((f"POST {DECISIONS}?".encode(), *[b"secret=&" * 50_000] * 20), (400, 431)),
    "trailers": (
        (head(f"POST {BATCH} HTTP/1.1", KEY, f"Content-Type: {NDJSON}", _CHUNKED) + b"0\r\n", *[_MANY] * 20),
        (0, 200, 400, 431),
    ),
    "extensions of a chunk": (
        (_to_decisions(b"1;", _CHUNKED), *[b"secret=1;" * 30_000] * 20),
        (400, 431),
    ),
    "chunks of one byte": (
        (_to_decisions(b"", _CHUNKED), *[b"1\r\n \r\n" * 20_000] * 10),
        (400, 413, 431),
    ),
    "a body larger than it may be": ((post(DECISIONS, b" " * 300_000),), (413,)),
    "a body larger than it may be, in chunks": (
        (_to_decisions(b"", _CHUNKED), *[_CHUNK] * 200),
        (413,),
    ),
    "a body said to be huge": ((post(DECISIONS, b"").replace(b"h: 0", b"h: 99999999999"), b"{}"), (413,)),
    "a body without a key": ((head(f"POST {DECISIONS} HTTP/1.1", _JSON, _CHUNKED), *[_CHUNK] * 200), (401,)),
    "a document larger than it may be": ((post(DECISIONS, b"<" + b"a" * 300_000, media=XML),), (413,)),
    "outcomes larger than they may be": ((post(OUTCOMES, b"[" + b"1," * 200_000 + b"1]"),), (413,)),
    "a request behind another": ((post(DECISIONS, b"{}") * 200,), (422,)),
}

SLOW: Mapping[str, tuple[tuple[bytes | float, ...], tuple[int, ...]]] = {
    "a body that stops": ((post(DECISIONS, SOUND)[:-20],), (408,)),
    "a body that never begins": ((post(DECISIONS, b"").replace(b"h: 0", b"h: 20"),), (408,)),
    "a body, byte by byte": ((post(DECISIONS, b"").replace(b"h: 0", b"h: 99"), *[b" ", 0.1] * 20), (408,)),
    "a body in chunks that stop": (
        (_to_decisions(b"1\r\n{\r\n", _CHUNKED),),
        (408,),
    ),
    "a caller who waits to be told to go on": (
        (post(DECISIONS, b"", "Expect: 100-continue").replace(b"h: 0", b"h: 20"),),
        (408,),
    ),
    "a head that stops": ((get("/v1/ready")[:-10],), (0, 408)),
    "a head, byte by byte": ((get("/v1/ready")[:-10], *[b"a", 0.1] * 20), (0, 408)),
    "a head that stops within a line": ((b"GE",), (0, 408)),
    "a second head that stops": ((post(DECISIONS, b"{}") + get("/v1/ready")[:-10],), (422,)),
    "nothing": ((b"",), (0,)),
    "a line of a batch that stops": ((post(BATCH, SOUND, media=NDJSON)[:-20],), (200,)),
    "a line of a batch, byte by byte": (
        (post(BATCH, b"", media=NDJSON).replace(b"h: 0", b"h: 999"), *[b" ", 0.1] * 20),
        (200,),
    ),
}

UPGRADES: Mapping[str, bytes] = {
    "HTTP/2": post(DECISIONS, SOUND, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"),
    "a web socket": post(DECISIONS, SOUND, "Connection: Upgrade", "Upgrade: websocket"),
    "a web socket, as browsers do": head(
        "GET /v1/decisions HTTP/1.1", KEY, "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ),
    "a web socket of nobody": head(
        "GET /v1/ready HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ),
    "a tunnel": head("CONNECT 127.0.0.1:9 HTTP/1.1", KEY),
}  # fmt: skip


def around() -> Iterator[BadRequest]:
    """Give all of them."""
    for name, headers in NO_KEY.items():
        for path in PATHS:
            if path != "/v1/live":
                method = "GET" if path in GETS else "POST"
                yield _one(f"no key: {name}: {path}", head(f"{method} {path} HTTP/1.1", *headers), 401)
    officer = f"X-API-Key: {OFFICER_TOKEN}"
    yield _one("a key of another role", head("GET /v1/ready HTTP/1.1", officer), 403)
    for path, body in POSTS.items():
        for name, headers in MEDIA.items():
            framed = head(f"POST {path} HTTP/1.1", KEY, f"Content-Length: {len(body)}", *headers) + body
            yield _one(f"media: {name}: {path}", framed, 400, 415)
    yield _one("media: a batch of JSON", post(BATCH, SOUND), 415)
    yield _one("media: outcomes as a document", post(OUTCOMES, b"<ASYCUDA/>", media=XML), 415)
    for name, headers in NO_IDEMPOTENCY_KEY.items():
        yield _one(f"Idempotency-Key: {name}", post(DECISIONS, SOUND, *headers), 400)
    for name, path in QUERIES.items():
        yield _one(f"query: {name}", post(path, POSTS[path.partition("?")[0]]), 400, 404)
    for name, path in GET_QUERIES.items():
        yield _one(f"query: {name}", get(path), 400, 404)
    for path in NOT_THERE:
        yield _one(f"path: {path[:60]} ({len(path)})", get(path), 400, 404)
        yield _one(f"path, posted to: {path[:60]} ({len(path)})", post(path, SOUND), 400, 404, 405)
    for path in PATHS:
        methods = (*METHODS, "POST" if path in (*GETS, "/v1/live") else "GET", "HEAD")
        for method in methods if path not in (*GETS, "/v1/live") else methods[:-1]:
            yield _one(f"{method} {path}", head(f"{method} {path} HTTP/1.1", KEY, _JSON), 404, 405, 415)
    for name, sent in NO_HTTP.items():
        yield _one(f"no HTTP: {name}", sent, 400, 401, 413)
    for name, (parts, statuses) in FLOODS.items():
        yield BadRequest(f"flood: {name}", parts, statuses, lines=False)
    for name, (parts, statuses) in SLOW.items():
        yield BadRequest(f"slow: {name}", parts, statuses, lines=statuses == (200,))
    for name, sent in UPGRADES.items():
        yield _one(f"upgrade: {name}", sent, *ANY, 401)
    yield _one("a version of HTTP that ends at once", post(DECISIONS, b"{}").replace(b"P/1.1", b"P/1.0"), 422)
    yield _one("a caller who hangs up", post(DECISIONS, SOUND)[:200], 0, 408)


def _one(name: str, sent: bytes, *statuses: int) -> BadRequest:
    return BadRequest(name, (sent,), statuses)

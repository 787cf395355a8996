"""Requests that must be refused, made up by chance: each is broken whatever chance does to it besides."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from tests.evidence.bad_request import (
    ANY,
    BATCH,
    DECISIONS,
    NDJSON,
    OUTCOME,
    OUTCOMES,
    XML,
    BadRequest,
    get,
    head,
    post,
)
from tests.evidence.hand_made_bodies import SAD
from tests.serving.places import request

Chance = random.Random
_FRAGMENTS = (
    "NaN",
    "1e999",
    "\\ud800",
    "\\u0000",
    "null",
    "{}",
    "[]",
    "[[[[",
    "}",
    '"',
    "\\",
    "//",
    ",",
    "-",
    "9" * 400,
)
_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Idempotency-Key",
    "Accept",
    "Accept-Language",
    "Expect",
    "Range",
)
_HEADERS += (
    "If-Match",
    "Origin",
    "X-Forwarded-For",
    "X-HTTP-Method-Override",
    "Transfer-Encoding",
    "TE",
    "Cookie",
)
_PIECES = (
    "v1",
    "decisions",
    "outcomes",
    "models",
    "champion",
    "..",
    ".",
    "%2e%2e",
    "",
    "D-secret",
    "%00",
    "%ff",
)
_PIECES += (
    "explanation",
    "headings",
    "D-1:cancel",
    "decisions:batch",
    "metrics",
    "etc",
    "passwd",
    "*",
    "~",
    "ñ",
)


def made_up(chance: Chance) -> BadRequest:
    """Give one; the same for the same state of chance."""
    make = chance.choice(_WAYS)
    return make(chance)


def _field(chance: Chance) -> BadRequest:
    """A declaration with some values of its fields replaced by any JSON."""
    broken = _broken(chance)
    for _ in range(chance.randint(1, 4)):
        part = chance.choice([broken["declaration"], *broken["items"]])
        part[chance.choice([*part, "unheard_of"])] = _any_json(chance, 3)
    return _posted("field", DECISIONS, json.dumps(broken | _unknown()).encode())


def _strange(chance: Chance) -> BadRequest:
    """A declaration, only tried out, with values of the right kind that nobody declares; it may be taken."""
    sound = request("D-secret-1", items=chance.randint(1, 5))
    for _ in range(chance.randint(1, 5)):
        part = chance.choice([sound["declaration"], *sound["items"]])
        name = chance.choice([*part, *_SELDOM])
        part[name] = chance.choice(_AMOUNTS if isinstance(part.get(name), float) else _TEXTS)
    sent = post(f"{DECISIONS}?dry_run=true", json.dumps(sound).encode())
    return BadRequest("strange", (sent,), (200, 400, 422))


def _strange_document(chance: Chance) -> BadRequest:
    """The same as a SAD document."""
    xml = SAD
    for _ in range(chance.randint(1, 4)):
        old = chance.choice([b"1450", b"4711", b"3/5/24", b"1000001", b"X9", b"EX01"])
        value = chance.choice(_AMOUNTS) if old == b"1450" else chance.choice(_TEXTS)
        xml = xml.replace(old, escape(str(value)).encode("utf-8", "ignore"))
    return BadRequest("strange", (post(f"{DECISIONS}?dry_run=true", xml, media=XML),), (200, 400, 422))


def _text(chance: Chance) -> BadRequest:
    """The text of a declaration, damaged."""
    return _posted("text", _decisions(chance), _damaged(chance, json.dumps(_broken(chance)).encode()))


def _bytes(chance: Chance) -> BadRequest:
    """Any bytes to any route that takes a body."""
    body = chance.randbytes(chance.randint(0, 400))
    path, media = chance.choice(
        [(DECISIONS, XML), (DECISIONS, "application/json"), (OUTCOMES, "application/json")]
    )
    return BadRequest("bytes", (post(path, body, media=media),), (400,))


def _outcomes(chance: Chance) -> BadRequest:
    """Outcomes of which at least one is broken."""
    several = [dict(OUTCOME) for _ in range(chance.randint(1, 5))]
    for one in several:
        one[chance.choice(list(one))] = _any_json(chance, 2)
    several[chance.randrange(len(several))] |= {"finding": "secret", "known_at": 7, "illicit": "1"}
    body = json.dumps(several).encode()
    return _posted("outcomes", OUTCOMES, _damaged(chance, body) if chance.random() < 0.5 else body)


def _cancelling(chance: Chance) -> BadRequest:
    """A reason that is none, for a decision that is none."""
    value = {chance.choice(["reason", "motive", "why"]): _any_json(chance, 2)}
    return _posted("cancelling", f"{DECISIONS}/{_word(chance)}:cancel", json.dumps(value).encode())


def _document(chance: Chance) -> BadRequest:
    """A SAD document whose masses are words, damaged, or with what no document may hold."""
    xml = SAD.replace(b"1450", b"secret").replace(b"<Country_first_destination>", b"<secret>")
    if chance.random() < 0.3:
        at = chance.randrange(len(xml))
        xml = (
            xml[:at]
            + chance.choice([b"<!DOCTYPE a>", b"<?a?>", b"&secret;", b"]]>", b"<![CDATA["])
            + xml[at:]
        )
    return BadRequest(
        "document", (post(_decisions(chance), _damaged(chance, xml), media=XML),), (400, 413, 422)
    )


def _lines(chance: Chance) -> BadRequest:
    """A batch of which every line is broken."""
    lines = (_damaged(chance, json.dumps(_broken(chance)).encode()) for _ in range(chance.randint(1, 6)))
    body = b"\n".join(line.replace(b"\n", b" ") for line in lines)
    return BadRequest("lines", (post(BATCH, body + b"\nsecret", media=NDJSON),), (200,), lines=True)


def _path(chance: Chance) -> BadRequest:
    """A path that leads to no decision."""
    path = "/v1/decisions/" + "/".join(chance.choices(_PIECES, k=chance.randint(1, 5)))
    path = "".join(chance.choice([each, "%20", "%25"]) if chance.random() < 0.02 else each for each in path)
    return BadRequest("path", (get(path.replace("ñ", "%C3%B1") + _query(chance)),), (400, 404, 405))


def _headers(chance: Chance) -> BadRequest:
    """A broken declaration under any headers."""
    names = chance.choices(_HEADERS, k=chance.randint(1, 5))
    headers = [f"{name}: {_header_value(chance)}" for name in names]
    body = json.dumps(_broken(chance)).encode()
    return BadRequest("headers", (post(DECISIONS, body, *headers),), ANY)


def _key(chance: Chance) -> BadRequest:
    """A key that nobody has."""
    name = chance.choice(["Authorization: Bearer ", "Authorization: ", "X-API-Key: "])
    sent = head(
        f"GET {chance.choice(['/v1/ready', '/', '/v1/decisions/D-1'])} HTTP/1.1", name + _header_value(chance)
    )
    return BadRequest("key", (sent,), (401,))


def _queried(chance: Chance) -> BadRequest:
    """A broken declaration with any query."""
    return _posted("query", DECISIONS + _query(chance), json.dumps(_broken(chance)).encode())


def _framing(chance: Chance) -> BadRequest:
    """The bytes of a broken request, some of them replaced within its head; whatever that means."""
    sent = bytearray(post(DECISIONS, json.dumps(_broken(chance)).encode(), "Connection: close"))
    end = sent.index(b"\r\n\r\n")
    for _ in range(chance.randint(1, 3)):
        sent[chance.randrange(end)] = chance.randrange(256)
    return BadRequest("framing", (bytes(sent), 0.0), (0, *ANY, 401, 431, 505))


def _posted(name: str, path: str, body: bytes) -> BadRequest:
    return BadRequest(name, (post(path, body),), (400, 413, 422))


def _decisions(chance: Chance) -> str:
    return chance.choice([DECISIONS, f"{DECISIONS}?dry_run=true"])


def _broken(chance: Chance) -> dict[str, Any]:
    """A declaration that breaks many rules, so that no damage heals it."""
    sound = request("D-secret-1", items=chance.randint(1, 3))
    sound["declaration"] |= {"accepted_at": "secret", "importer_aeo": "secret"}
    for item in sound["items"]:
        item |= {"net_kg": -1.0, "hs_code": "secret", "origin_country": "secret"}
    return sound


def _unknown() -> dict[str, Any]:
    return {"unheard_of": None}


def _damaged(chance: Chance, text: bytes) -> bytes:
    """A cut, turned bits, or a fragment put in; never so many that it heals."""
    at = chance.randrange(len(text))
    way = chance.randrange(4)
    if way == 0:
        return text[:at]
    if way == 1:
        flipped = bytearray(text)
        for _ in range(chance.randint(1, 3)):
            flipped[chance.randrange(len(text))] ^= 1 << chance.randrange(8)
        return bytes(flipped)
    if way == 2:
        return text[:at] + chance.choice(_FRAGMENTS).encode() + text[at:]
    return text[:at] + text[at + chance.randint(1, 50) :]


def _any_json(chance: Chance, depth: int) -> object:
    if depth and chance.random() < 0.3:
        inner = [_any_json(chance, depth - 1) for _ in range(chance.randrange(4))]
        return inner if chance.random() < 0.5 else {f"unheard_{n}": value for n, value in enumerate(inner)}
    return chance.choice(_LEAVES)(chance)


def _word(chance: Chance) -> str:
    return "".join(chance.choices(string.ascii_letters + string.digits + "_-", k=chance.randint(1, 64)))


def _query(chance: Chance) -> str:
    names = chance.choices(["dry_run", "view", "dryrun", "secret", "%00", "a%ff"], k=chance.randint(1, 3))
    return "?" + "&".join(f"{name}={_word(chance)}" for name in names)


def _header_value(chance: Chance) -> str:
    return "secret" + "".join(
        chr(chance.choice([*range(0x21, 0x7F), *range(0xA1, 0x100)])) for _ in range(20)
    )


_SELDOM = ("version", "description", "brand", "packages", "hs_edition", "valuation_method", "known_at")
_AMOUNTS = (0.0, -0.0, 5e-324, 1e-300, 1e-9, 1e15, 9e15, 1e100, 1e154, 1e200, 1.7e308, -1e-9, 2.0**53, 0.3)
_TEXTS = (
    "0001-01-01", "1677-09-21T00:12:43Z", "2262-04-11T23:47:17Z", "9999-12-31T23:59:59Z", "2024-05-07", "1e5",
    "0", "CN", "99", "000000", "9999999999", "640399", "64039900000000", "\u202esecret", "\U0001f4a3" * 16,
    "ß" * 64, "İ", "ﬀ", "a\u0300" * 20, "'", '"', "&", "<", "\\", "secret\tsecret", "\u00a0secret", "NaN",
    "-1", "１", "\x85a",
)  # fmt: skip
_LEAVES: tuple[Callable[[Chance], object], ...] = (
    lambda chance: None,
    lambda chance: chance.random() < 0.5,
    lambda chance: chance.randint(-(2**70), 2**70),
    lambda chance: chance.uniform(-1e300, 1e300) * 10 ** chance.randint(-300, 8),
    lambda chance: (
        "secret" + chance.choice(["", "\0", "\u202e", "\U0010ffff", "x" * 3_000, "'--", "${7*7}", "%s"])
    ),
    lambda chance: f"{chance.randint(0, 99_999)}-{chance.randint(0, 99)}-{chance.randint(0, 99)}",
)
_WAYS: tuple[Callable[[Chance], BadRequest], ...] = (
    _field, _field, _strange, _strange, _strange_document, _text, _text, _bytes, _outcomes, _cancelling,
    _document, _lines, _path, _headers, _key, _queried, _framing,
)  # fmt: skip

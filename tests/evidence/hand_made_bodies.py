"""Bodies that must be refused, made by hand: broken JSON, each field, documents, lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.evidence.bad_request import (
    BATCH,
    DECISIONS,
    NDJSON,
    OUTCOMES,
    XML,
    BadRequest,
    declaration,
    outcome,
    post,
)

SAD = (Path(__file__).parents[1] / "features" / "asycuda" / "registered.xml").read_bytes()

NO_JSON: Mapping[str, bytes] = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "a form": b"declaration=secret",
    "cut short": declaration()[:-1],
    "two values": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf" + declaration(),
    "UTF-16": declaration().decode().encode("utf-16"),
    "UTF-32": declaration().decode().encode("utf-32"),
    "Latin-1": '{"a":"ñ"}'.encode("latin-1"),
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "half a character": b'{"a":"\\ud800"}',
    "halves the wrong way round": b'{"a":"\\udc00\\ud800"}',
    "half a character as a name": b'{"\\ud800":1}',
    "NaN": b'{"a":NaN}',
    "infinity": b'{"a":Infinity}',
    "minus infinity": b'{"a":-Infinity}',
    "beyond a double": b'{"a":1e999}',
    "far beyond a double": b'{"a":-1e99999999999}',
    "an endless whole number": b'{"a":' + b"9" * 5_000 + b"}",
    "a very endless whole number": b'{"a":' + b"9" * 200_000 + b"}",
    "leading zero": b'{"a":01}',
    "plus": b'{"a":+1}',
    "hexadecimal": b'{"a":0x10}',
    "no digits after the point": b'{"a":1.}',
    "single quotes": b"{'a':1}",
    "no quotes": b"{a:1}",
    "comment": b"{}//secret",
    "trailing comma": b'{"a":1,}',
    "no comma": b'{"a":1 "b":2}',
    "raw control character": b'{"a":"\x01"}',
    "raw line feed": b'{"a":"\n"}',
    "NUL": b'{"a":"b"}\x00',
    "unknown escape": b'{"a":"\\x41"}',
    "duplicate member": b'{"declaration":{},"declaration":{}}',
    "duplicate member inside": b'{"items":[{"cif":1,"cif":2}]}',
    "duplicate member, escaped": b'{"items":[{"cif":1,"c\\u0069f":2}]}',
    "duplicate member that is a value": b'{"secret 1":1,"secret 1":2}',
    "deep lists": b"[" * 50_000,
    "deep closed lists": b"[" * 9 + b"]" * 9,
    "deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep behind a text with brackets": b'{"a":"]]]]]]]]]]","b":' + b"[" * 9 + b"]" * 9 + b"}",
    "a text of escaped quotes without end": b'{{{{{{{{{"' + b'\\"' * 120_000,
    "the same with half an escape": b'{{{{{{{{{"' + b'\\"' * 120_000 + b"\\",
    "a text of backslashes": b'{{{{{{{{{"' + b"\\" * 240_001,
    "true": b"tru",
    "XML": SAD,
    "pickle": b"\x80\x04K\x01.",
    "gzip": b"\x1f\x8b\x08\x00secret",
}

NO_DECLARATION: Mapping[str, object] = {
    "a list": [json.loads(declaration())],
    "null": None,
    "a number": 1,
    "a text": "secret",
    "true": True,
    "an empty object": {},
    "an unknown part": json.loads(declaration()) | {"secret 7": 1},
    "items no list": {"declaration": {}, "items": {}},
    "no items": {"declaration": {}, "items": []},
    "items of lists": {"declaration": {}, "items": [[]]},
    "ten thousand unknown fields": {"declaration": {f"f{n}": 0 for n in range(10_000)}, "items": []},
    "a prototype": {"__proto__": {"declaration": {}}, "items": []},
    "a constructor": {"__class__": {"__init__": {}}},
}

_NO_TEXT: Sequence[object] = (7, True, "", "  ", ["secret"], {"$ne": "secret"}, "secret\0", "secret\x7f")
_NO_NUMBER: Sequence[object] = ("secret", "250", True, [1.0], -1.0, 10**400)
DECLARATION_FIELDS: Mapping[str, Sequence[object]] = {
    "declaration_id": (None, *_NO_TEXT, "secret" * 11),
    "version": (0, -1, 1.5, "1", True, 10**7, 2**70),
    "accepted_at": (
        None, 1715068800, "", "secret", "2024-02-30", "2024-13-01", "2024-05-32", "2024-05-07T08:00:00",
        "2024-05-07T24:00:00Z", "2024-05-07T08:60:00Z", "2024-05-07T08:00:61Z", "2024-05-07T08:00:00+99:99",
        "0000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "99999-01-01",
        "2024-05-09T08:00:00-05:00", "2024-W19-2", "20240507", "2024-05-07t08:00:00z", "２０２４-05-07",
    ),
    "office_id": (None, *_NO_TEXT, "secret" * 11),
    "importer_id": (None, *_NO_TEXT, "secret" * 11, "\u2028", "\ufeff"),
    "declarant_id": (*_NO_TEXT, "secret" * 11),
    "importer_aeo": (1, "true", 0.0, []),
    "transport_mode": (1.5, "1", True, -3, 77, 2**60),
    "known_at": ("2024-05-07",),
    "secret_9": (1,),
    "cif": (1.0,),
}  # fmt: skip
ITEM_FIELDS: Mapping[str, Sequence[object]] = {
    "item_no": (None, 0, -1, 1.5, "1", True, 10**7, 2**70),
    "hs_code": (None, 640399, "", "6403", "64O399", "770000", "000000", "64.03.99", "６４０３９９", "6" * 40),
    "origin_country": (None, 7, "XX", "secret", "cn", "ＣＮ", "C\u0000"),
    "departure_country": (7, "XX", "secret"),
    "seller_id": (*_NO_TEXT, "secret" * 11),
    "cif": (None, *_NO_NUMBER),
    "net_kg": (*_NO_NUMBER, 200.0),
    "gross_kg": (*_NO_NUMBER,),
    "quantity": (*_NO_NUMBER,),
    "freight": (*_NO_NUMBER,),
    "tax_rate_pct": ("secret", True, -1.0, 10**400),
    "packages": (1.5, "1", -1, 2**60),
    "hs_edition": ("2019", 2022, "secret"),
    "valuation_method": (0, 7, "1", 1.5),
    "description": ("secret" * 400, 7, "\0"),
    "importer_id": ("secret",),
    "known_at": ("2024-05-07",),
}
OUTCOME_FIELDS: Mapping[str, Sequence[object]] = {
    "declaration_id": (None, *_NO_TEXT),
    "item_no": (None, 0, "1", 1.5, True),
    "illicit": (None, 1, 2, True, "0"),
    "finding": (None, "nothing", "secret", 7),
    "selection_reason": (None, "secret", 7),
    "lane": ("blue", 1),
    "result_at": (None, "soon", "2024-06-07", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    "p_physical": (0.0, 1.1, "1", True),
    "p_document": (0, -1, 2.0),
    "assessed_cif": (-1.0, "secret", 10**400),
    "assessed_hs_code": ("64", "secret", 640399),
    "known_at": ("2024-05-07",),
    "officer": ("secret",),
}
NO_OUTCOMES: Mapping[str, object] = {
    "one without its list": json.loads(outcome())[0],
    "none": [],
    "null": None,
    "numbers": [1],
    "too many": [1] * 501,
    "the same twice, otherwise": json.loads(outcome()) + json.loads(outcome(finding="secret")),
}

_DTD = b'<?xml version="1.0"?><!DOCTYPE a [%b]><ASYCUDA><Item>&e;</Item></ASYCUDA>'
NO_DOCUMENT: Mapping[str, bytes] = {
    "nothing": b"",
    "JSON": declaration(),
    "no root": b"secret",
    "another root": b"<secret/>",
    "cut short": SAD[: len(SAD) // 2],
    "no item": b"<ASYCUDA/>",
    "an item that says nothing": b"<ASYCUDA><Item/></ASYCUDA>",
    "billion laughs": _DTD % b'<!ENTITY a "secret"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY e "&b;&b;&b;&b;">',
    "quadratic blow-up": _DTD % (b'<!ENTITY e "' + b"secret" * 20_000 + b'">'),
    "a file": _DTD % b'<!ENTITY e SYSTEM "file:///etc/passwd">',
    "a host": _DTD % b'<!ENTITY e SYSTEM "http://127.0.0.1:9/secret">',
    "a parameter entity": _DTD % b'<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;',
    "a DTD elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><ASYCUDA><Item/></ASYCUDA>',
    "an entity that is not declared": b"<ASYCUDA><Item>&secret;</Item></ASYCUDA>",
    "XInclude": b'<ASYCUDA xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="/a"/></ASYCUDA>',
    "a stylesheet": b'<?xml-stylesheet href="secret"?><ASYCUDA><Item/></ASYCUDA>',
    "deep": b"<ASYCUDA>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</ASYCUDA>",
    "deep without end": b"<ASYCUDA>" + b"<a>" * 50_000,
    "ten thousand items": b"<ASYCUDA>" + b"<Item/>" * 10_000 + b"</ASYCUDA>",
    "an attribute twice": b'<ASYCUDA a="secret" a="1"><Item/></ASYCUDA>',
    "ten thousand attributes": b"<ASYCUDA " + b" ".join(b'a%d=""' % n for n in range(10_000)) + b"/>",
    "UTF-16": SAD.decode().encode("utf-16"),
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?><ASYCUDA><Item/></ASYCUDA>',
    "an unknown encoding": b'<?xml version="1.0" encoding="secret"?><ASYCUDA><Item/></ASYCUDA>',
    "NUL": SAD.replace(b"4711", b"47\x0011"),
    "not UTF-8": SAD.replace(b"4711", b"47\xff11"),
    "CDATA without end": b"<ASYCUDA><Item><![CDATA[secret",
    "a comment without end": b"<ASYCUDA><Item><!-- secret",
    "masses that are words": SAD.replace(b"1450", b"secret"),
    "a mass without end": SAD.replace(b"1450", b"1e999"),
    "a mass that is none": SAD.replace(b"1450", b"NaN"),
}

NO_LINES: Mapping[str, bytes] = {
    "no JSON": b"secret\n",
    "a declaration over two lines": declaration().replace(b", ", b",\n", 1),
    "a list of them": b"[" + declaration() + b"]\n",
    "broken, each otherwise": b'{\n{}\n[]\nnull\n1\n"secret"\n{"declaration":{}}\n',
    "cut short": declaration()[:-1] + b"\n",
    "NUL between": b"\x00\n\x00\n",
    "a byte order mark": b"\xef\xbb\xbf" + declaration() + b"\n",
    "a carriage return for the end of a line": declaration() + b"\r" + declaration(),
    "a line that is too long": b" " * 300_000 + b"\n",
    "a line without end": b"[" * 300_000,
    "too deep": b"[" * 5_000 + b"\n",
    "a thousand broken ones": b"{\n" * 1_000,
    "documents": SAD,
}


def bodies() -> Iterator[BadRequest]:
    """Give all of them."""
    for path in (DECISIONS, f"{DECISIONS}?dry_run=true", OUTCOMES, f"{DECISIONS}/D-1:cancel"):
        for name, body in NO_JSON.items():
            yield BadRequest(f"{path}: {name}", (post(path, body),), (400, 413))
    for name, value in NO_DECLARATION.items():
        yield BadRequest(f"declaration: {name}", (post(DECISIONS, json.dumps(value).encode()),), (422,))
    for name, value in NO_OUTCOMES.items():
        yield BadRequest(f"outcomes: {name}", (post(OUTCOMES, json.dumps(value).encode()),), (413, 422))
    yield from _fields()
    for name, body in NO_DOCUMENT.items():
        yield BadRequest(f"document: {name}", (post(DECISIONS, body, media=XML),), (400, 413, 422))
    for name, body in NO_LINES.items():
        yield BadRequest(f"batch: {name}", (post(BATCH, body, media=NDJSON),), (200,), lines=True)


def _fields() -> Iterator[BadRequest]:
    for field, value in _pairs(DECLARATION_FIELDS):
        changed = declaration(lambda sound, f=field, v=value: sound["declaration"].update({f: v}))  # type: ignore[misc]
        yield _field("declaration", field, value, post(DECISIONS, changed))
    for field, value in _pairs(ITEM_FIELDS):
        changed = declaration(lambda sound, f=field, v=value: sound["items"][0].update({f: v}))  # type: ignore[misc]
        yield _field("item", field, value, post(DECISIONS, changed))
    for field, value in _pairs(OUTCOME_FIELDS):
        yield _field("outcome", field, value, post(OUTCOMES, outcome(**{field: value})))


def _field(of: str, field: str, value: object, sent: bytes) -> BadRequest:
    """An endless number is refused before anybody knows of what."""
    return BadRequest(f"{of}: {field} {str(value)[:30]!r}", (sent,), (400, 422))


def _pairs(table: Mapping[str, Sequence[object]]) -> Iterator[tuple[str, Any]]:
    return ((field, value) for field, values in table.items() for value in values)

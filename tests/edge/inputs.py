"""Hostile inputs, drawn by a seed: what a body, a header, an address or a form of many parts may be."""

import copy
import json
import random
from typing import Any

TEXTS = (
    "", " ", "\x00", "\ud800", "\udfff\ud800", "a\u202egnp.exe", "\u200b" * 50, "e" + "\u0301" * 300,
    "İıſK", "\ufeffx", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "'; DROP TABLE cases_case; --",
    "<script>alert(1)</script>", "{{7*7}}${7*7}<%= 7*7 %>", "../../etc/passwd", "=cmd|' /C calc'!A0",
    "%00%0d%0aX: y", "\r\nX: y", "x" * 5_000, "ё" * 3_000, "0001-01-01", "9999-12-31T23:59:59+14:00",
    "2026-02-30", "-0", "1e400", "NaN", "Infinity", "٣", "null", "SH-2222-2222", "\\u0000", "%s%n%x",
    "2026-05-04T12:00:00", "٢٠٢٦-٠٥-٠٤", "\x1b[2J", "\u0378", "\uffff", "a" * 200 + "@x",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 1.5, -0.0, 1e308, [], {}, [[]],
    [None], [{}], {"": ""}, {"code": {"code": {"code": 1}}}, [1] * 1_000, {"$ne": None},
)  # fmt: skip
RAW = (
    b"", b"[", b"{", b"}", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e999}', b'{"a":Infinity}',
    b'{"a":"\\ud800"}', b'{"a":"\xff"}', b"\xef\xbb\xbf{}", '{"a":1}'.encode("utf-16"), b"[" * 5_000,
    b'{"a":' * 2_000, b"\x00", b'"' + b"\\" * 4_000, b"null", b"0", b'"x"', b"[]", b"-", b"1" * 6_000,
)  # fmt: skip
KINDS = (
    "application/json", "application/json; charset=utf-16", "application/json; charset=x", "text/plain",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=" + "b" * 300,
    "multipart/form-data; boundary=X", "application/x-www-form-urlencoded", "application/xml", "x", "",
)  # fmt: skip
PARTS = (
    b"--X\r\n\r\n\r\n--X--\r\n",
    b'--X\r\nContent-Disposition: form-data; name="file"; filename="../../a.pdf"\r\n\r\n%PDF\r\n--X--\r\n',
    b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''%ff%00\r\n\r\nx\r\n--X--\r\n",
    b'--X\r\nContent-Disposition: form-data; name="'
    + b"n" * 5_000
    + b'"\r\n\r\nx\r\n--X--\r\n',
    b'--X\r\nContent-Disposition: form-data; name="group"\r\n\r\n\x00\r\n' * 300 + b"--X--\r\n",
    (
        b'--X\r\nContent-Disposition: form-data; name="file"; filename=""\r\nContent-Transfer-Encoding: '
        b"base64\r\n\r\n!!!!\r\n--X--\r\n"
    ),
    b"--X\r\nContent-Disposition: form-data\r\n",
)
HEADERS = (
    {"If-Match": "*"}, {"If-Match": '"' + "x" * 3_000}, {"If-Match": 'W/"x.1"'}, {"If-Match": "\x01"},
    {"If-Match": '"SH-2222-2222.99999999999999999999"'}, {"Idempotency-Key": ""},
    {"Idempotency-Key": "k" * 500}, {"Idempotency-Key": "ключ"}, {"Accept": "text/html"},
    {"Accept": "*/" * 500}, {"Accept-Language": "x" * 3_000}, {"Accept-Language": "ru;q=nan"},
    {"X-Forwarded-For": "::ffff:x, %"}, {"Cookie": "sid=\x7f; csrf=;;=;"}, {"Authorization": "Bearer"},
    {"Authorization": "Basic ====="}, {"Authorization": "Bearer a b c"}, {"Content-Length": "5"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Range": "bytes=0-0,-1"}, {"Transfer-Encoding": "chunked"},
)  # fmt: skip


def body(rnd: random.Random, right: dict[str, Any]) -> tuple[bytes, str]:
    """A body and its declared kind: half the time a right one with one to three fields gone wrong."""
    draw = rnd.random()
    if draw < 0.65:
        return _dumped(_spoiled(rnd, right)), "application/json"
    if draw < 0.85:
        return rnd.choice(RAW), rnd.choice(KINDS[:4])
    return rnd.choice(PARTS), rnd.choice(KINDS)


def headers(rnd: random.Random) -> dict[str, str]:
    return dict(rnd.choice(HEADERS)) if rnd.random() < 0.25 else {}


def segment(rnd: random.Random, code: str) -> str:
    """The code in an address: mostly the right one, so that the request gets further."""
    if rnd.random() < 0.85:
        return code
    return rnd.choice(
        ("%00", "%ff", "..", code.lower(), code + "\u202e", "x" * 400, "SH-", "%2e%2e")
    )


def _spoiled(rnd: random.Random, right: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(right))
    for _ in range(rnd.randint(1, 3)):
        holder, name = _somewhere(rnd, made)
        holder[name] = rnd.choice(TEXTS if rnd.random() < 0.6 else copy.deepcopy(VALUES))
    return made


def _somewhere(rnd: random.Random, made: Any) -> tuple[Any, Any]:
    """A place in the body: a field, an inner one, or one that nobody asked for."""
    names = [*made, rnd.choice(("extra", "__proto__", "id", "version"))] if made else ["extra"]
    name = rnd.choice(names)
    inner = made.get(name)
    if isinstance(inner, dict) and inner and rnd.random() < 0.7:
        return _somewhere(rnd, inner)
    if isinstance(inner, list) and inner and rnd.random() < 0.7:
        return inner, rnd.randrange(len(inner))
    return made, name


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True).encode()

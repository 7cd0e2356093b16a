"""Bodies are one JSON value of bounded size, without duplicate keys, in valid Unicode."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from edge.errors import TooLarge

# A string, also one that never ends. Possessive: it never looks back, so that no body can make
# it slow (with a plain star, 40 KB of escaped quotes took seconds).
STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
# Deeper than any body that the API reads, and far from where Python's own depth ends.
DEEPEST = 20


class StrictJSON(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise TooLarge
        if not raw.strip():
            return {}
        if _too_deep(raw):
            raise ParseError(code="body_too_deep")
        try:
            value = json.loads(
                raw.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant
            )
        except (ValueError, RecursionError) as fault:
            raise ParseError(code="body_not_json") from fault
        if _has_surrogate(raw):
            _refuse_surrogates(value)
        return value


def _too_deep(raw: bytes) -> bool:
    depth = 0
    for sign in STRING.sub(b"", raw):
        depth += (sign in b"[{") - (sign in b"]}")
        if depth > DEEPEST:
            return True
    return False


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _has_surrogate(raw: bytes) -> bool:
    # Raw UTF-8 cannot carry a lone surrogate; only an escape can.
    return b"\\ud" in raw.lower()


def _refuse_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError as fault:
        raise ParseError(code="text_not_unicode") from fault

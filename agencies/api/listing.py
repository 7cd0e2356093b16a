"""A list over HTTP is itself something that was seen: its length and a digest go into the log."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from audit import log

# By which of its parts a row is told apart, whatever it is a row of.
NAMES = ("code", "case", "subject")


def listing(request: Request, what: str, answer: Mapping[str, Any]) -> Response:
    """The answer, once it is on the record that it was given."""
    codes = [_code(row) for row in answer["results"]]
    log.listed(what, codes, by=actor_of(request))
    return Response(answer)


def _code(row: Mapping[str, Any]) -> str:
    return next((str(row[name]) for name in NAMES if row.get(name)), "")

"""The least that a server does: a view that is empty, and a handler that asks the database and answers
without a framework. Nobody is authenticated, nothing is counted or written down."""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import psycopg
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


def empty(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}", content_type="application/json")


urlpatterns = [path("empty/", empty)]
django = get_wsgi_application()

from benchmarks.lists import SAME_ROWS  # noqa: E402 -- after Django knows its settings

# By process: a worker that was forked opens its own.
_lines: dict[int, psycopg.Connection[Any]] = {}


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    raw = environ["PATH_INFO"] == "/raw/"
    return (answered if raw else django)(environ, start_response)


def answered(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The rows of these keys, prepared, as JSON; whoever asks."""
    line = _lines.get(os.getpid())
    if line is None:
        line = psycopg.connect(os.environ["DATABASE_URL"], prepare_threshold=0, autocommit=True)
        _lines[os.getpid()] = line
    (keys,) = parse_qs(environ["QUERY_STRING"])["keys"]
    found = line.execute(SAME_ROWS, {"keys": [int(key) for key in keys.split(",")]})
    names = [column.name for column in found.description or ()]
    shown = [dict(zip(names, row, strict=True)) for row in found]
    body = json.dumps({"results": shown}, default=datetime.isoformat).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]

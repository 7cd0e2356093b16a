"""Refusals become RFC 9457 problem details here and nowhere else."""

import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework.exceptions import (
    APIException,
    NotAuthenticated,
    NotFound,
    ParseError,
    ValidationError,
)
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.views import set_rollback

from agencies.models import Member
from audit import log
from edge import phrases
from edge.errors import STATUS, is_away, is_busy
from exchange.fhir import outcome
from kernel.errors import SafehandError
from pages import door as pages

Problem = tuple[int, dict[str, Any]]
KIND = "application/problem+json"
logger = logging.getLogger(__name__)
FORBIDDEN, NOT_FOUND = 403, 404


def problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: undo the transaction and say why, without any data."""
    answer = _answer(error)
    if answer is None:
        return None
    # Before the transaction is undone: afterwards nobody could be looked up any more.
    member = _who(context)
    set_rollback()
    status, body = answer
    response = Response(
        body | {"request_id": log.request_id.get()}, status=status, content_type=KIND
    )
    if isinstance(error, APIException) and (challenge := getattr(error, "auth_header", None)):
        response["WWW-Authenticate"] = challenge
    if isinstance(error, APIException) and (wait := getattr(error, "wait", None)):
        response["Retry-After"] = f"{wait:.0f}"
    if status in {FORBIDDEN, NOT_FOUND}:
        # Read by config.middleware.denials, once this request's transaction is over.
        response.refusal, response.member = body["code"], member  # type: ignore[attr-defined]
    return response


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address. Django's handler for what no view answers."""
    return _plain(request, 404, "not_found")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, 400, "bad_request")


def null_in_query(request: HttpRequest) -> HttpResponse:
    return _plain(request, 400, "null_characters_not_allowed")


def said_twice(request: HttpRequest) -> HttpResponse:
    return _plain(request, 400, "parameter_repeated")


def restoring(request: HttpRequest) -> HttpResponse:
    """The database is coming back from a copy; what it must not undo is not done again yet."""
    return _plain(request, 503, "restoring")


def open_line(request: HttpRequest) -> HttpResponse:
    return _plain(request, 403, "https_only")


def not_practising(request: HttpRequest) -> HttpResponse:
    """A program names a space of practice in which its session does not sit, or that is not open."""
    return _plain(request, 403, "practice_is_not_ready")


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """More than the limit of a while; after so many seconds the next one begins."""
    response = _plain(request, 429, "throttled")
    response["Retry-After"] = str(wait)
    return response


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(request, 403, "forbidden")


def failed(request: HttpRequest) -> HttpResponse:
    """A fault of ours: the caller learns a number to tell us, and nothing else.

    The log gets the kind of the fault and where it was, never its words: they may quote data.
    """
    kind, fault, trace = sys.exc_info()
    if kind is log.Unrecorded:
        # Before a view or behind it: at the sign-in, or where a refusal is written down.
        return _plain(request, 503, "not_recorded")
    if is_away(fault):
        # Whoever asks again with the same key is answered when it is back.
        logger.error("%s the database is away", log.request_id.get())
        return _plain(request, 503, "busy")
    if fault is not None and is_busy(fault):
        # Outside of where an edge words it: before a view or behind it, or where nobody has signed in.
        return _plain(request, 503, "busy")
    where = traceback.extract_tb(trace)[-4:]
    logger.error(
        "%s %s at %s",
        log.request_id.get(),
        kind.__name__ if kind else "unknown",
        " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(where)),
    )
    return _plain(request, 500, "internal_error")


def _answer(error: Exception) -> Problem | None:
    return next((make(error) for kind, make in ANSWERS if isinstance(error, kind)), None)


def _domain(error: Any) -> Problem:
    status = STATUS[type(error)]
    body = _body(status, error.code)
    if error.pointer:
        body["errors"] = [
            {"pointer": error.pointer, "code": error.code, "detail": phrases.of(error.code)}
        ]
    if error.state:
        body["state"] = error.state
    if error.words:
        body["words"] = list(error.words)
    return status, body


def _invalid(error: Any) -> Problem:
    return 400, _body(400, "invalid", errors=list(_faults(error.get_full_details())))


def _missing(error: Any) -> Problem:
    return 404, _body(404, "not_found")


def _forbidden(error: Any) -> Problem:
    code = error.get_codes() if isinstance(error, Forbidden) else "forbidden"
    return 403, _body(403, str(code))


def _unknown_caller(error: Any) -> Problem:
    return 401, _body(401, "not_authenticated")


def _unreadable(error: Any) -> Problem:
    code = str(error.get_codes())
    return 400, _body(400, "body_not_json" if code == "parse_error" else code)


def _by_http(error: Any) -> Problem:
    return error.status_code, _body(error.status_code, str(error.get_codes()))


def _against_a_rule(error: Any) -> Problem:
    return 400, _body(400, "against_a_rule")


def _database(error: Any) -> Problem:
    if not is_busy(error):
        raise error
    return 503, _body(503, "busy")


def _body(status: int, code: str, **more: Any) -> dict[str, Any]:
    return {
        "type": f"urn:safehand:problem:{code}",
        "title": phrases.of(code),
        "status": status,
        "code": code,
        **more,
    }


def _faults(details: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        code = str(details["code"])
        yield {"pointer": pointer, "code": code, "detail": phrases.of(code)}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            own = "" if name == "non_field_errors" else f"/{_escaped(str(name))}"
            yield from _faults(inner, pointer + own)
    elif isinstance(details, list):
        nested = any(isinstance(item, Mapping) and "code" not in item for item in details)
        for n, item in enumerate(details):
            if item:
                yield from _faults(item, f"{pointer}/{n}" if nested else pointer)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")[:80]


# The first kind that fits answers; what fits none is a fault of ours.
ANSWERS: tuple[tuple[Any, Callable[[Any], Problem]], ...] = (
    (SafehandError, _domain),
    (ValidationError, _invalid),
    (Http404 | NotFound | ObjectDoesNotExist, _missing),
    (PermissionDenied | Forbidden, _forbidden),
    (NotAuthenticated, _unknown_caller),
    (ParseError, _unreadable),
    (APIException, _by_http),
    (log.Unrecorded, lambda _: (503, _body(503, "not_recorded"))),
    (OperationalError, _database),
    # A rule that only the database knows: refused there, and worded only so far here.
    (IntegrityError | DataError, _against_a_rule),
)


def _who(context: Mapping[str, Any]) -> Member | None:
    """The member who asked, if that is known by now; asking would be another query."""
    found = vars(context["request"]).get("_user") if context.get("request") else None
    return found if isinstance(found, Member) else None


def _plain(request: HttpRequest, status: int, code: str) -> HttpResponse:
    if not request.path.startswith(settings.PROGRAMS):
        return pages.problem(request, status, code)
    body = _body(status, code) | {"request_id": log.request_id.get()}
    if request.path.startswith("/fhir/"):
        return JsonResponse(outcome.of(body), status=status, content_type=outcome.MEDIA_TYPE)
    return JsonResponse(body, status=status, content_type=KIND)

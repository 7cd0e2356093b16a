"""Refusals that only HTTP knows. `default_code` is the stable code of the problem answer."""

from django.db import InterfaceError, OperationalError
from rest_framework import status
from rest_framework.exceptions import APIException

from kernel.errors import Denied, Invalid, Missing, Refused, SafehandError, Stale

# What each refusal of the domain is in HTTP, for the API and for pages.
STATUS: dict[type[SafehandError], int] = {
    Invalid: 400,
    Denied: 403,
    Missing: 404,
    Refused: 409,
    Stale: 412,
}

# PostgreSQL: lock not available, deadlock detected, query cancelled by a timeout.
BUSY = frozenset({"55P03", "40P01", "57014"})


# Classes of PostgreSQL's codes: no connection, no room left (a full disk), stopped by an operator, a
# fault of its machine.
AWAY = ("08", "53", "57P", "58")


def is_away(fault: BaseException | None) -> bool:
    """Whether the database could not be reached, or cannot write: none of our faults, and it passes."""
    if not isinstance(fault, (OperationalError, InterfaceError)):
        return False
    code = getattr(fault.__cause__, "sqlstate", None)
    return code is None or code.startswith(AWAY)


def is_busy(fault: BaseException) -> bool:
    """Whether the database only asks to try again."""
    return getattr(fault.__cause__, "sqlstate", None) in BUSY


class KeyMissing(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_missing"


class KeyMalformed(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "idempotency_key_malformed"


class KeyReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"


class VersionMissing(APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_missing"


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"


class CursorMalformed(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "cursor_malformed"

"""Pages by key: a cursor is the last row's number, sealed so that it tells nobody a count."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db.models import QuerySet
from rest_framework.request import Request

from edge.errors import CursorMalformed

PAGE = 50
BEFORE_ALL = 2**62
Row = TypeVar("Row")


def start_of(request: Request) -> int:
    """The row number below which this page begins; past every row for the first page."""
    return start_at(request.query_params.get("after", ""))


def start_at(token: str) -> int:
    """The same for the mark itself, however it came. Raises CursorMalformed."""
    if not token:
        return BEFORE_ALL
    try:
        return int(_seal().decrypt(token.encode("utf-8", "replace")))
    except (InvalidToken, ValueError) as fault:
        raise CursorMalformed from fault


def above(token: str) -> int:
    """The row number above which a page of a list begins that is told in the order of its rows."""
    start = start_at(token)
    return 0 if start == BEFORE_ALL else start


def page_of(
    rows: Sequence[Row], *, number: Callable[[Row], int], show: Callable[[Row], Any]
) -> dict[str, Any]:
    """The answer for up to PAGE rows out of PAGE + 1 that were read."""
    shown, token = part_of(rows, PAGE, number=number)
    return {"results": [show(row) for row in shown], "next": token}


def part_of(
    rows: Sequence[Row], most: int, *, number: Callable[[Row], int]
) -> tuple[Sequence[Row], str | None]:
    """Up to `most` of the rows, of which one more was read, and the mark of where they go on."""
    shown = rows[:most]
    more = len(rows) > most
    return shown, _seal().encrypt(str(number(shown[-1])).encode()).decode() if more else None


def newest(
    request: Request, rows: QuerySet[Any], *, show: Callable[[Any], Any]
) -> dict[str, Any]:
    """The page of a plain list, newest first."""
    return newest_below(start_of(request), rows, show=show)


def newest_below(
    start: int, rows: QuerySet[Any], *, show: Callable[[Any], Any] = lambda row: row
) -> dict[str, Any]:
    """The page of a plain list that begins below a row number, newest first."""
    found = rows.filter(pk__lt=start).order_by("-pk")[: PAGE + 1]
    return page_of(list(found), number=lambda row: int(row.pk), show=show)


def _seal() -> Fernet:
    digest = hashlib.sha256(b"safehand.cursor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))

"""Asking again: what is grave wants a passkey or a code that is at most five minutes old.

    @page
    @stepup.needed
    def my_view(request): ...

`@stepup.needed_to_send` where the page may be read and only its form is grave; or
`stepup.require(request)` inside a view of the API or of the pages. A page leads to where one is asked
and then back, with what was typed; the API answers 403 with the code `step_up_needed`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.utils import timezone

from kernel.errors import Denied

NEEDED = "step_up_needed"
FRESH_SECONDS = 300
# How somebody showed who they are.
PASSKEY, CODE, RECOVERY, PASSWORD = "passkey", "totp", "recovery_code", "password"
STRONG = frozenset({PASSKEY, CODE})
# Under which name a session remembers it: the way, and when.
MARK = "factor"

View = TypeVar("View", bound=Callable[..., Any])


def mark(session: Any, way: str, *, at: int) -> None:
    """Remember that the member has just shown who they are."""
    session[MARK] = {"way": way, "at": at}


def way_of(session: Any) -> str:
    """How the member of this session showed who they are; empty if by nothing that counts."""
    return str(session.get(MARK, {}).get("way", ""))


def is_fresh(request: Any, *, ways: frozenset[str] = STRONG) -> bool:
    """Whether the asker has shown it a moment ago, and in a way that counts here.

    A key to the API has no session of a person behind it, so it is never fresh.
    """
    if getattr(request, "auth", None) is not None:
        return False
    if not settings.SECOND_FACTOR:
        ways |= {PASSWORD}
    said = request.session.get(MARK, {})
    age = timezone.now().timestamp() - said.get("at", 0)
    # A second before now, at most: the mark is in whole seconds.
    return said.get("way") in ways and -1 <= age <= FRESH_SECONDS


def require(request: Any, *, ways: frozenset[str] = STRONG) -> None:
    if not is_fresh(request, ways=ways):
        raise Denied(NEEDED)


def needed(view: View) -> View:
    """For a view whose whole page is grave."""

    @wraps(view)
    def answer(request: Any, **where: Any) -> Any:
        require(request)
        return view(request, **where)

    return cast(View, answer)


def needed_to_send(view: View) -> View:
    """For a view whose page anybody may read, and whose form does what is grave."""

    @wraps(view)
    def answer(request: Any, **where: Any) -> Any:
        if request.method == "POST":
            require(request)
        return view(request, **where)

    return cast(View, answer)

"""Who practises acts as a made-up member of their own space, on every page but their own.

The learner's account stays whose session it is; only who acts is another. Nothing of it falls back to the
real member in silence: a session whose space is gone is led to the practice page, a program is refused,
and whoever goes in or out makes the forms void that were open before (pages/seats.py).
"""

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from rest_framework import exceptions

from agencies.models import Member
from config.api import errors
from edge import wall
from pages.seats import SITS_IN, learner_of, space_of, stand_up
from practice import queries
from practice.actions import wishing
from practice.models import Space

Handler = Callable[[HttpRequest], HttpResponse]

# By which a program says in which space it asks, and each answer that it was made in one.
HEADER = "Safehand-Practice"
# What the browser holds beside its session: only where both name the same space, somebody sits in it.
COOKIE = "__Host-practice" if settings.SECURE else "practice"
# What stays the learner's own while they practise; everything else is done by whom they play.
OWN = (
    "/practice/", "/me/", "/learning/", "/again/", "/sign-in/", "/sign-out/", "/leave/", "/language/",
    "/stay/", "/api/v1/practice/", "/api/v1/learning/", "/api/v1/me/", "/api/v1/session/",
    "/api/v1/tokens/",
)  # fmt: skip
# What is nobody's seat: files, and what is opened without an account or for all.
NOBODYS = ("/static/", "/answer/", "/activate/", "/hsds/", "/livez", "/readyz")
OVER = "/practice/?over=1"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FAILED = 400


class Gone(Exception):
    """The space in which a session sits is no more, or not open."""


def practising(handle: Handler) -> Handler:
    """Set whoever practises on their made-up seat, and let the others have their turn afterwards."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.sit = lambda member: _by_key(request, member)  # type: ignore[attr-defined]  # read where a key says who asks
        code = request.session.get(SITS_IN, "")
        refused = None
        if isinstance(request.user, Member) and not request.path.startswith(NOBODYS):
            refused = _sit(request, request.user, code)
        response = refused or handle(request)
        space = space_of(request)
        if space is not None:
            response[HEADER] = space.code
            if request.method not in SAFE and response.status_code < FAILED:
                _let_others_play(request, space)
        _say_where(request, response)
        return response

    return answer


def _sit(request: HttpRequest, member: Member, code: str) -> HttpResponse | None:
    """Set the member of this session on their seat; an answer instead, where what is asked for and what
    holds are not the same."""
    program = request.path.startswith(settings.PROGRAMS)
    own = request.path.startswith(OWN)
    said = request.headers.get(HEADER)
    if said is not None and (not code or said != code) and not own:
        # A key says itself in which space it asks; a session has sat down, or has not.
        return None if "Authorization" in request.headers else errors.not_practising(request)
    known = request.COOKIES.get(COOKIE, "")
    if not code and not known:
        return None
    try:
        # Of no space where the two differ: see `_say_where`.
        request.user = _seat(request, member, code if known == code else "")
    except Gone:
        stand_up(request)
        if own:
            return None
        return errors.not_practising(request) if program else HttpResponseRedirect(OVER)
    return None


def _say_where(request: HttpRequest, response: HttpResponse) -> None:
    """The cookie follows the session. A session that is written by two requests at once may lose what
    one of them wrote; then the two differ, and nothing is done."""
    now, known = request.session.get(SITS_IN, ""), request.COOKIES.get(COOKIE, "")
    if now and now != known:
        response.set_cookie(
            COOKIE, now, secure=settings.SECURE, httponly=True, samesite="Strict"
        )
    elif known and not now:
        response.delete_cookie(COOKIE, samesite="Strict")


def _by_key(request: HttpRequest, member: Member) -> Member:
    """Who acts where a program asks with a key: it names its space with every request."""
    if HEADER not in request.headers:
        return member
    try:
        seat = _seat(request, member, request.headers[HEADER])
    except Gone:
        if request.path.startswith(OWN):
            # How far the building has come, and how the steps ended of what was wiped.
            return member
        raise exceptions.PermissionDenied(code="practice_is_not_ready") from None
    wall.become(wall.member(seat))
    return seat


def _seat(request: HttpRequest, learner: Member, code: str) -> Member:
    # No transaction runs before the page's own, and to what is outside one the wall shows nothing.
    if not learner.agency.is_active:
        raise Gone
    with wall.acting(wall.member(learner)), transaction.atomic():
        space = queries.live(learner)
    if space is None or space.code != code or not space.is_open or space.seat_id is None:
        raise Gone
    request.practice, request.learner = space, learner  # type: ignore[attr-defined]  # pages/seats.py reads them
    if request.path.startswith(OWN):
        return learner
    with wall.acting(wall.Identity(role="practice", space=space.pk)), transaction.atomic():
        seat = Member.objects.select_related("agency").get(pk=space.seat_id)
    seat.language = learner.language
    return seat


def _let_others_play(request: HttpRequest, space: Space) -> None:
    learner = learner_of(request)
    if learner is not None and not request.path.startswith(OWN):
        with wall.acting(wall.member(learner)):
            wishing.look(code=space.code, by=learner, at=timezone.now())

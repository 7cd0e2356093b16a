"""Who practises acts as a made-up member of their own space, on every page but their own.

The learner's account stays whose session it is; only who acts is another. Nothing of it falls back to the
real member in silence: a session whose space is gone is led to the practice page, a program is refused,
and whoever goes in or out makes the forms void that were open before (pages/seats.py).
"""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from rest_framework import exceptions

from agencies.models import Member
from edge import wall
from pages.seats import SITS_IN, learner_of, space_of, stand_up
from practice import queries
from practice.actions import wishing
from practice.models import Space

Handler = Callable[[HttpRequest], HttpResponse]

# By which a program says in which space it asks, and each answer that it was made in one.
HEADER = "Safehand-Practice"
# What stays the learner's own while they practise; everything else is done by whom they play.
OWN = (
    "/practice/", "/me/", "/learning/", "/again/", "/sign-in/", "/sign-out/", "/leave/", "/language/",
    "/static/", "/api/v1/practice/", "/api/v1/learning/", "/api/v1/me/",
)  # fmt: skip
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
        if code and isinstance(request.user, Member):
            try:
                request.user = _seat(request, request.user, code)
            except Gone:
                stand_up(request)
                return HttpResponseRedirect(OVER)
        response = handle(request)
        space = space_of(request)
        if space is not None:
            response[HEADER] = space.code
            if request.method not in SAFE and response.status_code < FAILED:
                _let_others_play(request, space)
        return response

    return answer


def _by_key(request: HttpRequest, member: Member) -> Member:
    """Who acts where a program asks with a key: it names its space with every request."""
    code = request.headers.get(HEADER, "")
    if not code:
        return member
    try:
        seat = _seat(request, member, code)
    except Gone:
        if request.path.startswith(OWN):
            # How far the building has come, and how the steps ended of what was wiped.
            return member
        raise exceptions.PermissionDenied(code="practice_is_not_ready") from None
    wall.become(wall.member(seat))
    return seat


def _seat(request: HttpRequest, learner: Member, code: str) -> Member:
    # No transaction runs before the page's own, and to what is outside one the wall shows nothing.
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

"""Which requests count against which limit, and under whose name."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies import queries
from agencies.actions import digest_of
from agencies.models import Member
from config.api import errors
from edge import limits
from edge.network import network_of

API, PUBLIC = ("api/v1/", "fhir/"), "hsds/"
# By method and route. The rest of the API counts as "api" alone, other pages as nothing.
COUNTED: dict[tuple[str, str], str] = {
    ("POST", "api/v1/persons/find/"): "search",
    ("POST", "cases/"): "search",
    ("POST", "api/v1/learning/check/"): "search",
    ("POST", "learning/check/"): "search",
    # Whether words name one of one's own people is asked here, too.
    ("POST", "api/v1/network/questions/"): "search",
    ("POST", "api/v1/network/questions/<str:code>/answers/"): "search",
    ("POST", "api/v1/network/reach/"): "search",
    ("POST", "api/v1/network/bulletins/"): "search",
    ("POST", "board/ask/"): "search",
    ("POST", "board/<str:code>/answer/"): "search",
    ("POST", "focal-points/mine/"): "search",
    ("POST", "announcements/new/"): "search",
    ("POST", "api/v1/cases/"): "case",
    ("POST", "cases/new/"): "case",
    ("GET", "api/v1/documents/files/<str:code>/"): "download",
    ("GET", "documents/files/<str:ticket>/"): "download",
    ("GET", "api/v1/referrals/<str:code>/disclosure/"): "download",
    ("POST", "requests/<str:code>/pack/"): "pack",
    ("POST", "answer/open/<str:secret>/"): "passcode",
    ("POST", "answer/<str:code>/passcode/"): "passcode",
    ("POST", "answer/<str:code>/own/"): "passcode",
}


class Counted:
    """Counts before the view begins, outside its transaction: what is undone was asked for, too."""

    def __init__(self, handle: Callable[[HttpRequest], HttpResponse]) -> None:
        self.handle = handle

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.handle(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, where: Any
    ) -> HttpResponse | None:
        route = request.resolver_match.route if request.resolver_match else ""
        kinds = {"api"} if route.startswith(API) else set[str]()
        kinds |= {"public"} if route.startswith(PUBLIC) else set[str]()
        kinds |= {COUNTED[key] for key in [(str(request.method), route)] if key in COUNTED}
        for kind in sorted(kinds):
            if refusal := _over(request, kind):
                return refusal
        return None


def _over(request: HttpRequest, kind: str) -> HttpResponse | None:
    """The refusal of what is over the limit. The first of a while is written into the log."""
    at = timezone.now()
    over, wait = limits.count(_who(request, kind), kind, at=at)
    if not over:
        return None
    response = errors.too_many(request, wait)
    if over == 1:
        # Read by config.middleware.denials.
        response.refusal, response.member = "throttled", _member(request)  # type: ignore[attr-defined]
    return response


def _who(request: HttpRequest, kind: str) -> str:
    """A token by itself, which needs no looking up; a member for what is grave, so that a second
    token is no second allowance; a network where nobody is known."""
    secret = _secret(request)
    if secret and kind == "api":
        return limits.name_of("token", digest_of(secret))
    member = _member(request)
    if member is not None:
        return limits.name_of("member", str(member.pk))
    return limits.name_of("network", network_of(request))


def _member(request: HttpRequest) -> Member | None:
    secret = _secret(request)
    if not secret:
        return request.user if isinstance(request.user, Member) else None
    token = queries.token_of(digest_of(secret), at=timezone.now())
    return token.member if token else None


def _secret(request: HttpRequest) -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""

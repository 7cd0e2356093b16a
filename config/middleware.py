"""What every answer has in common, and the record of every refusal."""

import secrets
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from agencies.models import Member, default_zone
from audit import log
from cases import apart
from cases.actions import exclusion
from config.api import errors
from config.restoring import is_restoring
from custody.ring import for_one_request
from edge import stepup, wall
from edge.network import is_local
from edge.sessions import AGAIN
from kernel.codes import SHAPE

Handler = Callable[[HttpRequest], HttpResponse]

UNUSED = (
    "accelerometer", "ambient-light-sensor", "autoplay", "battery", "bluetooth", "browsing-topics",
    "camera", "clipboard-read", "compute-pressure", "display-capture", "encrypted-media",
    "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get",
    "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "otp-credentials",
    "payment", "picture-in-picture", "screen-wake-lock", "serial", "storage-access", "usb",
    "web-share", "window-management", "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "Cache-Control": "no-store",
    # With "no-referrer" a browser sends "Origin: null" with every form, which is refused.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Robots-Tag": "noindex",
    "X-Permitted-Cross-Domain-Policies": "none",
    # Nothing of the browser's but passkeys, and those for our own pages.
    "Permissions-Policy": ", ".join(
        [f"{name}=()" for name in UNUSED]
        + [f"publickey-credentials-{act}=(self)" for act in ("create", "get")]
    ),
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
}


FORBIDDEN = 403
# By what a session may stand.
PROVEN = stepup.STRONG | {stepup.RECOVERY}
# How often a busy session writes down that it is busy.
SEEN_EVERY = 60
# What an address may say more than once; everything else has one value.
MANY = {"groups", "_lastUpdated"}
# A page asks for this by itself: that is no sign of anybody being there.
BELL = "/bell/"
PULSE = "/livez"

# The viewer of the API's documentation brings its own styles; nothing else does.
DOCS = "/api/v1/docs/"
DOCS_POLICY = HEADERS["Content-Security-Policy"].replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'"
)


def manner(handle: Handler) -> Handler:
    """A number for the request, by which its events are read together, and safe headers."""

    def answer(request: HttpRequest) -> HttpResponse:
        number = secrets.token_hex(8)
        token = log.request_id.set(number)
        try:
            with for_one_request():
                response = unreadable(request) or closed(request) or handle(request)
        finally:
            log.request_id.reset(token)
        response["X-Request-ID"] = number
        if request.path.startswith(DOCS):
            response["Content-Security-Policy"] = DOCS_POLICY
        for name, value in HEADERS.items():
            if not (name == "Cache-Control" and request.path.startswith("/static/")):
                response.setdefault(name, value)
        return response

    return answer


def loopback(handle: Handler) -> Handler:
    """A demonstration, which asks for no second factor, answers this machine and nobody else."""

    def answer(request: HttpRequest) -> HttpResponse:
        if settings.DEMO and not is_local(request):
            return HttpResponse(status=FORBIDDEN)
        return handle(request)

    return answer


def enciphered(handle: Handler) -> Handler:
    """The API answers nobody over an open line, and leads nobody from there to another: a program
    that is led on goes on sending its token in clear."""

    def answer(request: HttpRequest) -> HttpResponse:
        of_a_program = request.path.startswith(settings.PROGRAMS)
        if settings.SECURE and of_a_program and not request.is_secure():
            return errors.open_line(request)
        return handle(request)

    return answer


def limits(handle: Handler) -> Handler:
    """End a session that nobody used for a while, one that is too old, however busy, and one in
    which no second factor was shown."""

    def answer(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, Member):
            now = int(timezone.now().timestamp())
            begun = request.session.setdefault("begun_at", now)
            seen = request.session.setdefault("seen_at", now)
            idle, whole = settings.SESSION_IDLE_SECONDS, settings.SESSION_COOKIE_AGE
            if now - seen > idle or now - begun > whole:
                _end(request, "logout.idle")
            elif settings.SECOND_FACTOR and stepup.way_of(request.session) not in PROVEN:
                _end(request, "logout.unproven")
            elif now - seen >= SEEN_EVERY and not _by_itself(request):
                request.session["seen_at"] = now
        return handle(request)

    return answer


def _by_itself(request: HttpRequest) -> bool:
    return request.path == BELL or AGAIN in request.GET


def identity(handle: Handler) -> Handler:
    """Each transaction of the request is said to be the member's who asks; else nobody's."""

    def answer(request: HttpRequest) -> HttpResponse:
        who = request.user
        known = wall.NOBODY
        if isinstance(who, Member) and who.agency.is_active:
            known = wall.member(who)
        with wall.acting(known):
            return handle(request)

    return answer


def _end(request: HttpRequest, event: str) -> None:
    member = cast(Member, request.user)
    log.record(event, by=member, about=member.username)
    logout(request)


def language(handle: Handler) -> Handler:
    """In the member's language; before sign-in in that of the cookie, or of the browser."""

    def answer(request: HttpRequest) -> HttpResponse:
        member = request.user
        chosen = (
            member.language
            if isinstance(member, Member)
            else translation.get_language_from_request(request)
        )
        # The API speaks UTC to everybody; people read the clock on their own wall.
        zone = "UTC"
        if not request.path.startswith(settings.PROGRAMS):
            zone = member.agency.time_zone if isinstance(member, Member) else default_zone()
        with translation.override(chosen), timezone.override(zone):
            response = handle(request)
        response.setdefault("Content-Language", chosen)
        return response

    return answer


def unreadable(request: HttpRequest) -> HttpResponse | None:
    """An answer for an address that no view could read: no database keeps a null character."""
    if "\x00" in request.path:
        return errors.not_found(request)
    if any("\x00" in value for pair in request.GET.lists() for value in (pair[0], *pair[1])):
        return errors.null_in_query(request)
    if any(len(values) > 1 and name not in MANY for name, values in request.GET.lists()):
        # One reader would take the first and another the last: nobody may live off the difference.
        return errors.said_twice(request)
    return None


def closed(request: HttpRequest) -> HttpResponse | None:
    """While the database is being restored nobody comes in; only the pulse is answered."""
    if request.path == PULSE or request.path.startswith("/static/") or not is_restoring():
        return None
    with translation.override(translation.get_language_from_request(request)):
        return errors.restoring(request)


def attempts(handle: Handler) -> Handler:
    """Write down whoever tried to bring a case and somebody kept apart from it together, once the
    refusal has undone the request; the answer leaves only after that has committed."""

    def answer(request: HttpRequest) -> HttpResponse:
        noted: list[apart.Attempt] = []
        token = apart.attempted.set(noted)
        try:
            response = handle(request)
        finally:
            apart.attempted.reset(token)
        # The API finds out later than this who asks, and says so on its answer.
        member = getattr(response, "member", None) or request.user
        if noted and isinstance(member, Member):
            with wall.acting(wall.member(member)):
                exclusion.write_down(attempt=noted[0], by=member, at=timezone.now())
        return response

    return answer


def denials(handle: Handler) -> Handler:
    """Write down each refusal of access: 403, and 404 for what a member may not know of.

    The request's own transaction is undone by then, so the event has one of its own; the
    answer leaves only after that has committed.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        response = handle(request)
        refusal = getattr(response, "refusal", None)
        member = getattr(response, "member", None)
        if refusal is not None and isinstance(member, Member):
            about = next(
                (part for part in request.path.split("/") if SHAPE.fullmatch(part)), ""
            )
            route = request.resolver_match.route if request.resolver_match else ""
            with transaction.atomic():
                log.record(
                    "denied",
                    by=member,
                    about=about,
                    facts={
                        "code": refusal,
                        "route": route[:120],
                        "method": request.method,
                        "status": response.status_code,
                    },
                )
        return response

    return answer

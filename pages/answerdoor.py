"""The door for who has no account: a browser to which a link is bound, and awake after the passcode."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import check_for_language, get_language

from agencies.models import Member
from edge import wall
from guest import policy, proofs, queries
from guest.actions import opening
from guest.models import Link
from pages.door import ANYONE, SAFE, acted
from pages.frame import speak_to

FRAME = "pages/answer/frame.html"
GONE = 410
# Stands in the address behind a page of ours that leads to itself.
CAME_FROM_US = "here"
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Guest:
    """A link that leads somewhere, and the stand-in that acts through it."""

    link: Link
    actor: Member

    @property
    def is_closed(self) -> bool:
        """Whether it runs, and yet nothing of the case is open: a consent has just run out, and the
        recall comes in a moment."""
        return policy.is_running(self.link.referral) and not getattr(
            self.link, "is_open", False
        )


def guest(view: View) -> View:
    """For the browser to which the link is bound, while it is awake; the passcode wakes it.

    From here to the end of the request the transaction is the stand-in's, and the log names the link.
    """

    @wraps(view)
    @spoken
    def answer(request: HttpRequest, code: str, **where: Any) -> HttpResponse:
        found = guest_of(request, code)
        if found is None:
            return not_its_browser(request)
        if not policy.is_awake(found.link, at=timezone.now()):
            return HttpResponseRedirect(asks_anew(code))

        # The page covers itself, and when it is over leads there by itself: see safehand.js.
        request.awake_seconds = policy.AWAKE.total_seconds()  # type: ignore[attr-defined]
        request.asks_anew = asks_anew(code)  # type: ignore[attr-defined]

        def looked() -> HttpResponse:
            response = view(request, found, **where)
            # Last: what the view did holds the referral, and then the link may be held.
            if opening.stay_awake(link=found.link, by=found.actor, at=timezone.now()):
                bind(response, secret_of(request))
            return response

        with timezone.override(found.actor.agency.time_zone):
            return acted(request, found.actor, looked, frame=FRAME)

    return answer


def asks_anew(code: str) -> str:
    """Where the passcode is asked for. A page that was left open goes there by itself, not to its own
    address: nobody has looked at a page by that, so that it keeps no link awake and reads nothing."""
    return reverse("answer_passcode", kwargs={"code": code})


def spoken(view: View) -> View:
    """In the language that the address asks for, which is remembered; else in that of the cookie."""

    @wraps(view)
    def answer(request: HttpRequest, **where: Any) -> HttpResponse:
        wanted = request.GET.get("language", "")
        known = wanted in dict(settings.LANGUAGES) and check_for_language(wanted)
        with translation.override(wanted if known else get_language()):
            response = view(request, **where)
        if known:
            speak_to(response, wanted)
            response["Content-Language"] = wanted
        return response

    return answer


def guest_of(request: HttpRequest, code: str) -> Guest | None:
    """The link of this code, if this is its browser and it leads anywhere."""
    device = device_of(request)
    if not device:
        return None
    wall.become(wall.holder(device))
    return come_in(queries.of_device(device, code))


def come_in(link: Link | None) -> Guest | None:
    """As the stand-in of the link's agency, if the link leads anywhere; else as nobody."""
    if link is None or not link.stand_in.is_active:
        wall.become(wall.NOBODY)
        return None
    actor = queries.actor_of(link)
    wall.become(wall.member(actor))
    whole = queries.completed(link, actor, at=timezone.now())
    return Guest(whole, actor) if whole is not None else None


def cookie_name(*, secure: bool) -> str:
    """Behind TLS one that no other host can set."""
    return "__Host-answer" if secure else "answer"


def secret_of(request: HttpRequest) -> str:
    """What this browser holds; empty where it holds nothing."""
    return request.COOKIES.get(cookie_name(secure=settings.SECURE), "")


def device_of(request: HttpRequest) -> str:
    """The digest of what this browser holds; empty where it holds nothing."""
    secret = secret_of(request)
    return proofs.digest_of("device", secret) if secret else ""


def bind(response: HttpResponse, secret: str) -> None:
    """The browser holds it for as long as a link may lie unused, from each use on; no script and no
    other site sees it."""
    response.set_cookie(
        cookie_name(secure=settings.SECURE),
        secret,
        max_age=policy.IDLE,
        secure=settings.SECURE,
        httponly=True,
        samesite="Strict",
    )


def leave(request: HttpRequest) -> bool:
    """Whoever left this page is asked for the passcode when they come back; whether there was one."""
    device = device_of(request)
    if device:
        wall.become(wall.holder(device))
        opening.fall_asleep(device=device, by=ANYONE)
    return bool(device)


def is_from_elsewhere(request: HttpRequest) -> bool:
    """Whether the page of another site has sent this form, as far as the browser says."""
    return request.headers.get("Sec-Fetch-Site", "") in {"cross-site", "same-site"}


def not_its_browser(request: HttpRequest) -> HttpResponse:
    """Nothing is held here, or nothing that fits. A browser keeps a strict cookie back from who comes
    from another site, such as their mail; from a page of ours it sends it."""
    if request.method in SAFE and not secret_of(request) and CAME_FROM_US not in request.GET:
        words = {"frame": FRAME, "came": CAME_FROM_US}
        return render(request, "pages/answer/go_on.html", words)
    return nothing_here(request)


def nothing_here(request: HttpRequest, *, locked: bool = False) -> HttpResponse:
    """The same for a wrong address, another browser and a link that has ended."""
    words = {"locked": locked, "frame": FRAME}
    return render(request, "pages/answer/nothing.html", words, status=GONE)

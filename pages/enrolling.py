"""Setting up a factor: the app's picture and its first code, a new key, and the codes for later."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from agencies.models import Member
from signin import entering, totp
from signin.actions import factors

# The offered secret waits in the session, sealed, until a code of it was shown.
OFFERED = "offered_secret"


def app_offered(request: HttpRequest, member: Member) -> dict[str, Any]:
    """The secret for the app: as a picture, and as letters for who cannot take pictures. It stays
    the same while the page is shown again."""
    sealed = _offered(request, member)
    secret = totp.opened(member, sealed)
    groups = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return {"picture": totp.picture(member, secret), "secret": groups}


def add_app(request: HttpRequest, member: Member, data: dict[str, Any]) -> bool:
    factors.add_app(
        sealed=_offered(request, member),
        code=data["code"],
        session=session_of(request),
        by=member,
        at=timezone.now(),
    )
    del request.session[OFFERED]
    return True


def add_passkey(request: HttpRequest, member: Member, data: dict[str, Any]) -> bool:
    factors.add_passkey(
        said=data["credential"],
        name=entering.device_of(request),
        session=session_of(request),
        by=member,
        at=timezone.now(),
    )
    return True


def show_codes(request: HttpRequest, member: Member, wanted: str) -> HttpResponse:
    """New recovery codes, on this page and never again."""
    words = {"codes": factors.renew_codes(by=member), "next": wanted}
    return render(request, "pages/signin/codes.html", words)


def session_of(request: HttpRequest) -> str:
    """The code of the session in which this is asked."""
    return str(request.session.get("code", ""))


def _offered(request: HttpRequest, member: Member) -> str:
    sealed = request.session.get(OFFERED)
    if not sealed:
        sealed = request.session[OFFERED] = totp.offer(member)
    return str(sealed)

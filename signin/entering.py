"""Who has shown the password is half in; who has shown a second factor, too, is in."""

import datetime as dt

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from agencies.models import Member
from agencies.queries import held
from edge import stepup
from kernel.codes import new_code
from signin import queries
from signin.actions import proving

HALF = "half"
HALF_SECONDS = 600
# A word for the device in a list of one's sessions; the first that its browser names.
DEVICES = (
    ("android", "android"),
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("windows", "windows"),
    ("mac os", "mac"),
    ("cros", "chromebook"),
    ("linux", "linux"),
)
OTHER = "other"
BACKEND = "agencies.backend.MemberBackend"


def needs_more(member: Member) -> bool:
    """Whether the password alone lets nobody in as this member: everywhere but in a demonstration,
    and there too for who has set up a factor."""
    return bool(settings.SECOND_FACTOR or queries.kinds_of(member))


def begin_half(request: HttpRequest, member: Member, *, at: dt.datetime) -> None:
    """Remember that the password was right. Nobody is signed in by it."""
    request.session.cycle_key()
    request.session[HALF] = {
        "member": member.pk,
        "at": int(at.timestamp()),
        "hash": member.get_session_auth_hash(),
    }


def half_of(request: HttpRequest, *, at: dt.datetime) -> Member | None:
    """Who has shown the password here, some minutes ago at most, and has not changed it since."""
    said = request.session.get(HALF) or {}
    if not 0 <= int(at.timestamp()) - said.get("at", 0) <= HALF_SECONDS:
        return None
    found = queries.active_member(said["member"])
    if found is None or not constant_time_compare(said["hash"], found.get_session_auth_hash()):
        return None
    return found


def enter(request: HttpRequest, member: Member, way: str, *, at: dt.datetime) -> None:
    """Begin the session, under a new key, with what the member may read of it."""
    member = held(member)
    login(request, member, backend=BACKEND)
    session, now = request.session, int(at.timestamp())
    session.pop(HALF, None)
    session["begun_at"] = session["seen_at"] = now
    session["code"], session["device"] = new_code("SN"), device_of(request)
    stepup.mark(session, way, at=now)
    # Now, not after the answer: it must count among the newest.
    session.save()
    proving.note_entry(member=member, way=way, by=member)


def ask_again(request: HttpRequest, way: str, *, by: Member, at: dt.datetime) -> None:
    """The member has shown it once more: a new key, and five minutes for what is grave."""
    stepup.mark(request.session, way, at=int(at.timestamp()))
    request.session.cycle_key()
    proving.note_asked_again(way=way, by=by)


def device_of(request: HttpRequest) -> str:
    said = request.headers.get("User-Agent", "").lower()
    return next((word for sign, word in DEVICES if sign in said), OTHER)

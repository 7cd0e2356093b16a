"""What stands around every page: the way about, the bell, the languages, the way out."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import (
    get_language_info,
    gettext,
    gettext_lazy,
    pgettext,
    pgettext_lazy,
)

from agencies.models import REAL, Member
from agencies.policy import WATCHERS
from agencies.roles import CASEWORK, Role
from exchange.policy import LISTS_EXPORTS
from figures.policy import READERS as FIGURE_READERS
from network.policy import ANNOUNCERS
from notify import policy as notices
from pages.seats import space_of
from practice.models import Space
from practice.queries import progress

# Each entry: the name of the address, its words, and the roles that find it in their menu.
MENU: tuple[tuple[str, Any, frozenset[Role]], ...] = (
    ("home", pgettext_lazy("menu", "Work list"), frozenset(Role)),
    ("cases", pgettext_lazy("menu", "Cases"), CASEWORK),
    ("inbox", pgettext_lazy("menu", "Inbox"), CASEWORK),
    ("outbox", pgettext_lazy("menu", "Sent"), CASEWORK),
    ("team", pgettext_lazy("menu", "Team"), frozenset({Role.SUPERVISOR})),
    ("desk", pgettext_lazy("menu", "Decisions"), frozenset({Role.IDENTIFICATION_OFFICER})),
    ("figures", pgettext_lazy("menu", "Figures"), FIGURE_READERS),
    ("national", pgettext_lazy("menu", "Overview"), frozenset({Role.COORDINATOR})),
    (
        "approvals",
        pgettext_lazy("menu", "Approvals"),
        frozenset({Role.SUPERVISOR, Role.DATA_PROTECTION_OFFICER, Role.SYSTEM_ADMIN}),
    ),
    (
        "retention",
        pgettext_lazy("menu", "Keeping and erasing"),
        frozenset({Role.SUPERVISOR, Role.DATA_PROTECTION_OFFICER}),
    ),
    ("glass", pgettext_lazy("menu", "Emergency access"), CASEWORK),
    (
        "imports",
        pgettext_lazy("menu", "Imports"),
        frozenset({Role.SOCIAL_WORKER, Role.SUPERVISOR}),
    ),
    ("exports", pgettext_lazy("menu", "Exports"), LISTS_EXPORTS),
    (
        "protection",
        pgettext_lazy("menu", "Data protection"),
        frozenset({Role.DATA_PROTECTION_OFFICER}),
    ),
    (
        "log",
        pgettext_lazy("menu", "Log"),
        frozenset({Role.AUDITOR, Role.DATA_PROTECTION_OFFICER}),
    ),
    ("seals", pgettext_lazy("menu", "Seals"), WATCHERS),
    ("agencies", pgettext_lazy("menu", "Agencies"), frozenset({Role.SYSTEM_ADMIN})),
    (
        "members",
        pgettext_lazy("menu", "Members"),
        frozenset({Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN}),
    ),
    (
        "systems",
        pgettext_lazy("menu", "Systems"),
        frozenset({Role.AGENCY_ADMIN, Role.SYSTEM_ADMIN}),
    ),
    ("keys", pgettext_lazy("menu", "Keys"), frozenset({Role.SYSTEM_ADMIN})),
    ("copies", pgettext_lazy("menu", "Backups"), frozenset({Role.SYSTEM_ADMIN})),
    ("services", pgettext_lazy("menu", "Services"), frozenset(Role)),
    ("learning", pgettext_lazy("menu", "Learning"), frozenset(Role)),
    ("practice", pgettext_lazy("menu", "Practice"), frozenset(Role)),
    ("focal_points", pgettext_lazy("menu", "Whom to ask"), frozenset(Role)),
    ("board", pgettext_lazy("menu", "Board"), frozenset(Role)),
    ("announcements", pgettext_lazy("menu", "Announcements"), ANNOUNCERS),
)
# Where somebody made up finds their work; the rest of the menu is for what is real.
IN_PRACTICE = frozenset(
    {"home", "cases", "inbox", "outbox", "team", "desk", "approvals", "services", "practice"}
)
# A bell that has rung more often than this says "99+".
LOUDEST = 99


def around(request: HttpRequest) -> dict[str, Any]:
    """For every template. Looks nothing up unless the page shows it."""
    member = getattr(request, "user", None)
    known = isinstance(member, Member)
    return {
        "member": member if known else None,
        "menu": _menu(member) if isinstance(member, Member) else [],
        "practice": space_of(request),
        "practice_step": lambda: _step(space_of(request)),
        "own": isinstance(member, Member) and member.space == REAL,
        "bell": (lambda: _bell(member)) if isinstance(member, Member) else "",
        "languages": [(code, get_language_info(code)["name_local"]) for code, _ in LANGUAGES],
        "neutral_url": settings.NEUTRAL_URL,
        "demo": settings.DEMO,
        "idle_seconds": settings.SESSION_IDLE_SECONDS if known else asked_again_after(request),
        "idle_leads_to": getattr(request, "asks_anew", ""),
        "neutral_title": gettext_lazy("Service desk"),
    }


LANGUAGES = settings.LANGUAGES


def asked_again_after(request: HttpRequest) -> int:
    """In how many seconds who has no account is asked for the passcode again; 0 where nobody is known."""
    return int(getattr(request, "awake_seconds", 0))


def speak_to(response: HttpResponse, language: str) -> None:
    """What this browser reads from now on."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.SECURE,
        httponly=True,
        samesite="Strict",
    )


def _menu(member: Member) -> list[tuple[str, Any]]:
    return [
        (name, words)
        for name, words, roles in MENU
        if member.role in roles and (member.space == REAL or name in IN_PRACTICE)
    ]


def _step(space: Space | None) -> str:
    """How far who practises is: so they see on any page that a step is over."""
    found = progress(space) if space is not None else None
    if found is None:
        return ""
    if found.now is None:
        return pgettext("practice", "played to its end")
    words = {"number": len(found.past) + 1, "total": found.total}
    return gettext("Step %(number)s of %(total)s") % words


def _bell(member: Member) -> str:
    waiting = notices.notices_visible_to(member).filter(acknowledged_at__isnull=True)
    count = len(waiting.values_list("pk", flat=True)[: LOUDEST + 1])
    return f"{LOUDEST}+" if count > LOUDEST else str(count or "")

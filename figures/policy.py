"""Who sees the figures and who asks for them. Everybody who sees them sees the same numbers."""

from django.db.models import QuerySet

from agencies.models import Member
from agencies.roles import Role
from figures.models import Extract, Noisy, Release, Spent
from kernel.verdict import ALLOW, Verdict, deny

READERS = frozenset(
    {
        Role.SUPERVISOR,
        Role.AGENCY_ADMIN,
        Role.COORDINATOR,
        Role.DATA_PROTECTION_OFFICER,
        Role.AUDITOR,
    }
)
# Who sees that a file in the shape of the CTDC was made: its makers, and who watches over them.
OF_EXTRACTS = frozenset({Role.COORDINATOR, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR})


def may_see(actor: Member) -> Verdict:
    return ALLOW if Role(actor.role) in READERS else deny("role_may_not_see_figures")


def may_ask(actor: Member) -> Verdict:
    return ALLOW if actor.role == Role.COORDINATOR else deny("role_may_not_ask_for_figures")


def may_see_extracts(actor: Member) -> Verdict:
    return ALLOW if Role(actor.role) in OF_EXTRACTS else deny("role_may_not_see_figures")


def may_fetch(actor: Member) -> Verdict:
    """The co-ordinator's side hands the file on; nobody else needs it."""
    return may_ask(actor)


def visible_to(actor: Member) -> QuerySet[Release]:
    return published() if may_see(actor) else Release.objects.none()


def published() -> QuerySet[Release]:
    """What was made, newest first; for everybody, where the figures are public."""
    return Release.objects.filter(state=Release.State.MADE).order_by("-month")


def every_visible_to(actor: Member) -> QuerySet[Release]:
    """What was made and what is being made."""
    return visible_to(actor) | asked_visible_to(actor)


def asked_visible_to(actor: Member) -> QuerySet[Release]:
    """What is being made."""
    if not may_ask(actor):
        return Release.objects.none()
    return Release.objects.filter(state=Release.State.ASKED).order_by("-month")


def noisy_visible_to(actor: Member) -> QuerySet[Noisy]:
    return Noisy.objects.all() if may_see(actor) else Noisy.objects.none()


def spent_visible_to(actor: Member) -> QuerySet[Spent]:
    return Spent.objects.all() if may_see(actor) else Spent.objects.none()


def extracts_visible_to(actor: Member) -> QuerySet[Extract]:
    if not may_see_extracts(actor):
        return Extract.objects.none()
    return Extract.objects.select_related("release", "made_by")

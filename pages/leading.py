"""Where the code of a notice, a task or a deadline leads the reader."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from agencies.models import Member
from agencies.policy import ADMINS
from agencies.roles import CASEWORK, Role
from cases import policy as cases
from guard import policy as guard
from identification import policy as identification
from kernel.codes import PRACTICE
from pages.door import actor_of, page
from referral import policy as referral
from reintegration import policy as support
from signin.policy import WATCHERS

# What a kind of code leads to by itself.
DIRECT = {
    "SH": "case",
    PRACTICE: "case",
    "RF": "referral",
    "TR": "transfer",
    "CN": "consent",
    "OV": "override",
    "SC": "screening",
    "RV": "review",
    "DU": "duplicate",
    "DO": "document",
    "BG": "glass_use",
    "TP": "approval",
    "RB": "batch",
    "DM": "demand",
    "SR": "subject_request",
    "IM": "import",
    "XP": "export",
    "AD": "admission",
    "QU": "board_question",
    "BU": "announcement",
}
# What is there for every role, also for those that see no case.
FOR_ALL = frozenset({"BG", "TP", "RB", "LH", "AD", "QU", "BU"})
# What leads to the page of something else: the rows that the reader may see, the column with the
# code to go to, and the page.
Found = Callable[[Member], QuerySet[Any]]
BY_LOOKING: dict[str, tuple[Found, str, str]] = {
    "ID": (identification.visible_to, "case__code", "identification"),
    "DC": (
        identification.decisions_visible_to, "identification__case__code", "identification",
    ),
    "PL": (support.plans_visible_to, "case__code", "plan"),
    "GL": (support.goals_visible_to, "plan__case__code", "plan"),
    "AC": (support.actions_visible_to, "goal__plan__case__code", "plan"),
    "CI": (support.check_ins_visible_to, "case__code", "plan"),
    "WN": (support.alerts_visible_to, "case__code", "plan"),
    "CT": (guard.contacts_visible_to, "case__code", "reach"),
    "LH": (cases.holds_visible_to, "case__code", "holds"),
    "ON": (referral.onwards_visible_to, "referral__code", "referral"),
}  # fmt: skip
# A factor that was changed, factors that were lost, and an agency whose entries are old.
OF_NO_CASE: dict[str, Callable[[Member], str]] = {
    "FC": lambda _: reverse("factors"),
    "LR": lambda _: reverse("learning"),
    "LD": lambda _: reverse("learning"),
    "FR": lambda actor: reverse("resets" if actor.role in WATCHERS else "factors"),
    "FP": lambda _: reverse("focal_mine"),
    "AG": lambda actor: f"{reverse('home')}?show=entries" if actor.role in ADMINS else "",
}
READERS = CASEWORK | {Role.IDENTIFICATION_OFFICER}
# What a person asks of their data is also data protection's.
OF_PROTECTION = frozenset({"SR", "XP"})


def address_of(code: str, actor: Member) -> str:
    """Where the code leads; nowhere for who sees no case, and for what has no page."""
    kind = code[:2]
    if kind in OF_NO_CASE:
        return OF_NO_CASE[kind](actor)
    watched = kind in OF_PROTECTION and actor.role == Role.DATA_PROTECTION_OFFICER
    if actor.role not in READERS and kind not in FOR_ALL and not watched:
        return ""
    if kind in DIRECT:
        return reverse(DIRECT[kind], kwargs={"code": code})
    if kind == "CQ":
        return reverse("transfers")
    if kind == "TS":
        return f"{reverse('home')}?show=tasks"
    return reverse("lead", kwargs={"code": code}) if kind in BY_LOOKING else ""


@page
@require_safe
def lead(request: HttpRequest, code: str) -> HttpResponse:
    """Look up what the code belongs to, and go there."""
    rows, column, name = BY_LOOKING.get(code[:2], (None, "", ""))
    found = rows and rows(actor_of(request)).filter(code=code).values_list(column, flat=True)
    target = found.first() if found is not None else None
    if target is None:
        raise Http404
    return HttpResponseRedirect(reverse(name, kwargs={"code": target}))


urlpatterns = [path("go/<str:code>/", lead, name="lead")]

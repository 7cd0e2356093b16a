"""What every page of a case has in common: whether the reader may be here, the head, the tabs."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import pgettext_lazy

from agencies.models import Member
from audit import log
from cases import policy
from cases.models import Case, CaseAccess
from guard import policy as guard
from kernel.groups import TRIAGE_ONLY, DataGroup, in_order
from pages.door import SAFE, actor_of

# Each tab: the name of its address, its words, and the data group that opens it to those who are
# not of the owner's side. None: theirs alone. Empty: whoever sees the case.
TABS: tuple[tuple[str, Any, str | None], ...] = (
    ("case", pgettext_lazy("tab", "Overview"), ""),
    ("people", pgettext_lazy("tab", "People"), ""),
    ("screenings", pgettext_lazy("tab", "Signs"), DataGroup.SCREENING),
    ("identification", pgettext_lazy("tab", "Identification"), DataGroup.SCREENING),
    ("consents", pgettext_lazy("tab", "Consent"), None),
    ("case_referrals", pgettext_lazy("tab", "Referrals"), None),
    ("plan", pgettext_lazy("tab", "Plan"), None),
    ("documents", pgettext_lazy("tab", "Documents"), None),
    ("notes", pgettext_lazy("tab", "Notes"), None),
    ("timeline", pgettext_lazy("tab", "Timeline"), None),
    ("access", pgettext_lazy("tab", "Who can see this"), None),
)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as this reader may see it: the rows that let them in say how much."""

    actor: Member
    case: Case
    rows: list[CaseAccess]

    @property
    def own(self) -> bool:
        return any(row.because in policy.OWN for row in self.rows)

    @property
    def groups(self) -> list[str]:
        """The data groups that are open to the reader, in the glossary's order."""
        return in_order(group for row in self.rows for group in row.scope)

    @property
    def due_at(self) -> dt.datetime | None:
        """The nearest deadline of the case, as its own side is told."""
        own = [row.due_at for row in self.rows if row.because in policy.OWN]
        return min((due for due in own if due is not None), default=None)

    @property
    def glass_until(self) -> dt.datetime | None:
        """Until when something is shown to the reader only because they broke the glass."""
        glass = CaseAccess.Because.BREAK_GLASS
        ends = [row.until for row in self.rows if row.because == glass and row.until]
        return None if self.own else max(ends, default=None)

    @property
    def may_reach(self) -> bool:
        """Whether the plan for safe contact is open to the reader as to a helper."""
        return any(
            DataGroup.CONTACT in row.scope
            for row in self.rows
            if row.because not in guard.AT_A_DISTANCE
        )

    @property
    def submitted(self) -> bool:
        return any(row.because == CaseAccess.Because.SUBMITTED for row in self.rows)

    def opens(self, tab_group: str | None) -> bool:
        if self.own or tab_group == "":
            return True
        return tab_group is not None and tab_group in self.groups

    def page(self, request: HttpRequest, template: str, tab: str, **more: Any) -> HttpResponse:
        """A page of the case, under its head and tabs."""
        tabs = [
            (words, reverse(name, kwargs={"code": self.case.code}), name == tab)
            for name, words, group in TABS
            if self.opens(group)
        ]
        words = {
            "file": self, "case": self.case, "own": self.own, "groups": self.groups,
            "tabs": tabs, "tab": tab, **more,
        }  # fmt: skip
        return render(request, template, words)


def open_file(request: HttpRequest, code: str, *, own: bool = False) -> CaseFile:
    """The case, if the reader may know of it; with `own`, only for the owner's side.

    Raises Http404 otherwise: a stranger learns nothing, not even that there is such a case.
    """
    actor = actor_of(request)
    seen = policy.seen(actor, code)
    if seen is None:
        raise Http404
    case, rows = seen
    found = CaseFile(actor, case, rows)
    if own and not found.own:
        raise Http404
    if request.method in SAFE:
        # What stands in clear is seen, too: the card of the case, and the lists beside it.
        part = request.resolver_match.url_name if request.resolver_match else ""
        log.record(
            "read.case",
            by=actor,
            about=code,
            case=code,
            groups=TRIAGE_ONLY,
            facts={"part": part},
        )
    return found

"""Who has seen what of a case: a report for the person, in their language, on paper or on screen."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.translation import override, pgettext_lazy
from django.views.decorators.http import require_safe

from agencies import queries as agencies
from agencies.models import Member
from agencies.roles import Role
from audit import log, queries
from audit.queries import SeenBy
from kernel.codes import SHAPE
from pages import labels, logwords
from pages.casefile import open_file
from pages.consentwords import asked_in, speak_of, spoken_words
from pages.door import actor_of, page

ROWS = 60
# Why something sealed was opened, by the code that the log keeps; what is not here goes unsaid.
WHY: dict[str, Any] = {
    "person": pgettext_lazy("why seen", "for the work with you"),
    "intake": pgettext_lazy("why seen", "to fill in your file"),
    "age": pgettext_lazy("why seen", "to know your age"),
    "screening": pgettext_lazy("why seen", "to ask about signs"),
    "check": pgettext_lazy("why seen", "to check what is written down"),
    "correct": pgettext_lazy("why seen", "to correct what is written down"),
    "carry_over": pgettext_lazy("why seen", "to take over what you had told before"),
    "answer": pgettext_lazy("why seen", "to answer a question of the authority"),
    "submit": pgettext_lazy("why seen", "for the formal identification"),
    "transfer": pgettext_lazy("why seen", "to hand your case over"),
    "htcds": pgettext_lazy("why seen", "to pass the case on in the form of a standard"),
    "preview": pgettext_lazy("why seen", "to look through a referral before it was sent"),
    "disclosure": pgettext_lazy("why seen", "a referral that you agreed to"),
    "subject_access": pgettext_lazy("why seen", "to show you all that is kept about you"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the report: names of agencies and functions, never of members."""

    day: dt.date
    who: str
    role: str
    what: str
    groups: list[str]
    why: Any
    told: str
    times: int


@page
@require_safe
def seen(request: HttpRequest, code: str) -> HttpResponse:
    """For the owner's side, and for data protection by the code alone, even after erasure."""
    actor, number = actor_of(request), _number(request.GET.get("page", ""))
    speak = _speak(request, actor, code)
    rows = queries.seen_by(
        code,
        zone=timezone.get_current_timezone_name(),
        start=(number - 1) * ROWS,
        most=ROWS + 1,
    )
    log.record("read.seers", by=actor, about=code, case=code, facts={"n": len(rows[:ROWS])})
    with override(speak):
        words = {"code": code, "lines": lines_of(rows[:ROWS]), "now": timezone.now()}
        sheet = render_to_string("pages/seen/sheet.html", words)
    return render(
        request,
        "pages/seen/seen.html",
        {
            "code": code,
            "sheet": sheet,
            "guard": actor.role == Role.DATA_PROTECTION_OFFICER,
            "older": number + 1 if len(rows) > ROWS else 0,
            **spoken_words(speak),
        },
    )


def _speak(request: HttpRequest, actor: Member, code: str) -> str:
    """Whether the actor may ask this, and the language of the sheet."""
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        if not SHAPE.fullmatch(code):
            raise Http404
        return asked_in(request)
    return speak_of(request, open_file(request, code, own=True).case.person)


def lines_of(rows: Sequence[SeenBy]) -> list[Line]:
    """The rows of the report in words, in the language of the moment."""
    names = agencies.names_of({each.agency for each in rows} | {each.told for each in rows})
    return [
        Line(
            day=each.day,
            who=names.get(each.agency, each.agency),
            role=labels.role(each.role),
            what=logwords.of(each.event),
            groups=each.groups,
            why=WHY.get(each.why, ""),
            told=names.get(each.told, each.told),
            times=each.times,
        )
        for each in rows
    ]


def _number(text: str) -> int:
    return min(max(int(text), 1), 1000) if text.isascii() and text.isdigit() else 1


urlpatterns = [path("cases/<str:code>/seen/", seen, name="seen")]

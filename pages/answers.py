"""Check your answers: all that is filled in, in words; and from there the case is opened."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from cases import duty, policy, vault
from cases.actions import lifecycle, person
from cases.workflow import State, Verb
from kernel.groups import SEALED, DataGroup
from pages import facts
from pages.casefile import CaseFile, open_file
from pages.door import done, onward, page
from pages.facts import Fact
from pages.forms import Nothing
from pages.intake import tasks_of
from pages.sections import Section


@page
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    asked, form = request.method == "POST", Nothing(request.POST)
    if asked and done(form, lambda data: _open(file)):
        return onward(request, gettext("The case is open."), "case", code=code)
    verdict = policy.may_move(file.actor, Verb.OPEN, file.case, own=True)
    return file.page(
        request,
        "pages/intake/check.html",
        "people",
        form=form,
        **_answers(file),
        may_open=bool(verdict) and file.case.state == State.DRAFT,
        may_write=bool(policy.may(file.actor, policy.Verb.WRITE, file.case, own=True)),
    )


def _open(file: CaseFile) -> bool:
    lifecycle.open_case(code=file.case.code, by=file.actor, at=timezone.now())
    return True


def _answers(file: CaseFile) -> dict[str, Any]:
    """Each section, what is saved in it, and whether one's own draft waits there; and which of them
    the duty to know closes, so that a case can be opened all the same."""
    held = [DataGroup(group) for group in vault.groups_held(file.case.person)]
    closed = duty.closed(held, by=file.actor, case=file.case.code)
    shown: list[DataGroup] = [
        group for group in held if group in SEALED and group not in closed
    ]
    opened = person.read_groups(case=file.case, groups=shown, by=file.actor, why="check")
    clear = {
        "beginning": facts.of_beginning(file.case),
        "person": facts.of_person(file.case.person),
    }
    answers: list[tuple[Section, list[Fact], bool]] = [
        (
            section,
            clear[section.name]
            if section.group is None
            else facts.of_group(section.group, opened.get(section.group, {})),
            draft is not None,
        )
        for section, draft, _ in tasks_of(file, held)
    ]
    return {"answers": answers, "closed": closed}


urlpatterns = [path("cases/<str:code>/intake/check/", check, name="intake_check")]

"""Cases that an agency asks for: whether there is such a case, nobody is told before it comes."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.models import Member
from agencies.roles import Role
from kernel.errors import Denied
from pages.door import actor_of, onward, page, posted
from pages.forms import CodeField, Form, Nothing
from referral import policy
from referral.actions import requesting
from referral.models import CaseRequest
from referral.workflow import RequestReason, RequestState


class Asking(Form):
    case = CodeField(
        label=pgettext_lazy("case request", "Code of the case"),
        help_text=gettext_lazy("The person has it, for example SH-7K3M-Q9TX."),
    )
    reason = forms.ChoiceField(
        label=pgettext_lazy("case request", "Why do you ask for it?"),
        choices=RequestReason.choices,
        widget=forms.RadioSelect,
    )


class Granting(Form):
    note = forms.CharField(
        label=pgettext_lazy("transfer", "Why?"),
        help_text=gettext_lazy("For your own records: the other agency sees the code alone."),
        max_length=2000,
        widget=forms.Textarea,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as one side sees it: who asked learns of no refusal."""

    request: CaseRequest
    actor: Member

    @property
    def of_us(self) -> bool:
        case = self.request.case
        return case is not None and case.owner_id == self.actor.agency_id

    @property
    def waits_for_us(self) -> bool:
        asked = self.request.state == RequestState.ASKED
        return self.of_us and asked and self.request.refused_at is None

    @property
    def refused(self) -> bool:
        return self.of_us and self.request.refused_at is not None


@page
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if actor.role != Role.SUPERVISOR:
        raise Denied("only_a_supervisor_may_do_this")
    form = Asking(request.POST if request.method == "POST" else None)
    made = posted(
        request,
        form,
        lambda data: requesting.ask(
            case_code=data["case"], reason=data["reason"], by=actor, at=timezone.now()
        ),
    )
    if made:
        said = gettext("Asked. If there is such a case, its owner decides.")
        return onward(request, said, "transfers")
    return _form(request, gettext("Ask for a case"), form)


@page
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, code: str) -> HttpResponse:
    actor, found = _of_us(request, code)
    form = Granting(request.POST if request.method == "POST" else None)
    granted = posted(
        request,
        form,
        lambda data: requesting.grant(
            code=found.code, note=data["note"], by=actor, at=timezone.now()
        ),
    )
    if granted and granted.transfer is not None:
        said = gettext("The transfer is proposed.")
        return onward(request, said, "transfer", code=granted.transfer.code)
    words = gettext("The person must have agreed that they learn all that is written down.")
    return _form(request, gettext("Propose the transfer"), form, words=words)


@page
@require_http_methods(["GET", "POST"])
def refuse(request: HttpRequest, code: str) -> HttpResponse:
    actor, found = _of_us(request, code)
    form = Nothing(request.POST if request.method == "POST" else None)
    refused = posted(
        request,
        form,
        lambda data: requesting.refuse(code=found.code, by=actor, at=timezone.now()),
    )
    if refused:
        return onward(request, gettext("Refused. The other agency is not told."), "transfers")
    words = gettext("Who asked sees its time run out, as for a code that is none.")
    return _form(request, gettext("Refuse"), form, words=words, danger=True)


def _of_us(request: HttpRequest, code: str) -> tuple[Member, CaseRequest]:
    """A request that is made to the reader's agency."""
    actor = actor_of(request)
    rows = policy.case_requests_visible_to(actor).filter(case__owner=actor.agency_id)
    return actor, get_object_or_404(rows, code=code)


def _form(request: HttpRequest, title: str, form: Form, **more: Any) -> HttpResponse:
    words = {"title": title, "form": form, "back": reverse("transfers"), **more}
    return render(request, "pages/act.html", words)


urlpatterns = [
    path("case-requests/new/", ask, name="case_request_new"),
    path("case-requests/<str:code>/grant/", grant, name="case_request_grant"),
    path("case-requests/<str:code>/refuse/", refuse, name="case_request_refuse"),
]

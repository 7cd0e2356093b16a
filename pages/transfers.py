"""Whole cases that go to another agency, agreed by the supervisors of both."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies import policy as agency_policy
from agencies.models import Agency, Member
from agencies.roles import Role
from audit import log
from cases import policy as case_policy
from cases.policy import Verb as CaseVerb
from edge.paging import PAGE
from pages import caserequests, onwards
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, Nothing, with_blank
from referral import policy
from referral.actions import transferring
from referral.models import Transfer
from referral.workflow import TransferState


class Proposal(Form):
    to = forms.ChoiceField(label=pgettext_lazy("transfer", "To which agency?"))
    note = forms.CharField(
        label=pgettext_lazy("transfer", "Why?"),
        help_text=gettext_lazy("For your own records: the other agency sees the code alone."),
        max_length=2000,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, agencies: list[Agency], **options: Any) -> None:
        super().__init__(*args, **options)
        self.agencies = {agency.code: agency for agency in agencies}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = with_blank([(agency.code, agency.name) for agency in agencies])

    def clean_to(self) -> Agency:
        return self.agencies[self.cleaned_data["to"]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be done to a proposal: by the receiver's side, or by the one that proposed it."""

    title: Any
    done: Any
    words: Any
    act: Callable[..., Any]
    by_receiver: bool = True
    danger: bool = False


def _accept(**how: Any) -> Transfer:
    return transferring.answer(accept=True, **how)


def _decline(**how: Any) -> Transfer:
    return transferring.answer(accept=False, **how)


ANSWERS: dict[str, Answer] = {
    "accept": Answer(
        pgettext_lazy("transfer verb", "Accept the case"),
        gettext_lazy("The case is yours now. Please name a worker for it."),
        gettext_lazy("Your agency becomes the owner, with all deadlines and tasks that run."),
        _accept,
    ),
    "decline": Answer(
        pgettext_lazy("transfer verb", "Decline the case"),
        gettext_lazy("Declined. The other supervisor is told."),
        gettext_lazy("The case stays where it is."),
        _decline,
        danger=True,
    ),
    "withdraw": Answer(
        pgettext_lazy("transfer verb", "Take the proposal back"),
        gettext_lazy("Taken back. The case stays with you."),
        gettext_lazy("The other agency sees that nothing is asked of it any more."),
        transferring.withdraw,
        by_receiver=False,
        danger=True,
    ),
}


@page
@require_safe
def transfers(request: HttpRequest) -> HttpResponse:
    """For supervisors: what was proposed, and what cases are asked for."""
    actor = actor_of(request)
    rows = policy.transfers_visible_to(actor).select_related("case", "sender", "receiver")
    asked = policy.case_requests_visible_to(actor).select_related("asker", "case", "transfer")
    found = page_in(request, rows)
    log.listed("transfers", [row.code for row in found["results"]], by=actor)
    words = {
        "transfers": found["results"],
        "next": found["next"],
        "requests": [caserequests.Seen(each, actor) for each in asked.order_by("-pk")[:PAGE]],
        "may_ask": actor.role == Role.SUPERVISOR,
    }
    return render(request, "pages/transfers/list.html", words)


@page
@require_safe
def transfer(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found = _find(actor, code)
    possible = [
        (verb, answer) for verb, answer in ANSWERS.items() if _is_theirs(answer, actor, found)
    ]
    words = {
        "transfer": found,
        "answers": possible if found.state == TransferState.PROPOSED else [],
        "ours": found.case.owner_id == actor.agency_id,
    }
    return render(request, "pages/transfers/transfer.html", words)


@page
@require_http_methods(["GET", "POST"])
def transfer_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    actor = actor_of(request)
    found = _find(actor, code)
    answer = ANSWERS.get(verb)
    if answer is None or not _is_theirs(answer, actor, found):
        raise Http404
    form = Nothing(request.POST if request.method == "POST" else None)
    done = posted(
        request, form, lambda data: answer.act(code=code, by=actor, at=timezone.now())
    )
    if done:
        return onward(request, answer.done, "transfer", code=code)
    words = {
        "title": answer.title, "words": answer.words, "form": form, "danger": answer.danger,
        "back": reverse("transfer", kwargs={"code": code}),
    }  # fmt: skip
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
def transfer_new(request: HttpRequest, code: str) -> HttpResponse:
    """Propose it: the person's consent must cover everything that is held."""
    file = open_file(request, code, own=True)
    case_policy.may(file.actor, CaseVerb.PROPOSE_TRANSFER, file.case, own=True).require()
    form = Proposal(request.POST if request.method == "POST" else None, agencies=_others(file))
    made = posted(
        request,
        form,
        lambda data: transferring.propose(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        return onward(request, gettext("Proposed."), "transfer", code=made.code)
    return file.page(request, "pages/transfers/new.html", "case_referrals", form=form)


def _others(file: CaseFile) -> list[Agency]:
    rows = agency_policy.agencies_visible_to(file.actor).exclude(pk=file.case.owner_id)
    return list(rows.order_by("name"))


def _find(actor: Member, code: str) -> Transfer:
    rows = policy.transfers_visible_to(actor).select_related("case", "sender", "receiver")
    found: Transfer = get_object_or_404(rows, code=code)
    return found


def _is_theirs(answer: Answer, actor: Member, found: Transfer) -> bool:
    side = found.receiver_id if answer.by_receiver else found.sender_id
    return side == actor.agency_id


urlpatterns = [
    path("transfers/", transfers, name="transfers"),
    path("transfers/<str:code>/", transfer, name="transfer"),
    path("transfers/<str:code>/do/<str:verb>/", transfer_verb, name="transfer_verb"),
    path("cases/<str:code>/transfer/", transfer_new, name="transfer_new"),
    *caserequests.urlpatterns,
    *onwards.urlpatterns,
]

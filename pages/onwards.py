"""A receiver proposes that somebody else help, too; the sender answers with the person."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies.clocks import Urgency
from agencies.models import Member, Service
from cases import queries as case_queries
from kernel.errors import Refused
from kernel.groups import SEALED, DataGroup
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.forms import Form, Nothing, with_blank
from pages.referrals import sight_of
from referral import policy, reading
from referral.actions import onward as onwards
from referral.models import Onward
from referral.policy import Act
from referral.workflow import OnwardState, Party


class Kind(Form):
    type = forms.ChoiceField(label=pgettext_lazy("service", "Kind of help"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["type"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = with_blank(
            [(code, str(words)) for code, words in labels.SERVICE_TYPES.items()]
        )


class Proposal(Form):
    service = forms.ChoiceField(label=pgettext_lazy("onward", "Who could help, too?"))
    urgency = forms.ChoiceField(
        label=pgettext_lazy("referral", "How soon must they answer?"),
        choices=Urgency.choices,
        widget=forms.RadioSelect,
    )
    groups = forms.MultipleChoiceField(
        label=pgettext_lazy("onward", "What would they need to know?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(group.value, labels.GROUPS[group]) for group in SEALED],
    )
    reason = forms.CharField(
        label=pgettext_lazy("onward", "Why?"),
        help_text=gettext_lazy("For the sender alone."),
        max_length=2000,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, services: list[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        self.services = {service.code: service for service in services}
        field = self.fields["service"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = with_blank(
            [(each.code, f"{each.name} – {each.agency.name}") for each in services]
        )

    def clean_service(self) -> Service:
        return self.services[self.cleaned_data["service"]]

    def clean_groups(self) -> list[DataGroup]:
        return [DataGroup(group) for group in self.cleaned_data["groups"]]

    def clean_urgency(self) -> Urgency:
        return Urgency(self.cleaned_data["urgency"])


@page
@require_http_methods(["GET", "POST"])
def onward_new(request: HttpRequest, code: str) -> HttpResponse:
    """Propose it: first the kind of help, then by whom. Nothing is shared by it."""
    sight = sight_of(actor_of(request), code)
    policy.may_act_as(sight.side, sight.actor, Act.PROPOSE_ONWARD).require()
    if not sight.may(Act.PROPOSE_ONWARD):
        raise Refused(f"cannot_{Act.PROPOSE_ONWARD}_when_{sight.state}", state=sight.state)
    kind = request.GET.get("type", "")
    rows = agency_policy.services_visible_to(sight.actor).select_related("agency")
    others = rows.filter(type=kind).exclude(
        agency__in=[sight.referral.receiver_id, sight.referral.sender_id]
    )
    form = Proposal(
        request.POST if request.method == "POST" else None,
        services=list(others.order_by("name")[:200]) if kind else [],
    )
    made = posted(
        request,
        form,
        lambda data: onwards.propose(code=code, **data, by=sight.actor, at=timezone.now()),
    )
    if made:
        said = gettext("Proposed. The sender decides with the person.")
        return onward(request, said, "referral", code=code)
    words = {
        "referral": sight.referral,
        "kind": Kind(request.GET if kind else None),
        "form": form if kind else None,
    }
    return render(request, "pages/transfers/onward_new.html", words)


@page
@require_http_methods(["GET", "POST"])
def onward_page(request: HttpRequest, code: str) -> HttpResponse:
    """One proposal. The sender reads why, and answers it."""
    actor = actor_of(request)
    found = _find(actor, code)
    sender = policy.party_of(actor, found.referral) is Party.SENDER
    yes = "approve" in request.POST
    if request.method == "POST" and not sender:
        raise Http404
    form = Nothing(request.POST if request.method == "POST" else None)
    act = onwards.approve if yes else onwards.decline
    answered = posted(request, form, lambda data: act(code=code, by=actor, at=timezone.now()))
    if answered and answered.sent_as is not None:
        return onward(request, gettext("Sent there."), "referral", code=answered.sent_as.code)
    if answered:
        said = gettext("Declined. Who proposed it is told.")
        return onward(request, said, "referral", code=found.referral.code)
    words = {
        "onward": found, "form": form, "sender": sender,
        "waits": found.state == OnwardState.PROPOSED,
        **(_for_sender(actor, found) if sender else {}),
    }  # fmt: skip
    return render(request, "pages/transfers/onward.html", words)


def _for_sender(actor: Member, found: Onward) -> dict[str, Any]:
    case = found.referral.case
    agreed = case_queries.covered(
        case, found.service.agency_id, at=timezone.now(), purpose=found.referral.purpose
    )
    query = {
        "agency": found.service.agency.code,
        "service": found.service.code,
        "purpose": found.referral.purpose,
        "groups": found.groups,
        "next": reverse("onward", kwargs={"code": found.code}),
    }
    address = reverse("consent_new", kwargs={"code": case.code})
    return {
        "reason": reading.why_onward(actor, found),
        "missing": [group for group in found.groups if group not in agreed],
        "consent_address": f"{address}?{urlencode(query, doseq=True)}",
    }


def _find(actor: Member, code: str) -> Onward:
    rows = policy.onwards_visible_to(actor).select_related(
        "referral__case__person", "referral__case__owner", "service__agency", "sent_as"
    )
    found: Onward = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("referrals/<str:code>/onward/", onward_new, name="onward_new"),
    path("onwards/<str:code>/", onward_page, name="onward"),
]

"""Asking a person for consent as a conversation: one page for one agency, read out and answered."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies.models import Agency, Service
from agencies.roles import AgencyType, most_for
from cases import policy, queries
from cases.actions import consent as consents
from cases.models import Consent
from cases.policy import Verb
from cases.workflow import Purpose
from kernel.groups import DataGroup, in_order
from pages.casefile import CaseFile, open_file
from pages.consentwords import heard_in, opening, question, rights, speak_of, spoken_words
from pages.door import next_of, onward, page, posted
from pages.giving import Conversation, Whom, end_of, scopes
from referral.actions import recalling


@dataclass(frozen=True, slots=True)
class Asked:
    """What a conversation is about, as the address says it."""

    agency: Agency
    service: Service | None
    purpose: str
    speak: str
    wanted: list[str]

    @property
    def groups(self) -> list[str]:
        return in_order(most_for(self.agency.type))


@page
@require_http_methods(["GET", "POST"])
def consent_new(request: HttpRequest, code: str) -> HttpResponse:
    """Draft and give in one: a page that is read out from top to bottom, and one button."""
    file = open_file(request, code, own=True)
    policy.may(file.actor, Verb.CONSENT, file.case, own=True).require()
    asked = _asked(request, file)
    if asked is None:
        return _whom(request, file)
    if queries.is_kept_apart(file.case, asked.agency.pk):
        words = {"agency": asked.agency}
        return file.page(request, "pages/consent/apart.html", "consents", **words)
    later = "later" in request.POST
    form = _conversation(request, file, asked, later=later)
    made = _take(request, form, file, asked, later=later)
    if made is None:
        return _talk(request, file, asked, form)
    if later:
        said = gettext_lazy("Kept as a draft. Nobody is shown anything by it yet.")
        return onward(request, said, "consent", code=made.code)
    messages.success(request, gettext("The consent is recorded."))
    return HttpResponseRedirect(_back(request, code))


def _back(request: HttpRequest, code: str) -> str:
    """Where the conversation was begun from, such as a referral; or the consents of the case."""
    wanted = next_of(request)
    return reverse("consents", kwargs={"code": code}) if wanted == reverse("home") else wanted


def _take(
    request: HttpRequest, form: Conversation, file: CaseFile, asked: Asked, *, later: bool
) -> Consent | None:
    def act(data: dict[str, Any]) -> Consent:
        what: dict[str, Any] = {
            "code": file.case.code,
            "scopes": scopes(asked.agency, asked.purpose, data["groups"]),
            "expires_at": end_of(data["expires_at"]),
            "by": file.actor,
            "at": timezone.now(),
        }
        if later:
            return consents.draft(**what)
        return recalling.take_consent(**what, giving=form.giving(data))

    return posted(request, form, act)


def _conversation(
    request: HttpRequest, file: CaseFile, asked: Asked, *, later: bool
) -> Conversation:
    person, name = file.case.person, asked.agency.name
    return Conversation(
        request.POST if request.method == "POST" else None,
        questions=[question(group, agency=name, speak=asked.speak) for group in asked.groups],
        wanted=asked.wanted,
        later=later,
        child=person.is_child,
        heard_in=heard_in(asked.speak, person),
    )


def _talk(
    request: HttpRequest, file: CaseFile, asked: Asked, form: Conversation
) -> HttpResponse:
    now = timezone.now()
    words = {
        "asked": asked,
        "form": form,
        "opening": opening(asked.purpose, agency=asked.agency.name, speak=asked.speak),
        "rights": rights(asked.speak),
        "purpose": Purpose(asked.purpose).label,
        "covered": queries.covered(
            file.case, asked.agency.pk, at=now, purpose=asked.purpose, barred=False
        ),
        "child": file.case.person.is_child,
        **spoken_words(asked.speak),
    }
    return file.page(request, "pages/consent/new.html", "consents", **words)


def _asked(request: HttpRequest, file: CaseFile) -> Asked | None:
    """What the address asks for, or None where it names no agency."""
    service_code, agency_code = request.GET.get("service", ""), request.GET.get("agency", "")
    if not service_code and not agency_code:
        return None
    service = None
    if service_code:
        rows = agency_policy.services_visible_to(file.actor).select_related("agency")
        service = get_object_or_404(rows, code=service_code)
    agency = service.agency if service is not None else _agency(file, agency_code)
    purpose = request.GET.get("purpose", "")
    groups = set(request.GET.getlist("groups")) & set(DataGroup)
    return Asked(
        agency,
        service,
        purpose if purpose in Purpose.values else Purpose.SERVICE.value,
        speak_of(request, file.case.person),
        in_order({*groups, DataGroup.TRIAGE}) if groups else [],
    )


def _agency(file: CaseFile, code: str) -> Agency:
    return get_object_or_404(agency_policy.agencies_visible_to(file.actor), code=code)


def _whom(request: HttpRequest, file: CaseFile) -> HttpResponse:
    """Which agency first: the rest depends on it."""
    rows = agency_policy.agencies_visible_to(file.actor).order_by("name")
    apart = {each.agency_id for each in queries.kept_apart(file.case)}
    owner = file.case.owner
    agencies = [
        (each.code, f"{each.name} ({AgencyType(each.type).label})")
        for each in rows
        if each.pk not in apart and (each.pk != owner.pk or each.deciding_body)
    ]
    return file.page(
        request,
        "pages/consent/whom.html",
        "consents",
        form=Whom(agencies=agencies),
        next=request.GET.get("next", ""),
    )


urlpatterns = [path("cases/<str:code>/consent/new/", consent_new, name="consent_new")]

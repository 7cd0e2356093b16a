"""Which agencies ask to take part, and letting them: by a link, or with their own access."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import actions as agencies
from agencies import policy as agency_policy
from agencies.models import Agency, Member
from agencies.policy import Verb
from guest import policy, queries
from guest.actions import admitting
from guest.models import Admission
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Day, Form
from pages.links import GuestAgency
from pages.members import show_once

Kind, State = Admission.Kind, Admission.State


class Entered(GuestAgency):
    """The same as an administrator enters it: with the sharing protocol, without which nobody refers."""

    protocol_signed_on = forms.DateField(
        label=pgettext_lazy("agency", "Sharing protocol signed on"), required=False, widget=Day
    )
    protocol_signed_until = forms.DateField(
        label=pgettext_lazy("agency", "in force until"),
        help_text=gettext_lazy("Without a protocol in force nobody can refer to it."),
        required=False,
        widget=Day,
    )


class FirstAdministrator(Form):
    username = forms.RegexField(
        r"^[a-z0-9][a-z0-9._-]{2,39}$",
        label=pgettext_lazy("member", "User name"),
        help_text=gettext_lazy("3 to 40 small letters, digits, dots or dashes."),
        error_messages={
            "invalid": gettext_lazy("Please use small letters, digits, dots, dashes.")
        },
    )


class Reached(Form):
    """Where an agency without an account is written to and called."""

    mail = GuestAgency.base_fields["mail"]
    phone = GuestAgency.base_fields["phone"]
    language = forms.ChoiceField(
        label=pgettext_lazy("guest", "They read"), choices=settings.LANGUAGES
    )


@page
@require_safe
def admissions(request: HttpRequest) -> HttpResponse:
    """What waits for a decision."""
    actor = actor_of(request)
    policy.may_decide(actor).require()
    rows = policy.admissions_visible_to(actor).filter(state=State.ASKED)
    found = page_in(request, rows.select_related("agency", "asked_by__agency"))
    return render(request, "pages/directory/admissions.html", found)


@page
@require_http_methods(["GET", "POST"])
def admission(request: HttpRequest, code: str) -> HttpResponse:
    """One of them: look it through, and admit the agency or not."""
    actor = actor_of(request)
    found = _find(actor, code)
    policy.may_decide(actor).require()
    sent = request.POST if request.method == "POST" else None
    if found.kind == Kind.CLAIM:
        form: Form = FirstAdministrator(sent)
        made = posted(request, form, lambda data: _admit_claim(actor, found, data))
        if made:
            return show_once(request, *made)
    else:
        form = Entered(sent, initial=found.facts | {"mail": found.mail})
        entered = posted(request, form, lambda data: _enter(actor, found, data))
        if entered:
            return onward(request, gettext("The agency is registered."), "agencies")
    words = {"admission": found, "form": form, "waits": found.state == State.ASKED}
    return render(request, "pages/directory/admission.html", words)


@page
@require_POST
def refused(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    admitting.refuse(admission=_find(actor, code), by=actor, at=timezone.now())
    return onward(request, gettext("It is refused."), "admissions")


@page
@require_http_methods(["GET", "POST"])
def guest_new(request: HttpRequest) -> HttpResponse:
    """Enter an agency without an account of one's own accord."""
    actor = actor_of(request)
    policy.may_decide(actor).require()
    form = Entered(request.POST if request.method == "POST" else None)
    made = posted(request, form, lambda data: _enter(actor, None, data))
    if made:
        return onward(request, gettext("The agency is registered."), "agencies")
    title = gettext("Register an agency without an account")
    return _form(request, form, title, reverse("agencies"))


@page
@require_http_methods(["GET", "POST"])
def guest_reached(request: HttpRequest, code: str) -> HttpResponse:
    """Another address, number or language of an agency without an account."""
    actor = actor_of(request)
    found: Agency = get_object_or_404(agency_policy.agencies_visible_to(actor), code=code)
    agency_policy.may(actor, Verb.CHANGE_AGENCY, found).require()
    stand_in = queries.stand_in_of(found.pk)
    if stand_in is None:
        raise Http404
    known = {
        "mail": stand_in.email,
        "phone": found.htcds.get("org_Phone", ""),
        "language": stand_in.language,
    }
    form = Reached(request.POST if request.method == "POST" else None, initial=known)
    changed = posted(
        request, form, lambda data: agencies.change_guest(agency=found, **data, by=actor)
    )
    if changed:
        return onward(request, gettext("The agency is changed."), "agencies")
    return _form(request, form, found.name, reverse("agency", kwargs={"code": code}))


def _admit_claim(actor: Member, found: Admission, data: dict[str, Any]) -> tuple[Member, str]:
    return admitting.admit_claim(
        admission=found, username=data["username"], by=actor, at=timezone.now()
    )


def _enter(actor: Member, found: Admission | None, data: dict[str, Any]) -> Agency:
    service = {"type": data.pop("service_type"), "name": data.pop("service_name")}
    reached = {name: data.pop(name) for name in ("phone", "mail", "language")}
    return admitting.admit_guest(
        admission=found, facts=data, service=service, **reached, by=actor, at=timezone.now()
    )


def _find(actor: Member, code: str) -> Admission:
    rows = policy.admissions_visible_to(actor).select_related("agency", "asked_by__agency")
    return get_object_or_404(rows, code=code)


def _form(request: HttpRequest, form: Form, title: str, back: str) -> HttpResponse:
    words = {"title": title, "form": form, "button": gettext("Keep"), "back": back}
    return render(request, "pages/act.html", words)


urlpatterns = [
    path("agencies/asked/", admissions, name="admissions"),
    path("agencies/asked/<str:code>/", admission, name="admission"),
    path("agencies/asked/<str:code>/refuse/", refused, name="admission_refuse"),
    path("agencies/guests/new/", guest_new, name="guest_new"),
    path("agencies/<str:code>/reached/", guest_reached, name="guest_reached"),
]

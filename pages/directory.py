"""The directory: what help there is, where, for whom; and keeping one's own services up to date."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies import actions, listing, policy, queries
from agencies.ages import BANDS
from agencies.models import Member, Service
from agencies.policy import Verb
from agencies.queries import Need
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.forms import Day, Form, with_blank

GENDERS = "prs_Gender"
# So many services are shown at once; whoever looks for others says what for and where.
MOST = 100


class Looking(Form):
    """What is looked for. Empty fields do not matter."""

    type = forms.ChoiceField(label=pgettext_lazy("service", "Kind of help"), required=False)
    district = forms.ChoiceField(label=pgettext_lazy("service", "District"), required=False)
    age_band = forms.ChoiceField(label=pgettext_lazy("service", "Age"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "type", with_blank(_types()))
        _choose(self, "district", with_blank(labels.districts()))
        _choose(self, "age_band", with_blank([(band, band) for band in BANDS]))


class Offered(Form):
    """One's own service, as others are told of it."""

    type = forms.ChoiceField(label=pgettext_lazy("service", "Kind of help"))
    name = forms.CharField(
        label=pgettext_lazy("service", "Name"),
        help_text=gettext_lazy("Others see it. Say nothing of where it is."),
        max_length=200,
    )
    status = forms.ChoiceField(
        label=pgettext_lazy("service", "State"), choices=Service.Status.choices
    )
    minimum_age = forms.IntegerField(
        label=pgettext_lazy("service", "Youngest age"),
        required=False,
        min_value=0,
        max_value=130,
    )
    maximum_age = forms.IntegerField(
        label=pgettext_lazy("service", "Oldest age"), required=False, min_value=0, max_value=130
    )
    genders = forms.MultipleChoiceField(
        label=pgettext_lazy("service", "Only for"),
        help_text=gettext_lazy("Choose nothing if it is for everybody."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    takes_foreigners = forms.BooleanField(
        label=pgettext_lazy("service", "Takes foreigners"), required=False, initial=True
    )
    takes_families = forms.BooleanField(
        label=pgettext_lazy("service", "Takes families"), required=False, initial=True
    )
    needs_gender = forms.BooleanField(
        label=pgettext_lazy("service", "Must know the sex before answering"), required=False
    )
    round_the_clock = forms.BooleanField(
        label=pgettext_lazy("service", "Open round the clock"), required=False
    )
    capacity = forms.IntegerField(
        label=pgettext_lazy("service", "Places"), required=False, min_value=0, max_value=100_000
    )
    places_free = forms.IntegerField(
        label=pgettext_lazy("service", "Free places now"),
        required=False,
        min_value=0,
        max_value=100_000,
    )
    verified_on = forms.DateField(
        label=pgettext_lazy("service", "Checked on"),
        help_text=gettext_lazy("When somebody last made sure that all this is so."),
        required=False,
        widget=Day,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "type", _types())
        _choose(self, "genders", labels.choices(GENDERS))


class Places(Form):
    places_free = forms.IntegerField(
        label=pgettext_lazy("service", "Free places now"), min_value=0, max_value=100_000
    )


@page
@require_safe
def services(request: HttpRequest) -> HttpResponse:
    actor, form = actor_of(request), Looking(request.GET or None)
    chosen = form.cleaned_data if form.is_bound and form.is_valid() else {}
    need = Need(
        service_type=chosen.get("type", ""),
        district=chosen.get("district", ""),
        age_band=chosen.get("age_band", ""),
    )
    found = queries.matching_services(actor, need, on=timezone.localdate(), most=MOST + 1)
    own = policy.services_visible_to(actor).filter(agency=actor.agency)
    mine = list(own.order_by("name", "pk")[:MOST])
    words = {
        "form": form,
        "mine": mine,
        "matches": found[:MOST],
        "more": len(found) > MOST,
        "may_offer": bool(policy.may(actor, Verb.OFFER_SERVICE, actor.agency)),
        "may_import": bool(policy.may(actor, Verb.IMPORT_DIRECTORY)),
        "unchecked": _unchecked(mine, on=timezone.localdate()),
    }
    return render(request, "pages/directory/services.html", words)


@page
@require_http_methods(["GET", "POST"])
def service(request: HttpRequest, code: str) -> HttpResponse:
    """One service; whoever may says here how many places are free."""
    actor = actor_of(request)
    found = _find(actor, code)
    form = Places(request.POST or None, initial={"places_free": found.places_free})
    kept = posted(
        request,
        form,
        lambda data: actions.set_places(
            service=found, places_free=data["places_free"], by=actor
        ),
    )
    if kept:
        said = gettext("The number of free places is kept.")
        return onward(request, said, "service", code=code)
    may_confirm = bool(policy.may_speak_for(actor, Verb.CONFIRM_SERVICE, found))
    becomes = listing.becomes(found) if may_confirm else ""
    words = {
        "service": found,
        "form": form,
        "may_set_places": bool(policy.may(actor, Verb.SET_PLACES, found.agency)),
        "may_change": bool(policy.may(actor, Verb.CHANGE_SERVICE, found.agency)),
        "may_confirm": may_confirm,
        "opens": becomes == Service.Status.ACTIVE,
        "becomes": Service.Status(becomes).label if becomes else "",
        "is_stale": queries.is_stale(found, on=timezone.localdate()),
    }
    return render(request, "pages/directory/service.html", words)


@page
@require_http_methods(["GET", "POST"])
def service_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may(actor, Verb.OFFER_SERVICE, actor.agency).require()
    form = Offered(request.POST or None, initial={"status": Service.Status.ACTIVE})
    made = posted(
        request,
        form,
        lambda data: actions.offer_service(agency=actor.agency, facts=data, by=actor),
    )
    if made:
        return onward(
            request, gettext("The service is in the directory."), "service", code=made.code
        )
    return _form(request, form, gettext("Offer a service"), reverse("services"))


@page
@require_http_methods(["GET", "POST"])
def service_change(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found = _find(actor, code)
    policy.may(actor, Verb.CHANGE_SERVICE, found.agency).require()
    initial = {name: getattr(found, name) for name in Offered.base_fields}
    form = Offered(request.POST or None, initial=initial)
    changed = posted(
        request,
        form,
        lambda data: actions.change_service(service=found, facts=_said(form, data), by=actor),
    )
    if changed:
        return onward(request, gettext("The service is changed."), "service", code=code)
    return _form(
        request, form, gettext("Change the service"), reverse("service", kwargs={"code": code})
    )


def _said(form: Form, data: dict[str, Any]) -> dict[str, Any]:
    """What was filled in. A state that only stood there is nobody's word on whether it is open."""
    unsaid = set() if "status" in form.changed_data else {"status"}
    return {name: value for name, value in data.items() if name not in unsaid}


def _unchecked(mine: list[Service], *, on: dt.date) -> set[str]:
    """The codes of one's own services that nobody has looked at for too long."""
    return {each.code for each in mine if queries.is_stale(each, on=on)}


def _form(request: HttpRequest, form: Form, title: str, back: str) -> HttpResponse:
    words = {"title": title, "form": form, "button": gettext("Keep"), "back": back}
    return render(request, "pages/act.html", words)


def _find(actor: Member, code: str) -> Service:
    rows = policy.services_visible_to(actor).select_related("agency")
    found: Service = get_object_or_404(rows, code=code)
    return found


def _types() -> list[tuple[str, Any]]:
    return [(code, str(words)) for code, words in labels.SERVICE_TYPES.items()]


def _choose(form: Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


urlpatterns = [
    path("services/", services, name="services"),
    path("services/new/", service_new, name="service_new"),
    path("services/<str:code>/", service, name="service"),
    path("services/<str:code>/change/", service_change, name="service_change"),
]

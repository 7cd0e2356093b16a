"""What the public is told of a service: ticks, words, and how it looks before it is kept."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from agencies import listing as listings
from agencies import policy
from agencies.hsds import shapes
from agencies.listingmodels import Listing, Shown, Weekday
from agencies.models import Service
from agencies.policy import Verb
from edge import stepup
from kernel.errors import SafehandError
from pages import directorywords
from pages.directorywords import NAMES
from pages.door import actor_of, done, onward, page, posted
from pages.forms import Form

# The parts of a place: our field for each of HTCDS's names.
PLACE = {
    "phone": "org_Phone", "street": "org_ShippingStreet", "city": "org_ShippingCity",
    "state": "org_ShippingState", "postal_code": "org_ShippingPostalCode",
    "country": "org_ShippingCountry", "latitude": "org_ShippingLatitude",
    "longitude": "org_ShippingLongitude",
}  # fmt: skip
PLAIN = (
    "is_listed", "shows", "name", "description", "eligibility_description",
    "application_process", "fees_description", "interpretation_services", "url", "email",
    "weekdays", "opens_at", "closes_at", "hours_note",
)  # fmt: skip


def _words(name: str, longest: int = 1000, **more: Any) -> forms.CharField:
    widget = forms.Textarea if longest > 200 else forms.TextInput  # noqa: PLR2004 -- a line
    return forms.CharField(
        label=NAMES[name], required=False, max_length=longest, widget=widget, **more
    )


class Clock(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class Listed(Form):
    """The words of a service in the public directory."""

    is_listed = forms.BooleanField(
        label=pgettext_lazy("listing", "List this service in the public directory"),
        help_text=gettext_lazy(
            "Anybody in the world can then read what is below, also those of whom people hide."
        ),
        required=False,
    )
    shows = forms.MultipleChoiceField(
        label=pgettext_lazy("listing", "What may be shown of where it is?"),
        help_text=gettext_lazy(
            "Tick only what is known to everybody anyway. A shelter: nothing."
        ),
        choices=Shown.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    name = _words(
        "name", 200,
        help_text=gettext_lazy("How the public knows it. It need not be the name that colleagues see."),
    )  # fmt: skip
    description = _words("description", 4000)
    eligibility_description = _words("eligibility_description")
    application_process = _words("application_process")
    fees_description = _words("fees_description")
    interpretation_services = _words("interpretation_services")
    weekdays = forms.MultipleChoiceField(
        label=NAMES["weekdays"],
        choices=Weekday.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    opens_at = forms.TimeField(label=NAMES["opens_at"], required=False, widget=Clock)
    closes_at = forms.TimeField(label=NAMES["closes_at"], required=False, widget=Clock)
    hours_note = _words("hours_note")
    url = _words("url", 200)
    email = forms.EmailField(label=NAMES["email"], required=False)
    phone = forms.CharField(label=NAMES["phones"], required=False, max_length=20)
    street = forms.CharField(
        label=pgettext_lazy("listing", "Street and number"),
        help_text=gettext_lazy("A confidential address does not belong here."),
        required=False,
        max_length=200,
    )
    city = forms.CharField(
        label=pgettext_lazy("listing", "Town"), required=False, max_length=200
    )
    state = forms.CharField(
        label=pgettext_lazy("listing", "Region"), required=False, max_length=200
    )
    postal_code = forms.CharField(
        label=pgettext_lazy("listing", "Postal code"), required=False, max_length=20
    )
    country = forms.CharField(
        label=pgettext_lazy("listing", "Country, in two letters"), required=False, max_length=2
    )
    latitude = forms.FloatField(
        label=pgettext_lazy("listing", "Latitude"),
        required=False,
        min_value=-90,
        max_value=90,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    longitude = forms.FloatField(
        label=pgettext_lazy("listing", "Longitude"),
        required=False,
        min_value=-180,
        max_value=180,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    agency_public_name = forms.CharField(
        label=pgettext_lazy("listing", "Public name of the agency"),
        help_text=gettext_lazy(
            "The same for all its services. It need not be the name that colleagues see, which is "
            "not told."
        ),
        required=False,
        max_length=200,
    )
    agency_about = forms.CharField(
        label=NAMES["about"],
        help_text=gettext_lazy("The same for all its services."),
        required=False,
        max_length=1000,
        widget=forms.Textarea,
    )
    agency_website = forms.CharField(
        label=pgettext_lazy("listing", "Page of the agency on the web"),
        required=False,
        max_length=300,
    )
    version = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def refuse(self, refusal: SafehandError) -> None:
        """A part of a place is named by HTCDS's name: say it beside our field."""
        ours = {theirs: name for name, theirs in PLACE.items()}
        last = refusal.pointer.rpartition("/")[2]
        super().refuse(type(refusal)(refusal.code, pointer=f"/{ours.get(last, last)}"))

    def facts(self) -> dict[str, Any]:
        """What was filled in, as the action takes it."""
        data = self.cleaned_data
        place = {theirs: data[ours] for ours, theirs in PLACE.items()}
        own = {name: data[name] for name in (*PLAIN, *listings.OF_THE_AGENCY)}
        return own | {"htcds": {k: v for k, v in place.items() if v not in ("", None)}}


@page
@require_http_methods(["GET", "POST"])
def service_listing(request: HttpRequest, code: str) -> HttpResponse:
    """Its words, and beside them what the public would see; kept only by the other button."""
    actor, found = actor_of(request), _find(request, code)
    policy.may_speak_for(actor, Verb.LIST_SERVICE, found).require()
    now = listings.listing_of(found)
    form = Listed(request.POST or None, initial=_initial(now))
    tried = posted(request, form, lambda _: _try(now, form.facts()))
    if tried and "keep" in request.POST and done(form, lambda _: _keep(request, found, form)):
        said = gettext("The public directory is as you have said.")
        return onward(request, said, "service_listing", code=code)
    if request.method == "POST" and not tried:
        # Without the words that could not be told.
        now = listings.listing_of(_find(request, code))
    words = {
        "service": found,
        "form": form,
        "listing": now,
        "told": directorywords.told(shapes.service_full(now)),
        "is_preview": bool(tried),
    }
    return render(request, "pages/directory/listing.html", words)


@page
@require_POST
def service_confirm(request: HttpRequest, code: str) -> HttpResponse:
    """Still right: all that the directory says of it."""
    found = _find(request, code)
    listings.confirm_service(
        service=found, by=actor_of(request), at=timezone.now(), on=timezone.localdate()
    )
    said = gettext("It is kept that all of it is right today.")
    return onward(request, said, "service", code=code)


def _keep(request: HttpRequest, found: Service, form: Listed) -> Listing:
    return listings.set_listing(
        service=found,
        facts=form.facts(),
        fresh=stepup.is_fresh(request),
        seen=form.cleaned_data["version"],
        by=actor_of(request),
        at=timezone.now(),
    )


def _try(now: Listing, facts: dict[str, Any]) -> bool:
    """Put the words in for this page alone."""
    listings.changes(now, facts)
    listings.checked(now)
    return True


def _initial(now: Listing) -> dict[str, Any]:
    agency = now.service.agency
    return (
        {name: getattr(now, name) for name in PLAIN}
        | {ours: now.htcds.get(theirs) for ours, theirs in PLACE.items()}
        | {ours: getattr(agency, theirs) for ours, theirs in listings.OF_THE_AGENCY.items()}
        | {"version": listings.version_of(now)}
    )


def _find(request: HttpRequest, code: str) -> Service:
    rows = policy.services_visible_to(actor_of(request)).select_related("agency")
    found: Service = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("services/<str:code>/listing/", service_listing, name="service_listing"),
    path("services/<str:code>/still-right/", service_confirm, name="service_confirm"),
]

"""The agencies that take part: registering one, and changing what is known of it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies import actions, policy
from agencies.jurisdiction import current
from agencies.policy import Verb
from agencies.roles import AgencyType, Role
from kernel.errors import Denied
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.forms import Day, Form, with_blank


class Known(Form):
    name = forms.CharField(label=pgettext_lazy("agency", "Name"), max_length=200)
    type = forms.ChoiceField(label=pgettext_lazy("agency", "Kind"), choices=AgencyType.choices)
    region = forms.ChoiceField(label=pgettext_lazy("agency", "Region"), required=False)
    district = forms.ChoiceField(label=pgettext_lazy("agency", "District"), required=False)
    protocol_signed_on = forms.DateField(
        label=pgettext_lazy("agency", "Sharing protocol signed on"), required=False, widget=Day
    )
    protocol_signed_until = forms.DateField(
        label=pgettext_lazy("agency", "in force until"),
        help_text=gettext_lazy("Without a protocol in force nobody can refer to it."),
        required=False,
        widget=Day,
    )
    deciding_body = forms.ChoiceField(
        label=pgettext_lazy("agency", "Decides on identification as"), required=False
    )
    is_active = forms.BooleanField(
        label=pgettext_lazy("agency", "Takes part"), required=False, initial=True
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        bodies = [
            (body.code, labels.label("vic_TraffickingStatusDecisionMakingOrg", body.htcds))
            for body in current().deciding_bodies
        ]
        for name, choices in (
            ("region", labels.regions()),
            ("district", labels.districts()),
            ("deciding_body", bodies),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = with_blank(choices)


@page
@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if actor.role != Role.SYSTEM_ADMIN:
        raise Denied("role_may_not_change_agency")
    rows = policy.agencies_visible_to(actor).order_by("name", "pk")
    return render(request, "pages/directory/agencies.html", {"agencies": rows[:1000]})


@page
@require_http_methods(["GET", "POST"])
def agency_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may(actor, Verb.REGISTER_AGENCY).require()
    form = Known(request.POST or None)
    made = posted(request, form, lambda data: actions.register_agency(facts=data, by=actor))
    if made:
        return onward(request, gettext("The agency is registered."), "agencies")
    return _form(request, form, gettext("Register an agency"))


@page
@require_http_methods(["GET", "POST"])
def agency(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(policy.agencies_visible_to(actor), code=code)
    policy.may(actor, Verb.CHANGE_AGENCY, found).require()
    initial = {name: getattr(found, name) for name in Known.base_fields}
    form = Known(request.POST or None, initial=initial)
    changed = posted(
        request, form, lambda data: actions.change_agency(agency=found, facts=data, by=actor)
    )
    if changed:
        return onward(request, gettext("The agency is changed."), "agencies")
    return _form(request, form, found.name)


def _form(request: HttpRequest, form: Form, title: str) -> HttpResponse:
    words = {
        "title": title,
        "form": form,
        "button": gettext("Keep"),
        "back": reverse("agencies"),
    }
    return render(request, "pages/act.html", words)


urlpatterns = [
    path("agencies/", agencies, name="agencies"),
    path("agencies/new/", agency_new, name="agency_new"),
    path("agencies/<str:code>/", agency, name="agency"),
]

"""Whom to ask about what: the directory of focal points, one's own part in it, and whom one names."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Member
from agencies.policy import members_visible_to
from network import policy, queries
from network.actions import focal
from network.api.serializers import HOURS, PHONE, PHONE_SHAPE
from network.topics import Topic
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.forms import Day, Form, with_blank

SPOKEN = ("bel", "rus", "eng", "ukr", "pol", "lit", "ger", "fre", "ara", "chi", "vie", "rum")


class Wanted(Form):
    topic = forms.ChoiceField(label=pgettext_lazy("board", "Topic"), required=False)
    district = forms.ChoiceField(label=pgettext_lazy("agency", "District"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "topic", with_blank(list(Topic.choices), pgettext_lazy("topic", "all")))
        _choose(self, "district", with_blank(labels.districts()))


class Reached(Form):
    """What others are shown; of the office, and nothing private."""

    phone = forms.RegexField(
        PHONE_SHAPE,
        label=pgettext_lazy("focal point", "Office telephone"),
        help_text=gettext_lazy("Of the office, never your own. Leave it empty if you like."),
        max_length=PHONE,
        required=False,
    )
    hours = forms.CharField(
        label=pgettext_lazy("focal point", "When you are there"),
        help_text=gettext_lazy("Such as: weekdays, 9 to 17. Never where a shelter is."),
        max_length=HOURS,
        required=False,
    )
    languages = forms.MultipleChoiceField(
        label=pgettext_lazy("focal point", "Languages you speak"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    away_until = forms.DateField(
        label=pgettext_lazy("focal point", "Away until"), required=False, widget=Day()
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "languages", [(code, labels.language(code)) for code in SPOKEN])


class Named(Form):
    username = forms.ChoiceField(label=pgettext_lazy("focal point", "Member"))
    topic = forms.ChoiceField(label=pgettext_lazy("board", "Topic"), choices=Topic.choices)

    def __init__(self, *args: Any, actor: Member, **options: Any) -> None:
        super().__init__(*args, **options)
        here = members_visible_to(actor).filter(agency=actor.agency_id, is_active=True)
        people = [(each.username, each.known_as) for each in here.order_by("username")]
        _choose(self, "username", people)


def _choose(form: Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


@page
@require_safe
def focal_points(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = Wanted(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    today = timezone.localdate()
    found, more = queries.people(actor, **asked)
    words = {
        "form": form,
        "people": [(each, _named(each.topics), each.is_away(today)) for each in found],
        "more": more,
        "may_name": bool(policy.may_name(actor)),
    }
    return render(request, "pages/network/focal_points.html", words)


def _named(topics: list[str]) -> list[Any]:
    return [Topic(code).label for code in topics]


@page
@require_http_methods(["GET", "POST"])
def focal_mine(request: HttpRequest) -> HttpResponse:
    """What one is asked to answer for, and how one is reached at the office."""
    actor = actor_of(request)
    own = policy.reach_of(actor).first()
    known = {name: getattr(own, name) for name in Reached.base_fields} if own else None
    form = Reached(request.POST if request.method == "POST" else None, initial=known)
    if posted(request, form, lambda said: focal.be_reached(**said, by=actor)):
        return onward(request, gettext("Kept."), "focal_mine")
    words = {"asked": queries.asked_of(actor), "form": form}
    return render(request, "pages/network/focal_mine.html", words)


@page
@require_POST
def focal_agree(request: HttpRequest, code: str) -> HttpResponse:
    focal.agree(code=code, by=actor_of(request), at=timezone.now())
    return onward(request, gettext("You are in the directory for this topic."), "focal_mine")


@page
@require_POST
def focal_end(request: HttpRequest, code: str) -> HttpResponse:
    """Step back oneself, or name somebody no more."""
    actor = actor_of(request)
    mine = queries.asked_of(actor).filter(code=code).exists()
    focal.step_back(code=code, by=actor, at=timezone.now())
    said = gettext("This is no longer in the directory.")
    return onward(request, said, "focal_mine" if mine else "focal_name")


@page
@require_http_methods(["GET", "POST"])
def focal_name(request: HttpRequest) -> HttpResponse:
    """Whom the own agency has named, and naming one more."""
    actor = actor_of(request)
    policy.may_name(actor).require()
    form = Named(request.POST if request.method == "POST" else None, actor=actor)
    made = posted(request, form, lambda said: focal.name(**said, by=actor, at=timezone.now()))
    if made:
        said = gettext("Asked. They are in the directory once they say yes.")
        return onward(request, said, "focal_name")
    words = {"named": queries.named_by(actor), "form": form, "back": reverse("focal_points")}
    return render(request, "pages/network/focal_name.html", words)


urlpatterns = [
    path("focal-points/", focal_points, name="focal_points"),
    path("focal-points/mine/", focal_mine, name="focal_mine"),
    path("focal-points/named/", focal_name, name="focal_name"),
    path("focal-points/<str:code>/agree/", focal_agree, name="focal_agree"),
    path("focal-points/<str:code>/end/", focal_end, name="focal_end"),
]

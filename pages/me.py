"""One's own page: who one is here, the language, and how one wants to be told."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from notify import actions, audience
from pages.door import actor_of, onward, page, posted
from pages.forms import Form


class Clock(forms.TimeInput):
    """The browser's own clock; typed as 22:30 where it has none."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class Telling(Form):
    """How a member wants to be told."""

    email = forms.BooleanField(
        label=pgettext_lazy("preference", "Send me an e-mail as well"),
        help_text=gettext_lazy("It says only that there is something for you here."),
        required=False,
    )
    quiet_from = forms.TimeField(
        label=pgettext_lazy("preference", "No e-mail from"),
        help_text=gettext_lazy(
            "In the time of your agency. What is an emergency is sent at any hour."
        ),
        required=False,
        widget=Clock,
    )
    quiet_to = forms.TimeField(
        label=pgettext_lazy("preference", "until"), required=False, widget=Clock
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ends = {name: data.get(name) for name in ("quiet_from", "quiet_to")}
        missing = [name for name, at in ends.items() if at is None and name not in self.errors]
        if len(missing) == 1:
            self.add_error(missing[0], gettext("Give both hours, or none."))
        return data


@page
@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    wish = audience.preference_of(actor)
    now = {"email": wish.email, "quiet_from": wish.quiet_from, "quiet_to": wish.quiet_to}
    form = Telling(request.POST or None, initial=now)
    if posted(request, form, lambda data: actions.prefer(**data, by=actor)):
        return onward(request, gettext("Your wishes are kept."), "me")
    return render(request, "pages/home/me.html", {"form": form})


urlpatterns = [path("me/", me, name="me")]

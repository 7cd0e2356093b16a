"""Asked again: who one is, shown once more before what is grave, and back to what was being done."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from edge import stepup
from edge.network import network_of
from pages.door import actor_of, next_of, page
from pages.forms import Form
from pages.passkeyforms import Code, Passkey, said_in
from pages.seats import HELD
from pages.secondstep import WRONG, shown
from signin import entering, holding, queries
from signin.actions import proving

# What was typed waits for as long as somebody needs to find their key.
HELD_SECONDS = 600


class Password(Form):
    """In a demonstration, where nobody has set up more."""

    password = forms.CharField(
        label=pgettext_lazy("sign in", "Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@sensitive_post_parameters("password", "code")
@page
@require_http_methods(["GET", "POST"])
def ask_again(request: HttpRequest) -> HttpResponse:
    actor, wanted = actor_of(request), next_of(request)
    kinds = queries.kinds_of(actor)
    form, key = _form(request, kinds), said_in(request, "credential", Passkey)
    way = _way(request, actor, form, key)
    if way:
        entering.ask_again(request, way, by=actor, at=timezone.now())
        return HttpResponseRedirect(wanted)
    words = {"form": form, "key": key, "kinds": kinds, "next": wanted}
    return render(request, "pages/signin/again.html", words)


@page
@require_safe
def go_on(request: HttpRequest) -> HttpResponse:
    """What was typed before one was asked, to be sent now with one press."""
    stepup.require(request)
    held = request.session.get(HELD) or {}
    if not 0 <= int(timezone.now().timestamp()) - held.get("at", 0) <= HELD_SECONDS:
        return HttpResponseRedirect(next_of(request))
    fields = holding.opened(actor_of(request), held["fields"])
    pairs = [(name, value) for name, values in fields for value in values]
    words: dict[str, Any] = {"action": held["path"], "pairs": pairs}
    return render(request, "pages/signin/go_on.html", words)


def _form(request: HttpRequest, kinds: frozenset[str]) -> Form:
    if not kinds:
        return said_in(request, "password", Password)
    hint = gettext("The six digits that the app shows.")
    return said_in(request, "code", Code, label=gettext("Code"), hint=hint)


def _way(request: HttpRequest, actor: Member, form: Form, key: Form) -> str:
    """By which way what was sent proves the member; a recovery code is too little here."""
    if key.is_valid():
        return stepup.PASSKEY if shown(key, actor) else ""
    if not form.is_valid():
        return ""
    said, at, network = form.cleaned_data, timezone.now(), network_of(request)
    if isinstance(form, Password):
        found = proving.check_password(
            username=actor.username, password=said["password"], network=network, by=actor, at=at
        )
        way = stepup.PASSWORD if found is not None else ""
    else:
        way = proving.check_code(
            member=actor, code=said["code"], network=network, by=actor, at=at, app_only=True
        )
    if not way:
        form.add_error(None, WRONG)
    return way


urlpatterns = [
    path("again/", ask_again, name="ask_again"),
    path("again/go-on/", go_on, name="go_on"),
]

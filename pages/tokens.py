"""One's own keys to the API: making one, which is shown this once, and taking one away."""

import datetime as dt

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies import actions
from agencies.models import Token
from edge import stepup
from pages.door import actor_of, onward, page, posted
from pages.forms import Form
from signin import queries
from signin.actions import ending

SCOPES = [
    (scope.value, scope.label)
    for scope in (Token.Scope.READ, Token.Scope.WRITE, Token.Scope.FHIR)
]


class NewToken(Form):
    label = forms.CharField(
        label=pgettext_lazy("token", "What it is for"),
        help_text=gettext_lazy("Such as the name of the program. No name of a person."),
        max_length=80,
    )
    scopes = forms.MultipleChoiceField(
        label=pgettext_lazy("token", "It may be used for"),
        choices=SCOPES,
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.IntegerField(
        label=pgettext_lazy("token", "Days until it ends"),
        min_value=1,
        max_value=actions.LONGEST_TOKEN.days,
        initial=30,
    )


@page
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    rows = queries.tokens_of(actor_of(request), at=timezone.now())
    return render(request, "pages/signin/tokens.html", {"tokens": rows})


@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def token_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = NewToken(request.POST or None)
    made = posted(
        request,
        form,
        lambda data: actions.issue_token(
            member=actor,
            label=data["label"],
            scopes=sorted(data["scopes"]),
            lasts=dt.timedelta(days=data["days"]),
            by=actor,
            at=timezone.now(),
        ),
    )
    if made:
        return render(request, "pages/signin/token.html", {"secret": made[1]})
    words = {
        "title": gettext("Make a key to the API"),
        "words": gettext("A program that holds it acts in your name and sees what you see."),
        "form": form,
        "back": reverse("tokens"),
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
def token_end(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    token = get_object_or_404(queries.tokens_of(actor, at=timezone.now()), code=code)
    ending.end_token(token=token, by=actor)
    return onward(request, gettext("The key is taken away."), "tokens")


urlpatterns = [
    path("me/tokens/", tokens, name="tokens"),
    path("me/tokens/new/", token_new, name="token_new"),
    path("me/tokens/<str:code>/end/", token_end, name="token_end"),
]

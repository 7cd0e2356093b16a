"""What a browser needs to make or to show a passkey, and what it sends back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from agencies.models import Member
from edge import stepup
from pages.forms import Form
from signin import entering, passkeys, queries

FORBIDDEN = 403
# Who came in by a recovery code has lost the rest: they may set up new factors.
FACTOR_WAYS = stepup.STRONG | {stepup.RECOVERY}


class Passkey(Form):
    """The browser's answer, put there by the script."""

    credential = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


class Code(Form):
    """A code of the app, or where that is said a recovery code."""

    code = forms.CharField(max_length=40)

    def __init__(self, *args: Any, label: Any, hint: Any = "", **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["code"]
        field.label, field.help_text = label, hint
        field.widget.attrs |= {"autocomplete": "one-time-code", "inputmode": "text"}


def said_in(request: HttpRequest, name: str, form: type[Form], **options: Any) -> Form:
    """The form, filled if it is this one of the page's forms that was sent."""
    return form(request.POST if name in request.POST else None, **options)


@require_POST
def proof_options(request: HttpRequest) -> HttpResponse:
    """To show a key: of whoever is signed in or half in; before that, of anybody."""
    known = request.user if isinstance(request.user, Member) else None
    return JsonResponse(passkeys.begin_proof(known or _half(request)))


@require_POST
def new_options(request: HttpRequest) -> HttpResponse:
    """To make a key: for who was asked a moment ago, and for who is half in and has none yet."""
    if isinstance(request.user, Member):
        member = request.user if stepup.is_fresh(request, ways=FACTOR_WAYS) else None
    else:
        half = _half(request)
        member = half if half is not None and not queries.kinds_of(half) else None
    if member is None:
        return JsonResponse({}, status=FORBIDDEN)
    return JsonResponse(passkeys.begin_enrolment(member))


def _half(request: HttpRequest) -> Member | None:
    return entering.half_of(request, at=timezone.now())


urlpatterns = [
    path("sign-in/passkey/show/", proof_options, name="passkey_proof"),
    path("sign-in/passkey/make/", new_options, name="passkey_new"),
]

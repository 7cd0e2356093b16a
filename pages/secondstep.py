"""After the password: the second factor, or setting one up; and a passkey in place of both."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import Member
from edge import stepup
from edge.network import network_of
from kernel.errors import Refused
from pages import passkeyforms
from pages.coming import let_in
from pages.door import ANYONE, next_of, posted
from pages.enrolling import add_app, add_passkey, app_offered, show_codes
from pages.forms import Form
from pages.passkeyforms import Code, Passkey, said_in
from signin import entering, passkeys, queries
from signin.actions import proving

WRONG = gettext_lazy("That did not work. Please try again.")


@require_POST
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a key alone: the device has verified its user. A lock of the password does not
    stand in the way."""
    form, wanted = Passkey(request.POST), next_of(request)
    member = shown(form, None) if form.is_valid() else None
    if member is None:
        messages.error(request, WRONG)
        return _from_the_beginning(wanted)
    entering.enter(request, member, stepup.PASSKEY, at=timezone.now())
    return let_in(member, wanted)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """A code of the app, a recovery code, or the key."""
    at, wanted = timezone.now(), next_of(request)
    member = entering.half_of(request, at=at)
    if member is None or not queries.kinds_of(member):
        return _from_the_beginning(wanted)
    label, hint = gettext("Code"), gettext("From your app. A recovery code does it, too.")
    form = said_in(request, "code", Code, label=label, hint=hint)
    key = said_in(request, "credential", Passkey)
    way = _way(request, member, form, key)
    if way:
        entering.enter(request, member, way, at=at)
        # Who needed a recovery code sets up what was lost, while that is still fresh.
        return let_in(member, reverse("factors") if way == stepup.RECOVERY else wanted)
    words = {"form": form, "key": key, "next": wanted, "kinds": queries.kinds_of(member)}
    return render(request, "pages/signin/second.html", words)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The first factor of a member, without which nobody comes further. Then they are in, and see
    their recovery codes once."""
    at, wanted = timezone.now(), next_of(request)
    member = entering.half_of(request, at=at)
    if member is None or queries.kinds_of(member):
        return _from_the_beginning(wanted)
    label, hint = gettext("Code"), gettext("The six digits that the app shows.")
    form = said_in(request, "code", Code, label=label, hint=hint)
    key = said_in(request, "credential", Passkey)
    way = ""
    if posted(request, form, lambda data: add_app(request, member, data)):
        way = stepup.CODE
    elif posted(request, key, lambda data: add_passkey(request, member, data)):
        way = stepup.PASSKEY
    if way:
        entering.enter(request, member, way, at=at)
        return show_codes(request, member, wanted)
    words = {"form": form, "key": key, "next": wanted, **app_offered(request, member)}
    return render(request, "pages/signin/enrol.html", words)


def _way(request: HttpRequest, member: Member, form: Form, key: Form) -> str:
    """By which way what was sent proves the member; empty if by none."""
    if form.is_valid():
        way = proving.check_code(
            member=member,
            code=form.cleaned_data["code"],
            network=network_of(request),
            by=ANYONE,
            at=timezone.now(),
        )
        if not way:
            form.add_error(None, WRONG)
        return way
    return stepup.PASSKEY if key.is_valid() and shown(key, member) else ""


def shown(form: Form, member: Member | None) -> Member | None:
    """Whose key was shown; None, and an error on the form, if it was not right."""
    try:
        with transaction.atomic():
            return passkeys.show(member, form.cleaned_data["credential"])
    except Refused:
        proving.note_refused_passkey(member=member, by=ANYONE)
        form.add_error(None, WRONG)
        return None


def _from_the_beginning(wanted: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': wanted})}")


urlpatterns = [
    path("sign-in/passkey/", by_passkey, name="by_passkey"),
    path("sign-in/second/", second, name="second"),
    path("sign-in/enrol/", enrol, name="enrol"),
    *passkeyforms.urlpatterns,
]

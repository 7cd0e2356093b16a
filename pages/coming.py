"""Coming in, going out, leaving at once, and the language of what one reads."""

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import check_for_language, gettext_lazy, pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from agencies import actions
from agencies.models import Member
from audit import log
from edge import stepup
from edge.network import network_of
from pages import answerdoor
from pages.door import ANYONE, next_of, onward, posted
from pages.forms import Form
from pages.frame import speak_to
from signin import entering, queries
from signin.actions import proving

# What a browser is told to forget when somebody goes.
FORGET = '"cache", "cookies", "storage"'
# Of a browser to which a link is bound the cookie stays: it opens nothing without the passcode.
FORGET_SHOWN = '"cache", "storage"'


class SignIn(Form):
    username = forms.CharField(
        label=pgettext_lazy("sign in", "User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=pgettext_lazy("sign in", "Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class Activate(Form):
    password = forms.CharField(
        label=pgettext_lazy("sign in", "New password"),
        help_text=gettext_lazy("15 characters at least. Several words are easy to remember."),
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The password, and then the second factor; or a passkey, which is both at once."""
    form = SignIn(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at, network = timezone.now(), network_of(request)
        found = proving.check_password(**form.cleaned_data, network=network, by=ANYONE, at=at)
        if found is not None:
            return _further(request, found)
        # One sentence for whatever was wrong, so that nobody learns which user names exist.
        form.add_error(
            None, gettext_lazy("That did not work. Please check both and try again.")
        )
    return render(request, "pages/sign_in.html", {"form": form, "next": next_of(request)})


def _further(request: HttpRequest, member: Member) -> HttpResponse:
    """The password is right: on to the second factor, or to setting one up."""
    at, wanted = timezone.now(), next_of(request)
    if not entering.needs_more(member):
        entering.enter(request, member, stepup.PASSWORD, at=at)
        return let_in(member, wanted)
    entering.begin_half(request, member, at=at)
    name = "second" if queries.kinds_of(member) else "enrol"
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': wanted})}")


def let_in(member: Member, wanted: str) -> HttpResponse:
    """On to where the member wanted to go, in their own language."""
    response = HttpResponseRedirect(wanted)
    speak_to(response, member.language)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    _end(request)
    response = HttpResponseRedirect(reverse("sign_in"))
    response["Clear-Site-Data"] = FORGET
    return response


@csrf_exempt
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Leave at once: the session ends, and a page about nothing stands in its place.

    Without a CSRF token on purpose: the way out must never be refused, and all that a stranger
    could do with it is to sign somebody out.
    """
    _end(request)
    bound = answerdoor.leave(request)
    response = render(request, "pages/left.html", {"neutral_url": settings.NEUTRAL_URL})
    response["Refresh"] = f"0;url={settings.NEUTRAL_URL}"
    response["Clear-Site-Data"] = FORGET_SHOWN if bound else FORGET
    return response


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest, secret: str) -> HttpResponse:
    """The first password of somebody who was invited."""
    form = Activate(request.POST or None)
    made = posted(
        request,
        form,
        lambda data: actions.activate(
            secret=secret, password=data["password"], by=ANYONE, at=timezone.now()
        ),
    )
    if made:
        return onward(request, gettext_lazy("Your password is set. Please sign in."), "sign_in")
    return render(request, "pages/activate.html", {"form": form})


@require_POST
def speak(request: HttpRequest) -> HttpResponse:
    """Read in another language from now on: kept with the member, or in a cookie."""
    wanted = request.POST.get("language", "")
    response = HttpResponseRedirect(next_of(request))
    if wanted not in dict(settings.LANGUAGES) or not check_for_language(wanted):
        return response
    if isinstance(request.user, Member):
        actions.choose_language(language=wanted, by=request.user)
    speak_to(response, wanted)
    return response


def _end(request: HttpRequest) -> None:
    if isinstance(request.user, Member):
        log.record("logout", by=request.user, about=request.user.username)
    logout(request)

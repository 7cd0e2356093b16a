"""What an agency without an account sees: the passcode, one referral, its answers, and the way to an
access of its own. Nothing here can be downloaded, and nothing but `referral.actions` is called."""

from dataclasses import replace
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from edge import wall
from guest import policy, proofs, queries
from guest.actions import admitting, answering, opening
from guest.actions.opening import Shown
from pages import referralforms as f
from pages import referrals
from pages.answerdoor import (
    FRAME,
    Guest,
    asks_anew,
    bind,
    come_in,
    device_of,
    guest,
    guest_of,
    is_from_elsewhere,
    not_its_browser,
    nothing_here,
    secret_of,
    spoken,
)
from pages.disclosed import card
from pages.disclosed import told as told_of
from pages.door import posted
from pages.forms import Form
from pages.referralverbs import DEEDS, Deed
from referral import disclosure, reading
from referral.actions.moving import side_for
from referral.policy import Act
from referral.workflow import Party, Verb
from rights.policy import demands_to

NOT_OPEN: dict[Shown, Any] = {
    Shown.WRONG: gettext_lazy(
        "That did not work. Please check the passcode, or ask whoever told it to you."
    ),
    Shown.LOCKED: gettext_lazy(
        "The link is locked, and the sender is told. Please ask them for a new one."
    ),
    Shown.ELSEWHERE: gettext_lazy(
        "This link is in use on another device. Please go on there, or ask the sender for a new one."
    ),
}


class Passcode(Form):
    passcode = forms.CharField(
        label=pgettext_lazy("answer", "Passcode"),
        help_text=gettext_lazy("Eight digits that somebody has told you by telephone."),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class AcceptAsGuest(f.Accept):
    """The same yes, by who has no colleagues here to choose from."""

    contact = None  # type: ignore[assignment]  # how a form of Django's drops a field
    contact_name = forms.CharField(
        label=pgettext_lazy("answer", "Whom does the person ask for?"),
        help_text=gettext_lazy("A name and how to reach them. The sender tells the person."),
        max_length=150,
    )
    field_order = ("contact_name", "first_contact_at", *f.HANDOVER)

    def fit_contact(self, actor: Member) -> None:
        """Nobody to choose from."""


class OwnAccess(Form):
    contact = forms.CharField(
        label=pgettext_lazy("answer", "Who is to manage it for you?"), max_length=150
    )
    mail = forms.EmailField(
        label=pgettext_lazy("answer", "Their e-mail"),
        help_text=gettext_lazy("It will never say what it is about."),
    )


# What a guest can do: a member's deeds, but those that need colleagues, and its own yes.
ANSWERS: dict[str, Deed] = {
    Verb.ACCEPT: replace(DEEDS[Verb.ACCEPT], form=AcceptAsGuest, act=answering.accept)
} | {
    verb: DEEDS[verb]
    for verb in (
        Verb.DECLINE, Verb.REQUEST_INFO, Act.ACKNOWLEDGE_RECALL, Act.CONFIRM_HANDOVER,
        Act.PLAN_HANDOVER, Verb.FIRST_CONTACT, Act.LOG_ATTEMPT, Verb.COMPLETE, Act.MESSAGE,
        Verb.NOT_REACHED,
    )
}  # fmt: skip

OWN = "own"
# What is said after each.
DONE: dict[str, Any] = {verb: deed.done for verb, deed in ANSWERS.items()} | {
    OWN: gettext_lazy("Asked. Somebody will write to you, and this link works until then.")
}
AS_A_MEMBER = [DEEDS[verb] for verb in ANSWERS]


@require_safe
@spoken
def here(request: HttpRequest) -> HttpResponse:
    """The links of this browser: where a mail leads that carries none."""
    device = device_of(request)
    wall.become(wall.holder(device) if device else wall.NOBODY)
    links = queries.all_of_device(device, at=timezone.now()) if device else []
    if not links:
        return not_its_browser(request)
    if len(links) == 1:
        return HttpResponseRedirect(reverse("answer", kwargs={"code": links[0].code}))
    return render(request, "pages/answer/here.html", {"links": links})


@csrf_exempt
@sensitive_post_parameters("passcode")
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def opened(request: HttpRequest, secret: str) -> HttpResponse:
    """The address in the mail. To look at it does nothing, for programs look mails over; the passcode
    opens it, and with the next page the secret is gone from the address.

    Without a CSRF token: nothing that the browser brings by itself counts here, only what is typed
    and the address. So the browser need not say, and is told not to say, where it comes from. But no
    other site gives this browser a link: the form is only shown, for what holds its own links is not sent
    from there, and would be lost.
    """
    digest = proofs.digest_of("link", secret)
    wall.become(wall.holder(digest))
    link = queries.by_digest(digest)
    found = come_in(link)
    if found is None:
        response = nothing_here(request, locked=bool(link and link.locked_at))
    elif request.method == "POST" and not is_from_elsewhere(request):
        response = _shown(request, found, secret=secret_of(request) or proofs.new_secret())
    else:
        opening.note_opened(link=found.link, by=found.actor, at=timezone.now())
        response = _ask(request, Passcode())
    response["Referrer-Policy"] = "no-referrer"
    return response


@sensitive_post_parameters("passcode")
@require_http_methods(["GET", "HEAD", "POST"])
@spoken
def passcode(request: HttpRequest, code: str) -> HttpResponse:
    """The passcode once more, in the browser to which the link is bound."""
    found = guest_of(request, code)
    if found is None:
        return not_its_browser(request)
    if request.method != "POST":
        return _ask(request, Passcode())
    return _shown(request, found, secret=secret_of(request))


def _ask(request: HttpRequest, form: Form) -> HttpResponse:
    return render(request, "pages/answer/passcode.html", {"form": form})


def _shown(request: HttpRequest, found: Guest, *, secret: str) -> HttpResponse:
    """What came of a passcode in the browser that holds this secret, or will."""
    form = Passcode(request.POST)
    if not form.is_valid():
        return _ask(request, form)
    came = opening.show_passcode(
        link=found.link,
        passcode=form.cleaned_data["passcode"],
        device=proofs.digest_of("device", secret),
        by=found.actor,
        at=timezone.now(),
    )
    if came is Shown.OPEN:
        response = HttpResponseRedirect(reverse("answer", kwargs={"code": found.link.code}))
        bind(response, secret)
        return response
    form.add_error(None, NOT_OPEN[came])
    return _ask(request, form)


@guest
@require_safe
def answer(request: HttpRequest, found: Guest) -> HttpResponse:
    """The referral as its receiver may see it now; of what has ended, that it has, and how."""
    if found.is_closed:
        return render(request, "pages/answer/closed.html", {"guest": found})
    sight = referrals.looked_at(request, found.actor, found.link.referral.code)
    words = referrals.shown(sight, opened="")
    words["verbs"] = [(verb, ANSWERS[verb]) for verb, _ in words["verbs"] if verb in ANSWERS]
    words["not_now"] = [(deed, why) for deed, why in words["not_now"] if deed in AS_A_MEMBER]
    done = DONE.get(request.GET.get("done", ""), "")
    words |= {"guest": found, "at": timezone.now(), "done": done}
    # Only of what has ended can somebody have been erased; who has answered is asked no more.
    unanswered = demands_to(found.actor).filter(answered_at__isnull=True)
    words["is_erased"] = not sight.runs and unanswered.exists()
    return render(request, "pages/answer/referral.html", words)


@guest
@require_safe
def told(request: HttpRequest, found: Guest) -> HttpResponse:
    """What was consented to, as it was when it was sent; on a page of its own, so that the other one
    can be left open on a desk. That it was looked at is written down."""
    if found.is_closed:
        return render(request, "pages/answer/closed.html", {"guest": found})
    sight = referrals.looked_at(request, found.actor, found.link.referral.code)
    side_for(Act.SEE_DISCLOSURE, sight.referral, by=found.actor)
    content = disclosure.opened(sight.referral, by=found.actor)
    words = {
        "guest": found,
        "referral": sight.referral,
        "told": told_of(content),
        "at": timezone.now(),
    }
    response = render(request, "pages/answer/told.html", words)
    # Also where no script runs, nothing of the person stays on a desk.
    seconds = int(policy.AWAKE.total_seconds()) + 5
    response["Refresh"] = f"{seconds}; url={asks_anew(found.link.code)}"
    return response


@guest
@require_http_methods(["GET", "HEAD", "POST"])
def answer_verb(request: HttpRequest, found: Guest, verb: str) -> HttpResponse:
    """One answer."""
    deed = ANSWERS.get(verb)
    if deed is None or found.is_closed:
        raise Http404
    code = found.link.referral.code
    sight = referrals.sight_of(found.actor, code)
    referrals.require_verb(sight, verb, asked=request.method != "POST")
    form = deed.form(
        request.POST if request.method == "POST" else None,
        referral=sight.referral,
        actor=found.actor,
    )
    done = posted(
        request,
        form,
        lambda data: deed.act(code=code, **data, by=found.actor, at=timezone.now()),
    )
    if done:
        return _back(found, verb)
    triage = reading.triage_for(found.actor, sight.referral, side=Party.RECEIVER)
    words = {
        "deed": deed, "form": form, "guest": found, "card": card(triage), "referral": sight.referral,
    }  # fmt: skip
    return render(request, "pages/answer/verb.html", words)


@guest
@require_http_methods(["GET", "HEAD", "POST"])
def own_access(request: HttpRequest, found: Guest) -> HttpResponse:
    """We want our own access: asked for here, decided by a system administrator."""
    form = OwnAccess(request.POST if request.method == "POST" else None)
    asked = posted(
        request,
        form,
        lambda data: admitting.claim(**data, by=found.actor, at=timezone.now()),
    )
    if asked:
        return _back(found, OWN)
    words = {
        "extends": FRAME,
        "title": gettext("We want our own access"),
        "words": gettext("With it you answer all that comes to you, with your colleagues."),
        "form": form,
        "button": gettext("Ask for it"),
        "back": reverse("answer", kwargs={"code": found.link.code}),
    }
    return render(request, "pages/act.html", words)


def _back(found: Guest, what: str) -> HttpResponse:
    """To the referral, which says what was done. The address says it: nobody here has a session."""
    home = reverse("answer", kwargs={"code": found.link.code})
    return HttpResponseRedirect(f"{home}?done={what}")


urlpatterns = [
    path("answer/", here, name="answers_here"),
    path("answer/open/<str:secret>/", opened, name="answer_open"),
    path("answer/<str:code>/", answer, name="answer"),
    path("answer/<str:code>/passcode/", passcode, name="answer_passcode"),
    path("answer/<str:code>/told/", told, name="answer_told"),
    path("answer/<str:code>/own/", own_access, name="answer_own"),
    path("answer/<str:code>/do/<str:verb>/", answer_verb, name="answer_verb"),
]

"""The systems of an agency that are called: their addresses, their secrets once, and how calls went."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Member
from edge import stepup
from notify import endpoints, policy, queries
from notify.models import Endpoint, Topic
from notify.policy import Verb
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, Moment, Nothing


class Topics(Form):
    topics = forms.MultipleChoiceField(
        label=pgettext_lazy("endpoint", "It is told when"),
        choices=Topic.choices,
        widget=forms.CheckboxSelectMultiple,
    )


class NewSystem(Topics):
    url = forms.CharField(
        label=pgettext_lazy("endpoint", "Address that is called"),
        help_text=gettext_lazy(
            "Such as https://partner.example.org/events. No word in it about people or what they need."
        ),
        max_length=500,
    )

    field_order = ["url", "topics"]


class Word(Form):
    word = forms.CharField(
        label=pgettext_lazy("endpoint", "The word that your system was sent"),
        help_text=gettext_lazy("It looks like WD-7K3M-Q9TX."),
        max_length=20,
    )


class Since(Form):
    since = forms.DateTimeField(
        label=pgettext_lazy("endpoint", "Since when"),
        help_text=gettext_lazy("Thirty days back at most."),
        widget=Moment,
    )


@page
@require_safe
def systems(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may_list_endpoints(actor).require()
    rows = queries.with_missed(policy.endpoints_visible_to(actor))
    rows = rows.select_related("agency").order_by("-pk")
    words = {"systems": rows[:1000], "may_add": policy.may_add(actor)}
    return render(request, "pages/systems/systems.html", words)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def system_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may_add(actor).require()
    form = NewSystem(request.POST or None)
    added = posted(
        request, form, lambda data: endpoints.add(**data, by=actor, at=timezone.now())
    )
    if added:
        return _secret(request, added, gettext("The secret of your system"))
    words = {
        "title": gettext("Add a system"),
        "words": gettext(
            "It is sent a number whenever something happens, and reads with its own key what that is "
            "about. Before that it must show that it has the secret which you are given next."
        ),
        "form": form,
        "back": reverse("systems"),
    }
    return render(request, "pages/act.html", words)


@page
@require_safe
def system(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found = visible(actor, code, Verb.SEE)
    rows = policy.calls_visible_to(actor).filter(endpoint=found).select_related("announcement")
    if not policy.may(actor, Verb.REPLAY, found):
        rows = rows.none()
    words = {
        "system": found,
        "topics": [Topic(each).label for each in found.topics],
        "verbs": [verb for verb in Verb if _makes_sense(actor, verb, found)],
        **page_in(request, rows),
    }
    return render(request, "pages/systems/system.html", words)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def system_roll(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    visible(actor, code, Verb.ROLL)
    form = Nothing(request.POST if request.method == "POST" else None)
    rolled = posted(
        request, form, lambda _: endpoints.roll(code=code, by=actor, at=timezone.now())
    )
    if rolled:
        return _secret(request, rolled, gettext("The new secret of your system"))
    words = {
        "title": gettext("Give it a new secret"),
        "words": gettext("For a day both secrets sign, so that nothing is missed meanwhile."),
        "form": form,
        "back": reverse("system", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
def system_replay(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    visible(actor, code, Verb.REPLAY)
    form = Since(request.POST or None)
    again = posted(
        request,
        form,
        lambda data: endpoints.replay_since(code=code, **data, by=actor, at=timezone.now()),
    )
    if again:
        said = ngettext("%(n)s call is made again.", "%(n)s calls are made again.", again.calls)
        return onward(request, said % {"n": again.calls}, "system", code=code)
    words = {
        "title": gettext("Make calls again"),
        "words": gettext("The oldest thousand at most; each by the number that it had."),
        "form": form,
        "back": reverse("system", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


@dataclass(frozen=True, slots=True)
class Deed:
    """What is done on a page of its own and leads back: its words, its form, the act, what is said."""

    title: Any
    form: type[Form]
    act: Callable[..., Any]
    said: Any
    words: Any = ""
    danger: bool = False


DEEDS: dict[Verb, Deed] = {
    Verb.VERIFY: Deed(
        gettext_lazy("Verify this address"), Word, endpoints.verify,
        gettext_lazy("The address is verified, and is told from now on."),
        gettext_lazy("A system that answers by itself needs no word typed here."),
    ),
    Verb.CHALLENGE: Deed(
        gettext_lazy("Send a new word"), Nothing, endpoints.challenge,
        gettext_lazy("A new word is on its way."),
    ),
    Verb.CHOOSE: Deed(
        gettext_lazy("Choose what it is told"), Topics, endpoints.choose,
        gettext_lazy("That is what it is told from now on."),
    ),
    Verb.PAUSE: Deed(
        gettext_lazy("Pause the calls"), Nothing, endpoints.pause,
        gettext_lazy("The calls are paused."),
        gettext_lazy("What happens meanwhile waits, and is told when the calls go on."),
    ),
    Verb.RESUME: Deed(
        gettext_lazy("Let the calls go on"), Nothing, endpoints.resume,
        gettext_lazy("The calls go on."),
    ),
    Verb.REMOVE: Deed(
        gettext_lazy("Remove this system"), Nothing, endpoints.remove,
        gettext_lazy("The system is removed."),
        gettext_lazy("Its log goes with it, and what still waited for it."), danger=True,
    ),
}  # fmt: skip


@page
@require_http_methods(["GET", "POST"])
def system_do(request: HttpRequest, code: str, verb: Verb) -> HttpResponse:
    actor, deed = actor_of(request), DEEDS[verb]
    found = visible(actor, code, verb)
    form = deed.form(
        request.POST if request.method == "POST" else None, initial={"topics": found.topics}
    )
    done = posted(
        request,
        form,
        lambda data: (deed.act(code=code, **data, by=actor, at=timezone.now()), "done"),
    )
    if done and verb == Verb.REMOVE:
        return onward(request, deed.said, "systems")
    if done:
        return onward(request, deed.said, "system", code=code)
    words = {
        "title": deed.title,
        "words": deed.words,
        "form": form,
        "danger": deed.danger,
        "back": reverse("system", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
def call_again(request: HttpRequest, code: str, number: str) -> HttpResponse:
    actor = actor_of(request)
    visible(actor, code, Verb.REPLAY)
    rows = policy.calls_visible_to(actor).filter(endpoint__code=code).select_related("endpoint")
    call = get_object_or_404(rows, uid=policy.number_of(number))
    endpoints.replay(call=call, by=actor, at=timezone.now())
    return onward(request, gettext("The call is made again."), "system", code=code)


def visible(actor: Member, code: str, verb: Verb) -> Endpoint:
    """Of another agency: not there. Of one's own, but not for one's role: Denied."""
    rows = queries.with_missed(policy.endpoints_visible_to(actor)).select_related("agency")
    found = get_object_or_404(rows, code=code)
    policy.may(actor, verb, found).require()
    return found


def _makes_sense(actor: Member, verb: Verb, found: Endpoint) -> bool:
    known = found.state in endpoints.WHEN.get(verb, ())
    return known and bool(policy.may(actor, verb, found))


def _secret(request: HttpRequest, added: endpoints.Added, title: str) -> HttpResponse:
    words = {"title": title, "secret": added.secret, "system": added.endpoint}
    return render(request, "pages/systems/secret.html", words)


urlpatterns = [
    path("systems/", systems, name="systems"),
    path("systems/new/", system_new, name="system_new"),
    path("systems/<str:code>/", system, name="system"),
    path("systems/<str:code>/roll/", system_roll, name="system_roll"),
    path("systems/<str:code>/replay/", system_replay, name="system_replay"),
    *(
        path(f"systems/<str:code>/{verb}/", system_do, {"verb": verb}, name=f"system_{verb}")
        for verb in DEEDS
    ),
    path("systems/<str:code>/calls/<str:number>/again/", call_again, name="call_again"),
]

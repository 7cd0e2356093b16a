"""The ring of keys as it stands, and giving up one of them: names and counts, never a key."""

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies import keeping, policy
from agencies.policy import Verb
from custody import destruction, state
from custody.models import KeyAct, KeyDestruction
from edge import stepup
from kernel.errors import RingUnusable
from pages.door import actor_of, onward, page, posted
from pages.forms import Form, Nothing


class GiveUp(Form):
    because = forms.ChoiceField(
        label=pgettext_lazy("key", "Why"),
        choices=KeyDestruction.Because.choices,
        widget=forms.RadioSelect,
    )


@page
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    policy.may(actor_of(request), Verb.KEEP_KEYS).require()
    now = timezone.now()
    try:
        ring: list[dict[str, Any]] | None = [_shown(key, now) for key in state.of_ring()]
    except RingUnusable:
        ring = None
    words = {
        "ring": ring,
        "wishes": destruction.open_wishes(),
        "moved": state.last_act(KeyAct.Kind.REWRAPPED),
        "tried": state.last_act(KeyAct.Kind.VERIFIED),
    }
    return render(request, "pages/keeping/keys.html", words)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed_to_send
def key_give_up(request: HttpRequest, name: str) -> HttpResponse:
    """The first of two administrators."""
    actor = actor_of(request)
    policy.may(actor, Verb.KEEP_KEYS).require()
    if name not in {key.name for key in state.of_ring()}:
        raise Http404
    form = GiveUp(request.POST or None)
    asked = posted(
        request,
        form,
        lambda data: keeping.give_up(ring_key=name, by=actor, at=timezone.now(), **data),
    )
    if asked:
        return onward(request, gettext("A second administrator must approve this."), "keys")
    words = {
        "title": gettext("Give up key %(name)s") % {"name": name},
        "words": gettext(
            "Backups that were made while this key was in use will not open any more. It is "
            "destroyed only when nothing is sealed by it, and by two people."
        ),
        "form": form,
        "danger": True,
        "back": reverse("keys"),
    }
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed_to_send
def key_approve(request: HttpRequest, code: str) -> HttpResponse:
    """The second of two."""
    actor = actor_of(request)
    wish = _wish(request, code)
    form = Nothing(request.POST if request.method == "POST" else None)
    approved = posted(
        request, form, lambda _: keeping.approve(code=code, by=actor, at=timezone.now())
    )
    if approved:
        said = gettext("Approved. It is destroyed by the command: safehand keys destroy.")
        return onward(request, said, "keys")
    title = gettext("Agree to give up key %(name)s") % {"name": wish.ring_key}
    words = {"title": title, "form": form, "danger": True, "back": reverse("keys")}
    return render(request, "pages/act.html", words)


@page
@require_http_methods(["GET", "POST"])
def key_stop(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    wish = _wish(request, code)
    form = Nothing(request.POST if request.method == "POST" else None)
    stopped = posted(
        request, form, lambda _: keeping.stop(code=code, by=actor, at=timezone.now())
    )
    if stopped:
        return onward(request, gettext("The key stays."), "keys")
    title = gettext("Keep key %(name)s after all") % {"name": wish.ring_key}
    return render(
        request, "pages/act.html", {"title": title, "form": form, "back": reverse("keys")}
    )


def _wish(request: HttpRequest, code: str) -> KeyDestruction:
    policy.may(actor_of(request), Verb.KEEP_KEYS).require()
    return get_object_or_404(destruction.open_wishes(), code=code)


def _shown(key: state.KeyState, now: dt.datetime) -> dict[str, Any]:
    """A key as the template draws it."""
    age = now - key.made_at if key.made_at else None
    return {
        "key": key,
        "age": age,
        "old": key.is_current and age is not None and age > state.OLD_KEY,
        "idle": not key.is_current and not key.hanging,
    }


urlpatterns = [
    path("keys/", keys, name="keys"),
    path("keys/<str:name>/give-up/", key_give_up, name="key_give_up"),
    path("keys/wishes/<str:code>/approve/", key_approve, name="key_approve"),
    path("keys/wishes/<str:code>/stop/", key_stop, name="key_stop"),
]

"""Announcements: those that there are, saying that one has read one, and making one."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from network import policy, queries
from network.actions import announcing
from network.models import Bulletin
from pages.board import NO_NAMES
from pages.door import actor_of, next_of, onward, page, page_in, posted
from pages.forms import Form, Moment

LONGEST = 1000


def _text(label: Any, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, required=False, widget=forms.Textarea, **more
    )


class Announced(Form):
    """In one language at least; whoever reads another is shown what there is."""

    text_ru = _text(pgettext_lazy("announcement", "In Russian"), help_text=NO_NAMES)
    text_be = _text(pgettext_lazy("announcement", "In Belarusian"))
    text_en = _text(pgettext_lazy("announcement", "In English"))
    must_confirm = forms.BooleanField(
        label=pgettext_lazy("announcement", "Ask everybody to say that they have read it"),
        required=False,
    )
    ends_at = forms.DateTimeField(
        label=pgettext_lazy("announcement", "Shown until"), widget=Moment()
    )


@page
@require_safe
def announcements(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    found = page_in(request, policy.bulletins_visible_to(actor))
    words = {
        "rows": found["results"],
        "next": found["next"],
        "may_announce": bool(policy.may_announce(actor)),
        "now": timezone.now(),
    }
    return render(request, "pages/network/announcements.html", words)


@page
@require_safe
def announcement(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    found: Bulletin = get_object_or_404(policy.bulletins_visible_to(actor), code=code)
    now = timezone.now()
    words = {
        "bulletin": found,
        "waits": policy.waiting_for(actor, at=now).filter(pk=found.pk).exists(),
        "is_over": found.ends_at <= now,
        "may_end": bool(policy.may_end_bulletin(actor, found)),
        "readings": queries.readings(actor, found) if found.must_confirm else [],
    }
    return render(request, "pages/network/announcement.html", words)


@page
@require_http_methods(["GET", "POST"])
def announcement_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may_announce(actor).require()
    form = Announced(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> Bulletin:
        texts = {name: said[name] for name in announcing.TEXTS}
        return announcing.announce(
            texts=texts, must_confirm=said["must_confirm"], ends_at=said["ends_at"],
            by=actor, at=timezone.now(),
        )  # fmt: skip

    made = posted(request, form, act)
    if made:
        return onward(request, gettext("It is announced."), "announcement", code=made.code)
    words = {
        "title": gettext("Announce something"),
        "form": form,
        "button": gettext("Announce it"),
        "back": reverse("announcements"),
    }
    return render(request, "pages/act.html", words)


@page
@require_POST
def announcement_read(request: HttpRequest, code: str) -> HttpResponse:
    """Say that one has read it, and stay where one was."""
    announcing.confirm(code=code, by=actor_of(request), at=timezone.now())
    return HttpResponseRedirect(next_of(request))


@page
@require_POST
def announcement_end(request: HttpRequest, code: str) -> HttpResponse:
    announcing.end(code=code, by=actor_of(request), at=timezone.now())
    return onward(request, gettext("It is shown no more."), "announcement", code=code)


urlpatterns = [
    path("announcements/", announcements, name="announcements"),
    path("announcements/new/", announcement_new, name="announcement_new"),
    path("announcements/<str:code>/", announcement, name="announcement"),
    path("announcements/<str:code>/read/", announcement_read, name="announcement_read"),
    path("announcements/<str:code>/end/", announcement_end, name="announcement_end"),
]

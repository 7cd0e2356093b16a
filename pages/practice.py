"""Practice: choose a scenario, take one's seat, see what was good, let time pass, wipe it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.roles import Role
from guidance import whys
from guidance.whys import Source
from kernel.errors import Refused
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.following import following
from pages.forms import Form, Nothing
from pages.seats import sit_down, space_of, stand_up
from practice import policy, queries
from practice.actions import wishing
from practice.models import Space
from practice.scenarios import Scenario, current
from practice.vocabulary import OWN

HOURS: dict[int, Any] = {
    1: gettext_lazy("an hour"),
    6: gettext_lazy("six hours"),
    24: gettext_lazy("a day"),
    7 * 24: gettext_lazy("a week"),
    30 * 24: gettext_lazy("thirty days"),
}
GOOD: dict[str, Any] = {
    "good": pgettext_lazy("practice", "well done"),
    "partly": pgettext_lazy("practice", "partly"),
    "bad": pgettext_lazy("practice", "think again"),
}
# How it looks: the class and the sign of its status.
LOOK: dict[str, tuple[str, str]] = {
    "good": ("fine", "●"), "partly": ("soon", "◆"), "bad": ("late", "▲"),
}  # fmt: skip


class Move(Form):
    hours = forms.TypedChoiceField(
        label=gettext_lazy("How much time passes"),
        coerce=int,
        choices=[(hours, HOURS[hours]) for hours in wishing.MOVES],
        widget=forms.RadioSelect,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A scenario that may be begun, in the reader's language."""

    scenario: Scenario
    title: str
    story: str
    played_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A step that is over, and what is said of how it ended."""

    happens: str
    task: str
    words: Any
    look: tuple[str, str]
    says: str
    # What the guidance says of it, in the same words as where the thing itself stands.
    whys: tuple[str, ...]
    # Those that are known to the guidance, and those that a scenario names in words of its own.
    sources: tuple[Source, ...]
    others: tuple[str, ...]
    # Whether the next step tells of what a good answer would have brought.
    goes_on: bool


@page
@require_safe
def practice(request: HttpRequest) -> HttpResponse:
    """Every scenario, and the one that is under way."""
    actor, language = actor_of(request), labels.spoken()
    policy.may_practise(actor).require()
    space, played = queries.live(actor), queries.played(actor)
    return render(
        request,
        "pages/practice/home.html",
        {
            "space": space,
            "title": _title(space, language) if space else "",
            "over": "over" in request.GET,
            "choices": [
                Choice(each, each.title[language], each.story[language], played.get(each.code))
                for each in current().values()
            ],
        },
    )


@page
@require_http_methods(["GET", "POST"])
def practice_begin(request: HttpRequest, scenario: str) -> HttpResponse:
    """What it is about, and the button that begins it."""
    found = _scenario(scenario)
    actor, language = actor_of(request), labels.spoken()
    policy.may_practise(actor).require()
    form = Nothing(request.POST if request.method == "POST" else None)
    space = posted(
        request,
        form,
        lambda _: wishing.begin(
            scenario=found.code, language=language, by=actor, at=timezone.now()
        ),
    )
    if space is not None:
        return HttpResponseRedirect(reverse("practice_space", kwargs={"code": space.code}))
    words = {
        "form": form, "scenario": found, "title": found.title[language],
        "story": found.story[language], "space": queries.live(actor),
        "seat": _seat(found, language),
    }  # fmt: skip
    return render(request, "pages/practice/begin.html", words)


@page
@require_safe
def practice_space(request: HttpRequest, code: str) -> HttpResponse:
    """What is over and how it went, what is to be done now, and the clock."""
    space, language = _find(request, code), labels.spoken()
    found = queries.progress(space)
    words: dict[str, Any] = {
        "space": space, "waits": space.wanted != "", "form": Move(),
        "inside": space_of(request) is not None, "gone": found is None,
        "title": _title(space, language),
    }  # fmt: skip
    if found is not None:
        words |= {
            "story": found.scenario.story[language],
            "seat": _seat(found.scenario, language),
            "lines": [
                _line(past, language, is_last=past.step is found.scenario.steps[-1])
                for past in found.past
            ],
            "now": found.now,
            "happens": found.now.happens[language] if found.now else "",
            "task": found.now.task[language] if found.now else "",
            "number": len(found.past) + 1,
            "total": found.total,
            "good": found.good,
        }
    return following(request, "pages/practice/space", words)


@page
@require_POST
def practice_enter(request: HttpRequest, code: str) -> HttpResponse:
    """Take the seat: from here on the made-up member acts."""
    space = _find(request, code)
    if not space.is_open:
        raise Refused("practice_is_not_ready")
    sit_down(request, space)
    return HttpResponseRedirect(reverse("home"))


@page
@require_POST
def practice_leave(request: HttpRequest) -> HttpResponse:
    """Go back to one's own work; the space stays as it is."""
    space = space_of(request)
    stand_up(request)
    if space is None:
        return HttpResponseRedirect(reverse("practice"))
    return HttpResponseRedirect(reverse("practice_space", kwargs={"code": space.code}))


@page
@require_POST
def practice_move(request: HttpRequest, code: str) -> HttpResponse:
    space = _find(request, code)
    form = Move(request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("practice_space", kwargs={"code": code}))
    wishing.move_on(
        code=space.code, hours=form.cleaned_data["hours"], by=actor_of(request),
        at=timezone.now(),
    )  # fmt: skip
    return HttpResponseRedirect(reverse("practice_space", kwargs={"code": code}))


@page
@require_POST
def practice_wipe(request: HttpRequest, code: str) -> HttpResponse:
    space = _find(request, code)
    wishing.wipe(code=space.code, by=actor_of(request), at=timezone.now())
    stand_up(request)
    return onward(request, gettext_lazy("Your practice is being wiped."), "practice")


def _scenario(code: str) -> Scenario:
    found = current().get(code)
    if found is None:
        raise Http404
    return found


def _find(request: HttpRequest, code: str) -> Space:
    return get_object_or_404(policy.visible_to(actor_of(request)), code=code)


def _title(space: Space, language: str) -> str:
    found = queries.scenario_of(space)
    return found.title[language] if found else space.scenario


def _seat(scenario: Scenario, language: str) -> str:
    """Whom the learner plays: what they are, and where."""
    agency = scenario.agencies[OWN].name[language]
    names = {"role": Role(scenario.seat).label, "agency": agency}
    return pgettext("practice", "%(role)s, %(agency)s") % names


def _line(past: queries.Past, language: str, *, is_last: bool) -> Line:
    ended = past.outcome
    good = ended.good if ended else ""
    said = (whys.why(key, language) for key in (ended.whys if ended else ()))
    found = [each for each in said if each is not None]
    known = whys.source_keys()
    # Each source once: of the answer itself, then of what the guidance says.
    cited = dict.fromkeys(
        [*(ended.sources if ended else ()), *(s.key for each in found for s in each.sources)]
    )
    return Line(
        happens=past.step.happens[language],
        task=past.step.task[language],
        words=GOOD.get(good, ""),
        look=LOOK.get(good, ("", "")),
        says=ended.says[language] if ended else "",
        whys=tuple(each.text for each in found),
        sources=tuple(whys.source(key, language) for key in cited if key in known),
        others=tuple(key for key in cited if key not in known),
        goes_on=good == "bad" and not is_last,
    )


urlpatterns = [
    path("practice/", practice, name="practice"),
    path("practice/begin/<str:scenario>/", practice_begin, name="practice_begin"),
    path("practice/leave/", practice_leave, name="practice_leave"),
    path("practice/<str:code>/", practice_space, name="practice_space"),
    path("practice/<str:code>/enter/", practice_enter, name="practice_enter"),
    path("practice/<str:code>/move/", practice_move, name="practice_move"),
    path("practice/<str:code>/wipe/", practice_wipe, name="practice_wipe"),
]

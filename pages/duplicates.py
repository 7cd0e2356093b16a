"""Two cases that may be about one person: what a supervisor sees of it and does about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from agencies.roles import Role
from cases import likeness, policy
from cases.actions import pairing
from cases.models import Case, PossibleDuplicate
from cases.workflow import DuplicateState, DuplicateVerb, Likely, Mark
from kernel.errors import Denied
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, Nothing


class Unlinking(Form):
    reason = forms.CharField(
        label=pgettext_lazy("duplicate", "Why?"),
        help_text=gettext_lazy("For your own records: the other agency does not see it."),
        max_length=4000,
        widget=forms.Textarea,
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """What a supervisor can do about two cases: its words, and what is said afterwards."""

    title: Any
    words: Any
    said: Any
    act: Callable[..., PossibleDuplicate]
    form: type[Form] = Nothing
    danger: bool = False


DEEDS: dict[str, Deed] = {
    DuplicateVerb.ASK: Deed(
        pgettext_lazy("duplicate", "Ask the other agency"),
        gettext_lazy(
            "Their supervisor learns that you have a case about perhaps the same person. "
            "The person must have agreed that this agency may know of the case."
        ),
        gettext_lazy("Asked. Both of you must agree before the cases are linked."),
        pairing.ask,
    ),
    DuplicateVerb.AGREE: Deed(
        pgettext_lazy("duplicate", "It is the same person: link the cases"),
        gettext_lazy(
            "Each side learns that the other works with the person, and whom to ask. No data is "
            "opened. The person must have agreed that the other agency may know of your case."
        ),
        gettext_lazy("Linked."),
        pairing.agree,
    ),
    DuplicateVerb.SET_ASIDE: Deed(
        pgettext_lazy("duplicate", "Not the same person"),
        gettext_lazy(
            "It is remembered: you are not asked about these two again. Nobody is told."
        ),
        gettext_lazy("Remembered. You will not be asked about these two again."),
        pairing.set_aside,
        danger=True,
    ),
    DuplicateVerb.REFUSE: Deed(
        pgettext_lazy("duplicate", "Do not link the cases"),
        gettext_lazy("The other supervisor learns that you did not agree, and nothing more."),
        gettext_lazy("Not linked."),
        pairing.refuse,
        danger=True,
    ),
    DuplicateVerb.UNLINK: Deed(
        pgettext_lazy("duplicate", "End the link"),
        gettext_lazy("Neither side sees any more that the other works with the person."),
        gettext_lazy("The link is ended."),
        pairing.unlink,
        form=Unlinking,
        danger=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A pair as one side sees it: the own case, the other's code and agency, what is alike."""

    pair: PossibleDuplicate
    actor: Member

    @property
    def own(self) -> Case:
        return policy.own_first(self.actor, self.pair)[0]

    @property
    def other(self) -> Case:
        return policy.own_first(self.actor, self.pair)[1]

    @property
    def likely(self) -> Likely:
        return likeness.words_for(self.pair.points)

    @property
    def marks(self) -> list[Any]:
        return [Mark(mark).label for mark in self.pair.marks]

    @property
    def ask(self) -> Member | None:
        """Whom to ask on the other side, once both have agreed."""
        if self.pair.state != DuplicateState.LINKED:
            return None
        ours = self.own.pk == self.pair.earlier_id
        return self.pair.agreed_by if ours else self.pair.asked_by


@page
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's side, and what stands linked."""
    actor = actor_of(request)
    if actor.role != Role.SUPERVISOR:
        raise Denied("only_a_supervisor_may_do_this")
    rows = policy.duplicates_visible_to(actor)
    shown = page_in(request, rows.select_related("earlier__owner", "later__owner"))
    found = [Seen(pair, actor) for pair in shown["results"]]
    words = {"found": found, "next": shown["next"]}
    return render(request, "pages/duplicates/list.html", words)


@page
@require_safe
def duplicate(request: HttpRequest, code: str) -> HttpResponse:
    actor, pair = _found(request, code)
    may = policy.verbs_of_pair(actor, pair)
    deeds = [(verb, deed.title, deed.danger) for verb, deed in DEEDS.items() if verb in may]
    words = {"seen": Seen(pair, actor), "deeds": deeds}
    return render(request, "pages/duplicates/pair.html", words)


@page
@require_http_methods(["GET", "POST"])
def duplicate_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One deed: asked for, and done."""
    if verb not in DEEDS:
        raise Http404
    deed, (actor, pair) = DEEDS[verb], _found(request, code)
    policy.may_pair(actor, DuplicateVerb(verb), pair).require()
    form = deed.form(request.POST if request.method == "POST" else None)
    if posted(
        request,
        form,
        lambda data: deed.act(code=pair.code, **data, by=actor, at=timezone.now()),
    ):
        return onward(request, deed.said, "duplicates")
    words = {
        "title": deed.title, "words": deed.words, "form": form, "danger": deed.danger,
        "back": reverse("duplicate", kwargs={"code": code}),
    }  # fmt: skip
    return render(request, "pages/act.html", words)


def _found(request: HttpRequest, code: str) -> tuple[Member, PossibleDuplicate]:
    actor = actor_of(request)
    rows = policy.duplicates_visible_to(actor).select_related(
        "earlier__owner", "later__owner", "asked_by", "agreed_by"
    )
    return actor, get_object_or_404(rows, code=code)


urlpatterns = [
    path("duplicates/", duplicates, name="duplicates"),
    path("duplicates/<str:code>/", duplicate, name="duplicate"),
    path("duplicates/<str:code>/do/<str:verb>/", duplicate_verb, name="duplicate_verb"),
]

"""Learning: one's own forms before and after, the reasons, what was gained, certificates."""

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.calendar import day_of
from agencies.duty import is_bound
from agencies.models import Member
from kernel.errors import Refused
from learning import policy, queries, statement
from learning.actions import checking, signing, sitting
from learning.duty import Part, parts_of
from learning.models import Sitting
from learning.questions import Question, current, get
from learning.scoring import PASSED
from pages import labels
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, Nothing

Kind = Sitting.Kind
BEGIN: dict[str, tuple[Any, Any]] = {
    Kind.BEFORE: (
        gettext_lazy("Answer the questions before"),
        gettext_lazy(
            "Before you learn: what you know now. Nobody but you sees your answers or what came of "
            "them. There is no time limit, and you can go on after a break."
        ),
    ),
    Kind.AFTER: (
        gettext_lazy("Answer the questions after"),
        gettext_lazy(
            "After you have learned: other questions that are as hard. Take them when you feel ready, "
            "for they are asked once."
        ),
    ),
    Kind.REFRESHER: (
        gettext_lazy("Look at the topic again"),
        gettext_lazy(
            "Questions that you have not seen lately. Again nobody but you sees them."
        ),
    ),
}


class Answers(Form):
    """Every question of a form, with its options in the order in which they were drawn."""

    def __init__(
        self, data: Any, *, asked: list[tuple[Question, list[str]]], said: dict[str, list[str]]
    ) -> None:
        super().__init__(data)
        self.asked = asked
        language = labels.spoken()
        for question, order in asked:
            several = len(question.right) > 1
            kind = forms.MultipleChoiceField if several else forms.ChoiceField
            look = forms.CheckboxSelectMultiple if several else forms.RadioSelect
            before = said.get(question.code, [])
            self.fields[question.code] = kind(
                label=question.stem[language],
                help_text=gettext("Several are right.") if several else "",
                choices=[(code, question.options[code][language]) for code in order],
                widget=look,
                initial=before if several else "".join(before[:1]),
                required=False,
            )

    def chosen(self) -> dict[str, list[str]]:
        found = {code: self.cleaned_data[code] for code in self.fields}
        return {
            code: said if isinstance(said, list) else [said] if said else []
            for code, said in found.items()
        }


class CheckForm(Form):
    code = forms.CharField(
        label=pgettext_lazy("certificate", "Code"), max_length=20,
        help_text=gettext_lazy("As it stands on the certificate, such as LC-7K3M-Q9TX."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )  # fmt: skip
    name = forms.CharField(
        label=pgettext_lazy("certificate", "Name"), max_length=300, required=False,
        help_text=gettext_lazy(
            "Who is said to hold it. You are told only whether the certificate is theirs."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class Sign(Form):
    """`sha256` is of the text that stands on the page."""

    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    agreed = forms.BooleanField(
        label=gettext_lazy("I have read this and will keep to it."), required=False
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """A part of the duty to know, in words; `state` is fine, soon or late."""

    what: str
    title: str
    until: dt.date | None
    state: str


@dataclass(frozen=True, slots=True)
class Option:
    words: str
    right: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A question after the form was handed in."""

    stem: str
    options: list[Option]
    right: bool
    why: str
    source: str


@page
@require_safe
def learning(request: HttpRequest) -> HttpResponse:
    """Every topic, and how one stands in it."""
    actor = actor_of(request)
    rows = [
        {
            "standing": each,
            "title": each.bank.title[labels.spoken()],
            "gain": percent(each.gain),
            "begin": BEGIN[each.next][0] if each.next else "",
        }
        for each in queries.standings(actor, timezone.now())
    ]
    words = {
        "topics": rows,
        "may_see_gains": bool(policy.may_see_gains(actor)),
        "may_see_due": _may_see_due(actor),
        "duty": _duty(actor) if is_bound(actor) else None,
    }
    return render(request, "pages/learning/home.html", words)


def _may_see_due(actor: Member) -> bool:
    """Where nobody is bound there is nothing to see."""
    theirs = policy.may_see_due(actor) or policy.may_see_due_counts(actor)
    return bool(settings.DUTY_TO_KNOW) and bool(theirs)


def _duty(actor: Member) -> dict[str, Any]:
    found = queries.duty_of(actor, timezone.now())
    return {"due": found.due, "owed": [_owed(part, found.on) for part in found.parts]}


def _owed(part: Part, on: dt.date) -> Owed:
    state = "late" if part.is_due(on) else "soon" if part.is_due_soon(on) else "fine"
    return Owed(part.what, queries.title_of(part.what)[labels.spoken()], part.until, state)


@page
@require_http_methods(["GET", "POST"])
def learning_statement(request: HttpRequest) -> HttpResponse:
    """What is signed, sentence by sentence, with a tick and a button."""
    actor, now, language = actor_of(request), statement.current(), labels.spoken()
    form = Sign(
        request.POST if request.method == "POST" else None, initial={"sha256": now.sha256}
    )
    if posted(request, form, lambda data: signing.sign(**data, by=actor, at=timezone.now())):
        return onward(request, gettext("The statement is signed."), "learning")
    words = {
        "form": form,
        "statement": now,
        "title": now.title[language],
        "sentences": [each[language] for each in now.sentences],
        "signed": queries.last_signed(actor),
    }
    return render(request, "pages/learning/statement.html", words)


@page
@require_safe
def learning_due(request: HttpRequest) -> HttpResponse:
    """Who is due, by name, in one's own agency; how many, in whole steps, for the co-ordinator."""
    actor, at = actor_of(request), timezone.now()
    counts = bool(policy.may_see_due_counts(actor))
    if not counts:
        policy.may_see_due(actor).require()
    rows = policy.due_counts_visible_to(actor) if counts else policy.due_visible_to(actor)
    shown = page_in(request, rows)
    on = day_of(actor.agency, at)
    words = {
        "counts": shown["results"] if counts else None,
        "lines": []
        if counts
        else [
            (each, [_owed(part, on) for part in parts_of(each)]) for each in shown["results"]
        ],
        "next": shown["next"],
    }
    return render(request, "pages/learning/due.html", words)


@page
@require_http_methods(["GET", "POST"])
def learning_begin(request: HttpRequest, topic: str, kind: str) -> HttpResponse:
    actor, at = actor_of(request), timezone.now()
    standing = queries.standing(actor, topic, at)
    if standing is None or kind not in BEGIN:
        raise Http404
    form = Nothing(request.POST if request.method == "POST" else None)
    made = posted(
        request, form, lambda _: sitting.begin(topic=topic, kind=kind, by=actor, at=at)
    )
    if made:
        return HttpResponseRedirect(reverse("sitting", kwargs={"code": made.code}))
    title, words = BEGIN[kind]
    shown = {
        "title": f"{standing.bank.title[labels.spoken()]}: {title}",
        "words": words,
        "form": form,
        "button": pgettext("learning", "Begin"),
        "back": reverse("learning"),
    }
    return render(request, "pages/act.html", shown)


@page
@require_http_methods(["GET", "POST"])
def learning_sitting(request: HttpRequest, code: str) -> HttpResponse:
    """The form to answer; once it is handed in, what came of it."""
    actor = actor_of(request)
    found = get_object_or_404(policy.sittings_visible_to(actor), code=code)
    if found.finished_at is not None:
        return _result(request, found)
    asked = queries.asked(found)
    if not asked:
        raise Refused("bank_was_taken_away", state="open")
    sent = request.POST if request.method == "POST" else None
    form = Answers(sent, asked=asked, said=found.said)
    if posted(
        request, form, lambda _: sitting.answer(code=code, answers=form.chosen(), by=actor)
    ):
        if "later" in request.POST:
            said = gettext("Saved. You can go on with the form at any time.")
            return onward(request, said, "learning")
        if posted(
            request, form, lambda _: sitting.finish(code=code, by=actor, at=timezone.now())
        ):
            said = gettext("The form is handed in.")
            return onward(request, said, "sitting", code=code)
    words = {"sitting": found, "title": _title(found), "form": form}
    return render(request, "pages/learning/sitting.html", words)


def _result(request: HttpRequest, found: Sitting) -> HttpResponse:
    standing = queries.standing(actor_of(request), found.topic, timezone.now())
    score = queries.score(found)
    words = {
        "sitting": found,
        "title": _title(found),
        "passed": found.kind != Kind.BEFORE and score >= PASSED,
        "lines": [_line(found, each, order) for each, order in queries.asked(found)],
        "gain": percent(standing.gain) if standing and found.kind == Kind.AFTER else None,
        "certificate": standing.certificate if standing else None,
    }
    return render(request, "pages/learning/result.html", words)


def _line(found: Sitting, question: Question, order: list[str]) -> Line:
    language, chosen = labels.spoken(), found.said.get(question.code, [])
    return Line(
        stem=question.stem[language],
        options=[
            Option(question.options[code][language], code in question.right, code in chosen)
            for code in order
        ],
        right=frozenset(chosen) == question.right,
        why=question.why[language],
        source=question.source,
    )


def _title(found: Sitting) -> str:
    return f"{title_of(found.topic, found.version)}: {found.get_kind_display()}"


def title_of(topic: str, version: str) -> str:
    bank = get(topic, version)
    return topic if bank is None else bank.title[labels.spoken()]


def percent(number: Fraction | None) -> int | None:
    return None if number is None else round(number * 100)


@page
@require_safe
def learning_certificate(request: HttpRequest, code: str) -> HttpResponse:
    """To print, and to show to whom one likes."""
    actor = actor_of(request)
    found = get_object_or_404(policy.certificates_visible_to(actor), code=code)
    words = {
        "certificate": found,
        "title": title_of(found.topic, found.version),
        "name": actor.known_as,
    }
    return render(request, "pages/learning/certificate.html", words)


@page
@require_http_methods(["GET", "POST"])
def learning_check(request: HttpRequest) -> HttpResponse:
    """Whether a certificate is one. Nothing is done by it, so that the answer stands on this page."""
    actor = actor_of(request)
    form = CheckForm(request.POST if request.method == "POST" else None)
    words: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        found = checking.check(**form.cleaned_data, by=actor, at=timezone.now())
        words |= {
            "asked": True,
            "found": found,
            "title": title_of(found.topic, found.version) if found else "",
        }
    return render(request, "pages/learning/check.html", words)


@page
@require_safe
def learning_gains(request: HttpRequest) -> HttpResponse:
    """What was published of whole cohorts."""
    actor = actor_of(request)
    policy.may_see_gains(actor).require()
    shown = page_in(request, policy.cohorts_visible_to(actor))
    titles = {topic: bank.title[labels.spoken()] for topic, bank in current().items()}
    words = {
        "cohorts": [(each, titles.get(each.topic, each.topic)) for each in shown["results"]],
        "next": shown["next"],
    }
    return render(request, "pages/learning/gains.html", words)


urlpatterns = [
    path("learning/", learning, name="learning"),
    path("learning/statement/", learning_statement, name="learning_statement"),
    path("learning/due/", learning_due, name="learning_due"),
    path("learning/check/", learning_check, name="learning_check"),
    path("learning/gains/", learning_gains, name="learning_gains"),
    path("learning/sittings/<str:code>/", learning_sitting, name="sitting"),
    path(
        "learning/certificates/<str:code>/", learning_certificate, name="learning_certificate"
    ),
    path("learning/<str:topic>/<str:kind>/", learning_begin, name="learning_begin"),
]

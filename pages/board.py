"""The board: questions between agencies that are about no case."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from edge import paging
from network import policy, queries
from network.actions import board as acts
from network.models import Answer, Question
from network.topics import Because, Topic
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, with_blank

NO_NAMES = gettext_lazy(
    "No names, no codes, no telephone numbers, no days of birth, no addresses. A text with such words "
    "is not kept, and you are told which they are."
)
TITLE, TEXT, LINE = 160, 2000, 200


class Asked(Form):
    topic = forms.ChoiceField(label=pgettext_lazy("board", "Topic"), choices=Topic.choices)
    title = forms.CharField(
        label=pgettext_lazy("board", "In one line"),
        max_length=TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    text = forms.CharField(
        label=pgettext_lazy("board", "What do you want to know?"),
        help_text=NO_NAMES,
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Answered(Form):
    text = forms.CharField(
        label=pgettext_lazy("board", "Your answer"),
        help_text=NO_NAMES,
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Looked(Form):
    """What is looked for stands in no address."""

    words = forms.CharField(
        label=pgettext_lazy("board", "Words"),
        required=False,
        max_length=LINE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    topic = forms.ChoiceField(
        label=pgettext_lazy("board", "Topic"),
        required=False,
        choices=with_blank(list(Topic.choices), pgettext_lazy("topic", "all")),
    )


class Hidden(Form):
    because = forms.ChoiceField(
        label=pgettext_lazy("board", "Why"),
        help_text=gettext_lazy(
            "The author is told. Of what tells of a case no word is kept; with a question its answers go, too."
        ),
        choices=Because.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, post: Question | Answer, **options: Any) -> None:
        super().__init__(*args, **options)
        if post.hidden_at is not None:
            # It is seen by nobody any more; what may still be done is to take its words away.
            only = Because.CASE_CONTENT
            self.fields["because"].choices = [(only.value, only.label)]  # type: ignore[attr-defined]


@page
@require_http_methods(["GET", "POST"])
def board(request: HttpRequest) -> HttpResponse:
    """The newest questions; by a form, those with certain words or of a topic."""
    actor = actor_of(request)
    form = Looked(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        asked = form.cleaned_data
        start = paging.start_at(request.POST.get("after", ""))
        found = paging.newest_below(start, queries.questions(actor, **asked))
    else:
        asked = {}
        found = page_in(request, policy.questions_visible_to(actor))
    words = {"rows": found["results"], "next": found["next"], "form": form, "asked": asked}
    return render(request, "pages/network/board.html", words)


@page
@require_http_methods(["GET", "POST"])
def board_ask(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may_write(actor).require()
    form = Asked(request.POST if request.method == "POST" else None)
    made = posted(request, form, lambda said: acts.ask(**said, by=actor, at=timezone.now()))
    if made:
        said = gettext("All agencies can read your question.")
        return onward(request, said, "board_question", code=made.code)
    words = {
        "title": gettext("Ask all agencies"),
        "words": gettext("About the work, never about a person."),
        "form": form,
        "button": gettext("Ask"),
        "back": reverse("board"),
    }
    return render(request, "pages/act.html", words)


@page
@require_safe
def board_question(request: HttpRequest, code: str) -> HttpResponse:
    return _shown(request, _find(request, code), Answered())


@page
@require_POST
def board_answer(request: HttpRequest, code: str) -> HttpResponse:
    found = _find(request, code)
    form = Answered(request.POST)
    made = posted(
        request,
        form,
        lambda said: acts.answer(code=code, **said, by=actor_of(request), at=timezone.now()),
    )
    if made:
        return onward(
            request, gettext("Your answer stands there."), "board_question", code=code
        )
    return _shown(request, found, form)


@page
@require_POST
def board_accept(request: HttpRequest, code: str) -> HttpResponse:
    made = acts.accept(code=code, by=actor_of(request), at=timezone.now())
    said = gettext("The answer that helped stands first.")
    return onward(request, said, "board_question", code=made.question.code)


@page
@require_POST
def board_close(request: HttpRequest, code: str) -> HttpResponse:
    _find(request, code)
    acts.close(code=code, by=actor_of(request), at=timezone.now())
    return onward(request, gettext("The question is closed."), "board_question", code=code)


@page
@require_http_methods(["GET", "POST"])
def board_hide(request: HttpRequest, code: str) -> HttpResponse:
    """The co-ordinator hides a question or an answer, and reads here which."""
    actor = actor_of(request)
    policy.may_hide(actor).require()
    post = queries.post(actor, code)
    if post is None:
        raise Http404
    form = Hidden(request.POST if request.method == "POST" else None, post=post)
    made = posted(
        request, form, lambda said: acts.hide(code=code, **said, by=actor, at=timezone.now())
    )
    if made:
        return onward(request, gettext("It is hidden."), "board_question", code=made)
    question = post.question if isinstance(post, Answer) else post
    words = {
        "title": gettext("Hide from the board"),
        "post": post,
        "form": form,
        "button": gettext("Hide it"),
        "danger": True,
        "back": reverse("board_question", kwargs={"code": question.code}),
    }
    return render(request, "pages/network/hide.html", words)


def _shown(request: HttpRequest, question: Question, form: Form) -> HttpResponse:
    actor = actor_of(request)
    above = paging.above(request.GET.get("after", ""))
    answers, following = queries.answers_of(actor, question, above=above)
    words = {
        "question": question,
        "answers": answers,
        "next": following,
        "form": form,
        "settles": bool(policy.may_settle(actor, question)),
        "may_close": bool(policy.may_close(actor, question)),
        "may_hide": bool(policy.may_hide(actor)),
        "open": question.closed_at is None and question.hidden_at is None,
    }
    return render(request, "pages/network/question.html", words)


def _find(request: HttpRequest, code: str) -> Question:
    rows = policy.questions_visible_to(actor_of(request))
    found: Question = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("board/", board, name="board"),
    path("board/ask/", board_ask, name="board_ask"),
    path("board/<str:code>/", board_question, name="board_question"),
    path("board/<str:code>/answer/", board_answer, name="board_answer"),
    path("board/<str:code>/accept/", board_accept, name="board_accept"),
    path("board/<str:code>/close/", board_close, name="board_close"),
    path("board/<str:code>/hide/", board_hide, name="board_hide"),
]

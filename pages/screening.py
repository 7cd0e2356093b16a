"""The signs of a case: the forms that were filled in, what the person told, and what to begin."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import policy as case_policy
from cases import vault
from cases.policy import Verb
from identification import instruments, policy, queries
from identification.actions import screening as screenings_of
from identification.models import Statement
from pages import labels
from pages.casefile import CaseFile, open_file
from pages.door import onward, page, page_in, posted
from pages.forms import Day, Form, with_blank

LANGUAGE = gettext_lazy("The language in which you talk")


class Begin(Form):
    """Which form, and that the person agrees to be asked."""

    instrument = forms.ChoiceField(
        label=pgettext_lazy("screening", "Which form?"), widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(
        label=pgettext_lazy("screening", "The person agrees to be asked"),
        help_text=gettext_lazy(
            "They know what you ask, and for what. They may leave out any question and stop at "
            "any time; help does not depend on it."
        ),
        required=False,
    )
    language = forms.ChoiceField(label=LANGUAGE, required=False)
    with_interpreter = forms.BooleanField(
        label=pgettext_lazy("screening", "An interpreter helps"), required=False
    )

    def __init__(self, *args: Any, named: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["instrument"].choices = named  # type: ignore[attr-defined]  # a ChoiceField
        if len(named) == 1:
            self.fields["instrument"].initial = named[0][0]
        self.fields["language"].choices = with_blank(  # type: ignore[attr-defined]  # see above
            labels.choices("iso639")
        )


class Told(Form):
    """What the person told, or what somebody else wrote down of it."""

    text = forms.CharField(
        label=pgettext_lazy("statement", "In the person's own words"),
        help_text=gettext_lazy("Write it down once, so that nobody has to ask for it again."),
        widget=forms.Textarea(attrs={"rows_wanted": 10}),
        max_length=20_000,
    )
    told_on = forms.DateField(label=pgettext_lazy("statement", "Told on"), widget=Day())
    told_to_us = forms.TypedChoiceField(
        label=pgettext_lazy("statement", "Where is it from?"),
        choices=[
            ("yes", pgettext_lazy("statement", "The person told us")),
            ("no", pgettext_lazy("statement", "From a document that somebody else wrote")),
        ],
        coerce=lambda said: said == "yes",
        initial="yes",
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(label=LANGUAGE, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["language"].choices = with_blank(  # type: ignore[attr-defined]  # a ChoiceField
            labels.choices("iso639")
        )


@page
@require_safe
def screenings(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code)
    if not file.opens(policy.SCREENINGS) and policy.STATEMENTS not in file.groups:
        raise Http404
    rows = policy.screenings_visible_to(file.actor, file.case, own=file.own)
    listed = page_in(request, rows.select_related("interviewer", "corrects"))
    titles = {each.code: each.title[labels.spoken()] for each in instruments.current()}
    return file.page(
        request,
        "pages/signs/signs.html",
        "screenings",
        rows=[
            (each, titles.get(each.instrument, each.instrument)) for each in listed["results"]
        ],
        next=listed["next"],
        retelling=queries.retelling(file.case),
        may=case_policy.may(file.actor, Verb.SCREEN, file.case, own=file.own),
        **_statements(file, request.GET.get("open", "")),
    )


def _statements(file: CaseFile, wanted: str) -> dict[str, Any]:
    """What was told; its words only when they are asked for, and that is written down."""
    visible = policy.statements_visible_to(file.actor, file.case, own=file.own)
    allowed = file.opens(policy.STATEMENTS)
    rows = list(visible.select_related("written_by").order_by("-pk")[: queries.MOST])
    opened = wanted == "told" and bool(rows)
    texts = _texts(file, rows) if opened else {}
    return {
        "statements": [(row, texts.get(row.code, "")) for row in rows],
        "statements_allowed": allowed,
        "opened": opened,
    }


def _texts(file: CaseFile, rows: list[Statement]) -> dict[str, str]:
    return vault.open_texts(
        file.case.person,
        {row.code: bytes(row.text) for row in rows},
        by=file.actor,
        case=file.case.code,
        what="statements",
        groups=[policy.STATEMENTS],
    )


@page
@require_http_methods(["GET", "POST"])
def screening_begin(request: HttpRequest, code: str) -> HttpResponse:
    """Choose a form, with the person's agreement. Forms of the other age are not offered."""
    file = _for_asking(request, code)
    fitting = instruments.fitting(is_child=file.case.person.is_child)
    named = [(each.code, each.title[labels.spoken()]) for each in fitting]
    sent = request.POST if request.method == "POST" else None
    form = Begin(sent, named=named)
    begun = posted(
        request,
        form,
        lambda data: screenings_of.begin(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if begun:
        said = gettext_lazy("The form is begun. What was answered before is filled in already.")
        return onward(request, said, "screening", code=begun.code)
    return file.page(
        request,
        "pages/signs/act.html",
        "screenings",
        title=pgettext_lazy("screening", "Begin a form"),
        button=pgettext_lazy("screening", "Begin"),
        form=form if named else None,
        nothing=gettext_lazy("There is no form yet for a person of this age."),
        back=reverse("screenings", kwargs={"code": code}),
    )


@page
@require_http_methods(["GET", "POST"])
def statement_new(request: HttpRequest, code: str) -> HttpResponse:
    """Keep what the person told."""
    file = _for_asking(request, code)
    sent = request.POST if request.method == "POST" else None
    form = Told(sent, initial={"told_on": timezone.localdate()})
    kept = posted(
        request,
        form,
        lambda data: screenings_of.state(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if kept:
        said = gettext_lazy("It is written down, and nobody needs to ask for it again.")
        return onward(request, said, "screenings", code=code)
    return file.page(
        request,
        "pages/signs/act.html",
        "screenings",
        title=pgettext_lazy("statement", "Write down what the person told"),
        button=pgettext_lazy("statement", "Keep it"),
        form=form,
        back=reverse("screenings", kwargs={"code": code}),
    )


def _for_asking(request: HttpRequest, code: str) -> CaseFile:
    file = open_file(request, code, own=True)
    case_policy.may(file.actor, Verb.SCREEN, file.case, own=True).require()
    return file


urlpatterns = [
    path("cases/<str:code>/signs/", screenings, name="screenings"),
    path("cases/<str:code>/signs/new/", screening_begin, name="screening_begin"),
    path("cases/<str:code>/signs/told/", statement_new, name="statement_new"),
]

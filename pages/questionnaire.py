"""One indicator form: filled in part by part, looked over with its suggestion, handed in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import policy as case_policy
from cases import reading as reading_of_case
from cases.actions import drafts
from cases.models import FormDraft
from identification import instruments, policy, reading
from identification.actions import screening as acts
from identification.instruments import Definition
from identification.models import Screening
from identification.reading import Content, Verbs
from kernel.errors import Denied
from pages import labels
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, posted
from pages.forms import Nothing, kept_at
from pages.questions import Answers, Before, Part, before_of, parts_of

READ = "answers"
NOTHING: dict[str, Any] = {"answers": {}}
# Those that come with the service. A published one may mean something else by the same code.
EXPLAINED = frozenset({"forced_labour_11", "ilo_adult_labour"})


@dataclass(frozen=True, slots=True)
class Act:
    """What may be done with a whole form, and its words before and after."""

    act: Callable[..., Screening]
    title: Any
    words: Any
    said: Any
    danger: bool = False


ACTS: dict[str, Act] = {
    "submit": Act(
        acts.submit,
        pgettext_lazy("screening", "Hand in the form"),
        gettext_lazy(
            "From then on it stays as it is. A mistake can be corrected by a new form."
        ),
        gettext_lazy("The form is handed in."),
    ),
    "correct": Act(
        acts.correct,
        pgettext_lazy("screening", "Correct the form"),
        gettext_lazy(
            "A new form begins with the same answers. The old one stays, and can be seen."
        ),
        gettext_lazy("The correction is begun. Change what is wrong, then hand it in."),
    ),
    "discard": Act(
        acts.discard,
        pgettext_lazy("screening", "Discard the form"),
        gettext_lazy("What was answered in it will not be used."),
        gettext_lazy("The form is discarded."),
        danger=True,
    ),
}


@page
@require_http_methods(["GET", "POST"])
def screening(request: HttpRequest, code: str) -> HttpResponse:
    """A part to fill in for who asks the questions; for all others the form as it stands."""
    file, found = _find(request, code)
    verbs = reading.verbs_of_screening(file.actor, found, own=file.own)
    if "answer" not in verbs["now"]:
        if request.method == "POST":
            raise Denied(verbs["not_now"]["answer"])
        return _as_it_stands(request, file, found, verbs)
    definition = reading.definition_of(found)
    content = reading.read(found, by=file.actor, why="screening")
    parts = parts_of(definition, content)
    part = _part(request, parts)
    sent = request.POST if request.method == "POST" else None
    form = Answers(sent, questions=part.questions, content=content, version=found.version)
    if posted(request, form, lambda _: _keep(file, found, part, form)):
        return _onward(request, found, part, parts)
    draft = _draft(file, found, part) if sent is None else None
    if sent is not None:
        form.judge_again(found.version)
    if draft is not None:
        form.go_on_with(reading_of_case.typed_in(draft, by=file.actor))
    still_open, answered = form.rows()
    return file.page(
        request, "pages/signs/part.html", "screenings", screening=found, part=part, parts=parts,
        form=form, still_open=still_open, answered=answered, last=part is parts[-1],
        title=definition.title[labels.spoken()], can_discard="discard" in verbs["now"],
        draft=draft, explained=definition.code in EXPLAINED,
    )  # fmt: skip


def _keep(file: CaseFile, found: Screening, part: Part, form: Answers) -> Screening:
    kept = acts.answer(
        code=found.code,
        answers=form.changed(),
        remarks=form.new_remarks(),
        version=form.cleaned_data["version"],
        by=file.actor,
        at=timezone.now(),
    )
    if file.own:
        drafts.discard(code=file.case.code, section=_section(found, part), by=file.actor)
    return kept


def _section(found: Screening, part: Part) -> str:
    """Under which name a draft of this part is kept."""
    return f"{found.code} {part.number}"


def _draft(file: CaseFile, found: Screening, part: Part) -> FormDraft | None:
    """What was ticked on this part and not saved yet. Only the case's own side keeps drafts."""
    if not file.own:
        return None
    mine = case_policy.drafts_visible_to(file.actor, file.case)
    draft = mine.filter(section=_section(found, part)).first()
    if draft is not None:
        draft.case = file.case
    return draft


@page
@require_POST
def part_keep(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What is ticked so far, kept on the server by itself; or, with `forget`, thrown away."""
    file, found = _find(request, code)
    verbs = reading.verbs_of_screening(file.actor, found, own=file.own)
    if "answer" not in verbs["now"]:
        raise Denied(verbs["not_now"]["answer"])
    definition = reading.definition_of(found)
    part = next((each for each in parts_of(definition, NOTHING) if each.number == number), None)
    if part is None:
        raise Http404
    section = _section(found, part)
    if "forget" in request.POST:
        drafts.discard(code=file.case.code, section=section, by=file.actor)
        said = gettext_lazy("The draft is discarded.")
        return onward(request, said, "screenings", code=file.case.code)
    at = timezone.now()
    typed = {
        name: values for name, values in request.POST.lists() if name in part.field_names()
    }
    drafts.keep(code=file.case.code, section=section, typed=typed, by=file.actor, at=at)
    return HttpResponse(kept_at(at), content_type="text/plain; charset=utf-8")


def _onward(
    request: HttpRequest, found: Screening, part: Part, parts: list[Part]
) -> HttpResponse:
    if "later" in request.POST:
        said = gettext_lazy("Saved. You can go on with the form at any time.")
        return onward(request, said, "screenings", code=found.case.code)
    if part is parts[-1]:
        return onward(request, gettext_lazy("Saved."), "screening_check", code=found.code)
    address = reverse("screening", kwargs={"code": found.code})
    return HttpResponseRedirect(f"{address}?part={part.number + 1}")


def _part(request: HttpRequest, parts: list[Part]) -> Part:
    wanted = request.GET.get("part", "1")
    return next((each for each in parts if str(each.number) == wanted), parts[0])


def _as_it_stands(
    request: HttpRequest, file: CaseFile, found: Screening, verbs: Verbs
) -> HttpResponse:
    """The head of the form; its answers only when they are asked for."""
    definition = reading.definition_of(found)
    opened = request.GET.get("open") == READ
    content = reading.read(found, by=file.actor, why="screening") if opened else None
    return file.page(
        request,
        "pages/signs/screening.html",
        "screenings",
        screening=found,
        title=definition.title[labels.spoken()],
        acts=[(verb, ACTS[verb]) for verb in verbs["now"] if verb in ACTS],
        not_now=_not_now(verbs) if file.own else [],
        remarks=content["remarks"] if content else "",
        lines=_lines(definition, content) if content else [],
        opened=opened,
    )


def _not_now(verbs: Verbs) -> list[tuple[Any, str]]:
    return [(ACTS[verb].title, why) for verb, why in verbs["not_now"].items() if verb in ACTS]


@page
@require_safe
def screening_check(request: HttpRequest, code: str) -> HttpResponse:
    """The answers once more, and what the rules suggest of them: for a human to judge."""
    file, found = _find(request, code)
    verbs = reading.verbs_of_screening(file.actor, found, own=file.own)
    if "submit" not in verbs["now"]:
        return HttpResponseRedirect(reverse("screening", kwargs={"code": code}))
    definition = reading.definition_of(found)
    content = reading.read(found, by=file.actor, why="screening")
    return file.page(
        request,
        "pages/signs/check.html",
        "screenings",
        screening=found,
        title=definition.title[labels.spoken()],
        remarks=content["remarks"],
        lines=_lines(definition, content),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One part with its answers and what its rule suggests, in words."""

    part: Part
    answers: list[tuple[str, Before | None]]
    present: bool
    rule: str
    because: list[str]
    not_known: int


def _lines(definition: Definition, content: Content) -> list[Line]:
    spoken, said = labels.spoken(), content["answers"]
    rules = {rule.code: rule.words[spoken] for rule in definition.rules}
    answers = {name: each["answer"] for name, each in said.items()}
    suggested = {each.dimension: each for each in instruments.suggest(definition, answers)}
    texts = {code: each.text[spoken] for code, each in definition.questions.items()}
    return [
        Line(
            part=part,
            answers=[
                (texts[each.code], before_of(said[each.code]) if each.code in said else None)
                for each in part.questions
            ],
            present=suggested[part.code].present,
            rule=rules.get(suggested[part.code].rule, ""),
            because=[texts[name] for name in suggested[part.code].because],
            not_known=suggested[part.code].not_known,
        )
        for part in parts_of(definition, content)
    ]


@page
@require_http_methods(["GET", "POST"])
def screening_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Hand in, correct or discard a form: asked once more, and done."""
    if verb not in ACTS:
        raise Http404
    file, found = _find(request, code)
    act = ACTS[verb]
    verbs = reading.verbs_of_screening(file.actor, found, own=file.own)
    sent = request.POST if request.method == "POST" else None
    form = Nothing(sent)
    made = posted(
        request, form, lambda _: act.act(code=found.code, by=file.actor, at=timezone.now())
    )
    if made and file.own:
        drafts.discard_form(code=file.case.code, beginning=found.code, by=file.actor)
    if made and verb == "discard":
        return onward(request, act.said, "screenings", code=file.case.code)
    if made:
        return onward(request, act.said, "screening", code=made.code)
    if sent is None and verb not in verbs["now"]:
        return HttpResponseRedirect(reverse("screening", kwargs={"code": code}))
    return file.page(
        request,
        "pages/signs/act.html",
        "screenings",
        title=act.title,
        words=act.words,
        danger=act.danger,
        form=form,
        back=reverse("screening", kwargs={"code": code}),
    )


def _find(request: HttpRequest, code: str) -> tuple[CaseFile, Screening]:
    """The form with its case, if the reader may know that it exists."""
    own = policy.own_screenings(actor_of(request)).select_related("case")
    file = open_file(request, get_object_or_404(own, code=code).case.code)
    visible = policy.screenings_visible_to(file.actor, file.case)
    related = visible.select_related("interviewer", "corrects", "corrected_by")
    found = get_object_or_404(related, code=code)
    found.case = file.case
    return file, found


urlpatterns = [
    path("screenings/<str:code>/", screening, name="screening"),
    path("screenings/<str:code>/keep/<int:number>/", part_keep, name="part_keep"),
    path("screenings/<str:code>/check/", screening_check, name="screening_check"),
    path("screenings/<str:code>/do/<str:verb>/", screening_verb, name="screening_verb"),
]

"""Taking somebody in: a case begins with four questions and goes on section by section."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import policy, reading, vault
from cases.actions import drafts, lifecycle
from cases.models import Case, FormDraft
from cases.policy import Verb
from pages.casefile import CaseFile, open_file
from pages.clearforms import New
from pages.door import actor_of, done, onward, page, posted
from pages.forms import Form, kept_at
from pages.sections import BY_SLUG, SECTIONS, Section, after
from pages.sheets import Sheet, resumed, sheet_of

# What a form sends besides its fields.
AROUND = frozenset({"csrfmiddlewaretoken", "keep"})
# Where one may have come from to change a section, and goes back to.
BACK = {"check": "intake_check", "people": "people"}
# A version is a small number.
LONGEST_NUMBER = 9


@page
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    policy.may_register(actor_of(request)).require()
    form = New(request.POST or None, initial={"age_band": "unknown", "risk": "unknown"})
    made = posted(request, form, lambda data: _register(request, form))
    if made:
        return onward(
            request,
            gettext("The case is begun, as a draft. Go on with what you know."),
            "intake_sections",
            code=made.code,
        )
    return render(request, "pages/intake/new.html", {"form": form})


def _register(request: HttpRequest, form: New) -> Case:
    facts = form.facts()
    source, risk = facts.pop("source"), facts.pop("risk")
    return lifecycle.register(
        source=source, risk=risk, person=facts, by=actor_of(request), at=timezone.now()
    )


@page
@require_safe
def sections(request: HttpRequest, code: str) -> HttpResponse:
    """The sections as a list of tasks: not begun, kept as a draft, or saved."""
    file = _open(request, code)
    return file.page(
        request,
        "pages/intake/sections.html",
        "people",
        tasks=tasks_of(file, vault.groups_held(file.case.person)),
    )


def tasks_of(
    file: CaseFile, held: Iterable[str]
) -> list[tuple[Section, FormDraft | None, bool]]:
    """Each section, one's own draft of it, and whether anything is saved in it: what is in clear
    is, and so are the groups that are held."""
    begun = {each.section: each for each in _drafts(file)}
    saved = {"beginning", "person", *held}
    return [(each, begun.get(each.name), each.name in saved) for each in SECTIONS.values()]


@page
@require_http_methods(["GET", "POST"])
def intake(request: HttpRequest, code: str, section: str) -> HttpResponse:
    """One section: what was written earlier, to read and to go on with; saved on its own."""
    file, asked = _open(request, code), _section(section)
    sheet = sheet_of(file, asked)
    if request.method == "POST":
        return _save(request, file, asked, sheet)
    draft = _drafts(file).filter(section=asked.name).first()
    if draft is None:
        return _shown(request, file, asked, sheet, sheet.fresh(), seen=sheet.version)
    if "draft" not in request.GET:
        return file.page(
            request, "pages/intake/resume.html", "people", section=asked, draft=draft
        )
    draft.case = file.case
    typed = reading.typed_in(draft, by=file.actor)
    seen = _number(*typed.pop("version", [""]))
    return _shown(request, file, asked, sheet, resumed(sheet, typed), seen=seen, draft=draft)


def _save(request: HttpRequest, file: CaseFile, asked: Section, sheet: Sheet) -> HttpResponse:
    form, seen = sheet.filled(request.POST), _number(request.POST.get("version", ""))

    def save(data: dict[str, Any]) -> bool:
        sheet.write(form, seen, timezone.now())
        drafts.discard(code=file.case.code, section=asked.name, by=file.actor)
        return True

    if not done(form, save):
        return _shown(request, file, asked, sheet, form, seen=seen)
    said = gettext("“%(section)s” is saved.") % {"section": asked.title}
    if back := BACK.get(request.GET.get("back", "")):
        return onward(request, said, back, code=file.case.code)
    following = after(asked)
    if following is None:
        return onward(request, said, "intake_check", code=file.case.code)
    return onward(request, said, "intake", code=file.case.code, section=following)


def _shown(
    request: HttpRequest, file: CaseFile, asked: Section, sheet: Sheet, form: Form, *,
    seen: int, draft: FormDraft | None = None,
) -> HttpResponse:  # fmt: skip
    """The form. Where somebody wrote after it was begun, what they wrote stands above it."""
    meanwhile = sheet.facts() if seen != sheet.version else []
    return file.page(
        request,
        "pages/intake/section.html",
        "people",
        section=asked,
        lead=asked.lead(child=file.case.person.is_child),
        form=form,
        written=sheet.written,
        version=sheet.version,
        meanwhile=meanwhile,
        draft=draft,
        following=after(asked),
        back=request.GET.get("back", ""),
    )


@page
@require_POST
def keep(request: HttpRequest, code: str, section: str) -> HttpResponse:
    """What is typed so far, kept on the server; by itself, or by pressing a button."""
    file, asked = _open(request, code), _section(section)
    at = timezone.now()
    drafts.keep(
        code=code, section=asked.name, typed=_typed(request.POST, file, asked), by=file.actor,
        at=at,
    )  # fmt: skip
    said = kept_at(at)
    if "keep" in request.POST:
        return onward(request, said, "intake_sections", code=code)
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


def _typed(data: QueryDict, file: CaseFile, asked: Section) -> dict[str, list[str]]:
    """What was sent for the fields of this section, and nothing else."""
    known = {"version", *sheet_of(file, asked).filled(data).fields}
    return {name: values for name, values in data.lists() if name in known}


@page
@require_POST
def discard(request: HttpRequest, code: str, section: str) -> HttpResponse:
    file, asked = _open(request, code), _section(section)
    drafts.discard(code=code, section=asked.name, by=file.actor)
    return onward(
        request, gettext("The draft is discarded."), "intake", code=code, section=section
    )


def _open(request: HttpRequest, code: str) -> CaseFile:
    file = open_file(request, code, own=True)
    policy.may(file.actor, Verb.WRITE, file.case, own=True).require()
    return file


def _drafts(file: CaseFile) -> QuerySet[FormDraft]:
    return policy.drafts_visible_to(file.actor, file.case, own=file.own)


def _section(slug: str) -> Section:
    if slug not in BY_SLUG:
        raise Http404
    return BY_SLUG[slug]


def _number(text: str) -> int:
    """The version that the writer saw; none is 0, which stands for nothing written yet."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0


urlpatterns = [
    path("cases/new/", new, name="intake_new"),
    path("cases/<str:code>/intake/", sections, name="intake_sections"),
    path("cases/<str:code>/intake/<str:section>/", intake, name="intake"),
    path("cases/<str:code>/keep/<str:section>/", keep, name="keep"),
    path("cases/<str:code>/discard/<str:section>/", discard, name="intake_discard"),
]

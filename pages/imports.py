"""Files that are brought in: what would become of each case in them, the yes, and what became."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from edge import paging
from exchange import origins, policy, queries
from exchange.actions import importing
from exchange.api.views import faults_file
from exchange.models import ImportJob
from exchange.sheets.entry import FileKind
from exchange.workflow import IMPORT_WAITS, ImportState, ImportVerb, RowState
from pages import filewords
from pages.casefile import open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.following import following
from pages.forms import Form, Nothing, with_blank

ENDINGS = ".xlsx,.csv,.json"


class Bring(Form):
    file = forms.FileField(
        label=pgettext_lazy("import", "File"),
        help_text=gettext_lazy(
            "25 MB at most. It is sealed on its way and destroyed in the end."
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ENDINGS}),
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("import", "What it is"),
        required=False,
        choices=with_blank(
            list(filewords.KINDS.items()), pgettext_lazy("import", "Find it out")
        ),
    )


class Start(Form):
    with_doubtful = forms.BooleanField(
        label=pgettext_lazy("import", "Also import who may be here already"),
        help_text=gettext_lazy(
            "Look at them first: who is here already would be entered twice."
        ),
        required=False,
    )


@dataclass(frozen=True, slots=True)
class Verb:
    """What somebody does with an import, in words."""

    button: Promise
    said: Promise
    words: Promise
    act: Callable[..., ImportJob]
    form: type[Form] = Nothing
    danger: bool = False


VERBS: dict[ImportVerb, Verb] = {
    ImportVerb.START: Verb(
        pgettext_lazy("import", "Import"),
        gettext_lazy("The cases are being written. You may leave this page."),
        gettext_lazy(
            "Each becomes a draft of your own, unless the file names a colleague as its worker. "
            "A consent that stands in the file opens nothing to anybody: ask the person again."
        ),
        importing.start,
        Start,
    ),
    ImportVerb.STOP: Verb(
        pgettext_lazy("import", "Stop"),
        gettext_lazy("Stopped. What is written stays; you can go on later."),
        gettext_lazy("What is written stays. The rest waits, and you can go on with it later."),
        importing.stop,
    ),
    ImportVerb.DISCARD: Verb(
        pgettext_lazy("import", "Put the file away"),
        gettext_lazy("The file is destroyed."),
        gettext_lazy("The file is destroyed. Cases that were made of it stay."),
        importing.discard,
        danger=True,
    ),
}


@page
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """The files that were brought in, newest first."""
    actor = actor_of(request)
    policy.may_import(actor).require()
    rows = policy.imports_visible_to(actor).select_related("by")
    return render(request, "pages/exchange/imports.html", page_in(request, rows))


@page
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may_import(actor).require()
    form = Bring(*((request.POST, request.FILES) if request.method == "POST" else ()))
    made = posted(
        request,
        form,
        lambda data: importing.receive(
            received=data["file"],
            kind=FileKind(data["kind"]) if data["kind"] else None,
            by=actor,
            at=timezone.now(),
        ),
    )
    if made:
        said = gettext_lazy(
            "The file is kept, sealed. It is looked at now; nothing is imported."
        )
        return onward(request, said, "import", code=made.code)
    words = {"form": form, "kinds": list(filewords.KINDS.values())}
    return render(request, "pages/exchange/bring.html", words)


@page
@require_safe
def import_(request: HttpRequest, code: str) -> HttpResponse:
    """One file: where it stands, and case by case what would become of it or has."""
    actor, job = actor_of(request), _find(request, code)
    state = request.GET.get("state", "")
    if state and state not in RowState.values:
        raise Http404
    counts = queries.counts(job)
    above = paging.above(request.GET.get("after", ""))
    rows = queries.rows_after(job, above, state=state, most=paging.PAGE + 1)
    own = queries.own_cases(actor, rows)
    shown = paging.page_of(
        rows, number=lambda row: row.number, show=lambda row: (row, row.case_id in own)
    )
    words = {
        "job": job,
        "kind": filewords.KINDS[FileKind(job.kind)] if job.kind else "",
        "counts": [(each, each.label, n) for each, n in counts.items()],
        "looked_at": sum(counts.values()),
        "progress": queries.progress(job, counts),
        "waits": job.state in IMPORT_WAITS,
        "looking": job.state in {ImportState.RECEIVED, ImportState.CHECKING},
        "faulty": job.expires_at > timezone.now()
        and counts[RowState.FAULTY] + counts[RowState.FAILED],
        "verbs": [(verb, VERBS[verb]) for verb in policy.verbs_of_import(actor, job)],
        "state": state,
        **shown,
    }
    return following(request, "pages/exchange/import", words)


@page
@require_safe
def import_faults(request: HttpRequest, code: str) -> HttpResponse:
    """Every fault as a file, without a value of the file."""
    return faults_file(_find(request, code))


@page
@require_http_methods(["GET", "POST"])
def import_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    actor, job = actor_of(request), _find(request, code)
    if verb not in VERBS:
        raise Http404
    policy.may_decide(actor, ImportVerb(verb), job).require()
    said = VERBS[ImportVerb(verb)]
    form = said.form(request.POST if request.method == "POST" else None)
    act = lambda data: said.act(code=code, **data, by=actor, at=timezone.now())  # noqa: E731 -- the deed of the table with what its form holds
    if posted(request, form, act):
        return onward(request, said.said, "import", code=code)
    words = {
        "title": said.button, "words": said.words, "form": form, "danger": said.danger,
        "back": reverse("import", kwargs={"code": code}),
    }  # fmt: skip
    return render(request, "pages/act.html", words)


@page
@require_safe
def origin(request: HttpRequest, code: str) -> HttpResponse:
    """What a case came with that has no other home here; opened when asked for."""
    file = open_file(request, code, own=True)
    found = policy.origins_visible_to(file.actor).filter(case=file.case).first()
    if found is None:
        raise Http404
    opened = request.GET.get("open") == "origin"
    said = origins.read(file.case, by=file.actor, why="page") if opened else {}
    words = {"origin": found, "opened": opened, "facts": filewords.facts_of(said)}
    return file.page(request, "pages/exchange/origin.html", "origin", **words)


def _find(request: HttpRequest, code: str) -> ImportJob:
    rows = policy.imports_visible_to(actor_of(request)).select_related("by", "agency")
    found: ImportJob = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("imports/", imports, name="imports"),
    # Words before codes.
    path("imports/new/", import_new, name="import_new"),
    path("imports/<str:code>/", import_, name="import"),
    path("imports/<str:code>/faults/", import_faults, name="import_faults"),
    path("imports/<str:code>/<str:verb>/", import_verb, name="import_verb"),
    path("cases/<str:code>/origin/", origin, name="origin"),
]

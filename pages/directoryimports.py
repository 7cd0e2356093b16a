"""Sets of other directories: read in, looked at line by line, taken over as a whole or put aside."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from agencies import importing, policy
from agencies.api.directory import content_of
from agencies.hsds.comparing import Change, Kind
from agencies.hsds.reading import UNNAMED
from agencies.listingmodels import DirectoryImport
from agencies.policy import Verb
from pages import directorywords
from pages.door import actor_of, done, onward, page, page_in, posted
from pages.forms import Form, Nothing

# So many lines of each kind stand on the page; their number is that of all.
MOST = 60
ACCEPTED = ".json,.zip,application/json,application/zip"


class Reading(Form):
    file = forms.FileField(
        label=pgettext_lazy("directory import", "File"),
        help_text=gettext_lazy(
            "A directory by the standard HSDS: JSON, or a ZIP with its tables. 10 MB at most."
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    source = forms.CharField(
        label=pgettext_lazy("directory import", "Which directory is it from?"),
        help_text=gettext_lazy(
            "A short name in small Latin letters, the same each time: by it services are known again."
        ),
        max_length=40,
    )


class Digest(Form):
    """Which plan the reader has looked at."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


@page
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    policy.may(actor, Verb.IMPORT_DIRECTORY).require()
    form = Reading(*((request.POST, request.FILES) if request.method == "POST" else ()))
    made = posted(
        request,
        form,
        lambda data: importing.read_set(
            content=content_of(data["file"]), source=data["source"], by=actor, at=timezone.now()
        ),
    )
    if made:
        said = gettext("The file is read. Nothing is changed yet.")
        return onward(request, said, "directory_import", code=made.code)
    found = page_in(request, policy.imports_visible_to(actor))
    words = {"form": form, "sets": found["results"], "next": found["next"]}
    return render(request, "pages/directory/imports.html", words)


@page
@require_http_methods(["GET", "POST"])
def import_(request: HttpRequest, code: str) -> HttpResponse:
    """What a set would change; the button takes over what is shown."""
    actor, found = actor_of(request), _find(request, code)
    form = Digest(request.POST or None)
    taken = posted(
        request,
        form,
        lambda data: importing.take_over(
            code=code, digest=data["digest"], by=actor, at=timezone.now()
        ),
    )
    if taken:
        said = gettext(
            "It is taken over. New services are closed until somebody says they are right."
        )
        return onward(request, said, "directory_import", code=code)
    plan = importing.plan_for(found)
    changes = plan.changes if plan else []
    words = {
        "set": found,
        "plan": plan,
        "counts": plan.counts if plan else found.counts,
        "new": [_line(each) for each in changes if each.kind == Kind.NEW][:MOST],
        "changed": [_line(each) for each in changes if each.kind == Kind.CHANGED][:MOST],
        "faults": plan.faults[:MOST] if plan else [],
        "ignored": [_ignored(each) for each in plan.ignored[:MOST]] if plan else [],
        "most": MOST,
        "errors": form.non_field_errors() if form.is_bound else [],
    }
    return render(request, "pages/directory/import.html", words)


@page
@require_POST
def import_aside(request: HttpRequest, code: str) -> HttpResponse:
    actor, found = actor_of(request), _find(request, code)
    form = Nothing(request.POST)
    done(form, lambda _: importing.put_aside(code=found.code, by=actor, at=timezone.now()))
    refused = [str(error) for error in form.non_field_errors()]
    said = " ".join(refused) or gettext("It is put aside. Nothing was changed.")
    return onward(request, said, "directory_imports")


def _ignored(name: str) -> str:
    return name.replace(UNNAMED, gettext("(a column without a name)"))


def _line(change: Change) -> dict[str, Any]:
    """A service of the set, with what is different."""
    service = change.origin.service if change.origin else None
    return {
        "name": change.offer.service.get("name", ""),
        "whose": change.whose,
        "new_agency": change.agency is None,
        "row": change.offer.row,
        "address": service and reverse("service", kwargs={"code": service.code}),
        "differences": [
            (
                directorywords.name_of(each.name),
                directorywords.said(each.name, each.old),
                directorywords.said(each.name, each.new),
            )
            for each in change.differences
        ],
    }


def _find(request: HttpRequest, code: str) -> DirectoryImport:
    actor = actor_of(request)
    policy.may(actor, Verb.IMPORT_DIRECTORY).require()
    rows = policy.imports_visible_to(actor).select_related("by__agency")
    found: DirectoryImport = get_object_or_404(rows, code=code)
    return found


urlpatterns = [
    path("services/imports/", imports, name="directory_imports"),
    path("services/imports/<str:code>/", import_, name="directory_import"),
    path("services/imports/<str:code>/put-aside/", import_aside, name="directory_import_aside"),
]

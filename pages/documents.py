"""Documents of a case: listed, added, looked at, fetched and taken back."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from documents import policy, reading
from documents.actions import serving, uploading
from documents.api.handing import handed_over
from documents.kinds import ACCEPTED
from documents.models import Document
from documents.workflow import Retraction
from kernel.groups import SEALED, DataGroup
from pages import labels
from pages.casefile import open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, with_blank
from pages.once import Fleeting


class Upload(Form):
    file = forms.FileField(
        label=pgettext_lazy("document", "File"),
        help_text=gettext_lazy(
            "PDF, JPEG, PNG or WebP, 25 MB at most. What the file says about its making, such as "
            "the place of a photo, is removed."
        ),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    group = forms.ChoiceField(
        label=pgettext_lazy("document", "What it belongs to"),
        help_text=gettext_lazy("Others can be shown it only if the person agrees to this."),
    )
    about = forms.CharField(
        label=pgettext_lazy("document", "What it is"), required=False, max_length=200
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        group = self.fields["group"]
        assert isinstance(group, forms.ChoiceField)
        group.choices = with_blank([(each.value, labels.group(each)) for each in SEALED])


class Retract(Form):
    reason = forms.ChoiceField(
        label=pgettext_lazy("document", "Why?"),
        choices=Retraction.choices,
        widget=forms.RadioSelect,
    )


@page
@require_safe
def documents(request: HttpRequest, code: str) -> HttpResponse:
    """What there is, newest first; the names are opened when asked for."""
    file = open_file(request, code, own=True)
    shown = page_in(request, _rows(request).filter(case=file.case))
    found: list[Document] = shown["results"]
    opened = request.GET.get("open") == "names"
    said = reading.words_of(found, case=file.case, by=file.actor) if opened else {}
    words = {
        "lines": [(each, said.get(each.code)) for each in found],
        "opened": opened,
        "closed": opened and any(each.words and each.code not in said for each in found),
        "next": shown["next"],
        "verdict": policy.may_upload(file.actor, file.case, own=True),
        **_scanner(),
    }
    return file.page(request, "pages/documents/list.html", "documents", **words)


@page
@require_http_methods(["GET", "POST"])
def document_new(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    policy.may_upload(file.actor, file.case, own=True).require()
    form = Upload(*((request.POST, request.FILES) if request.method == "POST" else ()))
    made = posted(
        request,
        form,
        lambda data: uploading.upload(
            code=code,
            received=data["file"],
            group=DataGroup(data["group"]),
            about=data["about"],
            by=file.actor,
            at=timezone.now(),
        ),
    )
    if made:
        said = gettext_lazy("The document is kept. It can be opened once it is checked.")
        return onward(request, said, "documents", code=code)
    words = {
        "title": pgettext_lazy("document", "Add a document"),
        "button": pgettext_lazy("document", "Add"),
        "form": form,
        "back": reverse("documents", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


@page
@require_safe
def document(request: HttpRequest, code: str) -> HttpResponse:
    """One document: where it stands, what it is if that is asked for, and fetching it."""
    actor, found = actor_of(request), _find(request, code)
    opened = request.GET.get("open") == "name"
    said = reading.words_of([found], case=found.case, by=actor) if opened else {}
    own = found.case.owner_id == actor.agency_id
    words = {
        "document": found,
        "opened": opened,
        "said": said.get(code),
        "own": own,
        "verdict": policy.may_retract(actor, found) if own else None,
        "back": reverse("documents", kwargs={"code": found.case.code})
        if own
        else reverse("inbox"),
        **_scanner(),
    }
    return render(request, "pages/documents/document.html", words)


@page
@require_POST
def document_fetch(request: HttpRequest, code: str) -> HttpResponse:
    """A ticket, and on to what it is for."""
    secret = serving.issue(
        document=_find(request, code),
        bound_to=_session(request),
        by=actor_of(request),
        at=timezone.now(),
    )
    return Fleeting(reverse("document_file", kwargs={"ticket": secret}))


@page
@require_safe
def document_file(request: HttpRequest, ticket: str) -> HttpResponse:
    """The document itself, once."""
    found, content = serving.redeem(
        secret=ticket, bound_to=_session(request), by=actor_of(request), at=timezone.now()
    )
    return handed_over(found, content)


@page
@require_http_methods(["GET", "POST"])
def document_retract(request: HttpRequest, code: str) -> HttpResponse:
    """It was wrong, or is not wanted: nobody is shown it any more."""
    actor, found = actor_of(request), _find(request, code)
    policy.may_retract(actor, found).require()
    form = Retract(request.POST if request.method == "POST" else None)
    if posted(
        request,
        form,
        lambda data: uploading.retract(
            code=code, reason=Retraction(data["reason"]), by=actor, at=timezone.now()
        ),
    ):
        said = gettext_lazy("The document is taken back. Nobody can open it any more.")
        return onward(request, said, "documents", code=found.case.code)
    words = {
        "title": pgettext_lazy("document", "Take the document back"),
        "words": gettext_lazy("Nobody can open it any more, here or in another agency."),
        "form": form,
        "back": reverse("document", kwargs={"code": code}),
        "danger": True,
    }
    return render(request, "pages/act.html", words)


def _rows(request: HttpRequest) -> QuerySet[Document]:
    rows = policy.visible_to(actor_of(request))
    return rows.select_related("case__person", "case__owner", "uploaded_by", "agency")


def _find(request: HttpRequest, code: str) -> Document:
    found: Document = get_object_or_404(_rows(request), code=code)
    return found


def _session(request: HttpRequest) -> str:
    return f"session {request.session.session_key}"


def _scanner() -> dict[str, bool]:
    """What is to be said of the check here."""
    return {
        "unscanned": not settings.CLAMD_ADDRESS,
        "stand_in": settings.SCANNER_IS_STAND_IN,
    }


urlpatterns = [
    path("cases/<str:code>/documents/", documents, name="documents"),
    path("cases/<str:code>/documents/new/", document_new, name="document_new"),
    # Words before codes.
    path("documents/files/<str:ticket>/", document_file, name="document_file"),
    path("documents/<str:code>/", document, name="document"),
    path("documents/<str:code>/fetch/", document_fetch, name="document_fetch"),
    path("documents/<str:code>/retract/", document_retract, name="document_retract"),
]

"""All that is kept about a person, handed over: read together on paper, or as a locked file."""

from typing import Any

import pyrage
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language_info, override, pgettext_lazy
from django.views.decorators.http import require_http_methods

from edge import stepup
from kernel.errors import Invalid, Refused
from pages import passphrase
from pages.consentwords import speak_of, spoken_words
from pages.door import actor_of, page, posted
from pages.forms import Form
from pages.frame import LANGUAGES
from pages.packsheet import words_of
from rights import requestpolicy as policy
from rights.actions import packing
from rights.requestmodels import SubjectRequest

PAPER, FILE = "paper", "file"
WAYS = [
    (PAPER, pgettext_lazy("pack", "Read it together, or print it")),
    (FILE, pgettext_lazy("pack", "A file that only a passphrase opens")),
]
# It says nothing of what is in it.
FILE_NAME = "document.html.age"


class HandOver(Form):
    language = forms.ChoiceField(
        label=pgettext_lazy("pack", "In which language"),
        choices=[(code, get_language_info(code)["name_local"]) for code, _ in LANGUAGES],
        widget=forms.RadioSelect,
    )
    way = forms.ChoiceField(
        label=pgettext_lazy("pack", "How"), choices=WAYS, widget=forms.RadioSelect
    )
    passphrase = forms.CharField(widget=forms.HiddenInput)


@page
@require_http_methods(["GET", "POST"])
@stepup.needed
def pack(request: HttpRequest, code: str) -> HttpResponse:
    """In which language and in which way; then the pack itself, which is kept nowhere."""
    found = _found(request, code)
    secret = passphrase.new()
    form = HandOver(
        request.POST if request.method == "POST" else None,
        initial={
            "language": speak_of(request, found.case.person),
            "way": PAPER,
            "passphrase": passphrase.signed(secret, about=code),
        },
    )
    made = posted(request, form, lambda data: _made(request, found, data))
    if made is not None:
        return made
    if request.method == "POST":
        # What was shown before was not good any more: the form is begun anew.
        form.data = request.POST.copy()
        form.data["passphrase"] = form.initial["passphrase"]
    words = {"found": found, "form": form, "secret": secret}
    return render(request, "pages/rights/hand_over.html", words)


def _found(request: HttpRequest, code: str) -> SubjectRequest:
    """A request of the reader's own side that may be answered by a pack now."""
    actor = actor_of(request)
    rows = policy.visible_to(actor).select_related("case__person", "case__owner")
    found: SubjectRequest = get_object_or_404(rows, code=code)
    policy.may_record(actor, found.case).require()
    verdict = policy.may_pack(found)
    if not verdict:
        raise Refused(verdict.reason, state=found.state)
    return found


def _made(request: HttpRequest, found: SubjectRequest, data: dict[str, Any]) -> HttpResponse:
    language, way = data["language"], data["way"]
    secret = passphrase.unsigned(data["passphrase"], about=found.code)
    if way == FILE and secret is None:
        raise Invalid("passphrase_is_gone")
    made = packing.make(
        code=found.code, way=way, language=language, by=actor_of(request), at=timezone.now()
    )
    with override(language):
        words = words_of(made) | spoken_words(language)
        if way == FILE and secret is not None:
            return _file(render_to_string("pages/rights/pack_file.html", words), secret)
        sheet = render_to_string("pages/rights/pack_sheet.html", words)
    paper = {"found": found, "sheet": sheet, **spoken_words(language)}
    return render(request, "pages/rights/pack.html", paper)


def _file(text: str, secret: str) -> HttpResponse:
    """Locked in memory; nothing of it touches a disk here."""
    locked = pyrage.passphrase.encrypt(text.encode(), secret)
    answer = HttpResponse(locked, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return answer


urlpatterns = [path("requests/<str:code>/pack/", pack, name="pack")]

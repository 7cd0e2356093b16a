"""Which documents go with a referral: chosen on its preview, and listed on its page."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.models import Member
from documents import policy as documents
from documents import queries, reading
from documents.models import Document
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.forms import Form
from referral import policy
from referral.actions import sending
from referral.models import Referral
from referral.workflow import State, Verb


class Choose(Form):
    documents = forms.MultipleChoiceField(
        label=pgettext_lazy("document", "Documents that go with it"),
        help_text=gettext_lazy(
            "They can open these once they accept, until the referral ends. Nothing is chosen by "
            "itself."
        ),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["documents"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = offered


@page
@require_http_methods(["GET", "POST"])
def referral_documents(request: HttpRequest, code: str) -> HttpResponse:
    """Tick what goes with a referral that was not sent yet, by name."""
    actor = actor_of(request)
    rows = policy.visible_to(actor).filter(state=State.DRAFT).select_related("case__person")
    found: Referral = get_object_or_404(rows, code=code)
    policy.may(actor, Verb.SEND, found).require()
    form = Choose(
        request.POST if request.method == "POST" else None,
        offered=_offered(actor, found),
        initial={"documents": queries.chosen(code)},
    )
    chosen = posted(
        request,
        form,
        lambda data: sending.choose_documents(
            code=code, documents=data["documents"], by=actor, at=timezone.now()
        ),
    )
    back = reverse("referral_preview", kwargs={"code": code})
    if chosen:
        said = gettext_lazy("The documents are chosen. Look at it once more.")
        return onward(request, said, "referral_preview", code=code)
    words = {
        "title": pgettext_lazy("document", "Choose documents"),
        "words": gettext_lazy(
            "Here is what belongs to the parts that this referral shares and was checked."
        ),
        "button": pgettext_lazy("document", "Keep the choice"),
        "form": form,
        "back": back,
    }
    return render(request, "pages/act.html", words)


def _offered(actor: Member, referral: Referral) -> list[tuple[str, str]]:
    rows = list(queries.choosable(referral.case, referral.groups))
    said = reading.words_of(rows, case=referral.case, by=actor, why="choose")
    return [(each.code, _line(each, said.get(each.code))) for each in rows]


def _line(document: Document, words: reading.Words | None) -> str:
    """By its name; by its code to whom the name is closed."""
    parts = (words["name"], words["about"]) if words else (document.code,)
    said = " – ".join(part for part in parts if part)
    return f"{said} ({labels.group(document.group)})"


def chosen_for(actor: Member, referral: Referral) -> list[Document]:
    """What of the referral's documents this side can open now."""
    return list(documents.of_referral(actor, referral.code).order_by("pk")[:100])


urlpatterns = [
    path("referrals/<str:code>/documents/", referral_documents, name="referral_documents"),
]

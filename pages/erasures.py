"""After somebody was erased: what those answer who had been shown something, and the certificate."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, override, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from audit import log
from pages import labels
from pages.consentwords import asked_in, spoken_words
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form
from rights import policy, queries
from rights.actions import demanding
from rights.workflow import Answer


class Say(Form):
    answer = forms.ChoiceField(
        label=pgettext_lazy("demand", "What have you done?"),
        help_text=gettext_lazy(
            "Look into your own files, mail, paper and copies, too: Safehand does not see them."
        ),
        choices=Answer.choices,
        widget=forms.RadioSelect,
    )


@page
@require_safe
def demands(request: HttpRequest) -> HttpResponse:
    """What the reader's agency is asked to erase, and what it has answered."""
    actor = actor_of(request)
    rows = policy.demands_to(actor)
    waiting = rows.filter(answered_at__isnull=True).order_by("pk")
    shown = page_in(request, rows.exclude(answered_at__isnull=True))
    words = {"waiting": list(waiting[:100]), **shown}
    return render(request, "pages/rights/demands.html", words)


@page
@require_http_methods(["GET", "POST"])
def demand(request: HttpRequest, code: str) -> HttpResponse:
    """Say what was done."""
    actor = actor_of(request)
    found = get_object_or_404(policy.demands_to(actor), code=code)
    form = Say(request.POST if request.method == "POST" else None)
    said = posted(
        request,
        form,
        lambda data: demanding.answer(
            code=code, answer=Answer(data["answer"]), by=actor, at=timezone.now()
        ),
    )
    if said:
        return onward(request, gettext_lazy("Thank you. Who asked is told."), "demands")
    return render(request, "pages/rights/demand.html", {"demand": found, "form": form})


@page
@require_safe
def certificate(request: HttpRequest, person: str) -> HttpResponse:
    """That somebody was erased, as a sheet to print, in the language of who asks for it."""
    actor = actor_of(request)
    found = queries.certificate(actor, person)
    speak = asked_in(request)
    log.record("read.certificate", by=actor, about=person)
    with override(speak):
        words = {
            "found": found,
            "rule": labels.retention_rule(found.stone.because),
            "now": timezone.now(),
        }
        sheet = render_to_string("pages/rights/sheet.html", words)
    return render(
        request,
        "pages/rights/certificate.html",
        {"found": found, "sheet": sheet, "person": person, **spoken_words(speak)},
    )


urlpatterns = [
    path("demands/", demands, name="demands"),
    path("demands/<str:code>/", demand, name="demand"),
    path("erased/<str:person>/", certificate, name="certificate"),
]

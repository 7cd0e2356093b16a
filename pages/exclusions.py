"""Keeping an agency apart from a case, and letting it near again. Nobody outside is told."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies.models import Agency
from cases import policy, queries
from cases.policy import Verb
from pages.casefile import CaseFile, open_file
from pages.door import onward, page, posted
from pages.forms import Form, Nothing, with_blank
from pages.overrides import others
from referral.actions import recalling


class Apart(Form):
    agency = forms.ChoiceField(label=pgettext_lazy("apart", "Agency to keep apart"))

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        agency = self.fields["agency"]
        assert isinstance(agency, forms.ChoiceField)
        agency.choices = with_blank(list(agencies))


@page
@require_http_methods(["GET", "POST"])
def exclude(request: HttpRequest, code: str) -> HttpResponse:
    """Who is kept apart now, and one more."""
    file = open_file(request, code, own=True)
    verdict = policy.may(file.actor, Verb.WRITE, file.case, own=True)
    apart = list(queries.kept_apart(file.case))
    named = {each.agency.code for each in apart}
    form = Apart(
        request.POST if request.method == "POST" else None,
        agencies=[pair for pair in others(file) if pair[0] not in named],
    )
    kept = posted(
        request,
        form,
        lambda data: recalling.exclude(
            code=code, agency=_agency(file, data["agency"]), by=file.actor, at=timezone.now()
        ),
    )
    if kept:
        said = gettext_lazy("Kept apart. It is shown nothing of this case.")
        return onward(request, said, "exclude", code=code)
    words = {"apart": apart, "form": form, "verdict": verdict}
    return file.page(request, "pages/consent/exclude.html", "consents", **words)


@page
@require_http_methods(["GET", "POST"])
def readmit(request: HttpRequest, code: str, agency: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    policy.may(file.actor, Verb.WRITE, file.case, own=True).require()
    rows = queries.kept_apart(file.case)
    found = get_object_or_404(rows, agency__code=agency).agency
    form = Nothing(request.POST if request.method == "POST" else None)
    near = posted(
        request,
        form,
        lambda data: recalling.readmit(
            code=code, agency=found, by=file.actor, at=timezone.now()
        ),
    )
    if near:
        said = gettext_lazy("It may be asked for help again. What has ended stays ended.")
        return onward(request, said, "exclude", code=code)
    words = {
        "title": gettext("Let %(agency)s near again") % {"agency": found.name},
        "words": gettext("It may then be asked for help, if the person consents."),
        "button": gettext("Let it near again"),
        "form": form,
        "back": reverse("exclude", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


def _agency(file: CaseFile, code: str) -> Agency:
    return agency_policy.agencies_visible_to(file.actor).get(code=code)


urlpatterns = [
    path("cases/<str:code>/apart/", exclude, name="exclude"),
    path("cases/<str:code>/apart/<str:agency>/end/", readmit, name="readmit"),
]

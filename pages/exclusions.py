"""Keeping an agency, a member or a place apart from a case, and letting it near again. Nobody
outside is told."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies import queries as agency_queries
from cases import policy, queries, reading
from cases.apart import Whom
from cases.models import Case, Exclusion
from cases.policy import Verb
from kernel.errors import Invalid
from pages import labels
from pages.casefile import CaseFile, open_file
from pages.door import onward, page, posted
from pages.forms import Form, Nothing, with_blank
from pages.overrides import others
from referral.actions import recalling


class Apart(Form):
    agency = forms.ChoiceField(
        label=pgettext_lazy("apart", "Agency to keep apart"), required=False
    )
    member = forms.CharField(
        label=pgettext_lazy("apart", "Or one person who works in an agency, by user name"),
        help_text=gettext_lazy("Also of your own: whoever the person is afraid of."),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    district = forms.ChoiceField(
        label=pgettext_lazy("apart", "Or a place: nobody who works there"), required=False
    )
    reason = forms.CharField(
        label=pgettext_lazy("apart", "Why"),
        help_text=gettext_lazy("Sealed. Only those who work on this case can open it."),
        required=False,
        max_length=2000,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        for name, choices in (("agency", agencies), ("district", labels.districts())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = with_blank(list(choices))


@page
@require_http_methods(["GET", "POST"])
def exclude(request: HttpRequest, code: str) -> HttpResponse:
    """Who is kept apart now, and one more."""
    file = open_file(request, code, own=True)
    verdict = policy.may(file.actor, Verb.WRITE, file.case, own=True)
    apart = list(queries.kept_apart(file.case))
    named = {each.agency.code for each in apart if each.agency}
    form = Apart(
        request.POST if request.method == "POST" else None,
        agencies=[pair for pair in others(file) if pair[0] not in named],
    )
    if posted(request, form, lambda data: _exclude(file, data)):
        said = gettext_lazy("Kept apart. Nothing of this case is shown there.")
        return onward(request, said, "exclude", code=code)
    opened = request.GET.get("open") == "reasons"
    reasons = reading.reasons_apart(file.case, apart, by=file.actor) if opened else {}
    words = {
        "apart": [(each, name_of(each), reasons.get(each.code, "")) for each in apart],
        "sealed": any(each.reason for each in apart),
        "opened": opened,
        "form": form,
        "verdict": verdict,
    }
    return file.page(request, "pages/consent/exclude.html", "consents", **words)


def _exclude(file: CaseFile, data: dict[str, Any]) -> Case:
    agency = member = None
    if data["agency"]:
        agency = agency_policy.agencies_visible_to(file.actor).get(code=data["agency"])
    if data["member"]:
        member = agency_queries.member_named(data["member"])
        if member is None:
            raise Invalid("unknown_member", pointer="/member")
    whom = Whom(agency, member, data["district"])
    return recalling.exclude(
        code=file.case.code, whom=whom, reason=data["reason"], by=file.actor, at=timezone.now()
    )


@page
@require_http_methods(["GET", "POST"])
def readmit(request: HttpRequest, code: str, exclusion: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    policy.may(file.actor, Verb.WRITE, file.case, own=True).require()
    found = get_object_or_404(queries.kept_apart(file.case), code=exclusion)
    form = Nothing(request.POST if request.method == "POST" else None)
    near = posted(
        request,
        form,
        lambda data: recalling.readmit(
            code=code,
            whom=Whom(found.agency, found.member, found.district),
            by=file.actor,
            at=timezone.now(),
        ),
    )
    if near:
        said = gettext_lazy("It may be asked for help again. What has ended stays ended.")
        return onward(request, said, "exclude", code=code)
    words = {
        "title": gettext("Let %(whom)s near again") % {"whom": name_of(found)},
        "words": gettext("It may then be asked for help, if the person consents."),
        "button": gettext("Let it near again"),
        "form": form,
        "back": reverse("exclude", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


def name_of(exclusion: Exclusion) -> str:
    """Whom or what it keeps apart, as the owner's side calls it."""
    if exclusion.agency is not None:
        return exclusion.agency.name
    if exclusion.member is not None:
        return exclusion.member.username
    return labels.district(exclusion.district)


urlpatterns = [
    path("cases/<str:code>/apart/", exclude, name="exclude"),
    path("cases/<str:code>/apart/<str:exclusion>/end/", readmit, name="readmit"),
]

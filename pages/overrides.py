"""Sharing without consent: asked for with a reason, decided by a second person, ended by them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies import policy as agency_policy
from agencies.models import Member
from cases import policy, reading
from cases.actions import override as overrides
from cases.models import Override
from cases.policy import Verb
from cases.workflow import Ground, OverrideVerb
from kernel.groups import DataGroup
from pages import labels
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, posted
from pages.forms import Form, Nothing, with_blank
from pages.whychoices import WhyBoxes, WhyRadios
from referral.actions import recalling


class Ask(Form):
    agency = forms.ChoiceField(label=pgettext_lazy("override", "Who must be told"))
    groups = forms.MultipleChoiceField(
        label=pgettext_lazy("override", "What they must be told"),
        help_text=gettext_lazy("Only what is needed, and nothing more."),
        widget=WhyBoxes("groups"),
    )
    ground = forms.ChoiceField(
        label=pgettext_lazy("override", "On which ground"),
        choices=Ground.choices,
        widget=WhyRadios("overrides"),
    )
    reason = forms.CharField(
        label=pgettext_lazy("override", "Why it cannot wait for the person's consent"),
        help_text=gettext_lazy("30 characters at least. Only those who decide read it."),
        widget=forms.Textarea,
        max_length=4000,
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        agency, groups = self.fields["agency"], self.fields["groups"]
        assert isinstance(agency, forms.ChoiceField)
        assert isinstance(groups, forms.MultipleChoiceField)
        agency.choices = with_blank(list(agencies))
        groups.choices = [(group.value, labels.group(group)) for group in DataGroup]


Act = Callable[[str, Member], object]


def _decide(*, approve: bool) -> Act:
    return lambda code, by: recalling.decide_override(
        code=code, approve=approve, by=by, at=timezone.now()
    )


def _end(code: str, by: Member) -> object:
    return recalling.end_override(code=code, by=by, at=timezone.now())


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a verb, before it and after it, and what it does."""

    title: Promise
    words: Promise
    button: Promise
    said: Promise
    act: Act
    danger: bool = False


VERBS: dict[str, Page] = {
    OverrideVerb.APPROVE: Page(
        pgettext_lazy("override", "Share without consent"),
        gettext_lazy(
            "The agency may then be told without the person's consent, until its end."
        ),
        pgettext_lazy("override", "Approve"),
        gettext_lazy("Approved. It may be shared now."),
        _decide(approve=True),
        danger=True,
    ),
    OverrideVerb.REFUSE: Page(
        pgettext_lazy("override", "Refuse to share without consent"),
        gettext_lazy("Nothing is shared then unless the person consents."),
        pgettext_lazy("override", "Refuse"),
        gettext_lazy("Refused. Nothing is shared."),
        _decide(approve=False),
    ),
    OverrideVerb.END: Page(
        pgettext_lazy("override", "End the sharing without consent"),
        gettext_lazy("What was open because of it is closed at once."),
        pgettext_lazy("override", "End it"),
        gettext_lazy("Ended. What was open because of it is closed now."),
        _end,
        danger=True,
    ),
}


@page
@require_http_methods(["GET", "POST"])
def override_new(request: HttpRequest, code: str) -> HttpResponse:
    """Ask to share without consent. Somebody else decides."""
    file = open_file(request, code, own=True)
    policy.may(file.actor, Verb.ASK_OVERRIDE, file.case, own=True).require()
    form = Ask(
        request.POST if request.method == "POST" else None,
        agencies=others(file),
        initial={"agency": request.GET.get("agency", "")},
    )
    made = posted(request, form, lambda data: _ask(file, data))
    if made:
        said = gettext_lazy("Asked. A supervisor other than you decides.")
        return onward(request, said, "override", code=made.code)
    words = {"form": form, "days": overrides.LONGEST.days}
    return file.page(request, "pages/consent/override_new.html", "consents", **words)


@page
@require_safe
def override(request: HttpRequest, code: str) -> HttpResponse:
    """One override. Its reason comes out when it is asked for."""
    actor, found = actor_of(request), _find(request, code)
    now, not_now = policy.verbs_of_override(actor, found)
    own = policy.is_own(actor, found.case)
    asked_for = own and request.GET.get("open") == "reason"
    words = {
        "override": found,
        "own": own,
        "live": found.is_live(timezone.now()),
        "reason": reading.reason_of(found, by=actor) if asked_for else "",
        "now": [(verb, VERBS[verb]) for verb in now],
        "not_now": [(VERBS[verb].title, why) for verb, why in not_now.items()],
    }
    return render(request, "pages/consent/override.html", words)


@page
@require_http_methods(["GET", "POST"])
def override_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """Approve, refuse or end."""
    found, words = _find(request, code), VERBS.get(verb)
    if words is None:
        raise Http404
    policy.may(actor_of(request), Verb.DECIDE_OVERRIDE, found.case).require()
    form = Nothing(request.POST if request.method == "POST" else None)
    if posted(request, form, lambda data: words.act(found.code, actor_of(request))):
        return onward(request, words.said, "override", code=code)
    shown = {
        "title": words.title,
        "words": words.words,
        "button": words.button,
        "danger": words.danger,
        "form": form,
        "back": reverse("override", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", shown)


def others(file: CaseFile) -> list[tuple[str, str]]:
    """Every agency but the owner, by name."""
    rows = agency_policy.agencies_visible_to(file.actor).exclude(pk=file.case.owner_id)
    return list(rows.order_by("name").values_list("code", "name"))


def _ask(file: CaseFile, data: dict[str, Any]) -> Override:
    return overrides.ask(
        code=file.case.code,
        agency=agency_policy.agencies_visible_to(file.actor).get(code=data["agency"]),
        groups=[DataGroup(group) for group in data["groups"]],
        ground=data["ground"],
        reason=data["reason"],
        by=file.actor,
        at=timezone.now(),
    )


def _find(request: HttpRequest, code: str) -> Override:
    rows = policy.overrides_visible_to(actor_of(request)).select_related(
        "case__person", "agency", "asked_by", "decided_by"
    )
    return get_object_or_404(rows, code=code)


urlpatterns = [
    path("cases/<str:code>/overrides/new/", override_new, name="override_new"),
    path("overrides/<str:code>/", override, name="override"),
    path("overrides/<str:code>/<str:verb>/", override_verb, name="override_verb"),
]

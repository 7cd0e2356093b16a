"""Asking for help: who could help, and what is asked of one of them."""

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policy as agency_policy
from agencies.clocks import Urgency
from agencies.models import Service
from agencies.queries import Match, Need, is_stale, matching_services
from agencies.roles import most_for
from cases import apart
from cases import policy as case_policy
from cases import queries as case_queries
from cases.policy import Verb as CaseVerb
from cases.workflow import AgeBand, Purpose
from kernel.groups import SEALED, DataGroup, in_order
from pages import labels
from pages.casefile import CaseFile, open_file
from pages.door import page, posted
from pages.forms import Form, with_blank
from pages.sending import urlpatterns as sending_pages
from pages.whychoices import WhyBoxes, WhyRadios
from referral import policy, queries, reading
from referral.actions import sending
from referral.models import Referral
from referral.workflow import Party, State

# Of each kind of help so many services are shown at once; the rest on a page of their own.
BEST, MOST = 3, 40
BARRED = sending.NEVER | {"not_possible"}
OF_PLACES = frozenset({"full", "has_free_places", "capacity_not_told"})


class Looking(Form):
    """What is looked for, with the person's facts filled in before."""

    type = forms.ChoiceField(label=pgettext_lazy("service", "Kind of help"), required=False)
    district = forms.ChoiceField(label=pgettext_lazy("service", "District"), required=False)
    age_band = forms.ChoiceField(label=pgettext_lazy("service", "Age"), required=False)
    gender = forms.ChoiceField(label=pgettext_lazy("service", "Sex"), required=False)
    language = forms.ChoiceField(label=pgettext_lazy("service", "Language"), required=False)
    at_night = forms.BooleanField(
        label=pgettext_lazy("service", "Needed at night"), required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        types = [(code, str(words)) for code, words in labels.SERVICE_TYPES.items()]
        spoken = [(code, labels.language(code)) for code in ("bel", "rus", "eng", "ukr", "pol")]
        offered: dict[str, list[tuple[str, Any]]] = {
            "type": types,
            "district": labels.districts(),
            "age_band": list(AgeBand.choices),
            "gender": labels.choices("prs_Gender"),
            "language": spoken,
        }
        for name, choices in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            here = self.data.get(name) or ""
            other = [(here, labels.language(here))] if name == "language" and here else []
            known = {code for code, _ in choices}
            field.choices = with_blank(
                [*choices, *(pair for pair in other if pair[0] not in known)]
            )


class Asking(Form):
    """What is asked of one service."""

    urgency = forms.ChoiceField(
        label=pgettext_lazy("referral", "How soon must they answer?"),
        choices=Urgency.choices,
        widget=WhyRadios("urgency"),
    )
    groups = forms.MultipleChoiceField(
        label=pgettext_lazy("referral", "What will they be told, once they accept?"),
        help_text=gettext_lazy("Only what they need to help. Before, they see a short card."),
        required=False,
        widget=WhyBoxes("groups"),
    )
    note = forms.CharField(
        label=pgettext_lazy("referral", "A note for them"),
        help_text=gettext_lazy("They read it once they have accepted."),
        required=False,
        max_length=2000,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, groups: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = groups


@page
@require_http_methods(["GET", "POST"])
def refer(request: HttpRequest, code: str) -> HttpResponse:
    """Without a service: who could help. With `service`: what is asked of it."""
    file = open_file(request, code, own=True)
    case_policy.may(file.actor, CaseVerb.REFER, file.case, own=True).require()
    if wanted := request.GET.get("service", ""):
        rows = agency_policy.services_visible_to(file.actor).select_related("agency")
        service = get_object_or_404(rows, code=wanted)
        return _ask(request, file, service, _draft(request, file, service))
    return _choose(request, file)


@dataclass(frozen=True, slots=True)
class Found:
    """A service with how soon its agency usually answers, if that can be said."""

    match: Match
    answers: dt.timedelta | None = None

    @property
    def reasons(self) -> list[str]:
        """Why it stands where it stands; its places are said by their number."""
        return [reason for reason in self.match.reasons if reason not in OF_PLACES]

    @property
    def barred(self) -> list[str]:
        """Why it cannot take the person."""
        return [reason for reason in self.match.reasons if reason in BARRED]


def _choose(request: HttpRequest, file: CaseFile) -> HttpResponse:
    form = Looking(_wanted(request, file))
    chosen = form.cleaned_data if form.is_valid() else {}
    need = Need(
        service_type=chosen.get("type", ""),
        district=chosen.get("district", ""),
        age_band=chosen.get("age_band", ""),
        gender=chosen.get("gender", ""),
        language=chosen.get("language", ""),
        at_night=bool(chosen.get("at_night")),
    )
    on = timezone.localdate()
    kept = apart.of_case(file.case)
    matches = [
        match
        for match in matching_services(file.actor, need, on=on, most=2000)
        if match.service.agency_id != file.case.owner_id
    ]
    for match in matches:
        if kept.bars(match.service):
            # Never why: the reason may itself endanger the person.
            match.bar("not_possible")
    able = [match for match in matches if match.eligible]
    unable = [match for match in matches if not match.eligible]
    shown = able[:MOST] if need.service_type else _best_of_each(able)
    usual = queries.usual_answers(match.service.agency_id for match in shown)
    found = [Found(match, usual.get(match.service.agency_id)) for match in shown]
    by_type = [(kind, list(rows)) for kind, rows in groupby(found, key=_kind)]
    words = {
        "form": form,
        "by_type": by_type,
        "one_type": bool(need.service_type),
        "unable": [Found(m) for m in unable[:MOST]] if need.service_type else [],
    }
    return file.page(request, "pages/refer/choose.html", "case_referrals", **words)


def _wanted(request: HttpRequest, file: CaseFile) -> dict[str, Any]:
    person = file.case.person
    known = {
        "district": person.district,
        "age_band": person.age_band,
        "gender": person.gender,
        "language": person.languages[0] if person.languages else "",
    }
    asked = {name: request.GET[name] for name in Looking.base_fields if name in request.GET}
    # A form that was sent says all; a link that names a kind of help leaves the person's facts.
    return asked if "district" in asked else known | asked


def _kind(found: Found) -> str:
    return found.match.service.type


def _best_of_each(matches: list[Match]) -> list[Match]:
    """The best few of every kind of help, kind by kind in the order of their names."""
    kinds = list(labels.SERVICE_TYPES)
    order = {kind: n for n, kind in enumerate(kinds)}
    by_kind = sorted(matches, key=lambda match: order.get(match.service.type, len(kinds)))
    return [
        match
        for _, rows in groupby(by_kind, key=lambda match: match.service.type)
        for match in list(rows)[:BEST]
    ]


def _draft(request: HttpRequest, file: CaseFile, service: Service) -> Referral | None:
    """What was prepared before and is to be changed, where the address says so."""
    if not (code := request.GET.get("draft", "")):
        return None
    rows = policy.visible_to(file.actor).filter(
        case=file.case, service=service, state=State.DRAFT
    )
    found: Referral = get_object_or_404(rows.select_related("case__person"), code=code)
    return found


def _ask(
    request: HttpRequest, file: CaseFile, service: Service, draft: Referral | None
) -> HttpResponse:
    barred = apart.of_case(file.case).bars(service)
    covered = case_queries.covered(
        file.case, service.agency_id, at=timezone.now(), purpose=Purpose.SERVICE, barred=barred
    )
    possible = in_order(most_for(service.agency.type) & set(SEALED))
    choices = [(group, _group_words(group, agreed=group in covered)) for group in possible]
    agreed = [group for group in possible if group in covered]
    form = Asking(
        request.POST if request.method == "POST" else None,
        groups=choices,
        initial=_asked_before(file, draft) if draft else {"groups": agreed},
    )
    if made := posted(request, form, lambda data: _prepare(file, service, draft, data)):
        return HttpResponseRedirect(reverse("referral_preview", kwargs={"code": made.code}))
    words = {
        "is_stale": is_stale(service, on=timezone.localdate()),
        "form": form,
        "service": service,
        "missing": [group for group in possible if group not in covered],
    }
    return file.page(request, "pages/refer/ask.html", "case_referrals", **words)


def _asked_before(file: CaseFile, draft: Referral) -> dict[str, Any]:
    texts = reading.texts_for(file.actor, draft, side=Party.SENDER)
    return {
        "urgency": draft.urgency, "groups": draft.groups, "note": texts.get("note", ""),
    }  # fmt: skip


def _prepare(
    file: CaseFile, service: Service, draft: Referral | None, data: dict[str, Any]
) -> Referral:
    asked: dict[str, Any] = {
        "groups": [DataGroup(group) for group in data["groups"]],
        "urgency": Urgency(data["urgency"]),
        "note": data["note"],
        "by": file.actor,
        "at": timezone.now(),
    }
    if draft is not None:
        return sending.redraft(code=draft.code, **asked)
    return sending.draft(
        case_code=file.case.code, service=service, purpose=Purpose.SERVICE, **asked
    )


def _group_words(group: str, *, agreed: bool) -> str:
    said = gettext("%(group)s – agreed to") if agreed else gettext("%(group)s – no consent yet")
    return said % {"group": labels.group(group)}


urlpatterns = [path("cases/<str:code>/refer/", refer, name="refer"), *sending_pages]

"""The consents of a case: what is allowed now, and each consent with what may be done with it."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, override, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from cases import policy, queries, reading
from cases.models import Consent
from cases.policy import Verb
from cases.workflow import ConsentState
from kernel.groups import in_order
from pages.allowed import allowed_now, lines_of
from pages.casefile import open_file
from pages.consentwords import heard_in, opening, question, rights, speak_of, spoken_words
from pages.door import actor_of, onward, page, posted
from pages.exclusions import name_of
from pages.forms import Form, Nothing, with_blank
from pages.giving import HowGiven
from referral.actions import recalling

# So many that have ended are shown; the timeline knows all.
ENDED_SHOWN = 30


class By(Form):
    """Which newer consent takes this one's place."""

    by = forms.ChoiceField(label=pgettext_lazy("consent", "The newer consent"))

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        by = self.fields["by"]
        assert isinstance(by, forms.ChoiceField)
        by.choices = choices


@page
@require_safe
def consents(request: HttpRequest, code: str) -> HttpResponse:
    """The tab of a case: agency by agency, what it may be told now, for what and until when."""
    file, now = open_file(request, code, own=True), timezone.now()
    rows = policy.consents_visible_to(file.actor).filter(case=file.case).order_by("-pk")
    found = list(queries.with_scopes(rows))
    overrides = policy.overrides_visible_to(file.actor).filter(case=file.case).order_by("-pk")
    asked = list(overrides.select_related("agency", "asked_by"))
    apart = list(queries.kept_apart(file.case))
    words = {
        "allowed": allowed_now(found, asked, apart, at=now),
        "apart": [name_of(each) for each in apart],
        "drafts": [_lined(each) for each in found if each.state == ConsentState.DRAFT],
        "ended": [_lined(each) for each in found if _has_ended(each, now)][:ENDED_SHOWN],
        "overrides": asked,
        "may": {
            verb.value: policy.may(file.actor, verb, file.case, own=True)
            for verb in (Verb.CONSENT, Verb.ASK_OVERRIDE, Verb.WRITE)
        },
    }
    return file.page(request, "pages/consent/consents.html", "consents", **words)


@page
@require_safe
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """One consent in words. Names of witness and guardian come out when they are asked for."""
    actor, found = actor_of(request), _find(request, code)
    now, not_now = policy.verbs_of_consent(actor, found)
    own = policy.is_own(actor, found.case)
    names = {}
    if own and request.GET.get("open") == "names":
        names = reading.names_on(found, by=actor)
    words = {
        "consent": found,
        "lines": lines_of(found),
        "live": found.is_live(timezone.now()),
        "own": own,
        "has_names": bool(found.witness or found.guardian),
        "names": names,
        "now": now,
        "not_now": not_now,
    }
    return render(request, "pages/consent/consent.html", words)


@page
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    found = _may_change(request, code)
    form = Nothing(request.POST if request.method == "POST" else None)
    ended = posted(
        request,
        form,
        lambda data: recalling.withdraw_consent(
            code=found.code, by=actor_of(request), at=timezone.now()
        ),
    )
    if ended:
        said = gettext_lazy("Withdrawn. What was open because of it is closed now.")
        return onward(request, said, "consents", code=found.case.code)
    words = {"consent": found, "form": form, "lines": lines_of(found)}
    return render(request, "pages/consent/withdraw.html", words)


@page
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest, code: str) -> HttpResponse:
    """Record that a draft was answered with yes, as it stands."""
    found = _may_change(request, code)
    person = found.case.person
    speak = speak_of(request, person)
    form = HowGiven(
        request.POST if request.method == "POST" else None,
        child=person.is_child,
        heard_in=heard_in(speak, person),
    )
    given = posted(
        request,
        form,
        lambda data: recalling.give_consent(
            code=found.code, giving=form.giving(data), by=actor_of(request), at=timezone.now()
        ),
    )
    if given:
        said = gettext_lazy("The consent is recorded.")
        return onward(request, said, "consents", code=found.case.code)
    return render(
        request,
        "pages/consent/give.html",
        {"consent": found, "form": form, **_sentences(found, speak), **spoken_words(speak)},
    )


@page
@require_http_methods(["GET", "POST"])
def replace(request: HttpRequest, code: str) -> HttpResponse:
    """A newer consent takes its place; what that one leaves out ends."""
    found = _may_change(request, code)
    form = By(
        request.POST if request.method == "POST" else None,
        choices=with_blank(_newer(actor_of(request), found)),
    )
    replaced = posted(
        request,
        form,
        lambda data: recalling.supersede_consent(
            code=found.code, with_code=data["by"], by=actor_of(request), at=timezone.now()
        ),
    )
    if replaced:
        said = gettext_lazy("Replaced. The newer consent alone says what may be shared.")
        return onward(request, said, "consents", code=found.case.code)
    words = {
        "title": gettext("Replace this consent by a newer one"),
        "words": gettext("What the newer consent does not allow ends at once."),
        "button": gettext("Replace it"),
        "form": form,
        "back": reverse("consent", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


@page
@require_safe
def consent_print(request: HttpRequest, code: str) -> HttpResponse:
    """A sheet for signatures, in the person's language and without the person's name."""
    found = _find(request, code)
    speak = speak_of(request, found.case.person)
    words = {
        "consent": found,
        "child": found.case.person.is_child,
        "draft": found.state == ConsentState.DRAFT,
        **_sentences(found, speak),
    }
    with override(speak):
        sheet = render_to_string("pages/consent/sheet.html", words)
    return render(
        request,
        "pages/consent/print.html",
        {"consent": found, "sheet": sheet, **spoken_words(speak)},
    )


def _find(request: HttpRequest, code: str) -> Consent:
    rows = policy.consents_visible_to(actor_of(request)).select_related(
        "case__person", "case__owner", "recorded_by"
    )
    return get_object_or_404(queries.with_scopes(rows), code=code)


def _may_change(request: HttpRequest, code: str) -> Consent:
    found = _find(request, code)
    policy.may(actor_of(request), Verb.CONSENT, found.case).require()
    return found


def _has_ended(consent: Consent, now: Any) -> bool:
    return consent.state != ConsentState.DRAFT and not consent.is_live(now)


def _lined(consent: Consent) -> tuple[Consent, list[Any]]:
    return consent, lines_of(consent)


def _newer(actor: Member, found: Consent) -> list[tuple[str, str]]:
    """The other consents of the case that are live, each by whom it names and its last day."""
    now = timezone.now()
    rows = policy.consents_visible_to(actor).filter(case=found.case).exclude(pk=found.pk)
    return [
        (each.code, _in_words(each))
        for each in queries.with_scopes(rows).order_by("-pk")
        if each.is_live(now)
    ]


def _in_words(consent: Consent) -> str:
    names = ", ".join(dict.fromkeys(line.agency.name for line in lines_of(consent)))
    return gettext("%(code)s: %(agencies)s") % {"code": consent.code, "agencies": names}


def _sentences(consent: Consent, speak: str) -> dict[str, Any]:
    """What the consent asks, agency by agency, in the person's language."""
    return {
        "parts": [
            {
                "line": line,
                "opening": opening(line.purpose, agency=line.agency.name, speak=speak),
                "questions": [
                    question(group, agency=line.agency.name, speak=speak)
                    for group in in_order(line.groups)
                ],
            }
            for line in lines_of(consent)
        ],
        "rights": rights(speak),
    }


urlpatterns = [
    path("cases/<str:code>/consent/", consents, name="consents"),
    path("consents/<str:code>/", consent, name="consent"),
    path("consents/<str:code>/withdraw/", withdraw, name="consent_withdraw"),
    path("consents/<str:code>/give/", give, name="consent_give"),
    path("consents/<str:code>/replace/", replace, name="consent_replace"),
    path("consents/<str:code>/print/", consent_print, name="consent_print"),
]

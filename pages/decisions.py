"""The acts of the formal procedure, each on a page of its own: one table, one view."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.models import Agency, Member
from cases import policy as case_policy
from identification import policy, queries
from identification.actions import deciding, submitting
from identification.actions.submitting import Anonymous
from identification.models import Identification
from identification.workflow import Verb
from pages import decisionforms as forms
from pages.casefile import CaseFile, open_file
from pages.door import onward, page, posted

# The code of the case, what the form holds, by whom and when.
Do = Callable[[str, dict[str, Any], Member, dt.datetime], Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its form, what is done, and its words before and after."""

    form: type[forms.ActForm]
    do: Do
    title: Any
    said: Any
    words: Any = ""
    danger: bool = False


def _plain(act: Callable[..., Any]) -> Do:
    """An action that takes what its form holds."""
    return lambda code, data, by, at: act(code=code, **data, by=by, at=at)


def _decline(code: str, data: dict[str, Any], by: Member, at: dt.datetime) -> Any:
    told = data.pop("wish") == "yes"
    anonymous = Anonymous(**data) if told else None
    return submitting.decline(code=code, anonymous=anonymous, by=by, at=at)


def _tell(code: str, data: dict[str, Any], by: Member, at: dt.datetime) -> Any:
    decision, whom = data.pop("telling").split()
    return deciding.tell(code=decision, whom=whom, **data, by=by, at=at)


ACTS: dict[str, Act] = {
    Verb.TAKE_BACK: Act(
        forms.JustSo,
        _plain(submitting.take_back),
        pgettext_lazy("identification", "Take it back"),
        gettext_lazy("It is taken back. The authority sees the case no longer."),
        gettext_lazy("The person wants no decision now. All help goes on."),
    ),
    Verb.DECLINE: Act(
        forms.Decline,
        _decline,
        pgettext_lazy("identification", "The person does not want the formal procedure"),
        gettext_lazy("It is written down. All help goes on."),
        gettext_lazy("An adult may say no, may think again later, and gets all help anyway."),
    ),
    Verb.RESUME: Act(
        forms.JustSo,
        _plain(submitting.resume),
        pgettext_lazy("identification", "The person wants the formal procedure after all"),
        gettext_lazy("It can be submitted now."),
    ),
    Verb.RECONSIDER: Act(
        forms.Reconsider,
        _plain(submitting.reconsider),
        pgettext_lazy("identification", "Ask for another look"),
        gettext_lazy("Another officer will look at it."),
        gettext_lazy("On new evidence, with the person's consent. Another officer decides."),
    ),
    "tell": Act(
        forms.Tell,
        _tell,
        pgettext_lazy("identification", "Write down that a decision was told"),
        gettext_lazy("It is written down that the decision was told."),
        gettext_lazy(
            "Tell it in person, in a language that is understood, and say what may be done "
            "against it."
        ),
    ),
    Verb.REQUEST_MORE: Act(
        forms.AskMore,
        _plain(deciding.request_more),
        pgettext_lazy("identification", "Ask for more information"),
        gettext_lazy("The question is asked. The case is off your desk until it comes back."),
        gettext_lazy("Ask only what you need, so that the person need not tell it all again."),
    ),
    Verb.RECOGNISE: Act(
        forms.Decide,
        _plain(deciding.recognise),
        pgettext_lazy("identification", "There are reasonable grounds"),
        gettext_lazy("The time for reflection has begun."),
        gettext_lazy("The time for reflection begins. Nothing is decided before its end."),
    ),
    "extend": Act(
        forms.Extend,
        _plain(deciding.extend),
        pgettext_lazy("identification", "Give longer for reflection"),
        gettext_lazy("The time for reflection is longer now."),
        gettext_lazy("It can be made longer, never shorter."),
    ),
    Verb.CONFIRM: Act(
        forms.Decide,
        _plain(deciding.confirm),
        pgettext_lazy("identification", "Confirm"),
        gettext_lazy("It is confirmed. The case is off your desk."),
    ),
    Verb.REJECT: Act(
        forms.Decide,
        _plain(deciding.reject),
        pgettext_lazy("identification", "Do not confirm"),
        gettext_lazy("The decision is written down. The case is off your desk."),
        gettext_lazy("Help goes on, and the person may ask for another look."),
        danger=True,
    ),
}
SUBMIT = pgettext_lazy("identification", "Submit for a decision")
TITLES: dict[str, Any] = {
    Verb.SUBMIT: SUBMIT,
    **{verb: act.title for verb, act in ACTS.items()},
}


@page
@require_http_methods(["GET", "POST"])
def identification_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """One act of the formal procedure: asked for, and done."""
    if verb not in ACTS:
        raise Http404
    act = ACTS[verb]
    file, found = find(request, code)
    _require(file, verb, found)
    sent = request.POST if request.method == "POST" else None
    form = act.form(sent, actor=file.actor, about=found)
    at = timezone.now()
    if posted(request, form, lambda data: act.do(code, data, file.actor, at)):
        return _next(request, file, act.said)
    return file.page(
        request,
        "pages/identification/act.html",
        "identification",
        verb=verb,
        title=act.title,
        words=act.words,
        danger=act.danger,
        form=form,
        back=reverse("identification", kwargs={"code": code}),
        consent=_missing(file, found) if verb == Verb.RECONSIDER else None,
    )


@page
@require_http_methods(["GET", "POST"])
def identification_submit(request: HttpRequest, code: str) -> HttpResponse:
    """Ask an authority for a decision: which one, whether the person agrees, and then so."""
    file, found = find(request, code)
    _require(file, Verb.SUBMIT, found)
    at = timezone.now()
    bodies = queries.authorities(file.actor, on=timezone.localdate())
    if len(bodies) != 1 and "agency" not in request.GET:
        return file.page(
            request, "pages/identification/whom.html", "identification", bodies=bodies
        )
    asked = request.GET.get("agency", bodies[0].code if bodies else "")
    authority = next((each for each in bodies if each.code == asked), None)
    if authority is None:
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = forms.Submit(sent, actor=file.actor, about=found)
    words: dict[str, Any] = {"authority": authority, "best_interest": ""}
    if posted(
        request,
        form,
        lambda data: submitting.submit(code=code, **(words | data), by=file.actor, at=at),
    ):
        return onward(request, gettext_lazy("It is submitted."), "identification", code=code)
    consented = queries.is_consented(file.case, authority.pk, at=at)
    return file.page(
        request,
        "pages/identification/act.html",
        "identification",
        verb=Verb.SUBMIT.value,
        title=SUBMIT,
        words=gettext_lazy("The authority sees only what the person has agreed to."),
        authority=authority,
        form=form,
        back=reverse("identification", kwargs={"code": code}),
        consent=None if consented else authority,
    )


def find(request: HttpRequest, code: str) -> tuple[CaseFile, Identification]:
    """The identification of a case, begun or not, for its owner's side and its officers."""
    file = open_file(request, code)
    found = queries.of_case(file.case)
    found.case = file.case
    if not policy.sees(file.actor, found, rows=file.rows):
        raise Http404
    return file, found


def _require(file: CaseFile, verb: str, found: Identification) -> None:
    """Refuse who may not do this at all; when, the action says, beside what was typed."""
    if verb == "tell":
        case_policy.may(file.actor, case_policy.Verb.IDENTIFY, file.case).require()
    else:
        asked = Verb.CONFIRM if verb == "extend" else Verb(verb)
        policy.may(file.actor, asked, found).require()


def _missing(file: CaseFile, found: Identification) -> Agency | None:
    """The authority to whose reading the person has not agreed, or no longer."""
    authority = found.authority
    if authority is None or queries.is_consented(file.case, authority.pk, at=timezone.now()):
        return None
    return authority


def _next(request: HttpRequest, file: CaseFile, said: Any) -> HttpResponse:
    """Back to the case; to the desk, where it is off that now."""
    if case_policy.visible_to(file.actor).filter(pk=file.case.pk).exists():
        return onward(request, said, "identification", code=file.case.code)
    return onward(request, said, "desk")


urlpatterns = [
    path(
        "cases/<str:code>/identification/submit/",
        identification_submit,
        name="identification_submit",
    ),
    path(
        "cases/<str:code>/identification/<str:verb>/",
        identification_verb,
        name="identification_verb",
    ),
]

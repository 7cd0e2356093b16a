"""The plan of a case: how support stands, its goals and actions, and what may be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Member
from cases.models import Case
from cases.workflow import Assent, GivenBy
from kernel.errors import Refused
from pages import planforms as forms
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, page, posted
from pages.forms import Form, Nothing
from reintegration import policy, reading
from reintegration.actions import planning
from reintegration.models import Goal, Plan, Review
from reintegration.workflow import ReviewState, State, Verb

# How it stands, in a sentence.
STANDS: dict[str, Any] = {
    State.NONE: gettext_lazy(
        "There is no plan yet. A plan holds what the person wants to reach, and who does what "
        "for it by when."
    ),
    State.PLANNED: gettext_lazy(
        "The plan is being made. Set its goals together with the person, then write down that "
        "they agree."
    ),
    State.ACTIVE: gettext_lazy("The plan was agreed to and is being carried out."),
    State.COMPLETED: gettext_lazy("The plan has come to its good end."),
    State.STOPPED: gettext_lazy("The plan was stopped before its end."),
}


@dataclass(frozen=True, slots=True)
class Act:
    """One verb: its form, the action behind it, and its words before and after."""

    form: Callable[[Member, Plan, Any], Form]
    act: Callable[..., Any]
    title: Any
    said: Any
    words: Any = ""
    danger: bool = False


def _agree(actor: Member, plan: Plan, data: Any) -> Form:
    return forms.AgreeForChild(data) if plan.case.person.is_child else forms.Agree(data)


def _revise(actor: Member, plan: Plan, data: Any) -> Form:
    if data is not None:
        return forms.Revise(data)
    written = {
        "objectives": reading.words_of_plan(actor, plan, [])[plan.code],
        "types": plan.types,
        "planned_end": plan.planned_end,
        "version": plan.version,
    }
    return forms.Revise(initial=written)


def _change(*, code: str, version: int, by: Member, at: Any, **facts: Any) -> Plan:
    return planning.revise(code=code, facts=facts, version=version, by=by, at=at)


PLAN_VERBS: dict[str, Act] = {
    "set_goal": Act(
        lambda _, plan, data: forms.SetGoal(data),
        planning.set_goal,
        pgettext_lazy("plan", "Set a goal"),
        gettext_lazy("The goal is set. Who does what for it, and by when?"),
        gettext_lazy("One goal at a time, small enough to be reached."),
    ),
    Verb.AGREE: Act(
        _agree,
        planning.agree,
        pgettext_lazy("plan", "The person agrees"),
        gettext_lazy("The plan is under way. Its reviews are planned."),
        gettext_lazy(
            "Read the plan to the person, goal by goal. Write this down only when they agree "
            "to it themselves."
        ),
    ),
    "revise": Act(
        _revise,
        _change,
        pgettext_lazy("plan", "Change the plan"),
        gettext_lazy("The plan is changed."),
    ),
    Verb.COMPLETE: Act(
        lambda _, plan, data: Nothing(data),
        planning.complete,
        pgettext_lazy("plan", "Complete the plan"),
        gettext_lazy("The plan is completed."),
        gettext_lazy("Every goal is met or given up. No more reviews of it will be asked for."),
    ),
    Verb.STOP: Act(
        lambda _, plan, data: forms.Stop(data),
        planning.stop,
        pgettext_lazy("plan", "Stop the plan"),
        gettext_lazy("The plan is stopped."),
        gettext_lazy(
            "What is still to be done is given up, and its reviews are not held any more."
        ),
        danger=True,
    ),
}


@page
@require_safe
def plan(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    actor = file.actor
    rows = policy.plans_visible_to(actor).filter(case=file.case).order_by("-pk")
    plans = list(rows.select_related("drafted_by"))
    state = State(plans[0].state) if plans else State.NONE
    words: dict[str, Any] = {
        "here": "plan",
        "stands": STANDS[state],
        "support": reading.verbs_of_case(actor, file.case, state, own=True),
        "next_review": _next_review(actor, file.case),
        "warnings": policy.alerts_visible_to(actor)
        .filter(case=file.case, resolved_at__isnull=True)
        .count(),
    }
    if plans:
        wanted = _wanted(plans, request.GET.get("plan"))
        words |= _shown(request, file, wanted)
        words |= {"others": [each for each in plans if each != wanted]}
    return file.page(request, "pages/plan/plan.html", "plan", **words)


@page
@require_http_methods(["GET", "POST"])
def plan_new(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    form = forms.Draft(request.POST if request.method == "POST" else None)
    made = posted(
        request,
        form,
        lambda data: planning.draft_plan(
            code=file.case.code, **data, by=file.actor, at=timezone.now()
        ),
    )
    if made:
        return back(request, gettext_lazy("The plan is begun. Now set its goals."), file.case)
    title = pgettext_lazy("plan", "Begin a plan")
    return act_page(request, file, form, title, reverse("plan", kwargs={"code": code}))


@page
@require_http_methods(["GET", "POST"])
def plan_verb(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    rows = policy.plans_visible_to(actor_of(request)).select_related("case")
    wanted, act = get_object_or_404(rows, code=code), find_act(PLAN_VERBS, verb)
    file = open_file(request, wanted.case.code, own=True)
    wanted.case = file.case
    asked = request.method == "GET"
    if asked:
        require(reading.verbs_for(file.actor, wanted, own=True), verb, wanted.state)
    form = act.form(file.actor, wanted, None if asked else request.POST)
    made = posted(
        request,
        form,
        lambda data: act.act(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        return back(request, act.said, file.case)
    return act_page(
        request, file, form, act.title, plan_address(request, file.case),
        words=act.words, danger=act.danger,
    )  # fmt: skip


def act_page(
    request: HttpRequest, file: CaseFile, form: Form, title: Any, back_to: str, **more: Any
) -> HttpResponse:
    """One act with its form, under the head of its case."""
    return file.page(
        request, "pages/plan/act.html", "plan", form=form, title=title, back=back_to, **more
    )


def find_act(verbs: dict[str, Act], verb: str) -> Act:
    if verb not in verbs:
        raise Http404
    return verbs[verb]


def require(verbs: reading.Verbs, verb: str, state: str) -> None:
    """Say at once why something is not possible, before anybody fills in a form for it."""
    if why := verbs["not_now"].get(verb):
        raise Refused(why, state=state)


def plan_address(request: HttpRequest, case: Case) -> str:
    """The plan; with its words open, if the reader comes from where they were."""
    opened = "?open=words" if request.GET.get("open") == "words" else ""
    return reverse("plan", kwargs={"code": case.code}) + opened


def back(request: HttpRequest, said: Any, case: Case) -> HttpResponse:
    messages.success(request, str(said))
    return HttpResponseRedirect(plan_address(request, case))


def _wanted(plans: list[Plan], code: str | None) -> Plan:
    """The newest, or the earlier one that the address names."""
    if code is None:
        return plans[0]
    found = next((each for each in plans if each.code == code), None)
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, file: CaseFile, wanted: Plan) -> dict[str, Any]:
    wanted.case = file.case
    actions = policy.actions_visible_to(file.actor).select_related("responsible").order_by("pk")
    goals = policy.goals_visible_to(file.actor).order_by("area", "pk")
    prefetch_related_objects(
        [wanted], Prefetch("goals", goals.prefetch_related(Prefetch("actions", actions)))
    )
    theirs: list[Goal] = list(wanted.goals.all())
    verbs = reading.verbs_for(file.actor, wanted, own=True)
    opened = request.GET.get("open") == "words"
    return {
        "plan": wanted,
        "stands": STANDS[wanted.state],
        "goals": theirs,
        "opened": opened,
        "texts": reading.words_of_plan(file.actor, wanted, theirs) if opened else {},
        "agreed_by": GivenBy(wanted.agreed_by).label if wanted.agreed_by else "",
        "assent": Assent(wanted.assent).label if wanted.assent else "",
        "can_change": "revise" in verbs["now"],
        "now": [(verb, act) for verb, act in PLAN_VERBS.items() if verb in verbs["now"]],
        "not_now": [(PLAN_VERBS[verb].title, why) for verb, why in verbs["not_now"].items()],
    }


def _next_review(actor: Member, case: Case) -> Review | None:
    due = policy.reviews_visible_to(actor).filter(case=case, state=ReviewState.DUE)
    return due.order_by("due_on", "pk").first()


urlpatterns = [
    path("cases/<str:code>/plan/", plan, name="plan"),
    path("cases/<str:code>/plan/new/", plan_new, name="plan_new"),
    path("plans/<str:code>/do/<str:verb>/", plan_verb, name="plan_verb"),
]

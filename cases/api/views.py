"""Cases, persons, notes, consents and explanations over HTTP."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy as agency_policy
from agencies.api.auth import actor_of
from agencies.api.listing import listing
from agencies.api.serializers import known
from agencies.models import Member
from audit import log
from cases import policy, queries, reading, vault
from cases.actions import consent as consents
from cases.actions import lifecycle, override, person
from cases.actions.consent import Scope
from cases.api import serializers as s
from cases.models import Case, Consent, Override
from cases.policy import Verb
from cases.workflow import State
from edge import paging
from edge.answers import AFTER, listed, page, shape
from edge.versions import etag, require_match
from edge.views import ActView, Input, View
from kernel.errors import Invalid, Missing
from kernel.groups import TRIAGE_ONLY, DataGroup, in_order

OBJECT = OpenApiTypes.OBJECT


def find_case(request: Request, code: str) -> Case:
    """The case, if the caller may know that it exists."""
    rows = policy.visible_to(actor_of(request)).select_related(
        "owner", "person", "worker__agency"
    )
    return looked_at(request, get_object_or_404(rows, code=code))


def find_own_case(request: Request, code: str) -> Case:
    rows = policy.owned_and_visible_to(actor_of(request)).select_related(
        "owner", "person", "worker__agency"
    )
    return looked_at(request, get_object_or_404(rows, code=code))


def looked_at(request: Request, case: Case) -> Case:
    """The case, once it is on the record that its card, or a list beside it, was seen."""
    if request.method in SAFE_METHODS:
        part = request.path.rstrip("/").rsplit("/", 1)[-1]
        log.record(
            "read.case",
            by=actor_of(request),
            about=case.code,
            case=case.code,
            groups=TRIAGE_ONLY,
            # The last word of the address; a code there is the case's or the person's own.
            facts={"part": "" if "-" in part else part},
        )
    return case


def shown_case(request: Request, code: str) -> Response:
    """The case as far as it is open to the caller, with what they may do and why not."""
    actor = actor_of(request)
    found = policy.seen(actor, code)
    if found is None:
        raise Http404
    case, rows = found
    looked_at(request, case)
    own = any(row.because in policy.OWN for row in rows)
    groups = in_order(group for row in rows for group in row.scope)
    if not own:
        # A receiver knows the code, the owner and its own groups: nothing else of the case.
        return Response(
            {"code": case.code, "owner": case.owner.code, "because": rows[0].because,
             "groups": groups, "verbs": verbs_of(actor, case, own=False)}
        )  # fmt: skip
    body = {
        **s.case_out(case),
        "because": sorted({row.because for row in rows}),
        "groups": groups,
        "groups_held": vault.groups_held(case.person),
        "verbs": verbs_of(actor, case, own=True),
    }
    response = Response(body)
    response["ETag"] = etag(case.code, case.version)
    return response


def verbs_of(actor: Member, case: Case, *, own: bool) -> s.Verbs:
    """What may be done now, and for the rest why not, as codes."""
    now, not_now = policy.verbs_of_case(actor, case, own=own)
    return {"now": now, "not_now": not_now}


class Cases(ActView):
    """The cases you may see, newest first; and registering one."""

    serializer_class = s.CaseIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="case_list",
        parameters=[AFTER, OpenApiParameter("state", str, enum=State.values)],
        responses={200: page(s.CaseLine)},
    )
    def get(self, request: Request) -> Response:
        state = request.query_params.get("state", "")
        if state and state not in State.values:
            raise Invalid("unknown_code", pointer="/state")
        rows = queries.case_list(
            actor_of(request),
            below=paging.start_of(request),
            at=timezone.now(),
            wanted=queries.Wanted(state=state),
        )
        found = paging.page_of(
            rows, number=lambda row: row.number, show=lambda row: row.shown()
        )
        return listing(request, "cases", found)

    @extend_schema(operation_id="case_register", responses={201: shape(s.CaseShown)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return lifecycle.register(
            source=data["source"],
            risk=data["risk"],
            person=dict(data.get("person", {})),
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_case(request, code)


class CaseDetail(View):
    """One case."""

    serializer_class = s.CaseChange

    @extend_schema(operation_id="case_show", responses={200: shape(s.CaseShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_case(request, code)

    @extend_schema(operation_id="case_change", responses={200: shape(s.CaseShown)})
    def patch(self, request: Request, code: str) -> Response:
        case = find_case(request, code)
        policy.may(actor_of(request), Verb.WRITE, case).require()
        require_match(request, case.code, case.version)
        data = self.read(request)
        lifecycle.change(
            code=code, facts=data, version=case.version, by=actor_of(request), at=timezone.now()
        )
        return shown_case(request, code)


class CaseVerb(ActView):
    """One verb of a case. The answer is the case as it stands afterwards."""

    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(s.CaseShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        _, handle, asked = CASE_VERBS[self.verb]
        case = find_case(request, code)
        # Asked before anything that the body names is looked up, so that a refusal is told first.
        if asked is not None:
            policy.may(actor_of(request), asked, case).require()
        handle(request, code, data)
        return code

    def show(self, request: Request, code: str) -> Response:
        try:
            return shown_case(request, code)
        except Http404:
            # Handed on: done, and by that out of the caller's sight.
            return Response({"code": code, "because": [], "groups": []})


def _colleague(request: Request, username: str, pointer: str) -> Member:
    rows = agency_policy.members_visible_to(actor_of(request)).select_related("agency")
    member: Member = known(pointer, rows, username=username)
    return member


def agency_named(request: Request, code: str, pointer: str) -> Any:
    return known(pointer, agency_policy.agencies_visible_to(actor_of(request)), code=code)


def _open(request: Request, code: str, data: Input) -> None:
    lifecycle.open_case(code=code, by=actor_of(request), at=timezone.now())


def _assign(request: Request, code: str, data: Input) -> None:
    to = _colleague(request, data["to"], "/to")
    lifecycle.assign(code=code, to=to, by=actor_of(request), at=timezone.now())


def _hand_over(request: Request, code: str, data: Input) -> None:
    to = _colleague(request, data["to"], "/to")
    lifecycle.hand_over(
        code=code, to=to, note=data["note"], by=actor_of(request), at=timezone.now()
    )


def _follow_up(request: Request, code: str, data: Input) -> None:
    lifecycle.follow_up(code=code, by=actor_of(request), at=timezone.now())


def _plan_follow_ups(request: Request, code: str, data: Input) -> None:
    lifecycle.plan_follow_ups(
        code=code, dates=data["dates"], by=actor_of(request), at=timezone.now()
    )


def _set_task(request: Request, code: str, data: Input) -> None:
    assignee = _colleague(request, data["assignee"], "/assignee")
    lifecycle.set_task(
        code=code,
        text=data["text"],
        assignee=assignee,
        due_at=data["due_at"],
        by=actor_of(request),
        at=timezone.now(),
    )


Handler = Callable[[Request, str, Input], None]
# The body, what is done, and what the policy is asked; a move is asked by the action itself.
CASE_VERBS: dict[str, tuple[type[serializers.Serializer[Any]], Handler, Verb | None]] = {
    "open": (s.Nothing, _open, None),
    "assign": (s.ToMember, _assign, Verb.ASSIGN),
    "hand_over": (s.HandOverIn, _hand_over, Verb.HAND_OVER),
    "plan_follow_ups": (s.FollowUpsIn, _plan_follow_ups, Verb.PLAN_FOLLOW_UPS),
    "follow_up": (s.Nothing, _follow_up, None),
    "tasks": (s.TaskIn, _set_task, Verb.SET_TASK),
}


class Notes(ActView):
    """Notes on a case: one's own, the agency's, and the shared ones."""

    serializer_class = s.NoteIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="note_list", parameters=[AFTER], responses={200: page(s.NoteOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        return self.show(request, code)

    @extend_schema(operation_id="note_write", responses={201: page(s.NoteOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        find_case(request, code)
        lifecycle.note(code=code, **data, by=actor_of(request), at=timezone.now())
        return code

    def show(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        case = find_own_case(request, code)
        rows = policy.notes_visible_to(actor, case).select_related("author")
        shown = paging.newest(request, rows, show=lambda note: note)
        texts = reading.texts_of(shown["results"], case=case, by=actor)
        shown["results"] = [s.note_out(note, texts[note.code]) for note in shown["results"]]
        return Response(shown)


class Timeline(View):
    """Everything that happened in a case, newest first, for its owner's side."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="case_timeline", parameters=[AFTER], responses={200: page(s.EntryOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        return Response(paging.newest(request, case.timeline.all(), show=s.entry_out))


class Explain(View):
    """Who can see this case now, and why; with `member`, why that one can: nothing if not."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="case_explain",
        parameters=[OpenApiParameter("member", str)],
        responses={200: listed(s.Seer)},
    )
    def get(self, request: Request, code: str) -> Response:
        case = get_object_or_404(policy.explainable_to(actor_of(request)), code=code)
        found = queries.explain_case(case, at=timezone.now())
        if username := request.query_params.get("member", ""):
            found = [entry for entry in found if entry["member"] == username]
        return Response({"results": found})


class FindPerson(View):
    """Find one's own agency's people by name, in any of its usual spellings."""

    serializer_class = s.FindIn

    @extend_schema(operation_id="person_find", responses={200: listed(s.Found)})
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        found = person.find(name=self.read(request)["name"], by=actor)
        return Response({"results": found})


class Consents(ActView):
    """The consents of a case; and drafting one."""

    serializer_class = s.ConsentIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="consent_list", parameters=[AFTER], responses={200: page(s.ConsentOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        rows = with_scopes(policy.consents_visible_to(actor_of(request)).filter(case=case))
        return Response(paging.newest(request, rows, show=s.consent_out))

    @extend_schema(operation_id="consent_draft", responses={201: shape(s.ConsentShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        find_case(request, where["code"])
        scopes = [
            Scope(
                agency_named(request, scope["agency"], f"/scopes/{n}/agency"),
                DataGroup(group),
                scope["purpose"],
            )
            for n, scope in enumerate(data["scopes"])
            for group in scope["groups"]
        ]
        return consents.draft(
            code=where["code"],
            scopes=scopes,
            expires_at=data["expires_at"],
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_consent(request, code)


class ConsentDetail(View):
    """One consent, with what may be done with it."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="consent_show", responses={200: shape(s.ConsentShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_consent(request, code)


class Overrides(ActView):
    """Sharing without consent: asked for here, decided by a second person."""

    serializer_class = s.OverrideIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="override_list", parameters=[AFTER], responses={200: page(s.OverrideOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        rows = policy.overrides_visible_to(actor_of(request)).filter(case=case)
        related = rows.select_related("case", "agency", "asked_by", "decided_by")
        return Response(paging.newest(request, related, show=s.override_out))

    @extend_schema(operation_id="override_ask", responses={201: shape(s.OverrideShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        find_case(request, where["code"])
        return override.ask(
            code=where["code"],
            agency=agency_named(request, data["agency"], "/agency"),
            groups=[DataGroup(group) for group in data["groups"]],
            ground=data["ground"],
            reason=data["reason"],
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_override(request, code)


class OverrideDetail(View):
    """One override. Its reason is opened for those who decide, and that is written down."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="override_show", responses={200: shape(s.OverrideShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_override(request, code)


def with_scopes(rows: QuerySet[Consent]) -> QuerySet[Consent]:
    return rows.select_related("case").prefetch_related("scopes__agency")


def find_consent(request: Request, code: str) -> Consent:
    rows = with_scopes(policy.consents_visible_to(actor_of(request)))
    return get_object_or_404(rows, code=code)


def shown_consent(request: Request, code: str) -> Response:
    actor = actor_of(request)
    consent = find_consent(request, code)
    now, not_now = policy.verbs_of_consent(actor, consent)
    verbs = {"now": now, "not_now": not_now}
    response = Response({**s.consent_out(consent), "verbs": verbs})
    response["ETag"] = etag(consent.code, consent.version)
    return response


def find_override(request: Request, code: str) -> Override:
    rows = policy.overrides_visible_to(actor_of(request)).select_related(
        "case__person", "agency", "asked_by", "decided_by"
    )
    return get_object_or_404(rows, code=code)


def shown_override(request: Request, code: str) -> Response:
    actor = actor_of(request)
    found = find_override(request, code)
    body: dict[str, Any] = {**s.override_out(found)}
    if policy.is_own(actor, found.case):
        body["reason"] = reading.reason_of(found, by=actor)
    now, not_now = policy.verbs_of_override(actor, found)
    body["verbs"] = {"now": now, "not_now": not_now}
    response = Response(body)
    response["ETag"] = etag(found.code, found.version)
    return response


def case_of_person(request: Request, code: str) -> Case:
    """The newest case through which the caller sees the person."""
    rows = policy.visible_to(actor_of(request)).filter(person__code=code)
    case = rows.select_related("owner", "person", "worker__agency").order_by("-pk").first()
    if case is None:
        raise Missing("not_found")
    return looked_at(request, case)

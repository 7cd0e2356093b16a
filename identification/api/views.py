"""Instruments, screenings, statements and the identification of a case over HTTP."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy as agency_policy
from agencies.api.auth import actor_of
from agencies.api.listing import listing
from agencies.api.serializers import known
from cases import policy as case_policy
from cases import vault
from cases.api.views import find_case
from cases.models import Case
from cases.policy import Verb as CaseVerb
from edge import paging
from edge.answers import AFTER, listed, page, shape
from edge.versions import etag, require_match
from edge.views import ActView, Input, View
from identification import instruments, policy, queries, reading
from identification.actions import deciding, screening, submitting
from identification.actions.submitting import Anonymous
from identification.api import serializers as s
from identification.models import Decision, Identification, Screening
from identification.workflow import HTCDS_STATUS, State, Verb
from kernel.errors import Denied, Missing


class Instruments(ActView):
    """The questionnaires that a screening can begin with; and publishing a version of one."""

    serializer_class = s.InstrumentIn
    key_required = True
    created = True

    @extend_schema(operation_id="instrument_list", responses={200: listed(s.InstrumentLine)})
    def get(self, request: Request) -> Response:
        lines = [s.instrument_line(each) for each in instruments.current()]
        return Response({"results": lines})

    @extend_schema(operation_id="instrument_publish", responses={201: shape(s.InstrumentOut)})
    def post(self, request: Request) -> Response:
        policy.may_publish(actor_of(request)).require()
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return screening.publish(
            definition=data["definition"], by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return Response(s.instrument_out(_instrument(code, "")))


class InstrumentDetail(View):
    """One instrument with its questions and their guidance; the newest version if none is named."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="instrument_show",
        parameters=[OpenApiParameter("version", str)],
        responses={200: shape(s.InstrumentOut)},
    )
    def get(self, request: Request, code: str) -> Response:
        version = request.query_params.get("version", "")
        return Response(s.instrument_out(_instrument(code, version)))


class Screenings(ActView):
    """The screenings of a case, newest first; and beginning one."""

    serializer_class = s.ScreeningIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="screening_list",
        parameters=[AFTER],
        responses={200: page(s.ScreeningLine)},
    )
    def get(self, request: Request, code: str) -> Response:
        actor, case = actor_of(request), find_case(request, code)
        _require_open(request, case, policy.SCREENINGS)
        rows = policy.screenings_visible_to(actor, case)
        related = rows.select_related("case", "interviewer", "corrects")
        return Response(paging.newest(request, related, show=s.screening_line))

    @extend_schema(operation_id="screening_begin", responses={201: shape(s.ScreeningShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        case = find_case(request, where["code"])
        case_policy.may(actor_of(request), CaseVerb.SCREEN, case).require()
        return screening.begin(
            code=where["code"], **data, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_screening(request, code)


class ScreeningDetail(View):
    """One screening with its answers and what the rules suggest. PATCH keeps some answers."""

    serializer_class = s.AnswersIn

    @extend_schema(operation_id="screening_show", responses={200: shape(s.ScreeningShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_screening(request, code)

    @extend_schema(operation_id="screening_answer", responses={200: shape(s.ScreeningShown)})
    def patch(self, request: Request, code: str) -> Response:
        found = find_screening(request, code)
        case_policy.may(actor_of(request), CaseVerb.SCREEN, found.case).require()
        require_match(request, found.code, found.version)
        screening.answer(
            code=code,
            **self.read(request),
            version=found.version,
            by=actor_of(request),
            at=timezone.now(),
        )
        return shown_screening(request, code)


class ScreeningVerb(ActView):
    """Submit, correct or discard a screening; the answer is the one to go on with."""

    serializer_class = s.Nothing
    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(s.ScreeningShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        found = find_screening(request, where["code"])
        case_policy.may(actor_of(request), CaseVerb.SCREEN, found.case).require()
        act = SCREENING_VERBS[self.verb]
        return act(code=found.code, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return shown_screening(request, code)


SCREENING_VERBS: dict[str, Callable[..., Screening]] = {
    "submit": screening.submit,
    "correct": screening.correct,
    "discard": screening.discard,
}


class Statements(ActView):
    """What the person has told in their own words, so that it need not be told again."""

    serializer_class = s.StatementIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="statement_list",
        parameters=[AFTER],
        responses={200: page(s.StatementOut)},
    )
    def get(self, request: Request, code: str) -> Response:
        return self.show(request, code)

    @extend_schema(operation_id="statement_write", responses={201: page(s.StatementOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        case = find_case(request, where["code"])
        case_policy.may(actor_of(request), CaseVerb.SCREEN, case).require()
        screening.state(code=case.code, **data, by=actor_of(request), at=timezone.now())
        return case.code

    def show(self, request: Request, code: str) -> Response:
        actor, case = actor_of(request), find_case(request, code)
        _require_open(request, case, policy.STATEMENTS)
        rows = policy.statements_visible_to(actor, case).select_related("written_by")
        shown = paging.newest(request, rows, show=lambda row: row)
        texts = vault.open_texts(
            case.person,
            {row.code: bytes(row.text) for row in shown["results"]},
            by=actor,
            case=case.code,
            what="statements",
            groups=[policy.STATEMENTS],
        )
        shown["results"] = [s.statement_out(row, texts[row.code]) for row in shown["results"]]
        return Response(shown)


class IdentificationDetail(View):
    """How far the formal identification has come: for the owner's side, and for the officers on
    whose desk it lies."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="identification_show", responses={200: shape(s.IdentificationOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        return shown_identification(request, code)


class IdentificationVerb(ActView):
    """One verb of the identification. The answer is how it stands afterwards."""

    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(s.IdentificationOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        found = find_identification(request, code)
        # Asked before anything that the body names is looked up, so that a refusal is told first.
        asked = Verb.CONFIRM if self.verb == "extend" else Verb(self.verb)
        policy.may(actor_of(request), asked, found).require()
        VERBS[self.verb][1](request, code, data)
        return code

    def show(self, request: Request, code: str) -> Response:
        try:
            return shown_identification(request, code)
        except Http404:
            # Decided: done, and by that off the officer's desk and out of sight.
            return Response({"case": code})


class DecisionDetail(View):
    """One decision with its reasons. Opening them is written down."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="decision_show", responses={200: shape(s.DecisionShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_decision(request, code)


class DecisionTell(ActView):
    """The person, or a child's guardian, was told: when, how, and by what that is proven."""

    serializer_class = s.TellIn

    @extend_schema(operation_id="decision_tell", responses={200: shape(s.DecisionShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        found = find_decision(request, where["code"])
        case = found.identification.case
        case_policy.may(actor_of(request), CaseVerb.IDENTIFY, case).require()
        return deciding.tell(
            code=found.code, **data, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_decision(request, code)


class Queue(View):
    """What lies on the desk of your authority, the nearest deadline first: codes, no names."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="identification_queue", responses={200: listed(s.QueueLine)})
    def get(self, request: Request) -> Response:
        return listing(request, "desk", {"results": queries.queue(actor_of(request))})


class AnonymousNotices(View):
    """That adults were met who did not want the procedure: month, and what they let be said."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="anonymous_notice_list",
        parameters=[AFTER],
        responses={200: page(s.AnonymousOut)},
    )
    def get(self, request: Request) -> Response:
        rows = policy.notices_visible_to(actor_of(request))
        found = paging.newest(request, rows, show=s.notice_out)
        return listing(request, "anonymous_notices", found)


def find_screening(request: Request, code: str) -> Screening:
    """The screening, if the caller may know that it exists."""
    actor = actor_of(request)
    rows = policy.own_screenings(actor).select_related("case__person", "case__owner")
    found = get_object_or_404(rows, code=code)
    visible = policy.screenings_visible_to(actor, found.case)
    related = visible.select_related("case__person", "case__owner", "interviewer", "corrects")
    return get_object_or_404(related, code=code)


def shown_screening(request: Request, code: str) -> Response:
    found = find_screening(request, code)
    content = reading.read(found, by=actor_of(request), why="screening")
    definition = reading.definition_of(found)
    answers = {name: said["answer"] for name, said in content["answers"].items()}
    response = Response(
        {
            **s.screening_line(found),
            "answers": content["answers"],
            "remarks": content["remarks"],
            "suggestions": [
                s.suggestion_out(definition, each)
                for each in instruments.suggest(definition, answers)
            ],
        }
    )
    response["ETag"] = etag(found.code, found.version)
    return response


def find_identification(request: Request, case_code: str) -> Identification:
    """The identification of the case, begun or not, for its owner's side and its officers."""
    actor = actor_of(request)
    case = find_case(request, case_code)
    found = queries.of_case(case)
    found.case = case
    if not policy.sees(actor, found):
        raise Http404
    return found


def shown_identification(request: Request, case_code: str) -> Response:
    actor = actor_of(request)
    found = find_identification(request, case_code)
    decisions: list[s.DecisionLine] = []
    if found.pk is not None:
        rows = found.decisions.select_related("authority", "decided_by").order_by("-pk")
        decisions = [s.decision_line(row) for row in rows.prefetch_related("tellings__told_by")]
    return Response(
        s.identification_out(
            found,
            reading.texts_for(actor, found),
            status=HTCDS_STATUS.get(State(found.state)),
            decisions=decisions,
            retelling=s.retelling_out(queries.retelling(found.case)),
            verbs=reading.verbs_for(actor, found),
        )
    )


def find_decision(request: Request, code: str) -> Decision:
    rows = policy.decisions_visible_to(actor_of(request)).select_related(
        "identification__case__person", "identification__case__owner", "authority",
        "decided_by",
    )  # fmt: skip
    return get_object_or_404(rows.prefetch_related("tellings__told_by"), code=code)


def shown_decision(request: Request, code: str) -> Response:
    found = find_decision(request, code)
    reasons, proofs = reading.reasons_of(actor_of(request), found)
    body: s.DecisionShown = {
        **s.decision_line(found),
        "case": found.identification.case.code,
        "reasons": reasons,
        "proofs": proofs,
    }
    return Response(body)


def _instrument(code: str, version: str) -> instruments.Definition:
    found = instruments.get(code, version) if version else instruments.latest(code)
    if found is None:
        raise Missing("not_found")
    return found


def _require_open(request: Request, case: Case, group: Any) -> None:
    actor = actor_of(request)
    if group not in case_policy.groups(actor, case):
        raise Denied("group_not_open")


def _submit(request: Request, code: str, data: Input) -> None:
    agencies = agency_policy.agencies_visible_to(actor_of(request))
    submitting.submit(
        code=code,
        authority=known("/authority", agencies, code=data["authority"]),
        best_interest=data["best_interest"],
        by=actor_of(request),
        at=timezone.now(),
    )


def _take_back(request: Request, code: str, data: Input) -> None:
    submitting.take_back(code=code, by=actor_of(request), at=timezone.now())


def _decline(request: Request, code: str, data: Input) -> None:
    wish = data["anonymous"]
    submitting.decline(
        code=code,
        anonymous=None if wish is None else Anonymous(**wish),
        by=actor_of(request),
        at=timezone.now(),
    )


def _resume(request: Request, code: str, data: Input) -> None:
    submitting.resume(code=code, by=actor_of(request), at=timezone.now())


def _reconsider(request: Request, code: str, data: Input) -> None:
    submitting.reconsider(code=code, **data, by=actor_of(request), at=timezone.now())


def _request_more(request: Request, code: str, data: Input) -> None:
    deciding.request_more(code=code, **data, by=actor_of(request), at=timezone.now())


def _recognise(request: Request, code: str, data: Input) -> None:
    deciding.recognise(code=code, **data, by=actor_of(request), at=timezone.now())


def _extend(request: Request, code: str, data: Input) -> None:
    deciding.extend(code=code, **data, by=actor_of(request), at=timezone.now())


def _confirm(request: Request, code: str, data: Input) -> None:
    deciding.confirm(code=code, **data, by=actor_of(request), at=timezone.now())


def _reject(request: Request, code: str, data: Input) -> None:
    deciding.reject(code=code, **data, by=actor_of(request), at=timezone.now())


Handler = Callable[[Request, str, Input], None]
VERBS: dict[str, tuple[type[serializers.Serializer[Any]], Handler]] = {
    "submit": (s.SubmitIn, _submit),
    "take_back": (s.Nothing, _take_back),
    "decline": (s.DeclineProcedureIn, _decline),
    "resume": (s.Nothing, _resume),
    "reconsider": (s.ReconsiderIn, _reconsider),
    "request_more": (s.AuthorityQuestionIn, _request_more),
    "recognise": (s.ReasonsIn, _recognise),
    "extend": (s.ExtendIn, _extend),
    "confirm": (s.ReasonsIn, _confirm),
    "reject": (s.ReasonsIn, _reject),
}

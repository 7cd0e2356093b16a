"""Records of a case and assessments of risks and needs over HTTP."""

import datetime as dt
from typing import Any, TypedDict

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from cases import policy, queries
from cases.actions import assessing, records
from cases.api.serializers import LONG
from cases.api.views import find_case, find_own_case
from cases.models import Assessment, Case, Record
from cases.policy import Verb
from cases.workflow import RecordKind, Risk
from edge import paging
from edge.answers import AFTER, page, shape
from edge.versions import etag, require_match
from edge.views import ActView, Input, View
from kernel.errors import Denied, Invalid

MOST_FACTORS = 50
MOST_NEEDS = 20


class RecordIn(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(RecordKind.choices)
    values = serializers.DictField(
        help_text="By HTCDS names where the standard has one: see docs/htcds.md."
    )


class RecordChange(serializers.Serializer[Any]):
    values = serializers.DictField()


class NeedIn(serializers.Serializer[Any]):
    area = serializers.CharField(max_length=60)
    level = serializers.CharField(max_length=60)
    wants_help = serializers.CharField(max_length=60)
    words = serializers.CharField(max_length=LONG, required=False, allow_blank=True)


class AssessmentIn(serializers.Serializer[Any]):
    risk = serializers.ChoiceField(Risk.choices)
    factors = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        default=list,
        max_length=MOST_FACTORS,
    )
    needs = serializers.ListField(
        child=NeedIn(), required=False, default=list, max_length=MOST_NEEDS
    )
    words = serializers.CharField(max_length=LONG, required=False, allow_blank=True, default="")


class RecordOut(TypedDict):
    code: str
    case: str
    kind: str
    values: dict[str, Any]
    written_at: dt.datetime
    written_by: str
    version: int


class NeedOut(TypedDict):
    area: str
    level: str
    wants_help: str
    words: str


class AssessmentOut(TypedDict):
    code: str
    case: str
    risk: str
    factors: list[str]
    needs: list[NeedOut]
    words: str
    made_at: dt.datetime
    made_by: str


class EntitledOut(TypedDict):
    """Help that the law gives at these ages, in years, both included; `providers` are kinds of
    agency, nobody named means anybody."""

    type: str
    ages: list[int]
    source: str
    providers: list[str]
    longest_days: int | None


class AssessmentShown(AssessmentOut):
    entitled: list[EntitledOut]


class Records(ActView):
    """Events, perpetrators, referrals outside the service and the safety plan of a case.

    Events and perpetrators are open to whoever may be shown the group `trafficking`, by `kind`.
    """

    serializer_class = RecordIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="record_list",
        parameters=[AFTER, OpenApiParameter("kind", str, enum=RecordKind.values)],
        responses={200: page(RecordOut)},
    )
    def get(self, request: Request, code: str) -> Response:
        actor, case = actor_of(request), find_case(request, code)
        kinds = _kinds(request)
        if not kinds <= policy.kinds_open_to(actor, case):
            raise Denied("group_not_open")
        rows = policy.records_visible_to(actor).filter(case=case, kind__in=kinds)
        shown = paging.newest(
            request, rows.select_related("written_by"), show=lambda record: record
        )
        values = records.read(case=case, records=shown["results"], by=actor)
        shown["results"] = [_record(each, case, values) for each in shown["results"]]
        return Response(shown)

    @extend_schema(operation_id="record_write", responses={201: shape(RecordOut)})
    def post(self, request: Request, code: str) -> Response:
        policy.may(actor_of(request), Verb.RECORD, find_case(request, code)).require()
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return records.write(
            code=where["code"],
            kind=RecordKind(data["kind"]),
            values=data["values"],
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return _shown_record(request, code)


class RecordDetail(View):
    """One record. Changing it needs If-Match; deleting keeps it, and shows it no more."""

    serializer_class = RecordChange

    @extend_schema(operation_id="record_show", responses={200: shape(RecordOut)})
    def get(self, request: Request, code: str) -> Response:
        return _shown_record(request, code)

    @extend_schema(operation_id="record_change", responses={200: shape(RecordOut)})
    def put(self, request: Request, code: str) -> Response:
        actor, record = actor_of(request), _find_record(request, code)
        policy.may(actor, Verb.RECORD, record.case).require()
        require_match(request, record.code, record.version)
        records.change(
            code=code,
            values=self.read(request)["values"],
            version=record.version,
            by=actor,
            at=timezone.now(),
        )
        return _shown_record(request, code)

    @extend_schema(operation_id="record_retract", responses={204: None})
    def delete(self, request: Request, code: str) -> Response:
        _find_record(request, code)
        records.retract(code=code, by=actor_of(request), at=timezone.now())
        return Response(status=204)


class Assessments(ActView):
    """Risks and needs as they were judged, for the owner's side; and judging them."""

    serializer_class = AssessmentIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="assessment_list",
        parameters=[AFTER],
        responses={200: page(AssessmentOut)},
    )
    def get(self, request: Request, code: str) -> Response:
        actor, case = actor_of(request), find_own_case(request, code)
        rows = policy.assessments_visible_to(actor).filter(case=case).select_related("made_by")
        shown = paging.newest(request, rows, show=lambda made: made)
        said = assessing.read(case=case, assessments=shown["results"], by=actor)
        shown["results"] = [_assessment(each, case, said) for each in shown["results"]]
        return Response(shown)

    @extend_schema(operation_id="assessment_make", responses={201: shape(AssessmentShown)})
    def post(self, request: Request, code: str) -> Response:
        policy.may(actor_of(request), Verb.ASSESS, find_own_case(request, code)).require()
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return assessing.assess(
            code=where["code"], **data, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        rows = policy.assessments_visible_to(actor).select_related("case__person", "made_by")
        made = get_object_or_404(rows, code=code)
        said = assessing.read(case=made.case, assessments=[made], by=actor)
        entitled: list[EntitledOut] = [
            {
                "type": each.service,
                "ages": list(each.ages),
                "source": each.source,
                "providers": sorted(each.providers),
                "longest_days": each.longest_days,
            }
            for each in queries.entitled(made.case.person)
        ]
        return Response({**_assessment(made, made.case, said), "entitled": entitled})


def _kinds(request: Request) -> frozenset[RecordKind]:
    """The kind that is asked for; without a word, all of them."""
    kind = request.query_params.get("kind", "")
    if kind and kind not in RecordKind.values:
        raise Invalid("unknown_code", pointer="/kind")
    return frozenset({RecordKind(kind)} if kind else RecordKind)


def _find_record(request: Request, code: str) -> Record:
    rows = policy.records_visible_to(actor_of(request))
    return get_object_or_404(rows.select_related("case__person", "written_by"), code=code)


def _shown_record(request: Request, code: str) -> Response:
    record = _find_record(request, code)
    values = records.read(case=record.case, records=[record], by=actor_of(request))
    response = Response(_record(record, record.case, values))
    response["ETag"] = etag(record.code, record.version)
    return response


def _record(record: Record, case: Case, values: dict[str, dict[str, Any]]) -> RecordOut:
    return {
        "code": record.code,
        "case": case.code,
        "kind": record.kind,
        "values": values[record.code],
        "written_at": record.written_at,
        "written_by": record.written_by.username,
        "version": record.version,
    }


def _assessment(made: Assessment, case: Case, said: dict[str, dict[str, Any]]) -> AssessmentOut:
    content = said[made.code]
    return {
        "code": made.code,
        "case": case.code,
        "risk": made.risk,
        "factors": content.get("factors", []),
        "needs": [_need(each) for each in content.get("needs", [])],
        "words": content.get("words", ""),
        "made_at": made.made_at,
        "made_by": made.made_by.username,
    }


def _need(said: dict[str, str]) -> NeedOut:
    return {
        "area": said["area"],
        "level": said["level"],
        "wants_help": said["wants_help"],
        "words": said.get("words", ""),
    }

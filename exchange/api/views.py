"""Imports and exports over HTTP: brought in, looked at, said yes to; asked for, fetched, taken back."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from documents.api.views import AnyKind
from documents.receiving import Received
from edge import paging, stepup
from edge.answers import AFTER, page, shape
from edge.versions import etag
from edge.views import ActView, Input, View
from exchange import handing, policy, queries
from exchange.actions import exporting, importing
from exchange.api import serializers as s
from exchange.models import ExportJob, ImportJob
from exchange.sheets.entry import FileKind
from exchange.workflow import ExportReason, RowState
from kernel.errors import Invalid


class Imports(ActView):
    """The files that were brought in, newest first; and bringing one.

    It is looked at first, in the background: `imports/<code>/rows/` then says case by case what
    would become of it. Nothing is written before `start`.
    """

    serializer_class = s.ImportIn
    parser_classes = (MultiPartParser,)
    key_required = True
    created = True

    @extend_schema(
        operation_id="import_list", parameters=[AFTER], responses={200: page(s.ImportLine)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_import(actor).require()
        rows = policy.imports_visible_to(actor).select_related("by")
        return Response(paging.newest(request, rows, show=s.import_line))

    @extend_schema(operation_id="import_bring", responses={201: shape(s.ImportShown)})
    def post(self, request: Request) -> Response:
        policy.may_import(actor_of(request)).require()
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        received = data["file"]
        assert isinstance(received, Received), "sealed while it came in"
        kind = FileKind(data["kind"]) if data.get("kind") else None
        return importing.receive(
            received=received, kind=kind, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return import_shown(request, code)


class ImportDetail(View):
    """One import: where it stands, how many cases of it stand how, and how far it has come."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="import_show", responses={200: shape(s.ImportShown)})
    def get(self, request: Request, code: str) -> Response:
        return import_shown(request, code)


class ImportRows(View):
    """Case by case what would become of it or has, in the order of the file."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="import_rows",
        parameters=[AFTER, OpenApiParameter("state", str, enum=RowState.values)],
        responses={200: page(s.RowShown)},
    )
    def get(self, request: Request, code: str) -> Response:
        actor, job = actor_of(request), find_import(request, code)
        state = request.query_params.get("state", "")
        if state and state not in RowState.values:
            raise Invalid("unknown_code", pointer="/state")
        after = request.query_params.get("after", "")
        rows = queries.rows_after(job, paging.above(after), state=state, most=paging.PAGE + 1)
        own = queries.own_cases(actor, rows)
        shown = paging.page_of(
            rows, number=lambda row: row.number, show=lambda row: s.row_shown(row, own)
        )
        return Response(shown)


class ImportFaults(View):
    """All faults as a file: row, column, code and reason; no value."""

    serializer_class = s.Nothing
    content_negotiation_class = AnyKind

    @extend_schema(
        operation_id="import_faults", responses={(200, "text/csv"): OpenApiTypes.STR}
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        job = find_import(request, code)
        return faults_file(job)


class _ImportAct(ActView):
    def post(self, request: Request, code: str) -> Response:
        find_import(request, code)
        return self.perform(request, code=code)

    def show(self, request: Request, code: str) -> Response:
        return import_shown(request, code)


class ImportStart(_ImportAct):
    """Yes: make cases of what is new. Also goes on with what was stopped."""

    serializer_class = s.StartIn

    @extend_schema(operation_id="import_start", responses={200: shape(s.ImportShown)})
    def post(self, request: Request, code: str) -> Response:
        return super().post(request, code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return importing.start(
            code=where["code"], with_doubtful=data["with_doubtful"], by=actor_of(request),
            at=timezone.now(),
        ).code  # fmt: skip


class ImportStop(_ImportAct):
    """What is written stays; the rest waits."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="import_stop", responses={200: shape(s.ImportShown)})
    def post(self, request: Request, code: str) -> Response:
        return super().post(request, code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return importing.stop(code=where["code"], by=actor_of(request), at=timezone.now()).code


class ImportDiscard(_ImportAct):
    """Nothing more becomes of it; the file is destroyed."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="import_discard", responses={200: shape(s.ImportShown)})
    def post(self, request: Request, code: str) -> Response:
        return super().post(request, code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return importing.discard(
            code=where["code"], by=actor_of(request), at=timezone.now()
        ).code


class Exports(ActView):
    """The exports of one's agency, to its supervisors; all of them, to data protection. And asking
    for one, which wants a session in which somebody has just shown again who they are: a key to the
    API does not export."""

    serializer_class = s.ExportIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="export_list", parameters=[AFTER], responses={200: page(s.ExportLine)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_list_exports(actor).require()
        rows = policy.exports_visible_to(actor).select_related("by", "agency")
        return Response(paging.newest(request, rows, show=s.export_line))

    @extend_schema(operation_id="export_ask", responses={201: shape(s.ExportLine)})
    def post(self, request: Request) -> Response:
        policy.may_export(actor_of(request)).require()
        stepup.require(request)
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        wanted = exporting.Wanted(
            tuple(data["states"]), data["registered_from"], data["registered_until"]
        )
        return exporting.ask(
            kind=FileKind(data["kind"]), wanted=wanted, strict=data["strict"],
            reason=ExportReason(data["reason"]), by=actor_of(request), at=timezone.now(),
        ).code  # fmt: skip

    def show(self, request: Request, code: str) -> Response:
        return export_shown(request, code)


class ExportDetail(View):
    """One export: where it stands; none of what is in it."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="export_show", responses={200: shape(s.ExportLine)})
    def get(self, request: Request, code: str) -> Response:
        return export_shown(request, code)


class ExportFile(View):
    """The file, for who asked for it, so often, and each time by a session in which they have just
    shown again who they are."""

    serializer_class = s.Nothing
    content_negotiation_class = AnyKind

    @extend_schema(
        operation_id="export_file",
        responses={
            (200, type_.media_type): OpenApiTypes.BINARY for type_ in {*handing.TYPES.values()}
        },
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        find_export(request, code)
        stepup.require(request)
        return export_file(*exporting.fetch(code=code, by=actor_of(request), at=timezone.now()))


class ExportRevoke(ActView):
    """Take it back: the file is destroyed at once."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="export_revoke", responses={200: shape(s.ExportLine)})
    def post(self, request: Request, code: str) -> Response:
        find_export(request, code)
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return exporting.revoke(
            code=where["code"], by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return export_shown(request, code)


def find_import(request: Request, code: str) -> ImportJob:
    """The import, if the caller may know that it exists."""
    rows = policy.imports_visible_to(actor_of(request)).select_related("by")
    return get_object_or_404(rows, code=code)


def find_export(request: Request, code: str) -> ExportJob:
    rows = policy.exports_visible_to(actor_of(request)).select_related("by", "agency")
    return get_object_or_404(rows, code=code)


def import_shown(request: Request, code: str) -> Response:
    job = find_import(request, code)
    verbs = [verb.value for verb in policy.verbs_of_import(actor_of(request), job)]
    response = Response(s.import_shown(job, verbs=verbs))
    response["ETag"] = etag(job.code, job.version)
    return response


def export_shown(request: Request, code: str) -> Response:
    job = find_export(request, code)
    response = Response(s.export_line(job))
    response["ETag"] = etag(job.code, job.version)
    return response


def faults_file(job: ImportJob) -> HttpResponse:
    """What is wrong in the file, as a file."""
    text = handing.faults_as_csv(queries.with_faults(job))
    headers = handing.headers_of(f"{job.code}-faults", handing.CSV)
    return HttpResponse(text, content_type=handing.CSV.media_type, headers=headers)


def export_file(job: ExportJob, content: bytes) -> HttpResponse:
    """The answer that is the file."""
    type_ = handing.TYPES[FileKind(job.kind)]
    headers = handing.headers_of(job.code, type_)
    return HttpResponse(content, content_type=type_.media_type, headers=headers)

"""Documents over HTTP: added, listed, shown, taken back; fetched with a ticket."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from agencies.models import Token
from cases.api.views import find_own_case
from documents import policy, reading
from documents.actions import serving, uploading
from documents.api import serializers as s
from documents.api.handing import handed_over
from documents.kinds import KINDS
from documents.models import Document
from documents.receiving import Received
from documents.workflow import Retraction
from edge import paging
from edge.answers import AFTER, page, shape
from edge.versions import etag
from edge.views import ActView, Input, View
from kernel.groups import DataGroup


class Documents(ActView):
    """The documents of a case, for its owner's side, newest first; and adding one.

    What is added is kept apart until it is checked: made anew without its metadata, and scanned.
    """

    serializer_class = s.UploadIn
    parser_classes = (MultiPartParser,)
    key_required = True
    created = True

    @extend_schema(
        operation_id="document_list",
        parameters=[AFTER],
        responses={200: page(s.DocumentLine)},
    )
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        rows = policy.visible_to(actor_of(request)).filter(case=case)
        return Response(
            paging.newest(request, rows, show=lambda document: s.line(document, case.code))
        )

    @extend_schema(operation_id="document_upload", responses={201: shape(s.DocumentShown)})
    def post(self, request: Request, code: str) -> Response:
        policy.may_upload(actor_of(request), find_own_case(request, code)).require()
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        received = data["file"]
        assert isinstance(received, Received), "sealed while it came in"
        return uploading.upload(
            code=where["code"],
            received=received,
            group=DataGroup(data["group"]),
            about=data["about"],
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown(request, code)


class DocumentDetail(View):
    """One document, with its sealed words; its content is fetched with a ticket."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="document_show", responses={200: shape(s.DocumentShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown(request, code)


class DocumentRetract(ActView):
    """Take a document back: it is kept, and nobody is shown it any more."""

    serializer_class = s.RetractIn

    @extend_schema(operation_id="document_retract", responses={200: shape(s.DocumentShown)})
    def post(self, request: Request, code: str) -> Response:
        policy.may_retract(actor_of(request), find(request, code)).require()
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return uploading.retract(
            code=where["code"],
            reason=Retraction(data["reason"]),
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown(request, code)


class Tickets(View):
    """A ticket with which the caller fetches the document once, within a minute."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="document_ticket", responses={201: shape(s.TicketOut)})
    def post(self, request: Request, code: str) -> Response:
        now = timezone.now()
        secret = serving.issue(
            document=find(request, code), bound_to=_bound_to(request), by=actor_of(request),
            at=now,
        )  # fmt: skip
        body: s.TicketOut = {"ticket": secret, "expires_at": now + serving.LASTS}
        return Response(body, status=201)


class AnyKind(BaseContentNegotiation):
    """The content has its own type, whatever the caller would like; a refusal is JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class DocumentFile(View):
    """The content that a ticket is for, with a line on it that says who fetched it and when."""

    serializer_class = s.Nothing
    content_negotiation_class = AnyKind

    @extend_schema(
        operation_id="document_file",
        responses={(200, about.media_type): OpenApiTypes.BINARY for about in KINDS.values()},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        document, content = serving.redeem(
            secret=code, bound_to=_bound_to(request), by=actor_of(request), at=timezone.now()
        )
        return handed_over(document, content)


def find(request: Request, code: str) -> Document:
    """The document, if the caller may know that it exists."""
    rows = policy.visible_to(actor_of(request)).select_related("case__person", "case__owner")
    return get_object_or_404(rows, code=code)


def shown(request: Request, code: str) -> Response:
    document = find(request, code)
    case = document.case
    words = reading.words_of([document], case=case, by=actor_of(request)).get(code)
    response = Response(s.shown(document, case.code, words))
    response["ETag"] = etag(document.code, document.version)
    return response


def _bound_to(request: Request) -> str:
    """What a ticket holds for besides its member: the token of the API, or the session."""
    if isinstance(request.auth, Token):
        return f"token {request.auth.code}"
    return f"session {request.session.session_key}"

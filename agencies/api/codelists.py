"""Code lists over HTTP: everybody reads them, a system administrator adds to them."""

from typing import Any, TypedDict

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import actions, codelists, policy
from agencies.api.auth import actor_of
from agencies.api.serializers import Nothing
from agencies.codelists import Summary
from agencies.policy import Verb
from edge.answers import listed, shape
from edge.views import ActView, Input, View
from kernel.errors import Missing


class LabelsIn(serializers.Serializer[Any]):
    en = serializers.CharField(max_length=120)
    ru = serializers.CharField(max_length=120)
    be = serializers.CharField(max_length=120)


class CodeIn(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=60)
    maps_to = serializers.CharField(
        max_length=60,
        required=False,
        allow_blank=True,
        default="",
        help_text="For a list of the standard: its own code that a strict export uses instead.",
    )
    labels = LabelsIn()


class CodeOut(TypedDict):
    code: str
    origin: str
    maps_to: str
    labels: dict[str, str]
    retired: bool


class CodeListLine(TypedDict):
    name: str
    version: str
    count: int


class CodeListOut(CodeListLine):
    codes: list[CodeOut]


class CodeLists(View):
    """Every code list, with how many codes may be written now."""

    serializer_class = Nothing

    @extend_schema(operation_id="code_list_list", responses={200: listed(CodeListLine)})
    def get(self, request: Request) -> Response:
        return Response({"results": [_line(each) for each in codelists.summaries()]})


class CodeListDetail(View):
    """One code list in its order. A retired code is read where it stands, and not written."""

    serializer_class = Nothing

    @extend_schema(operation_id="code_list_show", responses={200: shape(CodeListOut)})
    def get(self, request: Request, name: str) -> Response:
        return _shown(name)


class CodeListCodes(ActView):
    """Add a code to a list."""

    serializer_class = CodeIn
    key_required = True
    created = True

    @extend_schema(operation_id="code_add", responses={201: shape(CodeListOut)})
    def post(self, request: Request, name: str) -> Response:
        _known(name)
        policy.may(actor_of(request), Verb.CHANGE_CODE_LISTS).require()
        return self.perform(request, name=name)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actions.add_code(name=where["name"], **data, by=actor_of(request), at=timezone.now())
        return str(where["name"])

    def show(self, request: Request, code: str) -> Response:
        return _shown(code)


class CodeRetire(ActView):
    """Retire a code that was added here."""

    serializer_class = Nothing

    @extend_schema(operation_id="code_retire", responses={200: shape(CodeListOut)})
    def post(self, request: Request, name: str, code: str) -> Response:
        if code not in codelists.entries(_known(name)):
            raise Missing("not_found")
        return self.perform(request, name=name, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actions.retire_code(**where, by=actor_of(request), at=timezone.now())
        return str(where["name"])

    def show(self, request: Request, code: str) -> Response:
        return _shown(code)


def _known(name: str) -> str:
    if name not in codelists.names():
        raise Missing("not_found")
    return name


def _line(each: Summary) -> CodeListLine:
    return {"name": each.name, "version": each.version, "count": each.count}


def _shown(name: str) -> Response:
    codes: list[CodeOut] = [
        {
            "code": each.code,
            "origin": each.origin,
            "maps_to": each.maps_to,
            "labels": dict(each.labels),
            "retired": each.retired,
        }
        for each in codelists.entries(_known(name)).values()
    ]
    (line,) = [_line(each) for each in codelists.summaries() if each.name == name]
    body: CodeListOut = {**line, "codes": codes}
    return Response(body)

"""The jurisdiction in force here, over HTTP: the file as it was read."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypedDict

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import jurisdiction
from agencies.ages import BANDS, UNKNOWN, years_of
from agencies.api.serializers import Nothing
from edge.answers import shape
from edge.views import View
from kernel.errors import Invalid


class SpanOut(TypedDict):
    """How long, and which time counts."""

    hours: float
    runs: str


class EntitlementOut(TypedDict):
    """`providers`: kinds of agency that give it by law; nobody named means anybody."""

    service: str
    source: str
    ages: list[int]
    providers: list[str]
    longest_days: int | None


class JurisdictionOut(TypedDict):
    code: str
    title: dict[str, str]
    checked_by_counsel: bool
    ages: dict[str, int]
    calendar: dict[str, Any]
    deciding_bodies: list[dict[str, Any]]
    decision: dict[str, SpanOut]
    reflection: dict[str, Any]
    reconsideration: dict[str, int]
    told: list[dict[str, Any]]
    clocks: dict[str, SpanOut]
    referral: dict[str, dict[str, SpanOut]]
    reintegration: dict[str, Any]
    warnings: dict[str, int]
    entitlements: list[EntitlementOut]


class JurisdictionDetail(View):
    """Ages, deciding bodies, periods, clocks and help by law; with `age_band`, the help that the
    law gives to everybody of that band."""

    serializer_class = Nothing

    @extend_schema(
        operation_id="jurisdiction_show",
        parameters=[
            OpenApiParameter("age_band", str, description="`unknown` behaves as a child.")
        ],
        responses={200: shape(JurisdictionOut)},
    )
    def get(self, request: Request) -> Response:
        law = jurisdiction.current()
        body = plain(law)
        if band := request.query_params.get("age_band", ""):
            if band not in {*BANDS, UNKNOWN}:
                raise Invalid("unknown_code", pointer="/age_band")
            body["entitlements"] = plain(tuple(law.entitled(*years_of(band))))
        return Response(body)


def plain(value: Any) -> Any:
    """What the file said, as JSON says it; what has no order of its own is sorted."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(plain(each) for each in value)
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return value

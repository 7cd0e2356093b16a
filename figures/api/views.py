"""The figures over HTTP: what was published, month by month; nothing is counted on demand."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from edge import paging, stepup
from edge.answers import AFTER, page, shape
from edge.leaving import csv_file
from edge.views import ActView, Input, View
from figures import files, periods, policy, queries
from figures.actions import extracting, releasing
from figures.api import serializers as s
from figures.queries import Figures
from kernel.errors import Missing


class Releases(ActView):
    """The months whose figures are published; and wanting those of another."""

    serializer_class = s.MonthIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="figures_list", parameters=[AFTER], responses={200: page(s.ReleaseOut)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_see(actor).require()
        return Response(paging.newest(request, policy.visible_to(actor), show=s.release_out))

    @extend_schema(operation_id="figures_ask", responses={201: shape(s.ReleaseOut)})
    def post(self, request: Request) -> Response:
        """Want the figures of a month that is over. They are made within minutes, once."""
        policy.may_ask(actor_of(request)).require()
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        month = periods.month_of(data["month"])
        return releasing.ask(month=month, by=actor_of(request), at=timezone.now()).period

    def show(self, request: Request, code: str) -> Response:
        rows = policy.every_visible_to(actor_of(request))
        return Response(s.release_out(get_object_or_404(rows, month=periods.month_of(code))))


class ReleaseDetail(View):
    """All tables of a month (`2026-10`) or a quarter (`2026-Q4`)."""

    serializer_class = s.MonthIn

    @extend_schema(operation_id="figures_show", responses={200: shape(s.FiguresOut)})
    def get(self, request: Request, period: str) -> Response:
        return Response(s.figures_out(_find(request, period)))


class ReleaseFile(View):
    """The same as a table of comma-separated values."""

    serializer_class = s.MonthIn

    @extend_schema(operation_id="figures_file", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, period: str) -> HttpResponse:
        return csv_file(files.by_code(_find(request, period)), f"figures-{period}.csv")


class Extracts(ActView):
    """Files in the shape of the CTDC's data that were made; and making one that was approved."""

    serializer_class = s.ExtractIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="ctdc_list", parameters=[AFTER], responses={200: page(s.ExtractOut)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_see_extracts(actor).require()
        rows = policy.extracts_visible_to(actor)
        return Response(paging.newest(request, rows, show=s.extract_out))

    @extend_schema(operation_id="ctdc_make", responses={201: shape(s.ExtractOut)})
    def post(self, request: Request) -> Response:
        """By a session in which a passkey or a code was shown a moment ago."""
        stepup.require(request)
        policy.may_ask(actor_of(request)).require()
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return extracting.make(
            second=data["second"], by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        rows = policy.extracts_visible_to(actor_of(request))
        return Response(s.extract_out(get_object_or_404(rows, code=code)))


class ExtractFile(View):
    """The file itself, for a week. By a session in which a passkey or a code was just shown."""

    serializer_class = s.ExtractIn

    @extend_schema(operation_id="ctdc_file", responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, code: str) -> HttpResponse:
        stepup.require(request)
        actor = actor_of(request)
        found = get_object_or_404(policy.extracts_visible_to(actor), code=code)
        text = extracting.fetch(extract=found, by=actor, at=timezone.now())
        return csv_file(text, f"ctdc-{found.release.month.year}-{found.code}.csv")


def _find(request: Request, period: str) -> Figures:
    actor = actor_of(request)
    policy.may_see(actor).require()
    if (found := queries.figures_of(period, policy.visible_to(actor))) is None:
        raise Missing("not_found")
    return found

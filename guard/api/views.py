"""Broken glass, the looks taken at it afterwards, and who is kept apart, over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from cases import queries as case_queries
from cases.api.serializers import Nothing
from cases.api.views import find_own_case
from edge import paging, stepup
from edge.answers import AFTER, listed, page, shape
from edge.views import ActView, Input, View
from guard import policy
from guard.actions import glass, reviewing
from guard.api import serializers as s
from guard.models import BreakGlass
from kernel.codes import as_written
from kernel.groups import DataGroup

WHOLE = ("by", "agency", "reviewed_by", "second")


class Uses(ActView):
    """Where the glass was broken: by you, and what you watch over; and breaking it."""

    serializer_class = s.GlassIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="break_glass_list", parameters=[AFTER], responses={200: page(s.GlassOut)}
    )
    def get(self, request: Request) -> Response:
        rows = policy.visible_to(actor_of(request)).select_related(*WHOLE)
        return Response(paging.newest(request, rows, show=s.glass_out))

    @extend_schema(operation_id="break_glass", responses={201: shape(s.GlassOut)})
    def post(self, request: Request) -> Response:
        """See one case for an hour. Its owner, your supervisors and data protection are told.

        By a session in which a passkey or a code was shown a moment ago; a key to the API is refused.
        """
        stepup.require(request)
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        policy.may_break(actor).require()
        return glass.break_glass(
            code=as_written(data["case"]),
            groups=[DataGroup(group) for group in data["groups"]],
            purpose=data["purpose"],
            reason=data["reason"],
            second=data["second"],
            by=actor,
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return Response(s.glass_out(_find(request, code)))


class UseDetail(View):
    """One use of broken glass."""

    serializer_class = Nothing

    @extend_schema(operation_id="break_glass_show", responses={200: shape(s.GlassOut)})
    def get(self, request: Request, code: str) -> Response:
        return Response(s.glass_out(_find(request, code)))


class Review(ActView):
    """Say, as somebody not involved, whether it was justified."""

    serializer_class = s.ReviewIn

    @extend_schema(operation_id="break_glass_review", responses={200: shape(s.GlassOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        policy.may_review(actor, _find(request, where["code"])).require()
        return reviewing.review(code=where["code"], **data, by=actor, at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return Response(s.glass_out(_find(request, code)))


class Exclusions(View):
    """Who is kept apart from a case of your agency; nobody else is told."""

    serializer_class = Nothing

    @extend_schema(operation_id="case_exclusions", responses={200: listed(s.ExclusionOut)})
    def get(self, request: Request, code: str) -> Response:
        rows = case_queries.kept_apart(find_own_case(request, code))
        return Response({"results": [s.exclusion_out(row) for row in rows]})


def _find(request: Request, code: str) -> BreakGlass:
    rows = policy.visible_to(actor_of(request)).select_related(*WHOLE)
    return get_object_or_404(rows, code=code)

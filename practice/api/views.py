"""Practice over HTTP: the scenarios, one's own space, its clock, and its end.

What is done in a space is done by the other routes, with the header Safehand-Practice.
"""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from edge.answers import listed, shape
from edge.views import ActView, Input, View
from practice import policy, queries
from practice.actions import wishing
from practice.api import serializers as s
from practice.scenarios import current


class Scenarios(View):
    """Every scenario that may be begun, and when one has last played it to its end."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="practice_scenarios", responses={200: listed(s.ScenarioOut)})
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_practise(actor).require()
        played = queries.played(actor)
        found = [s.scenario_out(each, played.get(each.code)) for each in current().values()]
        return Response({"results": found})


class Spaces(ActView):
    """The space that one has, if any; and a new one is begun."""

    serializer_class = s.BeginIn
    key_required = True
    created = True

    @extend_schema(operation_id="practice_spaces", responses={200: listed(s.SpaceOut)})
    def get(self, request: Request) -> Response:
        space = queries.live(actor_of(request))
        return Response({"results": [s.space_out(space)] if space else []})

    @extend_schema(operation_id="practice_begin", responses={201: shape(s.SpaceOut)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return wishing.begin(
            scenario=data["scenario"], language=data["language"], by=actor_of(request),
            at=timezone.now(),
        ).code  # fmt: skip

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class OwnSpace(View):
    """How far one is, and what was good in what is over."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="practice_space", responses={200: shape(s.SpaceOut)})
    def get(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Clock(ActView):
    """Time passes in it: what is due falls due, and the others do what they have to do."""

    serializer_class = s.ClockIn

    @extend_schema(operation_id="practice_clock", responses={200: shape(s.SpaceOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return wishing.move_on(
            code=where["code"], hours=int(data["hours"]), by=actor_of(request),
            at=timezone.now(),
        ).code  # fmt: skip

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Wipe(ActView):
    """All of it is deleted; how the steps ended stays."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="practice_wipe", responses={200: shape(s.SpaceOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return wishing.wipe(code=where["code"], by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


def _shown(request: Request, code: str) -> Response:
    rows = policy.visible_to(actor_of(request)).select_related("seat")
    return Response(s.space_out(get_object_or_404(rows, code=code)))

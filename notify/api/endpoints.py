"""Endpoints of an agency's systems, the log of their calls, and the list of what they were told."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of, reads_referrals_alone
from agencies.models import Member, Token
from edge import paging, stepup
from edge.answers import AFTER, listed, page, shape
from edge.views import ActView, Input, View
from notify import endpoints, policy
from notify.api import endpointshapes as s
from notify.api.serializers import Nothing
from notify.models import Announcement, Endpoint
from notify.policy import Verb

# How the codes of referrals begin.
REFERRAL = "RF-"


def visible(actor: Member, code: str, verb: Verb) -> Endpoint:
    """Of another agency: not there. Of one's own, but not for one's role: Denied."""
    rows = policy.endpoints_visible_to(actor).select_related("agency")
    endpoint = get_object_or_404(rows, code=code)
    policy.may(actor, verb, endpoint).require()
    return endpoint


class Endpoints(View):
    """Where the agency's own systems listen. The secret is shown once, when one is added."""

    serializer_class = s.EndpointIn

    @extend_schema(operation_id="endpoint_list", responses={200: listed(s.EndpointOut)})
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_list_endpoints(actor).require()
        rows = policy.endpoints_visible_to(actor).select_related("agency").order_by("-pk")
        return Response({"results": [s.endpoint_out(each) for each in rows[:1000]]})

    @extend_schema(
        operation_id="endpoint_add",
        description="Wants a session in which a factor was shown a moment ago. A challenge goes out at "
        "once; nothing else does before it was answered.",
        responses={201: shape(s.EndpointWithSecret)},
    )
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_add(actor).require()
        data = self.read(request)
        stepup.require(request)
        added = endpoints.add(**data, by=actor, at=timezone.now())
        return Response({**s.endpoint_out(added.endpoint), "secret": added.secret}, status=201)


class EndpointDetail(View):
    serializer_class = s.TopicsIn

    @extend_schema(operation_id="endpoint_show", responses={200: shape(s.EndpointOut)})
    def get(self, request: Request, code: str) -> Response:
        return Response(s.endpoint_out(visible(actor_of(request), code, Verb.SEE)))

    @extend_schema(operation_id="endpoint_remove", responses={204: None})
    def delete(self, request: Request, code: str) -> Response:
        """With its log and what waited for it."""
        actor = actor_of(request)
        visible(actor, code, Verb.REMOVE)
        endpoints.remove(code=code, by=actor, at=timezone.now())
        return Response(status=204)


class EndpointTopics(View):
    """What it is told of from now on."""

    serializer_class = s.TopicsIn

    @extend_schema(operation_id="endpoint_choose", responses={200: shape(s.EndpointOut)})
    def post(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        visible(actor, code, Verb.CHOOSE)
        data = self.read(request)
        chosen = endpoints.choose(code=code, **data, by=actor, at=timezone.now())
        return Response(s.endpoint_out(chosen))


class EndpointRoll(View):
    """A new secret. Both sign for a day. Wants a factor that was shown a moment ago."""

    serializer_class = Nothing

    @extend_schema(operation_id="endpoint_roll", responses={200: shape(s.EndpointWithSecret)})
    def post(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        visible(actor, code, Verb.ROLL)
        stepup.require(request)
        rolled = endpoints.roll(code=code, by=actor, at=timezone.now())
        return Response({**s.endpoint_out(rolled.endpoint), "secret": rolled.secret})


# Each verb that needs no more than the endpoint, and perhaps a word.
VERBS: dict[Verb, tuple[type[Any], Callable[..., Endpoint]]] = {
    Verb.CHALLENGE: (Nothing, endpoints.challenge),
    Verb.VERIFY: (s.WordIn, endpoints.verify),
    Verb.PAUSE: (Nothing, endpoints.pause),
    Verb.RESUME: (Nothing, endpoints.resume),
}


class EndpointVerb(ActView):
    """Challenge it anew, verify it by the word that arrived, pause and resume it."""

    verb: ClassVar[Verb] = Verb.CHALLENGE

    @extend_schema(responses={200: shape(s.EndpointOut)})
    def post(self, request: Request, code: str) -> Response:
        visible(actor_of(request), code, self.verb)
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        act = VERBS[self.verb][1]
        return act(code=where["code"], **data, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return Response(s.endpoint_out(visible(actor_of(request), code, Verb.SEE)))


class Calls(View):
    """How its calls went, newest first, of the last thirty days; never what it answered."""

    serializer_class = Nothing

    @extend_schema(
        operation_id="call_list", parameters=[AFTER], responses={200: page(s.CallOut)}
    )
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        endpoint = visible(actor, code, Verb.REPLAY)
        rows = policy.calls_visible_to(actor).filter(endpoint=endpoint)
        rows = rows.select_related("announcement")
        return Response(paging.newest(request, rows, show=s.call_out))


class ReplaySince(View):
    """Make every call again for what was announced since a moment: the oldest thousand at most."""

    serializer_class = s.SinceIn

    @extend_schema(operation_id="endpoint_replay", responses={200: shape(s.AgainOut)})
    def post(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        visible(actor, code, Verb.REPLAY)
        data = self.read(request)
        again = endpoints.replay_since(code=code, **data, by=actor, at=timezone.now())
        return Response({"calls": again.calls, "through": again.through})


class Replay(View):
    """Make one call again, by the same number."""

    serializer_class = Nothing

    @extend_schema(operation_id="call_replay", responses={200: shape(s.CallOut)})
    def post(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        rows = policy.calls_visible_to(actor).select_related("endpoint", "announcement")
        call = get_object_or_404(rows, uid=policy.number_of(code))
        policy.may(actor, Verb.REPLAY, call.endpoint).require()
        return Response(s.call_out(endpoints.replay(call=call, by=actor, at=timezone.now())))


class Events(View):
    """What the agency's systems were told and none has acknowledged yet, newest first."""

    serializer_class = Nothing
    also_with = Token.Scope.FHIR

    @extend_schema(
        operation_id="event_list",
        parameters=[
            AFTER,
            OpenApiParameter("all", bool, description="Also acknowledged ones."),
        ],
        responses={200: page(s.EventLine)},
    )
    def get(self, request: Request) -> Response:
        rows = _heard_by(request)
        if request.query_params.get("all") not in {"true", "1"}:
            rows = rows.filter(acknowledged_at__isnull=True)
        return Response(paging.newest(request, rows, show=s.event_line))


class EventAck(View):
    """Say that an event was taken in. A second time changes nothing."""

    serializer_class = Nothing
    also_with = Token.Scope.FHIR

    @extend_schema(operation_id="event_ack", responses={200: shape(s.EventLine)})
    def post(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        told = get_object_or_404(_heard_by(request), uid=policy.number_of(code))
        endpoints.acknowledge(announcement=told, by=actor, at=timezone.now())
        told.refresh_from_db()
        return Response(s.event_line(told))


def _heard_by(request: Request) -> QuerySet[Announcement]:
    """What the key that asks may hear of: one for FHIR alone of referrals, as it can read no more."""
    rows = policy.announcements_visible_to(actor_of(request))
    alone = reads_referrals_alone(request)
    return rows.filter(event__subject__startswith=REFERRAL) if alone else rows

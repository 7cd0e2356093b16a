"""Learning over HTTP: one's own forms and what came of them, and the numbers of whole cohorts."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from edge import paging
from edge.answers import AFTER, listed, page, shape
from edge.views import ActView, Input, View
from learning import policy, queries, statement
from learning.actions import checking, signing, sitting
from learning.api import serializers as s


class Topics(View):
    """Every topic, and how one stands in it oneself."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="learning_topics", responses={200: listed(s.TopicOut)})
    def get(self, request: Request) -> Response:
        found = queries.standings(actor_of(request), timezone.now())
        return Response({"results": [s.topic_out(each) for each in found]})


class OwnSittings(ActView):
    """A form is begun: before, after, or to look at a topic again."""

    serializer_class = s.SittingIn
    key_required = True
    created = True

    @extend_schema(operation_id="learning_begin", responses={201: shape(s.SittingOut)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return sitting.begin(
            topic=data["topic"], kind=data["kind"], by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class OwnSitting(View):
    """A form of one's own; what is right, and why, only when it is handed in."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="learning_sitting", responses={200: shape(s.SittingOut)})
    def get(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Answers(ActView):
    """One answer, or many at once; the last one counts."""

    serializer_class = s.AnswersIn

    @extend_schema(operation_id="learning_answer", responses={200: shape(s.SittingOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return sitting.answer(
            code=where["code"], answers=data["answers"], by=actor_of(request)
        ).code

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Finish(ActView):
    """The form is handed in."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="learning_finish", responses={200: shape(s.SittingOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return sitting.finish(code=where["code"], by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class Gains(View):
    """How much was gained by whole cohorts, as published."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="learning_gains", parameters=[AFTER], responses={200: page(s.GainOut)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_see_gains(actor).require()
        rows = policy.cohorts_visible_to(actor)
        return Response(paging.newest(request, rows, show=s.gain_out))


class OwnDuty(View):
    """What one's role is to have shown before names are open to it, and until when it counts."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="learning_duty", responses={200: shape(s.DutyOut)})
    def get(self, request: Request) -> Response:
        return Response(s.duty_out(queries.duty_of(actor_of(request), timezone.now())))


class OwnStatement(ActView):
    """The statement on confidentiality; and signing it."""

    serializer_class = s.SignIn
    key_required = True
    created = True

    @extend_schema(operation_id="learning_statement", responses={200: shape(s.StatementOut)})
    def get(self, request: Request) -> Response:
        return _statement(request)

    @extend_schema(operation_id="learning_sign", responses={201: shape(s.StatementOut)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return signing.sign(**data, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return _statement(request)


class WhoIsDue(View):
    """Who of one's own agency is due, or will be within 30 days."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="learning_due", parameters=[AFTER], responses={200: page(s.DueOut)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_see_due(actor).require()
        rows = policy.due_visible_to(actor)
        return Response(paging.newest(request, rows, show=s.due_out))


class DueCounts(View):
    """How many are due, in whole steps; for the co-ordinator."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="learning_due_counts",
        parameters=[AFTER],
        responses={200: page(s.DueCountOut)},
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may_see_due_counts(actor).require()
        rows = policy.due_counts_visible_to(actor)
        return Response(paging.newest(request, rows, show=s.due_count_out))


class Check(View):
    """Whether a certificate is one; and whether it is of whom it is said to be."""

    serializer_class = s.CheckIn

    @extend_schema(operation_id="learning_check", responses={200: shape(s.CheckedOut)})
    def post(self, request: Request) -> Response:
        data = self.read(request)
        found = checking.check(**data, by=actor_of(request), at=timezone.now())
        return Response(s.checked_out(found))


def _statement(request: Request) -> Response:
    signed = queries.last_signed(actor_of(request))
    return Response(s.statement_out(statement.current(), signed))


def _shown(request: Request, code: str) -> Response:
    rows = policy.sittings_visible_to(actor_of(request))
    return Response(s.sitting_out(get_object_or_404(rows, code=code)))

"""The bell, the tasks and the preferences over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from agencies.api.listing import listing
from edge import paging
from edge.answers import AFTER, page, shape
from edge.views import ActView, Input, View
from notify import actions, audience, policy
from notify.api import serializers as s


class Notifications(View):
    """One's own notices, newest first. Their words say nothing; the code says where to look."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="notification_list",
        parameters=[AFTER, OpenApiParameter("waiting", bool)],
        responses={200: page(s.NoticeOut)},
    )
    def get(self, request: Request) -> Response:
        rows = policy.notices_visible_to(actor_of(request)).select_related("event")
        if request.query_params.get("waiting") in {"true", "1"}:
            rows = rows.filter(acknowledged_at__isnull=True)
        return Response(paging.newest(request, rows, show=s.notice_out))


class Acknowledge(ActView):
    """Say that one has seen a notice."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="notification_acknowledge", responses={200: shape(s.NoticeOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        notice = get_object_or_404(policy.notices_visible_to(actor), code=where["code"])
        return actions.acknowledge(notice=notice, by=actor, at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        rows = policy.notices_visible_to(actor_of(request)).select_related("event")
        return Response(s.notice_out(get_object_or_404(rows, code=code)))


class Preferences(View):
    """How I want to be told: mail or the bell alone, and when not (emergencies always)."""

    serializer_class = s.PreferenceIn

    @extend_schema(operation_id="preference_show", responses={200: shape(s.PreferenceOut)})
    def get(self, request: Request) -> Response:
        return Response(s.preference_out(audience.preference_of(actor_of(request))))

    @extend_schema(operation_id="preference_set", responses={200: shape(s.PreferenceOut)})
    def post(self, request: Request) -> Response:
        data = self.read(request)
        return Response(s.preference_out(actions.prefer(**data, by=actor_of(request))))


class Tasks(View):
    """What I have to do, or my agency's role has to."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="task_list",
        parameters=[AFTER, OpenApiParameter("done", bool)],
        responses={200: page(s.TaskOut)},
    )
    def get(self, request: Request) -> Response:
        done = request.query_params.get("done") in {"true", "1"}
        rows = policy.tasks_visible_to(actor_of(request)).select_related("assignee")
        rows = rows.filter(done_at__isnull=not done)
        return listing(request, "tasks", paging.newest(request, rows, show=s.task_out))


class TaskDone(ActView):
    """Mark a task as done."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="task_done", responses={200: shape(s.TaskOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        task = get_object_or_404(policy.tasks_visible_to(actor), code=where["code"])
        return actions.finish_task(task=task, by=actor, at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        rows = policy.tasks_visible_to(actor_of(request)).select_related("assignee")
        return Response(s.task_out(get_object_or_404(rows, code=code)))

"""What an event is about, for whoever has its number and may see it."""

import datetime as dt
from typing import TypedDict

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from edge.answers import shape
from edge.views import View
from notify import policy
from notify.api.endpointshapes import event_line
from notify.api.serializers import Nothing
from referral import events


class EventOut(TypedDict):
    id: str
    type: str
    at: dt.datetime
    acknowledged_at: dt.datetime | None
    subject: str
    link: str


class Event(View):
    """Read under one's own rights as they are now; what may no longer be seen is not there."""

    serializer_class = Nothing

    @extend_schema(operation_id="event_show", responses={200: shape(EventOut)})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        rows = policy.announcements_visible_to(actor).select_related("event")
        told = get_object_or_404(rows, uid=policy.number_of(code))
        subject = events.subject_of(told, by=actor)
        link = f"/api/v1/{subject.among}/{subject.code}/"
        return Response({**event_line(told), "subject": subject.code, "link": link})

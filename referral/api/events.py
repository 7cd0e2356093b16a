"""What an event is about, for whoever has its number and may see it."""

import datetime as dt
from typing import TypedDict

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of, reads_referrals_alone
from agencies.models import Token
from edge.answers import shape
from edge.views import View
from notify import policy
from notify.api.endpointshapes import event_line
from notify.api.serializers import Nothing
from referral import events
from referral.events import REFERRALS


class EventOut(TypedDict):
    id: str
    type: str
    at: dt.datetime
    acknowledged_at: dt.datetime | None
    subject: str
    link: str
    # The same by FHIR, where it is a referral.
    fhir: str | None


class Event(View):
    """Read under one's own rights as they are now; what may no longer be seen is not there. A key for
    FHIR alone reads of referrals, and of nothing else."""

    serializer_class = Nothing
    also_with = Token.Scope.FHIR

    @extend_schema(operation_id="event_show", responses={200: shape(EventOut)})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        rows = policy.announcements_visible_to(actor).select_related("event")
        told = get_object_or_404(rows, uid=policy.number_of(code))
        subject = events.subject_of(told, by=actor, among=readable(request))
        link = f"/api/v1/{subject.among}/{subject.code}/"
        fhir = f"/fhir/Task/{subject.code}" if subject.among == REFERRALS else None
        shown = {"subject": subject.code, "link": link, "fhir": fhir}
        return Response({**event_line(told), **shown})


def readable(request: Request) -> frozenset[str]:
    """Among what the key that asks can read at all."""
    return frozenset({REFERRALS} if reads_referrals_alone(request) else events.AMONG)

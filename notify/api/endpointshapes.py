"""What the API reads and shows about endpoints and what they were told."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from notify.models import Announcement, Call, Endpoint, Topic


class EndpointIn(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500)
    topics = serializers.ListField(
        child=serializers.ChoiceField(choices=Topic.choices), allow_empty=False, max_length=10
    )


class TopicsIn(serializers.Serializer[Any]):
    topics = EndpointIn._declared_fields["topics"]  # noqa: SLF001 -- the same field as above


class WordIn(serializers.Serializer[Any]):
    word = serializers.CharField(max_length=20)


class SinceIn(serializers.Serializer[Any]):
    since = serializers.DateTimeField()


class EndpointOut(TypedDict):
    code: str
    agency: str
    url: str
    topics: list[str]
    state: str
    because: str | None
    created_at: dt.datetime
    verified_at: dt.datetime | None
    failing_since: dt.datetime | None
    older_key_until: dt.datetime | None


class EndpointWithSecret(EndpointOut):
    secret: str


class CallOut(TypedDict):
    id: str
    event: str | None
    type: str
    state: str
    attempts: int
    status: int | None
    milliseconds: int | None
    error: str | None
    created_at: dt.datetime
    tried_at: dt.datetime | None
    next_at: dt.datetime | None
    acknowledged_at: dt.datetime | None


class AgainOut(TypedDict):
    calls: int
    through: dt.datetime


class EventLine(TypedDict):
    id: str
    type: str
    at: dt.datetime
    acknowledged_at: dt.datetime | None


def endpoint_out(endpoint: Endpoint) -> EndpointOut:
    return {
        "code": endpoint.code,
        "agency": endpoint.agency.code,
        "url": endpoint.url,
        "topics": endpoint.topics,
        "state": endpoint.state,
        "because": endpoint.because or None,
        "created_at": endpoint.created_at,
        "verified_at": endpoint.verified_at,
        "failing_since": endpoint.failing_since,
        "older_key_until": endpoint.older_until,
    }


def call_out(call: Call) -> CallOut:
    told = call.announcement
    waits = call.state == Call.State.PENDING
    return {
        "id": str(call.uid),
        "event": str(told.uid) if told else None,
        "type": told.topic if told else "endpoint.verify",
        "state": call.state,
        "attempts": call.attempts,
        "status": call.status,
        "milliseconds": call.milliseconds,
        "error": call.last_error or None,
        "created_at": call.created_at,
        "tried_at": call.tried_at,
        "next_at": call.next_at if waits else None,
        "acknowledged_at": told.acknowledged_at if told else None,
    }


def event_line(announcement: Announcement) -> EventLine:
    return {
        "id": str(announcement.uid),
        "type": announcement.topic,
        "at": announcement.at,
        "acknowledged_at": announcement.acknowledged_at,
    }

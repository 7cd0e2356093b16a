"""What the API reads and shows about notices and tasks."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from notify.models import Delivery, Preference, Task
from notify.notices import words_of


class Nothing(serializers.Serializer[Any]):
    """An act that needs no further word."""


class PreferenceIn(serializers.Serializer[Any]):
    email = serializers.BooleanField()
    quiet_from = serializers.TimeField(allow_null=True, default=None)
    quiet_to = serializers.TimeField(allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["quiet_from"] is None) != (attrs["quiet_to"] is None):
            raise serializers.ValidationError({"quiet_to": "both or none"}, code="required")
        return attrs


class NoticeOut(TypedDict):
    code: str
    kind: str
    subject: str
    text: str
    emergency: bool
    at: dt.datetime
    acknowledged_at: dt.datetime | None


class TaskOut(TypedDict):
    code: str
    kind: str
    subject: str
    note: str | None
    assignee: str | None
    role: str
    set_at: dt.datetime
    due_at: dt.datetime | None
    done_at: dt.datetime | None


class PreferenceOut(TypedDict):
    email: bool
    quiet_from: dt.time | None
    quiet_to: dt.time | None


def notice_out(notice: Delivery) -> NoticeOut:
    return {
        "code": notice.code,
        "kind": notice.event.kind,
        "subject": notice.event.subject,
        "text": str(words_of(notice.event.kind).body),
        "emergency": notice.event.emergency,
        "at": notice.event.happened_at,
        "acknowledged_at": notice.acknowledged_at,
    }


def task_out(task: Task) -> TaskOut:
    return {
        "code": task.code,
        "kind": task.kind,
        "subject": task.subject,
        "note": task.note or None,
        "assignee": task.assignee.username if task.assignee else None,
        "role": task.role,
        "set_at": task.set_at,
        "due_at": task.due_at,
        "done_at": task.done_at,
    }


def preference_out(preference: Preference) -> PreferenceOut:
    return {
        "email": preference.email,
        "quiet_from": preference.quiet_from,
        "quiet_to": preference.quiet_to,
    }

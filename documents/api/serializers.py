"""Shapes of documents in the API."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from documents.kinds import Kind
from documents.models import Document
from documents.reading import Words
from documents.workflow import Fault, Retraction, State
from kernel.groups import SEALED

LONGEST_ABOUT = 200


class UploadIn(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, help_text="PDF, JPEG, PNG or WebP.")
    group = serializers.ChoiceField([group.value for group in SEALED])
    about = serializers.CharField(
        max_length=LONGEST_ABOUT, required=False, allow_blank=True, default=""
    )


class RetractIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(Retraction.choices)


class Nothing(serializers.Serializer[Any]):
    """An act that needs no body."""


class DocumentLine(TypedDict):
    """`pages` and the clean form's size are known once it is checked."""

    code: str
    case: str
    group: str
    kind: Kind
    state: State
    fault: Fault | None
    size: int
    pages: int | None
    uploaded_at: dt.datetime
    checked_at: dt.datetime | None
    retracted_at: dt.datetime | None
    retraction: Retraction | None


class DocumentShown(DocumentLine):
    name: str
    about: str
    sha256: str


class TicketOut(TypedDict):
    """Good once, until then, for whoever asked: GET documents/files/<ticket>/."""

    ticket: str
    expires_at: dt.datetime


def line(document: Document, case: str) -> DocumentLine:
    return {
        "code": document.code,
        "case": case,
        "group": document.group,
        "kind": Kind(document.kind),
        "state": State(document.state),
        "fault": Fault(document.fault) if document.fault else None,
        "size": document.size,
        "pages": document.pages,
        "uploaded_at": document.uploaded_at,
        "checked_at": document.checked_at,
        "retracted_at": document.retracted_at,
        "retraction": Retraction(document.retraction) if document.retraction else None,
    }


def shown(document: Document, case: str, words: Words | None) -> DocumentShown:
    said = words or {"name": "", "about": "", "sha256": ""}
    return {
        **line(document, case),
        "name": said["name"],
        "about": said["about"],
        "sha256": said["sha256"],
    }

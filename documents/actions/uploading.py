"""Add a document to a case, and take one back."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from cases.actions.lifecycle import locked as locked_case
from cases.models import Case
from documents import policy, queries, reading, store
from documents.actions.moving import locked, log_of, move
from documents.kinds import kind_of, plain_name
from documents.models import Document
from documents.receiving import Received
from documents.waking import wake
from documents.workflow import Retraction, Verb
from kernel.errors import Invalid, Refused
from kernel.groups import SEALED, DataGroup


@transaction.atomic
def upload(
    *,
    code: str,
    received: Received,
    group: DataGroup,
    about: str = "",
    by: Member,
    at: dt.datetime,
) -> Document:
    """A document of the case, kept apart until it is checked."""
    case = locked_case(code)
    policy.may_upload(by, case).require()
    name = plain_name(received.own_name)
    if group not in SEALED:
        raise Invalid("group_is_not_sealed", pointer="/group")
    _check_size(case, received, by=by, at=at)
    document = Document(
        case=case,
        group=group,
        kind=kind_of(name=name, declared=str(received.content_type), head=received.head),
        size=received.size or 0,
        agency=by.agency,
        uploaded_by=by,
        uploaded_at=at,
    )
    document.words = reading.sealed_words(
        document, {"name": name, "about": about, "sha256": ""}
    )
    document.save(force_insert=True)
    store.keep_received(document, received)
    log_of(document, "document.uploaded", by=by, at=at, group=group.value)
    transaction.on_commit(wake, robust=True)
    return document


@transaction.atomic
def retract(*, code: str, reason: Retraction, by: Member, at: dt.datetime) -> Document:
    """It was wrong, or is not wanted: it is kept, and nobody is shown it any more."""
    document = locked(code)
    policy.may_upload(by, document.case).require()
    move(document, Verb.RETRACT, retracted_at=at, retraction=reason)
    log_of(document, "document.retracted", by=by, at=at, reason=reason.value)
    return document


def _check_size(case: Case, received: Received, *, by: Member, at: dt.datetime) -> None:
    if received.too_large:
        raise Invalid("document_too_large", pointer="/file")
    if not received.size:
        raise Invalid("document_is_empty", pointer="/file")
    if queries.is_full(case):
        raise Refused("too_many_documents")
    if not queries.has_room(by.agency, received.size, at=at):
        raise Refused("document_quota_used_up")

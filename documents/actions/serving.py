"""Handing a document out: a ticket that is good once and for a minute, and what it is given for."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction

from agencies.models import Member
from audit import log
from documents import child, policy, store
from documents.models import Document, Ticket
from documents.workflow import State
from kernel.errors import Missing, Refused
from kernel.sealing import CannotOpen

LASTS = dt.timedelta(seconds=60)


@transaction.atomic
def issue(*, document: Document, bound_to: str, by: Member, at: dt.datetime) -> str:
    """A ticket for this member in this session, which `bound_to` names; the ticket itself is told
    once and not kept."""
    if document.state != State.CLEAN:
        raise Refused(f"document_is_{document.state}", state=document.state)
    secret = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=_digest(secret),
        document=document,
        member=by,
        bound_to=_digest(bound_to),
        expires_at=at + LASTS,
    )
    log.record(
        "document.ticket",
        by=by,
        about=document.code,
        case=document.case.code,
        groups=[document.group],
    )
    return secret


@transaction.atomic
def redeem(
    *, secret: str, bound_to: str, by: Member, at: dt.datetime
) -> tuple[Document, bytes]:
    """The document that the ticket is for, with a line on it that says who has it since when.

    Missing if the ticket is used, late, somebody else's or of another session, or if the document
    is not the member's to see any more: all of them look alike.
    """
    tickets = Ticket.objects.filter(
        digest=_digest(secret), member=by, bound_to=_digest(bound_to), expires_at__gt=at
    )
    # The update holds the row: of two that come at once, one finds it unused.
    if not tickets.filter(used_at__isnull=True).update(used_at=at):
        raise Missing("not_found")
    rows = policy.visible_to(by, at=at).filter(state=State.CLEAN, tickets__in=tickets)
    document = rows.select_related("case__person").first()
    if document is None:
        raise Missing("not_found")
    try:
        content = store.content_of(document, store.Form.CLEAN, by=by, why="fetched")
        words = _stamp(document, by=by, at=at)
        return document, child.stamped(content, kind=document.kind, words=words)
    except (CannotOpen, child.Unfit) as fault:
        raise Refused("document_is_damaged") from fault


@transaction.atomic
def forget_tickets(*, by: log.Machine, at: dt.datetime) -> None:
    """What is over is of no use to anybody."""
    Ticket.objects.filter(expires_at__lt=at).delete()


def _stamp(document: Document, *, by: Member, at: dt.datetime) -> str:
    """Who, of which agency, when, and whose case: in signs that every font has."""
    said = f"{by.username} | {by.agency_code} | {at:%Y-%m-%d %H:%M} UTC"
    whole = f"{said} | {document.case.code} | {document.code}"
    return whole.encode("ascii", "replace").decode()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

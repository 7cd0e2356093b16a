"""What comes of a check, written down by the machine; and the lease under which one is made."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from audit import log
from documents import reading, store
from documents.actions.moving import locked, log_of, move
from documents.models import Document
from documents.workflow import Fault, State, Verb

CHECK = log.Machine("check")
# Longer than reading, two scans and the cleaner may take together.
LEASE = dt.timedelta(minutes=5)
# A scanner that does not answer is asked again so much later.
AGAIN = dt.timedelta(minutes=1)


@transaction.atomic
def take(*, by: log.Machine, at: dt.datetime) -> Document | None:
    """The document that has waited longest, leased to this caller; None if nothing waits."""
    free = Q(held_until__isnull=True) | Q(held_until__lte=at)
    rows = Document.objects.filter(free, state=State.QUARANTINED).order_by("pk")
    rows = rows.select_related("case__person").select_for_update(skip_locked=True, of=("self",))
    document = rows.first()
    if document is not None:
        document.held_until, document.tries = at + LEASE, document.tries + 1
        document.save(update_fields=["held_until", "tries"])
    return document


@transaction.atomic
def read(*, document: Document, by: log.Machine) -> bytes:
    """What came in, for the check alone."""
    return store.content_of(document, store.Form.ORIGINAL, by=by, why="check")


@transaction.atomic
def put_off(*, code: str, by: log.Machine, at: dt.datetime) -> None:
    """No scanner spoke: the document stays where it is, and that is not held against it."""
    Document.objects.filter(code=code, state=State.QUARANTINED).update(
        held_until=at + AGAIN, tries=0
    )


@transaction.atomic
def accept(
    *, code: str, content: bytes, sha256: str, pages: int, by: log.Machine, at: dt.datetime
) -> None:
    """The clean form takes the place of what came in."""
    document = locked(code)
    words = reading.words_of([document], case=document.case, by=by, why="check")[code]
    sealed = reading.sealed_words(document, {**words, "sha256": sha256})
    move(document, Verb.CLEAR, checked_at=at, size=len(content), pages=pages, words=sealed)
    store.keep_clean(document, content)
    store.forget(document, store.Form.ORIGINAL)
    log_of(document, "document.passed", by=by, at=at)


@transaction.atomic
def reject(*, code: str, fault: Fault, by: log.Machine, at: dt.datetime) -> None:
    """It is not kept; that it was there, and why it went, is."""
    document = locked(code)
    move(document, Verb.REJECT, checked_at=at, fault=fault)
    store.forget(document)
    log_of(document, "document.rejected", by=by, at=at, why=fault.value)

"""The check of a document: scanned, made anew by the cleaner, scanned again; only then clean."""

import datetime as dt
import hashlib
from contextlib import suppress

from django.utils import timezone

from documents import child, clamd
from documents.actions import checking as actions
from documents.actions.checking import CHECK
from documents.clamd import Verdict
from documents.models import Document
from documents.workflow import Fault
from kernel.errors import Refused
from kernel.sealing import CannotOpen

# A file that a worker was killed over so often is not tried again.
MOST_TRIES = 4


def check_waiting(at: dt.datetime) -> int:
    """Check what waits, one after the other, until nothing does or no scanner answers; the number
    of documents that were decided on."""
    decided = 0
    while (document := actions.take(by=CHECK, at=at)) is not None:
        if not _check(document):
            break
        decided += 1
        at = max(at, timezone.now())
    return decided


def _check(document: Document) -> bool:
    """Whether something came of it."""
    if document.tries > MOST_TRIES:
        return _reject(document, Fault.TOO_HEAVY)
    try:
        came = actions.read(document=document, by=CHECK)
        if (said := clamd.scan(came)) is not Verdict.CLEAN:
            return _not_clean(document, said)
        content, pages = child.cleaned(came, kind=document.kind)
    except child.Unfit as unfit:
        return _reject(document, unfit.fault)
    except CannotOpen:
        return _reject(document, Fault.MALFORMED)
    if (said := clamd.scan(content)) is not Verdict.CLEAN:
        return _not_clean(document, said)
    return _accept(document, content, pages)


def _not_clean(document: Document, said: Verdict) -> bool:
    if said is Verdict.INFECTED:
        return _reject(document, Fault.INFECTED)
    actions.put_off(code=document.code, by=CHECK, at=timezone.now())
    return False


def _accept(document: Document, content: bytes, pages: int) -> bool:
    digest = hashlib.sha256(content).hexdigest()
    # Refused: it was taken back, or erased, while it was looked at.
    with suppress(Refused):
        actions.accept(
            code=document.code,
            content=content,
            sha256=digest,
            pages=pages,
            by=CHECK,
            at=timezone.now(),
        )
    return True


def _reject(document: Document, fault: Fault) -> bool:
    with suppress(Refused):
        actions.reject(code=document.code, fault=fault, by=CHECK, at=timezone.now())
    return True

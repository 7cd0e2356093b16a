"""A person is erased: with their documents, whose keys would not open any more in any case."""

import datetime as dt

from django.db import transaction

from audit import log
from cases.models import Person
from documents import store
from documents.actions.moving import locked, log_of, move
from documents.models import Document, Tick, Ticket
from documents.workflow import State, Verb


@transaction.atomic
def erase(*, person: Person, by: log.Actor, at: dt.datetime) -> int:
    """Delete contents, keys, names, ticks and tickets of all the person's documents; that there
    were such documents, and when, stays. How many were erased."""
    rows = Document.objects.filter(case__person=person).exclude(state=State.ERASED)
    codes = list(rows.order_by("case", "pk").values_list("code", flat=True))
    for code in codes:
        document = locked(code)
        store.forget(document)
        Tick.objects.filter(document=document).delete()
        Ticket.objects.filter(document=document).delete()
        move(document, Verb.ERASE, words=None)
        log_of(document, "document.erased", by=by, at=at)
    return len(codes)

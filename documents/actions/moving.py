"""What every act on a document has in common: hold it, make the step, write it down."""

import datetime as dt
from typing import Any

from audit import log
from cases import timeline
from cases.actions.lifecycle import locked as locked_case
from documents.models import Document
from documents.workflow import FLOW, State, Verb


def locked(code: str) -> Document:
    """The document, held with its case against every other change."""
    case = locked_case(Document.objects.values_list("case__code", flat=True).get(code=code))
    document = Document.objects.select_for_update(no_key=True).get(code=code)
    document.case = case
    return document


def move(document: Document, verb: Verb, **changes: Any) -> None:
    """One step of the workflow, with what changes by it."""
    step = FLOW.step(verb, state=State(document.state))
    changes |= {"state": step.target, "version": document.version + 1}
    for name, value in changes.items():
        setattr(document, name, value)
    document.save(update_fields=list(changes))


def log_of(
    document: Document, event: str, *, by: log.Actor, at: dt.datetime, **facts: log.Fact
) -> None:
    timeline.record(document.case, event, by=by, at=at, about=document.code, facts=facts)

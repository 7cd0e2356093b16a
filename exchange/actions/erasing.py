"""A person is erased: with what files in and out hold of them."""

import datetime as dt

from django.db import transaction

from audit import log
from cases.models import Person
from exchange.actions.exporting import end
from exchange.models import ExportJob, ImportRow, Origin
from exchange.workflow import ExportState, ExportVerb, RowState

WHY = "person_was_erased"


@transaction.atomic
def erase(*, person: Person, by: log.Actor, at: dt.datetime) -> None:
    """Their rows of files, what they came with, and every export that holds them. What has become a
    case is not in a file that came in any more: its row went with the writing of the case."""
    rows = ImportRow.objects.filter(case__person=person)
    rows.filter(content__isnull=False).update(content=None, state=RowState.KNOWN)
    Origin.objects.filter(case__person=person).update(content=None, reference=None)
    exports = ExportJob.objects.filter(cases__case__person=person, state=ExportState.READY)
    for code in list(exports.distinct().values_list("code", flat=True)):
        end(code=code, verb=ExportVerb.REVOKE, why=WHY, by=by, at=at)

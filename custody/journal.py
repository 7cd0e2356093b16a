"""What a restored backup must not undo: written with the act, then filed outside the database."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from custody.models import JournalEntry
from kernel import journal

Kind = JournalEntry.Kind
SOME = 500
# Erasures have a file of their own, which outlives every other record.
WITHDRAWALS = "withdrawals.jsonl"


def note(
    kind: Kind, *, subject: str, at: dt.datetime, facts: Mapping[str, object] | None = None
) -> None:
    """Write it in the transaction that makes it true; it is filed once that has committed.

    Should the process be killed in between, the sweep files it.
    """
    JournalEntry.objects.create(kind=kind, subject=subject, facts=dict(facts or {}), at=at)
    transaction.on_commit(_file_soon, robust=True)


def file_waiting(*, at: dt.datetime) -> int:
    """Append what waits to the files and mark it; how much there was. Twice is as good as once:
    a reader knows an entry that it has met before."""
    if not settings.TOMBSTONE_FILE:
        return 0
    with transaction.atomic():
        waiting = JournalEntry.objects.filter(filed_at__isnull=True).order_by("pk")
        rows = list(waiting.select_for_update(skip_locked=True)[:SOME])
        for path in paths():
            mine = [row for row in rows if _path_of(row.kind) == path]
            if mine:
                journal.append(path, [_line(row) for row in mine])
        JournalEntry.objects.filter(pk__in=[row.pk for row in rows]).update(filed_at=at)
    return len(rows)


def entries() -> list[journal.Entry]:
    """Everything that was filed: the erasures, then the rest in the order of its happening."""
    return [entry for path in paths() for entry in journal.read(path)] if paths() else []


def paths() -> list[Path]:
    """The file of erasures and, beside it, that of withdrawals; none where none is set."""
    if not settings.TOMBSTONE_FILE:
        return []
    tombstones = Path(settings.TOMBSTONE_FILE)
    return [tombstones, tombstones.with_name(WITHDRAWALS)]


def waiting() -> int:
    """How much is not outside the database yet."""
    return JournalEntry.objects.filter(filed_at__isnull=True).count()


def _path_of(kind: str) -> Path:
    return paths()[kind != Kind.PERSON_ERASED]


def _line(row: JournalEntry) -> journal.Entry:
    return {
        "kind": row.kind,
        "subject": row.subject,
        "at": row.at.isoformat(),
        "facts": row.facts,
    }


def _file_soon() -> None:
    file_waiting(at=timezone.now())

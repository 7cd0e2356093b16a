"""Opening one group of one case as a request does it, logged, beside the same without its event; and what
the log costs: a row more, and the commit that a mere read would not wait for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from agencies.models import Member
from benchmarks.measure import in_turns
from benchmarks.recording import as_role
from benchmarks.traces import line, untouched
from cases import policy, vault
from cases.models import Case
from custody.ring import for_one_request
from edge import wall
from kernel.groups import DataGroup
from launch.servers import WEB

COUNTED = 200
# The unit: one row written and waited for, with nothing else in its transaction.
COMMIT = "INSERT INTO bench.committed (words) VALUES ('x')"


def measured(rounds: int) -> dict[str, Any]:
    with line() as db, _table(db), untouched(db, ["audit_auditevent"]):
        case = Case.objects.filter(state="open", worker__isnull=False).order_by("-pk")[0]
        worker = case.worker
        assert worker is not None, "chosen with one"
        worker = Member.objects.select_related("agency").get(pk=worker.pk)
        deeds = {
            "audited": lambda: _read(case.code, worker, _opened),
            "unaudited": lambda: _read(case.code, worker, _not_logged),
            "commit": _commit,
        }
        with as_role(WEB):
            took = in_turns(deeds, rounds=rounds * 5)
            commits = {name: _commits(deed) for name, deed in deeds.items()}
    found: dict[str, Any] = {
        name: each.shown() | {"commits": commits[name]} for name, each in took.items()
    }
    more = took["audited"].median - took["unaudited"].median
    return found | {"more_in_commits": round(more / took["commit"].median, 2)}


@contextmanager
def _table(db: Any) -> Iterator[None]:
    db.execute("CREATE TABLE bench.committed (words text)")
    db.execute(f"GRANT USAGE ON SCHEMA bench TO {WEB}")
    db.execute(f"GRANT INSERT ON bench.committed TO {WEB}")
    db.commit()
    try:
        yield
    finally:
        db.rollback()
        db.execute("DROP TABLE bench.committed")
        db.commit()


Opening = Callable[[Case, Member], Any]


def _read(code: str, who: Member, opening: Opening) -> None:
    """As a request holds it: one transaction of the member's, the case as far as they may see it."""
    with wall.acting(wall.member(who)), for_one_request(), transaction.atomic():
        opening(policy.visible_to(who, at=timezone.now()).get(code=code), who)


def _opened(case: Case, who: Member) -> None:
    vault.open_groups(case.person, [DataGroup.IDENTITY], by=who, case=case.code, why="request")


def _not_logged(case: Case, _who: Member) -> None:
    """The control: the same but for the event."""
    held = case.person
    rows = list(held.sealed_groups.filter(group__in=[DataGroup.IDENTITY]))
    key = vault._key(held)  # noqa: SLF001 -- what it does, but not the log's part of it
    for row in rows:
        vault._opened(held, key, row, row.group)  # noqa: SLF001 -- likewise


def _commit() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(COMMIT)


def _commits(deed: Callable[[], None]) -> float:
    """How many commits waited for the disk, by deed: those that wrote something."""
    before = _synced()
    for _ in range(COUNTED):
        deed()
    return round((_synced() - before) / COUNTED, 2)


def _synced() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT fsyncs FROM pg_stat_io WHERE object = 'wal' AND context = 'normal'"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])

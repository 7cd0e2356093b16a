"""Making the figures of a month: the first time, when everybody is new, and a month later, when hardly
anybody is; beside plain counts of the same tables over the same people. Nothing of it stays."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.utils import timezone

from audit import log
from benchmarks.recording import as_role
from edge import wall
from figures import gathering, periods
from figures.actions import releasing
from figures.tables import TABLES
from launch.servers import WORKER

PLAIN = "SELECT value, count(DISTINCT person_id) FROM ({sql}) AS e(person_id, value, day, first, last) GROUP BY 1"


def measured(_rounds: int) -> dict[str, Any]:
    now = timezone.now()
    newest = periods.newest_over(now)
    with as_role(WORKER), wall.acting(wall.MACHINE), transaction.atomic():
        first = _took(lambda: _release(newest - relativedelta(months=1), now))
        usual = _took(lambda: _release(newest, now))
        gathering.gather(until=periods.end_of(newest))
        ((people,),) = gathering.rows("SELECT count(*) FROM figures_person")
        plain = _took(lambda: _counts(until=periods.end_of(newest)))
        transaction.set_rollback(True)
    return {
        "people": people, "first_s": round(first, 1), "usual_s": round(usual, 1),
        "plain_s": round(plain, 1), "ratio": round(first / plain, 1),
    }  # fmt: skip


def _release(month: dt.date, at: dt.datetime) -> None:
    assert releasing.make_release(month=month, by=log.CLOCK, at=at)


def _counts(*, until: dt.datetime) -> None:
    for table in TABLES:
        gathering.rows(PLAIN.format(sql=table.sql), until=until)


def _took(deed: Callable[[], object]) -> float:
    begun = time.monotonic()
    deed()
    return time.monotonic() - begun

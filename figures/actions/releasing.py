"""Make the figures of a month: the machine counts, puts into steps and freezes, in one transaction."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from django.conf import settings
from django.db import transaction

from agencies.models import Member
from audit import log
from figures import gathering, noise, periods, policy, steps
from figures.gathering import rows, run
from figures.models import Cell, Release
from figures.tables import TABLES, Table
from kernel.errors import Refused

LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('figures release'))"
# Of one statement; the task as a whole ends after an hour (figures/tasks.py).
LONGEST = "SET LOCAL statement_timeout = '30min'"
# How many steps of a cell are held back, and noise of a scale.
HeldBack = Callable[[], int]
Noise = Callable[[Fraction], int]
# The mark of a person in a cell. `secret` is made with a key that the database never sees.
MARK = "encode(substr(sha256({of} || convert_to('{table}|' || {value}, 'UTF8')), 1, 16), 'hex')::uuid"
FRESH = "rep bigint, knowers bigint[], value varchar(200), day timestamptz, first smallint, last smallint, mark uuid"
# Whoever meets a cell for the first time: counted in it under no name that they were known by. Whoever
# was is marked by all of their names, as the one by which they were counted may be erased. Joined as
# wholes, never looked up one by one: what was counted grows while the statistics of it stand still.
NEW = """
    WITH met AS MATERIALIZED (
        SELECT DISTINCT ON (p.rep, e.value)
               p.rep, p.knowers, e.value, e.day, e.first, e.last, {mark_of_rep} AS mark
        FROM ({sql}) AS e(person_id, value, day, first, last)
        JOIN figures_person p ON p.person_id = e.person_id
        JOIN figures_person r ON r.person_id = p.rep
        WHERE e.day < %(until)s
        ORDER BY p.rep, e.value, e.day
    ), marks AS MATERIALIZED (
        SELECT met.rep, met.value, {mark_of_any} AS mark
        FROM met JOIN figures_member m ON m.rep = met.rep
    ), known AS MATERIALIZED (
        SELECT DISTINCT marks.rep, marks.value
        FROM marks JOIN figures_counted k ON k.mark = marks.mark
    ), marked AS (
        INSERT INTO figures_counted
        SELECT marks.mark FROM marks JOIN known USING (rep, value)
        WHERE rep IN (SELECT rep FROM figures_alias) ORDER BY marks.mark
        ON CONFLICT DO NOTHING
    )
    INSERT INTO figures_fresh
    SELECT met.* FROM met LEFT JOIN known ON known.rep = met.rep AND known.value = met.value
    WHERE known.rep IS NULL
"""
WAITING = "SELECT value, knowers, count(*) FROM figures_fresh GROUP BY 1, 2"
# The oldest month first; within it in the order of the marks, which is as good as shuffled.
CHOSEN = """
    INSERT INTO figures_chosen
    SELECT rep, value, first, last FROM (
        SELECT f.*, t.number, row_number() OVER (
            PARTITION BY f.value, f.knowers ORDER BY date_trunc('month', f.day), f.mark
        ) AS n
        FROM figures_fresh f JOIN figures_taken t ON t.value = f.value AND t.knowers = f.knowers
    ) queue WHERE n <= number
"""
COUNTED = """
    INSERT INTO figures_counted
    SELECT {mark} AS mark FROM figures_chosen c JOIN figures_member m ON m.rep = c.rep
    ORDER BY mark
"""
SUMS = "SELECT value, count(*), sum(first), sum(last) FROM figures_chosen GROUP BY value"
# A mean that lies further out would say that everybody of a step had nearly the same score.
MOST_OF_A_SCORE = Fraction(4)
LOWEST, HIGHEST = Decimal("0.3"), Decimal("3.7")


@transaction.atomic
def ask(*, month: dt.date, by: Member, at: dt.datetime) -> Release:
    """Want the figures of a month that is over; the worker makes them."""
    policy.may_ask(by).require()
    if not periods.is_over(month, at):
        raise Refused("month_is_not_over")
    _require_new(month)
    release = Release.objects.create(month=month, asked_at=at, asked_by=by)
    log.record("figures.asked", by=by, about=release.period)
    return release


def make_release(
    *,
    month: dt.date,
    by: log.Actor,
    at: dt.datetime,
    held_back: HeldBack = steps.held_back,
    noise_of: Noise = noise.laplace,
) -> Release | None:
    """Make and freeze the figures of a month. None if somebody else is making some just now.

    All or nothing: what is stopped half-way has counted nobody. Handles are made before, since a
    release takes minutes and nobody's sheet may be kept for so long.
    """
    if not periods.is_over(month, at):
        raise Refused("month_is_not_over")
    gathering.make_handles(until=periods.end_of(month))
    return _make(month, by, at, held_back, noise_of)


@transaction.atomic
def _make(
    month: dt.date, by: log.Actor, at: dt.datetime, held_back: HeldBack, noise_of: Noise
) -> Release | None:
    if rows(LOCK) != [(True,)]:
        return None
    run(LONGEST)
    release, _ = Release.objects.select_for_update().get_or_create(
        month=month, defaults={"asked_at": at}
    )
    if release.state == Release.State.MADE:
        raise Refused("already_released")
    _require_last(month)
    step = max(settings.FIGURES_STEP, steps.SMALLEST_STEP)
    gathering.gather(until=periods.end_of(month))
    before = _totals_before(month)
    for table in TABLES:
        _fill_fresh(table, until=periods.end_of(month))
        added = _choose(table, step, held_back)
        _publish(table, release, added, before, noise_of)
    if month.month == len(noise.MONTHS):
        noise.add_year(month.year, at=at)
    gathering.scatter()
    release.state, release.made_at, release.step = Release.State.MADE, at, step
    release.save(update_fields=["state", "made_at", "step"])
    log.record("figures.released", by=by, about=release.period)
    return release


def _require_new(month: dt.date) -> None:
    if Release.objects.filter(month=month).exists():
        raise Refused("already_released")
    _require_last(month)


def _require_last(month: dt.date) -> None:
    """Months follow each other: what a later one has counted is not taken back for an earlier one."""
    if Release.objects.filter(month__gt=month).exists():
        raise Refused("later_month_is_released")


def _totals_before(month: dt.date) -> dict[tuple[str, str], int]:
    """The numbers of the release before."""
    made = Release.objects.filter(month__lt=month, state=Release.State.MADE)
    last = made.order_by("-month").first()
    if last is None:
        return {}
    return {(cell.table, cell.value): cell.total for cell in last.cells.all()}


def _choose(table: Table, step: int, held_back: HeldBack) -> dict[str, int]:
    """Put whoever is new to a cell into its steps, and mark those of whole ones; how many they are."""
    added, taken = _steps(step, held_back)
    gathering.make("figures_taken", "value varchar(200), knowers bigint[], number bigint")
    gathering.make(
        "figures_chosen", "rep bigint, value varchar(200), first smallint, last smallint"
    )
    gathering.copy("figures_taken", taken)
    run(CHOSEN)
    run(COUNTED.format(mark=MARK.format(of="m.secret", table=table.code, value="c.value")))
    return added


def _publish(
    table: Table, release: Release, added: dict[str, int],
    before: dict[tuple[str, str], int], noise_of: Noise,
) -> None:  # fmt: skip
    sums = {value: (number, scores) for value, number, *scores in rows(SUMS)}
    assert {value: number for value, (number, _) in sums.items()} == added, "whole steps"
    standing = {value: total for (code, value), total in before.items() if code == table.code}
    Cell.objects.bulk_create(
        Cell(
            release=release, table=table.code, value=value, added=added.get(value, 0),
            total=standing.get(value, 0) + added.get(value, 0),
            **(_means(*sums[value], noise_of) if table.scored and value in sums else {}),
        )
        for value in sorted({*standing, *added})
    )  # fmt: skip
    for name in ("figures_fresh", "figures_taken", "figures_chosen"):
        run(f"DROP TABLE {name}")


def _fill_fresh(table: Table, *, until: dt.datetime) -> None:
    gathering.make("figures_fresh", FRESH)
    statement = NEW.format(
        sql=table.sql,
        mark_of_rep=MARK.format(of="r.secret", table=table.code, value="e.value"),
        mark_of_any=MARK.format(of="m.secret", table=table.code, value="met.value"),
    )
    run(statement, until=until)


def _steps(
    step: int, held_back: HeldBack
) -> tuple[dict[str, int], list[tuple[str, list[int], int]]]:
    """How many people are added to each cell, and how many of each kind they are."""
    waiting: dict[str, dict[steps.Knowers, int]] = {}
    for value, knowers, number in rows(WAITING):
        waiting.setdefault(value, {})[tuple(knowers)] = number
    added: dict[str, int] = {}
    taken: list[tuple[str, list[int], int]] = []
    for value, them in waiting.items():
        whole, chosen = steps.filled(them, size=step, back=held_back())
        if whole:
            added[value] = whole * step
            taken += [(value, list(knowers), number) for knowers, number in chosen.items()]
    return added, taken


def _means(number: int, scores: list[int], noise_of: Noise) -> dict[str, Decimal]:
    """Noise as large as one score can be goes into each sum: nobody's score follows from a mean."""
    first, last = (
        round(Decimal(score + noise_of(MOST_OF_A_SCORE)) / number, 1) for score in scores
    )
    return {
        "first_mean": min(max(first, LOWEST), HIGHEST),
        "last_mean": min(max(last, LOWEST), HIGHEST),
    }

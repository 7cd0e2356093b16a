"""Make the figures of a month: the machine counts, puts into steps and freezes, in one transaction."""

import datetime as dt
from collections.abc import Callable, Container
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
# One release at a time sorts and joins everybody, and each of its statements runs once.
ROOM = ("SET LOCAL work_mem = '64MB'", "SET LOCAL jit = off")
# How many steps of a cell are held back, and noise of a scale.
HeldBack = Callable[[], int]
# A cell, by its table's number and its value.
Place = tuple[int, str]
Noise = Callable[[Fraction], int]
# The mark of a person in a cell; of a table that counts everybody once, in all of it. `secret` is made
# with a key that the database never sees.
MARK = """encode(substr(sha256({of}.secret || convert_to(
    t.code || '|' || CASE WHEN t.once THEN '' ELSE met.value END, 'UTF8')), 1, 16), 'hex')::uuid"""
CALLED = "(VALUES {tables}) AS t(number, code, once)"
# Who meets which cell of which table, all tables by their numbers; who of them is new; and who is chosen.
CELLS = "number smallint, rep bigint, value varchar(200)"
MADE = {
    "figures_met": f"{CELLS}, kind integer, day timestamptz, first smallint, last smallint, mark uuid",
    "figures_named": f"{CELLS}, mark uuid",
    "figures_old": CELLS,
    "figures_fresh": f"{CELLS}, kind integer, day timestamptz, first smallint, last smallint, mark uuid",
    "figures_taken": "id integer, number smallint, value varchar(200), kind integer, most bigint",
    "figures_chosen": f"{CELLS}, first smallint, last smallint, mark uuid",
}
# Since when somebody meets a cell. Where all that a cell says of them is that, a sum will do; else the
# first time says the rest.
MET = """
    SELECT p.rep, e.value, min(e.day) AS day, min(e.first) AS first, min(e.last) AS last
    FROM ({sql}) AS e(person_id, value, day, first, last)
    JOIN figures_person p ON p.person_id = e.person_id
    WHERE e.day < %(until)s GROUP BY p.rep, e.value
"""
MET_FIRST = """
    SELECT DISTINCT ON ({each}) p.rep, e.value, e.day, e.first, e.last
    FROM ({sql}) AS e(person_id, value, day, first, last)
    JOIN figures_person p ON p.person_id = e.person_id
    WHERE e.day < %(until)s ORDER BY {each}, e.day, e.value
"""
ALL_MET = """
    INSERT INTO figures_met
    SELECT t.number, met.rep, met.value, r.kind, met.day, met.first, met.last, {mark}
    FROM ({met}) met JOIN figures_person r ON r.person_id = met.rep CROSS JOIN {called}
"""
# Whoever has other names, by all of them: as whom they were counted may have been erased.
NAMED = """
    INSERT INTO figures_named
    SELECT number, rep, value, mark FROM figures_met
    WHERE rep IN (SELECT rep FROM figures_name)
    UNION ALL
    SELECT met.number, met.rep, met.value, {mark}
    FROM figures_met met JOIN figures_name n USING (rep) JOIN {called} USING (number)
"""
OLD = """
    INSERT INTO figures_old
    SELECT DISTINCT number, rep, value FROM figures_named JOIN figures_counted USING (mark)
"""
MARKED = """
    INSERT INTO figures_counted
    SELECT mark FROM figures_named JOIN figures_old USING (number, rep, value)
    WHERE rep IN (SELECT rep FROM figures_alias) ORDER BY mark
    ON CONFLICT DO NOTHING
"""
# Whoever meets a cell for the first time: counted in it under no name that they were known by. All
# tables at once, as what was counted is read through for it: never looked up one by one, since it
# grows while the statistics of it stand still.
FRESH = """
    INSERT INTO figures_fresh
    SELECT met.* FROM figures_met met
    WHERE NOT EXISTS (SELECT 1 FROM figures_counted c WHERE c.mark = met.mark)
      AND NOT EXISTS (
          SELECT 1 FROM figures_old o
          WHERE o.number = met.number AND o.rep = met.rep AND o.value = met.value
      )
"""
WAITING = "SELECT number, value, kind, count(*) FROM figures_fresh GROUP BY 1, 2, 3"
# The oldest month first; within it in the order of the marks, which is as good as shuffled.
CHOSEN = """
    INSERT INTO figures_chosen
    SELECT number, rep, value, first, last, mark FROM (
        SELECT f.*, t.most, row_number() OVER (
            PARTITION BY t.id ORDER BY date_trunc('month', f.day), f.mark
        ) AS n
        FROM figures_fresh f JOIN figures_taken t USING (number, value, kind)
    ) queue WHERE n <= most
"""
COUNTED = """
    INSERT INTO figures_counted
    SELECT mark FROM (
        SELECT mark FROM figures_chosen
        UNION ALL
        SELECT n.mark FROM figures_chosen JOIN figures_named n USING (number, rep, value)
    ) marks ORDER BY mark
    ON CONFLICT DO NOTHING
"""
SUMS = "SELECT number, value, count(*), sum(first), sum(last) FROM figures_chosen GROUP BY 1, 2"
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
    for setting in (LONGEST, *ROOM):
        run(setting)
    release, _ = Release.objects.select_for_update().get_or_create(
        month=month, defaults={"asked_at": at}
    )
    if release.state == Release.State.MADE:
        raise Refused("already_released")
    _require_last(month)
    step = max(settings.FIGURES_STEP, steps.SMALLEST_STEP)
    gathering.gather(until=periods.end_of(month))
    _find_fresh(until=periods.end_of(month))
    added = _choose(step, held_back)
    _publish(release, added, noise_of)
    if month.month == len(noise.MONTHS):
        noise.add_year(month.year, by=by, at=at)
    gathering.scatter()
    for name in MADE:
        run(f"DROP TABLE {name}")
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


def _find_fresh(*, until: dt.datetime) -> None:
    """Put together who meets which cell for the first time."""
    for name, columns in MADE.items():
        gathering.make(name, columns)
    for number, table in enumerate(TABLES):
        each = "p.rep" if table.once else "p.rep, e.value"
        met = MET_FIRST if table.once or table.scored else MET
        statement = ALL_MET.format(
            met=met.format(sql=table.sql, each=each),
            mark=MARK.format(of="r"),
            called=_called((number, table)),
        )
        run(statement, until=until)
    run(NAMED.format(mark=MARK.format(of="n"), called=_called(*enumerate(TABLES))))
    gathering.look_at("figures_met", "figures_named")
    for statement in (OLD, MARKED, FRESH):
        run(statement)
    gathering.look_at("figures_fresh")


def _called(*tables: tuple[int, Table]) -> str:
    """The tables with their numbers, as rows of a statement."""
    return CALLED.format(
        tables=", ".join(
            f"({number}::smallint, '{table.code}', {table.once})" for number, table in tables
        )
    )


def _choose(step: int, held_back: HeldBack) -> dict[Place, int]:
    """Put whoever is new to a cell into its steps, and mark those of whole ones; how many they are."""
    kinds = gathering.kinds()
    kind_of = {knowers: kind for kind, knowers in kinds.items()}
    waiting: dict[Place, dict[steps.Knowers, int]] = {}
    for number, value, kind, people in rows(WAITING):
        waiting.setdefault((number, value), {})[kinds[kind]] = people
    added: dict[Place, int] = {}
    taken: list[tuple[int, int, str, int, int]] = []
    for (number, value), them in waiting.items():
        whole, chosen = steps.filled(them, size=step, back=held_back())
        if whole:
            added[number, value] = whole * step
        for knowers, most in chosen.items():
            taken.append((len(taken), number, value, kind_of[knowers], most))
    gathering.copy("figures_taken", taken)
    gathering.look_at("figures_taken")
    run(CHOSEN)
    run(COUNTED)
    return added


def _publish(release: Release, added: dict[Place, int], noise_of: Noise) -> None:
    sums = {(number, value): said for number, value, *said in rows(SUMS)}
    assert {place: people for place, (people, *_) in sums.items()} == added, "whole steps"
    number_of = {table.code: number for number, table in enumerate(TABLES)}
    standing = {
        (number_of[code], value): total
        for (code, value), total in _totals_before(release.month).items()
    }
    Cell.objects.bulk_create(
        Cell(
            release=release, table=TABLES[place[0]].code, value=place[1],
            added=added.get(place, 0), total=standing.get(place, 0) + added.get(place, 0),
            **(_means(sums[place], noise_of) if _has_means(place, sums) else {}),
        )
        for place in sorted({*standing, *added})
    )  # fmt: skip


def _has_means(place: Place, sums: Container[Place]) -> bool:
    return TABLES[place[0]].scored and place in sums


def _means(sums: list[int], noise_of: Noise) -> dict[str, Decimal]:
    """Noise as large as one score can be goes into each sum: nobody's score follows from a mean."""
    people, *scores = sums
    means = [round(Decimal(each + noise_of(MOST_OF_A_SCORE)) / people, 1) for each in scores]
    shown = [min(max(mean, LOWEST), HIGHEST) for mean in means]
    return dict(zip(("first_mean", "last_mean"), shown, strict=True))

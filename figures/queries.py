"""What is published, as an edge shows it: the numbers of a month or a quarter, table by table."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import QuerySet, Sum

from figures import periods
from figures.models import Cell, Noisy, Release, Spent
from figures.tables import SHOWN, Table, values


@dataclass(frozen=True, slots=True)
class Line:
    """One published number. `parts` are the codes of its value, one for each dimension."""

    parts: tuple[str, ...]
    total: int
    added: int
    first_mean: Decimal | None = None
    last_mean: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One table: its numbers, and of which values of its only dimension no step is published yet."""

    table: Table
    lines: list[Line]
    no_step_yet: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was published for a period. `step` is how many people a step holds."""

    period: str
    made_at: dt.datetime
    step: int
    tables: list[Shown]


def wanted(at: dt.datetime) -> list[str]:
    """Months whose figures are to be made now, the oldest first."""
    due = periods.newest_over(at)
    asked = Release.objects.filter(state=Release.State.ASKED).order_by("month")
    months = list(asked.values_list("month", flat=True))
    if not Release.objects.filter(month__gte=due).exists():
        months.append(due)
    return [f"{month:%Y-%m}" for month in months]


def figures_of(period: str, released: QuerySet[Release]) -> Figures | None:
    """The figures of a month `2026-10` or a quarter `2026-Q3`, out of these releases; None if they
    are not all there. A quarter says nothing that its three months have not said."""
    months = periods.months_of(period)
    found = list(released.filter(month__in=months))
    return _figures(period, found) if months and len(found) == len(months) else None


def newest(released: QuerySet[Release]) -> Figures | None:
    """The figures of the last month that was made."""
    last = released.first()
    return None if last is None else _figures(last.period, [last])


def quarters_of(months: Iterable[dt.date]) -> list[str]:
    """The quarters whose three months are all there, newest first."""
    counted: dict[str, int] = {}
    for month in months:
        name = f"{month.year}-Q{(month.month + 2) // 3}"
        counted[name] = counted.get(name, 0) + 1
    return sorted((name for name, number in counted.items() if number == 3), reverse=True)  # noqa: PLR2004 -- months of a quarter


def _figures(period: str, releases: list[Release]) -> Figures | None:
    if not releases:
        return None
    last = max(releases, key=lambda release: release.month)
    cells = list(Cell.objects.filter(release__in=releases))
    added: dict[tuple[str, str], int] = {}
    for cell in cells:
        key = (cell.table, cell.value)
        added[key] = added.get(key, 0) + cell.added
    known = values()
    standing = [cell for cell in cells if cell.release_id == last.pk]
    if len(releases) > 1:
        # A mean is that of one month's new steps; those of three are not put together.
        for cell in standing:
            cell.first_mean = cell.last_mean = None
    assert last.made_at is not None, "what is published was made"
    return Figures(
        period=period, made_at=last.made_at, step=last.step or 0,
        tables=[_shown(table, standing, added, known) for table in SHOWN],
    )  # fmt: skip


def _shown(
    table: Table,
    cells: list[Cell],
    added: dict[tuple[str, str], int],
    values_of: dict[str, tuple[str, ...]],
) -> Shown:
    found = {cell.value: cell for cell in cells if cell.table == table.code}
    lines = {
        value: Line(
            tuple(value.split("|")), cell.total, added[table.code, value],
            cell.first_mean, cell.last_mean,
        )
        for value, cell in found.items()
    }  # fmt: skip
    if len(table.dims) > 1:
        return Shown(table, [lines[value] for value in sorted(lines)])
    known = values_of[table.dims[0]]
    # A code that has left its list keeps its number.
    order = [*known, *sorted(set(lines) - set(known))]
    return Shown(
        table,
        [lines[value] for value in order if value in lines],
        [value for value in order if value not in lines],
    )


def spent_of(rows: QuerySet[Spent]) -> dict[int, Decimal]:
    """What was spent of each year's budget."""
    totals = rows.order_by().values_list("year").annotate(all=Sum("epsilon"))
    return dict(totals)


def noisy_of(rows: QuerySet[Noisy]) -> dict[int, dict[str, list[Noisy]]]:
    """The noisy numbers by year and table, the newest year first."""
    found: dict[int, dict[str, list[Noisy]]] = {}
    for row in rows.order_by("-year", "pk"):
        found.setdefault(row.year, {}).setdefault(row.table, []).append(row)
    return found

"""Numbers with noise in them (differential privacy), once a year, where an installation wants them.

Discrete Laplace noise by exact sampling, without floating point: Canonne, Kamath and Steinke, "The
Discrete Gaussian for Differential Privacy" (2020), algorithm 2. Who is in the data at all changes at
most `MOST_CELLS` numbers of a table by one each; so a table whose part of the budget is e has noise of
the scale MOST_CELLS / e, and all tables of a year together cost the whole of it and no more.
"""

import datetime as dt
import math
import secrets
from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from django.conf import settings
from django.db.models import Sum

from audit import log
from figures import gathering
from figures.models import Noisy, Spent
from figures.tables import SHOWN, Table, values
from kernel.errors import Refused

MONTHS = range(1, 13)
# Where somebody stands in more cells of a table than this, those beyond it are left out for them.
MOST_CELLS = 3
# How often the true number lies within what is given or taken.
CERTAINTY = 0.95
SMALLEST = Decimal("0.00001")
Below = Callable[[int], int]
NOISED = tuple(table for table in SHOWN if len(table.dims) == 1 and not table.scored)
COUNT = """
    SELECT value, count(*) FROM (
        SELECT p.rep, e.value, row_number() OVER (
            PARTITION BY p.rep ORDER BY sha256(r.secret || convert_to(e.value, 'UTF8'))
        ) AS n
        FROM (SELECT DISTINCT person_id, value, min(day) AS day
              FROM ({sql}) AS x(person_id, value, day, first, last) GROUP BY 1, 2) e
        JOIN figures_person p ON p.person_id = e.person_id
        JOIN figures_person r ON r.person_id = p.rep
        WHERE e.day >= %(since)s AND e.day < %(until)s
        GROUP BY p.rep, e.value, r.secret
    ) of_the_year WHERE n <= %(most)s GROUP BY value
"""


def dims_of(code: str) -> tuple[str, ...]:
    """What the values of a table are."""
    return next(table.dims for table in NOISED if table.code == code)


def epsilon() -> Decimal | None:
    """The budget of a year; None where no noisy numbers are wanted."""
    return settings.FIGURES_EPSILON


def add_year(
    year: int, *, by: log.Actor, at: dt.datetime, below: Below = secrets.randbelow
) -> None:
    """Publish the year's noisy numbers, if they are wanted. Everybody is gathered already.

    A table that the budget does not cover is refused by itself: the figures it stands beside are made.
    """
    budget = epsilon()
    if budget is None:
        return
    known = values()
    part = (budget / len(NOISED)).quantize(SMALLEST, ROUND_DOWN)
    for table in NOISED:
        try:
            spend(year, table.code, part, at=at)
        except Refused as refusal:
            log.record(
                "figures.noise_refused", by=by, about=str(year),
                facts={"table": table.code, "why": refusal.code},
            )  # fmt: skip
        else:
            _publish(table, year, known[table.dims[0]], part, below)


def spend(year: int, table: str, part: Decimal, *, at: dt.datetime) -> None:
    """Write down what is spent. Raises Refused beyond the year's budget, and for a table twice."""
    rows = Spent.objects.filter(year=year)
    spent = rows.aggregate(all=Sum("epsilon"))["all"] or Decimal(0)
    covered = 0 < part <= (epsilon() or Decimal(0)) - spent
    if not covered or rows.filter(table=table).exists():
        raise Refused("budget_spent")
    Spent.objects.create(year=year, table=table, epsilon=part, spent_at=at)


def _publish(
    table: Table, year: int, known: Iterable[str], part: Decimal, below: Below
) -> None:
    most = MOST_CELLS if table.several else 1
    scale = Fraction(most) / Fraction(part)
    true = dict(
        gathering.rows(
            COUNT.format(sql=table.sql), most=most,
            since=dt.datetime(year, 1, 1, tzinfo=dt.UTC),
            until=dt.datetime(year + 1, 1, 1, tzinfo=dt.UTC),
        )
    )  # fmt: skip
    around = give_or_take(scale)
    Noisy.objects.bulk_create(
        Noisy(
            year=year, table=table.code, value=value, give_or_take=around,
            about=max(0, true.get(value, 0) + laplace(scale, below)),
        )
        for value in known
    )  # fmt: skip


def laplace(scale: Fraction, below: Below = secrets.randbelow) -> int:
    """A whole number k with a chance in proportion to exp(-|k| / scale)."""
    top, bottom = scale.numerator, scale.denominator
    while True:
        rest = below(top)
        if not _with_chance_of_exp(Fraction(rest, top), below):
            continue
        whole = 0
        while _with_chance_of_exp(Fraction(1), below):
            whole += 1
        size = (rest + top * whole) // bottom
        minus = below(2) == 1
        if not (minus and size == 0):
            return -size if minus else size


def _with_chance_of_exp(gamma: Fraction, below: Below) -> bool:
    """True with the chance exp(-gamma), for gamma from 0 to 1."""
    k = 1
    while below(gamma.denominator * k) < gamma.numerator:
        k += 1
    return k % 2 == 1


def give_or_take(scale: Fraction) -> int:
    """The least t for which the noise lies within -t and t as often as CERTAINTY says."""
    chance = math.exp(-1 / scale)
    beyond = (1 - CERTAINTY) * (1 + chance) / 2
    return max(0, math.ceil(math.log(beyond) / math.log(chance)) - 1)

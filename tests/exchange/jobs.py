"""Files made of rows by official names, and what the worker of files does."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from exchange import working
from exchange.models import ImportJob

Row = dict[str, str]
OLENA: Row = {
    "x_Reference": "A-1",
    "prs_FirstName": "Олена",
    "prs_SecondName": "Казлова",
    "prs_Birthdate": "1996-03-04",
    "prs_Gender": "Feminine",
    "prs_Citizenship": "UA",
    "prs_PrimaryLanguage": "ukr",
    "vic_MethodsOfControl": "DebtBondage;PhysicalThreats",
    "vic_AgeWhenTrafficked": "20",
    "con_Consent": "TRUE",
    "x_OwnNumber": "77",
}
IVAN: Row = {
    "x_Reference": "A-2",
    "prs_FirstName": "Ivan",
    "prs_SecondName": "Petrov",
    "prs_Birthdate": "1988-11-30",
    "prs_Gender": "Masculine",
}
WRONG: Row = {"x_Reference": "A-3", "prs_FirstName": "Ann", "prs_Birthdate": "2090-01-01"}


def table(*rows: Row) -> bytes:
    """A CSV with a column for whatever one of the rows has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, names)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def people(count: int, *, start: int = 1) -> Iterable[Row]:
    """So many people of whom no two are alike."""
    for n in range(start, start + count):
        yield {
            "x_Reference": f"P-{n}",
            "prs_FirstName": _word(n),
            "prs_SecondName": _word(n * 7919 + 13),
            "prs_Birthdate": f"{1950 + n % 50}-{1 + n % 12:02}-{1 + n % 28:02}",
            "prs_Gender": "Feminine",
        }


def _word(n: int) -> str:
    letters = "bdfgklmnprstvz"
    word = ""
    while n or not word:
        n, digit = divmod(n, len(letters))
        word += f"{letters[digit]}{'aeiou'[digit % 5]}"
    return word.capitalize()


def work() -> None:
    """What the queue's worker does until nothing waits."""
    working.tend(timezone.now())
    while working.work(seconds=60):
        pass


def states(job: ImportJob) -> list[str]:
    return list(job.rows.order_by("number").values_list("state", flat=True))


def faults(job: ImportJob) -> list[list[Any]]:
    """Row, column and code of each fault."""
    rows = job.rows.order_by("number").values_list("faults", flat=True)
    return [[f["row"], f["column"], f["code"]] for each in rows for f in each]

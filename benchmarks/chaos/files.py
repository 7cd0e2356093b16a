"""Files of made-up cases that are brought in during a run, and what has become of them in the end: each
is in whole, or not yet begun; none by half, none twice."""

import csv
import io
from collections import Counter
from typing import Any

from django.db.models import Count

from benchmarks.chaos.counting import DOUBLE, GHOST, HALF, LOST, Found
from benchmarks.chaos.notes import Act
from cases.models import Case, TimelineEntry
from exchange.models import ImportJob, ImportRow, Origin
from exchange.workflow import ImportState, RowState

ROWS = 100
LETTERS = "bdfgklmnprstvz"
VOWELS = "aeiou"


def table(number: int) -> bytes:
    """The file of this number: people of whom no two are alike, in this file or in another."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        ("x_Reference", "prs_FirstName", "prs_SecondName", "prs_Birthdate", "prs_Gender")
    )
    for n in range(number * ROWS + 1, (number + 1) * ROWS + 1):
        day = f"{1950 + n % 50}-{1 + n % 12:02}-{1 + n % 28:02}"
        writer.writerow((f"P-{n}", _word(n), _word(n * 7919 + 13), day, "Feminine"))
    return text.getvalue().encode()


def _word(n: int) -> str:
    word = ""
    while n or not word:
        n, digit = divmod(n, len(LETTERS))
        word += f"{LETTERS[digit]}{VOWELS[digit % len(VOWELS)]}"
    return word.capitalize()


def count(acts: list[Act], ours: set[str], found: Found) -> None:
    """What was asked for of files against what is there; `ours` are the cases that no file brought."""
    brought = [act for act in acts if act.what == "bring"]
    started = {act.code: act for act in acts if act.what == "start"}
    jobs = {job.code: job for job in ImportJob.objects.all()}
    answered = {act.said for act in brought if act.done}
    for act in (*brought, *started.values()):
        if act.status >= 400:
            found.add(HALF, f"{act.what} {act.code}: refused, {act.status}")
    for code in answered - jobs.keys():
        found.add(LOST, f"{code} was answered and is not there")
    # One whose answer never came may be there all the same, once.
    for extra in range(len(jobs) - len(brought)):
        found.add(DOUBLE, f"more imports than files: {extra + 1}")
    states: Counter[str] = Counter()
    for job in jobs.values():
        states[job.state] += 1
        _one(job, started.get(job.code), found)
    _cases(ours, found)
    found.numbers["files"] = {"brought": len(brought), **dict(sorted(states.items()))}


def _one(job: ImportJob, start: Act | None, found: Found) -> None:
    rows = Counter(job.rows.values_list("state", flat=True))
    if job.state == ImportState.DONE:
        if start is None:
            found.add(GHOST, f"{job.code} is done and nobody said yes")
        if rows != {RowState.DONE: ROWS}:
            found.add(HALF, f"{job.code} is done: {dict(rows)}")
        if job.file_id is not None:
            found.add(HALF, f"{job.code} is done and its file is kept")
    elif job.state != ImportState.CHECKED:
        found.add(LOST, f"{job.code} is {job.state} ({job.fault})")
    elif start is not None and start.done:
        found.add(LOST, f"{job.code} was said yes to, and waits")
    elif sum(rows.values()) != ROWS or rows[RowState.DONE]:
        found.add(HALF, f"{job.code} is {job.state}: {dict(rows)}")


def _cases(ours: set[str], found: Found) -> None:
    """Each row that is done is a case of its own, with what it came with and the line of its beginning;
    and there is no other case."""
    done = ImportRow.objects.filter(state=RowState.DONE)
    twice = done.values("case").annotate(n=Count("pk")).filter(n__gt=1)
    for each in twice:
        found.add(DOUBLE, f"one case of {each['n']} rows")
    by_row = dict(done.values_list("case__code", "job__code"))
    came_from: dict[str | None, Any] = dict(
        Origin.objects.values_list("case__code", "brought_by")
    )
    begun = Counter(
        TimelineEntry.objects.filter(event="case.registered").values_list(
            "case__code", flat=True
        )
    )
    for code in set(Case.objects.values_list("code", flat=True)) - ours - by_row.keys():
        found.add(GHOST, f"case {code} is of no row")
    for code, job in by_row.items():
        if came_from.get(code) != job:
            found.add(HALF, f"case {code} of {job} has not what it came with")
        if begun[code] != 1:
            found.add(HALF, f"case {code} of {job} was begun {begun[code]} times")

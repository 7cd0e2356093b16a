"""After a run: let everything drain, count, put in a loss, a ghost and a double, count again, and tell."""

import datetime as dt
import io
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from benchmarks.chaos import calls, control, counting, files, notes, recovery
from benchmarks.chaos.counting import WORDS, Found
from benchmarks.chaos.notes import Act, Calls, Mails
from exchange.models import ImportJob
from exchange.workflow import IMPORT_WAITS
from notify.models import Call, Delivery, Endpoint
from referral import queries

Say = Callable[[str], None]
DRAIN_MORE = dt.timedelta(minutes=4)


@dataclass(frozen=True, slots=True)
class Way:
    """Something that is on its way, how long that may take, and what time alone would do to it later:
    a back-off, a rest or a lease of somebody dead ends."""

    waiting: Callable[[], QuerySet[Any]]
    patience: dt.timedelta
    forward: Callable[[], int]


def _mails() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=Delivery.State.PENDING)


def _mails_forward() -> int:
    now = timezone.now()
    late = _mails().filter(leased_until__isnull=True, next_at__gt=now)
    return late.update(next_at=now)


def _calls() -> QuerySet[Call]:
    return Call.objects.filter(state=Call.State.PENDING, endpoint__state=Endpoint.State.ACTIVE)


def _calls_forward() -> int:
    now = timezone.now()
    Endpoint.objects.filter(rests_until__gt=now).update(rests_until=None)
    return _calls().filter(next_at__gt=now).update(next_at=now)


def _files() -> QuerySet[ImportJob]:
    return ImportJob.objects.filter(state__in=[str(each) for each in IMPORT_WAITS])


def _files_forward() -> int:
    return _files().update(held_until=timezone.now())


WAYS = {
    "mails": Way(_mails, dt.timedelta(minutes=10), _mails_forward),
    "calls": Way(_calls, dt.timedelta(minutes=2), _calls_forward),
    "files": Way(_files, dt.timedelta(minutes=1), _files_forward),
}


def count(folder: Path, out: Path, say: Say) -> int:
    run = json.loads((folder / notes.RUN).read_text())
    brought_forward = drained(say)
    harms = notes.harms(folder)
    world = json.loads((folder / notes.WORLD).read_text())
    noted = Noted(
        notes.acts(folder), notes.mails(folder), notes.calls(folder),
        {case["code"] for case in world["cases"]},
    )  # fmt: skip
    acts, found = noted.acts, counted(noted)
    access = access_differs()
    log_says, log_well = verified()
    told: dict[str, Any] = {
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        **{
            name: run[name]
            for name in ("referrals", "kills", "seed", "mail_outage", "disk", "clock")
        },
        "kills done": sum(harm["kill"] for harm in harms),
        "other harms done": sum(not harm["kill"] for harm in harms),
        "found": {word: found.counts[word] for word in WORDS},
        "named": found.named,
        **{f"counted {name}": value for name, value in found.numbers.items()},
        "brought forward": brought_forward,
        "access rows that differ": access,
        "log": log_says,
        "recovery": recovery.measured(harms, acts),
        "control": seen(noted, found),
    }
    if (outage := recovery.outage(harms)) is not None:
        told["outage"] = outage
    well = found.well and not access and log_well and all(told["control"].values())
    well = well and in_time(told)
    told["well"] = well
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    for line in lines(told):
        say(line)
    say(f"written: {out}")
    return 0 if well else 1


@dataclass(frozen=True, slots=True)
class Noted:
    """What was written down outside the service, and the cases that were there before the first file."""

    acts: list[Act]
    mails: Mails
    calls: Calls
    ours: set[str]


def counted(noted: Noted) -> Found:
    """Referrals and their mails, calls of partners, and files: all of it."""
    found = counting.count(noted.acts, noted.mails)
    calls.count(noted.calls, found)
    files.count(noted.acts, noted.ours, found)
    return found


def drained(say: Say) -> dict[str, int]:
    """Wait until nothing is on its way; how much waited so long that it was brought forward."""
    return {name: _drained(name, way, say) for name, way in WAYS.items()}


def _drained(name: str, way: Way, say: Say) -> int:
    if _empty(name, way.waiting(), way.patience, say):
        return 0
    forward = way.forward()
    say(f"{forward} {name} waited for their time, and were brought forward")
    _empty(name, way.waiting(), DRAIN_MORE, say)
    return forward


def _empty(name: str, waiting: QuerySet[Any], patience: dt.timedelta, say: Say) -> bool:
    end, said = time.monotonic() + patience.total_seconds(), 0.0
    while left := waiting.count():
        if time.monotonic() > end:
            return False
        if time.monotonic() - said > 15:
            said = time.monotonic()
            say(f"{left:,} {name} are on their way")
        time.sleep(1)
    return True


def access_differs() -> list[str]:
    """The daily job's question, of every case."""
    with transaction.atomic():
        numbers = queries.case_numbers()
    found = []
    for number in numbers:
        with transaction.atomic():
            if code := queries.differing(number, at=timezone.now()):
                found.append(code)
    return found


def verified() -> tuple[str, bool]:
    """What `audit verify` says of the log, and whether it is in order."""
    said = io.StringIO()
    try:
        call_command("audit", "seal", stdout=io.StringIO())
        call_command("audit", "verify", stdout=said)
    except (CommandError, SystemExit) as fault:
        return f"{said.getvalue()}{fault}".strip(), False
    return said.getvalue().strip(), True


def seen(noted: Noted, before: Found) -> dict[str, bool]:
    """The control: whether the same count sees what is put in on purpose, and then undone."""
    with transaction.atomic():
        changed = control.spoilt(noted.acts, noted.mails)
        after = counted(replace(noted, mails=changed))
        transaction.set_rollback(True)
    return {
        word: after.counts[word] > before.counts[word] for word in ("lost", "ghost", "double")
    }


def in_time(told: dict[str, Any]) -> bool:
    slowest = told["recovery"]["slowest"]
    if any(took > recovery.TARGETS[hits] for hits, took in slowest.items()):
        return False
    outage = told.get("outage")
    return outage is None or (
        not outage["not delivered"]
        and outage["last after its end, seconds"] <= recovery.OUTAGE_SECONDS
    )


def lines(told: dict[str, Any]) -> list[str]:
    found = [f"  {word:<8} {number}" for word, number in told["found"].items()]
    back = [
        f"  {name:<32} {harm['times']:>4} {harm['median']:>8.2f} {harm['most']:>8.2f}"
        for name, harm in told["recovery"]["harms"].items()
    ]
    more = {
        name: value
        for name, value in told.items()
        if name not in {"found", "named", "recovery", "machine"}
    }
    return [
        "", *found, *(f"    {line}" for line in told["named"]), "",
        f"  {'back after':<32} {'':>4} {'median s':>8} {'most s':>8}", *back, "",
        f"  mail lag, seconds: {told['recovery']['mail lag']}",
        *(f"  {name}: {value}" for name, value in more.items()), "",
    ]  # fmt: skip

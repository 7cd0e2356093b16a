"""After a run: let everything drain, count, put in a loss, a ghost and a double, count again, and tell."""

import datetime as dt
import io
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from benchmarks.chaos import control, notes, recovery
from benchmarks.chaos.counting import WORDS, Found
from benchmarks.chaos.counting import count as counted
from benchmarks.chaos.notes import Act, Mails
from notify.models import Delivery
from referral import queries

# How long what is on its way may take; what then still waits by its own back-off is brought forward.
DRAIN, DRAIN_MORE = dt.timedelta(minutes=10), dt.timedelta(minutes=4)
Say = Callable[[str], None]


def count(folder: Path, out: Path, say: Say) -> int:
    run = json.loads((folder / notes.RUN).read_text())
    brought_forward = drained(say)
    acts, harms = notes.acts(folder), notes.harms(folder)
    mails = notes.mails(folder)
    found = counted(acts, mails)
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
        "mails brought forward": brought_forward,
        "access rows that differ": access,
        "log": log_says,
        "recovery": recovery.measured(harms, acts),
        "control": seen(acts, mails, found),
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


def drained(say: Say) -> int:
    """Wait until no mail is on its way; how many waited so long that they were brought forward."""
    waiting = Delivery.objects.filter(state=Delivery.State.PENDING)
    if _empty(waiting, DRAIN, say):
        return 0
    late = waiting.filter(leased_until__isnull=True, next_at__gt=timezone.now())
    forward = late.update(next_at=timezone.now())
    say(f"{forward} mails waited by their back-off and were brought forward")
    _empty(waiting, DRAIN_MORE, say)
    return forward


def _empty(waiting: Any, patience: dt.timedelta, say: Say) -> bool:
    end, said = time.monotonic() + patience.total_seconds(), 0.0
    while left := waiting.count():
        if time.monotonic() > end:
            return False
        if time.monotonic() - said > 15:
            said = time.monotonic()
            say(f"{left:,} mails are on their way")
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


def seen(acts: list[Act], mails: Mails, before: Found) -> dict[str, bool]:
    """The control: whether the same count sees what is put in on purpose, and then undone."""
    with transaction.atomic():
        changed = control.spoilt(acts, mails)
        after = counted(acts, changed)
        transaction.set_rollback(True)
    return {
        word: after.counts[word] > before.counts[word] for word in ("lost", "ghost", "double")
    }


def in_time(told: dict[str, Any]) -> bool:
    if told["recovery"]["slowest"] > recovery.TARGET_SECONDS:
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

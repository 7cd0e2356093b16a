"""Whether the person may be reached now, from the plan for safe contact alone: now, later, or
never, and why. It decides and sends nothing."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

Plan = Mapping[str, Any]
# Without agreed hours nobody is reached in the evening, at night or early in the morning.
USUAL = (dt.time(9), dt.time(18))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# A safe day comes within a week; twice that, for an hour that the change of the clocks leaves out.
AHEAD = 16
# What must be written down before a way can be used at all.
NEEDS = {
    "call": ("prs_MobilePhone", "prs_HomePhone"),
    "text_message": ("prs_MobilePhone",),
    "messenger": ("prs_MobilePhone",),
    "email": ("prs_Email",),
}


class Outcome(StrEnum):
    GO = "go"
    LATER = "later"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Answer:
    """`since` and `until` bound the window that is open, or the next one; none for a never."""

    outcome: Outcome
    because: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None


def decide(plan: Plan, *, channel: str, zone: ZoneInfo, at: dt.datetime) -> Answer:
    """Whether this way may be used at `at`; `zone` is the person's where the plan names none."""
    if reason := _never(plan, channel):
        return Answer(Outcome.NEVER, reason)
    for since, until in windows(plan, zone=zone, at=at):
        if at >= until:
            continue
        if since <= at:
            return Answer(Outcome.GO, "within_safe_hours", since, until)
        return Answer(Outcome.LATER, "outside_safe_hours", since, until)
    raise AssertionError("every plan has a window within a fortnight")


def windows(
    plan: Plan, *, zone: ZoneInfo, at: dt.datetime
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The safe hours around and after `at`, in UTC. Hours that run over midnight belong to the
    day on which they begin."""
    where = zone_of(plan, zone)
    begin, end = hours_of(plan)
    days = plan.get("safe_days") or DAYS
    yesterday = at.astimezone(where).date() - dt.timedelta(days=1)
    for n in range(AHEAD):
        day = yesterday + dt.timedelta(days=n)
        if DAYS[day.weekday()] not in days:
            continue
        last = day if begin < end else day + dt.timedelta(days=1)
        since = dt.datetime.combine(day, begin, tzinfo=where).astimezone(dt.UTC)
        until = dt.datetime.combine(last, end, tzinfo=where).astimezone(dt.UTC)
        if since < until:
            yield since, until


def hours_of(plan: Plan) -> tuple[dt.time, dt.time]:
    """From when until when; where one end was not agreed on, that of the usual hours."""
    begin, end = plan.get("safe_from"), plan.get("safe_until")
    return (
        dt.time.fromisoformat(begin) if begin else USUAL[0],
        dt.time.fromisoformat(end) if end else USUAL[1],
    )


def zone_of(plan: Plan, zone: ZoneInfo) -> ZoneInfo:
    return ZoneInfo(plan["safe_zone"]) if plan.get("safe_zone") else zone


def _never(plan: Plan, channel: str) -> str:
    """Why this way is never safe; empty where it may be. What was not agreed to is not safe."""
    if plan.get("no_contact"):
        return "person_wants_no_contact"
    if channel in plan.get("never_channels", ()):
        return "channel_is_never_safe"
    if not plan.get("safe_channels"):
        return "no_plan_for_safe_contact"
    if channel not in plan["safe_channels"]:
        return "channel_was_not_agreed"
    needed = NEEDS.get(channel, ())
    return "number_is_missing" if needed and not any(map(plan.get, needed)) else ""

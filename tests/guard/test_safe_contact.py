"""When the person may be reached: now, later, or never; and what is done with the answer."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from cases.actions import person
from demo import builders as make
from guard import safecontact, texts
from guard.actions import contacting, glass
from guard.models import Contact
from guard.safecontact import DAYS, Outcome, decide
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify.models import Delivery, Task
from tests.guard.conftest import Cast

MINSK = ZoneInfo("Europe/Minsk")
PHONE = {"prs_MobilePhone": "+375290000000"}
CALL = {"safe_channels": ["call"], **PHONE}
MORNINGS = CALL | {"safe_days": ["mon", "wed"], "safe_from": "09:00", "safe_until": "12:00"}
NIGHTS = CALL | {"safe_from": "22:00", "safe_until": "02:00", "safe_days": ["fri"]}
REASON = "The police told us that they look for her tonight."


def minsk(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of the first week of June 2026, which begins with a Monday."""
    return dt.datetime(2026, 6, day, hour, minute, tzinfo=MINSK)


TABLE: dict[str, tuple[dict[str, Any], str, dt.datetime, str, str]] = {
    "in the hours": (MORNINGS, "call", minsk(1, 10), "go", "within_safe_hours"),
    "at the first minute": (MORNINGS, "call", minsk(1, 9), "go", "within_safe_hours"),
    "at the last": (MORNINGS, "call", minsk(1, 12), "later", "outside_safe_hours"),
    "before them": (MORNINGS, "call", minsk(1, 8, 59), "later", "outside_safe_hours"),
    "another day": (MORNINGS, "call", minsk(2, 10), "later", "outside_safe_hours"),
    "over midnight, before it": (NIGHTS, "call", minsk(5, 23), "go", "within_safe_hours"),
    "over midnight, after it": (NIGHTS, "call", minsk(6, 1), "go", "within_safe_hours"),
    "the night before": (NIGHTS, "call", minsk(5, 1), "later", "outside_safe_hours"),
    "no hours, by day": (CALL, "call", minsk(7, 12), "go", "within_safe_hours"),
    "no hours, in the evening": (CALL, "call", minsk(7, 19), "later", "outside_safe_hours"),
    "no plan": ({}, "call", minsk(1, 10), "never", "no_plan_for_safe_contact"),
    "words alone": (
        {"safe_channel": "call her", **PHONE}, "call", minsk(1, 10), "never",
        "no_plan_for_safe_contact",
    ),
    "another way": (MORNINGS, "email", minsk(1, 10), "never", "channel_was_not_agreed"),
    "a forbidden way": (
        CALL | {"never_channels": ["call"]}, "call", minsk(1, 10), "never",
        "channel_is_never_safe",
    ),
    "no wish": (
        CALL | {"no_contact": True}, "call", minsk(1, 10), "never", "person_wants_no_contact",
    ),
    "no number": (
        {"safe_channels": ["call"]}, "call", minsk(1, 10), "never", "number_is_missing",
    ),
    "in person needs none": (
        {"safe_channels": ["in_person"]}, "in_person", minsk(1, 10), "go", "within_safe_hours",
    ),
    "where the person is it is early": (
        MORNINGS | {"safe_zone": "Europe/London"}, "call", minsk(1, 10), "later",
        "outside_safe_hours",
    ),
    "where the person is it is time": (
        MORNINGS | {"safe_zone": "Europe/London"}, "call", minsk(1, 12), "go",
        "within_safe_hours",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_the_decision(name: str) -> None:
    plan, channel, at, outcome, because = TABLE[name]

    answer = decide(plan, channel=channel, zone=MINSK, at=at)

    assert (name, answer.outcome, answer.because) == (name, outcome, because)


def test_later_says_when() -> None:
    monday = decide(MORNINGS, channel="call", zone=MINSK, at=minsk(1, 13))
    night = decide(NIGHTS, channel="call", zone=MINSK, at=minsk(6, 3))

    assert (monday.since, monday.until) == (minsk(3, 9), minsk(3, 12))
    assert (night.since, night.until) == (minsk(12, 22), minsk(13, 2))


TIMES = st.integers(0, 24 * 60 - 1).map(lambda n: f"{n // 60:02}:{n % 60:02}")


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    days=st.lists(st.sampled_from(DAYS), unique=True),
    begin=TIMES,
    end=TIMES,
    zone=st.sampled_from(["Europe/Minsk", "Europe/Warsaw", "Asia/Tbilisi"]),
    at=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 1, 1)),  # noqa: DTZ001 -- made aware below
)
def test_no_way_is_safe_outside_its_days_and_hours(
    days: list[str], begin: str, end: str, zone: str, at: dt.datetime
) -> None:
    plan = CALL | {"safe_days": days, "safe_from": begin, "safe_until": end, "safe_zone": zone}
    moment = at.replace(tzinfo=dt.UTC)
    answer = decide(plan, channel="call", zone=MINSK, at=moment)

    assert answer.since is not None
    assert answer.until is not None
    assert answer.since < answer.until
    if answer.outcome == Outcome.GO:
        assert answer.since <= moment < answer.until
        began = answer.since.astimezone(ZoneInfo(zone))
        assert not days or DAYS[began.weekday()] in days
    else:
        assert answer.since > moment
        again = decide(plan, channel="call", zone=MINSK, at=answer.since)
        assert (again.outcome, again.since) == (Outcome.GO, answer.since)


def written(cast: Cast, values: dict[str, Any]) -> None:
    person.write_group(
        case=cast.case, group=DataGroup.CONTACT, values=values, by=cast.worker, at=minsk(1, 8)
    )


def plan(cast: Cast, at: dt.datetime, **other: Any) -> Contact:
    usual: dict[str, Any] = {"channel": "call", "text": "call_back", "by": cast.worker}
    wanted = usual | other
    return contacting.plan_contact(code=cast.case.code, at=at, **wanted)


def made(contact: Contact, cast: Cast, at: dt.datetime) -> Contact:
    return contacting.make_contact(
        code=contact.code, result="reached", made_at=at, by=cast.worker, at=at
    )


def test_it_is_made_in_the_hours_and_written_down(cast: Cast) -> None:
    written(cast, MORNINGS)

    contact = made(plan(cast, minsk(1, 10)), cast, minsk(1, 10, 5))

    assert (contact.state, contact.outcome, contact.result) == ("made", "go", "reached")
    assert not Task.objects.filter(kind="reach_person").exists()


def test_outside_it_waits_as_a_task_and_is_refused_before(cast: Cast) -> None:
    written(cast, MORNINGS)
    contact = plan(cast, minsk(1, 13))
    task = Task.objects.get(kind="reach_person")

    assert (contact.state, contact.safe_from) == ("held", minsk(3, 9))
    assert (task.assignee, task.due_at, task.case) == (
        cast.worker, minsk(3, 12), cast.case.code,
    )  # fmt: skip
    with pytest.raises(Refused, match="outside_safe_hours"):
        made(contact, cast, minsk(2, 10))
    with pytest.raises(Invalid, match="contact_before_it_was_planned"):
        contacting.make_contact(
            code=contact.code, result="reached", made_at=minsk(1, 10), by=cast.worker,
            at=minsk(2, 10),
        )  # fmt: skip
    assert made(contact, cast, minsk(3, 9, 30)).state == "made"
    task.refresh_from_db()
    assert task.done_at == minsk(3, 9, 30)


def test_never_is_never_but_for_a_reason_that_is_told(cast: Cast) -> None:
    written(cast, MORNINGS | {"never_channels": ["text_message"]})
    with pytest.raises(Refused, match="channel_is_never_safe"):
        plan(cast, minsk(1, 10), channel="text_message")
    with pytest.raises(Invalid, match="reason_too_short"):
        plan(cast, minsk(1, 10), channel="text_message", override="urgent")

    contact = plan(cast, minsk(1, 10), channel="text_message", override=REASON)

    assert (contact.state, contact.outcome) == ("ready", "never")
    assert REASON.encode() not in bytes(contact.override or b"")
    assert made(contact, cast, minsk(1, 10, 1)).state == "made"
    rung = Delivery.objects.filter(event__kind="contact.unsafe", channel="in_app")
    assert [row.member for row in rung] == [cast.boss]
    assert cast.case.timeline.filter(event="contact.against_plan").count() == 1


def test_the_plan_changes_and_what_was_held_is_judged_anew(cast: Cast) -> None:
    written(cast, MORNINGS)
    contact = plan(cast, minsk(1, 13))
    written(cast, MORNINGS | {"no_contact": True})

    with pytest.raises(Refused, match="person_wants_no_contact"):
        made(contact, cast, minsk(3, 9, 30))


def test_every_reading_of_the_plan_is_logged_and_the_word_apart(cast: Cast) -> None:
    written(cast, MORNINGS | {"code_word": "lilac"})

    shown = contacting.read_plan(case=cast.case, code_word=False, by=cast.worker)
    asked = contacting.read_plan(case=cast.case, code_word=True, by=cast.worker)

    assert ("code_word" in shown, asked["code_word"]) == (False, "lilac")
    reads = AuditEvent.objects.filter(event="read", facts__why="contact", groups=["contact"])
    assert reads.count() == 2
    assert AuditEvent.objects.filter(event="read.code_word").count() == 1


def test_only_who_helps_reaches_the_person(cast: Cast) -> None:
    written(cast, MORNINGS)
    glass.break_glass(
        code=cast.case.code, groups=[DataGroup.CONTACT], purpose="medical", reason=REASON,
        by=cast.helper, at=minsk(1, 10),
    )  # fmt: skip

    for by in (cast.helper, cast.chief, cast.officer, make.make_member()):
        with pytest.raises(Denied, match="contact_plan_not_open"):
            plan(cast, minsk(1, 10), by=by)


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [(["bel"], "be"), (["pol", "rus"], "ru"), (["vie"], "en"), ([], "en")],
)
def test_what_is_said_stands_in_the_persons_language(spoken: list[str], expected: str) -> None:
    assert texts.language_of(spoken) == expected


def test_nothing_that_is_said_tells_who_speaks_or_about_what() -> None:
    said = {texts.said(text, [language]) for text in texts.TEXTS for language in texts.SPOKEN}

    assert len(said) == 3 * len(texts.TEXTS)
    assert not any(
        word in each.lower()
        for each in said
        for word in ("police", "shelter", "help", "помощ", "дапамог", "приют", "милиц", "міліц")
    )
    assert (dt.time(9), dt.time(18)) == safecontact.USUAL

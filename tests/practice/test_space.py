"""A learner's space: built, played in, moved on in time, and wiped so that nothing of it is left."""

import datetime as dt
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import REAL, Agency, Member
from agencies.roles import Role
from audit.queries import events
from cases.models import Case
from custody.models import PurposeKey
from demo import builders as make
from kernel.errors import Denied, Invalid, Missing, Refused
from notify.models import Announcement, Clock, Delivery, Event
from practice import belonging, policy, queries
from practice.actions import playing, wishing
from practice.facts import facts
from practice.models import Space
from practice.scenarios import current
from practice.tasks import let_go
from practice.tasks import work as work_once
from referral.models import Referral
from tests.practice.player import plays_of
from tests.practice.worlds import begin, work
from tests.rights.filled import fill

pytestmark = pytest.mark.django_db
# What only grows: the log and its seals, and the diary of what was destroyed.
KEPT = {
    "audit_auditevent", "audit_seal", "audit_leaf", "practice_space", "custody_journalentry",
    "django_content_type", "django_migrations", "auth_permission", "custody_purposekey",
}  # fmt: skip
FIRST = next(iter(current()))


def sizes() -> dict[str, int]:
    tables = {
        model._meta.db_table for model in apps.get_models(include_auto_created=True)
    } - KEPT
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(tables):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = int(cursor.fetchone()[0])
    return found


def good_play(code: str) -> Any:
    return plays_of(code)[0]


@pytest.mark.parametrize("code", current())
def test_it_is_played_to_its_end_and_wiped_without_a_trace(code: str, sender: Member) -> None:
    fill()
    before, logged = sizes(), events().count()

    played = begin(sender, code)
    for said in good_play(code).do:
        played.do(said)

    ended = played.space
    assert (ended.fault, ended.over) == ("", good_play(code).ends)
    assert ended.finished_at is not None
    seen = Delivery.objects.filter(member__agency__space=ended.pk)
    assert set(seen.values_list("channel", flat=True)) <= {"in_app"}
    assert Announcement.objects.filter(agency__space=ended.pk).count() == 0
    played.wipe()
    assert sizes() == before
    purposes = PurposeKey.objects.values_list("purpose", flat=True)
    assert [each for each in purposes if "PX-" in each or "practice" in each] == []
    # The learner began and ended it; all else that the log holds of it nobody is shown.
    assert events().count() == logged + 3
    wiped = played.space
    assert (wiped.wiped_at is not None, wiped.seat, wiped.parts, wiped.over) == (
        True, None, {}, ended.over,
    )  # fmt: skip


def test_nobody_real_is_touched_by_wiping_and_by_time(sender: Member) -> None:
    real = fill()
    before = {
        (model._meta.label, field.name): set(model._base_manager.values_list("pk", field.name))
        for model in belonging.reached()
        for field in model._meta.concrete_fields
        if field.get_internal_type() in {"DateField", "DateTimeField"}
        # Mails that are due to real members go out meanwhile.
        and model is not Delivery
    }

    played = begin(sender, FIRST)
    played.pass_time(24)
    played.wipe()

    now = {
        (label, name): set(apps.get_model(label)._base_manager.values_list("pk", name))
        for label, name in before
    }
    assert {key for key in before if before[key] != now[key]} == set()
    assert real.case.code[:3] == "SH-"


def test_time_passes_for_all_that_has_happened(sender: Member) -> None:
    played = begin(sender, FIRST)
    for said in good_play(FIRST).do[:9]:
        played.do(said)
    rows = belonging.rows_of(played.space.pk)
    clock = Clock.objects.filter(pk__in=rows[Clock]).earliest("pk")
    before = played.space.moved
    case = Case.objects.get(owner__space=played.space.pk)
    sent = Referral.objects.filter(case=case).earliest("pk")

    played.pass_time(30)

    space = played.space
    assert (space.moved - before, space.moving, space.wanted) == (
        dt.timedelta(hours=30), dt.timedelta(), "",
    )  # fmt: skip
    hours = dt.timedelta(hours=30)
    assert Clock.objects.get(pk=clock.pk).started_at == clock.started_at - hours
    assert Case.objects.get(pk=case.pk).registered_at == case.registered_at - hours
    now = Referral.objects.get(pk=sent.pk).sent_at
    assert now is not None
    assert sent.sent_at is not None
    assert now == sent.sent_at - hours
    agency = Agency.objects.filter(space=space.pk).earliest("pk")
    assert agency.protocol_signed_on == timezone.now().date()


def test_one_space_at_a_time_and_each_its_own(sender: Member, receiver: Member) -> None:
    first, other = begin(sender, FIRST), begin(receiver, FIRST)

    with pytest.raises(Refused, match="practice_is_under_way"):
        begin(sender, FIRST)
    assert first.seat.agency.space != other.seat.agency.space
    assert [each.code for each in policy.visible_to(sender)] == [first.code]
    with pytest.raises(Missing):
        wishing.wipe(code=other.code, by=sender, at=timezone.now())
    first.wipe()
    again = begin(sender, FIRST)
    assert again.space.pk > other.space.pk
    assert Agency.objects.filter(space=other.space.pk).count() > 0


def test_one_begins_twenty_times_within_a_day(sender: Member, receiver: Member) -> None:
    at = timezone.now()

    def again(by: Member, at: dt.datetime) -> None:
        """Begun, and wiped: no worker is needed for it."""
        begun = wishing.begin(scenario=FIRST, language="en", by=by, at=at)
        wishing.wipe(code=begun.code, by=by, at=at)
        playing.wipe(code=begun.code, at=at)

    for _ in range(20):
        again(sender, at)
    with pytest.raises(Refused, match="practice_is_enough"):
        again(sender, at + dt.timedelta(hours=23))
    again(receiver, at)
    again(sender, at + dt.timedelta(hours=24))

    assert Space.objects.filter(learner=sender).count() == 21


def test_whoever_is_made_up_practises_no_further(sender: Member) -> None:
    seat = begin(sender, FIRST).seat
    guest = Member.objects.filter(agency=make.make_guest()).get()

    for nobody in (seat, guest):
        with pytest.raises(Denied, match="not_in_practice"):
            wishing.begin(scenario=FIRST, language="en", by=nobody, at=timezone.now())


def test_what_is_asked_wrongly_changes_nothing(sender: Member) -> None:
    at = timezone.now()
    with pytest.raises(Invalid, match="unknown_code"):
        wishing.begin(scenario="no_such", language="en", by=sender, at=at)
    space = wishing.begin(scenario=FIRST, language="en", by=sender, at=at)
    with pytest.raises(Refused, match="practice_is_not_ready"):
        wishing.move_on(code=space.code, hours=1, by=sender, at=at)
    work()
    with pytest.raises(Invalid, match="unknown_code"):
        wishing.move_on(code=space.code, hours=2, by=sender, at=at)
    wishing.move_on(code=space.code, hours=1, by=sender, at=at)
    with pytest.raises(Refused, match="clock_is_moving"):
        wishing.move_on(code=space.code, hours=1, by=sender, at=at)
    Space.objects.update(moved=wishing.FURTHEST)
    work()
    with pytest.raises(Refused, match="clock_is_far_enough"):
        wishing.move_on(code=space.code, hours=1, by=sender, at=at)
    wishing.wipe(code=space.code, by=sender, at=at)
    with pytest.raises(Refused, match="practice_is_not_ready"):
        wishing.move_on(code=space.code, hours=1, by=sender, at=at)
    work()
    with pytest.raises(Refused, match="practice_was_wiped"):
        wishing.wipe(code=space.code, by=sender, at=at)


def test_no_mail_and_no_other_rights(sender: Member) -> None:
    """Those who play have no address, no password and no role that reaches across agencies."""
    space = begin(sender, FIRST).space
    members = Member.objects.filter(agency__space=space.pk)

    assert {member.email for member in members} == {""}
    assert {member.has_usable_password() for member in members} == {False}
    national = {Role.COORDINATOR, Role.AUDITOR, Role.DATA_PROTECTION_OFFICER, Role.SYSTEM_ADMIN}
    assert not national & {Role(member.role) for member in members}


def test_a_forgotten_space_is_let_go(sender: Member, receiver: Member) -> None:
    old, new = begin(sender, FIRST), begin(receiver, FIRST)
    Space.objects.filter(code=old.code).update(used_at=timezone.now() - queries.FORGOTTEN)

    let_go()
    work()

    assert [old.space.wiped_at is None, new.space.wiped_at is None] == [False, True]


def test_a_row_of_two_spaces_stops_the_wiping(sender: Member, receiver: Member) -> None:
    """Then nobody can say whose it is, and it is better to leave all of it."""
    played = begin(sender, FIRST)
    made_up = make.make_case(by=played.seat)
    Referral.objects.bulk_create(
        [
            Referral(
                case=made_up, sender=played.seat.agency, receiver=receiver.agency,
                service=make.make_service(agency=receiver.agency), state="draft",
                urgency="normal", groups=["identity"], drafted_at=timezone.now(),
            )
        ]
    )  # fmt: skip
    before = sizes()

    played.wipe()

    assert (played.space.fault, played.space.wiped_at) == ("of_two_spaces", None)
    assert sizes() == before


def test_what_somebody_does_meanwhile_is_not_forgotten(sender: Member) -> None:
    """A worker ends only what it has done: a wish that came while it worked stays."""
    played = begin(sender, FIRST)
    wishing.look(code=played.code, by=sender, at=timezone.now())
    before = played.space.turn
    wishing.look(code=played.code, by=sender, at=timezone.now())

    playing.take_turns(code=played.code, turn=before, at=timezone.now())
    assert played.space.wanted == "turn"
    wishing.wipe(code=played.code, by=sender, at=timezone.now())
    playing.stop(code=played.code, fault="late", wanted=Space.Wanted.TURN)
    assert (played.space.wanted, played.space.fault) == ("wipe", "")
    work()
    assert played.space.wiped_at is not None


def test_a_scenario_that_does_not_fit_any_more_says_so(sender: Member) -> None:
    played = begin(sender, FIRST)
    Space.objects.filter(code=played.code).update(version="1999.1")

    played.turn()

    assert (played.space.fault, played.space.wanted) == ("scenario_is_gone", "")
    played.wipe()
    assert played.space.wiped_at is not None


def test_long_times_pass_in_parts_and_no_real_mail_is_touched(sender: Member) -> None:
    real = fill()
    mails = Delivery.objects.filter(member__agency__space=REAL, channel="email")
    before = set(mails.values_list("pk", "state", "next_at", "attempts"))
    played = begin(sender, FIRST)
    for said in good_play(FIRST).do[:9]:
        played.do(said)

    earlier = played.space.moved
    wishing.move_on(code=played.code, hours=30 * 24, by=sender, at=timezone.now())
    parts = 0
    while played.space.wanted == "move":
        work_once()
        parts += 1

    assert parts > 1
    assert played.space.moved - earlier == dt.timedelta(days=30)
    assert set(mails.values_list("pk", "state", "next_at", "attempts")) == before
    assert real.case.code[:3] == "SH-"


def test_each_row_is_found_by_an_index() -> None:
    """To wipe a space must not cost more where there are a million real cases."""
    without: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        for model in belonging.in_order():
            for name in belonging.anchors(model):
                column = model._meta.get_field(name).column
                cursor.execute(
                    """SELECT EXISTS (
                        SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid
                        WHERE i.indrelid = %s::regclass AND a.attname = %s AND i.indkey[0] = a.attnum
                    )""",
                    [model._meta.db_table, column],
                )
                if cursor.fetchone() != (True,):
                    without.setdefault(model._meta.label, []).append(name)
        # What was told to nobody is found by what it is about.
        cursor.execute(
            """SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a
            ON a.attrelid = i.indrelid AND i.indkey[0] = a.attnum
            WHERE i.indrelid = 'notify_event'::regclass AND a.attname = 'subject'"""
        )
        assert cursor.fetchall() == [("event_subject",)]
    # Of these a space has none, and they are small.
    assert without == {"guest.Link": ["stand_in"]}


def test_what_nobody_was_told_is_of_the_space_too(sender: Member) -> None:
    """By the code of a case, or the name of a member; not what is about others."""
    played = begin(sender, FIRST)
    case = make.make_case(by=played.seat)
    at = timezone.now()
    told = [
        Event.objects.create(kind="identity.often", subject=subject, happened_at=at)
        for subject in (case.code, played.seat.username[:40], sender.username[:40])
    ]

    found = belonging.rows_of(played.space.pk)[Event]

    assert [each.pk in found for each in told] == [True, True, False]


def test_the_order_of_the_tables_is_always_the_same() -> None:
    labels = [model._meta.label for model in belonging.in_order()]
    left, again = list(belonging.in_order()), []
    known = list(belonging.ROOTS)
    while left:
        ready = sorted(
            (
                model for model in left
                if all(
                    model._meta.get_field(name).related_model in known
                    for name in belonging.anchors(model)
                )
            ),
            key=lambda model: model._meta.label,
        )  # fmt: skip
        again += [model._meta.label for model in ready]
        known += ready
        left = [model for model in left if model not in ready]

    assert labels == again


def test_the_newest_case_is_not_looked_for_among_all(sender: Member) -> None:
    """A space without a case asks for no newest row: that could read every case of the service."""
    space = begin(sender, FIRST).space
    numbers = {"own": space.seat.agency_id} if space.seat else {}
    Case.objects.filter(owner__space=space.pk).delete()

    with CaptureQueriesContext(connection) as asked:
        stage = playing._stage(space, timezone.now())
        found = facts(numbers, at=timezone.now())

    assert (stage.case, found["case.count"]) == ("", 0)
    of_cases = [each["sql"] for each in asked if 'FROM "cases_case"' in each["sql"]]
    assert len(of_cases) == 3
    # Its own, at its end; within it a subquery may have one.
    assert [sql for sql in of_cases if sql.rpartition(")")[2].count("LIMIT")] == []


def test_the_newest_of_two_cases_is_played_on(sender: Member) -> None:
    played = begin(sender, FIRST)
    make.make_case(by=played.seat)
    second = make.make_case(by=played.seat)
    Case.objects.filter(pk=second.pk).update(risk="low")

    stage = playing._stage(played.space, timezone.now())
    found = facts({"own": played.seat.agency_id}, at=timezone.now())

    assert (stage.case, found["case.risk"]) == (second.code, "low")


def test_real_is_never_wiped() -> None:
    with pytest.raises(AssertionError):
        belonging.rows_of(REAL)

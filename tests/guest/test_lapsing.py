"""A link that leads nowhere any more by itself: whoever waits is told once, and has it to do."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies import actions as agencies
from agencies.models import Agency, Member
from agencies.roles import Role
from cases.models import TimelineEntry
from config.celery import app
from demo import builders as make
from guest import policy, tasks
from guest.actions import admitting, lapsing, linking
from guest.models import Admission, Link
from kernel.errors import Refused
from notify.models import Delivery, Event, Task
from referral.actions import recalling
from referral.models import Referral
from tests.guest.conftest import Desk, links_in, mails_to, soon
from tests.guest.test_links import other_than

pytestmark = pytest.mark.django_db
LONG = policy.IDLE + dt.timedelta(minutes=5)


def leave_unused(referral: Referral, long: dt.timedelta = LONG) -> None:
    Link.objects.filter(referral=referral).update(used_at=timezone.now() - long)


def told(referral: Referral, kind: str) -> list[int]:
    """Whom the bell has told of it, once for each time."""
    rows = Delivery.objects.filter(event__kind=kind, event__subject=referral.code)
    return list(rows.filter(channel="in_app").values_list("member", flat=True))


def to_do(referral: Referral, kind: str = "renew_link") -> list[int | None]:
    rows = Task.objects.filter(subject=referral.code, kind=kind, done_at__isnull=True)
    return list(rows.values_list("assignee", flat=True))


def leave_the_network(agency: Agency) -> None:
    home = make.make_agency(is_coordinating=True)
    system = make.make_member(agency=home, role=Role.SYSTEM_ADMIN)
    agencies.change_agency(agency=agency, facts={"is_active": False}, by=system)


def test_it_runs_by_the_timetable() -> None:
    assert app.conf.beat_schedule["watch links"] == {"task": tasks.watch.name, "schedule": 60.0}


def test_nobody_came_for_fourteen_days(
    sent: Referral, sender: Member, mailed: str, passcode: str, visiting: Any
) -> None:
    leave_unused(sent, policy.IDLE - dt.timedelta(minutes=5))
    tasks.watch()
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([], [])
    leave_unused(sent)
    for _ in range(3):
        tasks.watch()
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([sender.pk], [sender.pk])
    link = Link.objects.get(referral=sent)
    assert (link.lapsed_at is None, link.secret, link.ended_at) == (False, None, None)
    entry = TimelineEntry.objects.get(event="link.lapsed")
    assert (entry.about, entry.case_id) == (link.code, sent.case_id)
    # What it says gives nothing away, and leads to the referral; the task does, too.
    worker = visiting(sender)
    page = worker.see("/").content.decode()
    assert "Give them a new link: theirs leads nowhere any more" in page
    assert f'href="/referrals/{sent.code}/"' in page
    bell = worker.see("/notices/").content.decode()
    assert "A link leads nowhere any more, and you still wait for its answer" in bell
    assert sent.receiver.name not in bell
    assert ">ended<" in worker.see(f"/referrals/{sent.code}/link/").content.decode()


def test_what_has_lapsed_never_leads_anywhere_again(
    sent: Referral, mailed: str, passcode: str
) -> None:
    leave_unused(sent)
    tasks.watch()
    Link.objects.update(used_at=timezone.now())
    assert Desk(mailed).see(mailed).status_code == 410
    assert Desk(mailed).show(passcode).status_code == 410


def test_a_new_link_is_all_that_was_to_be_done(
    sent: Referral, sender: Member, sink: Any
) -> None:
    first = links_in(mails_to(sink, "two@shelter.example"))
    leave_unused(sent)
    tasks.watch()
    made, fresh = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    assert to_do(sent) == []
    newest = links_in(mails_to(sink, "two@shelter.example"))[-1]
    assert newest not in first
    assert Desk(newest).show(fresh).status_code == 302
    tasks.watch()
    assert len(told(sent, "link.lapsed")) == 1
    # The next one is another one, of which one is told, too.
    leave_unused(sent)
    tasks.watch()
    assert (len(told(sent, "link.lapsed")), to_do(sent)) == (2, [sender.pk])
    assert Link.objects.get(pk=made.pk).lapsed_at is not None


def test_one_that_is_locked_is_to_be_renewed_and_does_not_lapse_besides(
    sent: Referral, sender: Member, mailed: str, passcode: str
) -> None:
    for _ in range(policy.TRIES):
        Desk(mailed).show(other_than(passcode))
    assert (told(sent, "link.locked"), to_do(sent)) == ([sender.pk], [sender.pk])
    leave_unused(sent)
    tasks.watch()
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([], [sender.pk])
    linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    assert to_do(sent) == []


def test_when_the_worker_has_left_the_supervisors_are_told(
    sent: Referral, sender: Member, boss: Member
) -> None:
    from referral.actions import leaving  # noqa: PLC0415 -- for this test alone

    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    leaving.leave(member=sender, by=admin, at=timezone.now())
    leave_unused(sent)
    tasks.watch()
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([boss.pk], [None])


@pytest.mark.parametrize("side", ["sender", "receiver"])
def test_an_agency_that_takes_no_part_any_more_is_noticed(
    sent: Referral, sender: Member, side: str
) -> None:
    leave_the_network(getattr(sent, side))
    tasks.watch()
    tasks.watch()
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([sender.pk], [])
    # No other link would lead anywhere.
    assert to_do(sent, "reroute") == [sender.pk]


@pytest.mark.parametrize("side", ["sender", "receiver"])
@pytest.mark.parametrize("before", ["locked", "lapsed"])
def test_an_agency_that_leaves_while_a_link_is_to_be_given_gets_none(
    sent: Referral, sender: Member, mailed: str, passcode: str, sink: Any, visiting: Any,
    before: str, side: str,
) -> None:  # fmt: skip
    if before == "locked":
        for _ in range(policy.TRIES):
            Desk(mailed).show(other_than(passcode))
    else:
        leave_unused(sent)
        tasks.watch()
    assert (to_do(sent), to_do(sent, "reroute")) == ([sender.pk], [])
    page = visiting(sender).see(f"/referrals/{sent.code}/link/").content.decode()
    assert "Show a passcode" in page
    leave_the_network(getattr(sent, side))
    # At once, before the clock has come by.
    with pytest.raises(Refused, match="no_link_between_these"):
        linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    assert Link.objects.count() == 1
    assert links_in(mails_to(sink, "two@shelter.example")) == [mailed]
    for _ in range(2):
        tasks.watch()
        assert (to_do(sent), to_do(sent, "reroute")) == ([], [sender.pk])
    assert len(told(sent, f"link.{before}")) == 1
    if side == "receiver":
        worker = visiting(sender)
        page = worker.see(f"/referrals/{sent.code}/link/").content.decode()
        assert "Show a passcode" not in page
        page = worker.see("/").content.decode()
        assert "Find other help: this referral came to nothing" in page
        assert "Give them a new link" not in page


def test_where_nobody_waits_no_other_help_is_to_be_found_either(
    sent: Referral, sender: Member
) -> None:
    leave_unused(sent)
    tasks.watch()
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    leave_the_network(sent.receiver)
    tasks.watch()
    assert (to_do(sent), to_do(sent, "reroute")) == ([], [])


def test_nobody_is_told_where_nobody_waits(desk: Desk, sent: Referral) -> None:
    desk.do("decline", reason="no_capacity")
    leave_unused(sent)
    tasks.watch()
    assert Link.objects.get(referral=sent).lapsed_at is not None
    assert (Event.objects.filter(kind="link.lapsed").count(), to_do(sent)) == (0, [])


def test_a_recall_that_nobody_has_read_is_waited_for(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    desk.see()
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    leave_unused(sent)
    tasks.watch()
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([sender.pk], [sender.pk])


def test_what_is_not_needed_any_more_leaves_the_work_list(
    sent: Referral, sender: Member
) -> None:
    leave_unused(sent)
    tasks.watch()
    assert to_do(sent) == [sender.pk]
    # Nobody has ever shown the passcode, so that nobody need say to have read it.
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    tasks.watch()
    assert to_do(sent) == []


def test_who_gets_its_own_access_needs_no_link(
    desk: Desk, sent: Referral, shelter: Agency
) -> None:
    home = make.make_agency(is_coordinating=True)
    system = make.make_member(agency=home, role=Role.SYSTEM_ADMIN)
    desk.http.post(f"/answer/{desk.code}/own/", {"contact": "Anna", "mail": "a@example.org"})
    leave_unused(sent)
    tasks.watch()
    assert len(to_do(sent)) == 1
    admitting.admit_claim(
        admission=Admission.objects.get(),
        username="shelter.admin",
        by=system,
        at=timezone.now(),
    )
    tasks.watch()
    assert to_do(sent) == []
    assert len(told(sent, "link.lapsed")) == 1


def test_who_comes_at_the_last_moment_wins(desk: Desk, sent: Referral) -> None:
    """What the clock has found is looked at again under its lock."""
    from audit import log  # noqa: PLC0415 -- for this test alone

    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    assert lapsing.lapse(code=desk.code, by=log.CLOCK, at=timezone.now()) is False
    assert Link.objects.get(referral=sent).lapsed_at is None
    assert desk.see().status_code == 200


@pytest.mark.parametrize("done", ["lapsed_at", "locked_at", "ended_at"])
def test_what_was_done_meanwhile_is_not_told_again(sent: Referral, done: str) -> None:
    """Two workers find the same link, or somebody ends it before the clock holds it."""
    from audit import log  # noqa: PLC0415 -- for this test alone

    leave_unused(sent)
    Link.objects.update(**{done: timezone.now()}, secret=None)
    link = Link.objects.get(referral=sent)
    assert lapsing.lapse(code=link.code, by=log.CLOCK, at=timezone.now()) is False
    assert (told(sent, "link.lapsed"), to_do(sent)) == ([], [])
    assert (Link.objects.get().lapsed_at is None) is (done != "lapsed_at")

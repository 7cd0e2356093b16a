"""What keeps knowledge: refreshers after one, three and six months, and certificates for a year."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from agencies.models import Agency, Member
from demo import builders as make
from learning import tasks
from learning.models import Certificate, Refresher
from notify.models import Delivery, Task
from tests.learning.learner import TOPIC, sit, topic_of

pytestmark = pytest.mark.django_db
THEN = dt.datetime(2026, 3, 31, 9, tzinfo=dt.UTC)


def at(month: int, day: int, year: int = 2026) -> Any:
    return time_machine.travel(dt.datetime(year, month, day, 9, tzinfo=dt.UTC), tick=False)


@pytest.fixture
def learned(signed_in: Any, sender: Member) -> Member:
    with time_machine.travel(THEN, tick=False):
        sit(signed_in(sender), "before", right=2)
        sit(signed_in(sender), "after", right=8)
    return sender


def test_a_topic_is_due_after_one_three_and_six_months(learned: Member) -> None:
    found = Refresher.objects.order_by("months").values_list("months", "due_on")

    assert list(found) == [
        (1, dt.date(2026, 4, 30)), (3, dt.date(2026, 6, 30)), (6, dt.date(2026, 9, 30)),
    ]  # fmt: skip


def test_the_learner_is_told_once_by_words_that_give_nothing_away(learned: Member) -> None:
    with at(4, 29):
        tasks.remind()
        assert Delivery.objects.filter(event__kind="refresher.due").count() == 0
    with at(4, 30):
        tasks.remind()
        tasks.remind()
    due = Refresher.objects.get(months=1)

    told = Delivery.objects.filter(event__kind="refresher.due", channel="in_app")
    assert [(each.member, each.event.subject) for each in told] == [(learned, due.code)]
    task = Task.objects.get(kind="refresher")
    assert (task.assignee, task.subject, TOPIC in task.subject) == (learned, due.code, False)


def test_who_has_left_is_not_told(learned: Member) -> None:
    Member.objects.filter(pk=learned.pk).update(is_active=False)
    with at(4, 30):
        tasks.remind()

    assert Refresher.objects.filter(told_at=None).count() == 3


def test_a_refresher_asks_what_was_seen_longest_ago_and_ends_the_task(
    signed_in: Any, learned: Member
) -> None:
    seen = {*asked_of(learned, "before"), *asked_of(learned, "after")}
    with at(4, 30):
        tasks.remind()
        client = signed_in(learned)
        stands = topic_of(client)
        over = sit(client, "refresher", right=8)
        later = topic_of(client)

    assert (stands["next"], stands["refresher_due"]) == ("refresher", "2026-04-30")
    assert {each["code"] for each in over["questions"]} & seen == set()
    assert (later["next"], later["refresher_due"]) == ("", None)
    assert Refresher.objects.get(months=1).sitting.code == over["code"]
    assert Task.objects.get(kind="refresher").done_by == learned


def asked_of(member: Member, kind: str) -> list[str]:
    found: list[str] = member.sittings.get(kind=kind).questions
    return found


def test_what_fell_due_meanwhile_is_done_by_one_form(signed_in: Any, learned: Member) -> None:
    with at(7, 15):
        over = sit(signed_in(learned), "refresher", right=5)

    done = Refresher.objects.filter(sitting__code=over["code"]).order_by("months")
    assert [each.months for each in done] == [1, 3]


def test_who_has_not_passed_may_try_again_on_the_next_day(
    signed_in: Any, sender: Member
) -> None:
    with at(3, 1):
        sit(signed_in(sender), "before", right=2)
        sit(signed_in(sender), "after", right=6)
        assert topic_of(signed_in(sender))["next"] == ""
    with at(3, 2):
        assert topic_of(signed_in(sender))["next"] == "refresher"
        sit(signed_in(sender), "refresher", right=8)
        assert topic_of(signed_in(sender))["next"] == ""

    assert Certificate.objects.count() == 1


def test_the_next_day_is_that_of_the_agency(signed_in: Any, sender: Member) -> None:
    Agency.objects.filter(pk=sender.agency_id).update(time_zone="Europe/Minsk")

    def next_at(day: int, hour: int, minute: int) -> tuple[str, str | None]:
        with time_machine.travel(
            dt.datetime(2026, 3, day, hour, minute, tzinfo=dt.UTC), tick=False
        ):
            stands = topic_of(signed_in(sender))
            return stands["next"], stands["again_on"]

    # Handed in at 19:40 in Minsk.
    with time_machine.travel(dt.datetime(2026, 3, 1, 16, 40, tzinfo=dt.UTC), tick=False):
        sit(signed_in(sender), "before", right=2)
        sit(signed_in(sender), "after", right=6)

    assert next_at(1, 20, 59) == ("", "2026-03-02")
    assert next_at(1, 21, 0) == ("refresher", None)


def test_who_has_not_passed_waits_a_day_whatever_else_is_due(
    signed_in: Any, learned: Member
) -> None:
    """Else whoever renews could draw forms until one is easy: each shows what was right."""
    with at(3, 20, 2027):
        client = signed_in(learned)
        assert topic_of(client)["next"] == "refresher"
        sit(client, "refresher", right=7)
        stands = topic_of(client)
        refused = client.post("learning/sittings/", {"topic": TOPIC, "kind": "refresher"})
    with at(3, 21, 2027):
        later = topic_of(signed_in(learned))

    assert (stands["next"], stands["again_on"]) == ("", "2027-03-21")
    assert (refused.status_code, refused.json()["code"]) == (409, "form_again_tomorrow")
    assert (later["next"], later["again_on"]) == ("refresher", None)


@pytest.mark.parametrize(("right", "certified"), [(7, 0), (8, 1)])
def test_eight_of_ten_are_needed(
    signed_in: Any, sender: Member, right: int, certified: int
) -> None:
    sit(signed_in(sender), "before", right=8)
    assert Certificate.objects.count() == 0

    sit(signed_in(sender), "after", right=right)

    assert Certificate.objects.count() == certified


def test_a_certificate_says_no_name_but_whether_it_is_the_one(
    signed_in: Any, learned: Member
) -> None:
    Member.objects.filter(pk=learned.pk).update(first_name="Алёна", last_name="Петрова")
    held = Certificate.objects.get()
    other = make.make_member()

    def check(**said: str) -> dict[str, Any]:
        found: dict[str, Any] = signed_in(other).post("learning/check/", said).json()
        return found

    with at(4, 1):
        bare = check(code=held.code)
        assert bare == {
            "found": True, "topic": TOPIC, "month": "2026-03", "valid": True, "name_matches": None,
        }  # fmt: skip
        typed = held.code.lower().replace("-", " ")
        assert check(code=typed, name="петрова  алена")["name_matches"] is True
        assert check(code=held.code, name="Петрова")["name_matches"] is False
        Member.objects.filter(pk=learned.pk).update(first_name="Соф’я", last_name="Дар'я-Ганна")
        assert check(code=held.code, name="Соф'я Дарʼя Ганна")["name_matches"] is True
        assert check(code=held.code, name="Софя Дарья Ганна")["name_matches"] is False
        assert check(code="LC-2222-2222", name="Петрова Алёна") == {
            "found": False, "topic": None, "month": None, "valid": False, "name_matches": None,
        }  # fmt: skip
    with at(3, 31, 2027):
        assert check(code=held.code)["valid"] is True
    with at(4, 1, 2027):
        assert check(code=held.code)["valid"] is False

"""The duty to know on its pages: what one owes oneself, what one signs, and who of the agency is due."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django.utils.html import escape

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from learning import statement, tasks
from learning.models import DueCount, Signature
from tests.learning.knowing import knows, passes
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
MOST_QUERIES = 12
DUE = {"en": "Who is due", "ru": "У кого подошёл срок", "be": "У каго падышоў тэрмін"}
OWN = {
    "en": "What your role is to know", "ru": "Что нужно знать в вашей роли",
    "be": "Што трэба ведаць у вашай ролі",
}  # fmt: skip


@pytest.fixture(autouse=True)
def bound(settings: Any) -> None:
    settings.DUTY_TO_KNOW = ("social_worker",)


def reads_in(member: Member, language: str) -> Member:
    member.language = language
    member.save(update_fields=["language"])
    return member


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_one_reads_signs_and_sees_until_when(
    visiting: Any, sender: Member, language: str
) -> None:
    visitor, now = visiting(reads_in(sender, language)), statement.current()
    before, asked = visitor.asks("/learning/")
    page = visitor.see("/learning/statement/").content.decode()
    after = visitor.do("/learning/statement/", {"sha256": now.sha256, "agreed": "on"})

    assert (OWN[language] in before.content.decode(), asked <= MOST_QUERIES) == (True, True)
    assert all(escape(each[language]) in page for each in (now.title, *now.sentences))
    assert after.redirect_chain[-1][0] == "/learning/"
    signed = Signature.objects.get()
    assert (signed.member, signed.sha256) == (sender, now.sha256)
    text = after.content.decode()
    assert (text.count('class="status late"'), text.count('class="status fine"')) == (3, 1)


def test_without_a_tick_nothing_is_signed(visiting: Any, sender: Member) -> None:
    sent = {"sha256": statement.current().sha256}
    page = visiting(sender).do("/learning/statement/", sent)
    other = visiting(sender).do("/learning/statement/", {"sha256": "0" * 64, "agreed": "on"})

    assert "Say that you will keep to it" in page.content.decode()
    assert "Somebody changed this meanwhile" in other.content.decode()
    assert Signature.objects.count() == 0


def test_who_is_not_bound_sees_nothing_of_it(visiting: Any, sender: Member) -> None:
    focal = make.make_member(agency=sender.agency, role=Role.FOCAL_POINT)
    text = visiting(focal).see("/learning/").content.decode()

    assert (OWN["en"] in text, DUE["en"] in text) == (False, False)
    assert visiting(focal).see("/learning/due/").status_code == 403
    assert visiting(sender).see("/learning/due/").status_code == 403


def test_names_are_said_to_be_open_once_all_is_done(visiting: Any, sender: Member) -> None:
    before = visiting(sender).see("/learning/").content.decode()
    knows(sender, at=timezone.now())
    after = visiting(sender).see("/learning/").content.decode()

    assert ("Names stay closed to you" in before, "Names are open to you." in after) == (
        True, True,
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru", "be"])
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENCY_ADMIN])
def test_the_agency_is_told_who_lacks_what_and_no_result(
    visiting: Any, sender: Member, role: Role, language: str
) -> None:
    now = timezone.now()
    gone = now - dt.timedelta(days=350)
    passes(sender, "consent", at=gone)
    fresh = make.make_member(agency=sender.agency)
    knows(fresh, at=now)
    elsewhere = make.make_member()
    tasks.watch_duty()
    boss = reads_in(make.make_member(agency=sender.agency, role=role), language)

    answer, asked = visiting(boss).asks("/learning/due/")
    text = answer.content.decode()

    assert (DUE[language] in text, asked <= MOST_QUERIES) == (True, True)
    names = [who.known_as in text for who in (sender, fresh, elsewhere)]
    assert names == [True, False, False]
    assert (text.count('class="status late"'), text.count('class="status soon"')) == (2, 1)
    assert "of 10" not in text


def test_the_co_ordinator_sees_whole_steps_and_no_name(visiting: Any, sender: Member) -> None:
    land = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )
    empty = visiting(land).see("/learning/due/").content.decode()
    for _ in range(11):
        make.make_member(agency=sender.agency)
    tasks.watch_duty()
    DueCount.objects.filter(agency=sender.agency).update(due=0)

    answer, asked = visiting(land).asks("/learning/due/")
    text = answer.content.decode()

    assert "Nothing was counted yet." in empty
    assert (text.count("<td>11</td>"), "fewer than 11" in text) == (3, True)
    assert (sender.agency.name in text, sender.known_as in text) == (True, False)
    assert asked <= MOST_QUERIES

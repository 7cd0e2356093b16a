"""Learning on its pages: without script, in three languages, and each page for whom it is."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape

from agencies.calendar import day_of
from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from learning.actions import sitting
from learning.models import Certificate, Cohort, Sitting
from tests.learning.learner import TOPIC, questions, wrong
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


def fields(found: Sitting, *, right: int) -> dict[str, Any]:
    """The form as a browser sends it, so many questions answered right."""
    known = questions()
    return {
        code: sorted(known[code].right) if turn < right else wrong(known[code])
        for turn, code in enumerate(found.questions)
    }


def sit(visitor: Any, kind: str, *, right: int) -> Any:
    visitor.do(f"/learning/{TOPIC}/{kind}/")
    found = Sitting.objects.get(kind=kind)
    return visitor.do(f"/learning/sittings/{found.code}/", fields(found, right=right))


def test_before_and_after_by_the_pages(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    before = visitor.see("/learning/").content.decode()

    first = sit(visitor, "before", right=2).content.decode()
    last = sit(visitor, "after", right=10).content.decode()
    home = visitor.see("/learning/").content.decode()

    assert "Answer the questions before" in before
    assert "2 of 10 right" in first
    assert ("10 of 10 right" in last, "You have gained 100 % of what could be gained." in last) == (
        True, True,
    )  # fmt: skip
    held = Certificate.objects.get()
    assert ("100 % of what could be gained" in home, held.code in home) == (True, True)


def test_who_has_not_passed_is_told_from_when_on_they_may_try_again(
    visiting: Any, sender: Member
) -> None:
    visitor = visiting(sender)
    sit(visitor, "before", right=2)
    sit(visitor, "after", right=7)
    tomorrow = day_of(sender.agency, timezone.now()) + dt.timedelta(days=1)

    home = visitor.see("/learning/").content.decode()
    refused = visitor.do(f"/learning/{TOPIC}/refresher/").content.decode()

    assert f"You may try again from {date_format(tomorrow, 'SHORT_DATE_FORMAT')} on." in home
    assert "You may try again from the next day on." in refused
    assert Sitting.objects.count() == 2


def test_the_whys_are_shown_after_and_never_before(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    visitor.do(f"/learning/{TOPIC}/before/")
    found = Sitting.objects.get()
    whys = [escape(questions()[code].why["en"]) for code in found.questions]

    asked = visitor.see(f"/learning/sittings/{found.code}/").content.decode()
    told = visitor.do(
        f"/learning/sittings/{found.code}/", fields(found, right=0)
    ).content.decode()

    assert [why in asked for why in whys] == [False] * 10
    assert [why in told for why in whys] == [True] * 10


def test_a_form_is_kept_and_gone_on_with(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    visitor.do(f"/learning/{TOPIC}/before/")
    found = Sitting.objects.get()
    said = dict(list(fields(found, right=10).items())[:3])

    answer = visitor.do(f"/learning/sittings/{found.code}/", said | {"later": "1"})
    found.refresh_from_db()

    assert answer.redirect_chain[-1][0] == "/learning/"
    assert (sorted(found.answers), found.finished_at) == (sorted(said), None)
    again = visitor.see(f"/learning/sittings/{found.code}/").content.decode()
    assert again.count(" checked") == sum(len(each) for each in said.values())


def test_an_open_question_is_shown_beside_it(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    visitor.do(f"/learning/{TOPIC}/before/")
    found = Sitting.objects.get()
    said = fields(found, right=10)
    del said[found.questions[4]]

    text = visitor.do(f"/learning/sittings/{found.code}/", said).content.decode()
    found.refresh_from_db()

    assert (text.count('class="field-error"'), "Choose an answer." in text) == (1, True)
    assert (len(found.answers), found.finished_at) == (9, None)


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_a_form_is_read_in_ones_own_language(
    visiting: Any, sender: Member, language: str
) -> None:
    sender.language = language
    sender.save(update_fields=["language"])
    visitor = visiting(sender)
    visitor.do(f"/learning/{TOPIC}/before/")
    found = Sitting.objects.get()

    text = visitor.see(f"/learning/sittings/{found.code}/").content.decode()

    assert all(escape(questions()[code].stem[language]) in text for code in found.questions)


def test_a_form_of_another_is_nothing(visiting: Any, sender: Member) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    found = sitting.begin(topic=TOPIC, kind="before", by=sender, at=timezone.now())

    assert visiting(boss).see(f"/learning/sittings/{found.code}/").status_code == 404
    assert visiting(boss).see("/learning/none/before/").status_code == 404


def test_a_certificate_is_printed_by_its_learner_and_checked_by_anybody(
    visiting: Any, sender: Member
) -> None:
    visitor = visiting(sender)
    sit(visitor, "before", right=2)
    sit(visitor, "after", right=10)
    held = Certificate.objects.get()
    other = visiting(make.make_member())

    printed = visitor.see(f"/learning/certificates/{held.code}/").content.decode()
    theirs = other.see(f"/learning/certificates/{held.code}/").status_code
    bare = other.do("/learning/check/", {"code": held.code}).content.decode()
    named = other.do(
        "/learning/check/", {"code": held.code, "name": sender.username}
    ).content.decode()
    wrong_name = other.do(
        "/learning/check/", {"code": held.code, "name": "Nobody"}
    ).content.decode()
    none = other.do("/learning/check/", {"code": "LC-2222-2222"}).content.decode()

    assert (held.code in printed, sender.known_as in printed, theirs) == (True, True, 404)
    assert ("It is valid." in bare, sender.username in bare) == (True, False)
    assert "The name is the one of this certificate." in named
    assert "The name is not the one of this certificate." in wrong_name
    assert "There is no such certificate." in none


def test_what_was_published_is_for_supervisors(visiting: Any, sender: Member) -> None:
    Cohort.objects.create(
        agency=sender.agency, topic=TOPIC, month="2026-10-01", learners=22, median_gain="0.5",
        class_gain="0.4", improved=80, made_at=timezone.now(),
    )  # fmt: skip
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)

    answer, asked = visiting(boss).asks("/learning/gains/")

    assert "<td>22</td><td>0.5</td><td>0.4</td><td>80 %</td>" in answer.content.decode()
    assert asked <= MOST_QUERIES
    assert visiting(sender).see("/learning/gains/").status_code == 403


def test_the_home_page_asks_as_often_for_one_topic_as_for_all(
    visiting: Any, sender: Member
) -> None:
    visitor = visiting(sender)
    visitor.see("/learning/")
    before = visitor.asks("/learning/")[1]
    for topic in ("consent", "children", "referral"):
        sitting.begin(topic=topic, kind="before", by=sender, at=timezone.now())

    assert (visitor.asks("/learning/")[1], before <= MOST_QUERIES) == (before, True)

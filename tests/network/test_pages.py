"""The board, the directory and the announcements as pages: each whole, light, and without a script."""

import re
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from demo import builders as make
from edge.paging import PAGE
from network.models import FocalPoint, Question
from network.topics import Because
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
ASK = {"topic": "shelter", "title": "Families with a dog", "text": "Which shelters take them?"}
MOST_QUERIES, MOST_BYTES = 12, 60_000


def test_a_question_is_asked_answered_settled_and_hidden(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    home = make.make_agency(is_coordinating=True)
    coordinator = make.make_member(agency=home, role=Role.COORDINATOR)
    visiting(sender).do("/board/ask/", ASK)
    code = Question.objects.get().code
    page = f"/board/{code}/"

    visiting(receiver).do(f"{page}answer/", {"text": "Ours does."})
    answer = Question.objects.get().answers.get()
    visiting(sender).do(f"/board/{answer.code}/accept/")
    visiting(sender).do(f"{page}close/")
    shown = visiting(receiver).see(page).content.decode()
    found = visiting(receiver).do("/board/", {"words": "dog", "topic": ""}).content.decode()
    nothing = visiting(receiver).do("/board/", {"words": "cat", "topic": ""}).content.decode()
    visiting(coordinator).do(f"/board/{answer.code}/hide/", {"because": "unkind"})

    for words in ("Ours does.", "This helped", "This question is closed.", ASK["text"]):
        assert words in shown
    assert (ASK["title"] in found, ASK["title"] in nothing) == (True, False)
    assert "Ours does." not in visiting(sender).see(page).content.decode()
    assert "it hurts somebody" in visiting(receiver).see(page).content.decode()


def test_who_hides_reads_what_and_may_empty_it_afterwards(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    home = make.make_agency(is_coordinating=True)
    coordinator = make.make_member(agency=home, role=Role.COORDINATOR)
    visiting(sender).do("/board/ask/", ASK)
    code = Question.objects.get().code
    visiting(receiver).do(f"/board/{code}/answer/", {"text": "Ours does."})
    answer = Question.objects.get().answers.get().code
    visitor = visiting(coordinator)

    def shown(path: str) -> str:
        return str(visitor.see(path).content.decode())

    asked, answered = shown(f"/board/{code}/hide/"), shown(f"/board/{answer}/hide/")
    visitor.do(f"/board/{code}/hide/", {"because": "unkind"})
    page, again = shown(f"/board/{code}/"), shown(f"/board/{code}/hide/")
    visitor.do(f"/board/{code}/hide/", {"because": "case_content"})

    assert [words in asked for words in (ASK["title"], ASK["text"], "Ours does.")] == [
        True, True, False,
    ]  # fmt: skip
    assert [words in answered for words in (ASK["text"], "Ours does.")] == [False, True]
    assert [f'value="{each}"' in asked for each in Because.values] == [True] * 4
    assert [f'value="{each}"' in again for each in Because.values] == [
        each == "case_content" for each in Because.values
    ]
    assert "Take away its words" in page
    assert ASK["text"] in page
    assert [
        words in shown(f"/board/{code}/")
        for words in (ASK["text"], "Ours does.", f'href="/board/{code}/hide/"')
    ] == [False, False, False]
    assert visitor.see("/board/QU-2222-2222/hide/").status_code == 404


def test_a_search_goes_on_to_the_oldest_and_stands_in_no_address(
    visiting: Any, sender: Member
) -> None:
    titles = [f"Question {number:03}" for number in range(PAGE + 2)]
    Question.objects.bulk_create(
        Question(
            topic="shelter", title=title, text="Who knows?", by=sender, agency=sender.agency,
            asked_at=timezone.now(),
        )
        for title in titles
    )  # fmt: skip
    visitor = visiting(sender)

    first = visitor.do("/board/", {"words": "question", "topic": "shelter"})
    hidden = r'type="hidden" name="(words|topic|after)" value="([^"]*)"'
    said = dict(re.findall(hidden, first.content.decode()))
    second = visitor.do("/board/", said)

    shown = [
        re.findall(r"Question \d{3}", answer.content.decode()) for answer in (first, second)
    ]
    assert shown == [titles[:1:-1], titles[1::-1]]
    assert (said["words"], said["topic"]) == ("question", "shelter")
    assert re.findall(r'"\?after=', first.content.decode()) == []
    assert "Earlier ones" not in second.content.decode()


def test_what_is_refused_is_told_beside_its_field_and_stays_typed(
    visiting: Any, sender: Member
) -> None:
    text = "Куда направить Анну Козлову?"

    page = visiting(sender).do("/board/ask/", ASK | {"text": text}).content.decode()

    assert "What was found: Анну Козлову" in page
    assert f"{text}</textarea>" in page
    assert Question.objects.count() == 0


def test_a_member_is_named_says_yes_is_found_and_steps_back(
    visiting: Any, sender: Member, stranger: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    visiting(boss).do("/focal-points/named/", {"username": sender.username, "topic": "legal"})
    code = FocalPoint.objects.get().code
    reach = {"phone": "8 017 200-00-00", "hours": "Weekdays", "languages": ["bel"]}

    visiting(sender).do("/focal-points/mine/", reach | {"away_until": "2030-01-31"})
    visiting(sender).do(f"/focal-points/{code}/agree/")
    page = visiting(stranger).see("/focal-points/", {"topic": "legal", "district": ""})
    visiting(sender).do(f"/focal-points/{code}/end/")

    shown = page.content.decode()
    for words in (sender.known_as, "8 017 200-00-00", "Weekdays", "Belarusian", "Away until"):
        assert words in shown
    assert sender.known_as not in visiting(stranger).see("/focal-points/").content.decode()


def test_the_pages_are_light_and_ask_as_often_for_three_as_for_one(
    visiting: Any, sender: Member, receiver: Member
) -> None:
    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    counts = []
    for number in range(2):
        for turn in range(1 + number):
            visiting(sender).do("/board/ask/", ASK | {"title": f"Question {number} {turn}"})
            question = Question.objects.latest("pk")
            visiting(receiver).do(f"/board/{question.code}/answer/", {"text": f"Yes {turn}"})
            member = make.make_member(agency=sender.agency)
            named = {"username": member.username, "topic": "legal"}
            visiting(admin).do("/focal-points/named/", named)
            point = FocalPoint.objects.latest("pk").code
            visiting(member).do(f"/focal-points/{point}/agree/")
        asked = {}
        first = Question.objects.earliest("pk").code
        for path in ("/board/", f"/board/{first}/", "/focal-points/", "/focal-points/named/",
                     "/focal-points/mine/", "/announcements/", "/"):  # fmt: skip
            answer, asked[path] = visiting(admin).asks(path)
            assert answer.status_code == 200, path
            assert len(answer.content) < MOST_BYTES
        counts.append(asked)

    assert counts[0] == counts[1]
    assert max(counts[1].values()) <= MOST_QUERIES

"""Questions between agencies: who reads, asks, answers and hides; and that nothing about a case is kept."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from config.wall import roles
from demo import builders as make
from edge import wall
from edge.paging import PAGE
from network.models import Answer, Question
from notify.models import Delivery
from tests.pages.conftest import visiting
from tests.wall.test_rows import said

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
ASK = {"topic": "shelter", "title": "Families with a dog", "text": "Which shelters take them?"}
QUESTIONS = "network/questions/"


@pytest.fixture
def coordinator() -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )


def ask(signed_in: Any, by: Member, **other: str) -> str:
    made = signed_in(by).post(QUESTIONS, ASK | other)
    assert made.status_code == 201, made.json()
    return str(made.json()["code"])


def told(member: Member) -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(member=member, channel="in_app").order_by("pk")
    return [(row.event.kind, row.event.subject) for row in rows]


def test_a_question_goes_from_one_agency_to_another_and_is_answered(
    signed_in: Any, sender: Member, receiver: Member, stranger: Member
) -> None:
    code = ask(signed_in, sender)
    answered = signed_in(receiver).post(f"{QUESTIONS}{code}/answers/", {"text": "Ours does."})
    found = signed_in(stranger).get(f"{QUESTIONS}{code}/").json()

    (answer,) = found["answers"]
    assert answered.status_code == 201
    assert found == {
        "code": code, "topic": "shelter", "title": ASK["title"], "text": ASK["text"],
        "agency": sender.agency.code, "agency_name": sender.agency.name, "mine": False,
        "asked_at": found["asked_at"], "closed_at": None, "hidden_because": None, "next": None,
        "answers": [{
            "code": answer["code"], "text": "Ours does.", "agency": receiver.agency.code,
            "agency_name": receiver.agency.name, "mine": False, "accepted": False,
            "answered_at": answer["answered_at"], "hidden_because": None,
        }],
    }  # fmt: skip
    assert told(sender) == [("board.answered", code)]

    not_asker = signed_in(receiver).post(f"network/answers/{answer['code']}/accept/")
    helped = signed_in(sender).post(f"network/answers/{answer['code']}/accept/").json()
    closed = signed_in(sender).post(f"{QUESTIONS}{code}/close/").json()
    late = signed_in(receiver).post(f"{QUESTIONS}{code}/answers/", {"text": "One more."})

    assert not_asker.status_code == 403
    assert [each["accepted"] for each in helped["answers"]] == [True]
    assert closed["closed_at"] is not None
    assert (late.status_code, late.json()["code"]) == (409, "question_is_closed")


def test_what_tells_of_a_case_is_refused_before_it_is_kept_or_logged(
    signed_in: Any, sender: Member
) -> None:
    text = "Куда направить Анну Козлову, +375 29 123-45-67?"

    refused = signed_in(sender).post(QUESTIONS, ASK | {"text": text})

    body = refused.json()
    assert (refused.status_code, body["code"]) == (400, "case_content")
    assert body["words"] == ["Анну Козлову", "+375 29 123-45-67"]
    assert [each["pointer"] for each in body["errors"]] == ["/text"]
    assert Question.objects.count() == 0
    events = "".join(
        f"{each.event}{each.about}{each.facts}" for each in AuditEvent.objects.all()
    )
    assert "Козлов" not in events
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM edge_repeatedkey WHERE answer LIKE '%%Козлов%%'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("field", ["title", "text"])
def test_every_field_is_looked_over(signed_in: Any, sender: Member, field: str) -> None:
    refused = signed_in(sender).post(QUESTIONS, ASK | {field: "About SH-7K3M-Q9TX"})
    assert refused.json()["errors"][0]["pointer"] == f"/{field}"
    code = ask(signed_in, sender)
    answer = signed_in(sender).post(f"{QUESTIONS}{code}/answers/", {"text": "As SH-7K3M-Q9TX"})
    assert (answer.json()["code"], answer.json()["words"]) == ("case_content", ["SH-7K3M-Q9TX"])
    assert Answer.objects.count() == 0


def test_it_is_found_by_topic_and_by_words(signed_in: Any, sender: Member) -> None:
    first = ask(signed_in, sender)
    second = ask(signed_in, sender, topic="legal", title="A lawyer", text="Who is free?")
    client = signed_in(sender)

    def codes(answer: Any) -> list[str]:
        return [each["code"] for each in answer.json()["results"]]

    assert codes(client.get(QUESTIONS)) == [second, first]
    assert codes(client.get(QUESTIONS, {"topic": "legal"})) == [second]
    assert codes(client.post(f"{QUESTIONS}find/", {"words": "DOG shelters"})) == [first]
    assert codes(client.post(f"{QUESTIONS}find/", {"words": "dog", "topic": "legal"})) == []


def test_what_is_searched_is_reached_to_the_oldest(signed_in: Any, sender: Member) -> None:
    texts = [f"Question {number}" for number in range(PAGE + 2)]
    asked(sender, texts)
    asked(sender, ["Another"], topic="legal")
    client = signed_in(sender)

    def find(**said: str) -> tuple[list[str], Any]:
        body = client.post(f"{QUESTIONS}find/", {"words": "question", **said}).json()
        return [each["title"] for each in body["results"]], body["next"]

    newest, mark = find(topic="shelter")
    oldest, end = find(topic="shelter", after=mark)
    wrong = client.post(f"{QUESTIONS}find/", {"words": "question", "after": "1"})

    assert newest + oldest == texts[::-1]
    assert (len(newest), end) == (PAGE, None)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "cursor_malformed")


def test_all_answers_are_reached_the_one_that_helped_first(
    signed_in: Any, visiting: Any, sender: Member
) -> None:
    (question,) = asked(sender, ["Which?"])
    rows = [
        Answer(
            question=question, text=f"Answer {number}.", by=sender, agency=sender.agency,
            answered_at=timezone.now(),
        )
        for number in range(PAGE + 3)
    ]  # fmt: skip
    question.accepted = Answer.objects.bulk_create(rows)[-2]
    question.save(update_fields=["accepted"])
    path = f"{QUESTIONS}{question.code}/"

    first = signed_in(sender).get(path).json()
    second = signed_in(sender).get(path, {"after": first["next"]}).json()
    page = visiting(sender).see(f"/board/{question.code}/").content.decode()
    further = visiting(sender).see(f"/board/{question.code}/", {"after": first["next"]})

    texts = [row.text for row in rows]
    told = [each["text"] for body in (first, second) for each in body["answers"]]
    assert told == [texts[-2], *texts[:-2], texts[-1]]
    assert (len(first["answers"]), second["next"]) == (PAGE, None)
    assert [each in page for each in (texts[-2], texts[-1], "Further answers")] == [
        True, False, True,
    ]  # fmt: skip
    shown = further.content.decode()
    assert [each in shown for each in (texts[-2], texts[-1], "Further answers")] == [
        False, True, False,
    ]  # fmt: skip


def asked(by: Member, titles: list[str], topic: str = "shelter") -> list[Question]:
    rows = [
        Question(
            topic=topic, title=title, text="Who knows?", by=by, agency=by.agency,
            asked_at=timezone.now(),
        )
        for title in titles
    ]  # fmt: skip
    return list(Question.objects.bulk_create(rows))


def test_the_coordinator_hides_and_the_author_is_told_why(
    signed_in: Any, sender: Member, receiver: Member, coordinator: Member
) -> None:
    code = ask(signed_in, sender)
    hide = f"network/posts/{code}/hide/"

    by_another = signed_in(receiver).post(hide, {"because": "off_topic"})
    hidden = signed_in(coordinator).post(hide, {"because": "off_topic"})

    assert by_another.status_code == 403
    assert (hidden.status_code, hidden.json()["hidden_because"]) == (200, "off_topic")
    assert signed_in(receiver).get(f"{QUESTIONS}{code}/").status_code == 404
    assert signed_in(receiver).get(QUESTIONS).json()["results"] == []
    mine = signed_in(sender).get(f"{QUESTIONS}{code}/").json()
    assert (mine["hidden_because"], mine["text"]) == ("off_topic", ASK["text"])
    assert told(sender) == [("board.hidden", code)]
    again = signed_in(coordinator).post(hide, {"because": "unkind"})
    assert (again.status_code, again.json()["code"]) == (409, "post_is_hidden")


def test_of_what_tells_of_a_case_no_word_is_kept(
    signed_in: Any, sender: Member, receiver: Member, coordinator: Member
) -> None:
    code = ask(signed_in, sender)
    signed_in(receiver).post(
        f"{QUESTIONS}{code}/answers/", {"text": "The girl in the blue house."}
    )
    answer = Answer.objects.get()
    signed_in(sender).post(f"network/answers/{answer.code}/accept/")

    shown = signed_in(coordinator).post(
        f"network/posts/{answer.code}/hide/", {"because": "case_content"}
    )

    answer.refresh_from_db()
    assert shown.status_code == 200
    assert (answer.text, answer.hidden_because) == ("", "case_content")
    assert Question.objects.get().accepted is None
    assert told(receiver) == [("board.hidden", code)]
    assert signed_in(sender).get(f"{QUESTIONS}{code}/").json()["answers"] == []


def test_what_was_hidden_otherwise_can_be_emptied_and_then_nothing_more(
    signed_in: Any, sender: Member, coordinator: Member
) -> None:
    code = ask(signed_in, sender)
    hide = f"network/posts/{code}/hide/"

    def said(because: str) -> tuple[int, str | None]:
        answer = signed_in(coordinator).post(hide, {"because": because})
        body = answer.json()
        return answer.status_code, body.get("code") if answer.status_code != 200 else None

    tries = [
        (because, *said(because))
        for because in ("unkind", "off_topic", "case_content", "case_content", "unkind")
    ]

    question = Question.objects.get()
    assert tries == [
        ("unkind", 200, None),
        ("off_topic", 409, "post_is_hidden"),
        ("case_content", 200, None),
        ("case_content", 409, "post_is_hidden"),
        ("unkind", 409, "post_is_hidden"),
    ]
    assert (question.title, question.text, question.hidden_because) == ("", "", "case_content")
    assert logged() == [(code, "unkind"), (code, "case_content")]
    assert told(sender) == [("board.hidden", code)] * 2


@pytest.mark.parametrize("because", ["case_content", "misleading"])
def test_with_a_question_that_tells_of_a_case_its_answers_go(
    signed_in: Any, sender: Member, receiver: Member, coordinator: Member, because: str
) -> None:
    """They often quote it; also those that were hidden before for another reason."""
    code = ask(signed_in, sender)
    for text in ("You mean the girl in the blue house?", "Ask the one with the dog."):
        signed_in(receiver).post(f"{QUESTIONS}{code}/answers/", {"text": text})
    other = ask(signed_in, sender, title="Another")
    signed_in(receiver).post(f"{QUESTIONS}{other}/answers/", {"text": "This one stays."})
    first, second, third = Answer.objects.order_by("pk")
    signed_in(sender).post(f"network/answers/{second.code}/accept/")
    signed_in(coordinator).post(f"network/posts/{first.code}/hide/", {"because": "unkind"})
    before = logged()

    signed_in(coordinator).post(f"network/posts/{code}/hide/", {"because": because})

    kept = list(Answer.objects.order_by("pk").values_list("text", "hidden_because"))
    gone = because == "case_content"
    assert before == [(first.code, "unkind")]
    assert kept == (
        [("", "case_content"), ("", "case_content"), (third.text, "")] if gone
        else [(first.text, "unkind"), (second.text, ""), (third.text, "")]
    )  # fmt: skip
    assert logged()[1:] == [
        (each, because) for each in ([code, first.code, second.code] if gone else [code])
    ]
    assert Question.objects.get(code=code).accepted == (None if gone else second)
    # Once, however many of them are gone.
    assert told(receiver) == [("board.hidden", code)] * (2 if gone else 1)


def logged() -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(event="board.hidden").order_by("pk")
    return [(row.about, row.facts["because"]) for row in rows]


def test_the_database_shows_the_board_to_members_and_to_nobody_else(
    signed_in: Any, sender: Member, receiver: Member, coordinator: Member
) -> None:
    ask(signed_in, sender)
    hidden = ask(signed_in, sender, title="Another")
    signed_in(coordinator).post(f"network/posts/{hidden}/hide/", {"because": "unkind"})
    guest = make.make_guest().members.get()

    def seen(identity: wall.Identity) -> int:
        with said(identity.signed(), roles.WEB):
            return Question.objects.count()

    assert {
        "author": seen(wall.member(sender)),
        "member": seen(wall.member(receiver)),
        "coordinator": seen(wall.member(coordinator)),
        "guest": seen(wall.member(guest)),
        "nobody": seen(wall.NOBODY),
        "holder": seen(wall.holder("x")),
    } == {"author": 2, "member": 1, "coordinator": 2, "guest": 0, "nobody": 0, "holder": 0}

"""What is known of the person: each group closed until asked for; and the form on paper."""

from typing import Any

import pytest

from agencies.models import Member
from audit.models import AuditEvent
from cases.models import Case
from referral.models import Referral


def reads(by: Member) -> int:
    return AuditEvent.objects.filter(event="read", actor=by.username).count()


def test_every_group_is_closed_until_it_is_asked_for(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)

    text = visitor.see(f"/cases/{case.code}/people/").content.decode()

    assert [word in text for word in ("Ірына", "Казлова", "+375290000000")] == [False] * 3
    assert ("30–38" in text, "Feminine" in text) == (True, True)
    assert 'href="?open=identity#group-identity"' in text
    assert reads(sender) == 0


def test_one_group_is_opened_by_asking_and_that_is_written_down(
    visiting: Any, case: Case, sender: Member
) -> None:
    text = visiting(sender).see(f"/cases/{case.code}/people/?open=identity").content.decode()

    assert [word in text for word in ("Ірына", "Казлова", "+375290000000")] == [
        True, True, False,
    ]  # fmt: skip
    event = AuditEvent.objects.get(event="read", actor=sender.username)
    assert (event.groups, event.case) == (["identity"], case.code)
    assert f"/cases/{case.code}/intake/identity/?back=people" in text


def test_a_receiver_opens_what_was_consented_to_and_is_told_whom_to_ask_for_the_rest(
    visiting: Any, accepted: Referral, receiver: Member
) -> None:
    visitor, path = visiting(receiver), f"/cases/{accepted.case.code}/people/"

    closed = visitor.see(path).content.decode()
    opened = visitor.see(f"{path}?open=identity").content.decode()
    refused = visitor.see(f"{path}?open=health").content.decode()

    assert ("Ірына" in closed, "Ірына" in opened, "Ірына" in refused) == (False, True, False)
    owner = accepted.case.owner.name
    assert closed.count(f"If you need it, ask {owner}.") == 8
    assert ("30–38" in closed, "/intake/" in opened, accepted.code in closed) == (
        False, False, True,
    )  # fmt: skip
    assert reads(receiver) == 1


def test_who_has_not_accepted_yet_finds_every_group_restricted(
    visiting: Any, sent: Referral, receiver: Member
) -> None:
    answer = visiting(receiver).see(f"/cases/{sent.case.code}/people/?open=identity")

    text = answer.content.decode()
    assert (text.count('class="restricted"'), "Ірына" in text) == (11, False)
    assert reads(receiver) == 0


def test_a_stranger_learns_nothing(visiting: Any, case: Case, stranger: Member) -> None:
    answer = visiting(stranger).see(f"/cases/{case.code}/people/?open=identity")

    assert (answer.status_code, "Ірына" in answer.content.decode()) == (404, False)


def test_the_people_of_a_case_cost_few_queries(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor = visiting(sender)
    visitor.see(f"/cases/{case.code}/people/")

    _, asked = visitor.asks(f"/cases/{case.code}/people/")

    assert asked == 6


@pytest.mark.parametrize(("language", "title"), [("en", "Form"), ("ru", ""), ("be", "")])
def test_the_form_on_paper_says_nothing_on_the_outside(
    visiting: Any, sender: Member, language: str, title: str
) -> None:
    text = visiting(sender).see(f"/blank/intake/?language={language}").content.decode()

    assert f'<html lang="{language}"' in text
    assert title in text.split("<title>")[1].split("</title>")[0]
    telling = ("traffick", "victim", "exploitation</h", "жертв", "торговл", "ахвяр")
    outside = text.split("<h2>")[0].lower()
    assert [word for word in telling if word in outside] == []
    assert (">Code<" in text) or language != "en"


def test_the_form_for_a_child_asks_for_a_guardian_and_for_a_childs_age(
    visiting: Any, sender: Member
) -> None:
    visitor = visiting(sender)
    adult, child = (
        visitor.see("/blank/intake/", {"language": "en", "for": who}).content.decode()
        for who in ("adult", "child")
    )

    marks = ("legal representative", "☐ 9–17", "☐ 30–38", "☐ not known", "☐ Debt bondage")
    assert [mark in adult for mark in marks] == [False, False, True, True, True]
    assert [mark in child for mark in marks] == [True, True, False, True, True]
    assert ("Where the person is now" in adult, "Ірына" in adult) == (False, False)

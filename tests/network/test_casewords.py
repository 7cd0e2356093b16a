"""What stops a text before it is kept: made-up sentences, each against the very words that are told."""

from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.actions import exclusion, person
from cases.apart import Whom
from demo import builders as make
from kernel.errors import Invalid
from kernel.groups import DataGroup
from network import casewords
from network.actions import focal
from tests.network.sentences import PASSED, STOPPED

pytestmark = pytest.mark.django_db
AT = timezone.now


@pytest.fixture
def clerk() -> Member:
    """Who works with no case: names are told to them by what they look like alone."""
    return make.make_member(role=Role.AGENCY_ADMIN)


def test_there_are_sentences_enough() -> None:
    assert len(STOPPED) >= 40
    assert len(PASSED) >= 40
    assert len({text for text, _ in STOPPED} | set(PASSED)) == len(STOPPED) + len(PASSED)


def test_each_sentence_is_stopped_for_its_words_or_passes(clerk: Member) -> None:
    known = casewords.known_phrases(clerk)
    found = {
        text: tuple(casewords.told(text, by=clerk, known=known))
        for text in [*(text for text, _ in STOPPED), *PASSED]
    }

    stopped = {text for text, words in found.items() if words}
    right = {text for text, _ in STOPPED} & stopped
    precision, recall = len(right) / len(stopped), len(right) / len(STOPPED)
    assert found == dict(STOPPED) | dict.fromkeys(PASSED, ())
    assert (precision, recall) == (1.0, 1.0)


def test_signs_that_are_not_seen_hide_nothing(clerk: Member) -> None:
    assert casewords.told("Где А\u0301нна Козло\u200bва?", by=clerk) == ["Анна Козлова"]


def test_own_people_are_found_whatever_their_name_is(sender: Member) -> None:
    case = make.make_case(by=sender)
    named(case, sender, "Тхи", "Линь")
    colleague = make.make_member(agency=sender.agency)
    elsewhere = make.make_member()

    assert casewords.told("кто сопровождает линь тхи завтра", by=sender) == ["линь тхи"]
    assert casewords.told("Кто сопровождает Линь Тхи завтра?", by=sender) == ["Линь Тхи"]
    # Whoever may not see the case is told nothing by it: neither others of the agency, nor others.
    for other in (colleague, elsewhere):
        assert casewords.told("Кто сопровождает Линь Тхи завтра?", by=other) == []


def test_no_case_that_is_kept_from_the_author_is_told(sender: Member) -> None:
    case = make.make_case(by=sender)
    named(case, sender, "Тхи", "Линь")
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    assert casewords.told("Линь Тхи", by=boss) == ["Линь Тхи"]

    exclusion.exclude(code=case.code, whom=Whom(member=boss), by=sender, at=AT())

    assert casewords.told("Линь Тхи", by=boss) == []


def test_agencies_and_colleagues_may_be_named_and_nobody_elses(sender: Member) -> None:
    make.make_agency(name="Дом Марии")
    make.make_agency(name="Настя")
    make.make_member(agency=sender.agency, first_name="Анна", last_name="Козлова")
    theirs = make.make_member(first_name="Ольга", last_name="Белова")
    known = casewords.known_phrases(sender)

    assert casewords.told("Дом Марии принимает по средам.", by=sender, known=known) == []
    assert casewords.told("Где Настя?", by=sender, known=known) == ["Настя"]
    assert casewords.told("Спросите Анну Козлову.", by=sender, known=known) == []
    assert casewords.told("Спросите Ольгу Белову.", by=sender, known=known) == ["Ольгу Белову"]

    admin = make.make_member(agency=theirs.agency, role=Role.AGENCY_ADMIN)
    point = focal.name(username=theirs.username, topic="legal", by=admin, at=AT())
    focal.agree(code=point.code, by=theirs, at=AT())
    known = casewords.known_phrases(sender)
    assert casewords.told("Спросите Ольгу Белову.", by=sender, known=known) == []


def test_the_refusal_says_where_and_which_words_and_nothing_by_itself(sender: Member) -> None:
    with pytest.raises(Invalid) as refusal:
        casewords.require_none({"title": "Приют", "text": "Куда Анну?"}, by=sender)

    told: Any = refusal.value
    assert (told.code, told.pointer, told.words) == ("case_content", "/text", ("Анну",))
    assert str(told) == "case_content"


def named(case: Any, by: Member, first: str, second: str) -> None:
    person.write_group(
        case=case,
        group=DataGroup.IDENTITY,
        values={"prs_FirstName": first, "prs_SecondName": second},
        by=by,
        at=AT(),
    )

"""What stops a text before it is kept: made-up sentences, each against the very words that are told."""

import time
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.actions import exclusion, person
from cases.apart import Whom
from demo import builders as make
from kernel import codes
from kernel.errors import Invalid
from kernel.groups import DataGroup
from network import casewords, signs
from network.actions import focal
from tests.learning.knowing import knows
from tests.network.sentences import PASSED, STOPPED

pytestmark = pytest.mark.django_db
AT = timezone.now
# A stress, a soft hyphen, signs without a width, and those that only say how their neighbours look.
UNSEEN = [
    "\u0301",
    "\u00ad",
    "\u200b",
    "\u200e",
    "\u2060",
    "\u2061",
    "\u2066",
    "\ufe0f",
    "\ufeff",
]


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


@pytest.mark.parametrize(
    "part", ["123 ", "000 ", "1 000 ", "0.", "12-", "8 (", "- ", "2019 ", "10.00 ", "$ 1 ", "а"]
)
def test_a_long_text_takes_no_longer_than_its_length(clerk: Member, part: str) -> None:
    """Some 30 ms; where each place were tried to the end it would be seconds."""
    text = (part * 8_000)[:8_000]
    start = time.process_time()

    casewords.told(text, by=clerk)

    assert time.process_time() - start < 0.25


@pytest.mark.parametrize("sign", UNSEEN)
def test_signs_that_are_not_seen_hide_nothing(clerk: Member, sign: str) -> None:
    text = f"Где А{sign}нна Козло{sign}ва из SH-7{sign}K3M-{sign}Q9{sign}TX?"

    assert casewords.told(text, by=clerk) == ["Анна Козлова", "SH-7K3M-Q9TX"]


@pytest.mark.parametrize("text", [text for text, _ in STOPPED] + [*PASSED, "ßŉİ", "…㎏½ﬁ②"])
def test_what_is_folded_is_as_long_as_what_was_typed(text: str) -> None:
    """Else another place in the text would be told than that which was found."""
    lengths = {len(each) for each in (text, signs.folded(text), signs.latin(text))}

    assert lengths == {len(text)}


@pytest.mark.parametrize(
    "text", ["7K3M-Q9TX", "7k3m q9tx", "7K3MQ9TX", "7K3M-2345", "7K3M ABCD", "Q9TX.7K3M"]
)
def test_a_code_that_our_search_takes_is_found(clerk: Member, text: str) -> None:
    """Without its two letters, too; however it is typed there."""
    assert codes.SHAPE.fullmatch(codes.as_written(text)) is not None
    assert casewords.told(f"Where is {text} now?", by=clerk) == [text]


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


def test_who_is_due_is_not_told_which_words_are_of_their_cases(
    sender: Member, settings: Any
) -> None:
    """Their search of cases would be refused, so what is stopped answers nothing in its place."""
    named(make.make_case(by=sender), sender, "Тхи", "Линь")

    def found(text: str) -> tuple[str, ...] | None:
        try:
            casewords.require_none({"text": text}, by=sender)
        except Invalid as refusal:
            return refusal.words
        return None

    texts = ("Линь Тхи ждёт", "Линь Тхи ждёт, 29-123-45-67", "Нгуен Ван ждёт")
    settings.DUTY_TO_KNOW = (sender.role,)
    due = [found(text) for text in texts]
    knows(sender, at=AT())
    known = [found(text) for text in texts]

    assert due == [(), ("29-123-45-67",), None]
    assert known == [("Линь Тхи",), ("Линь Тхи", "29-123-45-67"), None]


def named(case: Any, by: Member, first: str, second: str) -> None:
    person.write_group(
        case=case,
        group=DataGroup.IDENTITY,
        values={"prs_FirstName": first, "prs_SecondName": second},
        by=by,
        at=AT(),
    )

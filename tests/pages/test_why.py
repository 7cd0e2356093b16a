"""Each thing that is asked, chosen or agreed to says why where it stands: folded, named, in the
reader's language, and no page grows too heavy by it."""

import datetime as dt
import html
import re
from collections.abc import Iterable
from typing import Any

import pytest
from django.utils import timezone, translation
from django.utils.html import escape

from agencies.models import Member, Service
from agencies.roles import most_for
from cases.models import Case
from cases.workflow import Closure, Risk
from demo import builders as make
from guidance import whys
from identification import instruments
from identification.actions import screening
from kernel import datafiles
from kernel.groups import SEALED, DataGroup
from pages import labels
from pages.sections import SECTIONS
from referral.models import Referral
from referral.workflow import DeclineReason

MOST_BYTES, MOST_QUERIES, OPENED = 60_000, 12, 15
LANGUAGES = sorted(datafiles.LANGUAGES)
pytestmark = pytest.mark.django_db
FOLD = re.compile(r'<details class="why"[^>]*>(.*?)</details>', re.DOTALL)
NAME = re.compile(
    r'<summary>.*?<span(?: class="visually-hidden")?>: (.*?)</span></summary>', re.DOTALL
)


@pytest.fixture(params=LANGUAGES)
def language(request: Any) -> str:
    return str(request.param)


@pytest.fixture
def reading(visiting: Any, language: str) -> Any:
    """`reading(member)` is that member at the pages, in this language."""

    def read(member: Member) -> Any:
        visitor = visiting(member)
        visitor.do("/language/", {"language": language, "next": "/me/"})
        return visitor

    return read


def folds(visitor: Any, path: str, *, most: int = MOST_QUERIES) -> list[str]:
    """What every fold of a page holds; the page is no heavier than any, once it was looked at first."""
    visitor.see(path)
    answer, asked = visitor.asks(path)
    assert answer.status_code == 200
    assert (len(answer.content) < MOST_BYTES, asked <= most) == (True, True), (
        path, len(answer.content), asked,
    )  # fmt: skip
    return FOLD.findall(answer.content.decode())


def missing(found: list[str], topic: str, codes: Iterable[str], language: str) -> list[str]:
    """The codes whose why, as it is escaped, or one of whose sources is not there."""
    said = {str(code): whys.why(f"{topic}.{code}", language) for code in codes}
    return [
        code
        for code, each in said.items()
        if each is None
        or not any(
            escape(each.text) in fold and all(escape(s.title) in fold for s in each.sources)
            for fold in found
        )
    ]


def names(found: list[str]) -> list[str]:
    """What each fold says that it is about."""
    return [html.unescape(name) for fold in found for name in NAME.findall(fold)]


@pytest.mark.parametrize("instrument", ["ilo_adult_labour", "forced_labour_11"])
def test_every_sign_says_why_it_is_asked(
    reading: Any, case: Case, sender: Member, language: str, instrument: str
) -> None:
    definition = instruments.latest(instrument)
    assert definition is not None
    form = screening.begin(
        code=case.code, instrument=instrument, agreed=True, language="bel",
        with_interpreter=False, by=sender, at=timezone.now(),
    )  # fmt: skip
    visitor = reading(sender)

    found = [
        fold
        for part in range(1, len(definition.dimensions) + 1)
        for fold in folds(visitor, f"/screenings/{form.code}/?part={part}")
    ]

    assert missing(found, "signs", definition.questions, language) == []
    asked = [each.text[language] for each in definition.questions.values()]
    assert sorted(names(found)) == sorted(asked)


def test_a_sign_of_an_instrument_of_ones_own_has_no_why_of_ours(
    visiting: Any, case: Case, sender: Member, monkeypatch: Any
) -> None:
    """Its codes may mean something else."""
    monkeypatch.setattr("pages.questionnaire.EXPLAINED", frozenset())
    form = make.make_screening(
        case=case, by=sender, instrument="ilo_adult_labour", yes=["D1-01"]
    )
    begun = screening.correct(code=form.code, by=sender, at=timezone.now())

    assert folds(visiting(sender), f"/screenings/{begun.code}/") == []


@pytest.mark.parametrize("section", [each for each in SECTIONS.values() if each.why])
def test_every_section_of_the_intake_says_why_it_is_kept_apart(
    reading: Any, case: Case, sender: Member, language: str, section: Any
) -> None:
    found = folds(reading(sender), f"/cases/{case.code}/intake/{section.slug}/")

    assert missing(found, "groups", [section.why], language) == []
    with translation.override(language):
        assert str(section.title) in names(found)


def test_every_group_that_is_filled_in_has_its_section() -> None:
    filled = {each.why for each in SECTIONS.values() if each.why}

    assert set(DataGroup) - filled == {DataGroup.SCREENING, DataGroup.PLAN}


def test_the_contact_plan_says_why_beside_its_questions(
    reading: Any, case: Case, sender: Member, language: str
) -> None:
    found = folds(reading(sender), f"/cases/{case.code}/intake/contact/")

    codes = {key.partition(".")[2] for key in whys.keys("contact")}
    assert missing(found, "contact", codes, language) == []


@pytest.mark.parametrize("path", ["/cases/new/", "/cases/{code}/intake/beginning/"])
def test_each_risk_says_what_it_asks_for(
    reading: Any, case: Case, sender: Member, language: str, path: str
) -> None:
    found = folds(reading(sender), path.format(code=case.code))

    assert missing(found, "risk", Risk, language) == []
    with translation.override(language):
        assert names(found) == [str(each.label) for each in Risk]


@pytest.mark.parametrize("purpose", ["service", "identification", "legal_proceedings"])
def test_every_sentence_of_consent_says_why(
    reading: Any, case: Case, sender: Member, service: Service, language: str, purpose: str
) -> None:
    path = f"/cases/{case.code}/consent/new/?service={service.code}&purpose={purpose}"

    found = folds(reading(sender), path)

    groups = most_for(service.agency.type)
    assert missing(found, "consent", [*groups, purpose, "free", "take_back"], language) == []
    assert len(found) == len(groups) + 3
    with translation.override(language):
        assert {labels.group(each) for each in groups} - set(names(found)) == set()


def test_a_consent_that_is_recorded_later_says_why_too(
    reading: Any, case: Case, sender: Member, service: Service, language: str
) -> None:
    visitor = reading(sender)
    path = f"/cases/{case.code}/consent/new/?service={service.code}"
    day = (make.today() + dt.timedelta(days=9)).isoformat()
    made = visitor.do(path, {
        "groups": ["triage", "identity"], "expires_at": day, "form": "written",
        "language": "bel", "later": "1",
    })  # fmt: skip
    code = made.redirect_chain[-1][0].strip("/").split("/")[-1]

    found = folds(visitor, f"/consents/{code}/give/")

    assert missing(found, "consent", ["triage", "identity"], language) == []
    assert len(found) == 2


def test_a_referral_says_why_of_its_kind_its_urgency_and_each_group(
    reading: Any, case: Case, sender: Member, service: Service, language: str
) -> None:
    path = f"/cases/{case.code}/refer/?service={service.code}"

    found = folds(reading(sender), path)

    groups = most_for(service.agency.type) & set(SEALED)
    assert missing(found, "services", [service.type], language) == []
    assert missing(found, "urgency", ["emergency", "urgent", "normal"], language) == []
    assert missing(found, "groups", groups, language) == []
    assert len(found) == 4 + len(groups)


def test_every_kind_of_help_says_why_where_its_services_are_chosen(
    reading: Any, case: Case, sender: Member, service: Service, language: str
) -> None:
    """With all kinds side by side there is no room for that."""
    visitor, path = reading(sender), f"/cases/{case.code}/refer/"
    for kind in labels.SERVICE_TYPES:
        make.make_service(agency=service.agency, type=kind)

    all_kinds = folds(visitor, path)
    found = {kind: folds(visitor, f"{path}?type={kind}") for kind in labels.SERVICE_TYPES}

    assert all_kinds == []
    assert {kind: len(each) for kind, each in found.items()} == dict.fromkeys(found, 1)
    assert [
        kind for kind, each in found.items() if missing(each, "services", [kind], language)
    ] == []


def test_what_they_will_see_says_why(
    reading: Any, case: Case, sender: Member, service: Service, language: str
) -> None:
    draft = make.make_draft(case=case, service=service, by=sender)

    found = folds(reading(sender), f"/referrals/{draft.code}/preview/")

    assert missing(found, "groups", [*draft.groups, "triage"], language) == []
    assert missing(found, "services", [service.type], language) == []
    assert missing(found, "urgency", [draft.urgency], language) == []


@pytest.mark.parametrize("verb", ["", "do/accept/", "do/decline/"])
def test_the_receivers_card_says_why(
    reading: Any, sent: Referral, receiver: Member, language: str, verb: str
) -> None:
    found = folds(reading(receiver), f"/referrals/{sent.code}/{verb}")

    assert missing(found, "groups", ["triage"], language) == []
    assert missing(found, "services", [sent.service.type], language) == []
    assert missing(found, "urgency", [sent.urgency], language) == []


def test_what_was_told_says_why_of_each_group(
    reading: Any, accepted: Referral, receiver: Member, language: str
) -> None:
    # To open it is written down, and asks for what it holds.
    path = f"/referrals/{accepted.code}/?open=disclosure"
    found = folds(reading(receiver), path, most=OPENED)

    assert missing(found, "groups", accepted.groups, language) == []


def test_every_reason_of_a_no_says_what_it_tells(
    reading: Any, sent: Referral, receiver: Member, language: str
) -> None:
    found = folds(reading(receiver), f"/referrals/{sent.code}/do/decline/")

    assert missing(found, "decline", DeclineReason, language) == []


def test_every_reason_of_closing_says_what_it_asks(
    reading: Any, case: Case, supervisor: Member, language: str
) -> None:
    found = folds(reading(supervisor), f"/cases/{case.code}/do/close/")

    assert missing(found, "closing", Closure, language) == []
    assert len(found) == 1


def test_a_why_that_stands_apart_shows_what_it_is_about(
    visiting: Any, sent: Referral, receiver: Member
) -> None:
    """Several stand together below the card; beside its own thing only a screen reader hears it."""
    visitor = visiting(receiver)

    card = folds(visitor, f"/referrals/{sent.code}/")
    signs = folds(visitor, f"/referrals/{sent.code}/do/decline/")

    assert ["visually-hidden" in fold for fold in card] == [False] * 3
    assert ["visually-hidden" in fold for fold in signs] == [False] * 3 + [True]


def test_nothing_of_it_is_printed(visiting: Any, accepted: Referral, receiver: Member) -> None:
    path = f"/referrals/{accepted.code}/print/?with=disclosure"

    assert folds(visiting(receiver), path, most=OPENED) == []

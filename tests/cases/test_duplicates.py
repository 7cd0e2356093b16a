"""One person in two agencies: who is told of it, who is not, and what two supervisors may do."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import duplicates, likeness, policy, queries
from cases.actions import exclusion, lifecycle, matching, pairing, person
from cases.apart import Whom
from cases.models import (
    Case,
    DuplicateToken,
    IdentityCount,
    NameToken,
    PossibleDuplicate,
    TokenSheet,
)
from cases.tasks import look_for_duplicates
from cases.workflow import Mark
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from notify.models import Delivery, Task
from referral.actions import recalling

BORN = "1994-03-07"
BELARUSIAN = {
    "prs_FirstName": "Ірына", "prs_SecondName": "Лебедзева", "prs_MiddleName": "Мікалаеўна",
    "prs_Birthdate": BORN, "prs_Gender": "Feminine",
}  # fmt: skip
RUSSIAN = {"prs_FirstName": "Ирина", "prs_SecondName": "Лебедева", "prs_Birthdate": BORN}
REASON = "By the photograph it is somebody else after all."


def known(by: Member, identity: dict[str, Any]) -> Case:
    """A case of that member's with exactly this identity."""
    case = lifecycle.register(
        source="hotline", risk="low", person={"gender": "Feminine"}, by=by, at=timezone.now()
    )
    write(case, identity, by)
    return case


def write(case: Case, identity: dict[str, Any], by: Member) -> None:
    person.write_group(
        case=case, group=DataGroup.IDENTITY, values=identity, by=by, at=timezone.now()
    )


def boss_of(member: Member) -> Member:
    return make.make_member(agency=member.agency, role=Role.SUPERVISOR)


def bells(member: Member) -> list[str]:
    rung = Delivery.objects.filter(member=member, channel="in_app").order_by("pk")
    return [kind for kind in rung.values_list("event__kind", flat=True) if "." in kind]


def tasks() -> list[tuple[str, str]]:
    open_ = Task.objects.filter(done_at__isnull=True, subject__startswith="DU-")
    return list(open_.order_by("pk").values_list("kind", "agency__code"))


def pairs() -> list[tuple[Case, Case, str]]:
    rows = PossibleDuplicate.objects.select_related("earlier", "later").order_by("pk")
    return [(row.earlier, row.later, row.state) for row in rows]


@pytest.fixture
def other(db: None) -> Member:
    return make.make_member(agency=make.make_agency(type="territorial_centre"))


@pytest.fixture
def earlier(sender: Member) -> Case:
    return known(sender, BELARUSIAN)


@pytest.fixture
def later(earlier: Case, other: Member) -> Case:
    return known(other, RUSSIAN)


@pytest.fixture
def pair(earlier: Case, later: Case) -> PossibleDuplicate:
    look_for_duplicates()
    return PossibleDuplicate.objects.get()


def agreed(pair: PossibleDuplicate, ours: Member, theirs: Member) -> tuple[Member, Member]:
    """Linked, with the consent of the person on both sides: the two supervisors."""
    make.make_consent(case=pair.earlier, to=theirs.agency, by=ours, groups=[])
    make.make_consent(case=pair.later, to=ours.agency, by=theirs, groups=[])
    mine, other = boss_of(ours), boss_of(theirs)
    pairing.ask(code=pair.code, by=mine, at=timezone.now())
    pairing.agree(code=pair.code, by=other, at=timezone.now())
    return mine, other


def test_the_earlier_owners_supervisor_is_told_and_nobody_else(
    sender: Member, other: Member
) -> None:
    mine, theirs = boss_of(sender), boss_of(other)
    first = known(sender, BELARUSIAN)
    second = known(other, RUSSIAN)
    look_for_duplicates()
    look_for_duplicates()

    assert pairs() == [(first, second, "found")]
    assert [bells(each) for each in (mine, sender, other, theirs)] == [
        ["duplicate.found"], [], [], [],
    ]  # fmt: skip
    assert tasks() == [("look_at_duplicate", sender.agency.code)]
    assert first.timeline.filter(event__startswith="duplicate").count() == 1
    assert second.timeline.filter(event__startswith="duplicate").count() == 0
    found = PossibleDuplicate.objects.get()
    seen = [
        policy.duplicates_visible_to(each).count() for each in (mine, sender, other, theirs)
    ]
    assert seen == [1, 0, 0, 0]
    assert (found.marks, found.points) == (
        ["family_birth", "first_birth", "like_birth", "like_family", "like_first", "name_birth",
         "name_year"], 42,
    )  # fmt: skip


def test_whoever_writes_sees_the_same_with_and_without_a_hit(
    other: Member, sender: Member, signed_in: Any
) -> None:
    """Byte by byte and query by query: first nobody else knows her, then another agency does."""
    client, answers = signed_in(other), list[tuple[Any, ...]]()
    # The keys of finding names are made when they are first asked for.
    known(other, {"prs_FirstName": "Ян", "prs_SecondName": "Чорны"})
    look_for_duplicates()
    for known_elsewhere in (False, True):
        if known_elsewhere:
            known(sender, BELARUSIAN)
        case = lifecycle.register(
            source="hotline", risk="low", person={}, by=other, at=timezone.now()
        )
        path, code = f"/api/v1/persons/{case.person.code}/groups/identity/", case.person.code
        with CaptureQueriesContext(connection) as asked:
            answer = client.http.put(
                path, RUSSIAN, format="json", HTTP_IF_MATCH=f'"{code}.identity.0"'
            )
        answers.append(
            (answer.status_code, answer.content.decode().replace(code, ""), len(asked))
        )
        look_for_duplicates()
        shown = client.get(f"cases/{case.code}/").json()
        answers.append((shown["version"], str(shown["verbs"]), shown["groups_held"]))

    assert answers[:2] == answers[2:]
    assert [later.owner for _, later, _ in pairs()] == [sender.agency, other.agency]
    assert client.get("duplicates/").json() == {"results": [], "next": None}


def test_tokens_say_nothing_without_the_key_and_differ_from_an_agencys_own(
    sender: Member, earlier: Case
) -> None:
    tokens = {bytes(each) for each in DuplicateToken.objects.values_list("token", flat=True)}
    own = {bytes(each) for each in NameToken.objects.values_list("token", flat=True)}
    with_another = {
        token
        for _, token in duplicates.tokens_of(
            BELARUSIAN, key=b"another key of 32 bytes long...."
        )
    }

    assert {len(token) for token in tokens} == {16}
    assert tokens & own == set()
    assert tokens & with_another == set()
    assert {
        token for _, token in duplicates.tokens_of(BELARUSIAN, key=duplicates.token_key()[1])
    } == tokens


def test_a_name_that_is_saved_again_unchanged_is_not_looked_for_again(
    pair: PossibleDuplicate, sender: Member
) -> None:
    """Else whoever came first could learn, by saving again, of whoever came later."""
    write(pair.earlier, BELARUSIAN, sender)

    assert duplicates.waiting() == []
    assert IdentityCount.objects.get(member=sender).count == 1


def test_an_agency_that_is_kept_apart_is_never_told(
    sender: Member, other: Member, earlier: Case, later: Case
) -> None:
    exclusion.exclude(
        code=later.code, whom=Whom(agency=sender.agency), by=other, at=timezone.now()
    )
    look_for_duplicates()
    assert pairs() == []

    exclusion.readmit(
        code=later.code, whom=Whom(agency=sender.agency), by=other, at=timezone.now()
    )
    look_for_duplicates()
    assert pairs() == [(earlier, later, "found")]


def test_what_was_found_is_gone_for_who_is_kept_apart_afterwards(
    pair: PossibleDuplicate, sender: Member, other: Member, signed_in: Any
) -> None:
    boss = boss_of(sender)
    client = signed_in(boss)
    assert client.get(f"duplicates/{pair.code}/").status_code == 200

    exclusion.exclude(
        code=pair.later.code, whom=Whom(agency=sender.agency), by=other, at=timezone.now()
    )

    assert client.get(f"duplicates/{pair.code}/").status_code == 404
    assert client.post(f"duplicates/{pair.code}/set_aside/").status_code == 404
    with pytest.raises(Refused, match="not_possible"):
        pairing.ask(code=pair.code, by=boss, at=timezone.now())


def test_not_the_same_is_remembered(
    pair: PossibleDuplicate, sender: Member, other: Member
) -> None:
    pairing.set_aside(code=pair.code, by=boss_of(sender), at=timezone.now())
    write(pair.later, RUSSIAN | {"prs_MiddleName": "Николаевна"}, other)
    look_for_duplicates()

    assert pairs() == [(pair.earlier, pair.later, "set_aside")]
    assert tasks() == []
    assert policy.duplicates_visible_to(boss_of(sender)).count() == 0


def test_the_person_must_allow_it_before_the_other_is_asked(
    pair: PossibleDuplicate, sender: Member, other: Member
) -> None:
    boss, theirs = boss_of(sender), boss_of(other)
    with pytest.raises(Refused, match="no_consent"):
        pairing.ask(code=pair.code, by=boss, at=timezone.now())
    make.make_consent(case=pair.earlier, to=other.agency, by=sender, groups=[])
    assert policy.duplicates_visible_to(theirs).count() == 0

    pairing.ask(code=pair.code, by=boss, at=timezone.now())
    assert tasks() == [("answer_duplicate", other.agency.code)]
    assert policy.duplicates_visible_to(theirs).count() == 1
    with pytest.raises(Refused, match="no_consent"):
        pairing.agree(code=pair.code, by=theirs, at=timezone.now())
    with pytest.raises(Denied):
        pairing.agree(code=pair.code, by=boss, at=timezone.now())
    with pytest.raises(Denied):
        pairing.refuse(code=pair.code, by=other, at=timezone.now())


def test_a_link_tells_each_side_of_the_other_and_opens_nothing(
    pair: PossibleDuplicate, sender: Member, other: Member
) -> None:
    ours, theirs = agreed(pair, sender, other)
    now = timezone.now()

    for member, case, agency, who in (
        (sender, pair.earlier, other.agency, theirs), (ours, pair.earlier, other.agency, theirs),
        (other, pair.later, sender.agency, ours), (theirs, pair.later, sender.agency, ours),
    ):  # fmt: skip
        links = queries.links_of(member, case, at=now)
        assert [(link.agency, link.ask) for link in links] == [(agency, who)]
    assert policy.visible_to(ours).filter(pk=pair.later.pk).count() == 0
    assert policy.visible_to(theirs).filter(pk=pair.earlier.pk).count() == 0
    assert [
        case.timeline.filter(event="duplicate.linked").count()
        for case in (pair.earlier, pair.later)
    ] == [1, 1]
    assert tasks() == []


def test_a_withdrawn_consent_hides_the_link_at_once(
    pair: PossibleDuplicate, sender: Member, other: Member
) -> None:
    agreed(pair, sender, other)
    consent = pair.earlier.consents.get()
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    now = timezone.now()
    assert queries.links_of(other, pair.later, at=now) == []
    assert len(queries.links_of(sender, pair.earlier, at=now)) == 1


def test_either_side_ends_a_link_and_says_why(
    pair: PossibleDuplicate, sender: Member, other: Member
) -> None:
    ours, theirs = agreed(pair, sender, other)
    with pytest.raises(Invalid, match="reason_too_short"):
        pairing.unlink(code=pair.code, reason="No.", by=theirs, at=timezone.now())

    pairing.unlink(code=pair.code, reason=REASON, by=theirs, at=timezone.now())

    assert pairs() == [(pair.earlier, pair.later, "unlinked")]
    now = timezone.now()
    assert queries.links_of(sender, pair.earlier, at=now) == []
    assert queries.links_of(other, pair.later, at=now) == []
    assert [case.notes.count() for case in (pair.earlier, pair.later)] == [0, 1]
    assert bells(ours)[-1] == "duplicate.answered"
    logged = AuditEvent.objects.filter(event="duplicate.unlinked").order_by("pk")
    assert list(logged.values_list("case", "actor")) == [
        (pair.later.code, theirs.username), (pair.earlier.code, theirs.username),
    ]  # fmt: skip


def test_too_many_identities_in_a_day_are_told_to_data_protection_once(
    sender: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "IDENTITIES_A_DAY", 2)
    land = make.make_agency(is_coordinating=True)
    officer = make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER)
    for name in ("Казлова", "Новікава", "Бондар"):
        known(sender, BELARUSIAN | {"prs_SecondName": name})
    look_for_duplicates()
    look_for_duplicates()

    assert (bells(officer), bells(sender)) == (["identity.often"], [])
    often = AuditEvent.objects.get(event="identity.often")
    assert (often.about, often.facts) == (sender.username, {"n": 3})


def test_nothing_stays_of_who_is_erased(pair: PossibleDuplicate, sender: Member) -> None:
    duplicates.erase(pair.earlier.person, at=timezone.now())

    assert pairs() == []
    assert tasks() == []
    of_the_other = pair.later.person
    assert set(DuplicateToken.objects.values_list("person", flat=True)) == {of_the_other.pk}
    assert TokenSheet.objects.get().person == of_the_other


def test_tokens_are_made_anew_after_the_key_was_changed_in_parts(
    sender: Member, other: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = known(sender, BELARUSIAN)
    look_for_duplicates()
    monkeypatch.setattr(duplicates, "KEY", "next")
    second = known(other, RUSSIAN)
    look_for_duplicates()
    assert pairs() == []
    known(sender, BELARUSIAN | {"prs_SecondName": "Бондар"})
    TokenSheet.objects.exclude(person=second.person).update(ring_key="1")

    call_command("duplicates", "rebuild", most=1)
    assert TokenSheet.objects.filter(ring_key="1").count() == 1
    call_command("duplicates", "rebuild")
    look_for_duplicates()

    assert TokenSheet.objects.filter(ring_key="1").count() == 0
    assert pairs()[0] == (first, second, "found")
    read = AuditEvent.objects.filter(event="read", actor="duplicates", case=first.code)
    assert read.get().facts == {"why": "duplicates"}


def test_what_is_written_at_once_is_found_by_whoever_comes_second(
    earlier: Case, later: Case
) -> None:
    """The first look finds the pair from either end; the second adds nothing."""
    at = timezone.now() + dt.timedelta(minutes=1)
    assert matching.look(code=earlier.person.code, by=make.SETUP, at=at) == 1
    assert matching.look(code=later.person.code, by=make.SETUP, at=at) == 0
    assert pairs() == [(earlier, later, "found")]


@pytest.mark.parametrize(
    "identity",
    [
        {"prs_FirstName": "Iryna", "prs_SecondName": "Lebedzeva", "prs_Birthdate": "1994-07-03"},
        {"prs_FirstName": "Лебедева", "prs_SecondName": "Ирина", "prs_Birthdate": BORN},
        {"prs_FirstName": "Irina", "prs_SecondName": "Lebedewa", "prs_MiddleName": "Nikolaevna"},
        {"prs_FirstName": "Ирина", "prs_SecondName": "Лебедва", "prs_Birthdate": BORN},
        {"prs_FirstName": "Ирина", "prs_SecondName": "Лебедева", "prs_Birthdate": "1994-03-17"},
        {"prs_FirstName": "Iryna", "prs_SecondName": "Smith", "prs_MiddleName": "Nikolayevna",
         "prs_Birthdate": BORN},
        {"prs_FirstName": "Ира", "prs_SecondName": "Смит", "aliases": ["Лебедева Ирина"],
         "prs_Birthdate": BORN},
    ],
)  # fmt: skip
def test_one_person_is_found_however_she_is_written(
    earlier: Case, other: Member, identity: dict[str, Any]
) -> None:
    later = known(other, identity)
    if "prs_Birthdate" not in identity:
        # Without a day of birth the band that somebody chose speaks for it.
        type(later.person).objects.filter(pk=later.person.pk).update(age_band="30-38")
    look_for_duplicates()

    assert pairs() == [(earlier, later, "found")]


@pytest.mark.parametrize(
    "identity",
    [
        {"prs_FirstName": "Ирина", "prs_SecondName": "Лебедева"},
        {"prs_FirstName": "Ирина", "prs_SecondName": "Соколова", "prs_Birthdate": "1994-03-08"},
        BELARUSIAN | {"prs_FirstName": "Мікалай", "prs_Gender": "Masculine"},
        BELARUSIAN | {"prs_FirstName": "Вольга", "prs_Birthdate": "1996-10-21"},
    ],
)
def test_others_are_not(earlier: Case, other: Member, identity: dict[str, Any]) -> None:
    known(other, identity)
    look_for_duplicates()

    assert pairs() == []


@pytest.mark.parametrize(
    ("right", "slipped"),
    [
        ("Карповіч", "Karpovcih"), ("Кавальчук", "Kavaclhuk"), ("Клімовіч", "Klimovcih"),
        ("Хацкевіч", "Kahtskevich"),
    ],
)  # fmt: skip
def test_a_slip_within_two_letters_that_are_one_sound_is_one_slip(
    right: str, slipped: str
) -> None:
    one = likeness.marks_of(BELARUSIAN | {"prs_SecondName": right})
    other = likeness.marks_of(BELARUSIAN | {"prs_SecondName": slipped})
    shared = {mark for mark, _ in set(one) & set(other)}

    assert Mark.LIKE_FAMILY in shared
    assert Mark.FAMILY_BIRTH not in shared

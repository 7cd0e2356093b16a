"""A release counts each person once, publishes whole steps alone, and stays as it was made."""

import datetime as dt

import pytest
from django.db import connection, transaction

from agencies.models import Agency, Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases import erasure
from cases.models import Case, PossibleDuplicate
from demo import builders as make
from figures import sheets
from figures.actions import releasing
from figures.models import Cell, Counted, Release, Sheet
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup
from tests.conftest import meanwhile
from tests.figures.people import (
    DECEMBER,
    LATER,
    NOVEMBER,
    OCTOBER,
    added,
    agencies,
    linked,
    numbers,
    people,
    release,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def land() -> list[Agency]:
    """Four agencies, so that steps can be filled."""
    return agencies(4)


@pytest.fixture
def coordinator() -> Member:
    return make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.COORDINATOR
    )


def test_only_whole_steps_are_published(land: list[Agency]) -> None:
    for agency, number in zip(land, (9, 9, 9, 12), strict=True):
        people(agency, number)

    made = release()

    # 39 people: one step of 20, and 19 who wait.
    assert numbers(made, "sex") == {"Feminine": 20}
    assert numbers(made, "region") == {"BY-BR": 20}
    assert numbers(made, "age_by_sex") == {"30-38|Feminine": 20}
    assert numbers(made, "stage") == {"logged": 20}
    assert numbers(made, "exploitation") == {}
    assert Counted.objects.count() == 20 * Cell.objects.count()


def test_no_agency_fills_more_than_nine_places(land: list[Agency]) -> None:
    people(land[0], 500)
    people(land[1], 9)
    people(land[2], 1)

    assert numbers(release(), "sex") == {}

    people(land[2], 1, on=dt.date(2026, 11, 2))
    assert numbers(release(NOVEMBER), "sex") == {"Feminine": 20}


def test_who_waits_is_counted_when_the_step_is_whole(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 5)
    first = release()
    for agency in land:
        people(agency, 4, on=dt.date(2026, 11, 3))
    second = release(NOVEMBER)
    for agency in land:
        people(agency, 1, on=dt.date(2026, 12, 3))
    third = release(DECEMBER)

    found = [(numbers(r, "sex"), added(r, "sex")) for r in (first, second, third)]
    assert found == [
        ({"Feminine": 20}, {"Feminine": 20}),
        ({"Feminine": 20}, {"Feminine": 0}),
        ({"Feminine": 40}, {"Feminine": 20}),
    ]


def test_steps_held_back_are_published_by_a_later_release(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 10)

    first, second, third = release(held=5), release(NOVEMBER, held=1), release(DECEMBER)

    found = [numbers(r, "sex") for r in (first, second, third)]
    assert found == [{}, {"Feminine": 20}, {"Feminine": 40}]


def test_what_came_after_the_month_is_not_in_it(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 5, on=dt.date(2026, 11, 1))

    assert numbers(release(), "sex") == {}
    assert numbers(release(NOVEMBER), "sex") == {"Feminine": 20}


def test_a_late_entry_tells_nothing_of_its_month(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 5)
    first = release()
    people(land[0], 3, on=dt.date(2026, 10, 30))

    second = release(NOVEMBER)

    assert numbers(first, "sex") == numbers(second, "sex") == {"Feminine": 20}


def test_sealed_codes_are_counted_without_opening_a_person(land: list[Agency]) -> None:
    for agency in land:
        people(
            agency, 5, exploitation=["ForcedLabour", "ForcedBegging"],
            control=["DebtBondage", "PhysicalThreats"], citizenship=["BY"],
        )  # fmt: skip

    made = release()

    assert numbers(made, "exploitation") == {"ForcedLabour": 20, "ForcedBegging": 20}
    assert numbers(made, "citizenship") == {"eastern_europe": 20}
    assert numbers(made, "exploitation_by_sex") == {
        "ForcedBegging|Feminine": 20, "ForcedLabour|Feminine": 20,
    }  # fmt: skip
    assert numbers(made, "ctdc") == {"2026|Woman|30-38|eastern_europe|1|0|1|1|1|0": 20}
    assert list(log_events()) == ["figures.released"]


def log_events() -> list[str]:
    rows = AuditEvent.objects.filter(event__in=["read", "figures.released"])
    return list(rows.values_list("event", flat=True))


def test_a_corrected_code_moves_only_who_still_waits(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 5, exploitation=["ForcedLabour"])
    release()
    late = [case for agency in land for case in people(agency, 5, exploitation=["Surrogacy"])]
    for case in late:
        corrected = {"vic_TypeOfExploitation": ["OrganRemoval"]}
        sheets.note([(case.person, {DataGroup.TRAFFICKING: corrected})])

    assert numbers(release(NOVEMBER), "exploitation") == {
        "ForcedLabour": 20,
        "OrganRemoval": 20,
    }


def test_a_person_is_counted_once_whatever_becomes_of_the_case(land: list[Agency]) -> None:
    cases = [case for agency in land for case in people(agency, 5)]
    release()
    # Everybody goes to one agency, closes, and comes back in a second case.
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(owner=land[0])
    for case in cases:
        Case.objects.create(
            person=case.person, owner=land[1], state="open",
            registered_at=LATER - dt.timedelta(days=80), opened_at=LATER - dt.timedelta(days=80),
        )  # fmt: skip

    assert added(release(NOVEMBER), "stage") == {"logged": 0}


def test_linked_cases_are_one_person_before_and_after(
    land: list[Agency], coordinator: Member
) -> None:
    cases = [case for agency in land for case in people(agency, 5)]
    twins = [people(land[n % 4], 1)[0] for n in range(20)]
    for case, twin in zip(cases, twins, strict=True):
        linked(case, twin, coordinator)

    # Forty files of twenty people.
    assert numbers(release(), "sex") == {"Feminine": 20}

    for twin in twins:
        twin.person.gender = "Masculine"
        twin.person.save()
    # One of the two is known by now to be somebody else's sex: the person is new to that cell once.
    assert numbers(release(NOVEMBER), "sex") == {"Feminine": 20, "Masculine": 20}
    assert numbers(release(DECEMBER), "sex") == {"Feminine": 20, "Masculine": 20}


def test_a_case_closed_as_a_duplicate_is_not_counted(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 5)
    Case.objects.filter(owner=land[0]).update(
        state="closed", closure="duplicate", closed_at=LATER
    )

    assert numbers(release(), "sex") == {}


def test_nothing_leads_back_from_a_number_to_who_was_erased(land: list[Agency]) -> None:
    cases = [case for agency in land for case in people(agency, 5)]
    first = release()
    officer = make.make_member(role=Role.DATA_PROTECTION_OFFICER, agency=land[0])
    boss = make.make_member(role=Role.SUPERVISOR, agency=land[0])
    gone = cases[0].person
    Case.objects.filter(person=gone).update(
        state="closed", closure="goals_met", closed_at=LATER
    )
    erasure.destroy_person(
        code=gone.code, because="asked_for", approved_by=officer, by=boss, at=LATER
    )
    second = release(NOVEMBER)

    assert not Sheet.objects.filter(person=gone).exists()
    assert numbers(second, "sex") == numbers(first, "sex") == {"Feminine": 20}
    assert Counted.objects.count() == 20 * Cell.objects.filter(release=first).count()


def erased(case: Case, officer: Member, boss: Member) -> None:
    Case.objects.filter(pk=case.pk).update(state="closed", closure="goals_met", closed_at=LATER)
    erasure.destroy_person(
        code=case.person.code, because="asked_for", approved_by=officer, by=boss, at=LATER
    )


@pytest.fixture
def two(land: list[Agency]) -> tuple[Member, Member]:
    """An officer of data protection and a supervisor, who erase."""
    roles = (Role.DATA_PROTECTION_OFFICER, Role.SUPERVISOR)
    officer, boss = (make.make_member(agency=land[0], role=role) for role in roles)
    return officer, boss


@pytest.mark.parametrize("which", ["first", "second"])
def test_who_was_linked_and_erased_within_a_month_is_counted_once(
    land: list[Agency], two: tuple[Member, Member], which: str
) -> None:
    """The first file was counted in October; in November it is linked to a second, and then one of
    the two is erased before anything is counted anew."""
    cases = [case for agency in land for case in people(agency, 5)]
    first = release()
    twins = [people(case.owner, 1, on=dt.date(2026, 11, 2))[0] for case in cases]
    for case, twin in zip(cases, twins, strict=True):
        linked(case, twin, two[1])
        erased(case if which == "first" else twin, *two)

    second = release(NOVEMBER)

    assert numbers(second, "sex") == numbers(first, "sex") == {"Feminine": 20}
    assert added(second, "stage") == {"logged": 0}


def test_of_three_files_in_a_row_the_middle_one_may_go(
    land: list[Agency], two: tuple[Member, Member]
) -> None:
    """Nothing but the links to it said that the others are one person; they still are."""
    cases = [case for agency in land for case in people(agency, 5)]
    release()
    others = [people(case.owner, 2, on=dt.date(2026, 11, 2)) for case in cases]
    for case, (middle, last) in zip(cases, others, strict=True):
        linked(case, middle, two[1])
        linked(middle, last, two[1])
        erased(middle, *two)

    assert added(release(NOVEMBER), "sex") == {"Feminine": 0}
    # Also once the first has gone, and whatever the last turns out to be.
    for case, (_, last) in zip(cases, others, strict=True):
        erased(case, *two)
        last.person.gender = "Masculine"
        last.person.save()
    assert numbers(release(DECEMBER), "sex") == {"Feminine": 20, "Masculine": 20}


def test_who_is_linked_to_what_an_erased_file_left_is_counted_once(
    land: list[Agency], two: tuple[Member, Member]
) -> None:
    """Of three in a row the middle one has gone; then the first turns out to be somebody counted long
    ago, and goes, too."""
    counted = [case for agency in land for case in people(agency, 5)]
    release()
    threes = [people(case.owner, 3, on=dt.date(2026, 11, 2)) for case in counted]
    for case, (first, middle, last) in zip(counted, threes, strict=True):
        linked(first, middle, two[1])
        linked(middle, last, two[1])
        erased(middle, *two)
        linked(case, first, two[1])
        erased(first, *two)

    assert added(release(NOVEMBER), "sex") == {"Feminine": 0}
    for case in counted:
        erased(case, *two)
    assert added(release(DECEMBER), "sex") == {"Feminine": 0}
    heir = threes[0][-1].person
    (left,) = sheets.opened(Sheet.objects.filter(person=heir))
    # Nothing names those who are gone; what they were counted under is all there.
    assert (left.same, len(left.former)) == ([], 3)


def test_a_file_that_is_counted_no_more_still_says_who_was(
    land: list[Agency], two: tuple[Member, Member]
) -> None:
    cases = [case for agency in land for case in people(agency, 5)]
    release()
    others = [people(case.owner, 2, on=dt.date(2026, 11, 2)) for case in cases]
    for case, (middle, last) in zip(cases, others, strict=True):
        linked(case, middle, two[1])
        linked(middle, last, two[1])
        erased(middle, *two)
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(
        state="closed", closure="duplicate", closed_at=LATER
    )

    assert added(release(NOVEMBER), "sex") == {"Feminine": 0}


def test_who_is_unlinked_is_somebody_else_again_whatever_was_erased(
    land: list[Agency], two: tuple[Member, Member]
) -> None:
    threes = [people(agency, 3) for agency in land for _ in range(5)]
    for first, second, third in threes:
        linked(first, second, two[1])
        linked(second, third, two[1])
        erased(third, *two)
    PossibleDuplicate.objects.update(state="unlinked")
    one = Sheet.objects.create(person=threes[0][0].person).handle
    erased(threes[0][0], *two)

    # Nobody has taken over the number of who was by themselves at the end.
    left = list(sheets.opened(Sheet.objects.all()))
    assert one not in {name for sheet in left for name in (sheet.handle, *sheet.former)}
    people(land[0], 1)
    assert numbers(release(), "sex") == {"Feminine": 40}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("begun", [False, True], ids=["no sheets yet", "sheets"])
def test_two_files_of_one_person_that_are_erased_at_once_leave_all_to_the_third(
    begun: bool,
) -> None:
    land = agencies(3)
    officer, boss = (
        make.make_member(role=role, agency=land[0])
        for role in (Role.DATA_PROTECTION_OFFICER, Role.SUPERVISOR)
    )
    first, second, third = (people(agency, 1)[0] for agency in land)
    linked(first, second, boss)
    linked(second, third, boss)
    if begun:
        Sheet.objects.bulk_create(Sheet(person=each.person) for each in (first, second, third))
    names = set(Sheet.objects.exclude(person=third.person).values_list("handle", flat=True))

    ended = meanwhile(
        lambda: erased(first, officer, boss), lambda: erased(second, officer, boss)
    )

    assert ended == ["done"]
    (left,) = sheets.opened(Sheet.objects.all())
    assert (left.person, left.same, set(left.knew)) == (
        third.person_id, [], {agency.pk for agency in land},
    )  # fmt: skip
    assert names <= set(left.former)
    assert len(left.former) == 2


def test_what_a_file_leaves_to_another_is_never_shown(
    land: list[Agency], two: tuple[Member, Member]
) -> None:
    """It stays sealed beside what is counted, through every later writing."""
    (case,), (twin,) = people(land[0], 1), people(land[1], 1, citizenship=["BY"])
    release()
    handle = Sheet.objects.get(person=case.person).handle
    linked(case, twin, two[1])
    erased(case, *two)
    told = {"vic_TypeOfExploitation": ["ForcedLabour"]}
    sheets.note([(twin.person, {DataGroup.TRAFFICKING: told})])

    (sheet,) = Sheet.objects.all()
    (opened,) = sheets.opened(Sheet.objects.all())
    assert (opened.person, opened.former, sorted(opened.knew)) == (
        twin.person_id, [handle], sorted(agency.pk for agency in land[:2]),
    )  # fmt: skip
    assert sorted(opened.facts) == [
        ("prs_Citizenship", "eastern_europe"), ("vic_TypeOfExploitation", "ForcedLabour"),
    ]  # fmt: skip
    assert handle.hex.encode() not in bytes(sheet.content or b"")


def test_who_was_erased_before_is_not_counted(land: list[Agency]) -> None:
    cases = [case for agency in land for case in people(agency, 5)]
    cases[0].person.ring_key = ""
    cases[0].person.save()

    assert numbers(release(), "sex") == {}
    assert not Sheet.objects.filter(person=cases[0].person, content=None).exists()


def test_the_same_month_twice_is_refused(land: list[Agency], coordinator: Member) -> None:
    release()

    with pytest.raises(Refused) as found:
        release()
    assert found.value.code == "already_released"
    with pytest.raises(Refused) as found:
        releasing.ask(month=OCTOBER, by=coordinator, at=LATER)
    assert found.value.code == "already_released"
    with pytest.raises(Refused) as found:
        releasing.ask(month=dt.date(2026, 9, 1), by=coordinator, at=LATER)
    assert found.value.code == "later_month_is_released"


def test_a_month_is_over_a_week_after_its_end(coordinator: Member) -> None:
    early = dt.datetime(2026, 11, 7, 23, 59, tzinfo=dt.UTC)

    with pytest.raises(Refused) as found:
        releasing.ask(month=OCTOBER, by=coordinator, at=early)
    assert found.value.code == "month_is_not_over"
    with pytest.raises(Refused) as found:
        release(OCTOBER, at=early)
    assert found.value.code == "month_is_not_over"
    assert (
        releasing.ask(month=OCTOBER, by=coordinator, at=early + dt.timedelta(minutes=1)).state
        == Release.State.ASKED
    )


def test_only_the_coordinator_asks(sender: Member) -> None:
    with pytest.raises(Denied):
        releasing.ask(month=OCTOBER, by=sender, at=LATER)


def test_what_is_stopped_half_way_has_counted_nobody(land: list[Agency]) -> None:
    for agency in land:
        people(agency, 5)

    with pytest.raises(RuntimeError), transaction.atomic():
        release()
        raise RuntimeError
    assert (Release.objects.count(), Counted.objects.count(), Cell.objects.count()) == (0, 0, 0)
    assert numbers(release(), "sex") == {"Feminine": 20}


def test_nothing_in_clear_is_left_for_the_rest_of_the_transaction(land: list[Agency]) -> None:
    people(land[0], 2)
    release()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relpersistence = 't' AND relname LIKE 'figures%'"
        )
        assert cursor.fetchall() == []

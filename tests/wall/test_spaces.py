"""Agencies of one space know of those of no other: by the wall, by every list, by every notice.

All that a case can hold is filled in one space; then each role looks in the other.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from agencies.listingmodels import Listing
from agencies.models import REAL, Agency, Member, Service
from agencies.policy import public_agencies, public_listings, services_visible_to
from agencies.roles import Role
from audit import log
from audit.models import AuditEvent
from audit.queries import events
from cases import duplicates
from cases.actions import matching, override
from cases.apart import Whom
from cases.models import Case, DuplicateToken, IdentityCount, PossibleDuplicate
from config.wall.policies import POLICIES
from custody.models import JournalEntry
from demo import builders as make
from edge import wall
from guard.actions import glass
from guest.actions import admitting
from guest.models import Admission
from kernel.errors import Denied, Invalid
from kernel.groups import DataGroup
from notify import audience, ledger
from notify.audience import To
from notify.models import Delivery, Task
from notify.notices import Kind
from referral import queries
from referral.actions import recalling, requesting
from tests.rights.filled import Filled, fill

MADE_UP = 7
BOTH = ((REAL, MADE_UP), (MADE_UP, REAL))
pytestmark = pytest.mark.django_db
# Hashes, wrapped keys and published numbers, which are the same for all.
WALLED = sorted(table for table, rows in POLICIES.items() if rows.seen != "true")


def looking(space: int) -> list[Member]:
    """Somebody in every role, in an agency of that space that decides, too."""
    agency = make.make_authority(space=space, is_coordinating=space == REAL)
    return [make.make_member(agency=agency, role=role) for role in Role]


def rows_of(table: str) -> int:
    # Whoever sets the tests up has no agency, and is in no space.
    real = "WHERE actor <> 'set-up'" if table == "audit_auditevent" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}" {real}')
        return int(cursor.fetchone()[0])


def reached(member: Member) -> dict[str, int]:
    """How many rows of each table a query without any filter brings back."""
    with wall.acting(wall.member(member)):
        return {table: rows_of(table) for table in WALLED}


def lists() -> Iterator[tuple[str, Callable[..., QuerySet[Any]]]]:
    """Every list of every policy."""
    for app in sorted(apps.get_app_configs(), key=lambda each: each.name):
        for name in ("policy", "requestpolicy"):
            try:
                module = import_module(f"{app.name}.{name}")
            except ModuleNotFoundError:
                continue
            for key, found in sorted(vars(module).items()):
                if key.endswith("visible_to") and found.__module__ == module.__name__:
                    yield f"{module.__name__}.{key}", found


def listed(actor: Member, filled: Filled | None) -> dict[str, set[Any]]:
    """What each list shows the actor; those of one case only where there is one."""
    shown = {}
    for name, found in lists():
        taken = found.__code__.co_varnames[: found.__code__.co_argcount]
        if "case" not in taken:
            shown[name] = set(found(actor).values_list("pk", flat=True))
        elif filled is not None:
            shown[name] = set(found(actor, filled.case).values_list("pk", flat=True))
    return shown


@pytest.mark.parametrize(("filled", "other"), BOTH)
def test_no_row_and_no_list_tells_one_space_of_another(filled: int, other: int) -> None:
    members = looking(other)
    rows = {member.role: reached(member) for member in members}
    shown = {member.role: listed(member, None) for member in members}

    world = fill(filled)

    assert {member.role: reached(member) for member in members} == rows
    now = {member.role: listed(member, world) for member in members}
    assert {
        role: {
            name: keys for name, keys in found.items() if keys != shown[role].get(name, set())
        }
        for role, found in now.items()
    } == {role: {} for role in now}
    assert Delivery.objects.filter(member__in=members).count() == 0
    assert Task.objects.filter(agency=members[0].agency).count() == 0


def test_the_lists_show_something_in_their_own_space() -> None:
    """Without this the test before it could not fail."""
    world = fill(MADE_UP)

    told: dict[str, set[Any]] = {}
    for member in world.staff:
        for name, keys in listed(member, world).items():
            told.setdefault(name, set()).update(keys)

    assert {name for name, keys in told.items() if keys} == THERE


# What a made-up space has; the rest is for real agencies alone: files, figures, systems, the board.
THERE = {
    "agencies.policy.agencies_visible_to",
    "agencies.policy.members_visible_to",
    "agencies.policy.services_visible_to",
    "cases.policy.assessments_visible_to",
    "cases.policy.consents_visible_to",
    "cases.policy.drafts_visible_to",
    "cases.policy.holds_visible_to",
    "cases.policy.notes_visible_to",
    "cases.policy.overrides_visible_to",
    "cases.policy.owned_and_visible_to",
    "cases.policy.persons_visible_to",
    "cases.policy.records_visible_to",
    "cases.policy.visible_to",
    "documents.policy.visible_to",
    "guard.policy.contacts_visible_to",
    "identification.policy.decisions_visible_to",
    "identification.policy.screenings_visible_to",
    "identification.policy.statements_visible_to",
    "identification.policy.visible_to",
    "notify.policy.notices_visible_to",
    "notify.policy.tasks_visible_to",
    "referral.policy.onwards_visible_to",
    "referral.policy.transfers_visible_to",
    "referral.policy.visible_to",
    "reintegration.policy.actions_visible_to",
    "reintegration.policy.alerts_visible_to",
    "reintegration.policy.check_ins_visible_to",
    "reintegration.policy.goals_visible_to",
    "reintegration.policy.plans_visible_to",
    "reintegration.policy.reviews_visible_to",
    "rights.requestpolicy.visible_to",
}


@pytest.mark.parametrize(("filled", "other"), BOTH)
def test_nobody_names_what_is_in_another_space(filled: int, other: int) -> None:
    """Neither an agency, nor a case by its code, nor a service: whoever guesses finds nothing."""
    world = fill(filled)
    agency = make.make_agency(space=other)
    boss = make.make_member(role=Role.SUPERVISOR, agency=agency)
    at, names = timezone.now(), [world.case.code, str(world.case.person.uid)]

    with wall.acting(wall.member(boss)):
        wall.hold(keys=names)
        assert Case.objects.count() == 0
        assert set(Agency.objects.values_list("space", flat=True)) == {other}
        assert set(services_visible_to(boss).values_list("agency__space", flat=True)) <= {other}
    assert not queries.overdue(make.make_member(role=Role.COORDINATOR, agency=agency), at=at)


def test_what_a_made_up_member_cannot_do_at_all() -> None:
    """Break a glass, ask for a case, and find out by either whether a real one is there."""
    real = fill(REAL)
    boss = make.make_member(role=Role.SUPERVISOR, agency=make.make_agency(space=MADE_UP))
    at = timezone.now()

    for code in (real.case.code, "SH-2222-2222"):
        with pytest.raises(Denied, match="not_in_practice"):
            glass.break_glass(
                code=code, groups=[DataGroup.CONTACT], purpose="medical",
                reason="Somebody must know where she is now.", by=boss, at=at,
            )  # fmt: skip
        with pytest.raises(Denied, match="not_in_practice"):
            requesting.ask(case_code=code, reason="", by=boss, at=at)
    with pytest.raises(Denied, match="not_in_practice"):
        admitting.ask_for_agency(facts={}, mail="", by=boss, at=at)
    assert Admission.objects.count() == 0


def test_a_name_in_one_space_is_like_nobodys_in_another() -> None:
    cases = {}
    for space in (REAL, MADE_UP, MADE_UP + 1):
        worker = make.make_member(agency=make.make_agency(space=space))
        cases[space] = make.make_case(by=worker)
        duplicates.index(
            cases[space].person,
            {"prs_FirstName": "Alena", "prs_SecondName": "Vymyslava", "prs_Birthdate": "2001-02-03"},
            space=space, at=timezone.now(),
        )  # fmt: skip

    tokens = {
        space: set(
            DuplicateToken.objects.filter(person=case.person).values_list("token", flat=True)
        )
        for space, case in cases.items()
    }
    assert [len(found) > 2 for found in tokens.values()] == [True] * 3
    assert not tokens[REAL] & tokens[MADE_UP]
    assert not tokens[MADE_UP] & tokens[MADE_UP + 1]
    assert PossibleDuplicate.objects.count() == 0


def test_a_land_is_told_by_its_name() -> None:
    """Nobody tells everybody of a role without saying which land."""
    made_up = make.make_member(role=Role.COORDINATOR, agency=make.make_agency(space=MADE_UP))
    real = make.make_member(role=Role.COORDINATOR)

    with pytest.raises(ValueError, match="which"):
        To(Role.COORDINATOR)
    assert audience.members_of(To(Role.COORDINATOR, space=MADE_UP)) == [made_up]
    assert audience.members_of(To(Role.COORDINATOR, space=REAL)) == [real]


def test_nobody_keeps_a_made_up_space() -> None:
    """What goes wrong in it is no task for whoever keeps the service."""
    home = make.make_agency(is_coordinating=True)
    make.make_member(role=Role.SYSTEM_ADMIN, agency=home)
    empty = make.make_agency(space=MADE_UP)

    ledger.write(
        Kind.TASK_SET, subject="RF-2222-2222", to=To(Role.SUPERVISOR, empty), at=timezone.now()
    )
    assert Task.objects.count() == 0
    ledger.write(
        Kind.TASK_SET, subject="RF-2222-2222", to=To(Role.SUPERVISOR, make.make_agency()),
        at=timezone.now(),
    )  # fmt: skip
    assert Task.objects.count() == 1


def test_whoever_leaves_something_to_administrators_says_of_which_space() -> None:
    """There is no default that somebody could forget."""
    make.make_member(role=Role.SYSTEM_ADMIN, agency=make.make_agency(is_coordinating=True))
    at, kind = timezone.now(), Kind.ACCESS_DIFFERS

    with pytest.raises(TypeError, match="space"):
        ledger.leave_to_administrators(kind, subject="SH-2222-2222", at=at)  # type: ignore[call-arg]
    for space in (MADE_UP, None):
        ledger.leave_to_administrators(kind, subject="PX-2222-2222", at=at, space=space)
    assert Task.objects.count() == 0
    ledger.leave_to_administrators(kind, subject="SH-2222-2222", at=at, space=REAL)
    assert [task.subject for task in Task.objects.all()] == ["SH-2222-2222"]


def test_a_made_up_case_says_so_by_its_code() -> None:
    """And by it the log knows what not to tell, when all the rest was wiped."""
    worker = make.make_member(agency=make.make_agency(space=MADE_UP))
    before = events().count()
    case = make.make_case(by=worker)

    assert (case.code[:3], worker.agency.code[:3]) == ("PX-", "PX-")
    assert events().count() == before
    assert make.make_case(by=make.make_member()).code[:3] == "SH-"
    assert events().count() > before


REAL_CASE, OTHER = "SH-2222-2222", "PX-2222-2222"
# Agency, case and about of an event, and whether the watchers read it.
EVENTS: tuple[tuple[str, str, str, bool], ...] = (
    ("AG-2222-2222", "", "", True),
    ("AG-2222-2222", REAL_CASE, "", True),
    ("AG-2222-2222", "", OTHER, True),
    ("AG-2222-2222", OTHER, "", False),
    ("", "", REAL_CASE, True),
    ("", "", OTHER, False),
    ("", OTHER, "", False),
    ("", "", "", True),
    (OTHER, "", "", False),
    (OTHER, OTHER, "RF-2222-2222", False),
    (OTHER, "", "RF-2222-2222", False),
    # Somebody in practice who tries the codes of real cases
    (OTHER, "", REAL_CASE, True),
    (OTHER, REAL_CASE, "", True),
)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DATA_PROTECTION_OFFICER])
def test_the_watchers_see_who_probes_what_is_real_and_nothing_made_up(role: Role) -> None:
    watcher = make.make_member(role=role)
    made_up = make.make_member(role=role, agency=make.make_agency(space=MADE_UP))
    for n, (agency, case, about, _) in enumerate(EVENTS):
        by = log.Machine("probe", agency_code=agency)
        log.record("probe", by=by, about=about, case=case, facts={"n": n})
    expected = {n for n, row in enumerate(EVENTS) if row[3]}

    def numbers(rows: QuerySet[AuditEvent]) -> set[int]:
        return {row.facts["n"] for row in rows.filter(event="probe")}

    assert numbers(events()) == expected
    with wall.acting(wall.member(watcher)):
        # The rows of the database, without any filter; then the list.
        assert numbers(AuditEvent.objects.all()) == expected
        assert numbers(events()) == expected
    with wall.acting(wall.member(made_up)):
        assert numbers(AuditEvent.objects.all()) == set()


def test_nobody_is_told_how_often_somebody_writes_who_practises(settings: Any) -> None:
    settings.IDENTITIES_A_DAY = 3
    members = {
        space: make.make_member(agency=make.make_agency(space=space))
        for space in (REAL, MADE_UP)
    }
    guards = {
        space: make.make_member(role=Role.DATA_PROTECTION_OFFICER, agency=member.agency)
        for space, member in members.items()
    }
    for member in members.values():
        IdentityCount.objects.create(member=member, day=make.today(), count=4)

    assert matching.watch(by=log.CLOCK, at=timezone.now()) == 1

    often = events().filter(event="identity.often")
    assert [each.about for each in often] == [members[REAL].username]
    assert AuditEvent.objects.filter(event="identity.often").count() == 1
    told = Delivery.objects.filter(event__kind=Kind.IDENTITIES_OFTEN)
    assert {each.member for each in told} == {guards[REAL]}


def test_no_made_up_end_is_journalled() -> None:
    """A restored copy has no made-up consent to end again once all of it was wiped."""
    kinds = {}
    for space in (REAL, MADE_UP):
        JournalEntry.objects.all().delete()
        boss = make.make_member(role=Role.SUPERVISOR, agency=make.make_agency(space=space))
        worker = make.make_member(agency=boss.agency)
        other = make.make_agency(space=space)
        case = make.make_case(by=worker)
        at = timezone.now()
        consent = make.make_consent(case=case, to=other, by=worker)
        asked = override.ask(
            code=case.code, agency=other, groups=[DataGroup.SAFETY], ground="vital_interests",
            reason="There is a danger to life that cannot wait.", by=worker, at=at,
        )  # fmt: skip
        recalling.decide_override(code=asked.code, approve=True, by=boss, at=at)
        recalling.withdraw_consent(code=consent.code, by=worker, at=at)
        recalling.end_override(code=asked.code, by=boss, at=at)
        whom = Whom(agency=other)
        recalling.exclude(code=case.code, whom=whom, by=boss, at=at)
        recalling.readmit(code=case.code, whom=whom, by=boss, at=at)
        rows = JournalEntry.objects.order_by("pk")
        kinds[space] = [(each.kind, each.subject) for each in rows]
        if space == REAL:
            expected = [
                ("consent.ended", consent.code), ("override.ended", asked.code),
                ("kept_apart", case.code), ("let_near", case.code),
            ]  # fmt: skip

    assert kinds == {REAL: expected, MADE_UP: []}


def test_two_agencies_of_a_name_in_two_spaces_and_not_in_one() -> None:
    make.make_agency(name="Same Name", space=MADE_UP)
    make.make_agency(name="Same Name")

    with pytest.raises(Invalid, match="name_is_taken"):
        make.make_agency(name="Same Name")
    row = Agency.objects.get(name="Same Name", space=REAL)
    with pytest.raises(IntegrityError, match="one_agency_of_a_name"), transaction.atomic():
        Agency.objects.filter(pk=row.pk).update(space=MADE_UP)


@pytest.mark.parametrize(
    "facts",
    [
        {"has_systems": True},
        {"is_coordinating": True},
        {"public_name": "N"},
        {"standing": "guest"},
    ],
)
def test_nothing_made_up_is_called_national_public_or_a_guest(facts: dict[str, Any]) -> None:
    agency = make.make_agency(space=MADE_UP)
    with pytest.raises(IntegrityError, match="stays_there"), transaction.atomic():
        Agency.objects.filter(pk=agency.pk).update(**facts)


def test_the_public_is_shown_no_made_up_service() -> None:
    services = [make.make_service(agency=make.make_agency(space=n)) for n in (REAL, MADE_UP)]
    for service in services:
        Service.objects.filter(pk=service.pk).update(verified_on=make.today())
        Listing.objects.create(
            service=service, is_listed=True, name="A name", changed_at=timezone.now()
        )

    assert [each.service for each in public_listings()] == services[:1]
    assert list(public_agencies()) == [services[0].agency]

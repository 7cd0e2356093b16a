"""Made-up worlds, and who may see what in them by the rule as a person would say it.

The oracle keeps its own notes of what was done and reads no table: the policy and the row policies
are both held against it.
"""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from agencies.models import Agency, Member, Service
from agencies.roles import AgencyType, Role
from cases import policy
from cases.actions import lifecycle
from cases.apart import Whom
from cases.models import Case, SealedGroup
from demo import builders as make
from edge import wall
from kernel.groups import EVERY_GROUP, SEALED, DataGroup
from referral.actions import answering, recalling, sending

ALL, NONE = frozenset(EVERY_GROUP), frozenset[DataGroup]()
TRIAGE = frozenset({DataGroup.TRIAGE})
ROLES = (Role.SOCIAL_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT, Role.AGENCY_ADMIN)
NATIONAL = (Role.COORDINATOR, Role.AUDITOR, Role.SYSTEM_ADMIN)


@dataclass(slots=True)
class Noted:
    """What the oracle remembers of one case."""

    case: Case
    owner: int
    worker: int
    # Agency that was asked, the groups it was shown, and who was named there.
    helping: int = 0
    shown: frozenset[DataGroup] = NONE
    named: int = 0

    def groups(self, member: Member) -> frozenset[DataGroup]:
        """The owner's supervisors and the worker see all; whoever helps, what was consented to."""
        if member.agency_id == self.owner and (
            member.role == Role.SUPERVISOR or member.pk == self.worker
        ):
            return ALL
        inbox = member.role in {Role.SUPERVISOR, Role.FOCAL_POINT}
        if member.agency_id == self.helping and (inbox or member.pk == self.named):
            return self.shown
        return NONE


@dataclass(slots=True)
class Made:
    """Agencies with members in every role, and cases at every turn of a referral."""

    chance: random.Random
    agencies: list[Agency] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    cases: list[Noted] = field(default_factory=list)

    def fill(self, *, agencies: int, cases: int) -> None:
        home = make.make_agency(type=AgencyType.MINISTRY, is_coordinating=True)
        for _ in range(agencies):
            agency = make.make_agency()
            self.agencies.append(agency)
            self.services.append(make.make_service(agency=agency))
            self.members += [make.make_member(agency=agency, role=role) for role in ROLES]
            self.members.append(make.make_member(agency=agency))
        self.members += [make.make_member(agency=home, role=role) for role in NATIONAL]
        for _ in range(cases):
            self.cases.append(self._case())

    def _case(self) -> Noted:
        workers = [m for m in self.members if m.role == Role.SOCIAL_WORKER]
        worker = self.chance.choice(workers)
        case = make.make_case(by=worker)
        held = set(case.person.sealed_groups.values_list("group", flat=True))
        SealedGroup.objects.bulk_create(
            SealedGroup(
                person=case.person, group=group, content=b"-", written_at=timezone.now(),
                written_by="",
            )
            for group in SEALED if group not in held
        )  # fmt: skip
        noted = Noted(case, owner=worker.agency_id, worker=worker.pk)
        self.chance.choice(TURNS)(self, noted, worker)
        return noted

    def one(self, role: Role, agency: int) -> Member:
        """Somebody of this role in the agency."""
        return next(m for m in self.members if m.role == role and m.agency_id == agency)


Turn = Callable[[Made, Noted, Member], None]


def nothing(world: Made, noted: Noted, worker: Member) -> None:
    """The case stays with its worker."""


def handed_on(world: Made, noted: Noted, worker: Member) -> None:
    boss = world.one(Role.SUPERVISOR, noted.owner)
    others = [
        m for m in world.members
        if m.agency_id == noted.owner and m.role == Role.SOCIAL_WORKER and m.pk != worker.pk
    ]  # fmt: skip
    to = world.chance.choice(others)
    lifecycle.assign(code=noted.case.code, to=to, by=boss, at=timezone.now())
    noted.worker = to.pk


def sent(world: Made, noted: Noted, worker: Member) -> None:
    _send(world, noted, worker)


def accepted(world: Made, noted: Noted, worker: Member) -> None:
    code, groups = _send(world, noted, worker)
    focal = world.one(Role.FOCAL_POINT, noted.helping)
    contact = world.chance.choice([focal, world.one(Role.SOCIAL_WORKER, noted.helping)])
    answering.accept(
        code=code, contact=contact, first_contact_at=timezone.now() + dt.timedelta(hours=2),
        by=focal, at=timezone.now(),
    )  # fmt: skip
    noted.shown, noted.named = groups, contact.pk


def declined(world: Made, noted: Noted, worker: Member) -> None:
    code, _ = _send(world, noted, worker)
    focal = world.one(Role.FOCAL_POINT, noted.helping)
    answering.decline(code=code, reason="no_capacity", by=focal, at=timezone.now())
    noted.helping = 0


def called_back(world: Made, noted: Noted, worker: Member) -> None:
    accepted(world, noted, worker)
    consent = noted.case.consents.get()
    recalling.withdraw_consent(code=consent.code, by=worker, at=timezone.now())
    noted.helping = 0


def kept_apart(world: Made, noted: Noted, worker: Member) -> None:
    accepted(world, noted, worker)
    agency = next(a for a in world.agencies if a.pk == noted.helping)
    recalling.exclude(
        code=noted.case.code, whom=Whom(agency=agency), by=worker, at=timezone.now()
    )
    noted.helping = 0


TURNS: tuple[Turn, ...] = (
    nothing, handed_on, sent, accepted, accepted, declined, called_back, kept_apart,
)  # fmt: skip


def _send(world: Made, noted: Noted, worker: Member) -> tuple[str, frozenset[DataGroup]]:
    service = world.chance.choice([s for s in world.services if s.agency_id != noted.owner])
    groups = world.chance.sample(make.USUAL, world.chance.randint(1, len(make.USUAL)))
    make.make_consent(case=noted.case, to=service.agency, by=worker, groups=groups)
    draft = make.make_draft(case=noted.case, service=service, by=worker, groups=groups)
    sending.send(code=draft.code, by=worker, at=timezone.now())
    noted.helping, noted.shown = service.agency_id, TRIAGE
    return draft.code, TRIAGE | frozenset(groups)


@dataclass(slots=True)
class Count:
    """How many answers were compared three ways, and where they were not the same."""

    decisions: int = 0
    disagreements: list[str] = field(default_factory=list)

    def compare(self, world: Made) -> None:
        for member in world.members:
            walled = dict(_behind_the_wall(member))
            for noted in world.cases:
                self._one(member, noted, walled.get(noted.case.pk))

    def _one(self, member: Member, noted: Noted, walled: frozenset[DataGroup] | None) -> None:
        said, case = noted.groups(member), noted.case
        ruled = policy.groups(member, case)
        seen = policy.visible_to(member).filter(pk=case.pk).exists()
        sealed = frozenset(SEALED)
        answers = {
            "case": (bool(said), seen, walled is not None),
            **{
                group.value: (group in said, group in ruled, group in (walled or NONE))
                for group in sealed
            },
        }
        self.decisions += len(answers)
        self.disagreements += [
            f"{member.role} {case.code} {what}: {three}"
            for what, three in answers.items() if len(set(three)) != 1
        ]  # fmt: skip


def _behind_the_wall(member: Member) -> Iterator[tuple[int, frozenset[DataGroup]]]:
    """Every case that a query without any filter brings back, with the sealed groups it reaches."""
    with wall.acting(wall.member(member)), connection.cursor() as cursor:
        cursor.execute(
            'SELECT c.id, array_remove(array_agg(g."group"), NULL) FROM cases_case c'
            " LEFT JOIN cases_sealedgroup g ON g.person_id = c.person_id GROUP BY c.id"
        )
        for number, groups in cursor.fetchall():
            yield number, frozenset(DataGroup(group) for group in groups)

"""Whoever was ever told of a person counts among those who know them; and nobody else does."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import CASEWORK, Role
from audit.models import AuditEvent
from cases import erasure
from cases.actions import exclusion, override, pairing
from cases.apart import Whom
from cases.models import Case, CaseAccess, PossibleDuplicate
from demo import builders as make
from figures import gathering, heirs
from figures.knowing import KNOWERS, WAYS
from figures.models import Sheet
from guard.actions import glass
from guest.models import Link
from kernel.groups import DataGroup
from referral.actions import answering, requesting, sending, transferring
from tests.browser.world import build
from tests.conftest import meanwhile, owning
from tests.figures.people import linked
from tests.pages.conftest import visiting

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
Pair = tuple[Case, set[Agency]]


@transaction.atomic
def known() -> dict[int, set[str]]:
    """The codes of the agencies that know each person, as a release has it."""
    until = timezone.now() + dt.timedelta(days=1)
    gathering.make_handles(until=until)
    gathering.gather(until=until)
    found = gathering.rows(
        "SELECT person_id, knowers FROM figures_person p JOIN figures_kind k ON k.id = p.kind"
    )
    gathering.scatter()
    code = dict(Agency.objects.values_list("pk", "code"))
    return {person: {code[each] for each in agencies} for person, agencies in found}


def codes(agencies: Iterable[Agency]) -> set[str]:
    return {agency.code for agency in agencies}


def boss_of(member: Member) -> Member:
    return make.make_member(agency=member.agency, role=Role.SUPERVISOR)


def elsewhere(role: Role = Role.SUPERVISOR) -> Member:
    return make.make_member(agency=make.make_agency(type="territorial_centre"), role=role)


def _owner(sender: Member) -> Pair:
    return make.make_case(by=sender), set()


def _draft(sender: Member) -> Pair:
    """It tells its receiver nothing yet."""
    service, case = make.make_service(agency=make.make_agency()), make.make_case(by=sender)
    make.make_consent(case=case, to=service.agency, by=sender)
    make.make_draft(case=case, service=service, by=sender)
    return case, set()


def _referral(sender: Member) -> Pair:
    service = make.make_service(agency=make.make_agency())
    return make.make_sent(by=sender, service=service).case, {service.agency}


def _declined(sender: Member) -> Pair:
    focal = make.make_member(role=Role.FOCAL_POINT)
    sent = make.make_sent(by=sender, service=make.make_service(agency=focal.agency))
    answering.decline(code=sent.code, reason="no_capacity", by=focal, at=timezone.now())
    return sent.case, {focal.agency}


def _link(sender: Member) -> Pair:
    """An agency without an account, that answers by a link."""
    guest = make.make_guest()
    sent = make.make_sent(by=sender, service=make.make_service(agency=guest))
    (link,) = Link.objects.select_related("stand_in__agency").filter(referral=sent)
    return sent.case, {link.stand_in.agency}


def _proposed(sender: Member) -> Pair:
    case, theirs = make.make_case(by=sender), elsewhere()
    make.make_consent(case=case, to=theirs.agency, by=sender)
    transferring.propose(
        code=case.code, to=theirs.agency, note="Moves.", by=boss_of(sender), at=timezone.now()
    )
    return case, {theirs.agency}


def _moved(sender: Member) -> Pair:
    """Who gave the case away knows of the person; and so does who has it now."""
    case, (to,) = _proposed(sender)
    code = case.transfers.get().code
    theirs = make.make_member(agency=to, role=Role.SUPERVISOR)
    transferring.answer(code=code, accept=True, by=theirs, at=timezone.now())
    assert Case.objects.get(pk=case.pk).owner == to
    return case, {to}


def _asked_for(sender: Member) -> Pair:
    case, theirs = make.make_case(by=sender), elsewhere()
    requesting.ask(case_code=case.code, reason="person_moved", by=theirs, at=timezone.now())
    return case, {theirs.agency}


def _glass(sender: Member) -> Pair:
    case, helper = make.make_case(by=sender), make.make_member(agency=make.make_agency())
    # Who must be told of it.
    boss_of(sender), boss_of(helper)
    land = make.make_agency(is_coordinating=True)
    make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER)
    glass.break_glass(
        code=case.code, groups=[DataGroup.CONTACT], purpose="medical",
        reason="She bleeds, and nobody answers at night.", by=helper, at=timezone.now(),
    )  # fmt: skip
    return case, {helper.agency}


def _found(sender: Member) -> Pair:
    """The agency that was there first is shown the other's case."""
    other = elsewhere(Role.SOCIAL_WORKER)
    return make.make_pair(by=other, other=sender).later, {other.agency}


def _asked_about(sender: Member) -> Pair:
    """Also the other side learns, at the latest when it is asked."""
    other = elsewhere(Role.SOCIAL_WORKER)
    pair = make.make_pair(by=sender, other=other)
    make.make_consent(case=pair.earlier, to=other.agency, by=sender, groups=[])
    pairing.ask(code=pair.code, by=boss_of(sender), at=timezone.now())
    return pair.earlier, {other.agency}


def _set_aside(sender: Member) -> Pair:
    """What was seen is not forgotten because it came to nothing."""
    case, agencies = _found(sender)
    (agency,) = agencies
    pair = PossibleDuplicate.objects.get(later=case)
    theirs = make.make_member(agency=agency, role=Role.SUPERVISOR)
    pairing.set_aside(code=pair.code, by=theirs, at=timezone.now())
    return case, agencies


def _linked(sender: Member) -> Pair:
    """One person: whoever knows of one file knows of both."""
    other, focal = elsewhere(Role.SOCIAL_WORKER), make.make_member(role=Role.FOCAL_POINT)
    pair = make.make_linked(by=sender, other=other, ours=boss_of(sender), theirs=boss_of(other))
    service = make.make_service(agency=focal.agency)
    make.make_consent(case=pair.later, to=service.agency, by=other)
    draft = make.make_draft(case=pair.later, service=service, by=other)
    sending.send(code=draft.code, by=other, at=timezone.now())
    return pair.earlier, {other.agency, focal.agency}


def _named(sender: Member) -> Pair:
    """A consent, an override and a case that is kept apart name agencies that were shown nothing."""
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=make.make_agency(), by=sender)
    at = timezone.now()
    override.ask(
        code=case.code, agency=make.make_agency(), groups=[DataGroup.FAMILY],
        ground="court_order", reason="A court has ordered it, and she cannot be asked in time.", by=sender, at=at,
    )  # fmt: skip
    exclusion.exclude(code=case.code, whom=Whom(agency=make.make_agency()), by=sender, at=at)
    return case, set()


def _decided(sender: Member) -> Pair:
    """The authority is not counted, or hardly a step of a decision would fill."""
    case = make.make_case(by=sender)
    make.make_submitted(case=case, by=sender, authority=make.make_authority())
    return case, set()


LEARN: dict[str, Callable[[Member], Pair]] = {
    "owner": _owner, "referral, a draft": _draft, "referral, sent": _referral,
    "referral, declined": _declined, "referral, by a link": _link,
    "transfer, proposed": _proposed, "transfer, done": _moved, "request": _asked_for,
    "glass": _glass, "duplicate, found": _found, "duplicate, asked": _asked_about,
    "duplicate, set aside": _set_aside, "duplicate, linked": _linked, "named": _named,
    "submitted": _decided,
}  # fmt: skip


@pytest.mark.parametrize("way", LEARN)
def test_whoever_learned_of_a_person_knows_them(sender: Member, way: str) -> None:
    make.make_case(by=elsewhere(Role.SOCIAL_WORKER))

    case, others = LEARN[way](sender)

    assert known()[case.person_id] == codes({sender.agency, *others})


def test_every_way_is_tried() -> None:
    assert {way.partition(",")[0] for way in LEARN} - {"named", "submitted"} == set(WAYS)


def test_who_knew_an_erased_file_knows_the_person_of_the_other(sender: Member) -> None:
    case, others = _linked(sender)
    pair = PossibleDuplicate.objects.get(earlier=case)
    erased(pair.later, by=sender)

    assert not PossibleDuplicate.objects.exists()
    assert known()[case.person_id] == codes({sender.agency, *others})


def test_whose_own_file_was_erased_still_knows_of_the_other(sender: Member) -> None:
    case, others = _found(sender)
    erased(PossibleDuplicate.objects.get(later=case).earlier, by=sender)

    assert known()[case.person_id] == codes({sender.agency, *others})


def test_who_is_nobody_elses_leaves_nothing_behind(sender: Member) -> None:
    case, other = make.make_case(by=sender), make.make_case(by=sender)
    before = set(known())
    erased(case, by=sender)

    assert before == {case.person_id, other.person_id}
    assert set(Sheet.objects.values_list("person", flat=True)) == {other.person_id}


def test_who_knew_what_an_erased_file_left_knows_the_others(sender: Member) -> None:
    """Of three in a row the middle one goes; then the first is referred, and goes, too."""
    first, middle, last = (make.make_case(by=sender) for _ in range(3))
    linked(first, middle, sender)
    linked(middle, last, sender)
    erased(middle, by=sender)
    service = make.make_service(agency=make.make_agency())
    make.make_consent(case=first, to=service.agency, by=sender)
    draft = make.make_draft(case=first, service=service, by=sender)
    sending.send(code=draft.code, by=sender, at=timezone.now())
    erased(first, by=sender)

    assert known()[last.person_id] == codes({sender.agency, service.agency})


@pytest.mark.django_db(transaction=True)
def test_who_knew_is_not_lost_by_an_erasure_while_a_release_is_made(sender: Member) -> None:
    """The last table of those that say who knows is kept away until the erasure is there."""
    case, others = _found(sender)
    known()
    found: list[dict[int, set[str]]] = []

    def first() -> None:
        with owning(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE guard_breakglass IN ACCESS EXCLUSIVE MODE")

    def then() -> None:
        found.append(known())

    ended = meanwhile(
        first, then,
        at_last=lambda: erased(PossibleDuplicate.objects.get(later=case).earlier, by=sender),
    )  # fmt: skip

    assert ended == ["done"]
    assert found[0][case.person_id] == codes({sender.agency, *others})


def test_pairs_of_one_person_are_looked_up(sender: Member) -> None:
    """Erasing a batch of people must not go through all pairs for each."""
    _found(sender)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for statement in (heirs.PAIRS, heirs.KNOWN.format(knowers=KNOWERS)):
        plan = gathering.rows(f"EXPLAIN {statement}", person=1, persons=[1])
        told = "\n".join(line for (line,) in plan)
        assert "duplicate_earlier" in told
        assert "duplicate_later" in told


def erased(case: Case, *, by: Member) -> None:
    officer = make.make_member(role=Role.DATA_PROTECTION_OFFICER, agency=by.agency)
    Case.objects.filter(pk=case.pk).update(
        state="closed", closure="goals_met", closed_at=timezone.now() - dt.timedelta(days=1)
    )
    erasure.destroy_person(
        code=case.person.code, because="adult", approved_by=officer, by=boss_of(by),
        at=timezone.now(),
    )  # fmt: skip


# Every column that names an agency: the way to know a person that it is, or why it is none.
HOLDER = "written by who holds a case, or whom it was referred to"
NOT_TOLD = "names an agency that is told nothing by it"
NOBODY = "is of no person"
AUTHORITY = "the authority is left out: docs/adr/0019"
SHOWN_BEFORE = "follows from what the agency was shown before"
COLUMNS = {
    "cases.Case.owner": "owner",
    "referral.Transfer.sender": "transfer", "referral.Transfer.receiver": "transfer",
    "referral.Referral.sender": "referral", "referral.Referral.receiver": "referral",
    "referral.CaseRequest.asker": "request", "guard.BreakGlass.agency": "glass",
    "cases.Note.agency": HOLDER, "cases.NameToken.agency": HOLDER,
    "referral.Message.agency": HOLDER, "guard.Contact.agency": HOLDER,
    "documents.Document.agency": HOLDER, "reintegration.Review.agency": HOLDER,
    "exchange.Origin.agency": HOLDER, "exchange.ExportJob.agency": HOLDER,
    "exchange.ImportJob.agency": HOLDER, "exchange.SealedFile.agency": HOLDER,
    "rights.Batch.agency": HOLDER,
    "cases.ConsentScope.agency": NOT_TOLD, "cases.Override.agency": NOT_TOLD,
    "cases.Exclusion.agency": NOT_TOLD, "reintegration.Action.responsible": NOT_TOLD,
    "identification.Identification.authority": AUTHORITY,
    "identification.Decision.authority": AUTHORITY,
    "rights.Demand.agency": SHOWN_BEFORE, "notify.Task.agency": SHOWN_BEFORE,
    "notify.Clock.sender": SHOWN_BEFORE, "notify.Clock.receiver": SHOWN_BEFORE,
    "notify.Rung.agency": SHOWN_BEFORE,
    "agencies.Member.agency": NOBODY, "agencies.Service.agency": NOBODY,
    "agencies.ClockSetting.agency": NOBODY, "agencies.Origin.agency": NOBODY,
    "notify.Endpoint.agency": NOBODY, "notify.Announcement.agency": SHOWN_BEFORE, "guest.Admission.agency": NOBODY,
    "seconding.TwoPersonAct.agency": SHOWN_BEFORE,
    "learning.Cohort.agency": NOBODY, "network.Answer.agency": NOBODY,
    "network.Bulletin.agency": NOBODY, "network.Confirmation.agency": NOBODY,
    "network.Question.agency": NOBODY, "learning.DueCount.agency": NOBODY,
}  # fmt: skip


def test_every_column_that_names_an_agency_was_thought_of() -> None:
    """Whoever adds a table by which an agency learns of a case is stopped here."""
    found = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.related_model is Agency
    }

    assert found == set(COLUMNS)
    assert set(COLUMNS.values()) - {HOLDER, NOT_TOLD, NOBODY, AUTHORITY, SHOWN_BEFORE} == (
        set(WAYS) - {"duplicate"}
    )


# Why the access table opens a case, and the way to know its person that this is.
OPENED = {
    CaseAccess.Because.OWNER: "owner", CaseAccess.Because.ASSIGNED: "owner",
    CaseAccess.Because.REFERRED: "referral", CaseAccess.Because.BREAK_GLASS: "glass",
    CaseAccess.Because.SUBMITTED: AUTHORITY,
}  # fmt: skip


def _agency_of_groups() -> dict[int, str]:
    """The agency of each principal that the access table may name."""
    found = dict(Member.objects.values_list("own_group", "agency__code"))
    for function in ("supervisors", "focal_points", "officers"):
        found |= dict(Agency.objects.values_list(function, "code"))
    return found


def test_whoever_is_let_in_or_has_read_anything_knows_the_person(visiting: Any) -> None:
    """In a land with something of everything, after everybody has looked at all their pages."""
    assert set(OPENED) == set(CaseAccess.Because)
    world = build()
    for role, member in world.members.items():
        visitor = visiting(member)
        for path in world.pages[role]:
            visitor.see(path)
    knowers, agency_of = known(), _agency_of_groups()
    person_of = {case.code: case.person_id for case in Case.objects.all()}
    granted = CaseAccess.objects.exclude(because=CaseAccess.Because.SUBMITTED)
    told = AuditEvent.objects.filter(role__in=CASEWORK).exclude(case="").exclude(agency="")

    let_in = {
        (row.content_object.person_id, agency_of[row.group_id], row.because)
        for row in granted.select_related("content_object")
    }
    read = {
        (person_of[event.case], event.agency, event.event)
        for event in told if event.case in person_of and event.event != "denied"
    }  # fmt: skip

    assert {because for *_, because in let_in} == set(OPENED) - {CaseAccess.Because.SUBMITTED}
    assert {"read", "read.case", "read.card"} < {event for *_, event in read}
    for seen in (let_in, read):
        assert {
            (agency, why) for person, agency, why in seen
            if person in knowers and agency not in knowers[person]
        } == set()  # fmt: skip

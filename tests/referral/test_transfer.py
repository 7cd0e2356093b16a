"""A case changes hands: all that hangs on it goes along, and the old owner keeps a stub."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Agency, Member, Service
from agencies.roles import Role
from cases.actions import exclusion, lifecycle, records
from cases.apart import Whom
from cases.models import Case, Note
from cases.workflow import RecordKind
from demo import builders as make
from edge.paging import BEFORE_ALL
from identification.actions import deciding, screening
from identification.models import Decision, Identification
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import SEALED, DataGroup
from notify.models import Clock, Rung, Task
from referral import queries
from referral.actions import answering, sending, transferring
from referral.models import Referral, Transfer
from reintegration.actions import planning, reviewing
from reintegration.models import Goal, Plan, Review

# A Tuesday morning in Minsk.
AT = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
REASONS = "Her papers were kept and her wages withheld for a year."


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


@pytest.fixture
def ours(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def theirs(db: None) -> Member:
    return make.make_member(
        agency=make.make_agency(type="territorial_centre"), role=Role.SUPERVISOR
    )


def now() -> dt.datetime:
    return timezone.now()


def propose(case: Case, to: Agency, by: Member) -> Transfer:
    return transferring.propose(code=case.code, to=to, note="She moves.", by=by, at=now())


def accept(transfer: Transfer, by: Member) -> Transfer:
    return transferring.answer(code=transfer.code, accept=True, by=by, at=now())


def consent(case: Case, to: Agency, by: Member, *groups: DataGroup, **more: Any) -> None:
    make.make_consent(case=case, to=to, by=by, groups=[*make.USUAL, *groups], **more)


def refused(act: Any, *words: Any) -> str:
    owners = list(Case.objects.order_by("pk").values_list("owner", "version"))
    before = (
        owners,
        list(Transfer.objects.values_list("code", "state")),
        Clock.objects.count(),
    )
    with pytest.raises((Refused, Denied, Invalid)) as refusal:
        act(*words)
    owners = list(Case.objects.order_by("pk").values_list("owner", "version"))
    assert before == (
        owners, list(Transfer.objects.values_list("code", "state")), Clock.objects.count(),
    )  # fmt: skip
    return str(refusal.value.code)


# What the consent must cover


def tell(case: Case, by: Member) -> None:
    screening.state(
        code=case.code, text="They locked the door.", told_on=AT.date(), told_to_us=True,
        language="bel", by=by, at=now(),
    )  # fmt: skip


def happen(case: Case, by: Member) -> None:
    records.write(
        code=case.code, kind=RecordKind.EVENT, values={"hte_City": "Minsk"}, by=by, at=now()
    )


def accuse(case: Case, by: Member) -> None:
    records.write(
        code=case.code, kind=RecordKind.PERPETRATOR, values={"relation": "The owner"}, by=by,
        at=now(),
    )  # fmt: skip


def screen(case: Case, by: Member) -> None:
    make.make_screening(case=case, by=by)


def plan(case: Case, by: Member) -> None:
    make.make_plan(case=case, by=by)


def test_the_new_owner_lists_what_the_old_one_had_sent(
    case: Case, sender: Member, ours: Member, theirs: Member, receiver: Member, service: Service
) -> None:
    make.make_consent(case=case, to=service.agency, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    sending.send(code=draft.code, by=sender, at=now())
    answering.decline(code=draft.code, reason="no_capacity", by=receiver, at=now())
    consent(case, theirs.agency, sender, *SEALED)

    accept(propose(case, theirs.agency, ours), theirs)

    def listed(member: Member) -> list[str]:
        return [row["code"] for row in queries.outgoing(member, below=BEFORE_ALL)]

    assert (listed(theirs), listed(ours)) == ([draft.code], [])
    # It had ended before, so it was the old owner's to the last.
    draft.refresh_from_db()
    assert draft.sender == ours.agency


@pytest.mark.parametrize(
    ("keep", "group"),
    [(tell, DataGroup.TRAFFICKING), (happen, DataGroup.TRAFFICKING),
     (accuse, DataGroup.TRAFFICKING), (screen, DataGroup.SCREENING), (plan, DataGroup.PLAN)],
)  # fmt: skip
def test_the_consent_covers_what_the_case_keeps_of_the_person(
    keep: Any, group: DataGroup, case: Case, sender: Member, ours: Member, theirs: Member
) -> None:
    keep(case, sender)
    consent(case, theirs.agency, sender)
    assert refused(propose, case, theirs.agency, ours) == "no_consent"
    consent(case, theirs.agency, sender, group, purpose="identification")
    assert refused(propose, case, theirs.agency, ours) == "no_consent"
    consent(case, theirs.agency, sender, group)

    assert propose(case, theirs.agency, ours).state == "proposed"


@pytest.mark.parametrize("keep", [happen, accuse, tell, screen, plan])
def test_what_was_written_down_after_the_proposal_must_be_covered_too(
    keep: Any, case: Case, sender: Member, ours: Member, theirs: Member
) -> None:
    consent(case, theirs.agency, sender)
    proposed = propose(case, theirs.agency, ours)
    keep(case, sender)

    assert refused(accept, proposed, theirs) == "no_consent"


def test_what_was_taken_back_needs_no_consent(
    case: Case, sender: Member, ours: Member, theirs: Member
) -> None:
    happen(case, sender)
    records.retract(code=case.records.get().code, by=sender, at=now())
    consent(case, theirs.agency, sender)

    assert propose(case, theirs.agency, ours).state == "proposed"


def test_an_agency_kept_apart_gets_no_case(
    case: Case, sender: Member, ours: Member, theirs: Member
) -> None:
    consent(case, theirs.agency, sender)
    proposed = propose(case, theirs.agency, ours)
    exclusion.exclude(code=case.code, whom=Whom(agency=theirs.agency), by=sender, at=now())

    assert refused(accept, proposed, theirs) == "not_possible"
    transferring.withdraw(code=proposed.code, by=ours, at=now())
    assert refused(propose, case, theirs.agency, ours) == "not_possible"


def test_a_proposal_runs_against_a_clock_until_it_is_answered_or_taken_back(
    case: Case, sender: Member, ours: Member, theirs: Member
) -> None:
    consent(case, theirs.agency, sender)
    first = propose(case, theirs.agency, ours)
    clock = Clock.objects.get(subject=first.code)
    assert (clock.purpose, clock.sender, clock.receiver, clock.due_at) == (
        "transfer", sender.agency, theirs.agency, AT + 3 * DAY,
    )  # fmt: skip
    words: Any = {"code": first.code, "at": now()}
    assert refused(lambda: transferring.withdraw(**words, by=theirs)) == (
        "only_the_owner_may_do_this"
    )

    transferring.withdraw(**words, by=ours)

    clock.refresh_from_db()
    assert clock.stopped_at == AT
    assert refused(accept, first, theirs) == "transfer_is_answered"
    second = propose(case, theirs.agency, ours)
    accept(second, theirs)
    assert Clock.objects.get(subject=second.code).stopped_at == AT


# What goes along


@pytest.fixture
def full(case: Case, sender: Member, service: Service) -> Case:
    """A case with everything that a case can have."""
    tell(case, sender)
    happen(case, sender)
    authority = make.make_authority()
    make.make_submitted(case=case, by=sender, authority=authority)
    officer = make.make_officer(authority=authority)
    deciding.recognise(code=case.code, reasons=REASONS, evidence=[], by=officer, at=now())
    made = make.make_active_plan(case=case, by=sender)
    planning.set_action(
        code=made.goals.get().code, text="Write to the housing office.",
        responsible=sender.agency, due_on=AT.date() + 10 * DAY, by=sender, at=now(),
    )  # fmt: skip
    reviewing.check_in(
        code=case.code, tried_at=now(), channel="phone", result="not_safe", by=sender,
        at=now(),
    )  # fmt: skip
    extra = Review.objects.get(case=case, kind="extra")
    reviewing.hold(
        code=extra.code, held_on=AT.date(), scores={"safety": {"worker": 3}}, remarks="",
        by=sender, at=now(),
    )  # fmt: skip
    consent(case, service.agency, sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    sending.send(code=draft.code, by=sender, at=now())
    return case


@pytest.fixture
def moved(full: Case, sender: Member, ours: Member, theirs: Member) -> Case:
    make.make_consent(case=full, to=theirs.agency, by=sender, groups=list(SEALED))
    accept(propose(full, theirs.agency, ours), theirs)
    full.refresh_from_db()
    assert (full.owner, full.worker) == (theirs.agency, None)
    return full


def pages(case: Case) -> list[str]:
    """Every address at which something of the case may be read."""
    code, person = case.code, case.person.code
    of_case = ("", "notes/", "timeline/", "consents/", "overrides/", "records/",
               "assessments/", "screenings/", "statements/", "identification/", "plans/",
               "reviews/", "check_ins/", "trajectory/", "alerts/")  # fmt: skip
    return [
        *(f"cases/{code}/{page}" for page in of_case),
        f"persons/{person}/",
        f"persons/{person}/groups/identity/",
        f"records/{case.records.get().code}/",
        f"screenings/{case.screenings.get().code}/",
        f"decisions/{Decision.objects.get().code}/",
        f"plans/{case.plans.get().code}/",
        *(f"reviews/{review.code}/" for review in case.reviews.all()),
        *(f"consents/{consent.code}/" for consent in case.consents.all()),
        f"referrals/{Referral.objects.get().code}/",
        f"referrals/{Referral.objects.get().code}/disclosure/",
    ]


def statuses(client: Any, case: Case) -> dict[str, int]:
    return {page: client.get(page).status_code for page in pages(case)}


def test_the_old_owner_finds_nothing_any_more_and_the_new_one_everything(
    full: Case, sender: Member, ours: Member, theirs: Member, signed_in: Any
) -> None:
    assert set(statuses(signed_in(ours), full).values()) == {200}
    assert set(statuses(signed_in(theirs), full).values()) == {404}
    make.make_consent(case=full, to=theirs.agency, by=sender, groups=list(SEALED))
    proposed = propose(full, theirs.agency, ours)

    accept(proposed, theirs)

    gone = statuses(signed_in(ours), full)
    assert {page for page, status in gone.items() if status != 404} == set()
    assert set(statuses(signed_in(sender), full).values()) == {404}
    there = statuses(signed_in(theirs), full)
    assert {page for page, status in there.items() if status != 200} == set()
    stub = signed_in(ours).get(f"transfers/{proposed.code}/").json()
    assert (stub["case"], stub["state"], stub["receiver"]) == (
        full.code, "accepted", theirs.agency.code,
    )  # fmt: skip
    assert signed_in(sender).get(f"transfers/{proposed.code}/").status_code == 404
    for member in (ours, sender):
        assert signed_in(member).get("cases/").json()["results"] == []
        assert signed_in(member).get("clocks/").json()["results"] == []


def test_the_trajectory_goes_along_with_who_held_each_review(
    moved: Case, sender: Member, theirs: Member, signed_in: Any
) -> None:
    body = signed_in(theirs).get(f"cases/{moved.code}/trajectory/").json()

    safety = next(line for line in body["results"] if line["area"] == "safety")
    assert [(p["worker"], p["agency"]) for p in safety["points"]] == [(3, sender.agency.code)]


def test_the_new_owner_carries_on_with_plan_reviews_alerts_and_identification(
    moved: Case, theirs: Member
) -> None:
    goal = Goal.objects.get()
    action = goal.actions.get()
    assert planning.finish_action(code=action.code, done=True, by=theirs, at=now()).state == (
        "done"
    )
    review = moved.reviews.filter(kind="planned").order_by("due_on")[0]
    reviewing.not_held(code=review.code, why="not_reached", by=theirs, at=now())
    decision = deciding.tell(
        code=Decision.objects.get().code, whom="person", told_at=now(), way="in_person",
        language="bel", proof="She signed.", by=theirs, at=now(),
    )  # fmt: skip
    assert decision.tellings.get().told_by == theirs
    ended = planning.stop(
        code=Plan.objects.get().code, reason="moved_away", by=theirs, at=now()
    )
    assert ended.state == "stopped"


def test_the_old_owner_acts_on_nothing_any_more(
    moved: Case, sender: Member, ours: Member
) -> None:
    for old in (sender, ours):
        for act in (screen, plan, tell, happen):
            assert refused(act, moved, old) == "only_the_owner_may_do_this"


def test_clocks_rungs_and_tasks_are_the_new_owners(
    full: Case, sender: Member, ours: Member, theirs: Member, receiver: Member
) -> None:
    authority = Identification.objects.get(case=full).authority
    assert authority is not None
    before = {(c.purpose, c.subject, c.due_at) for c in running(full)}
    assert {purpose for purpose, _, _ in before} == {
        "assessment", "telling", "reflection", "action", "check_in", "review", "reply",
    }  # fmt: skip
    assert {c.assignee for c in running(full) if c.purpose != "reply"} == {sender}
    left = set(open_tasks(full).values_list("code", flat=True))
    assert {task.agency for task in open_tasks(full)} == {sender.agency}
    make.make_consent(case=full, to=theirs.agency, by=sender, groups=list(SEALED))

    accept(propose(full, theirs.agency, ours), theirs)

    assert {(c.purpose, c.subject, c.due_at) for c in running(full)} == before
    for clock in running(full):
        receiving = {"reflection": authority, "reply": receiver.agency}
        assert (clock.sender, clock.receiver, clock.assignee) == (
            theirs.agency, receiving.get(clock.purpose, theirs.agency), None,
        ), clock.purpose  # fmt: skip
    rungs = Rung.objects.filter(clock__in=running(full), fired_at__isnull=True)
    assert set(rungs.filter(agency=sender.agency)) == set()
    agencies = {authority.pk, receiver.agency_id, theirs.agency_id, None}
    assert set(rungs.values_list("agency", flat=True)) == agencies
    tasks = open_tasks(full)
    assert set(tasks.values_list("code", flat=True)) == left
    assert left != set()
    assert {(t.agency, t.assignee, t.role) for t in tasks} == {
        (theirs.agency, None, "supervisor")
    }
    full.refresh_from_db()
    assert queries.stored_access(full, at=now()) == queries.expected_access(full, at=now())


def running(case: Case) -> list[Clock]:
    rows = Clock.objects.filter(case=case.code, stopped_at__isnull=True)
    return list(
        rows.exclude(purpose="transfer").select_related("sender", "receiver", "assignee")
    )


def open_tasks(case: Case) -> Any:
    return Task.objects.filter(case=case.code, done_at__isnull=True).select_related(
        "agency", "assignee"
    )


def test_private_and_inner_notes_of_the_old_owner_stay_unseen(
    case: Case, sender: Member, ours: Member, theirs: Member, signed_in: Any
) -> None:
    for visibility in Note.Visibility.values:
        lifecycle.note(
            code=case.code, text=f"This is {visibility}.", visibility=visibility, by=sender,
            at=now(),
        )  # fmt: skip
    url = f"cases/{case.code}/notes/"

    def seen(by: Member) -> list[str]:
        answer = signed_in(by).get(url)
        return (
            [n["text"] for n in answer.json()["results"]] if answer.status_code == 200 else []
        )

    assert seen(ours) == ["This is shared.", "This is agency."]
    assert seen(sender) == ["This is shared.", "This is agency.", "This is private."]
    consent(case, theirs.agency, sender)

    accept(propose(case, theirs.agency, ours), theirs)

    assert seen(theirs) == ["This is shared."]
    assert (seen(ours), seen(sender)) == ([], [])

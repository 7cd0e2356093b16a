"""What a data group holds besides its own fields, in the frozen disclosure: all of it or nothing."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import records
from cases.models import Case
from cases.workflow import RecordKind
from demo import builders as make
from identification.actions import screening
from identification.models import Screening
from kernel.groups import DataGroup
from referral import disclosure
from referral.actions import sending
from referral.models import Referral
from reintegration.actions import planning

# A Tuesday morning in Minsk.
AT = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
TODAY = AT.date()
DAY = dt.timedelta(days=1)
PARTS = [DataGroup.TRAFFICKING, DataGroup.SCREENING, DataGroup.PLAN]
OF_PART = {
    DataGroup.TRAFFICKING: {"events", "perpetrators", "statements"},
    DataGroup.SCREENING: {"screenings"},
    DataGroup.PLAN: {"part"},
}
SECRETS = ["They locked the door", "Minsk", "The owner of the farm", "debt_bondage",
           "Write to the court", "A home near her sister"]  # fmt: skip


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def lawyer(db: None) -> Member:
    """A focal point of an agency that may be shown every part."""
    return make.make_member(agency=make.make_agency(type="legal"), role=Role.FOCAL_POINT)


@pytest.fixture
def case(sender: Member) -> Case:
    return make.make_case(by=sender)


def now() -> dt.datetime:
    return timezone.now()


def send(case: Case, to: Agency, by: Member, groups: list[DataGroup]) -> Referral:
    service = make.make_service(agency=to)
    make.make_consent(case=case, to=to, by=by, groups=groups)
    draft = make.make_draft(case=case, service=service, by=by, groups=groups)
    return sending.send(code=draft.code, by=by, at=now())


def shared(referral: Referral, by: Member) -> dict[str, Any]:
    groups: dict[str, Any] = disclosure.opened(referral, by=by)["groups"]
    return groups


def write(case: Case, kind: RecordKind, by: Member, **values: Any) -> str:
    return str(records.write(code=case.code, kind=kind, values=values, by=by, at=now()).code)


def tell(case: Case, text: str, by: Member, *, on: dt.date = TODAY) -> str:
    return str(
        screening.state(
            code=case.code, text=text, told_on=on, told_to_us=True, language="bel", by=by,
            at=now(),
        ).code
    )  # fmt: skip


def correct(old: Screening, by: Member, **answers: str) -> Screening:
    new = screening.correct(code=old.code, by=by, at=now())
    said = {name: {"answer": answer, "basis": "told"} for name, answer in answers.items()}
    return screening.answer(
        code=new.code, answers=said, remarks="Put right.", version=new.version, by=by, at=now()
    )


def act_of(case: Case, responsible: Agency, text: str, by: Member) -> str:
    goal = case.plans.get(state="active").goals.get()
    return str(
        planning.set_action(
            code=goal.code, text=text, responsible=responsible, due_on=TODAY + 10 * DAY,
            by=by, at=now(),
        ).code
    )  # fmt: skip


@pytest.fixture
def full(case: Case, sender: Member, lawyer: Member) -> Case:
    """Something in every part."""
    make.make_screening(case=case, by=sender)
    write(case, RecordKind.EVENT, sender, hte_City="Minsk")
    write(case, RecordKind.PERPETRATOR, sender, relation="The owner of the farm")
    tell(case, "They locked the door.", sender)
    plan = planning.draft_plan(
        code=case.code, objectives="A home near her sister.", types=["SocialCare"],
        planned_end=None, by=sender, at=now(),
    )  # fmt: skip
    planning.set_goal(
        code=plan.code, area="legal_status", text="Papers.", target_on=None, by=sender,
        at=now(),
    )  # fmt: skip
    planning.agree(code=plan.code, agreed_by="self", assent="", by=sender, at=now())
    act_of(case, lawyer.agency, "Write to the court.", sender)
    return case


# The screening group


def test_the_screening_group_carries_the_forms_that_stand(
    case: Case, sender: Member, lawyer: Member
) -> None:
    old = make.make_screening(case=case, by=sender, yes=["debt_bondage"])
    corrected = correct(old, sender, debt_bondage="no")
    screening.submit(code=corrected.code, by=sender, at=now())
    other = make.make_screening(case=case, by=sender, yes=["isolation"])
    screening.begin(
        code=case.code, instrument="forced_labour_11", agreed=True, language="",
        with_interpreter=False, by=sender, at=now(),
    )  # fmt: skip
    waiting = correct(other, sender, isolation="no")
    assert waiting.state == "draft"

    group = shared(send(case, lawyer.agency, sender, [DataGroup.SCREENING]), sender)[
        "screening"
    ]

    assert set(group) == {"screenings"}
    assert [form["code"] for form in group["screenings"]] == [other.code, corrected.code]
    newest, older = group["screenings"]
    assert set(newest) == {
        "code", "instrument", "instrument_version", "submitted_on", "answers", "remarks",
    }  # fmt: skip
    assert (older["submitted_on"], older["remarks"]) == ("2026-03-03", "Put right.")
    assert older["answers"]["debt_bondage"]["answer"] == "no"
    assert newest["answers"]["isolation"]["answer"] == "yes"


def test_a_form_that_is_not_filled_in_is_shared_with_nobody(
    case: Case, sender: Member, lawyer: Member
) -> None:
    begun = screening.begin(
        code=case.code, instrument="forced_labour_11", agreed=True, language="",
        with_interpreter=False, by=sender, at=now(),
    )  # fmt: skip
    screening.answer(
        code=begun.code, answers={"debt_bondage": {"answer": "yes", "basis": "told"}},
        remarks=None, version=begun.version, by=sender, at=now(),
    )  # fmt: skip

    sent = send(case, lawyer.agency, sender, [DataGroup.SCREENING])

    assert shared(sent, sender) == {"screening": {}}


# The trafficking group


def test_the_trafficking_group_carries_events_perpetrators_and_statements(
    case: Case, sender: Member, lawyer: Member
) -> None:
    first = write(case, RecordKind.EVENT, sender, hte_City="Minsk", hte_Country="BY")
    wrong = write(case, RecordKind.EVENT, sender, hte_City="Brest")
    second = write(case, RecordKind.EVENT, sender, hte_City="Gomel")
    who = write(case, RecordKind.PERPETRATOR, sender, relation="The owner of the farm")
    nobody = write(case, RecordKind.PERPETRATOR, sender, relation="A mistake")
    for code in (wrong, nobody):
        records.retract(code=code, by=sender, at=now())
    for kind, values in (
        (RecordKind.SAFETY_PLAN, {"safe_places": ["The library"]}),
        (RecordKind.REFERRED_IN, {"cas_ReferringOrganisation": "A friend"}),
    ):
        write(case, kind, sender, **values)
    said = tell(case, "They locked the door.", sender, on=TODAY - DAY)
    then = tell(case, "Nobody was paid.", sender)

    group = shared(send(case, lawyer.agency, sender, [DataGroup.TRAFFICKING]), sender)

    assert group == {
        "trafficking": {
            "events": [
                {"code": first, "hte_City": "Minsk", "hte_Country": "BY"},
                {"code": second, "hte_City": "Gomel"},
            ],
            "perpetrators": [{"code": who, "relation": "The owner of the farm"}],
            "statements": [
                {"code": said, "told_on": "2026-03-02", "text": "They locked the door."},
                {"code": then, "told_on": "2026-03-03", "text": "Nobody was paid."},
            ],
        }
    }


# The plan group


def test_the_plan_group_carries_the_receivers_own_part(
    full: Case, sender: Member, lawyer: Member
) -> None:
    third = make.make_agency()
    act_of(full, third, "Find a room.", sender)
    act_of(full, sender.agency, "Ask her sister.", sender)
    done = act_of(full, lawyer.agency, "Find the papers.", sender)
    planning.finish_action(code=done, done=True, by=sender, at=now())

    group = shared(send(full, lawyer.agency, sender, [DataGroup.PLAN]), sender)

    assert group == {
        "plan": {
            "part": [
                {"area": "legal_status", "goal": "Papers.", "action": "Write to the court.",
                 "due_on": "2026-03-13"}
            ]
        }
    }  # fmt: skip


def test_an_agency_without_a_part_is_shown_nothing_of_the_plan(
    full: Case, sender: Member
) -> None:
    sent = send(full, make.make_agency(type="legal"), sender, [DataGroup.PLAN])

    assert shared(sent, sender) == {"plan": {}}


def test_a_plan_that_was_not_agreed_to_or_has_ended_is_shared_with_nobody(
    case: Case, full: Case, sender: Member, lawyer: Member
) -> None:
    planning.stop(code=full.plans.get().code, reason="moved_away", by=sender, at=now())
    plan = make.make_plan(case=full, by=sender)
    planning.set_action(
        code=plan.goals.get().code, text="Not yet.", responsible=lawyer.agency,
        due_on=TODAY + DAY, by=sender, at=now(),
    )  # fmt: skip

    sent = send(full, lawyer.agency, sender, [DataGroup.PLAN])

    assert shared(sent, sender) == {"plan": {}}


# All or nothing, frozen, logged


@pytest.mark.parametrize("withheld", PARTS)
def test_nothing_of_a_group_appears_where_it_is_not_shared(
    withheld: DataGroup, full: Case, sender: Member, lawyer: Member, signed_in: Any
) -> None:
    groups = [group for group in PARTS if group is not withheld]

    sent = send(full, lawyer.agency, sender, groups)

    shown = shared(sent, sender)
    assert {name: set(values) for name, values in shown.items()} == {
        group.value: OF_PART[group] for group in groups
    }
    make.make_accepted(sent=sent, by=lawyer)
    client = signed_in(lawyer)
    body = client.get(f"referrals/{sent.code}/disclosure/").json()
    assert body["content"]["groups"] == shown
    hidden = {
        DataGroup.TRAFFICKING: SECRETS[:3],
        DataGroup.SCREENING: SECRETS[3:4],
        DataGroup.PLAN: SECRETS[4:],
    }[withheld]
    pages = [f"referrals/{sent.code}/", f"referrals/{sent.code}/disclosure/",
             f"persons/{full.person.code}/", f"cases/{full.code}/"]  # fmt: skip
    everything = "".join(client.get(page).content.decode() for page in pages)
    assert [secret for secret in hidden if secret in everything] == []
    assert client.get(f"persons/{full.person.code}/groups/{withheld}/").status_code == 403


def test_without_any_of_the_three_groups_nothing_of_them_is_read(
    full: Case, sender: Member, lawyer: Member
) -> None:
    count = AuditEvent.objects.count()

    shown = shared(send(full, lawyer.agency, sender, list(make.USUAL)), sender)

    assert set(shown) == {"identity", "contact", "safety"}
    read = {group for groups in reads(count) for group in groups[3]}
    assert read == {"triage", "identity", "contact", "safety"}


Read = tuple[str, str, str, tuple[str, ...], str]


def reads(since: int) -> list[Read]:
    """What was read after so many events: how, about, by whom, which groups, and why."""
    later = list(AuditEvent.objects.order_by("pk"))[since:]
    return [
        (r.event, r.about, r.actor, tuple(r.groups), r.facts.get("why", ""))
        for r in later
        if r.event.split(".")[0] == "read"
    ]


def test_every_reading_is_logged_with_its_group(
    full: Case, sender: Member, lawyer: Member
) -> None:
    service = make.make_service(agency=lawyer.agency)
    make.make_consent(case=full, to=lawyer.agency, by=sender, groups=PARTS)
    draft = make.make_draft(case=full, service=service, by=sender, groups=PARTS)
    person = full.person.code

    def read_for(why: str) -> list[Read]:
        return [
            (event, person, sender.username, groups, why)
            for event, groups in (
                ("read", ("trafficking", "screening", "plan")),
                ("read.screening", ("screening",)),
                ("read.records", ("trafficking",)),
                ("read.records", ("trafficking",)),
                ("read.statements", ("trafficking",)),
                ("read.plan", ("plan",)),
            )
        ]

    count = AuditEvent.objects.count()
    before = sending.preview(referral=draft, by=sender, at=now())
    assert reads(count) == read_for("preview")
    count = AuditEvent.objects.count()
    sent = sending.send(code=draft.code, by=sender, at=now())
    assert reads(count) == read_for("disclosure")
    count = AuditEvent.objects.count()
    assert disclosure.opened(sent, by=lawyer) == before
    (first, *_) = reads(count)
    assert first == (
        "read", sent.code, lawyer.username, ("triage", "trafficking", "screening", "plan"),
        "disclosure",
    )  # fmt: skip


def test_what_was_sent_stays_as_it_was_and_its_hash_says_so(
    full: Case, sender: Member, lawyer: Member, signed_in: Any
) -> None:
    sent = send(full, lawyer.agency, sender, PARTS)
    before = shared(sent, sender)

    write(full, RecordKind.EVENT, sender, hte_City="Brest")
    records.retract(code=full.records.filter(kind="event")[0].code, by=sender, at=now())
    tell(full, "And one thing more.", sender)
    old = full.screenings.get()
    screening.submit(code=correct(old, sender, debt_bondage="no").code, by=sender, at=now())
    planning.stop(code=full.plans.get().code, reason="moved_away", by=sender, at=now())

    assert shared(sent, sender) == before
    body = signed_in(sender).get(f"referrals/{sent.code}/disclosure/").json()
    assert body["content"]["groups"] == before
    assert hashlib.sha256(body["canonical"].encode()).hexdigest() == body["sha256"]
    assert body["sha256"] == sent.disclosure.sha256
    now_shown = disclosure.canonical(disclosure.preview(sent, by=sender))
    assert hashlib.sha256(now_shown.encode()).hexdigest() != body["sha256"]

"""Who is kept apart from a case: an agency, a member, a place; through every channel."""

import datetime as dt
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from agencies.models import Member, Service
from agencies.queries import Need, matching_services
from agencies.roles import Role
from cases import apart, policy
from cases import queries as case_queries
from cases.actions import lifecycle
from cases.apart import Whom
from cases.models import ApartAttempt, Case, CaseAccess, Exclusion
from custody.models import JournalEntry
from demo import builders as make
from guard.tasks import watch
from identification import policy as identification
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import SEALED, DataGroup
from notify.models import Delivery
from referral import policy as referral_policy
from referral import queries as referral_queries
from referral import restoring
from referral.actions import answering, recalling, sending, transferring
from referral.models import Referral

NOW = timezone.now()
# May be told of everything, so that nothing but the keeping apart stands in the way.
CENTRE = "territorial_centre"
WHY = "He is a cousin of the man whom she fled from."


def keep_apart(case: Case, by: Member, *, reason: str = "", **whom: Any) -> None:
    recalling.exclude(
        code=case.code, whom=Whom(**whom), reason=reason, by=by, at=timezone.now()
    )


@pytest.fixture
def supervisor(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


# Where a member who is kept apart might still find something of the case.
CHANNELS: dict[str, Callable[[Member, Referral], Any]] = {
    "cases": lambda m, r: policy.visible_to(m),
    "reasons": lambda m, r: policy.reasons(m, r.case),
    "groups": lambda m, r: policy.groups(m, r.case),
    "own cases": lambda m, r: policy.owned_and_visible_to(m),
    "list": lambda m, r: case_queries.case_list(m, below=2**62, at=timezone.now()),
    "persons": lambda m, r: policy.persons_visible_to(m),
    "records": lambda m, r: policy.records_visible_to(m).filter(case=r.case),
    "notes": lambda m, r: policy.notes_visible_to(m, r.case),
    "consents": lambda m, r: policy.consents_visible_to(m),
    "overrides": lambda m, r: policy.overrides_visible_to(m),
    "access list": lambda m, r: policy.explainable_to(m),
    "referrals": lambda m, r: referral_policy.visible_to(m),
    "inbox": lambda m, r: referral_queries.inbox(m, below=2**62),
    "outbox": lambda m, r: referral_queries.outgoing(m, below=2**62),
    "side": lambda m, r: [party] if (party := referral_policy.party_of(m, r)) else [],
    "work list": lambda m, r: referral_queries.work_list(m, at=timezone.now()),
    "clocks of the case": lambda m, r: referral_queries.clocks_of_case(
        m, r.case, at=timezone.now()
    ),
    "identification": lambda m, r: identification.visible_to(m),
    "screenings": lambda m, r: identification.screenings_visible_to(m, r.case),
    "guardian": lambda m, r: [1] if m.has_perm("cases.see_case", r.case) else [],
    "who can see": lambda m, r: [
        seer
        for seer in case_queries.seers_of(r.case, at=timezone.now())
        if seer.member.pk == m.pk
    ],
}


@pytest.mark.parametrize("who", ["owner's supervisor", "receiver", "contact"])
def test_no_channel_shows_a_member_what_they_are_kept_apart_from(
    accepted: Referral, sender: Member, receiver: Member, supervisor: Member, who: str
) -> None:
    member = supervisor if who == "owner's supervisor" else receiver
    if who == "contact":
        member = make.make_member(agency=receiver.agency)
        answering.assign(code=accepted.code, to=member, by=receiver, at=timezone.now())
    before = {name for name, see in CHANNELS.items() if list(see(member, accepted))}

    keep_apart(accepted.case, sender, member=member, reason=WHY)

    accepted.refresh_from_db()
    after = {name for name, see in CHANNELS.items() if list(see(member, accepted))}
    assert before >= {"cases", "list", "referrals", "who can see", "work list"}
    assert after == set()
    # The rows of the group stand as they were: only this member is not meant by them.
    assert CaseAccess.objects.filter(content_object=accepted.case).count() >= 3
    assert referral_queries.differing(accepted.case_id, at=timezone.now()) == ""


def test_colleagues_of_who_is_kept_apart_go_on(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    colleague = make.make_member(agency=receiver.agency, role=Role.FOCAL_POINT)
    keep_apart(accepted.case, sender, member=receiver)

    assert policy.groups(colleague, accepted.case) > {DataGroup.TRIAGE}
    accepted.refresh_from_db()
    assert accepted.contact is None


def shelter_in(district: str) -> Service:
    return make.make_service(agency=make.make_agency(type=CENTRE, district=district))


def works_in(district: str) -> Service:
    return make.make_service(
        agency=make.make_agency(type=CENTRE), districts=[district, "BY-HO-01"]
    )


@pytest.mark.parametrize("kind", ["agency", "its place", "where it works"])
def test_such_a_service_is_not_possible_anywhere(
    sender: Member, supervisor: Member, kind: str
) -> None:
    case = make.make_case(by=sender)
    service = works_in("BY-BR-01") if kind == "where it works" else shelter_in("BY-BR-01")
    other = make.make_service(agency=make.make_agency())
    make.make_consent(case=case, to=service.agency, by=sender, groups=list(SEALED))
    draft = make.make_draft(case=case, service=service, by=sender)
    whom = {"agency": service.agency} if kind == "agency" else {"district": "BY-BR-01"}
    keep_apart(case, sender, **whom)

    assert apart.of_case(case).bars(service)
    assert not apart.of_case(case).bars(other)
    assert sending.obstacles(draft, at=timezone.now()) == ["not_possible"]
    with pytest.raises(Refused, match="not_possible"):
        sending.send(code=draft.code, by=sender, at=timezone.now())
    best = referral_queries.next_best(draft, sender, on=make.today())
    assert service.pk not in {match.service.pk for match in best}
    assert matching_services(sender, Need(), on=make.today())
    if kind != "where it works":
        with pytest.raises(Refused, match="not_possible"):
            transferring.propose(
                code=case.code, to=service.agency, note="x", by=supervisor, at=timezone.now()
            )


@pytest.mark.parametrize("kind", ["agency", "district"])
def test_keeping_apart_ends_a_live_referral(
    sender: Member, supervisor: Member, kind: str
) -> None:
    service = shelter_in("BY-BR-01")
    focal = make.make_member(agency=service.agency, role=Role.FOCAL_POINT)
    sent = make.make_accepted(sent=make.make_sent(by=sender, service=service), by=focal)
    whom = {"agency": service.agency} if kind == "agency" else {"district": "BY-BR-01"}

    keep_apart(sent.case, sender, **whom)

    sent.refresh_from_db()
    assert (sent.state, sent.withdraw_reason) == ("withdrawn", "consent_ended")
    assert not policy.visible_to(focal).exists()


def test_nobody_kept_apart_is_given_the_case_or_the_referral(
    accepted: Referral, sender: Member, receiver: Member, supervisor: Member
) -> None:
    colleague = make.make_member(agency=sender.agency)
    helper = make.make_member(agency=receiver.agency)
    at = timezone.now()
    keep_apart(accepted.case, sender, member=colleague)
    keep_apart(accepted.case, sender, member=helper)

    with pytest.raises(Refused, match="not_possible"):
        lifecycle.assign(code=accepted.case.code, to=colleague, by=supervisor, at=at)
    with pytest.raises(Refused, match="not_possible"):
        lifecycle.hand_over(
            code=accepted.case.code, to=colleague, note="x", by=supervisor, at=at
        )
    with pytest.raises(Refused, match="not_possible"):
        answering.assign(code=accepted.code, to=helper, by=receiver, at=at)


def test_a_member_kept_apart_does_not_accept(
    sent: Referral, sender: Member, receiver: Member
) -> None:
    keep_apart(sent.case, sender, member=receiver)

    with pytest.raises(Denied):
        answering.accept(
            code=sent.code, contact=receiver,
            first_contact_at=timezone.now() + dt.timedelta(hours=1), by=receiver,
            at=timezone.now(),
        )  # fmt: skip


def test_whom_one_may_keep_apart(sender: Member, supervisor: Member) -> None:
    case = make.make_case(by=sender)
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (Invalid, "name_one_to_keep_apart", {}),
        (Invalid, "name_one_to_keep_apart", {"member": supervisor, "district": "BY-BR-01"}),
        (Invalid, "owner_cannot_be_excluded", {"agency": sender.agency}),
        (Invalid, "member_works_on_this_case", {"member": sender, "by": supervisor}),
        (Invalid, "unknown_code", {"district": "XX-1"}),
        (Denied, "not_for_oneself", {"member": supervisor, "by": supervisor}),
        (Denied, "only_the_owner_may_do_this", {"agency": sender.agency, "by": make.make_member()}),
    ]  # fmt: skip
    for kind, code, whom in wrong:
        with pytest.raises(kind, match=code):
            by = whom.pop("by", sender)
            recalling.exclude(code=case.code, whom=Whom(**whom), by=by, at=NOW)
    assert not Exclusion.objects.exists()


def test_why_lies_sealed(sender: Member) -> None:
    case = make.make_case(by=sender)
    keep_apart(case, sender, district="BY-BR-01", reason=WHY)

    row = Exclusion.objects.get()
    assert WHY.encode() not in bytes(row.reason or b"")
    assert "cousin" not in str(list(case.timeline.values_list("facts", flat=True)))


@pytest.mark.parametrize("act", ["send", "transfer", "assign"])
def test_an_attempt_reaches_the_owners_supervisors(
    sender: Member, supervisor: Member, signed_in: Any, act: str
) -> None:
    case = make.make_case(by=sender)
    service = shelter_in("BY-BR-01")
    colleague = make.make_member(agency=sender.agency)
    make.make_consent(case=case, to=service.agency, by=sender, groups=list(SEALED))
    draft = make.make_draft(case=case, service=service, by=sender)
    keep_apart(case, sender, agency=service.agency)
    keep_apart(case, sender, member=colleague)
    asked = {
        "send": (sender, f"referrals/{draft.code}/send/", {}),
        "transfer": (
            supervisor, f"cases/{case.code}/transfers/",
            {"to": service.agency.code, "note": "She moved."},
        ),
        "assign": (supervisor, f"cases/{case.code}/assign/", {"to": colleague.username}),
    }  # fmt: skip
    by, path, body = asked[act]

    answer = signed_in(by).post(path, body)
    watch()

    assert (answer.status_code, answer.json()["code"]) == (409, "not_possible")
    assert ApartAttempt.objects.get().by == by
    rung = Delivery.objects.filter(event__kind="exclusion.attempted", channel="in_app")
    assert [row.member for row in rung] == [supervisor]


def test_the_api_names_whom_for_the_owners_side_alone(
    sender: Member, receiver: Member, supervisor: Member, signed_in: Any
) -> None:
    case = make.make_case(by=sender)
    client = signed_in(sender)
    for body in ({"agency": receiver.agency.code}, {"member": receiver.username},
                 {"district": "BY-BR-01", "reason": WHY}):  # fmt: skip
        assert client.post(f"cases/{case.code}/exclude/", body).status_code == 200

    rows = client.get(f"cases/{case.code}/exclusions/").json()["results"]
    found = [(row["agency"], row["member"], row["district"]) for row in rows]
    assert sorted(found, key=str) == sorted(
        [(receiver.agency.code, None, None), (None, receiver.username, None),
         (None, None, "BY-BR-01")], key=str,
    )  # fmt: skip
    assert client.post(f"cases/{case.code}/exclude/", {"member": "nobody"}).status_code == 400
    assert (
        client.post(f"cases/{case.code}/readmit/", {"district": "BY-BR-01"}).status_code == 200
    )
    assert len(client.get(f"cases/{case.code}/exclusions/").json()["results"]) == 2
    assert signed_in(receiver).get(f"cases/{case.code}/exclusions/").status_code == 404


def test_being_kept_apart_costs_a_list_nothing(sender: Member) -> None:
    cases = [make.make_case(by=sender) for _ in range(3)]
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    keep_apart(cases[1], sender, member=boss)
    begun = time.monotonic()
    found = case_queries.case_list(boss, below=2**62, at=timezone.now())

    assert [row.code for row in found] == [cases[2].code, cases[0].code]
    assert time.monotonic() - begun < 1
    sql = str(policy.visible_to(boss).query)
    assert (sql.count("EXISTS("), sql.count(" JOIN ")) == (2, 0)
    assert connection.vendor == "postgresql"


@pytest.mark.parametrize("kind", ["agency", "member", "district"])
def test_the_journal_names_whom_by_one_code_and_is_done_again(
    sender: Member, kind: str
) -> None:
    case, other = make.make_case(by=sender), make.make_member()
    whom: Any = {"agency": other.agency, "member": other, "district": "BY-BR-01"}[kind]
    code = {"agency": other.agency.code, "member": other.username, "district": "BY-BR-01"}[kind]
    keep_apart(case, sender, **{kind: whom})
    entry = JournalEntry.objects.get()
    assert (entry.kind, entry.subject, entry.facts) == (
        JournalEntry.Kind.KEPT_APART, case.code, {kind: code},
    )  # fmt: skip

    Exclusion.objects.all().delete()
    line = {
        "kind": entry.kind,
        "subject": case.code,
        "at": NOW.isoformat(),
        "facts": {kind: code},
    }
    done = restoring.replay([line], by=restoring.RESTORE, at=NOW)

    assert done.apart == 1
    assert getattr(Exclusion.objects.get(ended_at=None), kind) == whom

"""What the person allows, who may say so for them, and what ends when they take it back."""

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from agencies.models import Agency, Member, Service
from agencies.roles import AgencyType, Role
from audit import log
from cases import policy, queries
from cases.actions import consent as consents
from cases.actions import override, person
from cases.actions.consent import DEFAULT_DAYS, Giving, Scope
from cases.models import Case, Consent, Override
from demo import builders as make
from kernel.errors import Denied, Invalid, Refused
from kernel.groups import DataGroup
from referral import tasks
from referral.actions import recalling, sending
from referral.models import Referral

DAY = dt.timedelta(days=1)
WANTED = [DataGroup.TRIAGE, *make.USUAL]
REASON = "Her life is in danger and she cannot be asked."


def case_of(age_band: str, *, by: Member) -> Case:
    """A case of somebody of that age, whose day of birth nobody knows."""
    case = make.make_case(by=by)
    case.person.refresh_from_db()
    person.change_facts(
        case=case, facts={"age_band": age_band}, version=case.person.version, by=by,
        at=timezone.now(),
    )  # fmt: skip
    return Case.objects.get(pk=case.pk)


def drafted(case: Case, to: Agency, by: Member, groups: Any = WANTED, **more: Any) -> Consent:
    more = {"expires_at": None, "at": timezone.now()} | more
    scopes = [Scope(to, group, "service") for group in groups]
    return consents.draft(code=case.code, scopes=scopes, by=by, **more)


def given(consent: Consent, giving: Giving, by: Member) -> Consent:
    return consents.give(code=consent.code, giving=giving, by=by, at=timezone.now())


SELF = Giving(given_by="self", form="written", language="bel")
MOTHER = Giving("parent", "written", "bel", guardian="Volha Kazlova", assent="given")


@pytest.mark.parametrize("age_band", ["0-8", "9-17", "unknown"])
def test_a_childs_consent_needs_a_guardian_and_assent(
    age_band: str, sender: Member, receiver: Member
) -> None:
    consent = drafted(case_of(age_band, by=sender), receiver.agency, sender)

    with pytest.raises(Refused, match="a_guardian_consents_for_a_child"):
        given(consent, SELF, sender)
    for giving, pointer in (
        (Giving("parent", "written", "bel", assent="given"), "/guardian"),
        (Giving("parent", "written", "bel", guardian="Volha Kazlova"), "/assent"),
        (Giving("authority_best_interest", "written", "bel"), "/assent"),
    ):
        with pytest.raises(Invalid) as fault:
            given(consent, giving, sender)
        assert fault.value.pointer == pointer

    assert given(consent, MOTHER, sender).state == "active"
    assert Consent.objects.get().assent == "given"


@pytest.mark.parametrize("age_band", ["18-20", "30-38", "48+"])
def test_an_adult_consents_in_person(age_band: str, sender: Member, receiver: Member) -> None:
    consent = drafted(case_of(age_band, by=sender), receiver.agency, sender)

    for who in ("parent", "guardian", "authority_best_interest"):
        with pytest.raises(Refused, match="an_adult_consents_in_person"):
            given(consent, Giving(who, "written", "bel", guardian="X", assent="given"), sender)

    assert given(consent, SELF, sender).given_by == "self"


def test_spoken_consent_needs_a_witness(sender: Member, receiver: Member) -> None:
    consent = drafted(make.make_case(by=sender), receiver.agency, sender)

    with pytest.raises(Invalid) as fault:
        given(consent, Giving("self", "oral_witnessed", "bel"), sender)
    heard = given(consent, Giving("self", "oral_witnessed", "bel", witness="A nurse"), sender)

    assert (fault.value.code, fault.value.pointer) == ("witness_missing", "/witness")
    assert heard.witness is not None
    assert b"nurse" not in bytes(heard.witness)


def test_a_consent_ends_after_ninety_days_if_nothing_is_said(
    sender: Member, receiver: Member
) -> None:
    at = timezone.now()
    consent = drafted(make.make_case(by=sender), receiver.agency, sender, at=at)

    assert (consent.expires_at, DEFAULT_DAYS) == (at + 90 * DAY, 90)


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_consent_ends_later_and_within_a_year(
    days: int, sender: Member, receiver: Member
) -> None:
    case, at = make.make_case(by=sender), timezone.now()

    with pytest.raises(Invalid) as fault:
        drafted(case, receiver.agency, sender, at=at, expires_at=at + days * DAY)

    assert (fault.value.pointer, Consent.objects.count()) == ("/expires_at", 0)


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        (AgencyType.SHELTER_NGO, DataGroup.WHEREABOUTS),
        (AgencyType.SHELTER_NGO, DataGroup.TRAFFICKING),
        (AgencyType.POLICE, DataGroup.HEALTH),
        (AgencyType.HEALTH, DataGroup.LEGAL),
        (AgencyType.CONSULATE, DataGroup.SAFETY),
        (AgencyType.EDUCATION, DataGroup.SCREENING),
    ],
)
def test_a_group_that_an_agency_never_needs_is_not_consented_to(
    kind: str, group: DataGroup, sender: Member
) -> None:
    case, agency = make.make_case(by=sender), make.make_agency(type=kind)

    with pytest.raises(Invalid) as fault:
        drafted(case, agency, sender, [DataGroup.IDENTITY, group])
    with pytest.raises(Invalid, match="group_not_for_this_kind_of_agency"):
        make.make_draft(
            case=case, service=make.make_service(agency=agency), by=sender, groups=[group]
        )

    assert fault.value.pointer == "/scopes/1/groups"
    assert (Consent.objects.count(), Referral.objects.count()) == (0, 0)


@pytest.mark.parametrize("missing", WANTED)
def test_nothing_is_sent_without_consent_to_each_group(
    missing: DataGroup, sender: Member, service: Service
) -> None:
    case = make.make_case(by=sender)
    rest = [group for group in WANTED if group is not missing]
    given(drafted(case, service.agency, sender, rest), SELF, sender)
    referral = make.make_draft(case=case, service=service, by=sender)

    with pytest.raises(Refused, match=f"no_consent_for_{missing}"):
        sending.send(code=referral.code, by=sender, at=timezone.now())

    referral.refresh_from_db()
    assert (referral.state, referral.sent_at) == ("draft", None)
    assert case.access.filter(because="referred").count() == 0


@pytest.mark.parametrize("state", ["draft", "withdrawn", "other agency", "past"])
def test_a_consent_that_is_not_live_covers_nothing(
    state: str, sender: Member, service: Service
) -> None:
    case, at = make.make_case(by=sender), timezone.now()
    to = make.make_agency() if state == "other agency" else service.agency
    consent = drafted(case, to, sender, expires_at=at + DAY)
    if state != "draft":
        given(consent, SELF, sender)
    if state == "withdrawn":
        recalling.withdraw_consent(code=consent.code, by=sender, at=at)
    later = at + 2 * DAY if state == "past" else at

    assert queries.covered(case, service.agency_id, at=later) == {}


def test_a_consent_to_another_purpose_covers_nothing(sender: Member, service: Service) -> None:
    case, at = make.make_case(by=sender), timezone.now()
    scopes = [Scope(service.agency, group, "legal_proceedings") for group in WANTED]
    consent = consents.draft(code=case.code, scopes=scopes, expires_at=None, by=sender, at=at)
    given(consent, SELF, sender)
    referral = make.make_draft(case=case, service=service, by=sender)

    with pytest.raises(Refused, match="no_consent_for_triage"):
        sending.send(code=referral.code, by=sender, at=at)


def test_withdrawing_a_consent_ends_all_in_the_same_transaction(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    consent = accepted.case.consents.get()

    class Stop(Exception): ...

    with suppress(Stop), transaction.atomic():
        recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
        inside = (
            Referral.objects.get().state,
            list(policy.visible_to(receiver)),
            policy.groups(receiver, accepted.case),
        )
        raise Stop

    assert inside == ("withdrawn", [], frozenset())
    assert (Referral.objects.get().state, Consent.objects.get().state) == ("accepted", "active")
    assert list(policy.visible_to(receiver)) == [accepted.case]


@pytest.mark.parametrize("stage", ["sent", "accepted"])
def test_after_a_withdrawal_the_receiver_finds_nothing(
    stage: str, sent: Referral, sender: Member, receiver: Member, signed_in: Any
) -> None:
    if stage == "accepted":
        make.make_accepted(sent=sent, by=receiver)
    ours, theirs = signed_in(sender), signed_in(receiver)
    case, who = f"cases/{sent.case.code}/", f"persons/{sent.case.person.code}/"
    before = [theirs.get(path).status_code for path in (case, who)]

    answer = ours.post(f"consents/{sent.case.consents.get().code}/withdraw/")

    paths = (case, who, f"{who}groups/identity/")
    assert (before, answer.json()["state"]) == ([200, 200], "withdrawn")
    assert [theirs.get(path).status_code for path in paths] == [404] * 3
    assert theirs.get(f"referrals/{sent.code}/disclosure/").status_code == 409
    assert theirs.get("cases/").json()["results"] == []
    shown = theirs.get(f"referrals/{sent.code}/").json()
    assert (shown["state"], shown["withdraw_reason"]) == ("withdrawn", "consent_ended")
    assert {"triage", "texts", "case", "person", "groups"} & set(shown) == set()


def test_a_withdrawn_consent_is_not_given_again(accepted: Referral, sender: Member) -> None:
    consent = accepted.case.consents.get()
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    with pytest.raises(Refused):
        given(consent, SELF, sender)
    with pytest.raises(Refused):
        recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())


@pytest.mark.parametrize(
    ("groups", "state"), [(make.USUAL, "accepted"), ([DataGroup.IDENTITY], "withdrawn")]
)
def test_a_newer_consent_keeps_only_what_it_covers(
    groups: list[DataGroup], state: str, accepted: Referral, sender: Member
) -> None:
    old = accepted.case.consents.get()
    new = make.make_consent(case=accepted.case, to=accepted.receiver, by=sender, groups=groups)

    recalling.supersede_consent(code=old.code, with_code=new.code, by=sender, at=timezone.now())

    accepted.refresh_from_db()
    old.refresh_from_db()
    assert (old.state, accepted.state) == ("superseded", state)


@pytest.mark.parametrize(("days", "later"), [(10, 9), (10, 11), (200, 199), (200, 201)])
def test_a_newer_consent_says_until_when_the_receiver_sees_it(
    days: int, later: int, accepted: Referral, sender: Member, receiver: Member
) -> None:
    at = timezone.now()
    old = accepted.case.consents.get()
    new = make.make_consent(
        case=accepted.case, to=accepted.receiver, by=sender, expires_at=at + days * DAY
    )
    recalling.supersede_consent(code=old.code, with_code=new.code, by=sender, at=at)

    seen = policy.visible_to(receiver, at=at + later * DAY).exists()
    assert seen is (later < days)


def test_a_renewed_consent_goes_on(
    accepted: Referral, sender: Member, receiver: Member
) -> None:
    """The first ends, the second lives: the receiver goes on helping, and sees what it needs."""
    at = timezone.now()
    first = accepted.case.consents.get()
    make.make_consent(
        case=accepted.case, to=accepted.receiver, by=sender, expires_at=at + 200 * DAY
    )
    recalling.expire_consent(code=first.code, by=log.CLOCK, at=first.expires_at)

    accepted.refresh_from_db()
    assert accepted.state == "accepted"
    assert policy.visible_to(receiver, at=first.expires_at + DAY).exists()


def test_a_consent_whose_time_is_over_ends_with_its_referrals(
    sender: Member, service: Service, receiver: Member
) -> None:
    case, then = make.make_case(by=sender), timezone.now() - 10 * DAY
    consent = drafted(case, service.agency, sender, at=then, expires_at=then + DAY)
    consents.give(code=consent.code, giving=SELF, by=sender, at=then)
    draft = make.make_draft(case=case, service=service, by=sender)
    sending.send(code=draft.code, by=sender, at=then)

    seen = list(policy.visible_to(receiver))
    tasks.end_consents()
    tasks.end_consents()

    consent.refresh_from_db()
    referral = Referral.objects.get()
    assert (seen, consent.state) == ([], "expired")
    assert (referral.state, referral.withdraw_reason) == ("withdrawn", "consent_ended")
    assert case.timeline.filter(event="consent.expire").count() == 1


def test_a_consent_does_not_end_before_its_time(accepted: Referral) -> None:
    consent = accepted.case.consents.get()

    recalling.expire_consent(
        code=consent.code, by=log.CLOCK, at=consent.expires_at - dt.timedelta(seconds=1)
    )

    consent.refresh_from_db()
    assert consent.state == "active"


def asked(case: Case, to: Agency, by: Member, groups: Any = WANTED) -> Override:
    return override.ask(
        code=case.code, agency=to, groups=list(groups), ground="vital_interests",
        reason=REASON, by=by, at=timezone.now(),
    )  # fmt: skip


def test_an_override_needs_a_second_person(sender: Member, service: Service) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    second = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case, at = make.make_case(by=sender), timezone.now()
    found = asked(case, service.agency, boss)

    with pytest.raises(Denied, match="a_second_person_decides"):
        override.decide(code=found.code, approve=True, by=boss, at=at)
    with pytest.raises(Denied, match="only_a_supervisor_may_do_this"):
        override.decide(code=found.code, approve=True, by=sender, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.update(decided_by=boss, decided_at=at)
    before = queries.covered(case, service.agency_id, at=at)
    override.decide(code=found.code, approve=True, by=second, at=at)

    assert (before, set(queries.covered(case, service.agency_id, at=at))) == ({}, set(WANTED))


def test_an_approved_override_lets_a_referral_go_and_takes_it_back(
    sender: Member, service: Service, receiver: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    found = asked(case, service.agency, sender)
    override.decide(code=found.code, approve=True, by=boss, at=timezone.now())
    draft = make.make_draft(case=case, service=service, by=sender)
    sent = sending.send(code=draft.code, by=sender, at=timezone.now())

    recalling.end_override(code=found.code, by=boss, at=timezone.now())

    sent.refresh_from_db()
    assert (sent.state, list(policy.visible_to(receiver))) == ("withdrawn", [])


@pytest.mark.parametrize("body", [{"ground": "because"}, {"reason": "short"}, {"groups": []}])
def test_an_override_says_its_ground_and_reason(
    body: dict[str, Any], sender: Member, service: Service, signed_in: Any
) -> None:
    case = make.make_case(by=sender)
    whole = {"agency": service.agency.code, "groups": ["safety"], "ground": "court_order",
             "reason": REASON}  # fmt: skip

    answer = signed_in(sender).post(f"cases/{case.code}/overrides/", whole | body)

    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert (answer.status_code, pointers) == (400, [f"/{next(iter(body))}"])
    assert Override.objects.count() == 0

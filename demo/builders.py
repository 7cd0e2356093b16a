"""Make records for tests, the demo and the benchmarks. Plain functions over the real actions."""

import datetime as dt
import itertools
from typing import Any

from django.utils import timezone

from agencies import actions as agency_actions
from agencies.clocks import Urgency
from agencies.models import Agency, Member, Service
from agencies.roles import AgencyType, Role
from audit import log
from cases.actions import consent as consents
from cases.actions import lifecycle, person
from cases.actions.consent import Giving, Scope
from cases.models import Case, Consent
from kernel.groups import DataGroup
from referral.actions import answering, helping, recalling, sending
from referral.models import Referral

SETUP = log.Machine("set-up")
FOR_A_YEAR = dt.timedelta(days=365)
# What a shelter is usually shown; each test or scene may ask for other groups.
USUAL = [DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY]
IDENTITY = {"prs_FirstName": "Ірына", "prs_SecondName": "Казлова"}
CONTACT = {
    "safe_channel": "phone",
    "prs_MobilePhone": "+375290000000",
    "never_do": ["voicemail"],
}
SAFETY = {"risk_summary": "The former employer looks for her."}

_serial = itertools.count(1)


def make_agency(
    *, name: str = "", type: str = AgencyType.SHELTER_NGO, signed: bool = True, **facts: Any
) -> Agency:
    """An agency whose sharing protocol is in force, unless told otherwise."""
    today = timezone.localdate()
    if signed:
        facts |= {"protocol_signed_on": today, "protocol_signed_until": today + FOR_A_YEAR}
    facts |= {"name": name or f"Agency {next(_serial)}", "type": type}
    return agency_actions.register_agency(facts=facts, by=SETUP)


def make_member(
    *,
    agency: Agency | None = None,
    role: str = Role.SOCIAL_WORKER,
    username: str = "",
    **facts: Any,
) -> Member:
    name = username or f"member{next(_serial)}"
    facts = {"email": f"{name}@example.org"} | facts | {"username": name, "role": role}
    return agency_actions.add_member(facts=facts, agency=agency or make_agency(), by=SETUP)


def make_token(member: Member, *, scopes: tuple[str, ...] = ("read", "write")) -> str:
    """A key to the API for this member."""
    _, secret = agency_actions.issue_token(
        member=member,
        label="made for a trial",
        scopes=list(scopes),
        lasts=agency_actions.LONGEST_TOKEN,
        by=SETUP,
        at=timezone.now(),
    )
    return secret


def make_service(*, agency: Agency, type: str = "SHELTER_EMERGENCY", **facts: Any) -> Service:
    facts = (
        {"name": f"Service {next(_serial)}", "round_the_clock": True} | facts | {"type": type}
    )
    facts.setdefault("verified_on", timezone.localdate())
    return agency_actions.offer_service(agency=agency, facts=facts, by=SETUP)


def make_case(*, by: Member, open_: bool = True, **facts: Any) -> Case:
    """An adult's case with the usual groups filled in."""
    person_facts = {"age_band": "30-38", "gender": "Feminine", "district": "BY-MI-01"} | facts
    at = timezone.now()
    case = lifecycle.register(
        source="social_worker", risk="medium", person=person_facts, by=by, at=at
    )
    for group, values in (
        (DataGroup.IDENTITY, IDENTITY), (DataGroup.CONTACT, CONTACT), (DataGroup.SAFETY, SAFETY)
    ):  # fmt: skip
        person.write_group(case=case, group=group, values=values, by=by, at=at)
    return lifecycle.open_case(code=case.code, by=by, at=at) if open_ else case


def make_consent(
    *,
    case: Case,
    to: Agency,
    by: Member,
    groups: list[DataGroup] | None = None,
    giving: Giving | None = None,
    expires_at: dt.datetime | None = None,
) -> Consent:
    """A consent that the person has given, for the usual groups and the triage card."""
    at = timezone.now()
    wanted = [DataGroup.TRIAGE, *(USUAL if groups is None else groups)]
    drafted = consents.draft(
        code=case.code,
        scopes=[Scope(to, group, "service") for group in wanted],
        expires_at=expires_at,
        by=by,
        at=at,
    )
    given = giving or Giving(given_by="self", form="written", language="bel")
    return recalling.give_consent(code=drafted.code, giving=given, by=by, at=at)


def make_draft(
    *,
    case: Case,
    service: Service,
    by: Member,
    urgency: Urgency = Urgency.URGENT,
    groups: list[DataGroup] | None = None,
    note: str = "",
) -> Referral:
    return sending.draft(
        case_code=case.code,
        service=service,
        groups=USUAL if groups is None else groups,
        urgency=urgency,
        purpose="service",
        note=note,
        by=by,
        at=timezone.now(),
    )


def make_sent(
    *, by: Member, service: Service, urgency: Urgency = Urgency.URGENT, note: str = ""
) -> Referral:
    """A referral of a new case, consented to and sent."""
    case = make_case(by=by)
    make_consent(case=case, to=service.agency, by=by)
    draft = make_draft(case=case, service=service, by=by, urgency=urgency, note=note)
    return sending.send(code=draft.code, by=by, at=timezone.now())


def make_accepted(*, sent: Referral, by: Member) -> Referral:
    at = timezone.now()
    return answering.accept(
        code=sent.code, contact=by, first_contact_at=at + dt.timedelta(hours=2), by=by, at=at
    )


def make_met(*, accepted: Referral, receiver: Member, sender: Member) -> Referral:
    """A referral whose handover both sides confirmed, and whose person was met."""
    at = timezone.now()
    helping.plan_handover(
        code=accepted.code, meets_at=at + dt.timedelta(hours=1), place="At the main entrance",
        who_meets="The night nurse", by=receiver, at=at,
    )  # fmt: skip
    helping.confirm_handover(code=accepted.code, by=sender, at=at)
    return helping.first_contact(code=accepted.code, met_at=at, by=receiver, at=at)

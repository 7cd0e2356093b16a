"""The demonstration: a ministry with a territorial centre in each district, and partners."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from agencies import jurisdiction
from agencies.clocks import Urgency
from agencies.lists import District, districts
from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role
from demo import between
from demo import builders as make
from referral.actions import answering

CASEWORKERS = (Role.SOCIAL_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT, Role.AGENCY_ADMIN)
NATIONAL = (
    Role.COORDINATOR,
    Role.DATA_PROTECTION_OFFICER,
    Role.AUDITOR,
    Role.SYSTEM_ADMIN,
)
MINISTRY = "Ministry of Labour and Social Protection (demo)"


@dataclass(frozen=True, slots=True)
class Partner:
    """A made-up partner: its short name begins its members' user names."""

    short: str
    name: str
    type: AgencyType
    district: str
    services: tuple[tuple[str, dict[str, Any]], ...]


NIGHT = {"round_the_clock": True}
PARTNERS = (
    Partner("alder", "Alder House (demo shelter)", AgencyType.SHELTER_NGO, "BY-HM-01", (
        ("SHELTER_EMERGENCY", {**NIGHT, "minimum_age": 18, "capacity": 12, "places_free": 3,
                               "needs_gender": True,
                               "confidential_address": "Not a real street 1"}),
        ("PSYCHOLOGICAL", {}),
    )),
    Partner("rowan", "Rowan House (demo shelter)", AgencyType.SHELTER_NGO, "BY-HM-01", (
        ("SHELTER_EMERGENCY", {**NIGHT, "capacity": 8, "places_free": 2,
                               "confidential_address": "Not a real street 2"}),
        ("ACCOM_LONGER", {"capacity": 6, "places_free": 1}),
    )),
    Partner("clinic", "Lipa Clinic (demo)", AgencyType.HEALTH, "BY-HM-01", (
        ("MEDICAL_EMERGENCY", NIGHT), ("MEDICAL", {}), ("SUBSTANCE", {}),
    )),
    Partner("lawyers", "Vesna Legal Aid (demo)", AgencyType.LEGAL, "", (
        ("LEGAL_AID", {}), ("LEGAL_DOCS", {}),
    )),
    Partner("police", "Police department (demo)", AgencyType.POLICE, "", (
        ("POLICE_PROTECTION", NIGHT), ("CRIMINAL_JUSTICE", {}),
    )),
    Partner("school", "College of Trades (demo)", AgencyType.EDUCATION, "BY-HM-01", (
        ("EDUCATION", {}), ("VOCATIONAL", {}),
    )),
    Partner("children", "Child Protection Centre (demo)", AgencyType.CHILD_PROTECTION, "", (
        ("CHILD_PROTECTION", {**NIGHT, "maximum_age": 17}),
    )),
    Partner("jobs", "Employment Service (demo)", AgencyType.EMPLOYMENT, "", (
        ("EMPLOYMENT", {}),
    )),
    Partner("mission", "International Mission (demo)", AgencyType.IO, "", (
        ("RETURN", {}), ("FINANCIAL", {}), ("INTERPRETATION", {}), ("FAMILY_TRACING", {}),
    )),
    Partner("consulate", "Consulate (demo)", AgencyType.CONSULATE, "", (("LEGAL_DOCS", {}),)),
    Partner("helpers", "Neighbours' Help (demo)", AgencyType.OTHER, "", (
        ("FOOD_NFI", {}), ("DISABILITY", {}),
    )),
)  # fmt: skip


# Two people and no account: they answer by a link in a mail and a passcode by telephone.
NIGHT_PLACE = "Night Place (demo, without an account)"
NIGHT_PLACE_MAIL = "night-place@demo.invalid"


@dataclass(slots=True)
class Login:
    username: str
    password: str
    token: str
    agency: str
    role: str


@transaction.atomic
def seed() -> list[Login]:
    """Everything, in one transaction: a seed that was cut off leaves nothing behind."""
    password = f"demo-{secrets.token_hex(6)}"
    hashed = make_password(password)
    logins: list[Login] = []

    def staff(agency: Agency, short: str, roles: tuple[Role, ...]) -> dict[Role, Member]:
        members = {}
        for role in roles:
            member = make.make_member(agency=agency, role=role, username=f"{short}.{role}")
            Member.objects.filter(pk=member.pk).update(password=hashed)
            logins.append(
                Login(member.username, password, make.make_token(member), agency.name, role)
            )
            members[role] = member
        return members

    ministry = make.make_agency(
        name=MINISTRY, type=AgencyType.MINISTRY, is_coordinating=True, region="BY-HM"
    )
    national = staff(ministry, "ministry", NATIONAL)
    centres = [_centre(district) for district in districts().values()]
    minsk = next(c for c in centres if c.district.startswith("BY-HM"))
    workers = staff(minsk, "centre", CASEWORKERS)
    brest = next(c for c in centres if c.district == "BY-BR-03")
    staff(brest, "brest", CASEWORKERS)
    receivers = {}
    for partner in PARTNERS:
        roles = (*CASEWORKERS, Role.IDENTIFICATION_OFFICER)
        decides = bool(_deciding_body(partner))
        receivers[partner.short] = staff(*_partner(partner), roles if decides else CASEWORKERS)
    _listed(receivers["lawyers"][Role.AGENCY_ADMIN])
    _cases(workers[Role.SOCIAL_WORKER], receivers)
    _by_link(workers[Role.SOCIAL_WORKER])
    between.tell_each_other(
        asker=workers[Role.SOCIAL_WORKER], coordinator=national[Role.COORDINATOR],
        partners=receivers, at=timezone.now(),
    )  # fmt: skip
    between.learn(by=workers[Role.SOCIAL_WORKER], at=timezone.now())
    return logins


def _centre(district: District) -> Agency:
    centre = make.make_agency(
        name=f"Territorial centre of {district.names['en']} (demo)",
        type=AgencyType.TERRITORIAL_CENTRE,
        region=district.region,
        district=district.code,
    )
    make.make_service(
        agency=centre,
        type="SOCIAL",
        name="Social support",
        round_the_clock=False,
        districts=[district.code],
    )
    return centre


def _partner(partner: Partner) -> tuple[Agency, str]:
    agency = make.make_agency(
        name=partner.name,
        type=partner.type,
        district=partner.district,
        deciding_body=_deciding_body(partner),
    )
    for type_, facts in partner.services:
        make.make_service(
            agency=agency,
            type=type_,
            **{"name": type_.replace("_", " ").capitalize(), "round_the_clock": False, **facts},
        )
    return agency, partner.short


def _listed(admin: Member) -> None:
    """What the public directory of the demonstration shows."""
    make.make_listed(
        by=admin,
        service=admin.agency.services.get(type="LEGAL_AID"),
        name="Legal advice",
        description="Free advice about work, housing and family matters.",
        application_process="Ring up; no appointment is needed.",
        fees_description="Free of charge.",
        weekdays=["MO", "TU", "WE", "TH", "FR"],
        opens_at=dt.time(9),
        closes_at=dt.time(17),
        htcds={"org_Phone": "+375170000000"},
        shows=["phone"],
    )


def _deciding_body(partner: Partner) -> str:
    """Whether a partner of this kind decides on identification here, and as which body."""
    bodies = jurisdiction.current().deciding_bodies
    return next((body.code for body in bodies if partner.type in body.agency_types), "")


def _by_link(worker: Member) -> None:
    """A referral to who has no account. Its mail is in the folder of mails; its passcode is on no page
    before the worker has asked for one."""
    place = make.make_guest(name=NIGHT_PLACE, mail=NIGHT_PLACE_MAIL, district="BY-HM-01")
    service = make.make_service(
        agency=place, type="FOOD_NFI", name="A meal and clothes", round_the_clock=True
    )
    make.make_sent(by=worker, service=service, urgency=Urgency.URGENT)


def _cases(worker: Member, receivers: dict[str, dict[Role, Member]]) -> None:
    """A few people on their way, so that the first look finds something."""
    shelter = receivers["rowan"][Role.FOCAL_POINT]
    service = shelter.agency.services.get(type="SHELTER_EMERGENCY")
    sent = make.make_sent(by=worker, service=service, urgency=Urgency.URGENT)
    make.make_accepted(sent=sent, by=shelter)
    clinic = receivers["clinic"][Role.FOCAL_POINT]
    waiting = clinic.agency.services.get(type="MEDICAL")
    make.make_sent(by=worker, service=waiting, urgency=Urgency.NORMAL)
    legal = receivers["lawyers"][Role.FOCAL_POINT]
    declined = make.make_sent(by=worker, service=legal.agency.services.get(type="LEGAL_AID"))
    answering.decline(code=declined.code, reason="no_capacity", by=legal, at=timezone.now())
    make.make_case(by=worker, open_=False, age_band="unknown", district="")

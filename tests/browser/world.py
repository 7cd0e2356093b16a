"""A small world in which every page has something to show, and who sees which page."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.actions import lifecycle, override
from demo import builders as make
from kernel.groups import DataGroup
from referral.actions import transferring
from tests.reintegration.acts import all_at, hold, reviews_of

GROUPS = [DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY]
REASON = "She may be found by them tonight, and cannot be asked."


@dataclass(frozen=True, slots=True)
class World:
    """The members by role, for each the addresses of their pages, and the codes in them."""

    members: dict[str, Member]
    pages: dict[str, list[str]]
    codes: dict[str, str]


def build() -> World:
    centre, shelter = make.make_agency(type="territorial_centre"), make.make_agency()
    land = make.make_agency(is_coordinating=True)
    authority = make.make_authority()
    worker = make.make_member(agency=centre)
    boss = make.make_member(agency=centre, role=Role.SUPERVISOR)
    focal = make.make_member(agency=shelter, role=Role.FOCAL_POINT)
    admin = make.make_member(agency=shelter, role=Role.AGENCY_ADMIN)
    officer = make.make_officer(authority=authority)
    service = make.make_service(agency=shelter)
    facts = _facts(worker, boss, focal, service, authority)
    members = {
        "worker": worker,
        "boss": boss,
        "focal": focal,
        "admin": admin,
        "officer": officer,
    }
    members |= {
        role.value: make.make_member(agency=land, role=role)
        for role in (Role.COORDINATOR, Role.DATA_PROTECTION_OFFICER, Role.AUDITOR,
                     Role.SYSTEM_ADMIN)
    }  # fmt: skip
    return World(members, _pages(facts, service.code, focal.username), facts)


def _facts(worker: Member, boss: Member, focal: Member, service: Any, authority: Any) -> Any:
    at = timezone.now()
    case = make.make_case(by=worker)
    consent = make.make_consent(case=case, to=service.agency, by=worker)
    lifecycle.note(
        code=case.code, text="She slept well.", visibility="agency", by=worker, at=at
    )
    plan = make.make_active_plan(case=case, by=worker)
    due = reviews_of(case, state="due")
    for review, score in zip(due, (2, 3, 4), strict=False):
        said = {"housing": {"worker": score, "person": score - 1}}
        hold(review, worker, all_at(score, safety=score - 1) | said)
    submitted = make.make_submitted(case=case, by=worker, authority=authority)
    asked = override.ask(
        code=case.code, agency=service.agency, groups=[DataGroup.FAMILY], ground="court_order",
        reason=REASON, by=worker, at=at,
    )  # fmt: skip
    moving = make.make_case(by=worker)
    make.make_consent(case=moving, to=service.agency, by=worker, groups=GROUPS)
    return {
        "case": case.code, "consent": consent.code, "plan": plan.code,
        "screening": case.screenings.get().code, "override": asked.code,
        "held": due[0].code, "review": due[3].code,
        "sent": make.make_sent(by=worker, service=service).code,
        "taken": make.make_accepted(
            sent=make.make_sent(by=worker, service=service), by=focal
        ).code,
        "draft": make.make_draft(case=moving, service=service, by=worker).code,
        "transfer": transferring.propose(
            code=moving.code, to=service.agency, note="She moves there.", by=boss, at=at
        ).code,
        "fresh": make.make_case(by=worker, open_=False).code,
        "submitted": submitted.case.code,
        "agency": service.agency.code,
    }  # fmt: skip


def _pages(facts: dict[str, str], service: str, focal: str) -> dict[str, list[str]]:
    case, fresh = f"/cases/{facts['case']}", f"/cases/{facts['fresh']}"
    return {
        "worker": [
            "/", "/notices/", "/me/", "/cases/", "/cases/new/", "/sent/", "/services/",
            f"/services/{service}/", f"{case}/", f"{case}/people/", f"{case}/people/?open=identity",
            f"{case}/signs/", f"{case}/identification/", f"{case}/consent/",
            f"{case}/consent/new/?agency={facts['agency']}", f"{case}/referrals/",
            f"{case}/plan/", f"{case}/reviews/", f"{case}/trajectory/", f"{case}/warnings/",
            f"{case}/notes/", f"{case}/timeline/", f"{case}/access/", f"{case}/apart/",
            f"{case}/overrides/new/", f"{case}/refer/", f"{case}/records/", f"{case}/assessments/",
            f"{case}/do/tasks/", f"{fresh}/intake/identity/", f"{fresh}/intake/legal/",
            f"{fresh}/intake/check/", f"/screenings/{facts['screening']}/",
            f"/consents/{facts['consent']}/", f"/consents/{facts['consent']}/print/",
            f"/referrals/{facts['draft']}/preview/", f"/referrals/{facts['taken']}/",
            f"/referrals/{facts['taken']}/print/", f"/reviews/{facts['review']}/",
            f"/reviews/{facts['held']}/",
            "/blank/intake/",
        ],
        "boss": ["/", "/team/", f"{case}/do/close/", f"{case}/do/assign/", f"{case}/transfer/",
                 f"/overrides/{facts['override']}/", "/transfers/",
                 f"/transfers/{facts['transfer']}/"],
        "focal": ["/", "/inbox/", f"/referrals/{facts['sent']}/",
                  f"/referrals/{facts['sent']}/do/accept/",
                  f"/referrals/{facts['sent']}/do/decline/",
                  f"/referrals/{facts['taken']}/", f"/referrals/{facts['taken']}/do/complete/"],
        "admin": ["/members/", "/members/new/", f"/members/{focal}/", "/services/new/"],
        "officer": ["/desk/", f"{case}/", f"{case}/identification/"],
        "coordinator": ["/", "/national/"],
        "data_protection_officer": ["/data-protection/", f"/data-protection/?case={facts['case']}",
                                    f"{case}/access/"],
        "auditor": ["/log/"],
        "system_admin": ["/agencies/", "/agencies/new/"],
    }  # fmt: skip

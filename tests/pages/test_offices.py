"""The pages of supervisors, co-ordinators, data protection and audit."""

import ast
import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import override
from demo import builders as make
from exchange.workflow import ExportVerb, ImportVerb
from guest.models import Admission
from kernel.groups import DataGroup
from notify.models import Clock
from pages.happened import EVENTS
from pages.logwords import LOGGED
from referral.actions import transferring
from referral.models import Referral
from rights.workflow import BatchVerb
from seconding.models import TwoPersonAct

PLACES = {
    "/team/": Role.SUPERVISOR,
    "/national/": Role.COORDINATOR,
    "/data-protection/": Role.DATA_PROTECTION_OFFICER,
    "/log/": Role.AUDITOR,
    "/members/": Role.AGENCY_ADMIN,
    "/agencies/": Role.SYSTEM_ADMIN,
    "/keys/": Role.SYSTEM_ADMIN,
    "/backups/": Role.SYSTEM_ADMIN,
}


@pytest.fixture
def office(db: None) -> Any:
    """`office(role)` is somebody of that role in the co-ordinating agency."""
    agency = make.make_agency(is_coordinating=True)
    return lambda role: make.make_member(agency=agency, role=role)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(
    "role", [role for role in Role if role is not Role.IDENTIFICATION_OFFICER]
)
def test_each_office_has_its_page_and_nobody_elses(
    visiting: Any, office: Any, path: str, role: Role
) -> None:
    also = {("/log/", Role.DATA_PROTECTION_OFFICER), ("/members/", Role.SYSTEM_ADMIN)}
    allowed = PLACES[path] == role or (path, role) in also

    assert visiting(office(role)).see(path).status_code == (200 if allowed else 403)


def test_a_supervisor_sees_what_waits(visiting: Any, sender: Member, service: Service) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    case = make.make_case(by=sender)
    asked = override.ask(
        code=case.code, agency=service.agency, groups=[DataGroup.SAFETY], by=sender,
        ground="vital_interests", reason="She may be found by them tonight.", at=timezone.now(),
    )  # fmt: skip
    make.make_consent(
        case=case, to=service.agency, by=sender,
        groups=[g for g in DataGroup if g in {DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY}],
    )  # fmt: skip
    moved = transferring.propose(
        code=case.code, to=service.agency, note="", by=boss, at=timezone.now()
    )

    text = visiting(boss).see("/team/").content.decode()

    assert (f"/overrides/{asked.code}/" in text, f"/transfers/{moved.code}/" in text) == (
        True,
        True,
    )
    assert "found by them" not in text


def test_the_team_page_costs_the_same_for_one_and_for_three(
    visiting: Any, sender: Member
) -> None:
    boss = make.make_member(agency=sender.agency, role=Role.SUPERVISOR)
    visitor, costs = visiting(boss), []
    visitor.see("/team/")
    for _ in range(3):
        make.make_case(by=make.make_member(agency=sender.agency))
        costs.append(visitor.asks("/team/")[1])

    assert costs == [11, 11, 11]


def test_the_land_is_seen_by_codes_alone(
    visiting: Any, office: Any, sender: Member, sent: Referral
) -> None:
    past = timezone.now() - dt.timedelta(hours=3)
    Clock.objects.filter(subject=sent.code).update(due_at=past)

    text = visiting(office(Role.COORDINATOR)).see("/national/").content.decode()

    assert sent.case.code in text
    assert (sender.agency.name in text, "Казлова" in text) == (False, False)
    # Of referrals nothing is counted on demand: what was published stands there, and nothing was yet.
    assert '<section class="figure">' not in text


def test_data_protection_sees_consents_of_a_case_without_a_name(
    visiting: Any, office: Any, sent: Referral
) -> None:
    text = (
        visiting(office(Role.DATA_PROTECTION_OFFICER))
        .see("/data-protection/", {"case": sent.case.code})
        .content.decode()
    )

    assert (sent.receiver.name in text, "Казлова" in text) == (True, False)


def test_reading_the_log_is_in_the_log(visiting: Any, office: Any, sent: Referral) -> None:
    auditor = office(Role.AUDITOR)

    text = visiting(auditor).see("/log/", {"case": sent.case.code}).content.decode()

    assert "referral.send" in text
    read = AuditEvent.objects.filter(event="read.audit", actor=auditor.username)
    assert [event.about for event in read] == [sent.case.code]


EVENT = re.compile(r"[a-z_]+(\.[a-z_]+)*")


def recorded(path: Path) -> set[str]:
    """The events that this file writes into the log by itself; of one made of parts, each."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        found |= {
            f"read.{word.value.value!s}"
            for word in node.keywords
            if word.arg == "what" and isinstance(word.value, ast.Constant)
        }
        if re.fullmatch(r"((log|audit)\.)?record|_keep|_?changed|_end", ast.unparse(node.func)):
            found |= {
                str(word.value)
                for word in node.args
                if isinstance(word, ast.Constant) and EVENT.fullmatch(str(word.value))
            }
    return found


def test_everything_in_the_log_has_words() -> None:
    root = Path(settings.BASE_DIR)
    files = [
        path
        for app in ("agencies", "custody", "cases", "documents", "referral", "identification",
                    "reintegration", "notify", "audit", "signin", "guard", "seconding", "config",
                    "rights", "exchange", "figures", "guest", "learning", "network", "practice", "pages")
        for path in (root / app).rglob("*.py")
    ]  # fmt: skip
    events = set().union(*(recorded(path) for path in files))
    events |= {f"second.{state}" for state in TwoPersonAct.State.values}
    events |= {f"batch.{verb}" for verb in BatchVerb}
    events |= {f"admission.{state}" for state in Admission.State}
    events |= {f"import.{verb}" for verb in ImportVerb} | {
        f"export.{verb}" for verb in ExportVerb
    }
    events |= {"endpoint.paused", "endpoint.resumed", "service.listed", "service.unlisted"}

    assert {"read.notes", "denied", "login", "search"} < events
    assert events - set(LOGGED) - set(EVENTS) == set()
    assert set(LOGGED) - events == set()


@pytest.mark.parametrize("typed", ["{0}", "sh{1}", "{1}", "SH {1}"])
def test_a_code_is_found_in_any_spelling(visiting: Any, sender: Member, typed: str) -> None:
    case = make.make_case(by=sender)
    guard = make.make_member(
        agency=make.make_agency(is_coordinating=True), role=Role.DATA_PROTECTION_OFFICER
    )
    bare = case.code[3:].replace("-", "").lower()

    page = visiting(guard).see("/data-protection/", {"case": typed.format(case.code, bare)})

    assert f"/cases/{case.code}/" in page.content.decode()
    wrong = visiting(guard).see("/data-protection/", {"case": "nobody"}).content.decode()
    assert "A code looks like SH-7K3M-Q9TX." in wrong

"""A made-up land for a run: agencies, members with keys to the API, cases with every consent."""

import json
import os
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role
from benchmarks.chaos import notes
from cases.actions import consent as consents
from cases.actions import lifecycle, person
from cases.actions.consent import Giving, Scope
from demo import builders as make
from kernel.groups import DataGroup
from launch.moodypartner import THE_GONE
from notify import endpoints
from notify.models import Topic
from referral.actions import recalling

SENDERS, RECEIVERS, SERVICES, FOCAL_POINTS = 6, 6, 4, 2
# At the least: few cases would wait for one another.
FEWEST_CASES = 36
SYLLABLES = ("ба", "ві", "го", "ду", "жэ", "зо", "кі", "ла", "мэ", "ну")
SHARED = (DataGroup.TRIAGE, *make.USUAL)


def prepare(folder: Path) -> int:
    run = json.loads((folder / notes.RUN).read_text())
    wanted = max(FEWEST_CASES, -(-run["referrals"] // (RECEIVERS * SERVICES)))
    tokens: dict[str, str] = {}
    with transaction.atomic():
        ministry = make.make_agency(type=AgencyType.MINISTRY, is_coordinating=True)
        make.make_member(agency=ministry, role=Role.SYSTEM_ADMIN, username="land.admin")
        senders = [_member("worker", n, Role.SOCIAL_WORKER, tokens) for n in range(SENDERS)]
        services = [shown for n in range(RECEIVERS) for shown in _receiver(n, tokens)]
    partners = _partners(run["partner"])
    receivers = list(Agency.objects.filter(services__isnull=False).distinct().order_by("pk"))
    cases = [_case(n, senders[n % SENDERS], receivers) for n in range(wanted)]
    _keep(folder / notes.WORLD, {"tokens": tokens, "services": services, "cases": cases})
    _keep(folder / notes.SECRETS, partners)
    return 0


def _keep(path: Path, what: object) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        json.dump(what, file)


def _partners(url: str) -> dict[str, str]:
    """A system of each agency, and one more of the first that will be gone some day: the secret of
    each by its address there. They are verified by the service itself, once both run."""
    agencies = list(Agency.objects.filter(is_coordinating=False).order_by("pk"))
    paths = [(agency, f"/{agency.code}") for agency in agencies]
    paths.append((Agency.objects.filter(services__isnull=False).order_by("pk")[0], THE_GONE))
    secrets = {}
    for agency, path in paths:
        admin = make.make_member(agency=agency, role=Role.AGENCY_ADMIN)
        added = endpoints.add(
            url=f"{url}{path}", topics=list(Topic.values), by=admin, at=timezone.now()
        )
        secrets[path] = added.secret
    return secrets


def _member(name: str, n: int, role: Role, tokens: dict[str, str]) -> Member:
    agency = make.make_agency(name=f"Sender {n}", type=AgencyType.TERRITORIAL_CENTRE)
    member = make.make_member(agency=agency, role=role, username=f"{name}{n}")
    tokens[member.username] = make.make_token(member)
    return member


def _receiver(n: int, tokens: dict[str, str]) -> list[dict[str, Any]]:
    agency = make.make_agency(name=f"Receiver {n}", type=AgencyType.SHELTER_NGO)
    names = [f"focal{n}.{m}" for m in range(FOCAL_POINTS)]
    for name in names:
        member = make.make_member(agency=agency, role=Role.FOCAL_POINT, username=name)
        tokens[name] = make.make_token(member)
    return [
        {"code": make.make_service(agency=agency).code, "members": names}
        for _ in range(SERVICES)
    ]


@transaction.atomic
def _case(number: int, worker: Member, receivers: list[Agency]) -> dict[str, str]:
    at = timezone.now()
    case = lifecycle.register(
        source="social_worker", risk="medium", by=worker, at=at,
        person={"age_band": "30-38", "gender": "Feminine", "district": "BY-MI-01"},
    )  # fmt: skip
    # Nobody is like another, or the search for duplicates would be what is measured.
    names = {"prs_FirstName": _name(number), "prs_SecondName": _name(number * 7919 % 10_000)}
    for group, values in (
        (DataGroup.IDENTITY, names), (DataGroup.CONTACT, make.CONTACT), (DataGroup.SAFETY, make.SAFETY),
    ):  # fmt: skip
        person.write_group(case=case, group=group, values=values, by=worker, at=at)
    lifecycle.open_case(code=case.code, by=worker, at=at)
    drafted = consents.draft(
        code=case.code,
        scopes=[Scope(agency, group, "service") for agency in receivers for group in SHARED],
        expires_at=None,
        by=worker,
        at=timezone.now(),
    )
    giving = Giving(given_by="self", form="written", language="bel")
    recalling.give_consent(code=drafted.code, giving=giving, by=worker, at=timezone.now())
    return {"code": case.code, "sender": worker.username}


def _name(number: int) -> str:
    return "".join(SYLLABLES[int(digit)] for digit in f"{number:04d}").capitalize()

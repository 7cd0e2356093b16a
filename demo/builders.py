"""Make records for tests, the demo and the benchmarks. Plain functions over the real actions."""

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.utils import timezone

from agencies import actions as agency_actions
from agencies import jurisdiction, listing
from agencies.clocks import Urgency
from agencies.listingmodels import Listing
from agencies.models import Agency, Member, Service
from agencies.roles import AgencyType, Role
from audit import log
from cases.actions import consent as consents
from cases.actions import lifecycle, matching, pairing, person
from cases.actions.consent import Giving, Scope
from cases.models import Case, Consent, PossibleDuplicate
from documents.actions import checking, uploading
from documents.models import Document
from documents.receiving import Received, SealedUpload
from exchange.actions import checking as file_checking
from exchange.actions import exporting, importing
from exchange.bench import Bench
from exchange.models import ExportJob, ImportJob
from exchange.sheets.entry import Entry, FileKind
from exchange.workflow import ExportReason
from identification.actions import screening, submitting
from identification.models import Identification, Screening
from kernel.groups import DataGroup
from notify import calls, systemkeys
from notify.models import Announcement, Call, Endpoint, Event, Topic
from notify.notices import Kind
from referral.actions import answering, helping, recalling, sending
from referral.models import Referral
from reintegration.actions import planning
from reintegration.models import Plan
from signin.adapter import sealed_for

SETUP = log.Machine("set-up")
MINSK = ZoneInfo("Europe/Minsk")
FOR_A_YEAR = dt.timedelta(days=365)
# What a shelter is usually shown; each test or scene may ask for other groups.
USUAL = [DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY]
IDENTITY = {"prs_FirstName": "Ірына", "prs_SecondName": "Казлова"}
# One person as two agencies may write her down.
TWICE = (
    {"prs_FirstName": "Святлана", "prs_SecondName": "Лебедзева", "prs_Birthdate": "1994-03-07"},
    {"prs_FirstName": "Svetlana", "prs_SecondName": "Lebedeva", "prs_Birthdate": "1994-07-03"},
)
CONTACT = {
    "safe_channel": "phone",
    "prs_MobilePhone": "+375290000000",
    "never_do": ["voicemail"],
}
SAFETY = {"risk_summary": "The former employer looks for her."}

# One empty page.
PAPER = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Resources<<>>>>endobj
trailer<</Root 1 0 R/Size 4>>
%%EOF
"""

_serial = itertools.count(1)


def today() -> dt.date:
    """The day where the made-up agencies are: for some hours not the day of UTC."""
    return timezone.localdate(timezone=MINSK)


def make_agency(
    *, name: str = "", type: str = AgencyType.SHELTER_NGO, signed: bool = True, **facts: Any
) -> Agency:
    """An agency whose sharing protocol is in force, unless told otherwise."""
    if signed:
        facts |= {"protocol_signed_on": today(), "protocol_signed_until": today() + FOR_A_YEAR}
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


def make_guest(*, name: str = "", mail: str = "", language: str = "en", **facts: Any) -> Agency:
    """An agency without an account, which answers by links."""
    number = next(_serial)
    known = {
        "name": name or f"Guest {number}",
        "type": AgencyType.SHELTER_NGO.value,
        "protocol_signed_on": today(),
        "protocol_signed_until": today() + FOR_A_YEAR,
    }
    return agency_actions.register_guest(
        facts=known | facts,
        phone="+375291234567",
        mail=mail or f"guest{number}@example.org",
        language=language,
        by=SETUP,
    )


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


def make_totp(member: Member) -> str:
    """The member has a new authenticator app; the secret in it. None of its codes is used yet."""
    secret = str(totp.generate_totp_secret())
    Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).delete()
    with sealed_for(member):
        totp.TOTP.activate(member, secret)
    return secret


def totp_code(secret: str, *, steps: int = 0) -> str:
    """What the app shows, now or some steps of half a minute from now."""
    counter = int(timezone.now().timestamp()) // 30 + steps
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter)))


# What the system of a made-up endpoint was sent.
WORD = "WD-2345-6789"


def make_endpoint(*, agency: Agency, state: str = "active", **facts: Any) -> Endpoint:
    """Where a made-up system of an agency listens. The agency is told of nothing new by it."""
    at = timezone.now()
    url = f"https://partner{next(_serial)}.example.org/events"
    known = {"url": url, "topics": list(Topic.values), "created_at": at, "state": state}
    endpoint = Endpoint(agency=agency, **known | facts)
    endpoint.secret = systemkeys.sealed(
        systemkeys.fresh(), endpoint=endpoint.code, part="secret"
    )
    if state == Endpoint.State.UNVERIFIED:
        endpoint.word = systemkeys.sealed(WORD, endpoint=endpoint.code, part="word")
        endpoint.word_until = at + calls.CHALLENGE
    else:
        endpoint.verified_at = at
    endpoint.save()
    return endpoint


def make_call(*, endpoint: Endpoint, subject: str, **facts: Any) -> Call:
    """An event about this record that was told to the system there."""
    at = timezone.now()
    event = Event.objects.create(kind=Kind.REFERRAL_SEEN, subject=subject, happened_at=at)
    told = Announcement.objects.create(
        event=event, agency=endpoint.agency, topic=Topic.REFERRAL, at=at, spread_at=at
    )
    known = {"state": "done", "done_at": at, "tried_at": at, "status": 204, "milliseconds": 80}
    known |= {"created_at": at, "next_at": at, "attempts": 1} | facts
    return Call.objects.create(endpoint=endpoint, announcement=told, **known)


def make_service(*, agency: Agency, type: str = "SHELTER_EMERGENCY", **facts: Any) -> Service:
    facts = (
        {"name": f"Service {next(_serial)}", "round_the_clock": True} | facts | {"type": type}
    )
    facts.setdefault("verified_on", today())
    return agency_actions.offer_service(agency=agency, facts=facts, by=SETUP)


# A service of another directory, by HSDS.
SET = b"""[{"id": "7", "name": "Advice by telephone", "status": "active",
  "organization": {"id": "3", "name": "Advice Line", "description": "Advice."}}]"""


def make_listed(*, by: Member, service: Service | None = None, **facts: Any) -> Listing:
    """A service that its administrator has put into the public directory."""
    of = service or make_service(agency=by.agency)
    known_as = of.agency.public_name or of.agency.name
    facts = {"is_listed": True, "name": "Help at once", "agency_public_name": known_as} | facts
    return listing.set_listing(service=of, facts=facts, fresh=True, by=by, at=timezone.now())


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


def make_pair(*, by: Member, other: Member) -> PossibleDuplicate:
    """A case of `by` and a later one of `other`, found to be perhaps about one person."""
    cases = [make_case(by=member) for member in (by, other)]
    for case, identity, member in zip(cases, TWICE, (by, other), strict=True):
        person.write_group(
            case=case, group=DataGroup.IDENTITY, values=identity, by=member, at=timezone.now()
        )
    matching.look(code=cases[1].person.code, by=SETUP, at=timezone.now())
    return PossibleDuplicate.objects.get(earlier=cases[0], later=cases[1])


def make_linked(
    *, by: Member, other: Member, ours: Member, theirs: Member
) -> PossibleDuplicate:
    """A pair that both supervisors have linked, as the person allowed."""
    pair = make_pair(by=by, other=other)
    make_consent(case=pair.earlier, to=other.agency, by=by, groups=[])
    make_consent(case=pair.later, to=by.agency, by=other, groups=[])
    pairing.ask(code=pair.code, by=ours, at=timezone.now())
    return pairing.agree(code=pair.code, by=theirs, at=timezone.now())


def make_consent(
    *,
    case: Case,
    to: Agency,
    by: Member,
    groups: list[DataGroup] | None = None,
    giving: Giving | None = None,
    expires_at: dt.datetime | None = None,
    purpose: str = "service",
) -> Consent:
    """A consent that the person has given, for the usual groups and the triage card."""
    at = timezone.now()
    wanted = [DataGroup.TRIAGE, *(USUAL if groups is None else groups)]
    drafted = consents.draft(
        code=case.code,
        scopes=[Scope(to, group, purpose) for group in wanted],
        expires_at=expires_at,
        by=by,
        at=at,
    )
    given = giving or Giving(given_by="self", form="written", language="bel")
    return recalling.give_consent(code=drafted.code, giving=given, by=by, at=at)


def make_received(
    *, content: bytes = PAPER, name: str = "paper.pdf", declared: str = "application/pdf"
) -> Received:
    """A file as it comes in with a request."""
    upload = SealedUpload()
    upload.new_file("file", name, declared, len(content))
    for begin in range(0, len(content), upload.chunk_size):
        upload.receive_data_chunk(content[begin : begin + upload.chunk_size], begin)
    return upload.file_complete(len(content))


def make_document(
    *,
    case: Case,
    by: Member,
    group: DataGroup = DataGroup.IDENTITY,
    about: str = "",
    **file: Any,
) -> Document:
    """A document that waits to be checked."""
    with make_received(**file) as received:
        return uploading.upload(
            code=case.code, received=received, group=group, about=about, by=by,
            at=timezone.now(),
        )  # fmt: skip


def make_clean(*, case: Case, by: Member, content: bytes = PAPER, **facts: Any) -> Document:
    """A document that passed the check."""
    document = make_document(case=case, by=by, content=content, **facts)
    checking.accept(
        code=document.code,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        pages=1,
        by=checking.CHECK,
        at=timezone.now(),
    )
    document.refresh_from_db()
    return document


def make_import(
    *, by: Member, content: bytes, name: str = "a.csv", kind: FileKind | None = None
) -> ImportJob:
    """A file of cases that somebody brought in."""
    with make_received(content=content, name=name) as received:
        return importing.receive(received=received, kind=kind, by=by, at=timezone.now())


def make_checked(
    *, by: Member, reference: str = "A-1", started: bool = False,
    values: dict[str, Any] | None = None,
) -> ImportJob:  # fmt: skip
    """An import of one case that was looked at, without a file's being read; or said yes to."""
    at = timezone.now()
    job = make_import(by=by, content=f"x_Reference,prs_FirstName\n{reference},Ann".encode())
    importing.take(by=importing.IMPORTER, at=at)
    entry = Entry(row=2, reference=reference, values=values or {"prs_FirstName": "Ann"})
    file_checking.check_rows(bench=Bench(job), entries=[entry], first=1, at=at)
    file_checking.finish_checking(job=job, by=importing.IMPORTER, at=at)
    if started:
        importing.start(code=job.code, with_doubtful=False, by=by, at=at)
    job.refresh_from_db()
    return job


def make_export(*, by: Member, kind: FileKind = FileKind.CSV) -> ExportJob:
    """A file of the agency's cases that is ready to be fetched."""
    at = timezone.now()
    job = exporting.ask(
        kind=kind, wanted=exporting.Wanted(), strict=False, reason=ExportReason.REPORT, by=by,
        at=at,
    )  # fmt: skip
    taken = exporting.take(by=exporting.EXPORTER, at=at)
    assert taken is not None, "it waits"
    exporting.write_file(job=taken, by=exporting.EXPORTER, at=at)
    job.refresh_from_db()
    return job


def make_authority(**facts: Any) -> Agency:
    """An agency that decides on identification here."""
    body = jurisdiction.current().deciding_bodies[0]
    kind = min(body.agency_types)
    return make_agency(**({"type": kind, "deciding_body": body.code} | facts))


def make_officer(*, authority: Agency | None = None, **facts: Any) -> Member:
    """Somebody who decides for the authority."""
    return make_member(
        agency=authority or make_authority(), role=Role.IDENTIFICATION_OFFICER, **facts
    )


def make_screening(
    *, case: Case, by: Member, yes: Iterable[str] = ("debt_bondage",), **facts: Any
) -> Screening:
    """A screening that is filled in: these signs, told by the person."""
    at = timezone.now()
    words: dict[str, Any] = {
        "instrument": "forced_labour_11",
        "agreed": True,
        "language": "bel",
        "with_interpreter": False,
    }
    begun = screening.begin(code=case.code, **(words | facts), by=by, at=at)
    answers = {name: {"answer": "yes", "basis": "told"} for name in yes}
    screening.answer(
        code=begun.code, answers=answers, remarks=None, version=begun.version, by=by, at=at
    )
    return screening.submit(code=begun.code, by=by, at=at)


def make_submitted(
    *,
    case: Case,
    by: Member,
    authority: Agency,
    groups: Iterable[DataGroup] = (DataGroup.SCREENING,),
    best_interest: str = "",
    giving: Giving | None = None,
) -> Identification:
    """A case that is screened and submitted with a consent to exactly that."""
    make_screening(case=case, by=by)
    make_consent(
        case=case, to=authority, by=by, groups=list(groups), purpose="identification",
        giving=giving,
    )  # fmt: skip
    return submitting.submit(
        code=case.code,
        authority=authority,
        best_interest=best_interest,
        by=by,
        at=timezone.now(),
    )


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


def make_plan(*, case: Case, by: Member) -> Plan:
    """A plan in the making, with one goal."""
    at = timezone.now()
    plan = planning.draft_plan(
        code=case.code, objectives="A home and work of her own.", types=["SocialCare"],
        planned_end=None, by=by, at=at,
    )  # fmt: skip
    return planning.set_goal(
        code=plan.code, area="housing", text="A flat in the town.", target_on=None, by=by, at=at
    ).plan


def make_active_plan(*, case: Case, by: Member) -> Plan:
    """A plan that the person has agreed to; for a child, a guardian and the child."""
    plan, child = make_plan(case=case, by=by), case.person.is_child
    return planning.agree(
        code=plan.code,
        agreed_by="guardian" if child else "self",
        assent="given" if child else "",
        by=by,
        at=timezone.now(),
    )

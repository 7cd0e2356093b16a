"""Who gets which answer from every route and method of the API, against a table that was judged."""

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dateutil.relativedelta import relativedelta
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from agencies import actions as agency_actions
from agencies import importing
from agencies.clocks import Urgency
from agencies.hsds.comparing import Plan
from agencies.listing import listing_of, version_of
from agencies.models import Member, Token
from agencies.roles import AgencyType, Role
from audit import log, sealer
from cases.actions import consent as consents
from cases.actions import lifecycle, override, records
from cases.actions.consent import Scope
from cases.workflow import RecordKind
from demo import builders as make
from exchange.fhir.pseudonym import Names
from exchange.models import ExportJob, ImportJob
from figures import periods
from figures.actions import releasing
from figures.models import Release
from guard.actions import glass
from guard.models import BreakGlass
from identification.actions import deciding, screening, submitting
from kernel import notes
from kernel.groups import SEALED, DataGroup
from learning import statement
from learning.actions import sitting
from learning.models import Sitting
from network.actions import announcing, board, focal
from network.models import Answer, Bulletin, FocalPoint, Question
from notify.models import Call, Delivery, Endpoint, Task
from practice.models import Space
from referral.actions import answering, onward, requesting, sending, transferring
from reintegration.actions import planning, reviewing
from reintegration.queries import areas
from tests.exchange.fhir.partner import contact

TABLE = Path(__file__).parent / "matrix.csv"
PREFIX = "api/v1/"
# Where else programs ask; the table names these routes whole.
BESIDE = ("fhir/",)
NOT_OURS = ("schema/", "docs/")
METHODS = ("get", "post", "put", "patch", "delete")
PASSWORD = "a long word that nobody guesses"


class World:
    """One case with everything a route can name, and a member in every relation to it."""

    def __init__(self, *, stage: str) -> None:
        self.people()
        self.work()
        self.referrals(stage)
        self.rest()
        self.identification()
        self.support()
        self.handing_on(stage)
        self.emergency()
        self.systems()
        self.figures()
        self.learning()
        self.practice()
        self.files()
        self.network()
        self.seal = sealer.seal_next(at=timezone.now(), adopt=True).seal

    # Who asks: a person has another name before each agency.
    asker: Member

    def systems(self) -> None:
        """Where systems of the owner listen, and an event about the referral that one was told."""
        centre = self.worker.agency
        self.endpoint: Endpoint = make.make_endpoint(agency=centre)
        self.unverified: Endpoint = make.make_endpoint(agency=centre, state="unverified")
        self.paused: Endpoint = make.make_endpoint(agency=centre, state="paused")
        self.call: Call = make.make_call(endpoint=self.endpoint, subject=self.referral.code)
        self.event: Any = self.call.announcement

    def figures(self) -> None:
        """Figures of the month before the newest that is over; two worlds share them."""
        self.newest = periods.newest_over(timezone.now())
        month = self.newest - relativedelta(months=1)
        self.period = f"{month:%Y-%m}"
        if not Release.objects.filter(month=month).exists():
            releasing.make_release(month=month, by=log.CLOCK, at=timezone.now())

    def learning(self) -> None:
        """A form of the worker's in which every question has an answer."""
        self.sitting: Sitting = sitting.begin(
            topic="consent", kind="before", by=self.worker, at=timezone.now()
        )
        answers = {question: order[:1] for question, order in self.sitting.drawn}
        sitting.answer(code=self.sitting.code, answers=answers, by=self.worker)

    def practice(self) -> None:
        """The worker practises: a space that is open."""
        self.space: Space = Space.objects.create(
            learner=self.worker, scenario="construction", version="2026.1", language="en",
            wanted="", begun_at=timezone.now(), used_at=timezone.now(),
        )  # fmt: skip
        self.space.seat = make.make_member(agency=make.make_agency(space=self.space.pk))
        self.space.save()

    def files(self) -> None:
        """A file that was looked at, one that is being imported, and one that is taken out."""
        self.brought: ImportJob = make.make_checked(by=self.worker)
        self.running: ImportJob = make.make_checked(
            by=self.worker, reference="A-2", started=True
        )
        self.export: ExportJob = make.make_export(by=self.members["supervisor"])

    def network(self) -> None:
        """A question with an answer, somebody who is named, and an announcement to everybody."""
        at = timezone.now()
        self.question: Question = board.ask(
            topic="shelter", title="Families", text="Who takes them?", by=self.worker, at=at
        )
        self.reply: Answer = board.answer(
            code=self.question.code, text="We do.", by=self.members["stranger"], at=at
        )
        self.point: FocalPoint = focal.name(
            username=self.worker.username, topic="legal", by=self.members["owner_admin"], at=at
        )
        self.bulletin: Bulletin = announcing.announce(
            texts={"text_en": "New."}, must_confirm=False, ends_at=at + dt.timedelta(days=1),
            by=self.members["coordinator"], at=at,
        )  # fmt: skip

    def emergency(self) -> None:
        self.glass: BreakGlass = glass.break_glass(
            code=self.case.code, groups=[DataGroup.CONTACT], purpose="medical",
            reason=REASON, at=timezone.now(),
            by=make.make_member(agency=self.members["stranger"].agency),
        )  # fmt: skip

    def people(self) -> None:
        centre = make.make_agency(type=AgencyType.TERRITORIAL_CENTRE)
        shelter, elsewhere = make.make_agency(), make.make_agency()
        home = make.make_agency(type=AgencyType.MINISTRY, is_coordinating=True)
        self.worker = make.make_member(agency=centre)
        self.members: dict[str, Member] = {
            "worker": self.worker,
            "supervisor": make.make_member(agency=centre, role=Role.SUPERVISOR),
            "colleague": make.make_member(agency=centre),
            "owner_focal": make.make_member(agency=centre, role=Role.FOCAL_POINT),
            "owner_admin": make.make_member(agency=centre, role=Role.AGENCY_ADMIN),
            "receiver_focal": make.make_member(agency=shelter, role=Role.FOCAL_POINT),
            "receiver_worker": make.make_member(agency=shelter),
            "receiver_admin": make.make_member(agency=shelter, role=Role.AGENCY_ADMIN),
            "stranger": make.make_member(agency=elsewhere, role=Role.FOCAL_POINT),
            "stranger_supervisor": make.make_member(agency=elsewhere, role=Role.SUPERVISOR),
        }
        self.authority = make.make_authority()
        self.members["deciding"] = make.make_officer(authority=self.authority)
        for role in Role:
            if role.value not in {"social_worker", "supervisor", "focal_point", "agency_admin"}:
                self.members[role.value] = make.make_member(agency=home, role=role)
        self.worker.set_password(PASSWORD)
        self.worker.save(update_fields=["password"])
        self.secret = make.make_totp(self.worker)

    def work(self) -> None:
        shelter = self.members["receiver_focal"].agency
        self.service = make.make_service(agency=shelter)
        self.set = importing.read_set(
            content=make.SET, source="elsewhere", by=self.members["receiver_admin"],
            at=timezone.now(),
        )  # fmt: skip
        self.case = make.make_case(by=self.worker)
        self.fresh = make.make_case(by=self.worker, open_=False)
        self.consent = make.make_consent(case=self.case, to=shelter, by=self.worker)
        self.newer = make.make_consent(case=self.case, to=shelter, by=self.worker)
        self.drafted = consents.draft(
            code=self.case.code,
            scopes=[Scope(shelter, DataGroup.IDENTITY, "service")],
            expires_at=None,
            by=self.worker,
            at=timezone.now(),
        )
        self.asked = self.override_of(shelter)
        self.approved = override.decide(
            code=self.override_of(shelter).code,
            approve=True,
            by=self.members["supervisor"],
            at=timezone.now(),
        )

    @property
    def plan_of_set(self) -> Plan:
        plan = importing.plan_for(self.set)
        assert plan is not None
        return plan

    def override_of(self, agency: Any) -> Any:
        return override.ask(
            code=self.case.code,
            agency=agency,
            groups=[DataGroup.SAFETY],
            ground="vital_interests",
            reason="Her life is in danger and she cannot be asked.",
            by=self.worker,
            at=timezone.now(),
        )

    def referrals(self, stage: str) -> None:
        focal = self.members["receiver_focal"]
        draft = make.make_draft(case=self.case, service=self.service, by=self.worker)
        self.document = make.make_clean(case=self.case, by=self.worker)
        sending.choose_documents(
            code=draft.code, documents=[self.document.code], by=self.worker, at=timezone.now()
        )
        self.referral = sending.send(code=draft.code, by=self.worker, at=timezone.now())
        unknown = make.make_service(agency=make.make_guest())
        self.to_guest = make.make_sent(by=self.worker, service=unknown)
        other = make.make_service(agency=focal.agency)
        self.draft = make.make_draft(case=self.case, service=other, by=self.worker)
        if stage == "declined":
            answering.decline(
                code=self.referral.code, reason="no_capacity", by=focal, at=timezone.now()
            )
        if stage == "accepted":
            make.make_accepted(sent=self.referral, by=focal)

    def rest(self) -> None:
        to = make.make_agency(type=AgencyType.TERRITORIAL_CENTRE)
        handed = make.make_case(by=self.worker)
        make.make_consent(case=handed, to=to, by=self.worker, groups=list(SEALED))
        self.transfer = transferring.propose(
            code=handed.code,
            to=to,
            note="She has moved.",
            by=self.members["supervisor"],
            at=timezone.now(),
        )
        self.elsewhere = to
        code = lifecycle.set_task(
            code=self.case.code, text="Please call.", assignee=self.worker, due_at=None,
            by=self.worker, at=timezone.now(),
        )  # fmt: skip
        self.task = Task.objects.get(code=code)
        self.notice = Delivery.objects.filter(channel="in_app", member=self.worker).first()
        self.token, _ = self.token_of(["read"])
        _, self.activation = self.token_of([Token.Scope.ACTIVATE.value])

    def identification(self) -> None:
        """Cases at each stage of identification; `case` lies on the authority's desk."""
        make.make_submitted(case=self.case, by=self.worker, authority=self.authority)
        self.filled_in = self.case.screenings.get()
        self.form = screening.begin(
            code=self.case.code, instrument="forced_labour_11", agreed=True, language="",
            with_interpreter=False, by=self.worker, at=timezone.now(),
        )  # fmt: skip
        self.ready = make.make_case(by=self.worker)
        make.make_screening(case=self.ready, by=self.worker)
        make.make_consent(
            case=self.ready, to=self.authority, by=self.worker, groups=[DataGroup.SCREENING],
            purpose="identification",
        )  # fmt: skip
        self.unwilling = make.make_case(by=self.worker)
        make.make_screening(case=self.unwilling, by=self.worker)
        submitting.decline(
            code=self.unwilling.code, anonymous=None, by=self.worker, at=timezone.now()
        )
        self.rejected = self.decided(deciding.reject)
        self.recognised = self.decided(deciding.recognise)
        self.decision = self.recognised.identification.decisions.get()

    def decided(self, act: Callable[..., Any]) -> Any:
        case = make.make_case(by=self.worker)
        make.make_submitted(case=case, by=self.worker, authority=self.authority)
        act(
            code=case.code, reasons=REASON, evidence=[], by=self.members["deciding"],
            at=timezone.now(),
        )  # fmt: skip
        return case

    def support(self) -> None:
        """A plan in the making on `case`, and an active one on `recognised`."""
        self.plan = make.make_plan(case=self.case, by=self.worker)
        self.goal = self.plan.goals.get()
        self.action = planning.set_action(
            code=self.goal.code, text="Ask.", responsible=self.worker.agency,
            due_on=make.today() + dt.timedelta(days=9), by=self.worker,
            at=timezone.now(),
        )  # fmt: skip
        self.active = make.make_active_plan(case=self.recognised, by=self.worker)
        self.review = self.active.reviews.order_by("month").first()
        reviewing.check_in(
            code=self.recognised.code, tried_at=timezone.now(), channel="phone",
            result="needs_help", by=self.worker, at=timezone.now(),
        )  # fmt: skip
        self.alert = self.recognised.alerts.get()
        self.record = records.write(
            code=self.case.code, kind=RecordKind.EVENT, values={"hte_City": "Minsk"}, by=self.worker,
            at=timezone.now(),
        )  # fmt: skip
        admin = self.members["system_admin"]
        agency_actions.add_code(
            name="vic_MethodsOfControl", code="Added", maps_to="Other",
            labels={"en": "One", "ru": "Один", "be": "Адзін"}, by=admin, at=timezone.now(),
        )  # fmt: skip

    def handing_on(self, stage: str) -> None:
        """What the receiver proposes while it helps (in the other stages, somebody else's
        receiver on a case of its own), and a request for `case`."""
        self.clinic = make.make_service(agency=make.make_agency(), type="MEDICAL")
        self.dentist = make.make_service(agency=self.clinic.agency, type="MEDICAL")
        focal, sent = self.members["receiver_focal"], self.referral
        if stage != "accepted":
            focal = make.make_member(role=Role.FOCAL_POINT)
            service = make.make_service(agency=focal.agency)
            sent = make.make_accepted(
                sent=make.make_sent(by=self.worker, service=service), by=focal
            )
        make.make_consent(case=sent.case, to=self.clinic.agency, by=self.worker)
        self.onward = onward.propose(
            code=sent.code, service=self.clinic, groups=[DataGroup.IDENTITY],
            urgency=Urgency.URGENT, reason="She needs a doctor.", by=focal,
            at=timezone.now(),
        )  # fmt: skip
        twice = make.make_member(agency=make.make_agency(type=AgencyType.TERRITORIAL_CENTRE))
        self.pair = make.make_pair(by=self.worker, other=twice)
        self.request = requesting.ask(
            case_code=self.case.code, reason="person_moved",
            by=self.members["stranger_supervisor"], at=timezone.now(),
        )  # fmt: skip

    def token_of(self, scopes: list[str]) -> tuple[Token, str]:
        return agency_actions.issue_token(
            member=self.worker, label="one", scopes=scopes, lasts=dt.timedelta(days=1),
            by=make.SETUP, at=timezone.now(),
        )  # fmt: skip


def word_about(seal: Any) -> dict[str, Any]:
    """A witness's word about this seal."""
    secret = Ed25519PrivateKey.generate()
    return {
        "size": seal.seq,
        "key": str(notes.public_of(secret, "partner.example.org", notes.WITNESS)),
        "cosignature": notes.cosign(seal.checkpoint, secret, "partner.example.org"),
    }


# Which member asks, and how far the referral has come when they ask.
RELATIONS: dict[str, tuple[str, str]] = {
    "anonymous": ("", "accepted"),
    "stranger": ("stranger", "accepted"),
    "stranger_supervisor": ("stranger_supervisor", "accepted"),
    "worker": ("worker", "accepted"),
    "supervisor": ("supervisor", "accepted"),
    "colleague": ("colleague", "accepted"),
    "owner_focal": ("owner_focal", "accepted"),
    "owner_admin": ("owner_admin", "accepted"),
    "asked": ("receiver_focal", "sent"),
    "helping": ("receiver_focal", "accepted"),
    "declined": ("receiver_focal", "declined"),
    "receiver_worker": ("receiver_worker", "accepted"),
    "receiver_admin": ("receiver_admin", "accepted"),
    "deciding": ("deciding", "accepted"),
    "identification_officer": ("identification_officer", "accepted"),
    "coordinator": ("coordinator", "accepted"),
    "data_protection_officer": ("data_protection_officer", "accepted"),
    "auditor": ("auditor", "accepted"),
    "system_admin": ("system_admin", "accepted"),
}
# For these a code that is not theirs is the same as a code that is nobody's.
OUTSIDE = (
    "stranger", "stranger_supervisor", "colleague", "owner_focal", "owner_admin", "declined",
    "receiver_worker", "receiver_admin", "identification_officer", "coordinator", "auditor",
    "system_admin",
)  # fmt: skip


def routes() -> Iterator[tuple[str, str]]:
    """Every route for programs with every method its view defines."""
    for route, pattern in _walk(get_resolver().url_patterns, ""):
        view = getattr(pattern.callback, "view_class", None)
        ours = route.startswith(PREFIX) and not route.removeprefix(PREFIX).startswith(NOT_OURS)
        if (ours or route.startswith(BESIDE)) and view is not None:
            for method in METHODS:
                if hasattr(view, method):
                    yield route.removeprefix(PREFIX), method.upper()


def address(path: str) -> str:
    """Of a route as the table names it, where it is asked for."""
    return f"/{path}" if path.startswith(BESIDE) else f"/{PREFIX}{path}"


def _walk(patterns: list[Any], before: str) -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        else:
            yield route, each


def table() -> dict[tuple[str, str], dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["route"], row["method"]): row for row in csv.DictReader(file)}


Named = Callable[[World], str]
# Which record a route is about: the first beginning that fits.
ABOUT: tuple[tuple[str, Named], ...] = (
    ("tokens/", lambda w: w.token.code),
    ("agencies/", lambda w: w.worker.agency.code),
    ("members/", lambda w: w.members["colleague"].username),
    ("services/", lambda w: w.service.code),
    ("directory-imports/", lambda w: w.set.code),
    ("notifications/", lambda w: w.notice.code),
    ("tasks/", lambda w: w.task.code),
    ("codelists/<str:name>/codes/<str:code>/", lambda w: "Added"),
    ("instruments/", lambda w: "forced_labour_11"),
    ("cases/<str:code>/identification/submit/", lambda w: w.ready.code),
    ("cases/<str:code>/identification/decline/", lambda w: w.ready.code),
    ("cases/<str:code>/identification/resume/", lambda w: w.unwilling.code),
    ("cases/<str:code>/identification/reconsider/", lambda w: w.rejected.code),
    ("cases/<str:code>/identification/confirm/", lambda w: w.recognised.code),
    ("cases/<str:code>/identification/extend/", lambda w: w.recognised.code),
    ("cases/<str:code>/plans/", lambda w: w.ready.code),
    ("cases/<str:code>/check_ins/", lambda w: w.recognised.code),
    ("cases/<str:code>/alerts/", lambda w: w.recognised.code),
    ("screenings/<str:code>/correct/", lambda w: w.filled_in.code),
    ("screenings/<str:code>/submit/", lambda w: w.form.code),
    ("screenings/<str:code>/discard/", lambda w: w.form.code),
    ("screenings/", lambda w: w.form.code),
    ("decisions/", lambda w: w.decision.code),
    ("imports/<str:code>/stop/", lambda w: w.running.code),
    ("imports/", lambda w: w.brought.code),
    ("exports/", lambda w: w.export.code),
    ("documents/files/", lambda w: "a-ticket-of-nobody"),
    ("documents/", lambda w: w.document.code),
    ("records/", lambda w: w.record.code),
    ("plans/<str:code>/complete/", lambda w: w.active.code),
    ("plans/", lambda w: w.plan.code),
    ("goals/", lambda w: w.goal.code),
    ("actions/", lambda w: w.action.code),
    ("reviews/", lambda w: w.review.code),
    ("alerts/", lambda w: w.alert.code),
    ("onwards/", lambda w: w.onward.code),
    ("case_requests/", lambda w: w.request.code),
    ("duplicates/", lambda w: w.pair.code),
    ("cases/<str:code>/open/", lambda w: w.fresh.code),
    ("cases/", lambda w: w.case.code),
    ("persons/", lambda w: w.case.person.code),
    ("consents/<str:code>/give/", lambda w: w.drafted.code),
    ("consents/", lambda w: w.consent.code),
    ("overrides/<str:code>/end/", lambda w: w.approved.code),
    ("overrides/", lambda w: w.asked.code),
    ("referrals/<str:code>/send/", lambda w: w.draft.code),
    ("referrals/<str:code>/preview/", lambda w: w.draft.code),
    ("referrals/<str:code>/link/", lambda w: w.to_guest.code),
    ("referrals/", lambda w: w.referral.code),
    ("transfers/", lambda w: w.transfer.code),
    ("break_glass/", lambda w: w.glass.code),
    ("endpoints/<str:code>/challenge/", lambda w: w.unverified.code),
    ("endpoints/<str:code>/verify/", lambda w: w.unverified.code),
    ("endpoints/<str:code>/resume/", lambda w: w.paused.code),
    ("endpoints/", lambda w: w.endpoint.code),
    ("calls/", lambda w: str(w.call.uid)),
    ("events/", lambda w: str(w.event.uid)),
    ("fhir/Patient/", lambda w: Names(w.asker.agency_code).name_of(w.referral.code)),
    ("fhir/Organization/", lambda w: w.worker.agency.code),
    ("fhir/", lambda w: w.referral.code),
    ("figures/ctdc/", lambda w: "CT-2222-2222"),
    ("figures/", lambda w: w.period),
    ("learning/", lambda w: w.sitting.code),
    ("practice/", lambda w: w.space.code),
    ("network/questions/", lambda w: w.question.code),
    ("network/answers/", lambda w: w.reply.code),
    ("network/posts/", lambda w: w.reply.code),
    ("network/focal_points/", lambda w: w.point.code),
    ("network/bulletins/", lambda w: w.bulletin.code),
)


def code_for(route: str, world: World) -> str:
    return next((of(world) for start, of in ABOUT if route.startswith(start)), "")


def soon(hours: int = 2) -> str:
    return (timezone.now() + dt.timedelta(hours=hours)).isoformat()


def ago() -> str:
    return (timezone.now() - dt.timedelta(minutes=1)).isoformat()


WORDS = {"en": "One", "ru": "Один", "be": "Адзін"}
FORM = {
    "code": "form", "version": "1", "population": "any", "source": "A test", "title": WORDS,
    "dimension": [{"code": "signs", "title": WORDS}], "rule": [],
    "question": [{"code": "Q1", "dimension": "signs", "strength": "weak", "text": WORDS,
                  "guidance": WORDS}],
}  # fmt: skip
Body = Callable[[World], dict[str, Any]]
REASON = "Her life is in danger and nobody can ask her."
BODIES: dict[str, Body] = {
    "POST session/": lambda w: {
        "username": w.worker.username, "password": PASSWORD, "code": make.totp_code(w.secret),
    },
    "POST session/again/": lambda w: {"code": "000000"},
    "POST session/activate/": lambda w: {"secret": w.activation, "password": PASSWORD},
    "POST tokens/": lambda w: {"label": "mine", "scopes": ["read"], "days": 1},
    "POST agencies/": lambda w: {"name": "A new agency", "type": "shelter_ngo"},
    "PATCH agencies/<str:code>/": lambda w: {"name": "Another name"},
    "POST agencies/<str:code>/clocks/": lambda w: {
        "urgency": "urgent", "reply_hours": 12, "contact_hours": 24,
    },
    "POST members/": lambda w: {"username": "new.member", "role": "social_worker"},
    "POST members/<str:username>/role/": lambda w: {"role": "focal_point"},
    "POST services/": lambda w: {"type": "MEDICAL", "name": "A clinic"},
    "PATCH services/<str:code>/": lambda w: {"name": "Another name"},
    "POST services/<str:code>/places/": lambda w: {"places_free": 3},
    "POST services/<str:code>/listing/": lambda w: {
        "is_listed": True, "name": "Help", "agency_public_name": "House of help",
    },
    "POST directory-imports/<str:code>/take-over/": lambda w: {"digest": w.plan_of_set.digest},
    "POST notifications/preferences/": lambda w: {"email": True},
    "POST cases/": lambda w: {"source": "hotline", "risk": "low"},
    "PATCH cases/<str:code>/": lambda w: {"risk": "high"},
    "POST cases/<str:code>/notes/": lambda w: {"text": "She called.", "visibility": "agency"},
    "POST cases/<str:code>/consents/": lambda w: {
        "scopes": [{"agency": w.service.agency.code, "groups": ["identity"]}],
    },
    "POST cases/<str:code>/overrides/": lambda w: {
        "agency": w.service.agency.code, "groups": ["safety"], "ground": "vital_interests",
        "reason": REASON,
    },
    "POST cases/<str:code>/assign/": lambda w: {"to": w.members["colleague"].username},
    "POST cases/<str:code>/hand_over/": lambda w: {
        "to": w.members["colleague"].username, "note": "Call her on Monday.",
    },
    "POST cases/<str:code>/reopen/": lambda w: {"reason": "She came back."},
    "POST cases/<str:code>/exclude/": lambda w: {"agency": w.elsewhere.code},
    "POST cases/<str:code>/readmit/": lambda w: {"agency": w.elsewhere.code},
    "POST cases/<str:code>/tasks/": lambda w: {
        "text": "Call her.", "assignee": w.members["colleague"].username,
    },
    "POST cases/<str:code>/close/": lambda w: {"closure": "goals_met"},
    "POST cases/<str:code>/transfers/": lambda w: {"to": w.elsewhere.code, "note": "Moved."},
    "POST persons/find/": lambda w: {"name": "Казлова"},
    "PATCH persons/<str:code>/": lambda w: {"needs_interpreter": True},
    "PUT persons/<str:code>/groups/<str:group>/": lambda w: {"prs_FirstName": "Anna"},
    "POST consents/<str:code>/give/": lambda w: {
        "given_by": "self", "form": "written", "language": "bel",
    },
    "POST consents/<str:code>/supersede/": lambda w: {"by": w.newer.code},
    "POST documents/<str:code>/retract/": lambda w: {"reason": "wrong_file"},
    "PUT referrals/<str:code>/documents/": lambda w: {"documents": [w.document.code]},
    "POST referrals/": lambda w: {
        "case": w.case.code, "service": w.service.code, "urgency": "urgent",
        "groups": ["identity"],
    },
    "POST referrals/<str:code>/messages/": lambda w: {"text": "When will she come?"},
    "POST referrals/<str:code>/assign/": lambda w: {
        "to": w.members["receiver_worker"].username,
    },
    "POST referrals/<str:code>/request_info/": lambda w: {"question": "Does she smoke?"},
    "POST referrals/<str:code>/answer_info/": lambda w: {"answer": "No."},
    "POST referrals/<str:code>/accept/": lambda w: {
        "contact": w.members["receiver_focal"].username, "first_contact_at": soon(),
    },
    "POST referrals/<str:code>/decline/": lambda w: {"reason": "no_capacity"},
    "POST referrals/<str:code>/plan_handover/": lambda w: {
        "meets_at": soon(), "place": "The main door", "who_meets": "The nurse",
    },
    "POST referrals/<str:code>/log_attempt/": lambda w: {
        "tried_at": ago(), "channel": "phone", "result": "no_answer",
    },
    "POST referrals/<str:code>/first_contact/": lambda w: {"met_at": ago()},
    "POST referrals/<str:code>/complete/": lambda w: {
        "outcome": "service_provided", "feedback": "She is well.",
    },
    "POST referrals/<str:code>/confirm/": lambda w: {"service_received": "yes"},
    "POST referrals/<str:code>/withdraw/": lambda w: {"reason": "safety"},
    "POST codelists/<str:name>/codes/": lambda w: {
        "code": "Another", "maps_to": "Other", "labels": WORDS,
    },
    "POST instruments/": lambda w: {"definition": FORM},
    "POST cases/<str:code>/records/": lambda w: {
        "kind": "event", "values": {"hte_City": "Brest"},
    },
    "PUT records/<str:code>/": lambda w: {"values": {"hte_City": "Brest"}},
    "POST cases/<str:code>/assessments/": lambda w: {
        "risk": "low", "factors": ["individual.risk.no_documents"],
        "needs": [{"area": "housing", "level": "some", "wants_help": "yes"}],
    },
    "POST cases/<str:code>/screenings/": lambda w: {
        "instrument": "ilo_adult_labour", "agreed": True,
    },
    "PATCH screenings/<str:code>/": lambda w: {
        "answers": {"isolation": {"answer": "yes"}},
    },
    "POST cases/<str:code>/statements/": lambda w: {
        "text": "She said so.", "told_on": make.today().isoformat(),
    },
    "POST cases/<str:code>/identification/submit/": lambda w: {"authority": w.authority.code},
    "POST cases/<str:code>/identification/reconsider/": lambda w: {"new_evidence": REASON},
    "POST cases/<str:code>/identification/request_more/": lambda w: {"question": REASON},
    "POST cases/<str:code>/identification/recognise/": lambda w: {"reasons": REASON},
    "POST cases/<str:code>/identification/extend/": lambda w: {
        "until": soon(24 * 60), "reason": REASON,
    },
    "POST cases/<str:code>/identification/confirm/": lambda w: {"reasons": REASON},
    "POST cases/<str:code>/identification/reject/": lambda w: {"reasons": REASON},
    "POST decisions/<str:code>/tell/": lambda w: {
        "whom": "person", "told_at": timezone.now().isoformat(), "way": "in_person",
        "proof": "She signed.",
    },
    "POST cases/<str:code>/plans/": lambda w: {
        "objectives": "A home.", "types": ["SocialCare"],
    },
    "PATCH plans/<str:code>/": lambda w: {"types": ["Legal"]},
    "POST plans/<str:code>/agree/": lambda w: {"agreed_by": "self"},
    "POST plans/<str:code>/stop/": lambda w: {"reason": "other"},
    "POST plans/<str:code>/goals/": lambda w: {"area": "income", "text": "To work."},
    "POST goals/<str:code>/end/": lambda w: {"met": True},
    "POST goals/<str:code>/actions/": lambda w: {
        "text": "Ask.", "responsible": w.worker.agency.code,
        "due_on": make.today().isoformat(),
    },
    "POST actions/<str:code>/end/": lambda w: {"done": True},
    "POST reviews/<str:code>/hold/": lambda w: {
        "held_on": make.today().isoformat(),
        "scores": {area: {"worker": 3} for area in areas()},
    },
    "POST reviews/<str:code>/not_held/": lambda w: {"why": "not_wanted"},
    "POST cases/<str:code>/check_ins/": lambda w: {
        "tried_at": timezone.now().isoformat(), "channel": "phone", "result": "well",
    },
    "POST alerts/<str:code>/resolve/": lambda w: {"words": "She was called."},
    "POST referrals/<str:code>/onward/": lambda w: {
        "service": w.dentist.code, "urgency": "urgent", "groups": ["identity"],
        "reason": "She needs a doctor.",
    },
    "POST exports/": lambda w: {"kind": "csv", "reason": "report"},
    "POST audit/cosignatures/": lambda w: word_about(w.seal),
    "POST break_glass/": lambda w: {
        "case": w.case.code, "groups": ["contact"], "purpose": "medical", "reason": REASON,
    },
    "POST break_glass/<str:code>/review/": lambda w: {
        "verdict": "justified", "remarks": REASON,
    },
    "POST endpoints/": lambda w: {
        "url": "https://partner.example.org/events", "topics": ["referral.updated"],
    },
    "POST endpoints/<str:code>/topics/": lambda w: {"topics": ["case.updated"]},
    "POST endpoints/<str:code>/verify/": lambda w: {"word": make.WORD},
    "POST endpoints/<str:code>/replay/": lambda w: {"since": ago()},
    "POST network/questions/": lambda w: {"topic": "legal", "title": "A", "text": "Who?"},
    "POST network/questions/find/": lambda w: {"words": "families"},
    "POST network/questions/<str:code>/answers/": lambda w: {"text": "We."},
    "POST network/posts/<str:code>/hide/": lambda w: {"because": "unkind"},
    "POST network/focal_points/": lambda w: {"member": w.worker.username, "topic": "health"},
    "POST network/reach/": lambda w: {"phone": "8 017 200-00-00"},
    "POST network/bulletins/": lambda w: {"text_en": "New.", "ends_at": soon()},
    "POST figures/": lambda w: {"month": f"{w.newest:%Y-%m}"},
    "POST figures/ctdc/": lambda w: {"second": "TP-2222-2222"},
    "POST learning/sittings/": lambda w: {"topic": "children", "kind": "before"},
    "POST learning/sittings/<str:code>/answers/": lambda w: {
        "answers": {w.sitting.questions[0]: []}
    },
    "POST practice/spaces/": lambda w: {"scenario": "construction", "language": "en"},
    "POST practice/spaces/<str:code>/clock/": lambda w: {"hours": 1},
    "POST learning/statement/": lambda w: {"sha256": statement.current().sha256, "agreed": True},
    "POST learning/check/": lambda w: {"code": "LC-2222-2222", "name": "Somebody"},
    "POST case_requests/": lambda w: {"case": "SH-2345-6789", "reason": "person_asked"},
    "POST duplicates/<str:code>/unlink/": lambda w: {"reason": REASON},
    "POST case_requests/<str:code>/grant/": lambda w: {"note": "She moved."},
    "PUT fhir/Task/<str:code>": lambda w: {
        "resourceType": "Task", "id": w.referral.code, "status": "accepted",
        "output": contact(w.members["receiver_focal"]),
    },
}  # fmt: skip
VERSIONS: dict[str, Named] = {
    "agencies/<str:code>/": lambda w: f"{w.worker.agency.code}.{w.worker.agency.version}",
    "services/<str:code>/": lambda w: f"{w.service.code}.{w.service.version}",
    "cases/<str:code>/": lambda w: f"{w.case.code}.{w.case.version}",
    "persons/<str:code>/": lambda w: f"{w.case.person.code}.{w.case.person.version}",
    "screenings/<str:code>/": lambda w: f"{w.form.code}.{w.form.version}",
    "referrals/<str:code>/documents/": lambda w: f"{w.referral.code}.{w.referral.version}",
    "records/<str:code>/": lambda w: f"{w.record.code}.{w.record.version}",
    "plans/<str:code>/": lambda w: f"{w.plan.code}.{w.plan.version}",
    "persons/<str:code>/groups/<str:group>/": lambda w: f"{w.case.person.code}.identity.1",
    "fhir/Task/<str:code>": lambda w: f"{w.referral.version}",
    "services/<str:code>/listing/": lambda w: (
        f"{w.service.code}.{version_of(listing_of(w.service))}"
    ),
}
# What else takes the version that was judged.
JUDGED = {"POST services/<str:code>/listing/"}


PAPER = SimpleUploadedFile("a.pdf", make.PAPER, "application/pdf")
SET = SimpleUploadedFile("set.json", make.SET, "application/json")
SHEET = SimpleUploadedFile("a.csv", b"prs_FirstName\nAnn\n", "text/csv")
# What is sent as a form with a file.
FORMS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "cases/<str:code>/documents/"): {"file": PAPER, "group": "identity"},
    ("POST", "directory-imports/"): {"file": SET, "source": "elsewhere"},
    ("POST", "imports/"): {"file": SHEET},
}


def ask(client: APIClient, world: World, route: str, method: str, code: str) -> Any:
    """One request, of which nothing stays: the next one finds the world as it was."""
    path = route.replace("<str:code>", code).replace("<str:username>", code)
    path = path.replace("<str:period>", code)
    path = path.replace("<str:name>", "vic_MethodsOfControl")
    headers = {"Idempotency-Key": "the-only-one"} if method == "POST" else {}
    if method in {"PUT", "PATCH"} or f"{method} {route}" in JUDGED:
        headers["If-Match"] = f'"{VERSIONS[route](world)}"'
    body = BODIES.get(f"{method} {route}", lambda w: {})(world)
    data, kind = json.dumps(body), "application/json"
    if form := FORMS.get((method, route)):
        form["file"].seek(0)
        data, kind = encode_multipart(BOUNDARY, form).decode(), MULTIPART_CONTENT
    with transaction.atomic():
        answer = client.generic(
            method,
            address(path.replace("<str:group>", "identity")),
            data="" if method in {"GET", "DELETE"} else data,
            content_type=kind,
            headers=headers,
        )
        transaction.set_rollback(True)
    return answer


def client_of(relation: str) -> tuple[APIClient, World]:
    who, stage = RELATIONS[relation]
    world, client = World(stage=stage), APIClient(raise_request_exception=False)
    world.asker = world.members[who] if who else world.worker
    if who:
        secret = make.make_token(world.members[who])
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for record in (
        world.case, world.case.person, world.service, world.worker.agency, world.plan,
        world.referral,
    ):  # fmt: skip
        record.refresh_from_db()
    return client, world


def test_the_table_has_every_route() -> None:
    found, judged = set(routes()), set(table())

    assert sorted(found - judged) == [], "New routes: judge a row for each in matrix.csv."
    assert sorted(judged - found) == [], "Rows of matrix.csv whose routes are gone."


def test_the_table_has_every_relation() -> None:
    assert [list(row)[2:] for row in table().values()] == [list(RELATIONS)] * len(table())


@pytest.mark.django_db
@pytest.mark.parametrize("relation", RELATIONS)
def test_every_route_answers_as_judged(relation: str) -> None:
    client, world = client_of(relation)
    judged = table()

    found = {
        key: str(ask(client, world, *key, code_for(key[0], world)).status_code)
        for key in routes()
    }

    wrong = {
        f"{method} {route}": f"{status}, not {judged[route, method][relation]}"
        for (route, method), status in found.items()
        if status != judged[route, method][relation]
    }
    assert wrong == {}


def number_of(refusal: dict[str, Any]) -> str:
    """The number of the request, taken out of its refusal."""
    if "issue" in refusal:
        return str(refusal["issue"][0].pop("diagnostics"))
    return str(refusal.pop("request_id"))


@pytest.mark.django_db
@pytest.mark.parametrize("relation", OUTSIDE)
def test_what_is_not_theirs_looks_like_nothing(relation: str) -> None:
    client, world = client_of(relation)

    for (route, method), row in table().items():
        if row[relation] == "404":
            real = code_for(route, world)
            nobodys = real[:3] + "2222-2222" if real[2:3] == "-" else "nobody"
            theirs = ask(client, world, route, method, real).json()
            nothing = ask(client, world, route, method, nobodys).json()
            assert number_of(theirs) != number_of(nothing)
            assert (theirs, route) == (nothing, route)


@pytest.mark.django_db
@pytest.mark.parametrize("relation", OUTSIDE)
def test_lists_hold_nothing_for_those_outside(relation: str) -> None:
    client, world = client_of(relation)
    paths = (
        "cases/",
        "referrals/?box=out",
        "transfers/",
        "overdue/",
        "identifications/",
        "clocks/",
        "case_requests/",
        "duplicates/",
        "anonymous_notices/",
        "tasks/",
        "notifications/",
        "events/",
    )

    found = {path: client.get(f"/{PREFIX}{path}").json()["results"] for path in paths}
    found["find"] = client.post(
        f"/{PREFIX}persons/find/", {"name": "Казлова"}, format="json"
    ).json()["results"]

    theirs = found.pop("tasks/") + found.pop("notifications/") + found.pop("clocks/")
    # What the systems of one's own agency were told is a number, and says nothing.
    told = [row["id"] for row in found.pop("events/")]
    theirs_too = relation in {"colleague", "owner_focal", "owner_admin"}
    assert told == ([str(world.event.uid)] if theirs_too else [])
    # Who asked for the case has that request, and learns nothing by it.
    asked = [row["code"] for row in found.pop("case_requests/")]
    assert asked == ([world.request.code] if relation == "stranger_supervisor" else [])
    assert found == dict.fromkeys(found, [])
    assert {world.case.code, world.task.code} & {row["subject"] for row in theirs} == set()


@pytest.mark.django_db
def test_after_a_decline_only_the_fact_and_the_end_remain() -> None:
    client, world = client_of("declined")
    referral = f"/{PREFIX}referrals/{world.referral.code}/"

    shown = client.get(referral).json()
    line = client.get(f"/{PREFIX}referrals/").json()["results"][0]

    assert set(shown) == {
        "code", "state", "sender", "sender_name", "receiver", "receiver_name", "sent_at",
        "received_at", "accepted_at", "ended_at", "decline_reason", "outcome",
        "withdraw_reason", "recalled_at", "recall_acknowledged_at", "service_received",
        "version", "verbs",
    }  # fmt: skip
    assert client.get(f"{referral}messages/").json() == {"results": []}
    assert [line[name] for name in ("case_code", "service_code", "service_type")] == [None] * 3

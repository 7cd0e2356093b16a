"""A case in which every sealed column that the service can write holds a mark of its own."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import REAL, Member
from agencies.roles import AgencyType, Role
from cases.actions import (
    assessing,
    drafts,
    exclusion,
    holding,
    lifecycle,
    override,
    person,
    records,
)
from cases.actions.consent import Giving
from cases.apart import Whom
from cases.models import Case
from cases.workflow import HoldGround, HoldKind, RecordKind
from demo import builders as make
from exchange import origins
from guard.actions import contacting, glass
from guard.actions import reviewing as looking
from identification import instruments
from identification.actions import deciding, screening, submitting
from kernel.groups import EVERY_GROUP, DataGroup
from referral.actions import answering, helping, onward, sending, transferring
from reintegration.actions import planning, watching
from rights.actions import requesting
from rights.models import SubjectRequest
from tests.reintegration.acts import all_at, check_in, hold, reviews_of

# A field of prose or text in each group.
GROUPS = {
    "identity": "prs_FirstName", "contact": "code_word", "safety": "risk_summary",
    "family": "children", "trafficking": "account", "screening": "remarks", "health": "needs",
    "mental_health": "warning_signs", "legal": "status", "whereabouts": "place",
}  # fmt: skip
RECORDS = {
    RecordKind.EVENT: "hte_Description", RecordKind.PERPETRATOR: "relation",
    RecordKind.REFERRED_IN: "cas_IncomingReferralDetails",
    RecordKind.REFERRED_OUT: "cas_OutgoingReferralDetails",
}  # fmt: skip
TOLD = (
    *(f"group {name}" for name in (*GROUPS, "plan", "told before")),
    *(f"record {kind}" for kind in (*RECORDS, "safety_plan")),
    "statement", "assessment", "need", "answers", "interest", "evidence", "rejected",
    "recognised", "proof", "extension", "objectives", "goal", "action", "review", "resolution",
    "witness", "guardian", "override", "note", "question", "answer", "feedback", "place",
    "message", "onward", "transfer", "contact", "glass", "file name", "file about",
    "shared note", "agency note", "refused", "origin",
)  # fmt: skip
LEFT_OUT = (
    "private note", "other agency's note", "draft", "apart", "looked at", "who meets", "hold",
    "their number",
)  # fmt: skip


def mark(name: str) -> str:
    """A text that stands in one place alone, long enough for a reason."""
    return f"Zq{name.title().replace(' ', '').replace('_', '').replace(chr(39), '')}Qz is written here, and in no other place."


@dataclass(frozen=True, slots=True)
class Filled:
    """The case as it is now, of the second agency, and those who take part."""

    case: Case
    worker: Member
    boss: Member
    focal: Member
    staff: list[Member]


def fill(space: int = REAL) -> Filled:
    """All of it in one space; in a made-up one nobody is there who reaches across agencies."""
    at = timezone.now()
    centre = {"type": AgencyType.TERRITORIAL_CENTRE, "space": space}
    first = make.make_agency(name="Kontora Sorokina", **centre)
    ours = make.make_agency(name="Centr Buslika", **centre)
    shelter = make.make_agency(name="Prytulak Lastauki", space=space)
    staff = {
        name: make.make_member(agency=agency, role=role, username=f"staff-{name}",
                               first_name="Stafina", last_name=f"Stafovna{n}")
        for n, (name, agency, role) in enumerate((
            ("earlier", first, Role.SOCIAL_WORKER), ("chief", first, Role.SUPERVISOR),
            ("worker", ours, Role.SOCIAL_WORKER), ("boss", ours, Role.SUPERVISOR),
            ("focal", shelter, Role.FOCAL_POINT), ("other", shelter, Role.SOCIAL_WORKER),
            ("officer", make.make_authority(space=space), Role.IDENTIFICATION_OFFICER),
            ("guard", make.make_agency(is_coordinating=space == REAL, space=space),
             Role.DATA_PROTECTION_OFFICER),
        ))
    }  # fmt: skip
    staff["again"] = make.make_officer(
        authority=staff["officer"].agency, username="staff-again"
    )
    case = make.make_case(by=staff["earlier"], age_band="9-17")
    _moved(case, staff, at=at)
    case.refresh_from_db()
    _written(case, staff, at=at)
    _referred(case, staff, at=at)
    _identified(case, staff, at=at)
    _supported(case, staff, at=at)
    _guarded(case, staff, at=at)
    case.refresh_from_db()
    return Filled(case, staff["worker"], staff["boss"], staff["focal"], list(staff.values()))


Staff = dict[str, Member]
GUARDED = {"given_by": "guardian", "assent": "given", "language": "bel"}


def _moved(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    """It began with another agency, which keeps what it wrote for itself."""
    lifecycle.note(
        code=case.code, text=mark("other agency's note"), visibility="agency",
        by=staff["earlier"], at=at,
    )  # fmt: skip
    said = {"fields": {"spl_Objectives": mark("origin")}}
    came = origins.Came(case, said, mark("their number"), b"their number 16.")
    origins.write([came], from_="IM-2222-2222", at=at)
    groups: list[DataGroup] = [each for each in EVERY_GROUP if each != DataGroup.TRIAGE]
    make.make_consent(
        case=case, to=staff["boss"].agency, by=staff["earlier"], groups=groups,
        giving=Giving(form="written", guardian="Mother", **GUARDED),
    )  # fmt: skip
    moved = transferring.propose(
        code=case.code, to=staff["boss"].agency, note=mark("transfer"), by=staff["chief"], at=at
    )
    transferring.answer(code=moved.code, accept=True, by=staff["boss"], at=at)
    lifecycle.assign(code=case.code, to=staff["worker"], by=staff["boss"], at=at)


def _written(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    worker = staff["worker"]
    values: dict[str, dict[str, Any]] = {
        name: {field: mark(f"group {name}")} for name, field in GROUPS.items()
    }
    values["plan"] = {"goals": [mark("group plan")]}
    # Told to the shelter as it was, and changed afterwards.
    values["identity"] = {"prs_FirstName": mark("group told before")}
    for name, held in values.items():
        person.write_group(case=case, group=DataGroup(name), values=held, by=worker, at=at)
    kinds = [(kind, {field: mark(f"record {kind}")}) for kind, field in RECORDS.items()]
    kinds.append((RecordKind.SAFETY_PLAN, {"steps": [mark("record safety_plan")]}))  # type: ignore[dict-item]  # a list of texts
    for kind, held in kinds:
        records.write(code=case.code, kind=kind, values=held, by=worker, at=at)
    screening.state(
        code=case.code, text=mark("statement"), told_on=make.today(), told_to_us=True,
        language="bel", by=worker, at=at,
    )  # fmt: skip
    need = {"area": "housing", "level": "urgent", "wants_help": "yes", "words": mark("need")}
    assessing.assess(
        code=case.code, risk="high", factors=[], needs=[need], words=mark("assessment"),
        by=worker, at=at,
    )  # fmt: skip
    for visibility in ("private", "agency", "shared"):
        lifecycle.note(
            code=case.code, text=mark(f"{visibility} note"), visibility=visibility, by=worker,
            at=at,
        )  # fmt: skip
    typed = {"text": [mark("draft")]}
    drafts.keep(code=case.code, section="health", typed=typed, by=worker, at=at)
    holding.set_hold(
        code=case.code, kind=HoldKind.LEGAL, ground=HoldGround.COURT,
        reason=f"A court has asked for it: {mark('hold')}",
        look_again_on=make.today() + dt.timedelta(days=60), by=staff["boss"], at=at,
    )  # fmt: skip
    exclusion.exclude(
        code=case.code,
        whom=Whom(agency=make.make_agency(space=worker.space)),
        reason=mark("apart"),
        by=worker,
        at=at,
    )
    make.make_clean(
        case=case, by=worker, about=mark("file about"), name=f"{mark('file name')}pdf"
    )
    override.ask(
        code=case.code, agency=staff["focal"].agency, groups=[DataGroup.HEALTH],
        ground="vital_interests", reason=mark("override"), by=worker, at=at,
    )  # fmt: skip


def _referred(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    worker, focal = staff["worker"], staff["focal"]
    service = make.make_service(agency=focal.agency)
    giving = Giving(
        form="oral_witnessed", witness=mark("witness"), guardian=mark("guardian"), **GUARDED
    )
    make.make_consent(case=case, to=focal.agency, by=worker, giving=giving)
    draft = make.make_draft(case=case, service=service, by=worker, note=mark("note"))
    sending.send(code=draft.code, by=worker, at=at)
    code = draft.code
    person.write_group(
        case=case, group=DataGroup.IDENTITY, values={"prs_FirstName": mark("group identity")},
        by=worker, at=at,
    )  # fmt: skip
    answering.receive(code=code, by=focal, at=at)
    answering.request_info(code=code, question=mark("question"), by=focal, at=at)
    answering.answer_info(code=code, answer=mark("answer"), by=worker, at=at)
    make.make_accepted(sent=draft, by=focal)
    helping.plan_handover(
        code=code, meets_at=at + dt.timedelta(hours=1), place=mark("place"),
        who_meets=mark("who meets"), by=focal, at=at,
    )  # fmt: skip
    helping.confirm_handover(code=code, by=worker, at=at)
    helping.first_contact(code=code, met_at=at, by=focal, at=at)
    helping.message(code=code, text=mark("message"), by=focal, at=at)
    onward.propose(
        code=code, service=make.make_service(agency=make.make_agency(space=worker.space), type="MEDICAL"),
        groups=[DataGroup.IDENTITY], urgency=Urgency.NORMAL, reason=mark("onward"), by=focal,
        at=at,
    )  # fmt: skip
    helping.complete(
        code=code, outcome="service_provided", feedback=mark("feedback"), by=focal, at=at
    )


def _identified(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    worker, officer, again = staff["worker"], staff["officer"], staff["again"]
    giving = Giving(form="written", guardian="Mother", **GUARDED)
    instrument = instruments.fitting(is_child=True)[0]
    form = screening.begin(
        code=case.code, instrument=instrument.code, agreed=True, language="bel",
        with_interpreter=False, by=worker, at=at,
    )  # fmt: skip
    screening.answer(
        code=form.code, answers={next(iter(instrument.questions)): {"answer": "yes", "basis": "told"}}, remarks=mark("answers"), version=form.version, by=worker,
        at=at,
    )  # fmt: skip
    screening.submit(code=form.code, by=worker, at=at)
    make.make_consent(
        case=case, to=officer.agency, by=worker, groups=[DataGroup.SCREENING],
        purpose="identification", giving=giving,
    )  # fmt: skip
    submitting.submit(
        code=case.code, authority=officer.agency, best_interest=mark("interest"), by=worker,
        at=at,
    )  # fmt: skip
    deciding.reject(code=case.code, reasons=mark("rejected"), evidence=[], by=officer, at=at)
    decision = case.identification.decisions.get()
    deciding.tell(
        code=decision.code, whom=decision.tellings.order_by("pk").first().whom, told_at=at,
        way="in_person", language="bel", proof=mark("proof"), by=worker, at=at,
    )  # fmt: skip
    submitting.reconsider(code=case.code, new_evidence=mark("evidence"), by=worker, at=at)
    deciding.recognise(code=case.code, reasons=mark("recognised"), evidence=[], by=again, at=at)
    case.identification.refresh_from_db()
    ends = case.identification.reflection_ends_at
    assert ends is not None
    until = ends + dt.timedelta(days=5)
    deciding.extend(
        code=case.code, until=until.astimezone(make.MINSK), reason=mark("extension"),
        by=again, at=at,
    )  # fmt: skip


def _supported(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    worker = staff["worker"]
    plan = planning.draft_plan(
        code=case.code, objectives=mark("objectives"), types=["SocialCare"], planned_end=None,
        by=worker, at=at,
    )  # fmt: skip
    goal = planning.set_goal(
        code=plan.code, area="housing", text=mark("goal"), target_on=None, by=worker, at=at
    )
    planning.set_action(
        code=goal.code, text=mark("action"), responsible=worker.agency, due_on=make.today(),
        by=worker, at=at,
    )  # fmt: skip
    planning.agree(code=plan.code, agreed_by="guardian", assent="given", by=worker, at=at)
    hold(reviews_of(case, state="due")[0], worker, all_at(2), remarks=mark("review"))
    check_in(case, worker, "not_safe", at)
    alert = case.alerts.order_by("pk").first()
    watching.resolve(code=alert.code, words=mark("resolution"), by=worker, at=at)


def _guarded(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    contacting.plan_contact(
        code=case.code, channel="call", text="call_back", override=mark("contact"),
        by=staff["worker"], at=at,
    )  # fmt: skip
    if staff["other"].space == REAL:
        _looked_at(case, staff, at=at)
    asked = requesting.record(
        case=case.code, kind="erasure", way="in_person", received_on=make.today(),
        by=staff["worker"], at=at,
    )  # fmt: skip
    requesting.refuse(
        code=asked.code, ground="legal_duty", reason=mark("refused"), by=staff["boss"], at=at
    )


def _looked_at(case: Case, staff: Staff, *, at: dt.datetime) -> None:
    use = glass.break_glass(
        code=case.code, groups=[DataGroup.CONTACT], purpose="medical", reason=mark("glass"),
        by=staff["other"], at=at,
    )  # fmt: skip
    looking.review(
        code=use.code, verdict="justified", remarks=mark("looked at"), by=staff["guard"], at=at
    )


def ready(case: Case, *, by: Member, kind: str = "access") -> SubjectRequest:
    """A request of which both checks stand well."""
    at = timezone.now()
    made = requesting.record(
        case=case.code, kind=kind, way="in_person", received_on=make.today(), by=by, at=at
    )
    requesting.confirm_identity(code=made.code, known_by="personally", by=by, at=at)
    return requesting.ask_safety(code=made.code, safety="alone", by=by, at=at)

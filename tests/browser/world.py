"""A small world in which every page has something to show, and who sees which page."""

import datetime as dt
import json
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.utils import timezone

from agencies import importing as taking_over
from agencies.clocks import Urgency
from agencies.listingmodels import DirectoryImport
from agencies.models import Agency, Member, Service
from agencies.roles import Role
from audit import log
from cases import erasure
from cases.actions import consent as consents
from cases.actions import exclusion, lifecycle, override, person, records
from cases.actions.consent import Scope
from cases.apart import Whom
from cases.models import Case
from cases.workflow import HoldGround, HoldKind, RecordKind
from custody.models import CopyRun, KeyDestruction
from demo import builders as make
from exchange.actions import importing, making
from exchange.bench import Bench
from figures import periods
from guard.actions import contacting, glass, reviewing
from guest.actions import admitting
from identification.actions import screening
from kernel.groups import DataGroup
from learning import questions
from learning.actions import sitting
from learning.models import Cohort, Due, DueCount
from network.actions import announcing, board
from network.actions import focal as focal_acts
from referral.actions import onward, requesting, transferring
from referral.models import Referral
from reintegration.actions import planning
from reintegration.models import Plan
from rights.actions import deciding, proposing, restricting
from rights.actions import requesting as subject_requests
from signin import queries
from signin.actions import resets
from tests.figures.people import agencies, people, release
from tests.practice import worlds
from tests.practice.player import plays_of
from tests.reintegration.acts import Scores, all_at, check_in, hold, reviews_of
from tests.rights.filled import ready

GROUPS = [DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY]
# Whose pages there are, as `World` calls them.
ROLES = ["worker", "boss", "focal", "admin", "officer", "coordinator",
         "data_protection_officer", "auditor", "system_admin", "learner"]  # fmt: skip
PRACTISED = "construction"
REASON = "She may be found by them tonight, and cannot be asked."


@dataclass(frozen=True, slots=True)
class World:
    """The members by role, for each the addresses of their pages, and the codes in them; and in which
    space of practice somebody sits who looks at their pages from there."""

    members: dict[str, Member]
    pages: dict[str, list[str]]
    codes: dict[str, str]
    seats: dict[str, str]


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
    facts = _facts(worker, boss, focal, service, authority) | _account(worker)
    officer_of_data = make.make_member(agency=land, role=Role.DATA_PROTECTION_OFFICER)
    facts |= _guarded(worker, focal, facts["case"], officer_of_data)
    facts["set"] = _directory(admin).code
    facts |= _at_the_end(worker, boss, focal, service, officer_of_data)
    facts |= _systems(admin, facts)
    facts |= _files(worker, boss)
    members = {
        "worker": worker,
        "boss": boss,
        "focal": focal,
        "admin": admin,
        "officer": officer,
    }
    members |= {
        role.value: make.make_member(agency=land, role=role)
        for role in (Role.COORDINATOR, Role.AUDITOR, Role.SYSTEM_ADMIN)
    }  # fmt: skip
    members[Role.DATA_PROTECTION_OFFICER.value] = officer_of_data
    facts["month"] = _counted()
    facts |= _without_account(worker, boss)
    facts |= _learned(worker, boss)
    facts |= _network(worker, boss, focal, members[Role.COORDINATOR.value])
    members["learner"] = make.make_member(agency=centre)
    facts |= _practised(members["learner"])
    pages = _pages(facts, service.code, focal.username)
    return World(members, pages, facts, {"learner": facts["space"]})


def _directory(admin: Member) -> DirectoryImport:
    """A set of another directory that waits: new services, one that changes, and a fault."""
    make.make_listed(by=admin, name="Help at any hour")
    at, lines = timezone.now(), json.loads(make.SET)
    first = taking_over.read_set(content=make.SET, source="elsewhere", by=admin, at=at)
    shown = taking_over.plan_for(first)
    assert shown is not None
    taking_over.take_over(code=first.code, digest=shown.digest, by=admin, at=at)
    newer = [lines[0] | {"name": "Advice by letter"}, lines[0] | {"id": "8", "status": "open"}]
    words = json.dumps(newer).encode()
    return taking_over.read_set(content=words, source="elsewhere", by=admin, at=at)


def _counted() -> str:
    """Figures of a month with numbers in them, and values that have not filled a step."""
    month = periods.newest_over(timezone.now()) - relativedelta(months=1)
    for agency in agencies(5):
        people(agency, 8, on=month, exploitation=["ForcedLabour"], citizenship=["BY"])
    return release(month, timezone.now()).period


def _facts(
    worker: Member, boss: Member, focal: Member, service: Service, authority: Agency
) -> dict[str, str]:
    at = timezone.now()
    case = make.make_case(by=worker)
    consent = make.make_consent(case=case, to=service.agency, by=worker)
    lifecycle.note(
        code=case.code, text="She slept well.", visibility="agency", by=worker, at=at
    )
    plan = make.make_active_plan(case=case, by=worker)
    due = reviews_of(case, state="due")
    for review, score in zip(due, (2, 3, 4), strict=False):
        said: Scores = {"housing": {"worker": score, "person": score - 1}}
        hold(review, worker, all_at(score, safety=score - 1) | said)
    make.make_submitted(case=case, by=worker, authority=authority)
    asked = override.ask(
        code=case.code, agency=service.agency, groups=[DataGroup.FAMILY], ground="court_order",
        reason=REASON, by=worker, at=at,
    )  # fmt: skip
    moving = make.make_case(by=worker)
    make.make_consent(case=moving, to=service.agency, by=worker, groups=GROUPS)
    taken = make.make_accepted(sent=make.make_sent(by=worker, service=service), by=focal)
    return _rest(case, moving, plan, taken, worker, focal, service) | _pairs(worker, boss) | {
        "case": case.code, "consent": consent.code, "plan": plan.code,
        "screening": case.screenings.get().code, "override": asked.code,
        "held": due[0].code, "review": due[3].code,
        "sent": make.make_sent(by=worker, service=service).code,
        "taken": taken.code,
        "draft": make.make_draft(case=moving, service=service, by=worker).code,
        "transfer": transferring.propose(
            code=moving.code, to=service.agency, note="She moves there.", by=boss, at=at
        ).code,
        "fresh": make.make_case(by=worker, open_=False).code,
        "agency": service.agency.code,
    }  # fmt: skip


def _account(worker: Member) -> dict[str, str]:
    """How the worker signs in, and that it is said to be lost."""
    make.make_totp(worker)
    make.make_token(worker)
    keeper = make.make_member(agency=worker.agency, role=Role.AGENCY_ADMIN)
    lost = resets.ask(member=worker, by=keeper, at=timezone.now())
    return {
        "lost": lost.code,
        "name": worker.username,
        "factor": str(queries.factors_of(worker).get().pk),
    }


def _rest(
    case: Case, moving: Case, plan: Plan, taken: Referral,
    worker: Member, focal: Member, service: Service,
) -> dict[str, str]:  # fmt: skip
    """What only the lesser pages need."""
    at = timezone.now()
    apart = make.make_agency()
    exclusion.exclude(code=case.code, whom=Whom(agency=apart), by=worker, at=at)
    kept_apart = case.exclusions.get().code
    scopes = [Scope(service.agency, DataGroup.HEALTH, "service")]
    form = screening.begin(
        code=taken.case.code, instrument="forced_labour_11", agreed=True, language="bel",
        with_interpreter=False, by=worker, at=at,
    )  # fmt: skip
    action = planning.set_action(
        code=plan.goals.get().code, text="Ask the council.", responsible=worker.agency,
        due_on=make.today(), by=worker, at=at,
    )  # fmt: skip
    safety = records.write(
        code=case.code, kind=RecordKind.SAFETY_PLAN, values={"steps": ["Call a friend."]},
        by=worker, at=at,
    )  # fmt: skip
    other = make.make_service(agency=apart, type="LEGAL_AID")
    proposed = onward.propose(
        code=taken.code, service=other, groups=[DataGroup.CONTACT], urgency=Urgency.NORMAL,
        reason="A lawyer is needed.", by=focal, at=at,
    )  # fmt: skip
    theirs = make.make_member(agency=service.agency, role=Role.SUPERVISOR)
    wanted = requesting.ask(case_code=case.code, reason="person_moved", by=theirs, at=at)
    check_in(case, worker, "not_safe", at)
    asked = subject_requests.record(
        case=case.code, kind="erasure", way="guardian", received_on=make.today(), by=worker,
        at=at,
    )  # fmt: skip
    return {
        "asked": asked.code, "ready": ready(case, by=worker).code,
        "apart": kept_apart,
        "kept": consents.draft(
            code=case.code, scopes=scopes, expires_at=None, by=worker, at=at
        ).code,
        "form": form.code, "goal": plan.goals.get().code, "action": action.code,
        "record": safety.code, "onward": proposed.code, "wanted": wanted.code,
        "alert": case.alerts.first().code,
        "document": make.make_clean(case=moving, by=worker).code,
        "moving": moving.code,
        "wish": _kept().code,
    }  # fmt: skip


def _pairs(worker: Member, boss: Member) -> dict[str, str]:
    """Two cases that may be about one person, and two that are linked."""
    other = make.make_member(agency=make.make_agency(type="territorial_centre"))
    theirs = make.make_member(agency=other.agency, role=Role.SUPERVISOR)
    linked = make.make_linked(by=worker, other=other, ours=boss, theirs=theirs)
    twice = make.make_member(agency=make.make_agency(type="territorial_centre"))
    pair = make.make_pair(by=worker, other=twice)
    return {"pair": pair.code, "linked": linked.code, "linked_case": linked.earlier.code}


def _kept() -> KeyDestruction:
    """What the pages of keys and backups have to show; the wish is for a key that is gone."""
    at = timezone.now()
    drill = {"rows": 90, "rows_lost": {}, "consents_withdrawn": 2, "consents_resurrected": 0}
    for kind, facts in ((CopyRun.Kind.BACKUP, {"rows": 90}), (CopyRun.Kind.DRILL, drill)):
        CopyRun.objects.create(
            kind=kind, name="safehand-1", at=at, well=True, size=9000, seconds=2.5, facts=facts
        )
    return KeyDestruction.objects.create(
        ring_key="0", because="routine", asked_by="somebody", asked_at=at
    )


def _at_the_end(
    worker: Member, boss: Member, focal: Member, service: Service, officer: Member
) -> dict[str, str]:
    """People whose time is over in a batch that waits, a hold, and somebody who was erased."""
    at = timezone.now()
    ended = [_closed(make.make_sent(by=worker, service=service).case) for _ in range(2)]
    batch = proposing.propose(agency=worker.agency, by=log.CLOCK, at=at)
    assert batch is not None
    deciding.agree(code=batch.code, by=boss, at=at)
    gone = _closed(make.make_sent(by=worker, service=service).case)
    erasure.destroy_person(
        code=gone.person.code, because="adult", approved_by=boss, by=officer, at=at
    )
    held = make.make_case(by=worker)
    hold = restricting.set_hold(
        code=held.code, kind=HoldKind.RESTRICTION, ground=HoldGround.CONTESTED, reason=REASON,
        look_again_on=make.today() + dt.timedelta(days=90), by=boss, at=at,
    )  # fmt: skip
    done = _closed(make.make_case(by=worker))
    return {
        "batch": batch.code, "ended": ended[0].code, "gone": gone.person.code,
        "demand": gone.demands.get().code, "on_hold": held.code, "hold": hold.code,
        "done": done.code,
    }  # fmt: skip


def _files(worker: Member, boss: Member) -> dict[str, str]:
    """A file that was looked at, one that is being imported, one that became cases, and one that is
    taken out."""
    done = make.make_checked(by=worker, reference="A-3", started=True)
    making.write_rows(bench=Bench(done), keys=list(done.rows.values_list("pk", flat=True)))
    importing.finish(job=done, by=importing.IMPORTER, at=timezone.now())
    came = done.rows.get().case
    assert came is not None
    return {
        "brought": make.make_checked(by=worker).code,
        "running": make.make_checked(by=worker, reference="A-2", started=True).code,
        "imported": done.code,
        "came": came.code,
        "export": make.make_export(by=boss).code,
    }


def _closed(case: Case) -> Case:
    """Long ago."""
    then = timezone.now() - dt.timedelta(days=6 * 366)
    Case.objects.filter(pk=case.pk).update(
        state="closed", closure="goals_met", closed_at=then, registered_at=then, opened_at=then
    )
    case.refresh_from_db()
    return case


def _guarded(worker: Member, focal: Member, case: str, officer: Member) -> dict[str, str]:
    """Glass that was broken and not looked at, somebody who lost the right to it, a request for a
    second person, and a contact that waits."""
    at = timezone.now()
    other = make.make_member(agency=focal.agency)
    uses = [
        glass.break_glass(
            code=code,
            groups=[DataGroup.CONTACT],
            purpose="medical",
            reason=REASON,
            by=by,
            at=at,
        )
        for code, by in ((make.make_case(by=worker).code, other), (case, focal))
    ]
    reviewing.review(
        code=uses[0].code, verdict="not_justified", remarks=REASON, by=officer, at=at
    )
    plan = {"safe_channels": ["call"], "prs_MobilePhone": "+375290000000"}
    found = Case.objects.get(code=case)
    person.write_group(case=found, group=DataGroup.CONTACT, values=plan, by=worker, at=at)
    contact = contacting.plan_contact(
        code=case, channel="call", text="call_back", by=worker, at=at
    )
    make.make_member(agency=officer.agency, role=Role.DATA_PROTECTION_OFFICER)
    asked = reviewing.ask_to_lift(member=other, reason=REASON, by=officer, at=at)
    mine = glass.ask_second(
        code=case, groups=[DataGroup.IDENTITY], purpose="medical", reason=REASON, by=worker,
        # It is decided within minutes, and a browser walks for longer.
        at=at + dt.timedelta(hours=3),
    )  # fmt: skip
    return {
        "glass": uses[1].code, "second": mine.code, "lift": asked.code, "contact": contact.code,
        "without": other.username,
    }  # fmt: skip


def _systems(admin: Member, facts: dict[str, str]) -> dict[str, str]:
    """A system that is called, with its log, one that is not verified yet, and one that is paused."""
    active, unverified, paused = (
        make.make_endpoint(agency=admin.agency, state=state)
        for state in ("active", "unverified", "paused")
    )
    make.make_call(endpoint=active, subject=facts["sent"])
    failed = {"state": "pending", "done_at": None, "status": 503}
    make.make_call(endpoint=active, subject=facts["taken"], **failed)
    return {"system": active.code, "unverified": unverified.code, "paused": paused.code}


def _without_account(worker: Member, boss: Member) -> dict[str, str]:
    """A referral to an agency that answers by a link and wants more, and one that is asked for."""
    at = timezone.now()
    guest = make.make_guest()
    sent = make.make_sent(by=worker, service=make.make_service(agency=guest))
    claimed = admitting.claim(
        contact="Anna", mail="anna@example.org", by=guest.members.get(), at=at
    )
    new = admitting.ask_for_agency(
        facts={"name": "Two lawyers", "type": "legal"}, mail="two@example.org", by=boss, at=at
    )
    return {
        "to_guest": sent.code, "guest": guest.code, "claim": claimed.code, "new_guest": new.code,
    }  # fmt: skip


def _learned(worker: Member, boss: Member) -> dict[str, str]:
    """A topic that the worker has passed, another that is begun, and what was published."""
    at = timezone.now()
    known = questions.current()["consent"].questions
    for kind in ("before", "after"):
        done = sitting.begin(topic="consent", kind=kind, by=worker, at=at)
        right = {code: sorted(known[code].right) for code in done.questions}
        sitting.answer(code=done.code, answers=right, by=worker)
        sitting.finish(code=done.code, by=worker, at=at)
    begun = sitting.begin(topic="identification", kind="before", by=worker, at=at)
    Cohort.objects.create(
        agency=boss.agency, topic="consent", month=periods.newest_over(at), learners=11,
        median_gain="0.5", class_gain="0.4", improved=80, made_at=at,
    )  # fmt: skip
    soon = (at + dt.timedelta(days=9)).date()
    Due.objects.create(
        member=worker, lacks=[["consent", None], ["the_statement", soon.isoformat()]]
    )
    for agency in (boss.agency, None):
        DueCount.objects.create(agency=agency, bound=22, due=0, counted_on=at.date())
    return {
        "sat": done.code, "begun": begun.code, "certificate": done.certificate.code,
    }  # fmt: skip


def _network(worker: Member, boss: Member, focal: Member, land: Member) -> dict[str, str]:
    """A question with two answers, somebody to ask, somebody who is named, and an announcement."""
    at = timezone.now()
    question = board.ask(
        topic="shelter", title="Families with a dog", text="Who takes them?", by=worker, at=at
    )
    answers = [board.answer(code=question.code, text="We do.", by=focal, at=at) for _ in "12"]
    board.accept(code=answers[0].code, by=worker, at=at)
    named = [
        focal_acts.name(username=worker.username, topic=topic, by=boss, at=at)
        for topic in ("legal", "children")
    ]
    focal_acts.agree(code=named[0].code, by=worker, at=at)
    focal_acts.be_reached(
        phone="+375 17 200-00-00", hours="Weekdays", languages=["bel", "rus"],
        away_until=make.today() + dt.timedelta(days=9), by=worker,
    )  # fmt: skip
    told = announcing.announce(
        texts={"text_en": "The new form is in force.", "text_ru": "Есть новая форма."},
        must_confirm=True, ends_at=at + dt.timedelta(days=9), by=land, at=at,
    )  # fmt: skip
    return {"question": question.code, "reply": answers[1].code, "told": told.code}


def _practised(learner: Member) -> dict[str, str]:
    """A practice with its first step over."""
    played = worlds.begin(learner, PRACTISED)
    for said in plays_of(PRACTISED)[0].do:
        played.do(said)
        if played.space.over:
            break
    made = Case.objects.get(owner__space=played.space.pk)
    return {"space": played.code, "practised": made.code}


def _pages(facts: dict[str, str], service: str, focal: str) -> dict[str, list[str]]:
    case, fresh = f"/cases/{facts['case']}", f"/cases/{facts['fresh']}"
    moving = f"/cases/{facts['moving']}"
    return {
        "worker": [
            "/", "/notices/", "/me/", "/cases/", "/cases/new/", "/sent/", "/services/",
            f"/services/{service}/", f"{case}/", f"{case}/people/",
            f"{case}/people/?open=identity", f"{case}/signs/", f"{case}/identification/",
            f"{case}/consent/", f"{case}/consent/new/?agency={facts['agency']}",
            f"{case}/referrals/", f"{case}/plan/", f"{case}/reviews/", f"{case}/trajectory/",
            f"{case}/warnings/", f"{case}/notes/", f"{case}/timeline/", f"{case}/access/",
            f"{case}/apart/", f"{case}/overrides/new/", f"{case}/refer/", f"{case}/records/",
            f"{case}/assessments/", f"{case}/do/tasks/", f"{fresh}/intake/identity/",
            f"{fresh}/intake/legal/", f"{fresh}/intake/check/",
            f"/screenings/{facts['screening']}/", f"/consents/{facts['consent']}/",
            f"/consents/{facts['consent']}/print/", f"/referrals/{facts['draft']}/preview/",
            f"/referrals/{facts['taken']}/", f"/referrals/{facts['taken']}/print/",
            f"/reviews/{facts['review']}/", f"/reviews/{facts['held']}/", "/blank/intake/",
            "/blank/signs/", f"{fresh}/intake/", f"{case}/assessments/new/",
            f"{case}/records/events/", f"/records/{facts['record']}/",
            f"/records/{facts['record']}/retract/", f"{case}/signs/new/", f"{case}/signs/told/",
            f"/screenings/{facts['form']}/", f"/screenings/{facts['form']}/check/",
            f"/screenings/{facts['form']}/do/discard/",
            f"/cases/{facts['moving']}/identification/submit/",
            f"{case}/identification/take_back/", f"/consents/{facts['consent']}/withdraw/",
            f"/consents/{facts['kept']}/give/", f"/consents/{facts['consent']}/replace/",
            f"{case}/apart/{facts['apart']}/end/", f"/cases/{facts['moving']}/plan/new/",
            f"/plans/{facts['plan']}/do/set_goal/", f"/goals/{facts['goal']}/actions/new/",
            f"/goals/{facts['goal']}/end/", f"/actions/{facts['action']}/end/",
            f"/reviews/{facts['review']}/not-held/", f"{case}/check-in/",
            f"/warnings/{facts['alert']}/", "/again/", "/me/factors/", "/me/factors/app/", "/me/factors/password/",
            "/me/factors/passkey/", "/me/factors/codes/",
            f"/me/factors/{facts['factor']}/remove/", "/me/sessions/", "/me/tokens/",
            "/me/tokens/new/", f"{case}/seen/", f"{moving}/documents/",
            f"{moving}/documents/?open=names", f"{moving}/documents/new/",
            f"/documents/{facts['document']}/", f"/documents/{facts['document']}/retract/",
            f"/referrals/{facts['draft']}/documents/", "/emergency/",
            f"/approvals/{facts['second']}/", f"/approvals/{facts['second']}/take_back/",
            f"{case}/reach/", f"/contacts/{facts['contact']}/made/", f"{case}/requests/",
            f"{case}/requests/new/", f"/requests/{facts['asked']}/",
            f"/requests/{facts['asked']}/do/confirm_identity/",
            f"/requests/{facts['asked']}/do/safety/", f"/requests/{facts['ready']}/",
            f"/requests/{facts['ready']}/do/answer/",
            f"/requests/{facts['ready']}/do/extend/", f"/requests/{facts['ready']}/pack/",
            f"/referrals/{facts['to_guest']}/", f"/referrals/{facts['to_guest']}/link/",
            "/imports/", "/imports/new/", f"/imports/{facts['brought']}/",
            f"/imports/{facts['brought']}/start/", f"/imports/{facts['brought']}/discard/",
            f"/imports/{facts['running']}/", f"/imports/{facts['running']}/stop/",
            f"/imports/{facts['imported']}/?state=done", f"/cases/{facts['came']}/origin/",
            f"/cases/{facts['came']}/origin/?open=origin",
            "/learning/", "/learning/statement/", "/learning/children/before/", f"/learning/sittings/{facts['begun']}/",
            f"/learning/sittings/{facts['sat']}/", "/learning/check/",
            f"/learning/certificates/{facts['certificate']}/",
            "/board/", "/board/ask/", f"/board/{facts['question']}/", "/focal-points/",
            "/focal-points/mine/", "/announcements/", f"/announcements/{facts['told']}/",
            "/practice/", f"/practice/begin/{PRACTISED}/",
        ],
        "learner": [
            "/", "/cases/", "/cases/new/", f"/cases/{facts['practised']}/",
            f"/cases/{facts['practised']}/refer/", "/me/", "/practice/",
            f"/practice/begin/{PRACTISED}/", f"/practice/{facts['space']}/",
        ],
        "boss": [
            "/", "/team/", f"{case}/do/close/", f"{case}/do/assign/", f"{case}/transfer/",
            f"/overrides/{facts['override']}/", "/transfers/",
            f"/transfers/{facts['transfer']}/", f"/transfers/{facts['transfer']}/do/withdraw/",
            f"/overrides/{facts['override']}/approve/", "/case-requests/new/",
            f"/case-requests/{facts['wanted']}/grant/",
            f"/case-requests/{facts['wanted']}/refuse/", f"/members/{facts['name']}/sessions/",
            "/resets/", f"/resets/{facts['lost']}/approve/", "/approvals/",
            f"/emergency/{facts['glass']}/", f"/approvals/{facts['second']}/",
            f"/approvals/{facts['second']}/approve/", "/duplicates/",
            f"/duplicates/{facts['pair']}/", f"/duplicates/{facts['pair']}/do/ask/",
            f"/duplicates/{facts['pair']}/do/set_aside/", f"/duplicates/{facts['linked']}/",
            f"/cases/{facts['linked_case']}/", f"/duplicates/{facts['linked']}/do/unlink/",
            "/retention/", f"/retention/{facts['batch']}/",
            f"/retention/{facts['batch']}/refuse/",
            f"/retention/{facts['batch']}/keep/{facts['ended']}/",
            f"/cases/{facts['on_hold']}/holds/?open=reasons",
            f"/cases/{facts['on_hold']}/holds/{facts['hold']}/end/",
            f"/cases/{facts['done']}/erasure/", f"/erased/{facts['gone']}/",
            f"/requests/{facts['asked']}/do/refuse/", "/figures/", "/links/", "/links/ask/", "/learning/gains/", "/learning/due/",
            "/exports/", "/exports/new/", "/focal-points/named/",
            f"/exports/{facts['export']}/", f"/exports/{facts['export']}/revoke/",
        ],
        "focal": [
            "/", "/inbox/", f"/referrals/{facts['sent']}/",
            f"/referrals/{facts['sent']}/do/accept/", f"/referrals/{facts['sent']}/do/decline/",
            f"/referrals/{facts['taken']}/", f"/referrals/{facts['taken']}/do/complete/",
            f"/referrals/{facts['taken']}/onward/", f"/onwards/{facts['onward']}/", f"{case}/",
            f"{case}/people/", f"{case}/people/?open=contact", f"/emergency/{facts['glass']}/",
            "/demands/", f"/demands/{facts['demand']}/",
        ],
        "admin": [
            "/members/", "/members/new/", f"/members/{focal}/", "/services/new/",
            f"/members/{focal}/leaves/", f"/services/{service}/change/",
            f"/members/{focal}/sessions/", f"/members/{focal}/lost/", "/resets/", "/systems/",
            "/systems/new/", *(
                f"/systems/{facts[which]}/{verb}"
                for which, verbs in (
                    ("system", ("", "roll/", "replay/", "choose/", "pause/", "remove/")),
                    ("unverified", ("", "verify/", "challenge/")),
                    ("paused", ("resume/",)),
                )
                for verb in verbs
            ),
            f"/services/{service}/", f"/services/{service}/listing/", "/services/imports/",
            f"/services/imports/{facts['set']}/", "/",
        ],
        "officer": [
            "/desk/", f"{case}/", f"{case}/identification/",
        ],
        "coordinator": [
            "/", "/national/", "/figures/", "/figures/ask/", "/figures/noisy/", "/figures/ctdc/",
            f"/board/{facts['question']}/", f"/board/{facts['reply']}/hide/", "/announcements/new/",
            f"/announcements/{facts['told']}/", "/figures/ctdc/ask/", f"/figures/{facts['month']}/report/",
            "/learning/due/",
        ],
        "data_protection_officer": [
            "/data-protection/", f"/data-protection/?case={facts['case']}", f"{case}/access/",
            f"{case}/seen/", "/approvals/", f"/emergency/{facts['glass']}/",
            f"/approvals/{facts['lift']}/", f"/emergency/right/{facts['without']}/",
            "/retention/", f"/retention/{facts['batch']}/",
            f"/retention/{facts['batch']}/approve/", f"/cases/{facts['on_hold']}/holds/",
            f"/erased/{facts['gone']}/?speak=be",
            "/data-protection/register/",
            "/data-protection/requests/", f"/requests/{facts['asked']}/", "/exports/",
            f"/exports/{facts['export']}/",
        ],
        "auditor": [
            "/log/", "/log/seals/", "/data-protection/register/",
            "/data-protection/register/tables/",
        ],
        "system_admin": [
            "/agencies/", "/agencies/new/", f"/agencies/{facts['agency']}/", "/keys/",
            "/systems/", f"/systems/{facts['system']}/",
            "/keys/1/give-up/", "/backups/", f"/keys/wishes/{facts['wish']}/approve/",
            f"/keys/wishes/{facts['wish']}/stop/", "/agencies/asked/",
            f"/agencies/asked/{facts['claim']}/", f"/agencies/asked/{facts['new_guest']}/",
            "/agencies/guests/new/", f"/agencies/{facts['guest']}/reached/",
        ],
    }  # fmt: skip

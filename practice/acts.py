"""Acts by name: each calls the real action as the member who does it, and writes nothing by itself.

What is refused to a member elsewhere is refused here: the rules are the actions' own.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agencies.calendar import day_of
from agencies.clocks import Urgency
from agencies.models import Agency, Member, Service
from cases.actions import assessing, lifecycle, override, records
from cases.actions.consent import Giving, Scope
from cases.apart import Whom
from cases.models import Case, Consent, Override
from cases.workflow import RecordKind
from identification.actions import deciding as officers
from identification.actions import knowing, screening, submitting
from identification.models import Decision
from identification.workflow import Basis
from identification.workflow import Whom as Told
from kernel.datafiles import LANGUAGES
from kernel.groups import DataGroup
from practice.scenarios import Said, Values
from practice.vocabulary import ACTS, OWN, Whose
from referral.actions import (
    answering,
    closing,
    deciding,
    helping,
    recalling,
    sending,
    transferring,
)
from referral.models import Referral
from reintegration.actions import planning, reviewing, watching
from reintegration.models import Alert, Goal, Plan, Review

DAY = dt.timedelta(days=1)
YEAR = 365.25 * DAY
# Who does an act where nobody is named; a partner and an officer always are.
PART = {Whose.OWNER: OWN, Whose.SUPERVISOR: f"{OWN}.{Whose.SUPERVISOR}"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played: who takes which part (`Scenario.parts`), in which language words are said,
    the code of the case (empty before there is one), and when."""

    cast: Mapping[str, Member]
    language: str
    at: dt.datetime
    case: str = ""

    def agency(self, key: str) -> Agency:
        """The agency of this key."""
        return self.cast[key].agency

    def later(self, *, at: dt.datetime) -> "Stage":
        return replace(self, at=at)


@dataclass(frozen=True, slots=True)
class Scene:
    """One act: the stage, who does it, its values in the stage's language, and the code of the referral
    that it answers, where it is an answer."""

    stage: Stage
    by: Member
    values: Values
    referral: str = ""

    @property
    def at(self) -> dt.datetime:
        return self.stage.at

    @property
    def today(self) -> dt.date:
        """Where whoever does it is."""
        return day_of(self.by.agency, self.at)

    @property
    def case(self) -> Case:
        return Case.objects.select_related("owner", "person", "worker").get(
            code=self.stage.case
        )

    @property
    def to(self) -> Agency:
        return self.stage.agency(self.values["to"])

    @property
    def groups(self) -> list[DataGroup]:
        return [DataGroup(group) for group in self.values["groups"]]

    @property
    def words(self) -> str:
        return str(self.values.get("words", ""))

    @property
    def sent(self) -> Referral:
        """The one that is answered; else the newest that was sent of the case to the agency that is
        named, or to one's own. What is still a draft nobody else knows of."""
        to = self.to if "to" in self.values else self.by.agency
        rows = Referral.objects.filter(case__code=self.stage.case, receiver=to)
        if self.referral:
            return rows.get(code=self.referral)
        return rows.filter(sent_at__isnull=False).order_by("-pk")[0]


def play(stage: Stage, said: Said, *, by: Member | None = None, referral: str = "") -> Stage:
    """Do it, and give the stage as it is afterwards: a case that was logged is the case from then on.
    `referral` is the code of the one that is answered."""
    member = by or stage.cast[said.by or PART[ACTS[said.act].whose]]
    values = {name: spoken(value, stage) for name, value in said.values.items()}
    return _DO[said.act](Scene(stage, member, values, referral)) or stage


def spoken(value: Any, stage: Stage) -> Any:
    """The value as this learner is to read it: words in their language, and days counted back from
    now (`years_ago`, `days_ago`), so that a child of a scenario never comes of age."""
    if isinstance(value, list):
        return [spoken(each, stage) for each in value]
    if not isinstance(value, dict):
        return value
    if set(value) == LANGUAGES:
        return value[stage.language]
    if set(value) == {"years_ago"}:
        return (stage.at - value["years_ago"] * YEAR).date().isoformat()
    if set(value) == {"days_ago"}:
        return (stage.at - value["days_ago"] * DAY).date().isoformat()
    return {name: spoken(each, stage) for name, each in value.items()}


def _log(scene: Scene) -> Stage:
    case = lifecycle.register(
        source=scene.values["source"], risk=scene.values["risk"],
        person=dict(scene.values["person"]), by=scene.by, at=scene.at,
    )  # fmt: skip
    return replace(scene.stage, case=case.code)


def _open(scene: Scene) -> None:
    lifecycle.open_case(code=scene.stage.case, by=scene.by, at=scene.at)


def _change_person(scene: Scene) -> None:
    case = scene.case
    knowing.change_facts(
        case=case, facts=dict(scene.values["facts"]), version=case.person.version, by=scene.by,
        at=scene.at,
    )  # fmt: skip


def _write(scene: Scene) -> None:
    knowing.write_group(
        case=scene.case, group=DataGroup(scene.values["group"]),
        values=dict(scene.values["values"]), by=scene.by, at=scene.at,
    )  # fmt: skip


def _record(scene: Scene) -> None:
    records.write(
        code=scene.stage.case, kind=RecordKind(scene.values["kind"]),
        values=dict(scene.values["values"]), by=scene.by, at=scene.at,
    )  # fmt: skip


def _note(scene: Scene) -> None:
    lifecycle.note(
        code=scene.stage.case, text=scene.words,
        visibility=scene.values.get("visibility", "agency"), by=scene.by, at=scene.at,
    )  # fmt: skip


def _assess(scene: Scene) -> None:
    assessing.assess(
        code=scene.stage.case, risk=scene.values["risk"],
        factors=scene.values.get("factors", []), needs=scene.values.get("needs", []),
        words=scene.words, by=scene.by, at=scene.at,
    )  # fmt: skip


def _consent(scene: Scene) -> None:
    purpose = scene.values.get("purpose", "service")
    groups = dict.fromkeys([DataGroup.TRIAGE, *scene.groups])
    said = scene.values
    recalling.take_consent(
        code=scene.stage.case,
        scopes=[Scope(scene.to, group, purpose) for group in groups],
        expires_at=None,
        giving=Giving(
            given_by=said.get("given_by", "self"), form=said.get("form", "written"),
            language=said.get("language", ""), witness=said.get("witness", ""),
            guardian=said.get("guardian", ""), assent=said.get("assent", ""),
        ),
        by=scene.by,
        at=scene.at,
    )  # fmt: skip


def _withdraw_consent(scene: Scene) -> None:
    live = Consent.objects.filter(
        case__code=scene.stage.case, state="active", scopes__agency=scene.to
    )
    code = live.order_by("-pk").values_list("code", flat=True)[0]
    recalling.withdraw_consent(code=code, by=scene.by, at=scene.at)


def _ask_override(scene: Scene) -> None:
    override.ask(
        code=scene.stage.case, agency=scene.to, groups=scene.groups,
        ground=scene.values["ground"], reason=scene.words, by=scene.by, at=scene.at,
    )  # fmt: skip


def _decide_override(*, approve: bool) -> Callable[[Scene], None]:
    def decide(scene: Scene) -> None:
        asked = Override.objects.filter(case__code=scene.stage.case, state="asked")
        code = asked.order_by("-pk").values_list("code", flat=True)[0]
        recalling.decide_override(code=code, approve=approve, by=scene.by, at=scene.at)

    return decide


def _keep_apart(scene: Scene) -> None:
    recalling.exclude(
        code=scene.stage.case, whom=Whom(agency=scene.to), reason=scene.words, by=scene.by,
        at=scene.at,
    )  # fmt: skip


def _screen(scene: Scene) -> None:
    said = scene.values
    basis = said.get("basis", Basis.TOLD.value)
    begun = screening.begin(
        code=scene.stage.case, instrument=said["instrument"], agreed=True,
        language=said.get("language", ""), with_interpreter=said.get("interpreter", False),
        by=scene.by, at=scene.at,
    )  # fmt: skip
    answers = {name: {"answer": "yes", "basis": basis} for name in said["yes"]}
    answers |= {name: {"answer": "no", "basis": basis} for name in said.get("no", [])}
    screening.answer(
        code=begun.code, answers=answers, remarks=scene.words or None, version=begun.version,
        by=scene.by, at=scene.at,
    )  # fmt: skip
    screening.submit(code=begun.code, by=scene.by, at=scene.at)


def _state(scene: Scene) -> None:
    screening.state(
        code=scene.stage.case, text=scene.words, told_on=scene.today,
        told_to_us=scene.values.get("told_to_us", True),
        language=scene.values.get("language", ""), by=scene.by, at=scene.at,
    )  # fmt: skip


def _submit(scene: Scene) -> None:
    submitting.submit(
        code=scene.stage.case, authority=scene.to,
        best_interest=scene.values.get("best_interest", ""), by=scene.by, at=scene.at,
    )  # fmt: skip


def _take_back(scene: Scene) -> None:
    submitting.take_back(code=scene.stage.case, by=scene.by, at=scene.at)


def _decline_procedure(scene: Scene) -> None:
    told = submitting.Anonymous(exploitation=scene.values.get("exploitation", []))
    submitting.decline(
        code=scene.stage.case, anonymous=told if scene.values.get("notify") else None,
        by=scene.by, at=scene.at,
    )  # fmt: skip


def _resume(scene: Scene) -> None:
    submitting.resume(code=scene.stage.case, by=scene.by, at=scene.at)


def _reconsider(scene: Scene) -> None:
    submitting.reconsider(
        code=scene.stage.case, new_evidence=scene.words, by=scene.by, at=scene.at
    )


def _tell(scene: Scene) -> None:
    made = Decision.objects.filter(
        identification__case__code=scene.stage.case, tellings__told_at__isnull=True
    )
    child = scene.case.person.is_child
    officers.tell(
        code=made.order_by("-pk").values_list("code", flat=True)[0],
        whom=scene.values.get("whom", Told.GUARDIAN if child else Told.PERSON),
        told_at=scene.at, way=scene.values.get("way", "in_person"),
        language=scene.values.get("language", ""), proof=scene.words, by=scene.by, at=scene.at,
    )  # fmt: skip


def _refer(scene: Scene) -> None:
    said, before = scene.values, None
    if "in_place_of" in said:
        earlier = Scene(scene.stage, scene.by, {"to": said["in_place_of"]})
        before = earlier.sent
    drafted = sending.draft(
        case_code=scene.stage.case,
        service=Service.objects.get(agency=scene.to, type=said["service"]),
        groups=scene.groups,
        urgency=Urgency(said["urgency"]),
        purpose=said.get("purpose", "service"),
        note=scene.words,
        instead_of=before,
        by=scene.by,
        at=scene.at,
    )
    sending.send(code=drafted.code, by=scene.by, at=scene.at)


def _withdraw(scene: Scene) -> None:
    recalling.withdraw(
        code=scene.sent.code, reason=scene.values["reason"], by=scene.by, at=scene.at
    )


def _answer(scene: Scene) -> None:
    answering.answer_info(code=scene.sent.code, answer=scene.words, by=scene.by, at=scene.at)


def _message(scene: Scene) -> None:
    helping.message(code=scene.sent.code, text=scene.words, by=scene.by, at=scene.at)


def _confirm_handover(scene: Scene) -> None:
    helping.confirm_handover(code=scene.sent.code, by=scene.by, at=scene.at)


def _confirm_service(scene: Scene) -> None:
    helping.confirm(
        code=scene.sent.code, service_received=scene.values["received"], by=scene.by,
        at=scene.at,
    )  # fmt: skip


def _newest_plan(scene: Scene) -> str:
    plans = Plan.objects.filter(case__code=scene.stage.case)
    return plans.order_by("-pk").values_list("code", flat=True)[0]


def _plan(scene: Scene) -> None:
    plan = planning.draft_plan(
        code=scene.stage.case, objectives=scene.words,
        types=scene.values.get("types", ["SocialCare"]), planned_end=None, by=scene.by,
        at=scene.at,
    )  # fmt: skip
    for goal in scene.values["goals"]:
        planning.set_goal(
            code=plan.code, area=goal["area"], text=goal["text"], target_on=None, by=scene.by,
            at=scene.at,
        )  # fmt: skip


def _plan_step(scene: Scene) -> None:
    goals = Goal.objects.filter(plan__code=_newest_plan(scene), area=scene.values["area"])
    planning.set_action(
        code=goals.order_by("-pk").values_list("code", flat=True)[0], text=scene.words,
        responsible=scene.to if "to" in scene.values else scene.by.agency,
        due_on=scene.today + scene.values.get("days", 7) * DAY, by=scene.by, at=scene.at,
    )  # fmt: skip


def _agree_plan(scene: Scene) -> None:
    planning.agree(
        code=_newest_plan(scene), agreed_by=scene.values["agreed_by"],
        assent=scene.values.get("assent", ""), by=scene.by, at=scene.at,
    )  # fmt: skip


def _stop_plan(scene: Scene) -> None:
    planning.stop(
        code=_newest_plan(scene), reason=scene.values["reason"], by=scene.by, at=scene.at
    )


def _check_in(scene: Scene) -> None:
    reviewing.check_in(
        code=scene.stage.case, tried_at=scene.at, channel=scene.values["channel"],
        result=scene.values["result"], by=scene.by, at=scene.at,
    )  # fmt: skip


def _hold_review(scene: Scene) -> None:
    due = Review.objects.filter(case__code=scene.stage.case, state="due")
    reviewing.hold(
        code=due.order_by("due_on", "pk").values_list("code", flat=True)[0],
        held_on=scene.today, scores=scene.values["scores"], remarks=scene.words,
        by=scene.by, at=scene.at,
    )  # fmt: skip


def _resolve_alert(scene: Scene) -> None:
    waiting = Alert.objects.filter(case__code=scene.stage.case, resolved_at=None)
    if "rule" in scene.values:
        waiting = waiting.filter(rule=scene.values["rule"])
    code = waiting.order_by("pk").values_list("code", flat=True)[0]
    watching.resolve(code=code, words=scene.words, by=scene.by, at=scene.at)


def _plan_follow_ups(scene: Scene) -> None:
    lifecycle.plan_follow_ups(code=scene.stage.case, dates=[], by=scene.by, at=scene.at)


def _follow_up(scene: Scene) -> None:
    lifecycle.follow_up(code=scene.stage.case, by=scene.by, at=scene.at)


def _close(scene: Scene) -> None:
    closing.close(
        code=scene.stage.case, closure=scene.values["closure"], by=scene.by, at=scene.at
    )


def _reopen(scene: Scene) -> None:
    closing.reopen(code=scene.stage.case, reason=scene.words, by=scene.by, at=scene.at)


def _assign(scene: Scene) -> None:
    to = scene.stage.cast[scene.values["member"]]
    lifecycle.assign(code=scene.stage.case, to=to, by=scene.by, at=scene.at)


def _propose_transfer(scene: Scene) -> None:
    transferring.propose(
        code=scene.stage.case, to=scene.to, note=scene.words, by=scene.by, at=scene.at
    )


def _see(scene: Scene) -> None:
    answering.receive(code=scene.sent.code, by=scene.by, at=scene.at)


def _accept(scene: Scene) -> None:
    """The member who accepts is the one named; a place and a time of meeting are proposed if given."""
    said, hour = scene.values, dt.timedelta(hours=1)
    meets = said.get("meets_hours")
    deciding.accept(
        code=scene.sent.code,
        contact=scene.by,
        first_contact_at=scene.at + said.get("hours", meets or 2) * hour,
        meets_at=None if meets is None else scene.at + meets * hour,
        place=said.get("place", ""),
        who_meets=said.get("who_meets", ""),
        by=scene.by,
        at=scene.at,
    )


def _decline(scene: Scene) -> None:
    deciding.decline(
        code=scene.sent.code, reason=scene.values["reason"], note=scene.words, by=scene.by,
        at=scene.at,
    )  # fmt: skip


def _ask(scene: Scene) -> None:
    answering.request_info(code=scene.sent.code, question=scene.words, by=scene.by, at=scene.at)


def _contact(scene: Scene) -> None:
    helping.first_contact(code=scene.sent.code, met_at=scene.at, by=scene.by, at=scene.at)


def _complete(scene: Scene) -> None:
    helping.complete(
        code=scene.sent.code, outcome=scene.values["outcome"], feedback=scene.words,
        by=scene.by, at=scene.at,
    )  # fmt: skip


def _acknowledge(scene: Scene) -> None:
    recalling.acknowledge_recall(code=scene.sent.code, by=scene.by, at=scene.at)


def _stay_silent(scene: Scene) -> None:
    """Nothing: whoever waits must see that nothing comes."""


def _request_more(scene: Scene) -> None:
    officers.request_more(code=scene.stage.case, question=scene.words, by=scene.by, at=scene.at)


_Deciding = Callable[..., Any]


def _decide(verb: _Deciding) -> Callable[[Scene], None]:
    def decide(scene: Scene) -> None:
        verb(code=scene.stage.case, reasons=scene.words, evidence=[], by=scene.by, at=scene.at)

    return decide


_DO: Mapping[str, Callable[[Scene], Stage | None]] = {
    "log": _log, "open": _open, "change_person": _change_person, "write": _write,
    "record": _record, "note": _note, "assess": _assess, "consent": _consent,
    "withdraw_consent": _withdraw_consent, "ask_override": _ask_override,
    "approve_override": _decide_override(approve=True),
    "refuse_override": _decide_override(approve=False), "keep_apart": _keep_apart,
    "screen": _screen, "state": _state, "submit": _submit, "take_back": _take_back,
    "decline_procedure": _decline_procedure, "resume": _resume, "reconsider": _reconsider,
    "tell": _tell, "refer": _refer, "withdraw": _withdraw, "answer": _answer,
    "message": _message, "confirm_handover": _confirm_handover,
    "confirm_service": _confirm_service, "plan": _plan, "plan_step": _plan_step,
    "agree_plan": _agree_plan, "stop_plan": _stop_plan, "check_in": _check_in,
    "hold_review": _hold_review, "resolve_alert": _resolve_alert,
    "plan_follow_ups": _plan_follow_ups, "follow_up": _follow_up, "close": _close,
    "reopen": _reopen, "assign": _assign, "propose_transfer": _propose_transfer, "see": _see,
    "accept": _accept, "decline": _decline, "ask": _ask, "contact": _contact,
    "complete": _complete, "acknowledge": _acknowledge, "stay_silent": _stay_silent,
    "request_more": _request_more, "recognise": _decide(officers.recognise),
    "confirm": _decide(officers.confirm), "reject": _decide(officers.reject),
}  # fmt: skip

"""The four machines of one case beside each other, driven at random, with nothing broken.

Whatever members of six agencies try, in whatever order, while days pass: each step is made or
refused, and after each step everything that must hold holds.
"""

import datetime as dt
import itertools
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from agencies.models import Member
from agencies.roles import AgencyType, Role, most_for
from cases import queries as case_queries
from cases.actions import assessing, lifecycle
from cases.actions.consent import Giving
from cases.apart import Whom
from cases.models import Case, CaseAccess, Consent, Exclusion
from cases.workflow import ConsentState
from demo import builders as make
from identification import queries as identification_queries
from identification import tasks as identification_tasks
from identification.actions import deciding, knowing, screening, submitting
from identification.actions.submitting import Anonymous
from identification.models import Decision, Identification, Screening, Telling
from kernel.errors import SafehandError
from kernel.groups import DataGroup
from notify import ladder
from notify.models import Clock, Task
from referral import tasks as referral_tasks
from referral.actions import (
    answering,
    closing,
    helping,
    onward,
    recalling,
    requesting,
    sending,
    transferring,
)
from referral.models import CaseRequest, Onward, Referral, Transfer
from referral.queries import expected_access, stored_access
from referral.workflow import ASKED, TAKEN, TransferState
from reintegration import tasks as reintegration_tasks
from reintegration.actions import planning, reviewing, watching
from reintegration.models import Alert, Goal, Plan, Review

START = dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
REASONS = "Her papers were kept and her wages withheld for a year."
EVERYTHING = [group for group in DataGroup if group is not DataGroup.TRIAGE]
AREAS = ("safety", "housing", "health", "mental_health", "legal_status", "income",
         "education", "social_ties")  # fmt: skip
GIVINGS = (
    Giving(given_by="self", form="written", language="bel"),
    Giving(given_by="guardian", form="oral_witnessed", language="rus", witness="A nurse",
           guardian="An aunt", assent="given"),
)  # fmt: skip
# Two halves, so that two cores share them: together ten thousand steps.
HALF, EXAMPLES, STEPS = 5_000, 5, 200
OWN_WORKER, OWN_BOSS = "whoever works it", "whoever supervises it"
# Most is tried by somebody who may well be allowed it; everybody else tries, too.
WHO = (
    [OWN_WORKER] * 6
    + [OWN_BOSS] * 8
    + ["worker", "boss", "focal", "shelter_boss", "officer", "second_officer", "there"]
    + ["there_worker", "stranger"]
)
DECIDERS = ("officer", "officer", "second_officer", "second_officer", OWN_BOSS, "stranger")
# What is tried, and how often: what opens the ways of the others more often than what ends them.
WEIGHTS = {
    "wait": 6, "close": 1, "reopen": 3, "follow_up": 1, "clear_the_way_and_close": 1,
    "assign": 1, "assess": 2, "learn_the_age": 2, "keep_apart": 1, "consent": 14,
    "withdraw_consent": 2,
    "screen": 4, "correct": 1, "ask_as_an_adult": 1, "submit": 9, "take_back": 1,
    "decline_procedure": 1, "resume": 2, "reconsider": 4, "request_more": 1, "decide": 9,
    "extend": 1, "tell": 4, "refer": 5, "move_referral": 16, "propose_onward": 2,
    "answer_onward": 2, "propose_transfer": 4, "answer_transfer": 4, "ask_for_the_case": 1,
    "answer_request": 2, "draft_plan": 4, "agree": 5, "end_goals": 2, "end_plan": 2,
    "review": 5, "miss_review": 1, "check_in": 3, "resolve": 3,
}  # fmt: skip
WHAT = [name for name, weight in WEIGHTS.items() for _ in range(weight)]


def pick(n: int, *choices: Sequence[Any]) -> tuple[Any, ...]:
    """One of each, told by one number."""
    picked = []
    for choice in choices:
        n, which = divmod(n, len(choice))
        picked.append(choice[which])
    return tuple(picked)


def now() -> dt.datetime:
    return timezone.now()


def _footprint() -> str:
    moved = (Case, Identification, Plan, Review, Screening, Consent, Referral)
    counted = (Decision, Telling, Alert, Goal, Onward, CaseRequest, CaseAccess)
    states = "string_agg(concat_ws(' ', id, state, version), ',' ORDER BY id)"
    parts = [
        *(f"(SELECT {states} FROM {model._meta.db_table})" for model in moved),
        *(f"(SELECT count(*) FROM {model._meta.db_table})" for model in counted),
        f"(SELECT count(*) FROM {Clock._meta.db_table} WHERE stopped_at IS NULL)",
        f"(SELECT count(*) FROM {Task._meta.db_table} WHERE done_at IS NULL)",
    ]
    return f"SELECT {', '.join(parts)}"


FOOTPRINT = _footprint()


class Cast:
    """Six agencies and their members, made once: each example's case is its own."""

    def __init__(self) -> None:
        centre = make.make_agency(type=AgencyType.TERRITORIAL_CENTRE)
        shelter = make.make_agency()
        authority = make.make_authority()
        elsewhere = make.make_agency(type=AgencyType.TERRITORIAL_CENTRE)
        self.agencies = {
            "centre": centre, "shelter": shelter, "authority": authority,
            "elsewhere": elsewhere,
        }  # fmt: skip
        self.members: dict[str, Member] = {
            "worker": make.make_member(agency=centre),
            "boss": make.make_member(agency=centre, role=Role.SUPERVISOR),
            "focal": make.make_member(agency=shelter, role=Role.FOCAL_POINT),
            "shelter_boss": make.make_member(agency=shelter, role=Role.SUPERVISOR),
            "officer": make.make_officer(authority=authority),
            "second_officer": make.make_officer(authority=authority),
            "there": make.make_member(agency=elsewhere, role=Role.SUPERVISOR),
            "there_worker": make.make_member(agency=elsewhere),
            "stranger": make.make_member(role=Role.SUPERVISOR),
        }
        self.service = make.make_service(agency=shelter)
        self.other_service = make.make_service(agency=elsewhere, type="MEDICAL")


class Machines(RuleBasedStateMachine):
    """One person's case and everything that may happen to it."""

    cast: Cast
    # Each walk draws other acts from the same numbers, and the same ones whenever it is walked.
    walk: str = ""
    steps: int = 0
    made: int = 0

    @initialize(band=st.sampled_from(["30-38", "30-38", "30-38", "9-17", "unknown"]))
    def begin(self, band: str) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.traveller = time_machine.travel(START, tick=False)
        self.clock = self.traveller.start()
        self.changed = True
        self.agencies, self.members = self.cast.agencies, self.cast.members
        self.service, self.other_service = self.cast.service, self.cast.other_service
        self.case = make.make_case(by=self.members["worker"], age_band=band)

    def teardown(self) -> None:
        if hasattr(self, "traveller"):
            self.traveller.stop()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    # One step, made or refused

    @rule(drawn=st.integers(0, 2**32 - 1))
    def step(self, drawn: int) -> None:
        Machines.steps += 1
        dice = random.Random(f"{self.walk} {drawn}")
        what, who, n = dice.choice(WHAT), dice.choice(WHO), dice.randrange(1000)
        note(f"{what} by {who} ({n})")
        getattr(self, what)(who, n)

    def attempt(self, act: Callable[..., Any], who: str, **words: Any) -> Any:
        """Try it; what is refused must have changed nothing."""
        before = self.footprint()
        done = refused = None
        try:
            done = act(**words, by=self.member(who), at=timezone.now())
        except SafehandError as refusal:
            refused = self.said = refusal.code
        if refused is not None:
            assert self.footprint() == before, f"{act.__name__}: {refused} left traces"
        else:
            Machines.made += 1
            self.changed = True
        return done

    def footprint(self) -> tuple[Any, ...]:
        """Enough of everything to see a half-written step, in one query."""
        with connection.cursor() as cursor:
            cursor.execute(FOOTPRINT)
            found: tuple[Any, ...] = cursor.fetchone()
        return found

    def member(self, who: str) -> Member:
        worker, boss = self.owners()
        return self.members[{OWN_WORKER: worker, OWN_BOSS: boss}.get(who, who)]

    def newest(self, model: Any, **where: Any) -> Any:
        return model.objects.filter(case=self.case, **where).order_by("-pk").first()

    def is_child(self) -> bool:
        self.case.person.refresh_from_db()
        return self.case.person.is_child

    def owners(self) -> tuple[str, str]:
        """Who works the case and who supervises it, wherever it is now."""
        self.case.refresh_from_db()
        at_home = self.case.owner_id == self.members["worker"].agency_id
        return ("worker", "boss") if at_home else ("there_worker", "there")

    @property
    def code(self) -> str:
        return self.case.code

    # Time

    def wait(self, who: str, n: int) -> None:
        (hours,) = pick(n, (1, 5, 30, 24 * 8, 24 * 31, 24 * 95))
        self.clock.shift(dt.timedelta(hours=hours))
        self.changed = True
        for task in (
            identification_tasks.turn, referral_tasks.end_consents, referral_tasks.expire,
            referral_tasks.lapse_requests, reintegration_tasks.watch,
        ):  # fmt: skip
            task()
        ladder.end_long_pauses(timezone.now())
        while ladder.fire_due(timezone.now()):
            pass
        referral_tasks.expire()

    # The case

    def close(self, who: str, n: int) -> None:
        (closure,) = pick(n, ("goals_met", "lost_contact"))
        self.attempt(closing.close, who, code=self.code, closure=closure)

    def reopen(self, who: str, n: int) -> None:
        self.attempt(closing.reopen, who, code=self.code, reason="She came back.")

    def follow_up(self, who: str, n: int) -> None:
        self.attempt(lifecycle.follow_up, who, code=self.code)

    def clear_the_way_and_close(self, who: str, n: int) -> None:
        for consent in Consent.objects.filter(case=self.case, state="active"):
            self.attempt(recalling.withdraw_consent, OWN_BOSS, code=consent.code)
        for referral in Referral.objects.filter(case=self.case, state="completed"):
            self.attempt(helping.confirm, OWN_BOSS, code=referral.code, service_received="yes")
        plan = self.newest(Plan)
        if plan is not None:
            self.attempt(planning.stop, OWN_BOSS, code=plan.code, reason="person_stopped")
        for alert in Alert.objects.filter(case=self.case, resolved_at__isnull=True):
            self.attempt(
                watching.resolve, OWN_BOSS, code=alert.code, words="Looked at with her."
            )
        self.tell(OWN_BOSS, n)
        transfer = self.newest(Transfer, state=TransferState.PROPOSED)
        if transfer is not None:
            self.attempt(transferring.withdraw, OWN_BOSS, code=transfer.code)
        self.attempt(lifecycle.plan_follow_ups, OWN_BOSS, code=self.code, dates=[])
        self.close(OWN_BOSS, 0)

    def assign(self, who: str, n: int) -> None:
        self.attempt(lifecycle.assign, who, code=self.code, to=self.member(OWN_WORKER))

    def assess(self, who: str, n: int) -> None:
        (risk,) = pick(n, ("high", "low"))
        self.attempt(
            assessing.assess, who, code=self.code, risk=risk,
            factors=["individual.risk.no_documents"],
            needs=[{"area": "housing", "level": "urgent", "wants_help": "yes"}], words="",
        )  # fmt: skip

    def learn_the_age(self, who: str, n: int) -> None:
        (band,) = pick(n, ("30-38", "30-38", "9-17", "unknown"))
        self.case.person.refresh_from_db()
        self.attempt(self.write_age, OWN_BOSS, band=band, version=self.case.person.version)

    def write_age(self, *, band: str, version: int, by: Member, at: dt.datetime) -> None:
        knowing.change_facts(
            case=self.case, facts={"age_band": band}, version=version, by=by, at=at
        )

    def keep_apart(self, who: str, n: int) -> None:
        (name,) = pick(n, ("shelter", "authority", "elsewhere"))
        words = {"code": self.code, "whom": Whom(agency=self.agencies[name])}
        self.attempt(recalling.exclude, who, **words)
        if n % 2:
            self.attempt(recalling.readmit, who, **words)

    # Consent

    def consent(self, who: str, n: int) -> None:
        to, purpose, groups, days, mistaken = pick(
            n, ("shelter", "authority", "elsewhere"), ("service", "identification"),
            (make.USUAL, EVERYTHING, EVERYTHING), (2, 40, 300), (False, False, False, True),
        )  # fmt: skip
        giving = GIVINGS[self.is_child() is not mistaken]
        agency = self.agencies[to]

        def give(*, by: Member, at: dt.datetime) -> Consent:
            with transaction.atomic():
                return make.make_consent(
                    case=self.case, to=agency, by=by, giving=giving, purpose=purpose,
                    groups=[group for group in groups if group in most_for(agency.type)],
                    expires_at=at + days * DAY,
                )  # fmt: skip

        self.attempt(give, OWN_BOSS)

    def withdraw_consent(self, who: str, n: int) -> None:
        active = Consent.objects.filter(case=self.case, state="active").order_by("pk")
        if found := list(active):
            self.attempt(recalling.withdraw_consent, who, code=found[n % len(found)].code)

    # Identification

    def screen(self, who: str, n: int) -> None:
        def fill_in(*, by: Member, at: dt.datetime) -> Screening:
            with transaction.atomic():
                return make.make_screening(case=self.case, by=by)

        self.attempt(fill_in, who)

    def correct(self, who: str, n: int) -> None:
        old = self.newest(Screening, state="submitted")
        if old is not None and self.attempt(screening.correct, who, code=old.code):
            self.attempt(screening.submit, who, code=self.newest(Screening).code)

    def ask_as_an_adult(self, who: str, n: int) -> None:
        done = self.attempt(
            screening.begin, who, code=self.code, instrument="ilo_adult_labour", agreed=True,
            language="bel", with_interpreter=False,
        )  # fmt: skip
        if done is not None:
            assert not self.is_child(), "an adult's form for a child"
            self.attempt(screening.discard, who, code=done.code)

    def submit(self, who: str, n: int) -> None:
        (weighed,) = pick(n, ("", REASONS, REASONS))
        done = self.attempt(
            submitting.submit, who, code=self.code, authority=self.agencies["authority"],
            best_interest=weighed,
        )  # fmt: skip
        assert done is None or weighed or not self.is_child(), "without its best interest"

    def take_back(self, who: str, n: int) -> None:
        self.attempt(submitting.take_back, who, code=self.code)

    def decline_procedure(self, who: str, n: int) -> None:
        (anonymous,) = pick(n, (None, Anonymous(with_region=True)))
        done = self.attempt(submitting.decline, who, code=self.code, anonymous=anonymous)
        assert done is None or not self.is_child(), "a child on an adults' way"

    def resume(self, who: str, n: int) -> None:
        self.attempt(submitting.resume, who, code=self.code)

    def reconsider(self, who: str, n: int) -> None:
        self.attempt(submitting.reconsider, who, code=self.code, new_evidence=REASONS)

    def request_more(self, who: str, n: int) -> None:
        (decider,) = pick(n, DECIDERS)
        self.attempt(deciding.request_more, decider, code=self.code, question=REASONS)

    def decide(self, who: str, n: int) -> None:
        decider, verb, reasons = pick(
            n, DECIDERS, ("recognise", "recognise", "confirm", "reject"),
            (REASONS, REASONS, "Short."),
        )  # fmt: skip
        self.attempt(
            getattr(deciding, verb), decider, code=self.code, reasons=reasons, evidence=[]
        )

    def extend(self, who: str, n: int) -> None:
        decider, days = pick(n, DECIDERS, (1, 20, 400))
        found = self.newest(Identification)
        if found is not None and found.reflection_ends_at is not None:
            until = found.reflection_ends_at + days * DAY
            self.attempt(deciding.extend, decider, code=self.code, until=until, reason=REASONS)

    def tell(self, who: str, n: int) -> None:
        waiting = Telling.objects.filter(
            decision__identification__case=self.case, told_at__isnull=True
        )
        for telling in waiting.select_related("decision").order_by("pk"):
            self.attempt(
                deciding.tell, who, code=telling.decision.code, whom=telling.whom,
                told_at=timezone.now(), way="in_person", language="bel", proof="Signed.",
            )  # fmt: skip

    # Referral

    def refer(self, who: str, n: int) -> None:
        (groups,) = pick(n, (make.USUAL, [DataGroup.IDENTITY]))

        def draft_and_send(*, by: Member, at: dt.datetime) -> Referral:
            with transaction.atomic():
                draft = make.make_draft(
                    case=self.case, service=self.service, by=by, groups=groups
                )
                return sending.send(code=draft.code, by=by, at=at)

        self.attempt(draft_and_send, who)

    def move_referral(self, who: str, n: int) -> None:
        rows, at = list(Referral.objects.filter(case=self.case).order_by("-pk")[:2]), now()
        if not rows:
            return
        acts: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
            (answering.receive, {}),
            (answering.accept, {"contact": self.members["focal"],
                                "first_contact_at": at + DAY}),
            (answering.accept, {"contact": self.members["focal"],
                                "first_contact_at": at + DAY}),
            (answering.decline, {"reason": "no_capacity"}),
            (answering.request_info, {"question": "Which languages?"}),
            (answering.answer_info, {"answer": "Belarusian."}),
            (self.meet, {}),
            (helping.complete, {"outcome": "service_provided", "feedback": "She is well."}),
            (helping.not_reached, {}),
            (helping.confirm, {"service_received": "yes"}),
            (recalling.withdraw, {"reason": "safety"}),
            (recalling.acknowledge_recall, {}),
        )  # fmt: skip
        (act, words), somebody, referral = pick(
            n, acts, ("focal", "focal", "shelter_boss", OWN_BOSS, OWN_BOSS, "stranger"), rows
        )
        self.attempt(act, somebody, code=referral.code, **words)

    def meet(self, *, code: str, by: Member, at: dt.datetime) -> Referral:
        with transaction.atomic():
            helping.plan_handover(
                code=code, meets_at=at + DAY, place="Door", who_meets="Nurse", by=by, at=at
            )
            helping.confirm_handover(code=code, by=self.member(OWN_BOSS), at=at)
            return helping.first_contact(code=code, met_at=at, by=by, at=at)

    def propose_onward(self, who: str, n: int) -> None:
        somebody, where = pick(n, ("focal", "shelter_boss", OWN_BOSS), (0, 1))
        referral = self.newest(Referral)
        if referral is not None:
            service = (self.other_service, self.service)[where]
            self.attempt(
                onward.propose, somebody, code=referral.code, service=service,
                groups=[DataGroup.IDENTITY], urgency="urgent", reason="She needs a doctor.",
            )  # fmt: skip

    def answer_onward(self, who: str, n: int) -> None:
        waiting = Onward.objects.filter(referral__case=self.case, state="proposed").first()
        if waiting is not None:
            (answer,) = pick(n, (onward.approve, onward.approve, onward.decline))
            self.attempt(answer, who, code=waiting.code)

    # Transfer

    def propose_transfer(self, who: str, n: int) -> None:
        (where,) = pick(n, ("elsewhere", "elsewhere", "shelter", "centre"))
        self.attempt(
            transferring.propose, who, code=self.code, to=self.agencies[where], note="Moved."
        )

    def answer_transfer(self, who: str, n: int) -> None:
        waiting = self.newest(Transfer, state=TransferState.PROPOSED)
        if waiting is not None:
            somebody, yes = pick(n, ("there", "boss", "shelter_boss", who), (True, True, False))
            self.attempt(transferring.answer, somebody, code=waiting.code, accept=yes)

    def ask_for_the_case(self, who: str, n: int) -> None:
        (asker,) = pick(n, ("there", "boss", "shelter_boss", "stranger", "worker"))
        self.attempt(requesting.ask, asker, case_code=self.code, reason="person_moved")

    def answer_request(self, who: str, n: int) -> None:
        waiting = self.newest(CaseRequest, state="asked")
        if waiting is not None and n % 2:
            self.attempt(requesting.grant, who, code=waiting.code, note="She moved.")
        elif waiting is not None:
            self.attempt(requesting.refuse, who, code=waiting.code)

    # Support

    def draft_plan(self, who: str, n: int) -> None:
        plan = self.attempt(
            planning.draft_plan, who, code=self.code, objectives="A room.",
            types=["SocialCare"], planned_end=None,
        )  # fmt: skip
        if plan is not None:
            goal = self.attempt(
                planning.set_goal, who, code=plan.code, area="housing", text="A room.",
                target_on=None,
            )  # fmt: skip
            self.attempt(
                planning.set_action, who, code=goal.code, text="Ask.",
                due_on=(now() + 10 * DAY).date(), responsible=self.member(who).agency,
            )  # fmt: skip

    def agree(self, who: str, n: int) -> None:
        plan = self.newest(Plan)
        if plan is not None:
            agreed_by, assent = pick(n, (("self", ""), ("guardian", "given")))[0]
            done = self.attempt(
                planning.agree, who, code=plan.code, agreed_by=agreed_by, assent=assent
            )
            assert done is None or self.is_child() is (agreed_by == "guardian")

    def end_goals(self, who: str, n: int) -> None:
        plan = self.newest(Plan)
        for goal in plan.goals.filter(state="open") if plan else ():
            self.attempt(planning.end_goal, who, code=goal.code, met=bool(n % 2))

    def end_plan(self, who: str, n: int) -> None:
        plan = self.newest(Plan)
        if plan is not None and n % 3:
            self.attempt(planning.complete, who, code=plan.code)
        elif plan is not None:
            self.attempt(planning.stop, who, code=plan.code, reason="person_stopped")

    def review(self, who: str, n: int) -> None:
        level, own, which = pick(n, (0, 1, 2, 3, 4, 5), (0, 2, 4), (0, 0, 0, 1))
        due = list(Review.objects.filter(case=self.case, state="due").order_by("due_on"))
        if due:
            self.attempt(
                reviewing.hold, who, code=due[which % len(due)].code,
                held_on=make.today(), remarks="",
                scores={area: {"worker": level, "person": own} for area in AREAS},
            )  # fmt: skip

    def miss_review(self, who: str, n: int) -> None:
        due = list(Review.objects.filter(case=self.case, state="due").order_by("due_on"))
        if due:
            (which,) = pick(n, (0, 0, 1))
            self.attempt(
                reviewing.not_held, who, code=due[which % len(due)].code, why="not_reached"
            )

    def check_in(self, who: str, n: int) -> None:
        (result,) = pick(n, ("well", "needs_help", "no_answer", "not_safe"))
        self.attempt(
            reviewing.check_in, who, code=self.code, tried_at=now(), channel="phone",
            result=result,
        )  # fmt: skip

    def resolve(self, who: str, n: int) -> None:
        alert = self.newest(Alert, resolved_at__isnull=True)
        if alert is not None:
            self.attempt(watching.resolve, who, code=alert.code, words="Looked at with her.")

    # What must hold

    @precondition(lambda self: hasattr(self, "case"))
    @invariant()
    def everything_holds(self) -> None:
        """Read once, looked at by each rule below; a refused step has changed nothing to look at."""
        if not self.changed:
            return
        self.changed, self.now = False, timezone.now()
        related = Case.objects.select_related("owner", "worker", "person")
        self.case = related.get(pk=self.case.pk)
        self.formal = Identification.objects.filter(case=self.case).first()
        self.referrals = list(Referral.objects.filter(case=self.case))
        self.running = list(Clock.objects.filter(stopped_at__isnull=True))
        self.rows = list(CaseAccess.objects.filter(content_object=self.case))
        for check in (
            self.access_is_what_the_rule_says,
            self.nothing_is_shared_without_consent,
            self.whatever_was_asked_is_answered_or_runs,
            self.the_authority_owes_what_lies_on_its_desk,
            self.decisions_have_reasons_and_four_eyes,
            self.a_reflection_period_lasts_its_minimum,
            self.one_plan_runs_and_reviews_keep_their_order,
            self.a_closed_case_owes_nobody_anything_but_follow_ups,
            self.work_belongs_to_the_owner,
            self.no_child_is_on_an_adults_way,
            self.nobody_is_shown_what_they_are_kept_apart_from,
        ):
            check()

    def access_is_what_the_rule_says(self) -> None:
        expected = expected_access(self.case, at=self.now)
        assert expected == stored_access(self.case, at=self.now)
        stranger = self.members["stranger"]
        assert not {row.group_id for row in self.rows} & set(stranger.principals)

    def nothing_is_shared_without_consent(self) -> None:
        for referral in self.referrals:
            if referral.state in ASKED | TAKEN:
                covered = case_queries.covered(
                    self.case, referral.receiver_id, at=self.now, purpose=referral.purpose
                )
                assert set(referral.groups) <= set(covered)
        seen = {
            group
            for row in self.rows
            if row.because == "submitted" and (row.until is None or row.until > self.now)
            for group in row.scope
        }
        if seen:
            authority = self.agencies["authority"].pk
            assert seen <= set(
                identification_queries.covered(self.case, authority, at=self.now)
            )

    def whatever_was_asked_is_answered_or_runs(self) -> None:
        running = {(clock.subject, clock.purpose) for clock in self.running}
        wanted: dict[str, str] = {"accepted": "contact"}
        wanted |= dict.fromkeys(ASKED, "reply")
        for referral in self.referrals:
            if purpose := wanted.get(referral.state):
                assert (referral.code, purpose) in running
            elif referral.state == "withdrawn" and referral.recalled_at is not None:
                read = referral.recall_acknowledged_at is not None
                assert ((referral.code, "recall") in running) is not read
            else:
                assert referral.code not in {subject for subject, _ in running}

    def the_authority_owes_what_lies_on_its_desk(self) -> None:
        if self.formal is None:
            return
        purposes = {
            clock.purpose for clock in self.running if clock.subject == self.formal.code
        } - {"reconsideration"}
        closed = self.case.state == "closed"
        wanted: dict[str, list[set[str]]] = {
            "submitted": [{"decision"}],
            "possible": [set()] if closed else [{"reflection"}, {"conclusion"}],
        }
        assert purposes in wanted.get(self.formal.state, [set()])

    def decisions_have_reasons_and_four_eyes(self) -> None:
        if self.formal is None:
            return
        asked = list(
            Screening.objects.filter(case=self.case).values_list("interviewer", "begun_at")
        )
        for decision in self.formal.decisions.select_related("decided_by"):
            assert len(bytes(decision.reasons)) > len(REASONS)
            assert decision.decided_by.role == Role.IDENTIFICATION_OFFICER
            assert not [
                begun
                for interviewer, begun in asked
                if interviewer == decision.decided_by_id and begun <= decision.decided_at
            ]

    def a_reflection_period_lasts_its_minimum(self) -> None:
        if self.formal is None or self.formal.reflection_began_at is None:
            return
        began = self.formal.reflection_began_at
        assert self.formal.reflection_ends_at is not None
        assert self.formal.reflection_ends_at >= began + 30 * DAY
        concluded = Decision.objects.filter(
            identification=self.formal, stage="conclusive", decided_at__gt=began
        ).first()
        assert concluded is None or concluded.decided_at >= began + 30 * DAY

    def one_plan_runs_and_reviews_keep_their_order(self) -> None:
        plans = list(Plan.objects.filter(case=self.case).prefetch_related("reviews"))
        assert sum(plan.state in {"planned", "active"} for plan in plans) <= 1
        for plan in plans:
            rows = sorted(
                (r for r in plan.reviews.all() if r.kind == "planned"),
                key=lambda review: review.month or 0,
            )
            ended = [review.state in {"held", "not_held"} for review in rows]
            assert ended == sorted(ended, reverse=True)
            days = [review.held_on for review in rows if review.held_on]
            assert days == sorted(days)
            assert plan.state == "active" or "due" not in {review.state for review in rows}

    def a_closed_case_owes_nobody_anything_but_follow_ups(self) -> None:
        if self.case.state != "closed":
            return
        assert not {r.state for r in self.referrals} & {*ASKED, *TAKEN, "completed"}
        active = Consent.objects.filter(case=self.case, state=ConsentState.ACTIVE)
        assert not active.exists()
        purposes = {c.purpose for c in self.running if c.case == self.case.code}
        assert purposes <= {"follow_up", "recall", "case_request", "review"}
        assert {row.because for row in self.rows} <= {"owner", "assigned"}

    def no_child_is_on_an_adults_way(self) -> None:
        if self.formal is None or not self.case.person.is_child:
            return
        assert self.formal.state != "declined"
        assert self.formal.state != "submitted" or self.formal.best_interest is not None

    def nobody_is_shown_what_they_are_kept_apart_from(self) -> None:
        apart = Exclusion.objects.filter(case=self.case, ended_at__isnull=True)
        for agency in {exclusion.agency for exclusion in apart.select_related("agency")}:
            groups = {agency.supervisors_id, agency.focal_points_id, agency.officers_id}
            assert agency.pk == self.case.owner_id or not groups & {
                row.group_id for row in self.rows
            }

    def work_belongs_to_the_owner(self) -> None:
        """After a transfer nothing of the case is left with the old owner, but that a recall which
        it had sent is read."""
        tasks = Task.objects.filter(case=self.case.code, done_at__isnull=True)
        assert set(tasks.values_list("agency", flat=True)) <= {self.case.owner_id}
        senders = {
            clock.sender_id
            for clock in self.running
            if clock.case == self.case.code and clock.purpose != "recall"
        }
        assert senders <= {self.case.owner_id}


@pytest.mark.django_db
@pytest.mark.parametrize("half", [1, 2])
def test_the_four_machines_hold_together(half: int) -> None:
    Machines.made = Machines.steps = 0
    with time_machine.travel(START, tick=False):
        Machines.cast = Cast()

    # An example may end early; whatever it takes, each half walks its five thousand steps.
    for walk in itertools.count():
        if Machines.steps >= HALF:
            break
        Machines.walk = f"{half}.{walk}"
        run_state_machine_as_test(
            Machines,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )

    # Much of what is tried is refused, as it should be; enough is made to mean something.
    assert Machines.made > Machines.steps / 10

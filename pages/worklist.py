"""What asks something of the reader: deadlines, tasks, questions, answers and work of nobody's."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from agencies import queries as agency_queries
from agencies.models import Member
from agencies.policy import ADMINS
from agencies.roles import CASEWORK, Role
from cases import policy as case_policy
from cases import queries as case_queries
from cases.models import Case
from cases.workflow import OverrideState
from notify import policy as notify_policy
from notify.models import Task
from pages import duties, labels
from pages.leading import address_of
from pages.noticewords import ANSWERS, Line, line_of
from referral import queries

WEEK = dt.timedelta(days=7)
# So many rows make a list that somebody still reads, and so many give a first look at it.
MOST, FIRST = 100, 5


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is about, where that is read, until when and by whom."""

    what: Any
    code: str
    address: str = ""
    due_at: dt.datetime | None = None
    emergency: bool = False
    who: str = ""
    task: str = ""
    words: str = ""


class Work:
    """All that the work list of one reader is made from, each part looked up once."""

    def __init__(self, actor: Member, at: dt.datetime) -> None:
        self.actor, self.at = actor, at

    @cached_property
    def clocks(self) -> list[dict[str, Any]]:
        if self.actor.role == Role.COORDINATOR:
            late = queries.overdue(self.actor, at=self.at)
            return [each | {"overdue": True, "ours": False} for each in late]
        return queries.work_list(self.actor, at=self.at)

    @cached_property
    def tasks(self) -> list[Task]:
        return list(self.open_tasks()[: MOST + 1])

    def open_tasks(self) -> QuerySet[Task]:
        """What is still to be done, the nearest first."""
        waiting = notify_policy.tasks_visible_to(self.actor).filter(done_at__isnull=True)
        ordered = waiting.order_by(F("due_at").asc(nulls_last=True), "pk")
        return ordered.select_related("assignee")

    def of_clock(self, clock: dict[str, Any]) -> Row:
        if self.actor.role == Role.COORDINATOR:
            what = labels.clock(clock["purpose"])
        else:
            what = duties.of_clock(clock["purpose"], ours=clock["ours"])
        return Row(
            what=what,
            code=clock["case"] or clock["subject"],
            address=address_of(clock["subject"], self.actor),
            due_at=clock["due_at"],
            emergency=clock["emergency"],
            who=self._who_acts(clock),
        )

    def of_task(self, task: Task) -> Row:
        words = task.note and task.case and self.actor.role in CASEWORK
        notes = reverse("notes", kwargs={"code": task.case}) if words else ""
        return Row(
            what=duties.of_task(task.kind),
            code=task.case or task.subject,
            address=notes or address_of(task.subject, self.actor),
            due_at=task.due_at,
            who=self._name(task.assignee.username, task.assignee.known_as)
            if task.assignee
            else "",
            task=task.code,
        )

    def _who_acts(self, clock: dict[str, Any]) -> str:
        if self.actor.role == Role.COORDINATOR:
            return str(clock["receiver"])
        if not clock["ours"]:
            return str(clock["receiver_name"])
        who = clock["assignee"]
        return self._name(who, clock["assignee_name"]) if who else ""

    def _name(self, username: str, known_as: str) -> str:
        return pgettext("who", "you") if username == self.actor.username else known_as


def tasks_of_case(actor: Member, case: Case, *, at: dt.datetime) -> list[Row]:
    """What the reader has to do in this case besides its deadlines."""
    work = Work(actor, at)
    return [work.of_task(each) for each in work.open_tasks().filter(case=case.code)[:MOST]]


def overdue(work: Work) -> list[Row]:
    return [work.of_clock(each) for each in work.clocks if each["overdue"]]


def this_week(work: Work) -> list[Row]:
    soon = [
        each for each in work.clocks if not each["overdue"] and each["due_at"] <= work.at + WEEK
    ]
    return [work.of_clock(each) for each in soon]


def to_answer(work: Work) -> list[Row]:
    """Somebody waits for a yes or a no, or for a word."""
    asked = [
        work.of_clock(each)
        for each in work.clocks
        if each["ours"] and each["purpose"] in duties.ANSWERS
    ]
    questions = [work.of_task(each) for each in work.tasks if each.kind in duties.QUESTIONS]
    return [*asked, *questions, *_overrides(work)]


def unassigned(work: Work) -> list[Row]:
    cases = case_queries.nobodys(work.actor).order_by("pk")[:MOST]
    referrals = queries.nobodys(work.actor).order_by("reply_due_at", "pk")[:MOST]
    return [
        Row(
            what=gettext_lazy("A case without a worker"),
            code=each.code,
            address=reverse("case", kwargs={"code": each.code}),
            words=gettext("risk: %(risk)s") % {"risk": each.get_risk_display()},
        )
        for each in cases
    ] + [
        Row(
            what=gettext_lazy("A referral that nobody has taken up"),
            code=each.code,
            address=reverse("referral", kwargs={"code": each.code}),
            due_at=each.contact_due_at or each.reply_due_at,
            emergency=each.urgency == "emergency",
        )
        for each in referrals
    ]


def tasks(work: Work) -> list[Row]:
    return [work.of_task(each) for each in work.tasks]


def to_confirm(work: Work) -> list[Row]:
    """Entries of the directory that somebody should look at again."""
    on = timezone.localdate(work.at)
    return [
        Row(
            what=gettext_lazy("Say whether the entry is still right"),
            code=each.code,
            address=reverse("service", kwargs={"code": each.code}),
            words=each.name,
        )
        for each in agency_queries.to_confirm(work.actor, on=on)[: MOST + 1]
    ]


def news(work: Work) -> list[Line]:
    """Answers that have come and were not read yet."""
    unread = notify_policy.notices_visible_to(work.actor).filter(acknowledged_at__isnull=True)
    answers = unread.filter(event__kind__in=ANSWERS).select_related("event")
    return [line_of(each, work.actor) for each in answers.order_by("-pk")[: MOST + 1]]


def _overrides(work: Work) -> list[Row]:
    if work.actor.role != Role.SUPERVISOR:
        return []
    asked = case_policy.overrides_visible_to(work.actor).filter(state=OverrideState.ASKED)
    return [
        Row(
            what=gettext_lazy("Say whether it may be shared without consent"),
            code=each.case.code,
            address=address_of(each.code, work.actor),
        )
        for each in asked.select_related("case").order_by("pk")[:MOST]
    ]


Rows = list[Any]
DESK = CASEWORK | {Role.IDENTIFICATION_OFFICER}
SHARERS = frozenset({Role.SUPERVISOR, Role.FOCAL_POINT})


@dataclass(frozen=True, slots=True)
class Kind:
    """A part of the work list: its words, what fills it, and for which roles it is there."""

    title: Any
    fill: Callable[[Work], Rows]
    roles: frozenset[Role] = field(default=DESK)


# In the order of what presses most.
KINDS: dict[str, Kind] = {
    "overdue": Kind(pgettext_lazy("work list", "Overdue"), overdue, DESK | {Role.COORDINATOR}),
    "answer": Kind(pgettext_lazy("work list", "Waiting for your answer"), to_answer),
    "news": Kind(pgettext_lazy("work list", "Answers that came"), news),
    "week": Kind(pgettext_lazy("work list", "Due this week"), this_week),
    "unassigned": Kind(pgettext_lazy("work list", "Unassigned"), unassigned, SHARERS),
    "tasks": Kind(pgettext_lazy("work list", "Tasks"), tasks, frozenset(Role)),
    "entries": Kind(pgettext_lazy("work list", "Entries to check"), to_confirm, ADMINS),
}


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    title: Any
    rows: Rows

    @property
    def count(self) -> str:
        return f"{MOST}+" if len(self.rows) > MOST else str(len(self.rows))

    @property
    def first(self) -> Rows:
        return self.rows[:FIRST]

    @property
    def shown(self) -> Rows:
        return self.rows[:MOST]

    @property
    def more(self) -> bool:
        return len(self.rows) > FIRST


def sections(actor: Member, at: dt.datetime) -> list[Section]:
    """Every part of the reader's work list."""
    work = Work(actor, at)
    return [
        Section(name, kind.title, kind.fill(work))
        for name, kind in KINDS.items()
        if actor.role in kind.roles
    ]

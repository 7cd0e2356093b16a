"""What `.ci/run` holds, free of noise: pages touched and the shape of plans, never a time; and that who may
see what is what the rule says."""

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import transaction

from benchmarks import lists, shape
from benchmarks.fill import NOW
from benchmarks.measure import Plan, explained, undone
from cases.models import Case, CaseAccess
from referral import queries

Say = Callable[[str], None]
# Pages of the database that one page of a list may touch, whoever asks: as measured, and a tenth more.
# With ten times the cases an index may be one level deeper.
MOST = {
    "ours": {10_000: 320, 100_000: 370, 1_000_000: 370},
    "ours_walled": {10_000: 510, 100_000: 560, 1_000_000: 560},
    "page_2000": {10_000: 320, 100_000: 370, 1_000_000: 380},
    "cut_state": {10_000: 430, 100_000: 470, 1_000_000: 680},
    "cut_late": {10_000: 590, 100_000: 620, 1_000_000: 650},
    "cut_ours": {10_000: 590, 100_000: 620, 1_000_000: 650},
    "cut_theirs": {10_000: 590, 100_000: 620, 1_000_000: 600},
    "cut_high_risk": {10_000: 430, 100_000: 470, 1_000_000: 680},
    "cut_nobody": {10_000: 430, 100_000: 470, 1_000_000: 520},
    "cut_worker": {10_000: 430, 100_000: 470, 1_000_000: 680},
    "sent": {10_000: 820, 100_000: 820, 1_000_000: 900},
    "waiting": {10_000: 1_300, 100_000: 1_300, 1_000_000: 1_400},
    "untaken": {10_000: 330, 100_000: 330, 1_000_000: 400},
}
# Nobody reads one of these from one end to the other for a page.
LARGE = frozenset(shape.TABLES)
# Of how many cases one is asked for who should see it.
ONE_OF = 20


def wrong(name: str, plan: Plan, *, cases: int) -> list[str]:
    """What is wrong with the plan of this question, in words."""
    found = []
    allowed = MOST[name][cases]
    if plan.buffers > allowed:
        found.append(f"touches {plan.buffers} pages, {allowed} are allowed")
    if plan.hashed:
        found.append("gathers all that may be seen first (hashed SubPlan)")
    found += [f"reads all of {table}" for table in sorted(LARGE & set(plan.scanned))]
    return found


def held(db: psycopg.Connection[Any], *, cases: int, say: Say) -> bool:
    """Whether every question holds for every kind of agency, and the access table is what the rule
    says; what does not hold is said."""
    well = True
    for asker in lists.askers():
        for name in MOST:
            with undone(db):
                if name in lists.WALLED | lists.REFERRALS:
                    lists.say_who(db, asker.member)
                plan = explained(db, *lists.question(name, asker.member))
            for words in wrong(name, plan, cases=cases):
                say(f"{asker.kind}, {name}: {words}")
                well = False
    return _sees_a_bad_plan(db, cases=cases, say=say) & _access_is_right(cases, say=say) & well


def _sees_a_bad_plan(db: psycopg.Connection[Any], *, cases: int, say: Say) -> bool:
    """The control: the usual way must not pass, or the gate would hold nothing."""
    for asker in lists.askers():
        with undone(db):
            plan = explained(db, *lists.by_or(asker.member))
        if wrong("ours", plan, cases=cases):
            return True
    say("the control passes: this gate sees no bad plan")
    return False


def _access_is_right(cases: int, *, say: Say) -> bool:
    """Whether the rows of the access table are those that follow from owners, workers, referrals and
    consents, worked out from scratch; and, as the control, whether one that is missing is seen."""
    some = Case.objects.select_related("owner", "worker").filter(
        pk__in=range(1, cases + 1, ONE_OF)
    )
    differing = [case for case in some.order_by("pk") if _differs(case)]
    if differing:
        say(f"who may see {len(differing)} of {len(some)} cases is not what the rule says")
    with transaction.atomic():
        CaseAccess.objects.filter(content_object=some[0]).delete()
        seen = _differs(some[0])
        transaction.set_rollback(True)
    if not seen:
        say("the control passes: this gate sees no missing row")
    return seen and not differing


def _differs(case: Case) -> bool:
    return queries.expected_access(case, at=NOW) != queries.stored_access(case, at=NOW)

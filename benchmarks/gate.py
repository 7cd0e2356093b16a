"""What `.ci/run` holds, free of noise: pages touched and the shape of plans, never a time."""

from typing import Any

import psycopg

from benchmarks import lists, shape
from benchmarks.measure import Plan, explained, undone

# Pages of the database that one page of a list may touch, whoever asks and however many cases there are.
# As measured at 10,000 cases, and a tenth more; at 100,000 an index may be one level deeper.
MOST = {
    "ours": {10_000: 450, 100_000: 560},
    "ours_walled": {10_000: 720, 100_000: 880},
    "page_2000": {10_000: 450, 100_000: 560},
    "cut_state": {10_000: 770, 100_000: 1_000},
    "cut_late": {10_000: 750, 100_000: 1_000},
    "cut_ours": {10_000: 750, 100_000: 1_000},
    "cut_theirs": {10_000: 750, 100_000: 1_000},
    "sent": {10_000: 820, 100_000: 820},
    "waiting": {10_000: 1_300, 100_000: 1_300},
    "untaken": {10_000: 330, 100_000: 330},
}
# Nobody reads one of these from one end to the other for a page.
LARGE = frozenset(shape.TABLES)


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


def held(db: psycopg.Connection[Any], *, cases: int, say: Any) -> bool:
    """Whether every question holds for every kind of agency; what does not is said."""
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
    return well and _sees_the_difference(db, cases=cases, say=say)


def _sees_the_difference(db: psycopg.Connection[Any], *, cases: int, say: Any) -> bool:
    """The control: the usual way must not pass, or the gate would hold nothing."""
    for asker in lists.askers():
        with undone(db):
            plan = explained(db, *lists.by_or(asker.member))
        if wrong("ours", plan, cases=cases):
            return True
    say("the control passes: this gate sees nothing")
    return False

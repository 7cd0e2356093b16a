"""Compare what was asked and answered with what the database holds and the mail server took.

Four words: lost (answered, or owed, and not there), ghost (there, and nobody asked for it), double
(there twice), half (a part of one act without the rest, or something held that nobody holds).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count

from agencies.models import Member
from agencies.roles import Role
from benchmarks.chaos.notes import Act, Mails
from edge.models import RepeatedKey
from notify.models import Clock, Delivery, Event, Task
from referral.models import Disclosure, Referral

LOST, GHOST, DOUBLE, HALF = "lost", "ghost", "double", "half"
WORDS = (LOST, GHOST, DOUBLE, HALF)
MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class Deed:
    """What an act leaves behind: a state, a line of the timeline and the log, a notice."""

    state: str
    entry: str
    notice: str = ""
    to_receiver: bool = False


# In the order in which they happen to one referral.
DEEDS = {
    "draft": Deed("draft", "referral.drafted"),
    "send": Deed("sent", "referral.send", "referral.sent", to_receiver=True),
    "look": Deed("received", "referral.receive", "referral.seen"),
    "accept": Deed("accepted", "referral.accept", "referral.accepted"),
    "decline": Deed("declined", "referral.decline", "referral.declined"),
}
# Of these the clocks must run: what waits for an answer, and for a first meeting.
CLOCK_OF = {"sent": "reply", "received": "reply", "accepted": "contact"}
NOTICES = {deed.notice: deed for deed in DEEDS.values() if deed.notice}


@dataclass(slots=True)
class Found:
    """How much of each, the first of them by name, and plain numbers beside."""

    counts: Counter[str] = field(default_factory=Counter)
    named: list[str] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)

    def add(self, word: str, what: str) -> None:
        self.counts[word] += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(f"{word}: {what}")

    @property
    def well(self) -> bool:
        return not any(self.counts[word] for word in WORDS)


class Held(NamedTuple):
    """A referral in the database."""

    code: str
    state: str
    case: str
    service: str
    receiver: int
    worker: str


class Running(NamedTuple):
    """A clock that was not stopped, and how many rungs its ladder has."""

    subject: str
    purpose: str
    rungs: int


@dataclass(slots=True)
class There:
    """What the database holds of the referrals of a run, gathered in a few queries."""

    referrals: dict[str, Held]
    entries: Counter[tuple[str, str]]
    log: Counter[tuple[str, str]]
    notices: dict[tuple[str, str], list[int]]
    told: dict[int, set[tuple[str, str]]]
    disclosed: Counter[str]
    clocks: dict[str, list[Running]]
    reroutes: Counter[str]
    keys: dict[tuple[str, str], str]


def count(acts: list[Act], mails: Mails) -> Found:
    found, there = Found(), _there()
    acts = [act for act in acts if act.what in DEEDS]
    by_code = _acts_on_referrals(acts, there, found)
    for code, mine in by_code.items():
        if referral := there.referrals.get(code):
            _one_referral(referral, mine, there, found)
    for code in there.referrals.keys() - by_code.keys():
        found.add(GHOST, f"{code} was drafted by nobody")
    _events(there, found)
    _mails(mails, found)
    found.numbers |= _summed(acts, there)
    return found


def _there() -> There:
    clocks, notices = defaultdict(list), defaultdict(list)
    told: dict[int, set[tuple[str, str]]] = defaultdict(set)
    running = Clock.objects.filter(stopped_at__isnull=True).annotate(steps=Count("rungs"))
    for row in running.values_list("subject", "purpose", "steps"):
        clocks[row[0]].append(Running(*row))
    for pk, kind, subject in Event.objects.order_by("pk").values_list("pk", "kind", "subject"):
        notices[subject, kind].append(pk)
    for event, member, channel in Delivery.objects.values_list(
        "event_id", "member__username", "channel"
    ):
        told[event].add((member, channel))
    return There(
        referrals={each.code: each for each in _referrals()},
        entries=_tally("SELECT about, event, count(*) FROM cases_timelineentry GROUP BY 1, 2"),
        log=_tally("SELECT about, event, count(*) FROM audit_auditevent GROUP BY 1, 2"),
        notices=notices,
        told=told,
        disclosed=Counter(Disclosure.objects.values_list("referral__code", flat=True)),
        clocks=clocks,
        reroutes=Counter(Task.objects.filter(kind="reroute").values_list("subject", flat=True)),
        keys={
            (_name_of(number), key): answer
            for number, key, answer in RepeatedKey.objects.values_list(
                "member_id", "key", "answer"
            )
        },
    )


def _referrals() -> Iterable[Held]:
    rows = Referral.objects.order_by("pk").values_list(
        "code", "state", "case__code", "service__code", "receiver_id", "case__worker__username"
    )
    return (Held(*row) for row in rows.iterator())


def _tally(sql: str) -> Counter[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return Counter({(about, event): number for about, event, number in cursor.fetchall()})


_names: dict[int, str] = {}


def _name_of(number: int) -> str:
    if number not in _names:
        _names.update(Member.objects.values_list("pk", "username"))
    return _names[number]


def _acts_on_referrals(
    acts: list[Act], there: There, found: Found
) -> dict[str, dict[str, Act]]:
    """The acts by the referral they are about. A draft without an answer is found by its key."""
    pairs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for referral in there.referrals.values():
        pairs[referral.case, referral.service].append(referral.code)
    by_code: dict[str, dict[str, Act]] = defaultdict(dict)
    for act in acts:
        code = act.code
        if act.what == "draft":
            made = pairs[act.case, act.service]
            code = _drafted(act, made, there, found)
            for other in made:
                by_code.setdefault(other, {})
        if code:
            by_code[code][act.what] = act
        _answer(act, code, there, found)
    return by_code


def _drafted(act: Act, made: list[str], there: There, found: Found) -> str:
    """The code of what was drafted. Each case and service was asked for once, with one key."""
    for _ in made[1:]:
        found.add(DOUBLE, f"{len(made)} referrals for one key: {made}")
    code = act.said if act.done else there.keys.get((act.who, act.key), "")
    if act.done and code not in made:
        found.add(LOST, f"{code} was answered and is not there")
    return code


def _answer(act: Act, code: str, there: There, found: Found) -> None:
    """Nothing of a run may be refused, and no key be left without what came of it."""
    if act.status >= 400:
        found.add(HALF, f"{act.what} {code or act.case}: refused, {act.status} {act.said}")
    if there.keys.get((act.who, act.key), "whole") == "":
        found.add(HALF, f"{act.what} {code}: its key has no answer")


def _one_referral(referral: Held, mine: dict[str, Act], there: There, found: Found) -> None:
    code, state = referral.code, ""
    for what, deed in DEEDS.items():
        act = mine.get(what)
        parts = {
            "timeline": there.entries[code, deed.entry],
            "log": there.log[code, deed.entry],
            **({"notice": len(there.notices[code, deed.notice])} if deed.notice else {}),
        }
        _parts(f"{what} {code}", parts, act, found)
        if parts["timeline"]:
            state = deed.state
    if referral.state != state:
        found.add(HALF, f"{code} is {referral.state}, its timeline says {state}")
    _beside(referral, there, found)


def _parts(name: str, parts: dict[str, int], act: Act | None, found: Found) -> None:
    done = max(parts.values())
    for part, number in parts.items():
        if number > 1:
            found.add(DOUBLE, f"{name}: {number} times in the {part}")
        elif number == 0 and act is not None and act.done:
            found.add(LOST, f"{name}: answered, nothing in the {part}")
        elif number == 0 and done:
            found.add(HALF, f"{name}: nothing in the {part}")
    if done and act is None:
        found.add(GHOST, f"{name}: nobody asked")


def _beside(referral: Held, there: There, found: Found) -> None:
    """What must stand beside a referral in this state, exactly."""
    code, state = referral.code, referral.state
    _exactly(f"disclosure of {code}", there.disclosed[code], int(state != "draft"), found)
    _exactly(f"reroute of {code}", there.reroutes[code], int(state == "declined"), found)
    running = there.clocks[code]
    wanted = CLOCK_OF.get(state)
    purposes = [clock.purpose for clock in running]
    _exactly(
        f"clock of {code} ({state})", purposes.count(wanted or ""), int(bool(wanted)), found
    )
    for clock in running:
        if clock.purpose != wanted:
            found.add(HALF, f"{code} is {state}, and its clock for {clock.purpose} runs")
        elif not clock.rungs:
            found.add(LOST, f"the clock of {code} has no rungs")


def _exactly(name: str, number: int, wanted: int, found: Found) -> None:
    if number < wanted:
        found.add(LOST, name)
    elif number > wanted:
        found.add(DOUBLE if wanted else GHOST, name)


def _events(there: There, found: Found) -> None:
    """Every notice is about a referral that is there, and went to exactly whom it is for."""
    focal: dict[int, list[str]] = defaultdict(list)
    for agency, name in Member.objects.filter(role=Role.FOCAL_POINT).values_list(
        "agency_id", "username"
    ):
        focal[agency].append(name)
    for (subject, kind), events in list(there.notices.items()):
        deed = NOTICES.get(kind)
        if deed is None or not events:
            continue
        referral = there.referrals.get(subject)
        if referral is None:
            found.add(GHOST, f"{kind} {subject}: there is no such referral")
            continue
        names = focal[referral.receiver] if deed.to_receiver else [referral.worker]
        wanted = {(name, channel) for name in names for channel in Delivery.Channel.values}
        for event in events:
            for name, channel in wanted - there.told[event]:
                found.add(LOST, f"{kind} {subject}: {name} is not told, {channel}")
            for name, channel in there.told[event] - wanted:
                found.add(GHOST, f"{kind} {subject}: {name} is told, {channel}")


def _mails(mails: Mails, found: Found) -> None:
    """Each mail that is owed was taken once; each that was taken is owed."""
    tasks = set(Task.objects.filter(kind="dead_letter").values_list("subject", flat=True))
    rows = Delivery.objects.filter(channel="email").select_related("member")
    known: set[str] = set()
    tally: Counter[str] = Counter()
    for row in rows.iterator():
        number = f"<{row.message_id.hex}@safehand.invalid>"
        known.add(number)
        tally[row.state] += 1
        taken = mails.taken[number]
        if taken > 1:
            tally["taken more than once"] += 1
            tally["repeats"] += taken - 1
        if taken and mails.to[number] != row.member.email:
            found.add(GHOST, f"mail {row.code} went to somebody else")
        if row.leased_until is not None or row.leased_by is not None:
            found.add(HALF, f"mail {row.code} is still held")
        _one_mail(row, number, mails, tasks, found)
    for number in mails.taken.keys() - known:
        found.add(GHOST, f"mail {number} is of no notice")
    found.numbers["mails"] = {
        "owed": len(known), "delivered": tally["done"],
        "refused for good, each a task for a human": tally["dead"],
        "not delivered": tally["pending"], "taken more than once": tally["taken more than once"],
        "repeats": tally["repeats"],
    }  # fmt: skip


def _one_mail(row: Delivery, number: str, mails: Mails, tasks: set[str], found: Found) -> None:
    if row.state == Delivery.State.DONE:
        if not mails.taken[number]:
            found.add(LOST, f"mail {row.code} is said to be delivered and was never taken")
    elif row.state == Delivery.State.DEAD and number in mails.refused:
        if row.code not in tasks:
            found.add(LOST, f"mail {row.code} was given up and nobody was told")
    else:
        found.add(LOST, f"mail {row.code} is {row.state} ({row.last_error})")


def _summed(acts: list[Act], there: There) -> dict[str, Any]:
    tries: Counter[str] = Counter()
    for act in acts:
        tries.update(act.tries)
    states = Counter(referral.state for referral in there.referrals.values())
    return {
        "acts": {
            "asked": len(acts), "answered": sum(act.done for act in acts),
            "never answered": sum(not act.status for act in acts),
            "repeated": sum(bool(act.tries) for act in acts),
            "answered from memory": sum(act.replayed for act in acts),
        },
        "tries without an answer": dict(sorted(tries.items())),
        "referrals": dict(sorted(states.items())),
    }  # fmt: skip

"""Compare what partners' systems were owed with what the database says of it and with what they took.

Owed is every notice of a referral to each agency that has a system. It was taken, maybe more than once by
the same number; or it is dead or waits, with a reason, at an address that was switched off.
"""

from collections import Counter, defaultdict
from urllib.parse import urlsplit

from agencies.models import Agency
from benchmarks.chaos.counting import GHOST, HALF, LOST, NOTICES, Found
from benchmarks.chaos.notes import Calls
from notify.models import Announcement, Call, Endpoint, Event
from referral.models import Referral


def count(heard: Calls, found: Found) -> None:
    _announced(found)
    endpoints = {each.pk: each for each in Endpoint.objects.all()}
    _called(endpoints, found)
    known: set[tuple[str, str]] = set()
    tally: Counter[str] = Counter()
    rows = Call.objects.filter(announcement__isnull=False).select_related("announcement")
    told = set(
        Event.objects.filter(kind__startswith="endpoint.").values_list("subject", flat=True)
    )
    for call in rows.iterator(chunk_size=2000):
        endpoint = endpoints[call.endpoint_id]
        key = urlsplit(endpoint.url).path, str(call.number)
        known.add(key)
        tally[call.state] += 1
        tally["repeats"] += max(0, heard.taken[key] - 1)
        _one(call, endpoint, heard.taken[key], told, found)
    for endpoint in endpoints.values():
        if endpoint.leased_by is not None:
            found.add(HALF, f"{endpoint.code} is still held")
    for path, number in heard.taken.keys() - known:
        found.add(GHOST, f"{path} was told {number}, which is nothing")
    for _ in range(heard.unsigned):
        found.add(GHOST, "a call that is not signed")
    found.numbers["calls"] = {
        "owed": len(known), "delivered": tally["done"], "dead": tally["dead"],
        "kept for one that is switched off": tally["pending"], "repeats": tally["repeats"],
        "switched off": sum(each.state == Endpoint.State.DISABLED for each in endpoints.values()),
    }  # fmt: skip


def _announced(found: Found) -> None:
    """Each notice of a referral is announced to whom it is for, and to nobody else."""
    with_systems = set(Agency.objects.filter(has_systems=True).values_list("pk", flat=True))
    sides = {
        code: {False: sender, True: receiver}
        for code, sender, receiver in Referral.objects.values_list(
            "code", "sender_id", "receiver_id"
        )
    }
    announced: dict[int, set[int]] = defaultdict(set)
    for event, agency in Announcement.objects.values_list("event_id", "agency_id"):
        announced[event].add(agency)
    for pk, kind, subject in Event.objects.filter(kind__in=NOTICES).values_list(
        "pk", "kind", "subject"
    ):
        if subject not in sides:
            continue
        wanted = {sides[subject][NOTICES[kind].to_receiver]} & with_systems
        for _ in wanted - announced[pk]:
            found.add(LOST, f"{kind} {subject}: the system is not told")
        for _ in announced[pk] - wanted:
            found.add(GHOST, f"{kind} {subject}: another system is told")


def _called(endpoints: dict[int, Endpoint], found: Found) -> None:
    """A call for each, at every address that is called."""
    calls: dict[int, set[int]] = defaultdict(set)
    for announcement, endpoint in Call.objects.filter(announcement__isnull=False).values_list(
        "announcement_id", "endpoint_id"
    ):
        calls[announcement].add(endpoint)
    active: dict[int, set[int]] = defaultdict(set)
    for each in endpoints.values():
        if each.state == Endpoint.State.ACTIVE:
            active[each.agency_id].add(each.pk)
    for pk, agency, number in Announcement.objects.values_list("pk", "agency_id", "uid"):
        for missing in active[agency] - calls[pk]:
            found.add(LOST, f"{number} was never to be called at {endpoints[missing].code}")


def _one(call: Call, endpoint: Endpoint, taken: int, told: set[str], found: Found) -> None:
    off = endpoint.state == Endpoint.State.DISABLED
    if call.state == Call.State.DONE:
        if not taken:
            found.add(LOST, f"call {call.uid} is said to be delivered and was never taken")
    elif call.state == Call.State.DEAD:
        if not (call.status or call.last_error):
            found.add(HALF, f"call {call.uid} is dead for no reason")
        if endpoint.code not in told:
            found.add(LOST, f"call {call.uid} is dead and nobody was told")
    elif not off:
        found.add(LOST, f"call {call.uid} still waits ({call.status or call.last_error})")

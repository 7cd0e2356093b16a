"""Reads: whose time is over, who was shown what, what a certificate says."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.calendar import day_of
from agencies.models import REAL, Agency, Member
from cases.deadlines import months_later
from cases.models import Case, Hold
from cases.workflow import State
from custody.models import Tombstone
from guard.models import BreakGlass
from identification.models import Identification
from identification.queries import NEEDED
from kernel.groups import EVERY_GROUP, in_order
from referral.models import Referral, Transfer
from referral.workflow import TransferState
from rights import policy, rules
from rights.models import Batch, Demand, Item
from rights.workflow import WAITING, BatchState, ItemState

# People are looked at one by one before they are erased: more than this nobody looks at.
MOST = 50
ONCE_A_DAY = dt.timedelta(hours=20)


def due_of(
    agency: Agency, *, at: dt.datetime, most: int = MOST
) -> list[tuple[Case, rules.Due]]:
    """Cases of the agency of whose persons the time is over and that nothing holds."""
    return list(islice(_due(agency, at), most))


def _due(agency: Agency, at: dt.datetime) -> Iterator[tuple[Case, rules.Due]]:
    seen: set[int] = set()
    for case in _candidates(agency, at).iterator(chunk_size=500):
        if case.person_id in seen:
            continue
        seen.add(case.person_id)
        found = rules.due_of_person(case.person_id)
        if found is not None and found.on <= day_of(agency, at):
            yield case, found


def _candidates(agency: Agency, at: dt.datetime) -> QuerySet[Case]:
    """What may be due: the exact day of each is worked out afterwards."""
    long_ago = Q(pk__in=[])
    for rule in rules.rules():
        before = at - (at.date() - months_later(at.date(), -rule.months))
        fits = Q(person__age_band__in=rules.bands_of(rule))
        if rule.counts_from == "registered":
            long_ago |= fits & Q(state=State.DRAFT, registered_at__lte=before)
            continue
        if rule.closures:
            fits &= Q(closure__in=rule.closures)
        long_ago |= fits & Q(state=State.CLOSED, closed_at__lte=before)
    rows = Case.objects.filter(long_ago, owner=agency).exclude(person__ring_key="")
    return (
        rows.exclude(Exists(_held()))
        .exclude(Exists(_in_a_batch(at)))
        .select_related("person", "owner")
        .order_by("pk")
    )


def _held() -> QuerySet[Hold]:
    return Hold.objects.filter(case__person=OuterRef("person"), ended_at__isnull=True)


def _in_a_batch(at: dt.datetime) -> QuerySet[Item]:
    kept = Q(state=ItemState.KEPT_BACK, kept_until__gt=at.date())
    return Item.objects.filter(Q(state=ItemState.PROPOSED) | kept, case=OuterRef("pk"))


def agencies_without_batch(at: dt.datetime) -> list[Agency]:
    """The real agencies of which nothing waits that a clock has proposed, and to which none has proposed
    anything today: what was refused is not asked again within the hour."""
    by_clock = Batch.objects.filter(agency=OuterRef("pk"), proposed_by__isnull=True)
    there = by_clock.filter(Q(state__in=WAITING) | Q(proposed_at__gt=at - ONCE_A_DAY))
    real = Agency.objects.filter(space=REAL)
    return list(real.exclude(Exists(there)).order_by("pk"))


def approved() -> list[str]:
    """The batches that two people have approved and that are not carried out yet."""
    rows = Batch.objects.filter(state=BatchState.APPROVED)
    return list(rows.order_by("pk").values_list("code", flat=True))


def waiting_in(code: str) -> list[Item]:
    """Who is still to be erased of an approved batch."""
    rows = Item.objects.filter(
        batch__code=code, batch__state=BatchState.APPROVED, state=ItemState.PROPOSED
    )
    return list(rows.order_by("pk"))


def shown_to(case: Case) -> dict[Agency, list[str]]:
    """Every agency but the owner that was ever shown something of the case, and which groups."""
    shown: dict[int, set[str]] = defaultdict(set)
    sent = Referral.objects.filter(case=case, sent_at__isnull=False)
    for receiver, groups in sent.values_list("receiver", "groups"):
        shown[receiver] |= {*groups, "triage"}
    submitted = Identification.objects.filter(case=case, submitted_at__isnull=False)
    for authority in submitted.exclude(authority=None).values_list("authority", flat=True):
        shown[authority] |= NEEDED
    for agency, groups in BreakGlass.objects.filter(case=case).values_list("agency", "groups"):
        shown[agency] |= set(groups)
    handed_on = Transfer.objects.filter(case=case, state=TransferState.ACCEPTED)
    for sender in handed_on.values_list("sender", flat=True):
        shown[sender] |= EVERY_GROUP
    shown.pop(case.owner_id, None)
    agencies = Agency.objects.in_bulk(shown)
    return {agencies[key]: in_order(shown[key]) for key in sorted(shown)}


@dataclass(frozen=True, slots=True)
class Certificate:
    """That a person was erased: when, by whose decision and under which rule, and what those say
    who had been shown something."""

    stone: Tombstone
    agency: Agency | None
    item: Item | None
    demands: list[Demand]

    @property
    def is_answered(self) -> bool:
        return all(demand.answered_at for demand in self.demands)


def certificate(actor: Member, person: str) -> Certificate:
    """Raises Tombstone.DoesNotExist where nobody of that code was erased or the actor may not know
    of it: data protection and the supervisors of the owner may."""
    stone = policy.stones_visible_to(actor).get(person=person)
    cases = Case.objects.filter(code__in=stone.cases).select_related("owner").order_by("pk")
    case = cases.first()
    items = Item.objects.filter(case__code__in=stone.cases, state=ItemState.ERASED)
    demands = policy.demands_visible_to(actor).filter(case_code__in=stone.cases)
    return Certificate(
        stone,
        None if case is None else case.owner,
        items.select_related("batch").order_by("pk").first(),
        list(demands.select_related("agency", "answered_by").order_by("agency__name", "pk")),
    )

"""A search for Tasks: what may be asked, and what is found. What is not known is refused: a filter
that is passed over would show more than was asked for."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from agencies.models import Member
from agencies.roles import CASEWORK
from edge import paging
from exchange.fhir.codes import TASK_STATUS, states_of
from exchange.fhir.moments import MOMENT
from kernel.errors import Invalid
from referral import queries
from referral.models import Referral
from referral.workflow import Party

MOST = 50
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
COMPARED = {"ge": "gte", "gt": "gt", "le": "lte", "lt": "lt"}
OF_DAYS = frozenset({"gte", "lt"})
PARAMETERS = frozenset(
    {"status", "owner", "requester", "_lastUpdated", "_count", "_format", "after"}
)


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for: which side's, with which conditions, how many, and from where on."""

    side: Party
    conditions: Q
    count: int
    below: int


def read(query: Mapping[str, list[str]], *, actor: Member) -> Search:
    """The search that an address asks for. Raises Invalid at the parameter that is wrong."""
    for name in sorted(query):
        if name not in PARAMETERS:
            raise Invalid("unknown_parameter", pointer=_pointer(name))
    one = {name: values[0] for name, values in query.items() if values}
    owner, requester = (_agency(one.get(name, ""), name) for name in ("owner", "requester"))
    sent = requester == actor.agency_code
    conditions = _statuses(one.get("status", "")) & _since(query.get("_lastUpdated", []))
    if sent and owner:
        conditions &= Q(receiver__code=owner)
    if not sent and requester:
        conditions &= Q(sender__code=requester)
    if not sent and owner and owner != actor.agency_code:
        conditions &= Q(pk__in=[])
    return Search(
        Party.SENDER if sent else Party.RECEIVER,
        conditions,
        _count(one.get("_count", str(MOST))),
        paging.start_at(one.get("after", "")),
    )


def found(search: Search, *, actor: Member) -> list[Referral]:
    """The newest of what the actor's side sees of them, one more than was asked for."""
    rows = [
        row
        for part in _parts(search.side, actor)
        for row in part.filter(search.conditions, sent_at__isnull=False, pk__lt=search.below)
        .select_related("sender", "receiver")
        .order_by("-pk")[: search.count + 1]
    ]
    return sorted(rows, key=lambda row: -row.pk)[: search.count + 1]


def _parts(side: Party, actor: Member) -> list[QuerySet[Referral]]:
    """What was sent is asked for in parts, each with an index that has its order."""
    if actor.role not in CASEWORK:
        return []
    if side is Party.SENDER:
        return queries.sent(actor)
    return [queries.received(actor)]


def _statuses(said: str) -> Q:
    """One or more of the states of a Task, parted by commas."""
    if not said:
        return Q()
    wanted = set(said.split(","))
    if not wanted <= set(TASK_STATUS.values()):
        raise Invalid("unknown_code", pointer=_pointer("status"))
    return Q(state__in=states_of(wanted))


def _since(said: list[str]) -> Q:
    """Each moment with the two letters of how it is compared."""
    conditions = Q()
    for each in said:
        compared = COMPARED.get(each[:2], "")
        moment = _moment(each[2:], of_days=compared in OF_DAYS)
        if not compared or moment is None:
            raise Invalid("not_a_moment", pointer=_pointer("_lastUpdated"))
        conditions &= Q(**{f"changed_at__{compared}": moment})
    return conditions


def _moment(said: str, *, of_days: bool) -> dt.datetime | None:
    """A moment; a day is the moment at which it begins, where that is what is meant."""
    # An unescaped plus of a zone arrives as a blank.
    said = said.replace(" ", "+")
    if of_days and DAY.fullmatch(said):
        said += "T00:00:00Z"
    try:
        return parse_datetime(said) if MOMENT.fullmatch(said) else None
    except ValueError:
        return None


def _agency(said: str, name: str) -> str:
    """The code of an agency, by itself or as a reference."""
    kind, _, code = said.rpartition("/")
    if kind not in {"", "Organization"}:
        raise Invalid("unknown_agency", pointer=_pointer(name))
    return code


def _count(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(MOST))):
        raise Invalid("count_out_of_range", pointer=_pointer("_count"))
    if not 1 <= int(said) <= MOST:
        raise Invalid("count_out_of_range", pointer=_pointer("_count"))
    return int(said)


def _pointer(name: str) -> str:
    """Of a part of the address, not of a resource."""
    return f"?{name}"

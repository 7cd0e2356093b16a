"""Who is kept apart from a case: an agency, a member, a place. It beats every grant, and nobody is
told why."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from agencies.models import Agency, Member, Service
from cases.models import Case, Exclusion
from kernel.errors import Invalid

LIVE = Q(ended_at__isnull=True)


@dataclass(frozen=True, slots=True)
class Whom:
    """Who or what is kept apart, or let near again: an agency, a member or a place, one of them."""

    agency: Agency | None = None
    member: Member | None = None
    district: str = ""

    def __post_init__(self) -> None:
        if sum(map(bool, (self.agency, self.member, self.district))) != 1:
            raise Invalid("name_one_to_keep_apart", pointer="/agency")

    @property
    def column(self) -> dict[str, Any]:
        """The one column of an exclusion that names it."""
        columns = {"agency": self.agency, "member": self.member, "district": self.district}
        return {kind: value for kind, value in columns.items() if value}

    @property
    def kind(self) -> str:
        return next(iter(self.column))

    @property
    def name(self) -> dict[str, str]:
        """As the journal outside the database says it: its kind and its code."""
        if self.agency is not None:
            return {"agency": self.agency.code}
        if self.member is not None:
            return {"member": self.member.username}
        return {"district": self.district}


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody wanted to bring a case and somebody who is kept apart from it together; or asked
    for a code that may be none at all, which must look and cost the same."""

    case: str
    what: str


# What was attempted in this request. The refusal undoes the request, so the edge writes it down
# afterwards, in a transaction of its own (config/middleware.py).
attempted: ContextVar[list[Attempt] | None] = ContextVar("attempted", default=None)


def note_attempt(case: str, what: str) -> None:
    """Remember it until the request has ended."""
    if (noted := attempted.get()) is not None:
        noted.append(Attempt(case, what))


@dataclass(frozen=True, slots=True)
class Apart:
    """All whose help is not possible in a case."""

    agencies: frozenset[int]
    districts: frozenset[str]

    def bars(self, service: Service) -> bool:
        """Whether the service is of an agency that is kept apart, or works in such a place."""
        places = {*service.districts, service.agency.district}
        return service.agency_id in self.agencies or not self.districts.isdisjoint(places)


def of_case(case: Case) -> Apart:
    """Every agency and place that is kept apart from the case now; one query."""
    rows = Exclusion.objects.filter(LIVE, case=case).values_list("agency_id", "district")
    found = list(rows)
    return Apart(
        frozenset(agency for agency, _ in found if agency is not None),
        frozenset(district for _, district in found if district),
    )


def is_agency(case: Case, agency_id: int) -> bool:
    """Whether the agency, or the place where it is, is kept apart from the case."""
    place = Agency.objects.filter(pk=agency_id).exclude(district="").values("district")
    barred = Q(agency=agency_id) | Q(district__in=place)
    return Exclusion.objects.filter(LIVE, barred, case=case).exists()


def barring(case: Case, service: Service) -> QuerySet[Exclusion]:
    """What keeps this service apart from the case now, to be asked for together with other things."""
    places = {*service.districts, service.agency.district} - {""}
    barred = Q(agency=service.agency_id) | Q(district__in=sorted(places))
    return Exclusion.objects.filter(LIVE, barred, case=case)


def is_named(case_id: int, member: Member) -> bool:
    """Whether the member in person is kept apart from the case."""
    return Exclusion.objects.filter(LIVE, case=case_id, member=member).exists()


def is_near(code: str, member: Member) -> bool:
    """Whether nothing keeps the member, their agency or its place apart from the case of this
    code. Asked by the code, so that it costs the same for a code that is none."""
    barred = Q(member=member) | Q(agency=member.agency_id)
    if member.agency.district:
        barred |= Q(district=member.agency.district)
    return not Exclusion.objects.filter(LIVE, barred, case__code=code).exists()


def unseen(actor: Member, case: str = "pk") -> Exists:
    """The condition for rows of whose case the actor in person may know nothing; `case` is the
    column with the key of the case."""
    mine = Exclusion.objects.filter(LIVE, member=actor, case=OuterRef(case))
    return Exists(mine)


def codes_unseen(actor: Member) -> QuerySet[Exclusion, str]:
    """The same as codes of cases, for what is known by them alone."""
    return Exclusion.objects.filter(LIVE, member=actor).values_list("case__code", flat=True)

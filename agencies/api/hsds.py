"""The public directory by HSDS 3.1's API: for anybody, to be read only, listed services alone.

A service that is not listed is answered for as one that never was: the same words, the same headers,
and no count tells of it.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy
from agencies.api import serializers as s
from agencies.hsds import contract, shapes
from agencies.hsds.terms import BY_UID, TAXONOMY, TERMS, types_of
from agencies.listingmodels import PLACES, Listing
from agencies.models import Agency
from edge.views import View
from kernel.errors import Invalid

USUAL, MOST, MOST_MINIMAL = 50, 100, 1000
LONGEST_SEARCH = 200
YES, NO = {"true", "1"}, {"false", "0", ""}
Show = Callable[[Any], shapes.Json]
ShowAll = Callable[[list[Any]], list[shapes.Json]]


class Public(View):
    """A view for anybody, where the installation has opened its directory."""

    serializer_class = s.Nothing
    permission_classes = (AllowAny,)
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **where: Any) -> None:
        super().initial(request, *args, **where)
        if not settings.HSDS_PUBLIC:
            raise Http404


@extend_schema(exclude=True)
class Root(Public):
    """What this is."""

    def get(self, request: Request) -> Response:
        return Response(
            {
                "version": contract.VERSION,
                "profile": contract.PROFILE,
                "openapi_url": settings.PUBLIC_URL + reverse("hsds_openapi"),
                "description": contract.DESCRIPTION,
            }
        )


@extend_schema(exclude=True)
class OpenApi(Public):
    """The description of this API by OpenAPI."""

    def get(self, request: Request) -> Response:
        return Response(contract.document(settings.PUBLIC_URL))


@extend_schema(exclude=True)
class Services(Public):
    def get(self, request: Request) -> Response:
        rows = _after(request, _asked(request, policy.public_listings()))
        if _yes(request, "minimal"):
            return _page(request, rows, shapes.minimal, most=MOST_MINIMAL)
        full = _yes(request, "full")
        return _page(request, rows, shapes.service_full if full else shapes.service_line)


@extend_schema(exclude=True)
class ServiceDetail(Public):
    def get(self, request: Request, uid: str) -> Response:
        return Response(shapes.service_full(_listing(_uid_or_404(uid))))


@extend_schema(exclude=True)
class Organizations(Public):
    def get(self, request: Request) -> Response:
        rows = policy.public_agencies()
        if words := _word(request, "search"):
            rows = rows.filter(Q(public_name__icontains=words) | Q(about__icontains=words))
        if kinds := _kinds(request):
            of_them = policy.public_listings().order_by().filter(service__type__in=kinds[0])
            rows = rows.filter(pk__in=of_them.values("service__agency"))
        if not _yes(request, "full"):
            return _page(request, rows, shapes.organization_line)
        whole = _yes(request, "full_service")
        return _page_of(request, rows, lambda found: _organizations(found, whole=whole))


@extend_schema(exclude=True)
class OrganizationDetail(Public):
    def get(self, request: Request, uid: str) -> Response:
        agency = get_object_or_404(policy.public_agencies(), uid=_uid_or_404(uid))
        return Response(_organizations([agency], whole=_yes(request, "full_service"))[0])


@extend_schema(exclude=True)
class Places(Public):
    """Services at their places, of those alone that show one."""

    def get(self, request: Request) -> Response:
        rows = _after(request, _asked(request, policy.public_listings()))
        shown = _with_places(rows)
        full = _yes(request, "full")
        return _page(request, shown, shapes.place_full if full else shapes.place_line)


@extend_schema(exclude=True)
class PlaceDetail(Public):
    def get(self, request: Request, uid: str) -> Response:
        listing = _listing(shapes.place_uid(_uid_or_404(uid)))
        if not shapes.shows_a_place(listing):
            raise Http404
        return Response(shapes.place_full(listing))


@extend_schema(exclude=True)
class Taxonomies(Public):
    def get(self, request: Request) -> Response:
        words = _word(request, "search").casefold()
        fits = words in TAXONOMY["name"].casefold()
        return _page(request, [TAXONOMY] if fits else [], lambda each: each)


@extend_schema(exclude=True)
class TaxonomyDetail(Public):
    def get(self, request: Request, uid: str) -> Response:
        if str(_uid_or_404(uid)) != TAXONOMY["id"]:
            raise Http404
        return Response(TAXONOMY)


@extend_schema(exclude=True)
class Terms(Public):
    def get(self, request: Request) -> Response:
        words = _word(request, "search").casefold()
        of_ours = _word(request, "taxonomy_id") in {"", TAXONOMY["id"]}
        # No term stands under another.
        top = not _word(request, "parent_id")
        fits = [term for term in TERMS if words in term.name.casefold() and of_ours and top]
        return _page(request, fits, shapes.taxonomy_term)


@extend_schema(exclude=True)
class TermDetail(Public):
    def get(self, request: Request, uid: str) -> Response:
        term = BY_UID.get(str(_uid_or_404(uid)))
        if term is None:
            raise Http404
        return Response(shapes.taxonomy_term(term))


def _asked(request: Request, rows: QuerySet[Listing]) -> QuerySet[Listing]:
    """The rows that fit what is looked for."""
    if words := _word(request, "search"):
        rows = rows.filter(
            Q(name__icontains=words)
            | Q(description__icontains=words)
            | Q(eligibility_description__icontains=words)
            | Q(service__agency__public_name__icontains=words)
        )
    if whose := _word(request, "organization_id"):
        rows = rows.filter(service__agency__uid=_uid(whose, "organization_id"))
    kinds = _kinds(request)
    return rows.filter(service__type__in=kinds[0]) if kinds else rows


def _kinds(request: Request) -> list[list[str]]:
    """The kinds of service that fit the term and the taxonomy that are asked for; empty where
    neither is."""
    term, taxonomy = _word(request, "taxonomy_term_id"), _word(request, "taxonomy_id")
    if not term and not taxonomy:
        return []
    if taxonomy and str(_uid(taxonomy, "taxonomy_id")) != TAXONOMY["id"]:
        return [[]]
    if not term:
        return [[kind for each in TERMS for kind in types_of(each)]]
    found = BY_UID.get(str(_uid(term, "taxonomy_term_id")))
    return [types_of(found) if found else []]


def _after(request: Request, rows: QuerySet[Listing]) -> QuerySet[Listing]:
    """Those that became different then or later, as far as the public is told."""
    said = _word(request, "modified_after")
    return rows.filter(changed_at__gte=_moment(said)) if said else rows


def _moment(said: str) -> dt.datetime:
    try:
        # The plus of a time zone comes as a blank where it was not escaped.
        at = parse_datetime(said.replace(" ", "+")) or parse_datetime(said)
        day = parse_date(said)
    except ValueError:
        at = day = None
    if at is None and day is not None:
        at = dt.datetime.combine(day, dt.time())
    if at is None:
        raise Invalid("not_a_moment", pointer="/modified_after")
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def _with_places(rows: QuerySet[Listing]) -> list[Listing]:
    ticked = rows.filter(shows__overlap=sorted(PLACES))
    return [each for each in ticked if shapes.shows_a_place(each)]


def _organizations(agencies: Sequence[Agency], *, whole: bool) -> list[shapes.Json]:
    """Each with its listed services, which are all read at once."""
    listings: dict[int, list[Listing]] = defaultdict(list)
    for each in policy.public_listings().filter(service__agency__in=agencies):
        listings[each.service.agency_id].append(each)
    return [shapes.organization_full(each, listings[each.pk], whole=whole) for each in agencies]


def _listing(uid: uuid.UUID) -> Listing:
    found: Listing = get_object_or_404(policy.public_listings(), uid=uid)
    return found


def _page(
    request: Request, rows: QuerySet[Any] | Sequence[Any], show: Show, *, most: int = MOST
) -> Response:
    """A page of rows of which each is shown by itself."""
    return _page_of(request, rows, lambda found: [show(row) for row in found], most=most)


def _page_of(
    request: Request, rows: QuerySet[Any] | Sequence[Any], show: ShowAll, *, most: int = MOST
) -> Response:
    """A page as HSDS has it: by its number, with how many there are."""
    if _word(request, "format") not in {"", "json"}:
        raise Invalid("format_is_not_offered", pointer="/format")
    size = _number(request, "per_page", usual=min(USUAL, most), most=most)
    number = _number(request, "page", usual=1, most=1_000_000)
    total = rows.count() if isinstance(rows, QuerySet) else len(rows)
    pages = -(-total // size)
    shown = show(list(rows[(number - 1) * size : number * size]))
    return Response(
        {
            "total_items": total,
            "total_pages": pages,
            "page_number": number,
            "size": len(shown),
            "first_page": number == 1,
            "last_page": number >= pages,
            "empty": not shown,
            "contents": shown,
        }
    )


def _word(request: Request, name: str) -> str:
    said = request.query_params.get(name, "").strip()
    if len(said) > LONGEST_SEARCH:
        raise Invalid("max_length", pointer=f"/{name}")
    return said


def _yes(request: Request, name: str) -> bool:
    said = _word(request, name).lower()
    if said not in YES | NO:
        raise Invalid("not_yes_or_no", pointer=f"/{name}")
    return said in YES


def _number(request: Request, name: str, *, usual: int, most: int) -> int:
    said = _word(request, name)
    if not said:
        return usual
    # Other scripts have digits too; more than nine of them are past every page.
    if not (said.isascii() and said.isdecimal() and len(said) < len("1000000000")):
        raise Invalid("not_a_number", pointer=f"/{name}")
    if not 1 <= int(said) <= most:
        raise Invalid("out_of_range", pointer=f"/{name}")
    return int(said)


def _uid(said: str, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(said)
    except ValueError:
        raise Invalid("not_a_uuid", pointer=f"/{name}") from None


def _uid_or_404(said: str) -> uuid.UUID:
    try:
        return uuid.UUID(said)
    except ValueError:
        raise Http404 from None

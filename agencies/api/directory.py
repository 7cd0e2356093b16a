"""What the public is told of a service, that an entry is right, and sets of other directories."""

from typing import Any, TypedDict

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import importing, listing, policy
from agencies.api import serializers as s
from agencies.api.auth import actor_of
from agencies.hsds import shapes
from agencies.hsds.comparing import Change, Plan
from agencies.listingmodels import DirectoryImport, Listing, Shown, Weekday
from agencies.models import Service
from agencies.policy import Verb
from edge import paging, stepup
from edge.answers import AFTER, page, shape
from edge.versions import etag, judged
from edge.views import ActView, Input, View
from kernel.errors import Invalid

# So many lines of a plan stand in one answer; its counts are of all.
MOST = 500


class ListingIn(serializers.Serializer[Any]):
    """Its words in the public directory. What is not given stays as it is."""

    is_listed = serializers.BooleanField(required=False)
    shows = serializers.ListField(
        child=serializers.ChoiceField(Shown.choices), required=False, max_length=len(Shown)
    )
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    eligibility_description = serializers.CharField(
        max_length=1000, required=False, allow_blank=True
    )
    application_process = serializers.CharField(
        max_length=1000, required=False, allow_blank=True
    )
    fees_description = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    interpretation_services = serializers.CharField(
        max_length=1000, required=False, allow_blank=True
    )
    url = serializers.CharField(max_length=300, required=False, allow_blank=True)
    email = serializers.EmailField(required=False, allow_blank=True)
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(Weekday.choices), required=False, max_length=len(Weekday)
    )
    opens_at = serializers.TimeField(required=False, allow_null=True)
    closes_at = serializers.TimeField(required=False, allow_null=True)
    hours_note = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    htcds = serializers.DictField(
        required=False, help_text="Its place and telephone, by HTCDS names."
    )
    agency_public_name = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="Under which the public knows the agency; without one nothing is listed.",
    )
    agency_about = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    agency_website = serializers.CharField(max_length=300, required=False, allow_blank=True)


class ListingOut(TypedDict):
    """`public` is what anybody is told, or would be if it were listed, by HSDS."""

    service: str
    is_listed: bool
    is_public: bool
    shows: list[str]
    htcds: dict[str, Any]
    public: dict[str, Any]


class SetIn(serializers.Serializer[Any]):
    file = serializers.FileField(
        allow_empty_file=True, help_text="HSDS as JSON, or a data package of tables in a ZIP."
    )
    source = serializers.CharField(
        max_length=40, help_text="A short name of the directory; the same each time."
    )  # type: ignore[assignment]  # our word, not the field's own


class TakeIn(serializers.Serializer[Any]):
    digest = serializers.CharField(
        max_length=64, help_text="`digest` of the plan that was looked at."
    )


class ImportLine(TypedDict):
    code: str
    source: str
    state: str
    counts: dict[str, int]


class FaultOut(TypedDict):
    file: str
    row: int
    column: str
    code: str


class DifferenceOut(TypedDict):
    name: str
    old: Any
    new: Any


class ChangeOut(TypedDict):
    kind: str
    row: int
    foreign_id: str
    name: str
    agency: str
    differences: list[DifferenceOut]


class ImportShown(ImportLine):
    digest: str
    changes: list[ChangeOut]
    faults: list[FaultOut]
    ignored: list[str]


class ServiceListing(ActView):
    """What the public directory says of a service. Its agency's administrator says it, with If-Match."""

    serializer_class = ListingIn
    match_required = True

    @extend_schema(operation_id="service_listing_show", responses={200: shape(ListingOut)})
    def get(self, request: Request, code: str) -> Response:
        return self.show(request, code)

    @extend_schema(operation_id="service_listing_set", responses={200: shape(ListingOut)})
    def post(self, request: Request, code: str) -> Response:
        """To tell the public of a place asks for a fresh second factor, which no key to the API has."""
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        service = find_service(request, where["code"])
        policy.may_speak_for(actor_of(request), Verb.LIST_SERVICE, service).require()
        listing.set_listing(
            service=service,
            facts=data,
            fresh=stepup.is_fresh(request),
            seen=judged(request, service.code),
            by=actor_of(request),
            at=timezone.now(),
        )
        return service.code

    def show(self, request: Request, code: str) -> Response:
        service = find_service(request, code)
        policy.may_speak_for(actor_of(request), Verb.LIST_SERVICE, service).require()
        found = listing.listing_of(service)
        headers = {"ETag": etag(service.code, listing.version_of(found))}
        return Response(listing_out(found), headers=headers)


class ServiceConfirm(ActView):
    """Say that all the directory tells of a service is right today."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="service_confirm", responses={200: shape(s.ServiceOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        service = find_service(request, where["code"])
        at, on = timezone.now(), timezone.localdate()
        return listing.confirm_service(service=service, by=actor_of(request), at=at, on=on).code

    def show(self, request: Request, code: str) -> Response:
        return Response(s.service_out(find_service(request, code)))


class Imports(ActView):
    """Sets of other directories that one has read in, newest first; and reading one in.

    Reading changes nothing of the directory: the answer says what would happen.
    """

    serializer_class = SetIn
    parser_classes = (MultiPartParser,)
    key_required = True
    created = True

    @extend_schema(
        operation_id="directory_import_list",
        parameters=[AFTER],
        responses={200: page(ImportLine)},
    )
    def get(self, request: Request) -> Response:
        policy.may(actor_of(request), Verb.IMPORT_DIRECTORY).require()
        rows = policy.imports_visible_to(actor_of(request))
        return Response(paging.newest(request, rows, show=import_line))

    @extend_schema(operation_id="directory_import_read", responses={201: shape(ImportShown)})
    def post(self, request: Request) -> Response:
        policy.may(actor_of(request), Verb.IMPORT_DIRECTORY).require()
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        content = content_of(data["file"])
        at, by = timezone.now(), actor_of(request)
        return importing.read_set(content=content, source=data["source"], by=by, at=at).code

    def show(self, request: Request, code: str) -> Response:
        return Response(import_shown(find_import(request, code)))


class ImportDetail(View):
    """One of these sets: what it would change as things stand now."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="directory_import_show", responses={200: shape(ImportShown)})
    def get(self, request: Request, code: str) -> Response:
        return Response(import_shown(find_import(request, code)))


class ImportTake(ActView):
    """Take a set over as a whole, as it was shown."""

    serializer_class = TakeIn

    @extend_schema(
        operation_id="directory_import_take_over", responses={200: shape(ImportShown)}
    )
    def post(self, request: Request, code: str) -> Response:
        find_import(request, code)
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        at, by = timezone.now(), actor_of(request)
        return importing.take_over(code=where["code"], digest=data["digest"], by=by, at=at).code

    def show(self, request: Request, code: str) -> Response:
        return Response(import_shown(find_import(request, code)))


class ImportAside(ActView):
    """Put a set aside: nothing of it is taken over, and what it said is forgotten."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="directory_import_put_aside", responses={200: shape(ImportShown)}
    )
    def post(self, request: Request, code: str) -> Response:
        find_import(request, code)
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        at, by = timezone.now(), actor_of(request)
        return importing.put_aside(code=where["code"], by=by, at=at).code

    def show(self, request: Request, code: str) -> Response:
        return Response(import_shown(find_import(request, code)))


def content_of(file: Any) -> bytes:
    """What was sent; of a file that was too large to be kept, nothing is there to be read."""
    if getattr(file, "too_large", False):
        raise Invalid("file_too_large", pointer="/file")
    content: bytes = file.read()
    return content


def find_service(request: Request, code: str) -> Service:
    rows = policy.services_visible_to(actor_of(request)).select_related("agency")
    found: Service = get_object_or_404(rows, code=code)
    return found


def find_import(request: Request, code: str) -> DirectoryImport:
    actor = actor_of(request)
    policy.may(actor, Verb.IMPORT_DIRECTORY).require()
    rows = policy.imports_visible_to(actor).select_related("by__agency")
    found: DirectoryImport = get_object_or_404(rows, code=code)
    return found


def listing_out(found: Listing) -> ListingOut:
    return {
        "service": found.service.code,
        "is_listed": found.is_listed,
        "is_public": found.is_listed and found.service.verified_on is not None,
        "shows": found.shows,
        "htcds": found.htcds,
        "public": shapes.service_full(found),
    }


def import_line(found: DirectoryImport) -> ImportLine:
    return {
        "code": found.code,
        "source": found.source,
        "state": found.state,
        "counts": found.counts,
    }


def import_shown(found: DirectoryImport) -> ImportShown:
    plan = importing.plan_for(found) or Plan([], [], [])
    waits = found.content is not None
    return {
        **import_line(found),
        "counts": plan.counts if waits else found.counts,
        "digest": plan.digest if waits else "",
        "changes": [_change_out(each) for each in plan.changes[:MOST]],
        "faults": [
            {"file": each.file, "row": each.row, "column": each.column, "code": each.code}
            for each in plan.faults[:MOST]
        ],
        "ignored": plan.ignored[:MOST],
    }


def _change_out(change: Change) -> ChangeOut:
    return {
        "kind": change.kind.value,
        "row": change.offer.row,
        "foreign_id": change.offer.foreign_id,
        "name": change.offer.service.get("name", ""),
        "agency": change.whose,
        "differences": [
            {"name": each.name, "old": each.old, "new": each.new} for each in change.differences
        ],
    }

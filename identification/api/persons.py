"""What is known of a person over HTTP. An age that is learned may change the way of the formal
procedure, which is why it stands here."""

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from agencies.models import Member
from cases import policy, vault
from cases.actions import person
from cases.api import serializers as s
from cases.api.views import case_of_person
from cases.models import Case
from cases.policy import Verb
from edge.answers import shape
from edge.versions import etag, require_match
from edge.views import View
from identification.actions import knowing
from kernel.errors import Invalid, Missing
from kernel.groups import SEALED, DataGroup, in_order

OBJECT = OpenApiTypes.OBJECT


class PersonDetail(View):
    """What is kept in clear of a person in one of your cases."""

    serializer_class = s.PersonIn

    @extend_schema(operation_id="person_show", responses={200: shape(s.PersonShown)})
    def get(self, request: Request, code: str) -> Response:
        return self._shown(request, code)

    @extend_schema(operation_id="person_change", responses={200: shape(s.PersonShown)})
    def patch(self, request: Request, code: str) -> Response:
        case = case_of_person(request, code)
        policy.may(actor_of(request), Verb.WRITE, case).require()
        require_match(request, case.person.code, case.person.version)
        knowing.change_facts(
            case=case,
            facts=self.read(request),
            version=case.person.version,
            by=actor_of(request),
            at=timezone.now(),
        )
        return self._shown(request, code)

    def _shown(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        case = case_of_person(request, code)
        if not policy.is_own(actor, case):
            # What a receiver knows of the person in clear stands on its triage card.
            return Response({"code": case.person.code, "groups": _open_to(actor, case)})
        body = {
            **s.person_out(case.person),
            "groups": _open_to(actor, case),
            "groups_held": vault.groups_held(case.person),
        }
        response = Response(body)
        response["ETag"] = etag(case.person.code, case.person.version)
        return response


class PersonGroup(View):
    """One sealed data group. Reading it is written down before it is opened.

    Writing over what is there needs If-Match; the first writing does not.
    """

    serializer_class = s.Nothing

    @extend_schema(operation_id="person_group_read", responses={200: shape(s.GroupOut)})
    def get(self, request: Request, code: str, group: str) -> Response:
        return self._shown(request, code, group)

    @extend_schema(
        operation_id="person_group_write", request=OBJECT, responses={200: shape(s.GroupOut)},
        description="An object with the group's fields, HTCDS names where the standard has one.",
    )  # fmt: skip
    def put(self, request: Request, code: str, group: str) -> Response:
        case, wanted, data = case_of_person(request, code), _group(group), request.data
        policy.may(actor_of(request), Verb.WRITE, case).require()
        seen = vault.version_of(case.person, wanted)
        if seen:
            require_match(request, f"{code}.{group}", seen)
        if not isinstance(data, dict):
            raise Invalid("invalid")
        knowing.write_group(
            case=case,
            group=wanted,
            values=data,
            version=seen,
            by=actor_of(request),
            at=timezone.now(),
        )
        return self._shown(request, code, group)

    def _shown(self, request: Request, code: str, group: str) -> Response:
        case, wanted = case_of_person(request, code), _group(group)
        values = person.read_groups(
            case=case, groups=[wanted], by=actor_of(request), why="person"
        )
        version = vault.version_of(case.person, wanted)
        response = Response(
            {"person": code, "group": group, "values": values[wanted], "version": version}
        )
        response["ETag"] = etag(f"{code}.{group}", version)
        return response


def _open_to(actor: Member, case: Case) -> list[str]:
    return in_order(policy.groups(actor, case))


def _group(name: str) -> DataGroup:
    if name not in {group.value for group in SEALED}:
        raise Missing("not_found")
    return DataGroup(name)

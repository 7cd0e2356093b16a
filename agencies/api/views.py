"""Agencies, members, services and tokens over HTTP."""

import datetime as dt
from dataclasses import fields
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import actions, policy, queries
from agencies.ages import BANDS, UNKNOWN
from agencies.api import serializers as s
from agencies.api.auth import actor_of
from agencies.clocks import Urgency
from agencies.lists import districts, service_types
from agencies.models import Agency, Member, Token
from agencies.policy import Verb
from agencies.queries import Need
from audit import log
from audit import queries as audit_queries
from edge import paging, stepup
from edge.answers import AFTER, listed, page, shape
from edge.versions import etag, require_match
from edge.views import ActView, Input, View
from kernel.errors import Invalid

ACTIVATION_SCOPES = [Token.Scope.ACTIVATE.value]
ANYONE = log.Machine("anonymous", role="none")


class Agencies(ActView):
    """Agencies that use the service."""

    serializer_class = s.AgencyIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="agency_list", parameters=[AFTER], responses={200: page(s.AgencyOut)}
    )
    def get(self, request: Request) -> Response:
        rows = policy.agencies_visible_to(actor_of(request))
        return Response(paging.newest(request, rows, show=s.agency_out))

    @extend_schema(operation_id="agency_register", responses={201: shape(s.AgencyOut)})
    def post(self, request: Request) -> Response:
        policy.may(actor_of(request), Verb.REGISTER_AGENCY).require()
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return actions.register_agency(facts=data, by=actor_of(request)).code

    def show(self, request: Request, code: str) -> Response:
        return _agency(request, code)


class AgencyDetail(View):
    """One agency. A system administrator changes it, with If-Match."""

    serializer_class = s.AgencyIn

    @extend_schema(operation_id="agency_show", responses={200: shape(s.AgencyOut)})
    def get(self, request: Request, code: str) -> Response:
        return _agency(request, code)

    @extend_schema(operation_id="agency_change", responses={200: shape(s.AgencyOut)})
    def patch(self, request: Request, code: str) -> Response:
        agency = _find_agency(request, code)
        policy.may(actor_of(request), Verb.CHANGE_AGENCY, agency).require()
        require_match(request, agency.code, agency.version)
        reader = s.AgencyIn(agency, data=request.data, partial=True)
        reader.is_valid(raise_exception=True)
        actions.change_agency(agency=agency, facts=reader.validated_data, by=actor_of(request))
        return _agency(request, code)


class AgencyClocks(ActView):
    """An agency's own deadlines for one urgency, for one type of service or for all."""

    serializer_class = s.Hours

    @extend_schema(operation_id="agency_clocks_show", responses={200: listed(s.HoursOut)})
    def get(self, request: Request, code: str) -> Response:
        return self.show(request, code)

    @extend_schema(operation_id="agency_clocks_set", responses={200: listed(s.HoursOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        agency = _find_agency(request, where["code"])
        actions.set_clocks(
            agency=agency,
            service_type=data["service_type"],
            urgency=Urgency(data["urgency"]),
            reply_hours=data["reply_hours"],
            contact_hours=data["contact_hours"],
            by=actor_of(request),
        )
        return agency.code

    def show(self, request: Request, code: str) -> Response:
        settings = _find_agency(request, code).clock_settings.order_by("pk")
        return Response(
            {
                "results": list(
                    settings.values("service_type", "urgency", "reply_hours", "contact_hours")
                )
            }
        )


class Members(ActView):
    """Members of one's own agency; for a system administrator, of every agency."""

    serializer_class = s.MemberIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="member_list", parameters=[AFTER], responses={200: page(s.MemberOut)}
    )
    def get(self, request: Request) -> Response:
        rows = policy.members_visible_to(actor_of(request)).select_related("agency")
        return Response(paging.newest(request, rows, show=s.member_out))

    @extend_schema(operation_id="member_invite", responses={201: shape(s.Invited)})
    def post(self, request: Request) -> Response:
        """The answer holds the one-use secret with which the member sets a password."""
        response = self.perform(request)
        if "Idempotency-Replayed" not in response:
            member = policy.members_visible_to(actor_of(request)).get(
                username=response.data["username"]
            )
            secret = actions.invite_again(
                member=member, by=actor_of(request), at=timezone.now()
            )
            response.data["activation_secret"] = secret
        return response

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        agency = actor.agency
        if code := data.pop("agency", ""):
            agency = s.known("/agency", policy.agencies_visible_to(actor), code=code)
        return actions.add_member(facts=data, agency=agency, by=actor).username

    def show(self, request: Request, code: str) -> Response:
        return Response(s.member_out(_find_member(request, code)))


class MemberDetail(View):
    """One member."""

    serializer_class = s.RoleIn

    @extend_schema(operation_id="member_show", responses={200: shape(s.MemberOut)})
    def get(self, request: Request, username: str) -> Response:
        return Response(s.member_out(_find_member(request, username)))


class Myself(View):
    """Who I am, and what my role is."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="me", responses={200: shape(s.MemberOut)})
    def get(self, request: Request) -> Response:
        return Response(s.member_out(actor_of(request)))


class Tokens(View):
    """One's own keys to the API. The secret is shown once, when it is made."""

    serializer_class = s.TokenIn

    @extend_schema(operation_id="token_list", responses={200: listed(s.TokenOut)})
    def get(self, request: Request) -> Response:
        tokens = actor_of(request).tokens.exclude(scopes=ACTIVATION_SCOPES).order_by("-pk")
        return Response({"results": [_token(token) for token in tokens]})

    @extend_schema(operation_id="token_issue", responses={201: shape(s.TokenIssued)})
    def post(self, request: Request) -> Response:
        data = self.read(request)
        stepup.require(request)
        token, secret = actions.issue_token(
            member=actor_of(request),
            label=data["label"],
            scopes=sorted(set(data["scopes"])),
            lasts=dt.timedelta(days=data["days"]),
            by=actor_of(request),
            at=timezone.now(),
        )
        return Response({**_token(token), "secret": secret}, status=201)


class TokenDetail(View):
    """One of one's own keys, to be revoked."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="token_revoke", responses={204: None})
    def delete(self, request: Request, code: str) -> Response:
        token = get_object_or_404(actor_of(request).tokens, code=code)
        actions.revoke_token(token=token, by=actor_of(request))
        return Response(status=204)


class Activation(View):
    """Set the first password with the one-use secret of an invitation."""

    serializer_class = s.ActivateIn
    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(operation_id="member_activate", responses={200: shape(s.MemberOut)})
    def post(self, request: Request) -> Response:
        data = self.read(request)
        member = actions.activate(**data, by=ANYONE, at=timezone.now())
        return Response(s.member_out(member))


class AuditLog(View):
    """What was done, seen and refused: codes only. Reading it is an event, too."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="audit_list",
        parameters=[AFTER, OpenApiParameter("case", str), OpenApiParameter("actor", str)],
        responses={200: page(s.EventOut)},
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may(actor, Verb.SEE_LOG).require()
        case = request.query_params.get("case", "")
        whose = request.query_params.get("actor", "")
        if "\x00" in case + whose:
            raise Invalid("null_characters_not_allowed")
        log.record("read.audit", by=actor, about=case[:16], case=case[:16])
        found = audit_queries.events(case=case, actor=whose)
        return Response(paging.newest(request, found, show=audit_queries.event_out))


NEED = [
    OpenApiParameter("type", str, enum=sorted(service_types())),
    OpenApiParameter("district", str, description="A district code."),
    OpenApiParameter("age_band", str, description="`unknown` behaves as a child."),
    OpenApiParameter("gender", str),
    OpenApiParameter("language", str, description="ISO 639-2."),
    OpenApiParameter("foreigner", bool),
    OpenApiParameter("family", bool),
    OpenApiParameter("at_night", bool),
]


class Services(ActView):
    """The directory, ranked for a need, each rank with its reasons; and offering a service."""

    serializer_class = s.ServiceIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="service_search", parameters=NEED, responses={200: listed(s.ServiceMatch)}
    )
    def get(self, request: Request) -> Response:
        matches = queries.matching_services(
            actor_of(request), _need(request), on=timezone.localdate()
        )
        return Response({"results": [s.match_out(match) for match in matches]})

    @extend_schema(operation_id="service_offer", responses={201: shape(s.ServiceOut)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        return actions.offer_service(agency=actor.agency, facts=data, by=actor).code

    def show(self, request: Request, code: str) -> Response:
        return _service(request, code)


class ServiceDetail(View):
    """One service. Its agency's administrator changes it, with If-Match."""

    serializer_class = s.ServiceIn

    @extend_schema(operation_id="service_show", responses={200: shape(s.ServiceOut)})
    def get(self, request: Request, code: str) -> Response:
        return _service(request, code)

    @extend_schema(operation_id="service_change", responses={200: shape(s.ServiceOut)})
    def patch(self, request: Request, code: str) -> Response:
        service = _find_service(request, code)
        policy.may(actor_of(request), Verb.CHANGE_SERVICE, service.agency).require()
        require_match(request, service.code, service.version)
        reader = s.ServiceIn(service, data=request.data, partial=True)
        reader.is_valid(raise_exception=True)
        actions.change_service(
            service=service, facts=reader.validated_data, by=actor_of(request)
        )
        return _service(request, code)


class ServicePlaces(ActView):
    """Say how many places are free."""

    serializer_class = s.PlacesIn

    @extend_schema(operation_id="service_set_places", responses={200: shape(s.ServiceOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        service = _find_service(request, where["code"])
        return actions.set_places(service=service, **data, by=actor_of(request)).code

    def show(self, request: Request, code: str) -> Response:
        return _service(request, code)


def _need(request: Request) -> Need:
    known = {field.name for field in fields(Need)} | {"type"}
    values: dict[str, Any] = {}
    for name, value in request.query_params.items():
        if name not in known or "\x00" in value:
            raise Invalid("unknown_field", pointer=f"/{name[:40]}")
        key = "service_type" if name == "type" else name
        values[key] = (
            value in {"true", "1"} if key in {"foreigner", "family", "at_night"} else value
        )
    if values.get("service_type") and values["service_type"] not in service_types():
        raise Invalid("unknown_code", pointer="/type")
    if values.get("district") and values["district"] not in districts():
        raise Invalid("unknown_district", pointer="/district")
    if values.get("age_band") and values["age_band"] not in {*BANDS, UNKNOWN}:
        raise Invalid("unknown_code", pointer="/age_band")
    return Need(**values)


def _token(token: Token) -> s.TokenOut:
    return {
        "code": token.code,
        "label": token.label,
        "scopes": token.scopes,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    }


def _find_agency(request: Request, code: str) -> Agency:
    return get_object_or_404(policy.agencies_visible_to(actor_of(request)), code=code)


def _find_member(request: Request, username: str) -> Member:
    rows = policy.members_visible_to(actor_of(request)).select_related("agency")
    return get_object_or_404(rows, username=username)


def _find_service(request: Request, code: str) -> Any:
    rows = policy.services_visible_to(actor_of(request)).select_related("agency")
    return get_object_or_404(rows, code=code)


def _agency(request: Request, code: str) -> Response:
    agency = _find_agency(request, code)
    response = Response(s.agency_out(agency))
    response["ETag"] = etag(agency.code, agency.version)
    return response


def _service(request: Request, code: str) -> Response:
    service = _find_service(request, code)
    response = Response(s.service_out(service))
    response["ETag"] = etag(service.code, service.version)
    return response

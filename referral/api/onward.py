"""Onward referrals that a receiver proposes, and cases that an agency asks for, over HTTP."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy as agency_policy
from agencies.api.auth import actor_of
from agencies.api.listing import listing
from agencies.api.serializers import known
from agencies.clocks import Urgency
from cases import vault
from edge import paging
from edge.answers import AFTER, listed, page, shape
from edge.views import ActView, Input, View
from kernel.groups import DataGroup
from referral import policy
from referral.actions import onward, requesting
from referral.api import serializers as s
from referral.api.views import find
from referral.models import CaseRequest, Onward
from referral.policy import Act
from referral.workflow import Party


class Onwards(ActView):
    """What the receiver of a referral proposes besides; for the sender to answer."""

    serializer_class = s.OnwardIn
    key_required = True
    created = True

    @extend_schema(operation_id="onward_list", responses={200: listed(s.OnwardOut)})
    def get(self, request: Request, code: str) -> Response:
        referral = find(request, code)
        rows = policy.onwards_visible_to(actor_of(request)).filter(referral=referral)
        related = rows.select_related("referral", "service").order_by("-pk")
        return Response({"results": [s.onward_out(row) for row in related[:100]]})

    @extend_schema(operation_id="onward_propose", responses={201: shape(s.OnwardShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        referral = find(request, where["code"])
        policy.may_act(actor, Act.PROPOSE_ONWARD, referral).require()
        services = agency_policy.services_visible_to(actor).select_related("agency")
        return onward.propose(
            code=referral.code,
            service=known("/service", services, code=data["service"]),
            groups=[DataGroup(group) for group in data["groups"]],
            urgency=Urgency(data["urgency"]),
            reason=data["reason"],
            by=actor,
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_onward(request, code)


class OnwardDetail(View):
    """One proposal."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="onward_show", responses={200: shape(s.OnwardShown)})
    def get(self, request: Request, code: str) -> Response:
        return shown_onward(request, code)


class OnwardAnswer(ActView):
    """Send it as one's own referral, with the person's consent, or decline it."""

    serializer_class = s.Nothing
    approve: ClassVar[bool] = False

    @extend_schema(responses={200: shape(s.OnwardShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        found = find_onward(request, where["code"])
        answer = onward.approve if self.approve else onward.decline
        return answer(code=found.code, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return shown_onward(request, code)


class CaseRequests(ActView):
    """Cases that your agency has asked for or is asked for; and asking for one."""

    serializer_class = s.CaseRequestIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="case_request_list",
        parameters=[AFTER],
        responses={200: page(s.CaseRequestOut)},
    )
    def get(self, request: Request) -> Response:
        rows = policy.case_requests_visible_to(actor_of(request))
        related = rows.select_related("asker", "transfer")
        found = paging.newest(request, related, show=s.case_request_out)
        return listing(request, "case_requests", found)

    @extend_schema(operation_id="case_request_ask", responses={201: shape(s.CaseRequestOut)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        return requesting.ask(
            case_code=data["case"],
            reason=data["reason"],
            by=actor_of(request),
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_request(request, code)


class CaseRequestDetail(View):
    """One request for a case."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="case_request_show", responses={200: shape(s.CaseRequestOut)})
    def get(self, request: Request, code: str) -> Response:
        return shown_request(request, code)


class CaseRequestGrant(ActView):
    """Propose the transfer that was asked for."""

    serializer_class = s.GrantIn

    @extend_schema(operation_id="case_request_grant", responses={200: shape(s.CaseRequestOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        found = find_request_of_us(request, where["code"])
        return requesting.grant(
            code=found.code, note=data["note"], by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_request(request, code)


class CaseRequestRefuse(ActView):
    """Say no; the asker sees its time run out, as for a code that is none."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="case_request_refuse", responses={200: shape(s.CaseRequestOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        found = find_request_of_us(request, where["code"])
        return requesting.refuse(code=found.code, by=actor_of(request), at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        return shown_request(request, code)


def find_onward(request: Request, code: str) -> Onward:
    rows = policy.onwards_visible_to(actor_of(request)).select_related(
        "referral__case__person", "referral__case__owner", "service", "sent_as"
    )
    return get_object_or_404(rows, code=code)


def shown_onward(request: Request, code: str) -> Response:
    actor, found = actor_of(request), find_onward(request, code)
    body: dict[str, Any] = {**s.onward_out(found)}
    if policy.party_of(actor, found.referral) is Party.SENDER:
        case = found.referral.case
        texts = vault.open_texts(
            case.person, {found.code: found.reason}, by=actor, case=case.code, what="onward"
        )
        body["reason"] = texts[found.code]
        body["sent_as"] = found.sent_as.code if found.sent_as else None
    return Response(body)


def find_request_of_us(request: Request, code: str) -> CaseRequest:
    """A request that is made to the caller's agency; who asked does not learn of an answer."""
    actor = actor_of(request)
    rows = policy.case_requests_visible_to(actor).filter(case__owner=actor.agency_id)
    return get_object_or_404(rows, code=code)


def shown_request(request: Request, code: str) -> Response:
    rows = policy.case_requests_visible_to(actor_of(request))
    found = get_object_or_404(rows.select_related("asker", "transfer"), code=code)
    return Response(s.case_request_out(found))

"""The sender's side of a link over HTTP: where it stands, a passcode, its end."""

import datetime as dt
from typing import Any, TypedDict

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from edge import keys
from edge.answers import shape
from edge.views import View
from guest import policy, queries
from guest.actions import linking
from guest.models import Link
from referral import policy as referral_policy
from referral.models import Referral


class LinkOut(TypedDict):
    code: str
    state: str
    made_at: dt.datetime
    opened_at: dt.datetime | None
    bound_at: dt.datetime | None
    used_at: dt.datetime
    locked_at: dt.datetime | None


class LinkMade(LinkOut):
    passcode: str


class PasscodeAsked(serializers.Serializer[Any]):
    """A body is needed only where a link that is in use is to end."""

    link = serializers.CharField(required=False, max_length=16)


class ReferralLink(View):
    """The link by which a receiver without an account answers this referral."""

    serializer_class = PasscodeAsked

    @extend_schema(operation_id="referral_link_detail", responses={200: shape(LinkOut)})
    def get(self, request: Request, code: str) -> Response:
        return Response(_shown(_find(request, code)))

    @extend_schema(operation_id="referral_link_passcode", responses={200: shape(LinkMade)})
    def post(self, request: Request, code: str) -> Response:
        """A passcode, in this answer alone; with a new link where the old one is of no use. The same
        request again shows the link, and the passcode no more. A link that is in use ends only where
        `link` is its code; else the answer is 409 `link_is_in_use`."""
        referral = _find(request, code)
        said = self.read(request)
        row = keys.claim(request, route=request.path, required=True)
        if row is not None and row.answer:
            return Response(_shown(referral), headers={"Idempotency-Replayed": "true"})
        link, passcode = linking.give_passcode(
            code=code, instead_of=said.get("link", ""), by=actor_of(request), at=timezone.now()
        )
        keys.settle(row, link.code)
        return Response({**_out(link), "passcode": passcode})

    @extend_schema(operation_id="referral_link_end", responses={204: None})
    def delete(self, request: Request, code: str) -> Response:
        _find(request, code)
        linking.revoke(code=code, by=actor_of(request), at=timezone.now())
        return Response(status=204)


def _find(request: Request, code: str) -> Referral:
    """The referral, for the sender's side alone."""
    rows = referral_policy.visible_to(actor_of(request)).select_related(
        "case__owner", "receiver", "sender"
    )
    found: Referral = get_object_or_404(rows, code=code)
    policy.may_link(actor_of(request), found).require()
    return found


def _shown(referral: Referral) -> LinkOut:
    link = queries.latest_of(referral)
    if link is None:
        raise Http404
    return _out(link)


def _out(link: Link) -> LinkOut:
    return {
        "code": link.code,
        "state": policy.state_of(link, at=timezone.now()).value,
        "made_at": link.made_at,
        "opened_at": link.opened_at,
        "bound_at": link.bound_at,
        "used_at": link.used_at,
        "locked_at": link.locked_at,
    }

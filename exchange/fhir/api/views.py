"""Referrals over FHIR R4: read by both sides, and answered by the receiver's own system."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies import policy as agency_policy
from agencies.api.auth import TokenAuthentication, actor_of
from agencies.models import Token
from audit import log
from edge import paging
from edge.errors import VersionMissing
from edge.parsing import StrictJSON
from exchange.fhir import actions, capability, outcome, resources, search
from exchange.fhir import policy as answering
from exchange.fhir.api import answer
from exchange.fhir.outcome import MEDIA_TYPE
from exchange.fhir.pseudonym import Names
from exchange.fhir.resources import Resource, address
from referral import policy, queries, reading
from referral.models import Referral

FORMATS = frozenset({"json", "application/json", MEDIA_TYPE})
TAG = re.compile(r'(?:W/)?"(\d{1,9})"', re.ASCII)


class FhirRenderer(JSONRenderer):
    media_type = MEDIA_TYPE
    format = "fhir"


class FhirParser(StrictJSON):
    media_type = MEDIA_TYPE


class ByFormat(DefaultContentNegotiation):
    """As `_format` says, or else as `Accept` does."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("_format")
        if wanted is None:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(
                request, renderers, format_suffix
            )
            return chosen
        # An unescaped plus arrives as a blank.
        if wanted.replace(" ", "+") not in FORMATS:
            raise NotAcceptable
        return renderers[0], MEDIA_TYPE


class FhirView(APIView):
    """By an agency's token alone; what is refused is an OperationOutcome."""

    authentication_classes: Sequence[type[TokenAuthentication]] = (TokenAuthentication,)
    renderer_classes = (FhirRenderer, JSONRenderer)
    parser_classes = (FhirParser, StrictJSON)
    content_negotiation_class = ByFormat
    # Its own CapabilityStatement describes it.
    schema = None
    also_with = Token.Scope.FHIR
    where: dict[str, str] | None = None

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response.data = outcome.of(response.data, self.where)
        response.content_type = None
        return response


class Metadata(FhirView):
    """What can be done here; open to everybody."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response(capability.statement())


class Tasks(FhirView):
    """A search for the referrals that one's agency was sent, or sent."""

    def get(self, request: Request) -> Response:
        actor, query = actor_of(request), dict(request.query_params.lists())
        asked = search.read(query, actor=actor)
        rows, mark = paging.part_of(
            search.found(asked, actor=actor), asked.count, number=lambda row: row.pk
        )
        log.listed("tasks", [row.code for row in rows], by=actor)
        names = names_for(request)
        tasks = [resources.task_line(row, side=asked.side, names=names) for row in rows]
        onward = _asked(query | {"after": [mark]}) if mark else None
        return Response(resources.bundle(tasks, itself=_asked(query), onward=onward))


class TaskDetail(FhirView):
    """One referral as a Task; its receiver answers by putting it back in another status."""

    def get(self, request: Request, code: str) -> Response:
        actor, referral = actor_of(request), find(request, code)
        side = policy.party_of(actor, referral)
        reading.looked_at(referral, by=actor, side=side, part="Task")
        return shown(request, referral)

    def put(self, request: Request, code: str) -> Response:
        actor, referral = actor_of(request), find(request, code)
        task = answer.task_in(request.data, code)
        said = answer.Answer(answer.status_of(task))
        # Asked before the rest is read, so that a refusal is told first.
        answering.may(actor, said.status, referral).require()
        self.where = said.where
        wanted = answer.read(task, said)

        def check(held: Referral) -> None:
            answer.unchanged(task, said, _whole(request, held))

        actions.answer(
            code=code, status=said.status, said=wanted, version=_judged(request), check=check,
            by=actor, at=timezone.now(),
        )  # fmt: skip
        return shown(request, find(request, code))


class ServiceRequestDetail(FhirView):
    """What is asked for, for as long as one may see it."""

    def get(self, request: Request, code: str) -> Response:
        actor, referral = actor_of(request), find_open(request, code)
        reading.looked_at(referral, by=actor, part="ServiceRequest")
        return Response(resources.service_request(referral, names=names_for(request)))


class PatientDetail(FhirView):
    """The person of one referral, without a name."""

    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        referral = find_open(request, names_for(request).referral_of(code))
        reading.looked_at(referral, by=actor, part="Patient")
        card = reading.triage_for(actor, referral)
        if card is None:
            raise Http404
        return Response(resources.patient(card, name=code))


class OrganizationDetail(FhirView):
    """An agency."""

    def get(self, request: Request, code: str) -> Response:
        rows = agency_policy.agencies_visible_to(actor_of(request))
        return Response(resources.organization(get_object_or_404(rows, code=code)))


def find(request: Request, code: str) -> Referral:
    """The referral, if it was sent and the caller may know that it exists."""
    rows = policy.visible_to(actor_of(request)).filter(sent_at__isnull=False)
    return get_object_or_404(queries.with_sides(rows), code=code)


def find_open(request: Request, code: str) -> Referral:
    """The same, while the caller's side sees what was asked for."""
    referral = find(request, code)
    if not resources.is_open(referral, policy.party_of(actor_of(request), referral)):
        raise Http404
    return referral


def names_for(request: Request) -> Names:
    """What people are called before the caller's agency."""
    return Names(actor_of(request).agency_code)


def shown(request: Request, referral: Referral) -> Response:
    """The Task as the caller's side may see it at this moment, with its version."""
    response = Response(_whole(request, referral))
    response["ETag"] = f'W/"{referral.version}"'
    response["Last-Modified"] = http_date(referral.changed_at.timestamp())
    return response


def _whole(request: Request, referral: Referral) -> Resource:
    actor = actor_of(request)
    side = policy.party_of(actor, referral)
    words = resources.words_of(referral, by=actor)
    return resources.task(referral, side=side, names=names_for(request), words=words)


def _judged(request: Request) -> str:
    """The version that the caller judged. Raises VersionMissing; what cannot be read is none."""
    given = request.headers.get("If-Match")
    if given is None:
        raise VersionMissing
    found = TAG.fullmatch(given.strip())
    return found[1] if found else ""


def _asked(query: dict[str, list[Any]]) -> str:
    said = urlencode(query, doseq=True)
    return address(f"Task?{said}" if said else "Task")

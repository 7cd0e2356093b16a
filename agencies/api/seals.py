"""For witnesses: the newest checkpoint of the log, and the word of an agency that it has seen it."""

import datetime as dt
from typing import Any, TypedDict

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy
from agencies.api.auth import actor_of
from agencies.api.serializers import Nothing
from agencies.models import Token
from agencies.policy import Verb
from audit import cosigning, queries
from edge.answers import shape
from edge.views import View
from kernel.errors import Invalid, Missing

LARGEST = 2**62


class CosignatureIn(serializers.Serializer[Any]):
    size = serializers.IntegerField(min_value=1, max_value=LARGEST)
    key = serializers.CharField(max_length=250)
    cosignature = serializers.CharField(max_length=500)


class CheckpointOut(TypedDict):
    size: int
    checkpoint: str
    proof: list[str]
    key: str


class CosignatureOut(TypedDict):
    size: int
    agency: str
    key: str
    at: dt.datetime


class Checkpoint(View):
    """The newest checkpoint (C2SP tlog-checkpoint), and the proof that the log only grew since."""

    serializer_class = Nothing
    also_with = Token.Scope.WITNESS

    @extend_schema(
        operation_id="audit_checkpoint",
        parameters=[OpenApiParameter("since", int, description="The size that was seen last.")],
        responses={200: shape(CheckpointOut)},
    )
    def get(self, request: Request) -> Response:
        policy.may(actor_of(request), Verb.WITNESS_LOG).require()
        since = request.query_params.get("since", "0")
        if not (since.isascii() and since.isdigit() and int(since) <= LARGEST):
            raise Invalid("invalid", pointer="/since")
        found = queries.checkpoint_since(int(since))
        if found is None:
            raise Missing("nothing_sealed_yet")
        return Response(found)


class Cosignatures(View):
    """An agency's own signature of a checkpoint (C2SP tlog-cosignature)."""

    serializer_class = CosignatureIn
    also_with = Token.Scope.WITNESS

    @extend_schema(operation_id="audit_cosign", responses={201: shape(CosignatureOut)})
    def post(self, request: Request) -> Response:
        actor = actor_of(request)
        policy.may(actor, Verb.WITNESS_LOG).require()
        kept = cosigning.cosign(**self.read(request), by=actor, at=timezone.now())
        told = {"size": kept.seal, "agency": kept.agency, "key": kept.key, "at": kept.at}
        return Response(told, status=201)

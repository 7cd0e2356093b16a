"""Two cases that may be about one person, for the supervisors of both, over HTTP."""

from collections.abc import Callable
from typing import Any, ClassVar, TypedDict

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from agencies.models import Member
from cases import likeness, policy
from cases.actions import pairing
from cases.api.serializers import LONG, Nothing
from cases.models import PossibleDuplicate
from cases.workflow import DuplicateVerb
from edge import paging
from edge.answers import AFTER, page, shape
from edge.views import ActView, Input, View


class UnlinkIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=LONG)


class DuplicateOut(TypedDict):
    """One's own case and the other; what matched, by kinds and never by values."""

    code: str
    state: str
    case: str
    other_case: str
    other_agency: str
    likely: str
    marks: list[str]
    found_at: Any
    verbs: list[str]


class Duplicates(View):
    """What waits for your side, or stands linked, newest first; for supervisors."""

    serializer_class = Nothing

    @extend_schema(
        operation_id="duplicate_list", parameters=[AFTER], responses={200: page(DuplicateOut)}
    )
    def get(self, request: Request) -> Response:
        actor = actor_of(request)
        rows = _related(actor)
        return Response(paging.newest(request, rows, show=lambda row: _out(row, actor)))


class DuplicateDetail(View):
    """One pair of cases."""

    serializer_class = Nothing

    @extend_schema(operation_id="duplicate_show", responses={200: shape(DuplicateOut)})
    def get(self, request: Request, code: str) -> Response:
        return _shown(request, code)


class DuplicateAct(ActView):
    """One verb of a pair. What came to nothing has no more to show than its code."""

    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(DuplicateOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        found = get_object_or_404(policy.duplicates_visible_to(actor), code=where["code"])
        _, do = VERBS[self.verb]
        return do(code=found.code, **data, by=actor, at=timezone.now()).code

    def show(self, request: Request, code: str) -> Response:
        try:
            return _shown(request, code)
        except Http404:
            return Response({"code": code, "verbs": []})


Body = type[serializers.Serializer[Any]]
VERBS: dict[str, tuple[Body, Callable[..., PossibleDuplicate]]] = {
    DuplicateVerb.SET_ASIDE: (Nothing, pairing.set_aside),
    DuplicateVerb.ASK: (Nothing, pairing.ask),
    DuplicateVerb.AGREE: (Nothing, pairing.agree),
    DuplicateVerb.REFUSE: (Nothing, pairing.refuse),
    DuplicateVerb.UNLINK: (UnlinkIn, pairing.unlink),
}


def _related(actor: Member) -> Any:
    return policy.duplicates_visible_to(actor).select_related("earlier__owner", "later__owner")


def _shown(request: Request, code: str) -> Response:
    actor = actor_of(request)
    return Response(_out(get_object_or_404(_related(actor), code=code), actor))


def _out(row: PossibleDuplicate, actor: Member) -> DuplicateOut:
    own, other = policy.own_first(actor, row)
    return {
        "code": row.code,
        "state": row.state,
        "case": own.code,
        "other_case": other.code,
        "other_agency": other.owner.code,
        "likely": likeness.words_for(row.points).value,
        "marks": row.marks,
        "found_at": row.found_at,
        "verbs": [verb.value for verb in policy.verbs_of_pair(actor, row)],
    }

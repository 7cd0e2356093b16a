"""The same page of cases by other views: ours without a question of permission; and the usual way, by
guardian's shortcut and nested serializers, as a control."""

from functools import cache

from django.db import connection
from django.db.models import QuerySet
from guardian.shortcuts import get_objects_for_user
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from agencies.api.listing import listing
from agencies.models import Agency, Member
from benchmarks import lists
from cases.api.views import Cases
from cases.models import Case
from cases.queries import CaseRow
from edge import paging


@cache
def _the_same_rows(member: int) -> lists.Question:
    """Which rows ours shows to this member, looked up before anything is measured."""
    found = Member.objects.select_related("agency").get(pk=member)
    return lists.same_rows(found)


class PlainList(Cases):
    """Authenticated, counted, audited and worded as ours; the rows are found by their keys."""

    def get(self, request: Request) -> Response:
        question, values = _the_same_rows(actor_of(request).pk)
        with connection.cursor() as cursor:
            cursor.execute(question, values)
            rows = [
                CaseRow(number, code, state, risk, at, worker, owner, name, "owner", None)
                for number, code, state, risk, at, worker, owner, name in cursor.fetchall()
            ]
        found = paging.page_of(
            rows, number=lambda row: row.number, show=lambda row: row.shown()
        )
        return listing(request, "cases", found)


class AgencyShown(serializers.ModelSerializer[Agency]):
    class Meta:
        model = Agency
        fields = ("code", "name")


class MemberShown(serializers.ModelSerializer[Member]):
    class Meta:
        model = Member
        fields = ("username",)


class CaseShown(serializers.ModelSerializer[Case]):
    owner = AgencyShown()
    worker = MemberShown()

    class Meta:
        model = Case
        fields = ("code", "state", "risk", "registered_at", "owner", "worker")


class Fifty(CursorPagination):
    page_size = paging.PAGE
    ordering = "-id"


class UsualList(ListAPIView[Case]):
    serializer_class = CaseShown
    pagination_class = Fifty
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Case]:
        seen: QuerySet[Case] = get_objects_for_user(
            self.request.user, "cases.see_case", klass=Case,
            with_superuser=False, accept_global_perms=False,
        )  # fmt: skip
        return seen.select_related("owner", "worker")

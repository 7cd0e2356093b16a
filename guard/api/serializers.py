"""What the API reads and shows about broken glass and about who is kept apart."""

import datetime as dt
from typing import Any, TypedDict

from rest_framework import serializers

from cases.models import Exclusion
from guard.models import BreakGlass
from kernel.groups import SEALED

LONG = 4000
SHAREABLE = [group.value for group in SEALED]


class GlassIn(serializers.Serializer[Any]):
    """`second` is the code of the approved request, where one is needed."""

    case = serializers.CharField(max_length=16)
    groups = serializers.ListField(
        child=serializers.ChoiceField(SHAREABLE), min_length=1, max_length=len(SHAREABLE)
    )
    purpose = serializers.ChoiceField(BreakGlass.Purpose.choices)
    reason = serializers.CharField(max_length=LONG)
    second = serializers.CharField(max_length=16, required=False, allow_blank=True, default="")


class ReviewIn(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(BreakGlass.Verdict.choices)
    remarks = serializers.CharField(max_length=LONG)


class GlassOut(TypedDict):
    code: str
    case: str
    by: str
    agency: str
    groups: list[str]
    purpose: str
    opened_at: dt.datetime
    until: dt.datetime
    ended_at: dt.datetime | None
    review_by: dt.datetime
    verdict: str
    reviewed_by: str | None
    reviewed_at: dt.datetime | None


class ExclusionOut(TypedDict):
    """Exactly one of agency, member and district says whom."""

    code: str
    agency: str | None
    member: str | None
    district: str | None
    set_at: dt.datetime


def glass_out(use: BreakGlass) -> GlassOut:
    return {
        "code": use.code,
        "case": use.case_code,
        "by": use.by.username,
        "agency": use.agency.code,
        "groups": use.groups,
        "purpose": use.purpose,
        "opened_at": use.opened_at,
        "until": use.until,
        "ended_at": use.ended_at,
        "review_by": use.review_by,
        "verdict": use.verdict,
        "reviewed_by": use.reviewed_by.username if use.reviewed_by else None,
        "reviewed_at": use.reviewed_at,
    }


def exclusion_out(row: Exclusion) -> ExclusionOut:
    return {
        "code": row.code,
        "agency": row.agency.code if row.agency else None,
        "member": row.member.username if row.member else None,
        "district": row.district or None,
        "set_at": row.set_at,
    }

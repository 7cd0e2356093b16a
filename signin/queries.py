"""What there is of a member's ways to sign in."""

import datetime as dt
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from agencies.models import Member, Token
from signin.models import FactorReset

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def factors_of(member: Member) -> QuerySet[Any]:
    """The passkeys and the app of a member; recovery codes are no factor to live on."""
    rows: QuerySet[Any] = Authenticator.objects.filter(user=member, type__in=STRONG)
    return rows.order_by("pk")


def kinds_of(member: Member) -> frozenset[str]:
    return frozenset(factors_of(member).values_list("type", flat=True))


def tokens_of(member: Member, *, at: dt.datetime) -> QuerySet[Token]:
    """The member's keys to the API that still work, the newest first."""
    alive = member.tokens.filter(expires_at__gt=at)
    return alive.exclude(scopes=[Token.Scope.ACTIVATE.value]).order_by("-pk")


def open_reset(member: Member) -> FactorReset | None:
    return FactorReset.objects.filter(member=member, ended_at__isnull=True).first()


def due_resets(*, at: dt.datetime) -> list[str]:
    """Those whose day of waiting is over."""
    due = FactorReset.objects.filter(ended_at__isnull=True, due_at__lte=at)
    return list(due.order_by("due_at").values_list("code", flat=True))


def active_member(number: int) -> Member | None:
    """The member of this number, who may still come in."""
    rows = Member.objects.select_related("agency")
    return rows.filter(pk=number, is_active=True, agency__is_active=True).first()

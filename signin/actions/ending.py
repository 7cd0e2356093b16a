"""Ending sessions and keys to the API: one's own, and all of a member's."""

from django.db import transaction

from agencies import actions as agencies
from agencies.models import Member, Token
from audit import log
from edge import sessions
from kernel.errors import Missing


@transaction.atomic
def end_own(*, code: str, by: Member) -> None:
    """One of one's own sessions; with the next request its browser finds itself signed out."""
    if not sessions.end(by.pk, code):
        raise Missing("not_found")
    log.record("session.ended", by=by, about=code)


@transaction.atomic
def end_others(*, session: str, by: Member) -> int:
    """All of one's own sessions but this."""
    ended = sessions.end_others(by.pk, session)
    log.record("session.ended", by=by, about=by.username, facts={"ended": ended})
    return ended


@transaction.atomic
def end_all(*, member: Member, by: Member) -> int:
    """Every session of a member, for whoever watches over the accounts: at once."""
    ended = sessions.end(member.pk)
    log.record("session.killed", by=by, about=member.username, facts={"ended": ended})
    return ended


@transaction.atomic
def end_token(*, token: Token, by: Member) -> None:
    """A key to the API, one's own or a member's."""
    agencies.revoke_token(token=token, by=by)

"""Setting up second factors and taking them away. After each, every other session ends."""

import datetime as dt

from allauth.mfa.models import Authenticator
from django.db import transaction

from agencies.models import Member
from agencies.queries import held
from audit import log
from kernel.errors import Invalid, Missing, Refused
from signin import passkeys, queries, recovery, totp
from signin.actions.moving import changed


@transaction.atomic
def add_app(*, sealed: str, code: str, session: str, by: Member, at: dt.datetime) -> None:
    """The app to which the offered secret was given, in place of an app that was set up before."""
    held(by)
    if not totp.keep(by, sealed, code):
        raise Invalid("code_not_right", pointer="/code")
    changed(by, session, "factor.added", {"kind": "totp"}, at=at)


@transaction.atomic
def add_passkey(*, said: str, name: str, session: str, by: Member, at: dt.datetime) -> None:
    """The key that the browser has just made."""
    held(by)
    passkeys.enrol(by, said, name=name)
    changed(by, session, "factor.added", {"kind": "passkey"}, at=at)


@transaction.atomic
def remove(*, number: int, session: str, by: Member, at: dt.datetime) -> None:
    """One factor less; never the last."""
    held(by)
    row = queries.factors_of(by).filter(pk=number).first()
    if row is None:
        raise Missing("not_found")
    if queries.factors_of(by).count() == 1:
        raise Refused("last_factor_stays")
    kind = "totp" if row.type == Authenticator.Type.TOTP else "passkey"
    row.delete()
    changed(by, session, "factor.removed", {"kind": kind}, at=at)


@transaction.atomic
def renew_codes(*, by: Member) -> list[str]:
    """Ten new recovery codes, shown this once; the old ones are worth nothing."""
    held(by)
    codes = recovery.renew(by)
    log.record("recovery.renewed", by=by, about=by.username, facts={"codes": len(codes)})
    return codes

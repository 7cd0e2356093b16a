"""Sign the statement on confidentiality."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from audit import log
from kernel.errors import Invalid, Stale
from learning import statement
from learning.actions import watching
from learning.models import Signature


@transaction.atomic
def sign(*, sha256: str, agreed: bool, by: Member, at: dt.datetime) -> Signature:
    """Sign the text that was shown, which `sha256` names; Stale if it is another by now. It counts for
    the days of the duty, whatever comes later."""
    if not agreed:
        raise Invalid("statement_not_agreed", pointer="/agreed")
    now = statement.current()
    if sha256 != now.sha256:
        raise Stale("changed_meanwhile")
    signed = Signature.objects.create(
        member=by, version=now.version, sha256=now.sha256, signed_at=at
    )
    log.record(
        "statement.signed",
        by=by,
        about=signed.code,
        facts={"version": now.version, "sha256": now.sha256},
    )
    watching.note(member=by, by=by, at=at)
    return signed

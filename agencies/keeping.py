"""What system administrators decide about the ring of keys: two of them, for each end of a key."""

import datetime as dt

from django.db import transaction

from agencies import policy
from agencies.models import Member
from agencies.policy import Verb
from custody import destruction
from custody.models import KeyDestruction


@transaction.atomic
def give_up(*, ring_key: str, because: str, by: Member, at: dt.datetime) -> KeyDestruction:
    """Ask that a key be destroyed."""
    policy.may(by, Verb.KEEP_KEYS).require()
    return destruction.ask(ring_key=ring_key, because=because, by=by, at=at)


@transaction.atomic
def approve(*, code: str, by: Member, at: dt.datetime) -> KeyDestruction:
    """Agree, as a second administrator; the console's command then destroys it."""
    policy.may(by, Verb.KEEP_KEYS).require()
    return destruction.approve(code=code, by=by, at=at)


@transaction.atomic
def stop(*, code: str, by: Member, at: dt.datetime) -> KeyDestruction:
    """Take the wish back, whoever had it."""
    policy.may(by, Verb.KEEP_KEYS).require()
    return destruction.take_back(code=code, by=by, at=at)

"""Look whether a certificate is one, and whose it is said to be."""

import datetime as dt
import unicodedata
from dataclasses import dataclass

from django.db import transaction

from agencies.calendar import day_of
from agencies.models import Member
from audit import log
from edge import wall
from kernel import codes
from learning.models import Certificate

PREFIX = "LC"
# An apostrophe, as in Соф’я, is on no two keyboards the same.
_IN_TWO_WAYS = str.maketrans({"ё": "е", "-": " "} | dict.fromkeys("'’ʼ‘`´", ""))


@dataclass(frozen=True, slots=True)
class Checked:
    """What whoever holds the code may know. `matches` is None where no name was said."""

    code: str
    topic: str
    version: str
    month: dt.date
    valid: bool
    matches: bool | None


@transaction.atomic
def check(*, code: str, name: str = "", by: Member, at: dt.datetime) -> Checked | None:
    """What a certificate says: no name, only whether it is the one that was typed. None if there is
    no such certificate."""
    code = codes.as_written(code, PREFIX)
    found = _found(code)
    log.record("learning.checked", by=by, about=code if found else "")
    if found is None:
        return None
    return Checked(
        code=code, topic=found.topic, version=found.version, month=found.month,
        valid=found.valid_until >= day_of(by.agency, at),
        matches=_plain(name) == _plain(found.member.known_as) if name.strip() else None,
    )  # fmt: skip


def _found(code: str) -> Certificate | None:
    if not codes.SHAPE.fullmatch(code) or not code.startswith(f"{PREFIX}-"):
        # Other codes open other rows to whoever holds them: none of those is held here.
        return None
    # The code itself is the right to this: its learner has shown it.
    wall.hold(keys=[code])
    return Certificate.objects.select_related("member").filter(code=code).first()


def _plain(name: str) -> str:
    """The words of a name in any order, without what people write in two ways."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_IN_TWO_WAYS)
    words = folded.split()
    return " ".join(sorted(words))

"""Why a two-person act is asked for: sealed under the ring, opened only after it is logged."""

from agencies.models import Member
from audit import log
from custody.ring import purpose_key
from kernel import sealing
from seconding.models import TwoPersonAct

PURPOSE = "two-person act"


def seal(request: TwoPersonAct, text: str) -> bytes:
    """For this request alone. There may be no person yet under whose key it could be sealed."""
    return sealing.seal(purpose_key(PURPOSE), text, place=_place(request))


def opened(request: TwoPersonAct, *, by: Member) -> str:
    """The plain words, empty once the request has ended. Writes the audit event first."""
    if request.words is None:
        return ""
    log.record("read.second", by=by, about=request.code)
    return sealing.open_sealed(
        purpose_key(PURPOSE), bytes(request.words), place=_place(request)
    )


def _place(request: TwoPersonAct) -> str:
    return f"seconding_twopersonact|words|{request.code}"

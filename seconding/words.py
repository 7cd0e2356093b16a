"""Why a two-person act is asked for: sealed under the ring, opened only after it is logged."""

from agencies.keyring import ring

from agencies.models import Member
from audit import log
from kernel import sealing
from seconding.models import TwoPersonAct


def seal(request: TwoPersonAct, text: str) -> bytes:
    """For this request alone. There may be no person yet under whose key it could be sealed."""
    keys = ring()
    sealed = sealing.seal(_key(keys.current), text, place=_place(request))
    return keys.current.encode() + b"|" + sealed


def opened(request: TwoPersonAct, *, by: Member) -> str:
    """The plain words, empty once the request has ended. Writes the audit event first."""
    if request.words is None:
        return ""
    log.record("read.second", by=by, about=request.code)
    name, sealed = bytes(request.words).split(b"|", 1)
    return sealing.open_sealed(_key(name.decode()), sealed, place=_place(request))


def _key(name: str) -> bytes:
    return ring().derive(name, "two-person act")


def _place(request: TwoPersonAct) -> str:
    return f"seconding_twopersonact|words|{request.code}"

"""An answer with a reason, so that a page can say why a button is grey."""

from dataclasses import dataclass

from kernel.errors import Denied


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def require(self) -> None:
        """Raise Denied with the reason, unless allowed."""
        if not self.allowed:
            raise Denied(self.reason)


ALLOW = Verdict(allowed=True)


def deny(reason: str) -> Verdict:
    return Verdict(allowed=False, reason=reason)

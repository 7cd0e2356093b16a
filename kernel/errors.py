"""The few ways a domain action can say no. Each maps to one HTTP status."""


class SafehandError(Exception):
    """A refusal the caller can act on. `code` is stable and becomes a sentence at the edge.

    `words` are the caller's own, told back to the caller and never written down.
    """

    def __init__(
        self, code: str, *, pointer: str = "", state: str = "", words: tuple[str, ...] = ()
    ) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer
        self.state = state
        self.words = words


class Invalid(SafehandError):
    """The input itself is wrong; `pointer` (JSON pointer, RFC 6901) says where."""


class Denied(SafehandError):
    """This member may not do this to this record."""


class Refused(SafehandError):
    """Nobody may do this to this record as it stands now; `state` is how it stands."""


class Stale(SafehandError):
    """The caller judged an older version of the record than the one that is stored."""


class Missing(SafehandError):
    """There is no such record, or the caller may not know that there is one."""


class RingUnusable(Exception):
    """The ring of keys cannot be used as it stands; the words say why, and hold no key."""

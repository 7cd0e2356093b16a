"""A file names a case from which whoever brings it is kept apart. It becomes a case as if the other were
not there, so that nobody learns of that one by a file; and those who may know of it are told."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agencies.models import Member
from agencies.roles import Role
from audit import log
from cases import timeline
from cases.models import Case
from exchange import queries
from exchange.store import References
from kernel.errors import Refused
from notify import ledger, outbox
from notify.audience import To
from notify.notices import Kind

ALREADY = "is_here_already"


@dataclass(frozen=True, slots=True)
class Place:
    """Under which token a new case is to be known again, and the cases, hidden from whoever brings it,
    that have its reference."""

    token: bytes | None
    hidden: list[Case]


@dataclass(frozen=True, slots=True)
class Taken:
    """What of some references is taken by cases that the agency brought or has, and of which of these
    the member may know: of its own, those that they are not kept apart from."""

    references: References
    by_token: dict[bytes, Case]
    by_code: dict[str, Case]
    known: set[int]

    def place(self, reference: str) -> Place:
        """Raises Refused where the member may know of a case that has the reference."""
        tokens = self.references.tokens(reference)
        others = [self.by_token[token] for token in tokens if token in self.by_token]
        if reference in self.by_code:
            others.append(self.by_code[reference])
        if any(case.pk in self.known for case in others):
            raise Refused(ALREADY)
        free = (token for token in tokens if token not in self.by_token)
        return Place(next(free, None), others)


def taken(references: References, wanted: Sequence[str], *, by: Member) -> Taken:
    tokens = [token for each in wanted for token in references.tokens(each)]
    by_token = queries.taken(by.agency, tokens)
    by_code = queries.of_codes(by.agency, wanted)
    ours = {
        case.pk for case in (*by_token.values(), *by_code.values()) if case.owner == by.agency
    }
    return Taken(references, by_token, by_code, ours - queries.apart_from(by, ours))


def tell(
    hidden: Iterable[Case], new: Case, *, from_: str, by: log.Machine, at: dt.datetime
) -> None:
    """Of each that is still the agency's, the supervisors who may know of it, or else its worker;
    and it stands in what happened in it."""
    for case in hidden:
        if case.owner_id != new.owner_id:
            continue
        facts: dict[str, log.Fact] = {"import": from_}
        timeline.record(case, "case.brought_again", by=by, at=at, about=new.code, facts=facts)
        told = queries.supervisors_of(case)
        if not told and case.worker is not None and case.worker.is_active:
            told = [case.worker]
        for member in told:
            # By name: the role would be told with those who may not know of it.
            to = To(Role.SUPERVISOR, case.owner, member)
            outbox.publish(Kind.BROUGHT_AGAIN, subject=case.code, to=to, at=at)
        if not told:
            ledger.leave_to_administrators(
                Kind.NOBODY_TOLD, subject=case.code, at=at, space=case.owner.space
            )

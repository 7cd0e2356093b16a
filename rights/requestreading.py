"""The sealed words of a request; opening them is written down first."""

from audit import log
from cases import vault
from rights.requestmodels import SubjectRequest


def reason_of(request: SubjectRequest, *, by: log.Actor) -> str:
    """Why it was refused; empty where it was not."""
    texts = vault.open_texts(
        request.case.person,
        {request.place: request.reason},
        by=by,
        case=request.case.code,
        what="request",
    )
    return texts.get(request.place, "")

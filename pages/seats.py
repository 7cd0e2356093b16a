"""Where a session practises: which made-up space it sits in, and how it gets in and out."""

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from agencies.models import Member
from practice.models import Space

# Of the session: the code of the space in which the learner sits.
SITS_IN = "practice"
# Where what was typed waits in the session while one is asked again who one is.
HELD = "held"


def space_of(request: HttpRequest) -> Space | None:
    """The space in which this request is made, if it is one of practice."""
    found: Space | None = getattr(request, "practice", None)
    return found


def learner_of(request: HttpRequest) -> Member | None:
    """Whose session it is, where somebody else acts by it."""
    found: Member | None = getattr(request, "learner", None)
    return found


def sit_down(request: HttpRequest, space: Space) -> None:
    """From here on this session practises. Forms that were opened before are void: they have an older
    token against forged requests, so none is sent to where it was not meant for."""
    request.session[SITS_IN] = space.code
    request.session.pop(HELD, None)
    rotate_token(request)


def stand_up(request: HttpRequest) -> None:
    """From here on this session is the learner's own again; forms that were opened in practice are
    void in the same way."""
    request.session.pop(SITS_IN, None)
    request.session.pop(HELD, None)
    rotate_token(request)

"""Whether the log is in order: its newest seal, its anchors and witnesses, and the last check."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies import policy
from agencies import queries as agencies
from agencies.policy import Verb
from audit import log, queries, sealer
from audit.tasks import LATE
from pages.door import actor_of, page


@page
@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    """Numbers and signatures only; nothing of what happened."""
    actor = actor_of(request)
    policy.may(actor, Verb.SEE_SEALS).require()
    waiting, state = sealer.lag(at=timezone.now()), queries.seal_state()
    names = agencies.names_of({word.agency for word in state["witnesses"]})
    # Who did what is told to the log host, too, but it is no checkpoint.
    places = {name for name, _ in state["anchors"]} - {"events"}
    words: dict[str, Any] = {
        **state,
        "witnesses": [
            (names.get(word.agency, word.agency), word) for word in state["witnesses"]
        ],
        "waiting": int(waiting.total_seconds()),
        "late": waiting > LATE,
        "enough": len(places) + len(state["witnesses"]) > 1,
    }
    log.record("read.seals", by=actor)
    return render(request, "pages/protection/seals.html", words)


urlpatterns = [path("log/seals/", seals, name="seals")]

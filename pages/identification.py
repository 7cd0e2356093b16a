"""How far the formal identification of a person has come, and what may be done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from identification import policy, queries, reading
from identification.models import Decision, Identification
from identification.workflow import State
from pages import decisions
from pages.casefile import CaseFile
from pages.decisionforms import of_decision
from pages.door import page

# How it stands, in a sentence.
STANDS: dict[str, Any] = {
    State.NONE: gettext_lazy(
        "Not begun. It begins with the first form about signs. Help never waits for it."
    ),
    State.SCREENING: gettext_lazy(
        "Forms are being filled in. Nothing was submitted for a decision."
    ),
    State.SUBMITTED: gettext_lazy("Submitted. The authority has to decide."),
    State.POSSIBLE: gettext_lazy(
        "There are reasonable grounds. The person has time for reflection; nothing is decided "
        "before its end."
    ),
    State.CONFIRMED: gettext_lazy("Confirmed by the authority."),
    State.NOT_CONFIRMED: gettext_lazy(
        "Not confirmed. Help goes on, and another look may be asked for."
    ),
    State.DECLINED: gettext_lazy(
        "The person does not want the formal procedure, and gets all help anyway."
    ),
}


@page
@require_safe
def identification(request: HttpRequest, code: str) -> HttpResponse:
    file, found = decisions.find(request, code)
    at, wanted = timezone.now(), request.GET.get("open", "")
    moves = reading.moves_for(file.actor, found, at=at)
    rows = _decisions(file, found)
    untold = [t for row in rows for t in row.tellings.all() if t.told_at is None]
    return file.page(
        request,
        "pages/identification/identification.html",
        "identification",
        found=found,
        stands=STANDS[found.state],
        due_at=queries.due_at(found),
        reflecting=found.state == State.POSSIBLE,
        over=found.reflection_ends_at is not None and at >= found.reflection_ends_at,
        now=[(verb, decisions.TITLES[verb]) for verb in _shown(moves["now"])],
        not_now=[(decisions.TITLES[v], moves["not_now"][v]) for v in _shown(moves["not_now"])],
        decided=[(row, of_decision(row)) for row in rows],
        untold=untold if file.own else [],
        opened=_opened(file, rows, wanted),
        has_texts=bool(found.best_interest or found.new_evidence),
        texts=reading.texts_for(file.actor, found) if wanted == "words" else {},
    )


def _shown(verbs: Any) -> list[str]:
    return [verb for verb in decisions.TITLES if verb in verbs]


def _decisions(file: CaseFile, found: Identification) -> list[Decision]:
    """Newest first, with whom they were told."""
    visible = policy.decisions_visible_to(file.actor).filter(identification__case=found.case)
    rows = visible.select_related("authority", "decided_by").order_by("-pk")
    return list(rows.prefetch_related("tellings__told_by"))


def _opened(file: CaseFile, rows: list[Decision], wanted: str) -> dict[str, Any]:
    """The reasons of the decision that was asked for, and the proofs that it was told."""
    chosen = next((row for row in rows if row.code == wanted), None)
    if chosen is None:
        return {}
    chosen.identification.case = file.case
    reasons, proofs = reading.reasons_of(file.actor, chosen)
    return {"code": chosen.code, "reasons": reasons, "proofs": proofs}


urlpatterns = [
    path("cases/<str:code>/identification/", identification, name="identification"),
    *decisions.urlpatterns,
]

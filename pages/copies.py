"""Backups and drills as they stand: when, how large, what was found, and what is late."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from agencies import policy
from agencies.policy import Verb
from custody import journal, state
from custody.models import CopyRun
from pages.door import actor_of, page

# The figures of a drill in the reader's words, in this order.
FIGURES: dict[str, Any] = {
    "rows": pgettext_lazy("drill", "Rows that came back"),
    "rows_lost": pgettext_lazy("drill", "Rows lost"),
    "consents_withdrawn": pgettext_lazy("drill", "Consents withdrawn since the backup"),
    "consents_resurrected": pgettext_lazy("drill", "of them alive again"),
    "persons_erased": pgettext_lazy("drill", "Persons erased since the backup"),
    "erased_resurrected": pgettext_lazy("drill", "of them back again"),
    "groups_opened": pgettext_lazy("drill", "Sealed groups that opened"),
    "groups_shut": pgettext_lazy("drill", "Sealed groups that did not open"),
    "access_differs": pgettext_lazy("drill", "Cases with wrong access rows"),
    "restore_seconds": pgettext_lazy("drill", "Seconds for the restore"),
    "seconds": pgettext_lazy("drill", "Seconds for the whole drill"),
}


@page
@require_safe
def copies(request: HttpRequest) -> HttpResponse:
    policy.may(actor_of(request), Verb.KEEP_COPIES).require()
    now, kinds = timezone.now(), CopyRun.Kind
    drill = state.last_run(kinds.DRILL)
    words = {
        "backup": state.last_run(kinds.BACKUP),
        "backup_late": state.is_late(kinds.BACKUP, at=now),
        "drill": drill,
        "drill_late": state.is_late(kinds.DRILL, at=now),
        "figures": _figures(drill.facts) if drill else [],
        "restore": state.last_run(kinds.RESTORE),
        "outside": bool(journal.paths()),
        "waiting": journal.waiting(),
    }
    return render(request, "pages/keeping/copies.html", words)


def _figures(facts: dict[str, Any]) -> list[tuple[Any, Any]]:
    shown = facts | {"rows_lost": sum(facts.get("rows_lost", {}).values())}
    return [(words, shown[name]) for name, words in FIGURES.items() if name in shown]


urlpatterns = [path("backups/", copies, name="copies")]

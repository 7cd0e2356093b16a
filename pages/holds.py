"""Legal holds and restrictions of a case: what stands, one more, and its end."""

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from audit import log
from cases import policy, reading
from cases.models import Case, Hold
from cases.workflow import GROUNDS, HoldGround, HoldKind
from pages.door import actor_of, onward, page, posted
from pages.forms import Day, Form, Nothing
from rights.actions import restricting
from rights.policy import may_propose

HALF_A_YEAR = dt.timedelta(days=182)
# Each kind of hold with its grounds, as one question.
CHOICES = [
    (kind.label, [(f"{kind}:{ground}", ground.label) for ground in grounds])
    for kind, grounds in GROUNDS.items()
]


class Set(Form):
    ground = forms.ChoiceField(
        label=pgettext_lazy("hold", "What, and why"), choices=CHOICES, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=pgettext_lazy("hold", "What you know of it"),
        help_text=gettext_lazy(
            "30 characters at least. Sealed: only those who work on the case can open it."
        ),
        max_length=4000,
        widget=forms.Textarea,
    )
    look_again_on = forms.DateField(
        label=pgettext_lazy("hold", "Look at it again on"),
        help_text=gettext_lazy("Within a year. It does not end by itself on that day."),
        widget=Day(),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["look_again_on"].initial = timezone.localdate() + HALF_A_YEAR


@page
@require_http_methods(["GET", "POST"])
def holds(request: HttpRequest, code: str) -> HttpResponse:
    """What holds a case, and one more: for its supervisors and for data protection."""
    actor, case = actor_of(request), _case(request, code)
    form = Set(request.POST if request.method == "POST" else None)
    if posted(request, form, lambda data: _set(request, case, data)):
        return onward(
            request, gettext_lazy("Set. Those who must know are told."), "holds", code=code
        )
    rows = list(
        policy.holds_visible_to(actor)
        .filter(case=case)
        .select_related("set_by", "ended_by", "case__person")
        .order_by("-pk")
    )
    own = policy.is_own(actor, case)
    opened = own and request.GET.get("open") == "reasons"
    reasons = reading.reasons_held(case, rows, by=actor) if opened else {}
    words = {
        "case": case,
        "rows": [(each, reasons.get(each.code, "")) for each in rows],
        "own": own,
        "opened": opened,
        "form": form,
        "erasable": bool(may_propose(actor)) and case.state == "closed",
    }
    return render(request, "pages/rights/holds.html", words)


def _set(request: HttpRequest, case: Case, data: dict[str, Any]) -> Hold:
    kind, _, ground = data["ground"].partition(":")
    return restricting.set_hold(
        code=case.code, kind=HoldKind(kind), ground=HoldGround(ground), reason=data["reason"],
        look_again_on=data["look_again_on"], by=actor_of(request), at=timezone.now(),
    )  # fmt: skip


@page
@require_http_methods(["GET", "POST"])
def hold_end(request: HttpRequest, code: str, hold: str) -> HttpResponse:
    actor, case = actor_of(request), _case(request, code)
    rows = policy.holds_visible_to(actor).filter(case=case, ended_at__isnull=True)
    found = get_object_or_404(rows, code=hold)
    form = Nothing(request.POST if request.method == "POST" else None)
    ended = posted(
        request, form, lambda _: restricting.end_hold(code=hold, by=actor, at=timezone.now())
    )
    if ended:
        return onward(request, gettext_lazy("It has ended."), "holds", code=code)
    words = {
        "title": gettext("End: %(what)s") % {"what": found.get_kind_display()},
        "words": gettext(
            "Whoever's time is over may then be proposed for erasure. Of a restriction the person "
            "is told before it ends."
        ),
        "button": gettext("End it"),
        "form": form,
        "danger": True,
        "back": reverse("holds", kwargs={"code": code}),
    }
    return render(request, "pages/act.html", words)


def _case(request: HttpRequest, code: str) -> Case:
    actor = actor_of(request)
    rows = policy.holdable_by(actor).select_related("owner", "person")
    case = get_object_or_404(rows, code=code)
    if request.method == "GET":
        log.record("read.holds", by=actor, about=code, case=code)
    return case


urlpatterns = [
    path("cases/<str:code>/holds/", holds, name="holds"),
    path("cases/<str:code>/holds/<str:hold>/end/", hold_end, name="hold_end"),
]

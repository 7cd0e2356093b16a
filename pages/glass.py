"""Seeing a case in an emergency: asking for it, and looking at it afterwards."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods

from agencies.roles import most_for
from edge import stepup
from guard import policy, reading
from guard.actions import glass as acts
from guard.actions import reviewing
from guard.models import BreakGlass
from kernel.groups import SEALED, DataGroup, in_order
from pages import labels
from pages.door import actor_of, onward, page, posted
from pages.forms import CodeField, Form
from pages.forms import Reason as WithReason
from seconding import policy as seconding

WHY = gettext_lazy("30 characters at least. Only those who look at it afterwards read it.")
WHOLE = ("by", "agency", "reviewed_by", "second__decided_by")


class Break(Form):
    case = CodeField(
        label=pgettext_lazy("search", "Code of the case"),
        help_text=gettext_lazy("Exactly as the person, a card or a colleague told it."),
    )
    groups = forms.MultipleChoiceField(
        label=pgettext_lazy("glass", "What you must know"),
        help_text=gettext_lazy("Only what you need to help now."),
        widget=forms.CheckboxSelectMultiple,
    )
    purpose = forms.ChoiceField(
        label=pgettext_lazy("glass", "What for"),
        choices=BreakGlass.Purpose.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=pgettext_lazy("glass", "What has happened"),
        help_text=WHY,
        max_length=4000,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, groups: list[tuple[str, Any]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["groups"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = groups

    @property
    def needs_second(self) -> bool:
        """Whether a supervisor must approve first: the name, where no life is in danger."""
        vital = self.cleaned_data["purpose"] == BreakGlass.Purpose.DANGER_TO_LIFE
        return DataGroup.IDENTITY in self.cleaned_data["groups"] and not vital


class Look(Form):
    verdict = forms.ChoiceField(
        label=pgettext_lazy("glass", "Was it right?"),
        choices=BreakGlass.Verdict.choices,
        widget=forms.RadioSelect,
    )
    remarks = forms.CharField(
        label=pgettext_lazy("glass", "Why you think so"),
        help_text=gettext_lazy("30 characters at least."),
        max_length=4000,
        widget=forms.Textarea,
    )


@page
@require_http_methods(["GET", "POST"])
@stepup.needed_to_send
def glass(request: HttpRequest) -> HttpResponse:
    """See one case for an hour. Everybody who must know of it is told before anything is shown."""
    actor = actor_of(request)
    verdict = policy.may_break(actor)
    possible = in_order(most_for(actor.agency.type) & set(SEALED))
    groups = [(group, labels.group(group)) for group in possible]
    form = Break(request.POST if request.method == "POST" else None, groups=groups)
    if request.method == "POST":
        verdict.require()
    if made := posted(request, form, lambda data: _done(request, form, data)):
        return made
    words = {
        "form": form,
        "verdict": verdict,
        "mine": list(policy.visible_to(actor).filter(by=actor).order_by("-pk")[:10]),
        "asked": list(
            seconding.visible_to(actor)
            .filter(asked_by=actor, state__in=["asked", "approved"])
            .order_by("-pk")[:10]
        ),
        "now": timezone.now(),
        "most": {"day": acts.MOST_A_DAY, "month": acts.MOST_A_MONTH},
    }
    return render(request, "pages/guard/glass.html", words)


def _done(request: HttpRequest, form: Break, data: dict[str, Any]) -> HttpResponse:
    asked = {
        "code": data["case"],
        "groups": [DataGroup(group) for group in data["groups"]],
        "purpose": data["purpose"],
        "reason": data["reason"],
        "by": actor_of(request),
        "at": timezone.now(),
    }
    if form.needs_second:
        made = acts.ask_second(**asked)
        said = gettext_lazy("Asked. A supervisor has ten minutes to approve it.")
        return onward(request, said, "approval", code=made.code)
    use = acts.break_glass(**asked)
    return opened(request, use)


def opened(request: HttpRequest, use: BreakGlass) -> HttpResponse:
    """On to the case, for its hour."""
    said = gettext_lazy("Open for one hour, to look at. Those who must know have been told.")
    return onward(request, said, "case", code=use.case_code)


@page
@require_http_methods(["GET", "POST"])
def glass_use(request: HttpRequest, code: str) -> HttpResponse:
    """One use: what was opened, by whom, what for; and the look that is taken at it."""
    actor = actor_of(request)
    rows = policy.visible_to(actor).select_related(*WHOLE)
    use = get_object_or_404(rows, code=code)
    verdict = policy.may_review(actor, use)
    form = Look(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        verdict.require()
    looked_at = posted(
        request,
        form,
        lambda data: reviewing.review(code=code, **data, by=actor, at=timezone.now()),
    )
    if looked_at:
        said = gettext_lazy("Thank you. What you found is kept, and they are told.")
        return onward(request, said, "glass_use", code=code)
    asked = request.GET.get("open") == "words" and (verdict or use.by_id == actor.pk)
    words = {
        "use": use,
        "form": form,
        "verdict": verdict,
        "may_read": bool(verdict) or use.by_id == actor.pk,
        "texts": reading.words_of(use, by=actor) if asked else {},
        "running": use.ended_at is None and use.until > timezone.now(),
    }
    return render(request, "pages/guard/use.html", words)


class Lift(WithReason):
    """Why the right is to be given back."""


@page
@require_http_methods(["GET", "POST"])
def glass_lift(request: HttpRequest, username: str) -> HttpResponse:
    """Ask a data protection officer to give somebody the right back."""
    actor = actor_of(request)
    rows = policy.suspended_visible_to(actor).exclude(member=actor)
    row = get_object_or_404(rows.select_related("member__agency"), member__username=username)
    form = Lift(request.POST if request.method == "POST" else None)
    form.fields["reason"].help_text = gettext_lazy("30 characters at least.")
    form.fields["reason"].label = pgettext_lazy(
        "glass", "Why they may be trusted with it again"
    )
    made = posted(
        request,
        form,
        lambda data: reviewing.ask_to_lift(
            member=row.member, reason=data["reason"], by=actor, at=timezone.now()
        ),
    )
    if made:
        said = gettext_lazy("Asked. A data protection officer other than you decides.")
        return onward(request, said, "approval", code=made.code)
    return render(request, "pages/guard/lift.html", {"row": row, "form": form})


urlpatterns = [
    path("emergency/", glass, name="glass"),
    path("emergency/right/<str:username>/", glass_lift, name="glass_lift"),
    path("emergency/<str:code>/", glass_use, name="glass_use"),
]

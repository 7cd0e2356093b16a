"""Reviews and contact: what is due and when, hold a review, and write down tries to be in touch."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import deadlines
from pages import labels
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, page_in, posted
from pages.forms import Form, Moment
from pages.plan import act_page, require
from pages.scores import Hold
from reintegration import policy, queries, reading
from reintegration.actions import reviewing
from reintegration.models import Review
from reintegration.workflow import NotHeld, Reached, ReviewKind, ReviewState


class NotHeldWhy(Form):
    why = forms.ChoiceField(
        label=pgettext_lazy("review", "Why it could not be held"),
        choices=NotHeld.choices,
        widget=forms.RadioSelect,
    )


class CheckIn(Form):
    tried_at = forms.DateTimeField(label=pgettext_lazy("check-in", "When"), widget=Moment)
    channel = forms.ChoiceField(
        label=pgettext_lazy("check-in", "How"), widget=forms.RadioSelect
    )
    result = forms.ChoiceField(
        label=pgettext_lazy("check-in", "How it went"),
        choices=Reached.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)
        channel.choices = labels.choices("check_in_channel")


@page
@require_safe
def reviews(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    actor, case = file.actor, file.case
    rows = list(
        policy.reviews_visible_to(actor)
        .filter(case=case)
        .exclude(state=ReviewState.CANCELLED)
        .select_related("agency")
        .order_by("due_on", "pk")
    )
    tries = policy.check_ins_visible_to(actor).filter(case=case).select_related("by")
    state = queries.support_state(case)
    return file.page(
        request,
        "pages/plan/reviews.html",
        "plan",
        here="reviews",
        waiting=[each for each in rows if each.state == ReviewState.DUE],
        past=[each for each in rows if each.state != ReviewState.DUE],
        support=reading.verbs_of_case(actor, case, state, own=True),
        contact_due_at=queries.check_in_due_at(case),
        tries=page_in(request, tries),
    )


@page
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, code: str) -> HttpResponse:
    """One review: the questions while it is due, and what was said once it was held."""
    file, wanted = _review(request, code)
    verbs = reading.verbs_of_review(file.actor, wanted, own=True)
    asked = request.method == "GET"
    if asked and "hold" not in verbs["now"]:
        return _shown(request, file, wanted, verbs)
    form = Hold(
        None if asked else request.POST,
        whole=wanted.kind == ReviewKind.PLANNED,
        initial={"held_on": deadlines.today(file.case, timezone.now())},
    )
    made = posted(
        request,
        form,
        lambda data: reviewing.hold(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        said = gettext_lazy("The review is written down. This is how it goes now.")
        return onward(request, said, "trajectory", code=file.case.code)
    rows = form.rows(queries.held_reviews(file.case))
    return file.page(
        request, "pages/plan/hold.html", "plan", here="reviews", review=wanted, form=form,
        rows=rows,
    )  # fmt: skip


@page
@require_http_methods(["GET", "POST"])
def review_not_held(request: HttpRequest, code: str) -> HttpResponse:
    file, wanted = _review(request, code)
    asked = request.method == "GET"
    if asked:
        verbs = reading.verbs_of_review(file.actor, wanted, own=True)
        require(verbs, "not_held", wanted.state)
    form = NotHeldWhy(None if asked else request.POST)
    made = posted(
        request,
        form,
        lambda data: reviewing.not_held(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        said = gettext_lazy("It is written down. The next review stays as it was planned.")
        return onward(request, said, "reviews", code=file.case.code)
    title = pgettext_lazy("review", "It could not be held")
    return act_page(request, file, form, title, reverse("review", kwargs={"code": code}))


@page
@require_http_methods(["GET", "POST"])
def check_in(request: HttpRequest, code: str) -> HttpResponse:
    file = open_file(request, code, own=True)
    asked = request.method == "GET"
    if asked:
        state = queries.support_state(file.case)
        verbs = reading.verbs_of_case(file.actor, file.case, state, own=True)
        require(verbs, "check_in", state)
    now = timezone.localtime()
    form = CheckIn(None if asked else request.POST, initial={"tried_at": now})
    made = posted(
        request,
        form,
        lambda data: reviewing.check_in(code=code, **data, by=file.actor, at=timezone.now()),
    )
    if made:
        return onward(request, gettext_lazy("It is written down."), "reviews", code=code)
    title = pgettext_lazy("check-in", "A try to be in touch")
    return act_page(request, file, form, title, reverse("reviews", kwargs={"code": code}))


def _review(request: HttpRequest, code: str) -> tuple[CaseFile, Review]:
    rows = policy.reviews_visible_to(actor_of(request))
    wanted = get_object_or_404(rows.select_related("case", "held_by", "agency"), code=code)
    file = open_file(request, wanted.case.code, own=True)
    wanted.case = file.case
    return file, wanted


def _shown(
    request: HttpRequest, file: CaseFile, wanted: Review, verbs: reading.Verbs
) -> HttpResponse:
    opened = request.GET.get("open") == "remarks"
    return file.page(
        request,
        "pages/plan/review.html",
        "plan",
        here="reviews",
        review=wanted,
        scores=wanted.scores.order_by("pk"),
        opened=opened,
        remarks=reading.remarks_of(file.actor, wanted) if opened else None,
        why_not=verbs["not_now"].get("hold") if wanted.state == ReviewState.DUE else "",
    )


urlpatterns = [
    path("cases/<str:code>/reviews/", reviews, name="reviews"),
    path("reviews/<str:code>/", review, name="review"),
    path("reviews/<str:code>/not-held/", review_not_held, name="review_not_held"),
    path("cases/<str:code>/check-in/", check_in, name="check_in"),
]

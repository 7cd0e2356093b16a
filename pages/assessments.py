"""Risks and needs of a person: judged, and read again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from cases import policy, queries
from cases.actions import assessing
from cases.policy import Verb
from pages import labels
from pages.assessmentforms import Assess
from pages.casefile import CaseFile, open_file
from pages.door import onward, page, page_in, posted


@page
@require_safe
def assessments(request: HttpRequest, code: str) -> HttpResponse:
    """Every judgement, newest first; each is opened when asked for."""
    file = open_file(request, code, own=True)
    rows = policy.assessments_visible_to(file.actor).filter(case=file.case)
    shown = page_in(request, rows.select_related("made_by"))
    opened = [each for each in shown["results"] if each.code == request.GET.get("open")]
    said: dict[str, Any] = {}
    if opened:
        said = assessing.read(case=file.case, assessments=opened, by=file.actor)
    words = {
        "lines": [(each, _words(said.get(each.code))) for each in shown["results"]],
        "next": shown["next"],
        "entitled": queries.entitled(file.case.person),
        "verdict": policy.may(file.actor, Verb.ASSESS, file.case, own=True),
    }
    return file.page(request, "pages/case/assessments.html", "case", **words)


def _words(said: dict[str, Any] | None) -> dict[str, Any] | None:
    """What was judged, in words."""
    if said is None:
        return None
    needs = [
        {
            "area": labels.label("need_area", need["area"]),
            "level": labels.label("need_level", need["level"]),
            "wants": labels.label("wants_help", need["wants_help"]),
            "words": need.get("words", ""),
        }
        for need in said.get("needs", [])
    ]
    factors = [labels.label("factor", code) for code in said.get("factors", [])]
    return {"needs": needs, "factors": factors, "words": said.get("words", "")}


@page
@require_http_methods(["GET", "POST"])
def assess(request: HttpRequest, code: str) -> HttpResponse:
    """A new judgement; the earlier ones stay as they are."""
    file = open_file(request, code, own=True)
    policy.may(file.actor, Verb.ASSESS, file.case, own=True).require()
    form = _form(request, file)
    if posted(
        request,
        form,
        lambda data: assessing.assess(
            code=code, **form.judged(), by=file.actor, at=timezone.now()
        ),
    ):
        said = gettext_lazy("What you judged is saved. The next step is a plan.")
        return onward(request, said, "case", code=code)
    return file.page(request, "pages/case/assess.html", "case", form=form)


def _form(request: HttpRequest, file: CaseFile) -> Assess:
    sent = request.POST if request.method == "POST" else None
    return Assess(sent, actor=file.actor, case=file.case)


urlpatterns = [
    path("cases/<str:code>/assessments/", assessments, name="assessments"),
    path("cases/<str:code>/assessments/new/", assess, name="assess"),
]

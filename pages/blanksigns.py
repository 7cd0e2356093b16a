"""An empty form about signs on paper, for a visit without a connection. It names nobody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import get_language_info, override
from django.views.decorators.http import require_safe

from identification import instruments
from identification.instruments import Definition
from identification.workflow import Answer
from pages import labels
from pages.blank import Line
from pages.consentwords import asked_in
from pages.door import page
from pages.frame import LANGUAGES

BOXES = (Answer.YES, Answer.NO, Answer.UNKNOWN)


@page
@require_safe
def blank_signs(request: HttpRequest) -> HttpResponse:
    """One form, in the language that is asked for: each question with boxes, its meaning below."""
    forms = [each for each in instruments.current() if each.can_be_filled_in]
    wanted = request.GET.get("form", forms[0].code if forms else "")
    definition = next((each for each in forms if each.code == wanted), None)
    if definition is None:
        raise Http404
    with override(asked_in(request, "language")):
        words = {
            "questions": _questions(definition),
            "form": definition.code,
            "forms": [(each.code, each.title[labels.spoken()]) for each in forms],
            "spoken": labels.spoken(),
            "tongues": [(code, get_language_info(code)["name_local"]) for code, _ in LANGUAGES],
        }
        return render(request, "pages/signs/blank.html", words)


def _questions(definition: Definition) -> list[Line]:
    spoken = labels.spoken()
    boxes = [answer.label for answer in BOXES]
    return [
        Line(each.text[spoken], each.guidance[spoken], boxes, range(0))
        for each in definition.questions.values()
    ]


urlpatterns = [path("blank/signs/", blank_signs, name="blank_signs")]

"""Before the person is called or written to: when, how and by which word it is safe."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from guard import policy, safecontact, texts
from guard.actions import contacting
from guard.models import Contact
from guard.safecontact import Answer
from kernel.groups import DataGroup
from pages import facts, labels
from pages.casefile import CaseFile, open_file
from pages.door import actor_of, onward, page, posted
from pages.forms import Form, Moment, Nothing

CHANNELS = "contact_channel"
# What the page says in its own way.
DECIDED = frozenset(
    {"safe_channels", "never_channels", "safe_from", "safe_until", "safe_zone", "no_contact"}
)


class Plan(Form):
    channel = forms.ChoiceField(
        label=pgettext_lazy("contact", "Which way"), widget=forms.RadioSelect
    )
    text = forms.ChoiceField(
        label=pgettext_lazy("contact", "What is said or written"),
        help_text=gettext_lazy("Exactly this, in these words, whoever may hear or read it."),
        widget=forms.RadioSelect,
    )
    override = forms.CharField(
        label=pgettext_lazy("contact", "Why it cannot wait, if it is not safe now"),
        help_text=gettext_lazy(
            "Empty: outside the safe hours it waits for them. With 30 characters or more it goes "
            "against the plan, and the supervisors are told."
        ),
        required=False,
        max_length=4000,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, languages: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        channel, text = self.fields["channel"], self.fields["text"]
        assert isinstance(channel, forms.ChoiceField)
        assert isinstance(text, forms.ChoiceField)
        channel.choices = labels.choices(CHANNELS)
        text.choices = [(code, texts.said(code, languages)) for code in texts.TEXTS]


class Made(Form):
    result = forms.ChoiceField(
        label=pgettext_lazy("contact", "What came of it"),
        choices=Contact.Result.choices,
        widget=forms.RadioSelect,
    )
    made_at = forms.DateTimeField(label=pgettext_lazy("contact", "When"), widget=Moment())


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach the person, and whether it is safe now."""

    channel: str
    answer: Answer


@page
@require_http_methods(["GET", "POST"])
def reach(request: HttpRequest, code: str) -> HttpResponse:
    """How it is safe, by the clock where the person is; the code word only when asked for."""
    file = open_file(request, code)
    if not file.may_reach:
        raise Http404
    policy.may_reach(file.actor, file.case, rows=file.rows).require()
    form = Plan(
        request.POST if request.method == "POST" else None,
        languages=file.case.person.languages,
    )
    if made := posted(request, form, lambda data: _plan(file, data)):
        return onward(request, SAID[_kind(made)], "reach", code=code)
    return _shown(request, file, form)


def _kind(contact: Contact) -> str:
    return "against" if contact.override is not None else contact.state


SAID = {
    "ready": gettext_lazy("It is safe now. Write down below what came of it."),
    "held": gettext_lazy("Not now: it waits among your tasks until it is safe."),
    "against": gettext_lazy("It goes against the plan. The supervisors are told."),
}


def _plan(file: CaseFile, data: dict[str, Any]) -> Contact:
    return contacting.plan_contact(
        code=file.case.code, **data, by=file.actor, at=timezone.now()
    )


def _shown(request: HttpRequest, file: CaseFile, form: Plan) -> HttpResponse:
    now, home = timezone.now(), ZoneInfo(file.case.owner.time_zone)
    word = request.GET.get("open") == "word"
    plan = contacting.read_plan(case=file.case, code_word=word, by=file.actor)
    where = safecontact.zone_of(plan, home)
    found = policy.contacts_visible_to(file.actor).filter(case=file.case)
    words = {
        "form": form,
        "ways": [
            Way(channel, safecontact.decide(plan, channel=channel, zone=home, at=now))
            for channel, _ in labels.choices(CHANNELS)
        ],
        "zone": where.key,
        "there": now.astimezone(where),
        "hours": safecontact.hours_of(plan),
        "facts": facts.of_group(
            DataGroup.CONTACT, {name: v for name, v in plan.items() if name not in DECIDED}
        ),
        "word": word,
        "contacts": [
            (each, texts.said(each.text, file.case.person.languages))
            for each in found.select_related("by").order_by("-pk")[:20]
        ],
    }
    return file.page(request, "pages/guard/reach.html", "people", **words)


@page
@require_http_methods(["GET", "POST"])
def contact_made(request: HttpRequest, code: str) -> HttpResponse:
    """Write down what came of a contact that was planned."""
    found = _find(request, code)
    file = open_file(request, found.case.code)
    form = Made(
        request.POST if request.method == "POST" else None,
        initial={"made_at": timezone.localtime()},
    )
    made = posted(
        request,
        form,
        lambda data: contacting.make_contact(
            code=code, **data, by=file.actor, at=timezone.now()
        ),
    )
    if made:
        return onward(
            request, gettext_lazy("It is written down."), "reach", code=file.case.code
        )
    words = {"found": found, "form": form}
    return file.page(request, "pages/guard/contact.html", "people", **words)


@page
@require_POST
def contact_off(request: HttpRequest, code: str) -> HttpResponse:
    found = _find(request, code)
    off = posted(
        request,
        Nothing(request.POST),
        lambda data: contacting.call_off(code=code, by=actor_of(request), at=timezone.now()),
    )
    said = gettext_lazy("Called off.") if off else gettext_lazy("It had ended already.")
    return onward(request, said, "reach", code=found.case.code)


def _find(request: HttpRequest, code: str) -> Contact:
    rows = policy.contacts_visible_to(actor_of(request)).select_related("case")
    return get_object_or_404(rows, code=code)


urlpatterns = [
    path("cases/<str:code>/reach/", reach, name="reach"),
    path("contacts/<str:code>/made/", contact_made, name="contact_made"),
    path("contacts/<str:code>/off/", contact_off, name="contact_off"),
]

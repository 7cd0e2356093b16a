"""The forms of the formal procedure; each is told the identification that it is about."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import formats, timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import Member
from identification import policy
from identification.models import Decision, Identification, Telling
from identification.workflow import Whom
from pages import labels
from pages.forms import Form, Moment, with_blank

LONG, VERY_LONG = 4000, 20_000
AT_LEAST = gettext_lazy("Whole sentences: 30 characters at least.")


class ActForm(Form):
    """An act on an identification by somebody; most need no more than the sent data."""

    def __init__(self, data: Any, *, actor: Member, about: Identification) -> None:
        self.actor, self.about = actor, about
        super().__init__(data)
        self.prepare()

    def prepare(self) -> None:
        """Set what depends on the case."""


class JustSo(ActForm):
    """An act that needs no words."""


class Submit(ActForm):
    best_interest = forms.CharField(
        label=pgettext_lazy("identification", "What is best for the child"),
        help_text=gettext_lazy("What you weighed, and with whom. 30 characters at least."),
        widget=forms.Textarea,
        max_length=LONG,
    )

    def prepare(self) -> None:
        if not self.about.case.person.is_child:
            del self.fields["best_interest"]


class Decline(ActForm):
    wish = forms.ChoiceField(
        label=pgettext_lazy("identification", "May the authority be told without a name?"),
        help_text=gettext_lazy(
            "It learns the month and what is ticked below, and nothing by which to find the person."
        ),
        choices=[
            ("no", pgettext_lazy("identification", "No, nothing at all")),
            ("yes", pgettext_lazy("identification", "Yes, without a name")),
        ],
        widget=forms.RadioSelect,
    )
    with_region = forms.BooleanField(
        label=pgettext_lazy("identification", "The region may be told"), required=False
    )
    exploitation = forms.MultipleChoiceField(
        label=pgettext_lazy("identification", "What may be told of what happened"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def prepare(self) -> None:
        kinds = labels.choices("vic_TypeOfExploitation")
        self.fields["exploitation"].choices = kinds  # type: ignore[attr-defined]  # a ChoiceField


class Reconsider(ActForm):
    new_evidence = forms.CharField(
        label=pgettext_lazy("identification", "What is new"),
        help_text=AT_LEAST,
        widget=forms.Textarea,
        max_length=LONG,
    )


class AskMore(ActForm):
    question = forms.CharField(
        label=pgettext_lazy("identification", "What do you need to know?"),
        help_text=AT_LEAST,
        widget=forms.Textarea,
        max_length=LONG,
    )


class Decide(ActForm):
    reasons = forms.CharField(
        label=pgettext_lazy("identification", "Reasons"),
        help_text=AT_LEAST,
        widget=forms.Textarea(attrs={"rows_wanted": 8}),
        max_length=VERY_LONG,
    )
    evidence = forms.MultipleChoiceField(
        label=pgettext_lazy("identification", "What the decision stands on"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def prepare(self) -> None:
        choices = _evidence(self.actor, self.about)
        self.fields["evidence"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField


class Extend(ActForm):
    until = forms.DateTimeField(
        label=pgettext_lazy("identification", "The time for reflection ends"), widget=Moment()
    )
    reason = forms.CharField(
        label=pgettext_lazy("identification", "Why the person needs longer"),
        help_text=AT_LEAST,
        widget=forms.Textarea,
        max_length=LONG,
    )

    def prepare(self) -> None:
        self.fields["until"].initial = self.about.reflection_ends_at


class Tell(ActForm):
    telling = forms.ChoiceField(
        label=pgettext_lazy("identification", "Who was told, of what"), widget=forms.RadioSelect
    )
    told_at = forms.DateTimeField(
        label=pgettext_lazy("identification", "When"), widget=Moment(), initial=timezone.now
    )
    way = forms.ChoiceField(label=pgettext_lazy("identification", "How"))
    language = forms.ChoiceField(
        label=pgettext_lazy("identification", "In which language"), required=False
    )
    proof = forms.CharField(
        label=pgettext_lazy("identification", "How it is proven"),
        help_text=gettext_lazy("For example a signature, or who was present."),
        widget=forms.Textarea,
        max_length=LONG,
    )

    def prepare(self) -> None:
        found = labels.choices_of(["notice_way", "iso639"])
        choices = {
            "telling": _untold(self.actor, self.about),
            "way": with_blank(found["notice_way"]),
            "language": with_blank(found["iso639"]),
        }
        for name, pairs in choices.items():
            self.fields[name].choices = pairs  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["telling"].initial = next((code for code, _ in choices["telling"]), "")


def of_decision(decision: Decision) -> Any:
    """What was decided, in words that stand alone."""
    return DECIDED[decision.result, decision.stage]


# By result and stage, in a sentence.
DECIDED: dict[tuple[str, str], Any] = {
    ("positive", "preliminary"): gettext_lazy("There are reasonable grounds"),
    ("positive", "conclusive"): gettext_lazy("Confirmed"),
    ("positive", "reconsideration"): gettext_lazy("Reasonable grounds, after another look"),
    ("negative", "preliminary"): gettext_lazy("Not confirmed: no reasonable grounds"),
    ("negative", "conclusive"): gettext_lazy("Not confirmed, after the time for reflection"),
    ("negative", "reconsideration"): gettext_lazy("Not confirmed, after another look"),
    ("more_information", "preliminary"): gettext_lazy("More information was asked for"),
    ("more_information", "conclusive"): gettext_lazy("More information was asked for"),
    ("more_information", "reconsideration"): gettext_lazy("More information was asked for"),
}


def _untold(actor: Member, about: Identification) -> list[tuple[str, str]]:
    decisions = policy.decisions_visible_to(actor).filter(identification=about)
    rows = decisions.filter(tellings__told_at__isnull=True, tellings__isnull=False).distinct()
    waiting: list[Telling] = [
        telling
        for decision in rows.order_by("-pk").prefetch_related("tellings__decision")
        for telling in decision.tellings.all()
        if telling.told_at is None
    ]
    return [(f"{each.decision.code} {each.whom}", _of_telling(each)) for each in waiting]


def _of_telling(telling: Telling) -> str:
    return str(
        gettext_lazy("%(whom)s, of: %(what)s")
        % {"whom": Whom(telling.whom).label, "what": of_decision(telling.decision)}
    )


def _evidence(actor: Member, about: Identification) -> list[tuple[str, str]]:
    screenings = policy.screenings_visible_to(actor, about.case).filter(state="submitted")
    told = policy.statements_visible_to(actor, about.case)
    form = gettext_lazy("The form of %(day)s (%(code)s)")
    statement = gettext_lazy("What was told on %(day)s (%(code)s)")
    return [
        (each.code, str(form % {"day": _day(each.submitted_at), "code": each.code}))
        for each in screenings.order_by("-pk")
    ] + [
        (each.code, str(statement % {"day": _day(each.told_on), "code": each.code}))
        for each in told.order_by("-pk")
    ]


def _day(on: dt.date | None) -> str:
    local = timezone.localtime(on) if isinstance(on, dt.datetime) else on
    return formats.date_format(local, "DATE_FORMAT") if local else ""

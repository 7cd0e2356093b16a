"""What can be done about a person's request: each deed with its form, its act and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from pages.forms import Day, Form, Nothing
from rights import requestpolicy as policy
from rights.actions import requesting
from rights.requestflow import (
    Kind,
    KnownBy,
    LongerBecause,
    Outcome,
    RefusalGround,
    Safety,
    Verb,
    Way,
)


def _choice(label: Any, choices: Any, hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, choices=choices, help_text=hint, widget=forms.RadioSelect
    )


class Record(Form):
    kind = _choice(pgettext_lazy("request", "What is asked for"), Kind.choices)
    way = _choice(pgettext_lazy("request", "How it came"), Way.choices)
    received_on = forms.DateField(
        label=pgettext_lazy("request", "On which day it was asked"),
        help_text=gettext_lazy("From this day on there is one month to answer."),
        widget=Day(),
    )


class Identity(Form):
    known_by = _choice(
        pgettext_lazy("request", "How do you know who asks?"),
        KnownBy.choices,
        gettext_lazy("Face to face. A letter, a call or a lawyer alone is not enough."),
    )


class SafetyAsked(Form):
    safety = _choice(
        pgettext_lazy("request", "Was the person alone and free when asking?"),
        Safety.choices,
        gettext_lazy(
            "Somebody may make them ask, to find out what is known or where they are."
        ),
    )


class Longer(Form):
    because = _choice(pgettext_lazy("request", "Why"), LongerBecause.choices)


class Answered(Form):
    outcome = _choice(pgettext_lazy("request", "What came of it"), Outcome.choices)


class Refused(Form):
    ground = _choice(pgettext_lazy("request", "Ground"), RefusalGround.choices)
    reason = forms.CharField(
        label=pgettext_lazy("request", "Why, in words for the person"),
        help_text=gettext_lazy("30 characters at least. Sealed."),
        max_length=4000,
        widget=forms.Textarea,
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """`title` names the button and the page, `done` is said afterwards."""

    form: type[Form]
    act: Callable[..., Any]
    title: Any
    done: Any
    words: Any = ""
    danger: bool = False


# In the order in which they are offered.
DEEDS: dict[str, Deed] = {
    Verb.CONFIRM_IDENTITY: Deed(
        Identity,
        requesting.confirm_identity,
        pgettext_lazy("request", "It is certain who asks"),
        gettext_lazy("Written down that it is certain who asks."),
    ),
    policy.SAFETY: Deed(
        SafetyAsked,
        requesting.ask_safety,
        pgettext_lazy("request", "The question of safety"),
        gettext_lazy("Written down."),
        gettext_lazy("Where it was not safe to ask, nothing is handed over until it is."),
    ),
    Verb.ANSWER: Deed(
        Answered,
        requesting.answer,
        pgettext_lazy("request", "It is answered"),
        gettext_lazy("Answered. The request is closed."),
        gettext_lazy("Only once it is done, and the person was told."),
    ),
    policy.EXTEND: Deed(
        Longer,
        requesting.extend,
        pgettext_lazy("request", "Take two months more"),
        gettext_lazy("Extended. Tell the person so within the first month, and why."),
        gettext_lazy("Possible once, before the first month is over."),
    ),
    Verb.REFUSE: Deed(
        Refused,
        requesting.refuse,
        pgettext_lazy("request", "Refuse it"),
        gettext_lazy("Refused. Tell the person why, and that they may complain."),
        gettext_lazy("The person may complain to the authority and go to court."),
        danger=True,
    ),
    Verb.TAKE_BACK: Deed(
        Nothing,
        requesting.take_back,
        pgettext_lazy("request", "The person takes it back"),
        gettext_lazy("Taken back."),
        gettext_lazy("Only if the person says so, alone and free."),
    ),
}

"""What is asked for each act on a case."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from agencies import policy as agency_policy
from agencies.models import Member
from cases import deadlines
from cases.models import Case
from cases.workflow import Closure, Risk, Source
from kernel.errors import SafehandError
from kernel.fields import LONG
from pages.forms import Day, Form, Moment, with_blank
from pages.whychoices import WhyRadios, WhySelect


class CaseForm(Form):
    """An act on a case by somebody: what may be chosen depends on both."""

    def __init__(self, *args: Any, actor: Member, case: Case, **options: Any) -> None:
        self.actor, self.case = actor, case
        super().__init__(*args, **options)
        self.suit()

    def suit(self) -> None:
        """Offer what fits this case."""


class JustSo(CaseForm):
    """An act that needs no words."""


class Colleague(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes none at run time
    """Somebody of the own agency who works on cases, by name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=None, **options)

    def label_from_instance(self, obj: Any) -> str:
        names = {"name": obj.known_as, "role": obj.get_role_display()}
        return pgettext("colleague", "%(name)s, %(role)s") % names


def offer_colleagues(form: CaseForm, name: str) -> None:
    field = form.fields[name]
    assert isinstance(field, Colleague)
    field.queryset = agency_policy.caseworkers_of(form.actor)


class Assign(CaseForm):
    to = Colleague(label=pgettext_lazy("case", "Who works on the case from now on"))

    def suit(self) -> None:
        offer_colleagues(self, "to")


class HandOver(Assign):
    note = forms.CharField(
        label=pgettext_lazy("case", "What must your colleague know?"),
        help_text=gettext_lazy(
            "What was done, what comes next, what to be careful about. Your agency can read it."
        ),
        widget=forms.Textarea,
        max_length=LONG,
    )


class SetTask(CaseForm):
    text = forms.CharField(
        label=pgettext_lazy("task", "What is to be done?"),
        help_text=gettext_lazy("It is kept as a note of the case, which your agency can read."),
        widget=forms.Textarea,
        max_length=LONG,
    )
    assignee = Colleague(label=pgettext_lazy("task", "By whom"))
    due_at = forms.DateTimeField(
        label=pgettext_lazy("task", "Until when"), required=False, widget=Moment
    )

    def suit(self) -> None:
        offer_colleagues(self, "assignee")


class FollowUps(CaseForm):
    """The days that are planned already, or else those that are usual; and room for one more."""

    def suit(self) -> None:
        today = timezone.localdate()
        planned = [day for day in self.case.follow_ups if day > today]
        days: list[dt.date | None] = [
            *(planned or deadlines.usual_follow_ups(self.case, timezone.now())), None
        ]  # fmt: skip
        for n, day in enumerate(days, start=1):
            self.fields[f"day_{n}"] = forms.DateField(
                label=gettext("Follow-up %(n)d") % {"n": n},
                initial=day,
                required=False,
                widget=Day(**{"class": "form-control"}),
            )

    def clean(self) -> dict[str, Any]:
        return {"dates": [day for day in (super().clean() or {}).values() if day]}


class Close(CaseForm):
    closure = forms.ChoiceField(
        label=pgettext_lazy("case", "Why is the case closed?"),
        choices=with_blank(Closure.choices),
        widget=WhySelect("closing", pgettext_lazy("guidance", "each of these reasons")),
    )


class Reopen(CaseForm):
    reason = forms.CharField(
        label=pgettext_lazy("case", "Why is it opened again?"),
        help_text=gettext_lazy("It is kept as a note of the case, which your agency can read."),
        widget=forms.Textarea,
        max_length=LONG,
    )


class Change(CaseForm):
    risk = forms.ChoiceField(
        label=pgettext_lazy("case", "Risk"), choices=Risk.choices, widget=WhyRadios("risk")
    )
    source = forms.ChoiceField(
        label=pgettext_lazy("case", "How the case came to you"), choices=Source.choices
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def suit(self) -> None:
        for name in self.fields:
            self.initial.setdefault(name, getattr(self.case, name))

    def refuse(self, refusal: SafehandError) -> None:
        """Say what it says now; whoever sends the form once more has seen that."""
        super().refuse(refusal)
        if refusal.code != "changed_meanwhile":
            return
        now = {
            "risk": self.case.get_risk_display(),
            "source": self.case.get_source_display(),
        }
        said = gettext("It now says: risk %(risk)s; the case came by: %(source)s.") % now
        self.add_error(None, said)
        # Each field holds one value here, so that nothing is lost by this.
        self.data = {**dict(self.data.items()), "version": str(self.case.version)}


class Note(CaseForm):
    text = forms.CharField(
        label=pgettext_lazy("note", "New note"), widget=forms.Textarea, max_length=LONG
    )
    visibility = forms.ChoiceField(
        label=pgettext_lazy("note", "Who may read it?"),
        help_text=gettext_lazy("Agencies that help with a service read none of these."),
        widget=forms.RadioSelect,
    )

    def suit(self) -> None:
        visibility = self.fields["visibility"]
        assert isinstance(visibility, forms.ChoiceField)
        visibility.choices = list(READERS.items())


# Who will read a note, by its visibility.
READERS: dict[str, Any] = {
    "private": pgettext_lazy("note", "Only I, for as long as I see this case."),
    "agency": pgettext_lazy(
        "note", "My agency: its supervisors and whoever works on this case."
    ),
    "shared": pgettext_lazy(
        "note", "My agency, and an agency to which the case is transferred one day."
    ),
}

"""What is asked when a plan is made, agreed to, carried out and ended."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import Agency
from cases.workflow import Assent, GivenBy
from pages import labels
from pages.forms import Day, Form, with_blank
from pages.whychoices import WhySelect

LONG = 4000


class Draft(Form):
    objectives = forms.CharField(
        label=pgettext_lazy("plan", "What the person wants to reach"),
        help_text=gettext_lazy("In their own words where you can. No names are needed."),
        max_length=LONG,
        widget=forms.Textarea,
    )
    types = forms.MultipleChoiceField(
        label=pgettext_lazy("plan", "Kinds of support"), widget=forms.CheckboxSelectMultiple
    )
    planned_end = forms.DateField(
        label=pgettext_lazy("plan", "Planned end"), required=False, widget=Day
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "types", labels.choices("spl_Type"))


class Revise(Draft):
    # What the writer saw: a change that somebody else made meanwhile is not written over.
    version = forms.IntegerField(widget=forms.HiddenInput)


class SetGoal(Form):
    area = forms.ChoiceField(
        label=pgettext_lazy("plan", "Area of life"),
        widget=WhySelect("areas", pgettext_lazy("guidance", "each area of life")),
    )
    text = forms.CharField(
        label=pgettext_lazy("plan", "The goal"),
        help_text=gettext_lazy("What will be different when it is reached?"),
        max_length=LONG,
        widget=forms.Textarea,
    )
    target_on = forms.DateField(
        label=pgettext_lazy("plan", "To be reached by"), required=False, widget=Day
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "area", with_blank(labels.choices("reintegration_area")))


class SetAction(Form):
    text = forms.CharField(
        label=pgettext_lazy("plan", "What is to be done"),
        max_length=LONG,
        widget=forms.Textarea,
    )
    responsible = forms.ChoiceField(
        label=pgettext_lazy("plan", "Who does it"),
        help_text=gettext_lazy(
            "Another agency is not told by this and sees nothing of it: ask it by a referral."
        ),
    )
    due_on = forms.DateField(label=pgettext_lazy("plan", "By when"), widget=Day)

    def __init__(self, *args: Any, agencies: list[Agency], **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "responsible", [(each.code, each.name) for each in agencies])


class Agree(Form):
    """An adult agrees in person: there is nothing to choose."""

    def clean(self) -> dict[str, Any]:
        return {"agreed_by": GivenBy.SELF.value, "assent": ""}


class AgreeForChild(Form):
    agreed_by = forms.ChoiceField(
        label=pgettext_lazy("plan", "Who agrees for the child"),
        choices=[pair for pair in GivenBy.choices if pair[0] != GivenBy.SELF],
        widget=forms.RadioSelect,
    )
    assent = forms.ChoiceField(
        label=pgettext_lazy("plan", "What the child says"),
        help_text=gettext_lazy("Ask the child too, in words that fit their age."),
        choices=Assent.choices,
        widget=forms.RadioSelect,
    )


class Stop(Form):
    reason = forms.ChoiceField(
        label=pgettext_lazy("plan", "Why it is stopped"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        _choose(self, "reason", labels.choices("plan_stop_reason"))


class EndGoal(Form):
    met = forms.TypedChoiceField(
        label=pgettext_lazy("plan", "How it ends"),
        choices=[
            ("yes", pgettext_lazy("goal", "It was met")),
            (
                "no",
                pgettext_lazy("goal", "It is given up, and what is still to be done for it"),
            ),
        ],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
    )


class EndAction(Form):
    done = forms.TypedChoiceField(
        label=pgettext_lazy("plan", "How it ends"),
        choices=[
            ("yes", pgettext_lazy("action", "It was done")),
            ("no", pgettext_lazy("action", "It will not be done any more")),
        ],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
    )


def _choose(form: Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices

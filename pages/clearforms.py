"""The few questions that a case begins with, and those about what stays in clear of a person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case, Person
from cases.workflow import AgeBand, Risk, Source
from pages import labels
from pages.facts import NEEDS
from pages.forms import Form, with_blank
from pages.whychoices import WhyRadios

# Ticked; every other language is chosen from a list.
USUAL = ("bel", "rus", "ukr", "pol", "eng")
OTHER = "other_language"
AGE_HINT = _(
    "If you are not sure, leave it as not known: the person is then treated as a child."
)


class Beginning(Form):
    source = forms.ChoiceField(
        label=pgettext_lazy("field", "Who told us"), choices=[("", "—"), *Source.choices]
    )
    risk = forms.ChoiceField(
        label=pgettext_lazy("field", "How much danger"),
        help_text=_("As it looks now. High: somebody may come to harm today or tomorrow."),
        choices=Risk.choices,
        widget=WhyRadios("risk"),
    )

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class Languages(Form):
    """Some languages to tick, and one more from the list of all."""

    languages = forms.MultipleChoiceField(
        label=pgettext_lazy("field", "Languages that the person speaks well"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other_language = forms.ChoiceField(
        label=pgettext_lazy("field", "Another language"), required=False
    )
    needs_interpreter = forms.BooleanField(
        label=pgettext_lazy("field", "An interpreter is needed"), required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        held = (self.initial or {}).get("languages", [])
        typed = self.data.getlist("languages") if hasattr(self.data, "getlist") else []
        rest = labels.choices("iso639")
        known = {code for code, _name in rest}
        ticked = dict.fromkeys(c for c in [*USUAL, *held, *typed] if c in known)
        _choose(self, "languages", [(code, labels.language(code)) for code in ticked])
        _choose(self, OTHER, with_blank([pair for pair in rest if pair[0] not in ticked]))

    def facts(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        other = data.pop(OTHER)
        data["languages"] = [*data["languages"], *([other] if other else [])]
        return data


class New(Languages, Beginning):
    """What a case begins with."""

    age_band = forms.ChoiceField(
        label=pgettext_lazy("field", "Age"), help_text=AGE_HINT, choices=AgeBand.choices
    )

    field_order = ("source", "risk", "age_band", "languages", OTHER, "needs_interpreter")


class AboutPerson(Languages):
    """All that stays in clear of a person."""

    age_band = forms.ChoiceField(
        label=pgettext_lazy("field", "Age"), help_text=AGE_HINT, choices=AgeBand.choices
    )
    gender = forms.ChoiceField(label=pgettext_lazy("field", "Gender"), widget=forms.RadioSelect)
    district = forms.ChoiceField(
        label=pgettext_lazy("field", "District"),
        help_text=_("Where help is needed. It is told when a service is looked for."),
        required=False,
    )
    access_needs = forms.MultipleChoiceField(
        label=pgettext_lazy("field", "Needs on a visit"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    field_order = (
        "age_band", "gender", "district", "languages", OTHER, "needs_interpreter",
        "access_needs",
    )  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        lists = labels.choices_of(["prs_Gender", NEEDS])
        _choose(self, "gender", lists["prs_Gender"])
        _choose(self, "access_needs", lists[NEEDS])
        _choose(self, "district", with_blank(labels.districts()))


def beginning_of(case: Case) -> dict[str, Any]:
    return {"source": case.source, "risk": case.risk}


def clear_facts_of(person: Person) -> dict[str, Any]:
    names = [name for name in AboutPerson.base_fields if name != OTHER]
    return {name: getattr(person, name) for name in names}


def _choose(form: Form, name: str, choices: list[tuple[str, Any]]) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices

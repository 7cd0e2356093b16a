"""How risks and needs are asked for: the risk, each area of need, and what weighs either way."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import pgettext_lazy

from cases.workflow import Risk
from edge import phrases
from kernel.errors import SafehandError
from kernel.fields import LONG
from pages import labels
from pages.caseforms import CaseForm
from pages.forms import with_blank

# How near to the person a factor lies, and which way it weighs: as the codes of factors begin.
NEAR: dict[str, Any] = {
    "individual": pgettext_lazy("factor", "In the person"),
    "household": pgettext_lazy("factor", "At home"),
    "community": pgettext_lazy("factor", "In the neighbourhood"),
    "structural": pgettext_lazy("factor", "In law and society"),
}
WEIGHS: dict[str, Any] = {
    "risk": pgettext_lazy("factor", "What makes it worse"),
    "protective": pgettext_lazy("factor", "What protects"),
}
Row = tuple[Any, list[BoundField], bool]


class Assess(CaseForm):
    """One judgement. The areas and the factors are those of the code lists today."""

    risk = forms.ChoiceField(
        label=pgettext_lazy("assessment", "How high is the risk now?"),
        choices=Risk.choices,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=pgettext_lazy("assessment", "In your own words"),
        required=False,
        widget=forms.Textarea,
        max_length=LONG,
    )

    def suit(self) -> None:
        lists = labels.choices_of(["need_area", "need_level", "wants_help", "factor"])
        self.areas = dict(lists["need_area"])
        for area in self.areas:
            self.fields[f"level {area}"] = _choice(
                pgettext_lazy("assessment", "How much is needed"), lists["need_level"]
            )
            self.fields[f"wants {area}"] = _choice(
                pgettext_lazy("assessment", "What the person says"), lists["wants_help"]
            )
            self.fields[f"words {area}"] = forms.CharField(
                label=pgettext_lazy("assessment", "In a few words"),
                required=False,
                max_length=LONG,
                widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
            )
        for near in NEAR:
            for weight, words in WEIGHS.items():
                beginning = f"{near}.{weight}."
                self.fields[beginning] = forms.MultipleChoiceField(
                    label=words,
                    choices=[each for each in lists["factor"] if each[0].startswith(beginning)],
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for area in self.areas:
            said = data.get(f"level {area}"), data.get(f"wants {area}")
            if not any((*said, data.get(f"words {area}"))):
                continue
            for name, value in zip(("level", "wants"), said, strict=True):
                if not value:
                    self.add_error(f"{name} {area}", phrases.of("required"))
        return data

    @property
    def rows(self) -> list[Row]:
        """Each area of need with what is asked about it; whether anything is said already."""
        found = []
        for area, words in self.areas.items():
            fields = [self[f"{part} {area}"] for part in ("level", "wants", "words")]
            found.append((words, fields, any(field.value() for field in fields)))
        return found

    @property
    def factors(self) -> list[tuple[Any, list[BoundField], bool]]:
        """The factors by how near they lie; whether any of them is ticked already."""
        found = []
        for near, words in NEAR.items():
            fields = [self[f"{near}.{weight}."] for weight in WEIGHS]
            found.append((words, fields, any(field.value() for field in fields)))
        return found

    def judged(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        chosen = [f"{near}.{weight}." for near in NEAR for weight in WEIGHS]
        return {
            "risk": data["risk"],
            "words": data["words"],
            "factors": [code for name in chosen for code in data[name]],
            "needs": [
                {
                    "area": area,
                    "level": data[f"level {area}"],
                    "wants_help": data[f"wants {area}"],
                    "words": data[f"words {area}"],
                }
                for area in self.areas
                if data[f"level {area}"]
            ],
        }

    def refuse(self, refusal: SafehandError) -> None:
        self.add_error(None, phrases.of(refusal.code))


def _choice(label: Any, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=with_blank([*choices]),
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

"""What is asked at a review: how each area of life stands, as the worker sees it and as the
person says, from 0 to 4 in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from kernel.errors import SafehandError
from pages import labels
from pages.forms import Day, Form
from reintegration import queries
from reintegration.models import Review, Score

WORKER, PERSON = "worker", "person"
LONG = 4000
# So many of the last reviews are shown beside the new one.
BESIDE = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One area of life: what was said before, and the two questions."""

    area: str
    before: list[tuple[Review, Score]]
    worker: BoundField
    person: BoundField


class Hold(Form):
    held_on = forms.DateField(
        label=pgettext_lazy("review", "Day on which you sat together"), widget=Day
    )
    remarks = forms.CharField(
        label=pgettext_lazy("review", "Remarks"),
        help_text=gettext_lazy("What should be known at the next review. No names are needed."),
        required=False,
        max_length=LONG,
        widget=forms.Textarea,
    )

    def __init__(self, *args: Any, whole: bool, **options: Any) -> None:
        """With `whole`, the worker's score of every area is needed."""
        self.areas = labels.choices(queries.AREAS)
        super().__init__(*args, **options)
        scale = [
            (code, f"{code} – {words}")  # the number first: it is what the chart shows
            for code, words in labels.choices("score")
        ]
        for area, name in self.areas:
            self.fields[f"{WORKER}_{area}"] = _question(
                gettext("%(area)s: as you see it") % {"area": name},
                scale if whole else [("", pgettext("review", "not looked at")), *scale],
                required=whole,
            )
            self.fields[f"{PERSON}_{area}"] = _question(
                gettext("%(area)s: as the person says") % {"area": name},
                [("", pgettext("review", "did not say")), *scale],
                required=False,
            )

    def rows(self, held: Iterable[Review]) -> list[Row]:
        return [
            Row(name, before(held, area), self[f"{WORKER}_{area}"], self[f"{PERSON}_{area}"])
            for area, name in self.areas
        ]

    def clean(self) -> dict[str, Any]:
        """As the action takes it: scores by area, those left out that were not said."""
        data = self.cleaned_data
        scores = {
            area: {
                who: data[f"{who}_{area}"]
                for who in (WORKER, PERSON)
                if data.get(f"{who}_{area}") is not None
            }
            for area, _ in self.areas
        }
        return {
            "held_on": data.get("held_on"),
            "remarks": data.get("remarks", ""),
            "scores": {area: said for area, said in scores.items() if said},
        }

    def refuse(self, refusal: SafehandError) -> None:
        """Of one score, beside the question: its pointer names the area and who said it."""
        parts = refusal.pointer.strip("/").split("/")
        if parts[0] == "scores" and len(parts) > 1:
            who = parts[2] if len(parts) > 2 else WORKER  # noqa: PLR2004
            refusal.pointer = f"/{who}_{parts[1]}"
        super().refuse(refusal)


def before(held: Iterable[Review], area: str) -> list[tuple[Review, Score]]:
    """The last scores of the area, oldest first."""
    found = [
        (review, score)
        for review in held
        for score in review.scores.all()
        if score.area == area
    ]
    return found[-BESIDE:]


def _question(label: str, choices: list[tuple[str, str]], *, required: bool) -> forms.Field:
    return forms.TypedChoiceField(
        label=label,
        choices=choices,
        coerce=int,
        empty_value=None,
        required=required,
        initial=None if required else "",
        widget=forms.RadioSelect,
    )

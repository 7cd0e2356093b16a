"""The questions of one part of an indicator form, with what was answered before."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, pgettext_lazy

from identification.instruments import Definition, Question
from identification.workflow import Answer, Basis
from pages import labels
from pages.forms import Form

ANSWER, BASIS = "a-", "b-"
# What a worker may say of an answer; `earlier` is what the service itself carries over.
SAID = [(code, words) for code, words in Basis.choices if code != Basis.EARLIER]


@dataclass(frozen=True, slots=True)
class Before:
    """What is written of a question already: in words, from which form, on which day."""

    answer: str
    basis: str
    source: str
    on: dt.date


@dataclass(frozen=True, slots=True)
class Row:
    """One question as it is shown."""

    code: str
    text: str
    guidance: str
    before: Before | None
    answer: Any
    basis: Any


class Answers(Form):
    """One part. What is left as it was is not written again: an earlier answer stays one."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    remarks = forms.CharField(
        label=pgettext_lazy("screening", "Remarks"),
        help_text=gettext_lazy("What the answers do not say. It belongs to the whole form."),
        widget=forms.Textarea,
        max_length=4000,
        required=False,
    )

    def __init__(
        self, data: Any, *, questions: list[Question], content: Mapping[str, Any], version: int
    ) -> None:
        self.questions, self.content = questions, content
        initial = {"version": version, "remarks": content["remarks"]}
        super().__init__(data, initial=initial)
        for each in questions:
            said = content["answers"].get(each.code, {})
            earlier = said.get("basis") == Basis.EARLIER
            self.fields[ANSWER + each.code] = forms.ChoiceField(
                label=each.text[labels.spoken()],
                choices=Answer.choices,
                widget=forms.RadioSelect,
                initial="" if earlier else said.get("answer", ""),
                required=False,
            )
            self.fields[BASIS + each.code] = forms.ChoiceField(
                label=pgettext_lazy("screening", "How do you know?"),
                choices=SAID,
                widget=forms.RadioSelect,
                initial=Basis.TOLD if earlier else said.get("basis", Basis.TOLD),
                required=False,
            )

    def changed(self) -> dict[str, dict[str, str]]:
        """The answers that differ from what is written, each with how it is known."""
        found = {}
        for each in self.questions:
            answer = self.cleaned_data[ANSWER + each.code]
            basis = self.cleaned_data[BASIS + each.code] or Basis.TOLD.value
            said = self.content["answers"].get(each.code, {})
            if answer and (answer, basis) != (said.get("answer"), said.get("basis")):
                found[each.code] = {"answer": answer, "basis": basis}
        return found

    def new_remarks(self) -> str | None:
        """None where they were left as they are."""
        typed = self.cleaned_data["remarks"]
        return None if typed == self.content["remarks"] else typed

    def go_on_with(self, typed: Mapping[str, list[str]]) -> None:
        """Show what was ticked and not saved in place of what is written."""
        self.initial.update({name: values[0] for name, values in typed.items() if values})

    def judge_again(self, version: int) -> None:
        """What was typed stays, and the next saving is of what is written now."""
        # Each field holds one value here, so that nothing is lost by this.
        self.data = {**dict(self.data.items()), "version": str(version)}

    def rows(self) -> tuple[list[Row], list[Row]]:
        """The questions that are still open, and those that have an answer."""
        rows = [self._row(each) for each in self.questions]
        return (
            [row for row in rows if row.before is None],
            [row for row in rows if row.before is not None],
        )

    def _row(self, each: Question) -> Row:
        said = self.content["answers"].get(each.code)
        return Row(
            each.code,
            each.text[labels.spoken()],
            each.guidance[labels.spoken()],
            before_of(said) if said and said["answer"] != Answer.NOT_ASKED else None,
            self[ANSWER + each.code],
            self[BASIS + each.code],
        )


def before_of(said: Mapping[str, str]) -> Before:
    """A kept answer in words."""
    return Before(
        str(Answer(said["answer"]).label),
        str(Basis(said["basis"]).label),
        said.get("from", ""),
        dt.date.fromisoformat(said["on"]),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One dimension of the form, and how much of it is answered."""

    number: int
    code: str
    title: str
    questions: list[Question]
    answered: int

    def field_names(self) -> set[str]:
        """All that the form of this part sends."""
        own = {begin + each.code for each in self.questions for begin in (ANSWER, BASIS)}
        return own | {"version", "remarks"}


def parts_of(definition: Definition, content: Mapping[str, Any]) -> list[Part]:
    """The dimensions that have questions, in their order."""
    answers = content["answers"]
    known = {code for code, said in answers.items() if said["answer"] != Answer.NOT_ASKED.value}
    found: list[Part] = []
    for code, title in definition.dimensions.items():
        asked = [each for each in definition.questions.values() if each.dimension == code]
        if asked:
            answered = sum(each.code in known for each in asked)
            words = title[labels.spoken()]
            found.append(Part(len(found) + 1, code, words, asked, answered))
    return found

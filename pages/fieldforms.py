"""A form for a data group, made from its fields: each kind of field has its control."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.groups import FIELDS
from edge import phrases
from kernel.errors import SafehandError
from kernel.fields import LONG, MOST_ITEMS, SHORT, Field
from kernel.groups import DataGroup
from pages import labels
from pages.fieldwords import PLACE, WORDS, Words
from pages.forms import Day, Form

# More choices than these are chosen from a list, not ticked.
MOST_RADIOS, MOST_BOXES = 6, 25
# Between the name of a place and that of its own field.
INSIDE = "__"
COUNTRIES = "countries"
QUIET = {"autocomplete": "off"}
Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """One control of a form; `about` is the place that it belongs to, with its heading."""

    name: str
    field: Field
    words: Words
    about: Promise | None = None


class Lines(forms.CharField):
    """Several short texts, each on a line of its own."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs=QUIET), **options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        found = [line for line in lines if line]
        if len(found) > MOST_ITEMS:
            raise forms.ValidationError(phrases.of("too_many_items"))
        if any(len(line) > SHORT for line in found):
            raise forms.ValidationError(phrases.of("text_too_long"))
        return found


class Country(forms.CharField):
    """A country by its name, with the browser's help from one list that the whole form shares:
    250 choices in each place of a form are too heavy for a slow line."""

    def __init__(self, choices: Choices) -> None:
        self.names = dict(choices)
        attrs = QUIET | {"list": COUNTRIES}
        super().__init__(max_length=SHORT, widget=forms.TextInput(attrs=attrs))

    def prepare_value(self, value: Any) -> Any:
        return self.names.get(value, value)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        known = {name.casefold(): code for code, name in self.names.items()}
        if not typed or typed in self.names:
            return typed
        if (code := known.get(typed.casefold())) is None:
            raise forms.ValidationError(gettext_lazy("No country of this name is known."))
        return code


class GroupForm(Form):
    """The fields of one data group. Made by `form_of`."""

    template_name = "pages/intake/form.html"
    questions: Collection[Question] = ()

    @property
    def countries(self) -> list[str]:
        """The names to choose from, where a country is asked for."""
        named = (field for field in self.fields.values() if isinstance(field, Country))
        return list(next((field.names.values() for field in named), ()))

    def refuse(self, refusal: SafehandError) -> None:
        """Beside the field itself, also where it is one of a place's."""
        # The values of a record lie one level deeper than those of a group.
        pointer = refusal.pointer.removeprefix("/values")
        parts = [part for part in pointer.split("/") if part]
        name = next((n for n in (INSIDE.join(parts[:2]), *parts[:1]) if n in self.fields), None)
        self.add_error(name, phrases.of(refusal.code))

    def values(self) -> dict[str, Any]:
        """What was filled in, as the group's fields are stored."""
        found: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            if value in (None, "", [], False):
                continue
            *outer, last = name.split(INSIDE)
            inner = found.setdefault(outer[0], {}) if outer else found
            inner[last] = _stored(value)
        return found

    @property
    def first(self) -> Iterator[BoundField]:
        return (self[each.name] for each in self.questions if not each.words.later)

    @property
    def later(self) -> list[tuple[Promise | None, list[BoundField]]]:
        """What is asked only when there is a use for it; a place's own fields together."""
        found: dict[Promise | None, list[BoundField]] = {}
        for each in self.questions:
            if each.words.later:
                found.setdefault(each.about, []).append(self[each.name])
        return list(found.items())

    @property
    def later_matters(self) -> bool:
        """Whether something there is filled in or wrong, so that it must not stay folded."""
        names = [each.name for each in self.questions if each.words.later]
        if self.is_bound and any(name in self.errors for name in names):
            return True
        return any(self[name].value() not in (None, "", [], False) for name in names)


def _stored(value: Any) -> Any:
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, dt.date) else value


def questions_of(group: DataGroup, *, leave_out: Collection[str] = ()) -> list[Question]:
    """What is asked about a group, in order; a place is asked by its own fields."""
    wanted = {name: said for name, said in WORDS[group].items() if name not in leave_out}
    return questions_about(FIELDS[group], wanted)


def questions_about(
    fields: Mapping[str, Field], words_of: Mapping[str, Words]
) -> list[Question]:
    """The same of any fields that have these words."""
    found: list[Question] = []
    for name, words in words_of.items():
        field = fields[name]
        if field.kind != "record":
            found.append(Question(name, field, words))
            continue
        found += [
            Question(
                f"{name}{INSIDE}{part}",
                field.fields[part],
                Words(said.label, said.hint, later=True),
                words.label,
            )
            for part, said in PLACE.items()
        ]
    return found


def form_of(questions: Collection[Question], *args: Any, **options: Any) -> GroupForm:
    """A form with these questions, the words of its choices in the reader's language."""
    lists = labels.choices_of({each.field.codes for each in questions if each.field.codes})
    initial = options.get("initial") or {}
    controls: dict[str, Any] = {
        each.name: control(each, lists.get(each.field.codes, []), initial.get(each.name))
        for each in questions
    }
    made = type("Group", (GroupForm,), {**controls, "questions": tuple(questions)})
    form: GroupForm = made(*args, **options)
    return form


def initial_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values by the names of the controls."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            found |= {f"{name}{INSIDE}{part}": inner for part, inner in value.items()}
        else:
            found[name] = value
    return found


def control(each: Question, choices: Choices, held: Any) -> forms.Field:
    make = CONTROLS[each.field.kind]
    field = make(each.field, _with_held(choices, each.field.codes, held))
    field.label, field.help_text, field.required = each.words.label, each.words.hint, False
    return field


def _with_held(choices: Choices, codes: str, held: Any) -> Choices:
    """A code that was retired meanwhile is shown, and refused when it is saved again: it is not
    lost in silence."""
    chosen = held if isinstance(held, list) else [held]
    known = {code for code, _ in choices}
    gone = [code for code in chosen if codes and code and code not in known]
    return [*choices, *((str(code), labels.label(codes, str(code))) for code in gone)]


def _text(field: Field, choices: Choices) -> forms.Field:
    if field.many:
        return Lines()
    return forms.CharField(max_length=SHORT, widget=forms.TextInput(attrs=QUIET))


def _prose(field: Field, choices: Choices) -> forms.Field:
    return forms.CharField(max_length=LONG, widget=forms.Textarea(attrs=QUIET))


def _phone(field: Field, choices: Choices) -> forms.Field:
    attrs = QUIET | {"type": "tel", "inputmode": "tel"}
    return forms.CharField(max_length=SHORT, widget=forms.TextInput(attrs=attrs))


def _date(field: Field, choices: Choices) -> forms.Field:
    return forms.DateField(widget=Day(autocomplete="off"))


def _time(field: Field, choices: Choices) -> forms.Field:
    return forms.TimeField(
        widget=forms.TimeInput(attrs=QUIET | {"type": "time"}, format="%H:%M")
    )


def _flag(field: Field, choices: Choices) -> forms.Field:
    return forms.BooleanField()


def _whole(field: Field, choices: Choices) -> forms.Field:
    widget = forms.NumberInput(attrs=QUIET | {"inputmode": "numeric"})
    least, most = int(field.least), int(field.most)
    return forms.IntegerField(min_value=least, max_value=most, widget=widget)


def _number(field: Field, choices: Choices) -> forms.Field:
    widget = forms.NumberInput(attrs=QUIET | {"inputmode": "decimal", "step": "any"})
    return forms.FloatField(min_value=field.least, max_value=field.most, widget=widget)


def _code(field: Field, choices: Choices) -> forms.Field:
    if field.many:
        many = (
            forms.CheckboxSelectMultiple if len(choices) <= MOST_BOXES else forms.SelectMultiple
        )
        return forms.MultipleChoiceField(choices=choices, widget=many)
    if field.codes == "iso3166":
        return Country(choices)
    if len(choices) <= MOST_RADIOS:
        unsaid = ("", pgettext_lazy("choice", "not known or not asked"))
        return forms.ChoiceField(choices=[*choices, unsaid], widget=forms.RadioSelect)
    return forms.ChoiceField(choices=[("", gettext_lazy("Not known or not asked")), *choices])


CONTROLS: dict[str, Callable[[Field, Choices], forms.Field]] = {
    "text": _text,
    "prose": _prose,
    "phone": _phone,
    "date": _date,
    "time": _time,
    "flag": _flag,
    "whole": _whole,
    "number": _number,
    "code": _code,
}

"""How every form looks: labels, hints, errors beside their fields, and a summary above."""

import datetime as dt
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils import formats, timezone
from django.utils.translation import gettext

from edge import phrases
from kernel import codes
from kernel.errors import SafehandError

# The CSS class of each kind of control; the first kind that fits.
LOOKS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.CheckboxInput, "form-check-input"),
    (forms.Select, "form-select"),
    (forms.HiddenInput, ""),
    (forms.Widget, "form-control"),
)


class Renderer(TemplatesSetting):
    form_template_name = "pages/form.html"
    field_template_name = "pages/field.html"


class Form(forms.Form):
    """A form of ours. What an action refuses is said by `refuse`, beside the field."""

    default_renderer = Renderer

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)
        for field in self.fields.values():
            look = next(css for kind, css in LOOKS if isinstance(field.widget, kind))
            if look:
                field.widget.attrs.setdefault("class", look)
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs |= {"rows": field.widget.attrs.get("rows_wanted", 4)}

    def refuse(self, refusal: SafehandError) -> None:
        """Say a refusal beside the field that its pointer names, or above the form."""
        name = refusal.pointer.strip("/").split("/")[0]
        sentence = phrases.of(refusal.code)
        if refusal.words:
            told = {"sentence": sentence, "words": "; ".join(refusal.words)}
            sentence = gettext("%(sentence)s What was found: %(words)s") % told
        self.add_error(name if name in self.fields else None, sentence)


class CodeField(forms.CharField):
    """A code of a case or a referral, in any spelling."""

    def __init__(self, **options: Any) -> None:
        how = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        super().__init__(max_length=20, widget=forms.TextInput(attrs=how), **options)

    def to_python(self, value: Any) -> str:
        typed = str(super().to_python(value))
        return codes.as_written(typed) if typed else ""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not codes.SHAPE.fullmatch(value):
            raise forms.ValidationError(gettext("A code looks like SH-7K3M-Q9TX."))


class Nothing(Form):
    """An act that needs no words, only the yes of pressing the button."""


class Reason(Form):
    """An act that needs a reason."""

    reason = forms.CharField(widget=forms.Textarea, max_length=4000)


class Day(forms.DateInput):
    """The browser's own calendar; typed as 2026-12-31 where it has none."""

    input_type = "date"

    def __init__(self, **attrs: str) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class Moment(forms.DateTimeInput):
    """The browser's own calendar and clock, in the time zone of the member's agency."""

    input_type = "datetime-local"

    def __init__(self, **attrs: str) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%dT%H:%M")


def with_blank(choices: list[tuple[str, Any]], blank: Any = "") -> list[tuple[str, Any]]:
    """Choices with an empty one first, so that nothing is chosen by itself."""
    return [("", blank or "—"), *choices]


def kept_at(at: dt.datetime) -> str:
    """That what is typed so far was kept, and when by the reader's clock."""
    clock = formats.time_format(timezone.localtime(at), "TIME_FORMAT")
    return gettext("Kept as a draft at %(time)s") % {"time": clock}

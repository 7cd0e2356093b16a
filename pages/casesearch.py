"""How a case is looked for: what the list is cut to, a code, a name, and a list that is kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy, pgettext_lazy

from agencies import policy
from agencies.models import Member
from agencies.roles import CASEWORK
from cases.queries import Wanted
from cases.workflow import Risk, State
from kernel.codes import PRACTICE
from pages.forms import CodeField, Form, with_blank

OURS, THEIRS = "ours", "theirs"
# No user name holds this mark, so it stands for nobody.
NOBODY = "~"


class Cut(Form):
    """What the list is cut to. Empty fields do not matter."""

    state = forms.ChoiceField(label=pgettext_lazy("cases", "State"), required=False)
    risk = forms.ChoiceField(label=pgettext_lazy("cases", "Risk"), required=False)
    worker = forms.ChoiceField(label=pgettext_lazy("cases", "Worker"), required=False)
    kind = forms.ChoiceField(label=pgettext_lazy("cases", "Whose"), required=False)
    late = forms.BooleanField(label=pgettext_lazy("cases", "Only overdue"), required=False)

    def __init__(self, *args: Any, actor: Member, **options: Any) -> None:
        super().__init__(*args, **options)
        everybody = policy.members_visible_to(actor).filter(role__in=CASEWORK)
        self.keys = dict(everybody.order_by("username").values_list("username", "pk"))
        mine = [(actor.username, gettext("mine"))] if actor.username in self.keys else []
        others = [(name, name) for name in self.keys if name != actor.username]
        choices: dict[str, list[tuple[str, Any]]] = {
            "state": list(State.choices),
            "risk": list(Risk.choices),
            "worker": [*mine, (NOBODY, gettext("nobody")), *others],
            "kind": [(OURS, gettext("ours")), (THEIRS, gettext("referred to us"))],
        }
        for name, pairs in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = with_blank(pairs, pgettext_lazy("cases", "all"))

    def wanted(self) -> Wanted:
        """What the address asks for, in the words of the query."""
        asked = self.cleaned_data
        return Wanted(
            state=asked["state"],
            risk=asked["risk"],
            worker=self.keys.get(asked["worker"]),
            nobody=asked["worker"] == NOBODY,
            late=asked["late"],
            ours=asked["kind"] == OURS,
            theirs=asked["kind"] == THEIRS,
        )

    def parts(self) -> dict[str, str]:
        """What cuts the list, as an address holds it."""
        asked = self.cleaned_data
        return {name: "1" if value is True else value for name, value in asked.items() if value}


class ByCode(Form):
    code = CodeField(label=pgettext_lazy("cases", "Code"))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code[:2] not in {"SH", "RF", PRACTICE}:
            raise forms.ValidationError(gettext("A code looks like SH-7K3M-Q9TX."))
        return code


class ByName(Form):
    name = forms.CharField(
        label=pgettext_lazy("cases", "Name"),
        help_text=gettext_lazy(
            "Among your own people, in any spelling. That you have searched is written down; "
            "the name is not."
        ),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class Named(Form):
    name = forms.CharField(
        label=pgettext_lazy("saved list", "Name of the list"),
        help_text=gettext_lazy("Only you see it. Not the name of a person."),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    query = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)

"""The forms of a consent: whom to ask about, what is answered, and how it was given."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import Agency
from cases.actions.consent import DEFAULT_DAYS, Giving, Scope
from cases.workflow import Assent, GivenBy, Purpose
from cases.workflow import Form as How
from kernel.groups import TRIAGE_ONLY, DataGroup, in_order
from pages import labels
from pages.consentwords import Question
from pages.forms import Day, Form, with_blank

# What a form for an adult does not ask: an adult consents in person.
OF_A_CHILD = ("given_by", "guardian", "assent")


class Whom(Form):
    """Which agency the person is asked about, and what for."""

    agency = forms.ChoiceField(label=pgettext_lazy("consent", "Who would be told"))
    purpose = forms.ChoiceField(
        label=pgettext_lazy("consent", "What for"),
        choices=Purpose.choices,
        initial=Purpose.SERVICE.value,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["agency"] = forms.ChoiceField(
            label=self.fields["agency"].label, choices=with_blank(list(agencies))
        )


class HowGiven(Form):
    """How the consent was given; the questions about a guardian only where there is a child."""

    form = forms.ChoiceField(
        label=pgettext_lazy("consent", "How it was given"),
        choices=How.choices,
        initial=How.WRITTEN.value,
        widget=forms.RadioSelect,
    )
    witness = forms.CharField(
        label=pgettext_lazy("consent", "Witness"),
        help_text=gettext_lazy("Only for a spoken consent: who heard it."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    given_by = forms.ChoiceField(
        label=pgettext_lazy("consent", "Who gave it"),
        help_text=gettext_lazy(
            "For a child, and where the age is not known, somebody else does."
        ),
        choices=GivenBy.choices,
        widget=forms.RadioSelect,
    )
    guardian = forms.CharField(
        label=pgettext_lazy("consent", "Name of the parent or guardian"),
        help_text=gettext_lazy("Not needed where the authority consents."),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    assent = forms.ChoiceField(
        label=pgettext_lazy("consent", "What the child says"),
        choices=Assent.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please record what the child says.")},
    )
    language = forms.ChoiceField(label=pgettext_lazy("consent", "Language of the conversation"))

    def __init__(self, *args: Any, child: bool, heard_in: str, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in () if child else OF_A_CHILD:
            del self.fields[name]
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)
        language.choices = labels.choices("iso639")
        language.initial = heard_in

    @staticmethod
    def giving(data: dict[str, Any]) -> Giving:
        return Giving(
            given_by=data.get("given_by", GivenBy.SELF.value),
            form=data["form"],
            language=data["language"],
            witness=data["witness"],
            guardian=data.get("guardian", ""),
            assent=data.get("assent", ""),
        )


class ReadOut(forms.CheckboxSelectMultiple):
    """Each choice is a question to be read out, with a box for the person's yes."""

    template_name = "pages/consent/questions.html"


class Conversation(HowGiven):
    """All that is asked about one agency, and how the answers were given."""

    groups = forms.MultipleChoiceField(
        label=pgettext_lazy("consent", "What the person agrees to"),
        help_text=gettext_lazy("Please read each question out. No box ticked means no."),
        widget=ReadOut,
        error_messages={
            "required": gettext_lazy("Please tick what the person says yes to."),
        },
    )
    expires_at = forms.DateField(
        label=pgettext_lazy("consent", "Until which day"),
        help_text=gettext_lazy("The person may choose another day, a year ahead at most."),
        widget=Day(),
    )
    field_order = ("groups", "expires_at")

    def __init__(
        self, *args: Any, questions: list[Question], wanted: list[str], later: bool,
        child: bool, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, child=child, **options)
        groups = self.fields["groups"]
        assert isinstance(groups, forms.MultipleChoiceField)
        groups.choices = _in_two(questions, wanted)
        self.fields["expires_at"].initial = timezone.localdate() + dt.timedelta(
            days=DEFAULT_DAYS
        )
        for name in OF_A_CHILD if later and child else ():
            # Only written down, to be answered and signed another time.
            self.fields[name].required = False


def scopes(agency: Agency, purpose: str, groups: list[str]) -> list[Scope]:
    """What was agreed to; the card for a first look goes along with whatever it is."""
    return [
        Scope(agency, DataGroup(group), purpose) for group in in_order({*groups, *TRIAGE_ONLY})
    ]


def end_of(day: dt.date) -> dt.datetime:
    """The last moment of a day, in the time zone of the member's agency."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time(23, 59, 59)))


def _in_two(questions: list[Question], wanted: list[str]) -> Any:
    """First what is needed now, then, folded, what could be asked as well; all, if nothing is."""
    first = [(each.group, each) for each in questions if each.group in wanted]
    rest = [(each.group, each) for each in questions if each.group not in wanted]
    return [*first, (gettext_lazy("Ask about more"), rest)] if first and rest else first + rest

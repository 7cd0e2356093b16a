"""The forms of a referral's verbs, each fitted to the referral and to who acts."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies import policy as agency_policy
from agencies.models import Member
from agencies.roles import CASEWORK
from pages.forms import Form, Moment, with_blank
from pages.whychoices import WhyRadios, WhySelect
from referral import inbox
from referral.models import Referral
from referral.workflow import (
    AttemptChannel,
    AttemptResult,
    DeclineReason,
    Outcome,
    Received,
    WithdrawReason,
)

TEXT = 2000
QUARTER = dt.timedelta(minutes=15)
HANDOVER = ("meets_at", "place", "who_meets")


class VerbForm(Form):
    """A form of one verb of one referral."""

    def __init__(self, *args: Any, referral: Referral, actor: Member, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fit(referral, actor)

    def fit(self, referral: Referral, actor: Member) -> None:
        """Choices and first values that depend on the referral."""


class Colleague(forms.ChoiceField):
    """A member of one's own agency who works with people; the value is the member."""

    def offer(self, actor: Member) -> None:
        rows = agency_policy.members_visible_to(actor).select_related("agency")
        found = rows.filter(is_active=True, role__in=CASEWORK).order_by("username")
        self.members = {member.username: member for member in found}
        self.choices = [(m.username, m.known_as) for m in found]

    def clean(self, value: Any) -> Member:
        return self.members[super().clean(value)]


class Assign(VerbForm):
    to = Colleague(label=pgettext_lazy("referral", "Who looks after it?"))

    def fit(self, referral: Referral, actor: Member) -> None:
        field = self.fields["to"]
        assert isinstance(field, Colleague)
        field.offer(actor)
        self.initial["to"] = actor.username


class Question(VerbForm):
    question = forms.CharField(
        label=pgettext_lazy("referral", "What do you need to know in order to decide?"),
        help_text=gettext_lazy("Ask once, and only what you need. No names, please."),
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Answer(VerbForm):
    answer = forms.CharField(
        label=pgettext_lazy("referral", "Your answer"),
        help_text=gettext_lazy("They have not accepted yet: no names and no addresses."),
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Handover(VerbForm):
    meets_at = forms.DateTimeField(
        label=pgettext_lazy("handover", "When do you meet?"), widget=Moment
    )
    place = forms.CharField(
        label=pgettext_lazy("handover", "Where?"),
        help_text=gettext_lazy("A place that is safe for the person."),
        max_length=300,
    )
    who_meets = forms.CharField(
        label=pgettext_lazy("handover", "Who meets the person?"), max_length=300
    )


class Accept(Handover):
    """The yes, with whom and when; and how they meet, if that is clear already."""

    contact = Colleague(
        label=pgettext_lazy("referral", "Who is there for the person?"),
        help_text=gettext_lazy("The person is told this name."),
    )
    first_contact_at = forms.DateTimeField(
        label=pgettext_lazy("referral", "First contact"), widget=Moment
    )
    field_order = ("contact", "first_contact_at", *HANDOVER)

    def fit(self, referral: Referral, actor: Member) -> None:
        self.fit_contact(actor)
        now = timezone.now()
        due = inbox.contact_due(referral, at=now)
        self.initial["first_contact_at"] = suggested(now, due)
        self.fields["first_contact_at"].help_text = gettext_lazy(
            "Proposed in time. Change it if another time is better."
        )
        for name in HANDOVER:
            self.fields[name].required = False

    def fit_contact(self, actor: Member) -> None:
        """Who may be named: the colleagues."""
        field = self.fields["contact"]
        assert isinstance(field, Colleague)
        field.offer(actor)
        self.initial["contact"] = actor.username

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        given = [name for name in HANDOVER if data.get(name)]
        for name in HANDOVER if given else ():
            if not data.get(name) and name not in self.errors:
                self.add_error(
                    name, gettext_lazy("A meeting needs a time, a place and a person.")
                )
        return data


class Decline(VerbForm):
    reason = forms.ChoiceField(
        label=pgettext_lazy("referral", "Why can you not help?"),
        choices=with_blank(list(DeclineReason.choices)),
        widget=WhySelect("decline", pgettext_lazy("guidance", "each of these reasons")),
    )
    note = forms.CharField(
        label=pgettext_lazy("referral", "A word to the sender"),
        help_text=gettext_lazy("For example: who else could help. You do not keep it."),
        required=False,
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Attempt(VerbForm):
    tried_at = forms.DateTimeField(label=pgettext_lazy("attempt", "When?"), widget=Moment)
    channel = forms.ChoiceField(
        label=pgettext_lazy("attempt", "How?"),
        choices=AttemptChannel.choices,
        widget=forms.RadioSelect,
    )
    result = forms.ChoiceField(
        label=pgettext_lazy("attempt", "What came of it?"),
        choices=AttemptResult.choices,
        widget=forms.RadioSelect,
    )

    def fit(self, referral: Referral, actor: Member) -> None:
        self.initial["tried_at"] = timezone.now()


class Contact(VerbForm):
    met_at = forms.DateTimeField(
        label=pgettext_lazy("referral", "When did you meet?"), widget=Moment
    )

    def fit(self, referral: Referral, actor: Member) -> None:
        self.initial["met_at"] = timezone.now()


class Complete(VerbForm):
    outcome = forms.ChoiceField(
        label=pgettext_lazy("referral", "How did it end?"),
        choices=Outcome.choices,
        widget=forms.RadioSelect,
    )
    feedback = forms.CharField(
        label=pgettext_lazy("referral", "What should the sender know?"),
        help_text=gettext_lazy("What was done, and what is still needed."),
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Confirm(VerbForm):
    service_received = forms.ChoiceField(
        label=pgettext_lazy("referral", "Ask the person: did you get this help?"),
        choices=Received.choices,
        widget=forms.RadioSelect,
    )


class Withdraw(VerbForm):
    reason = forms.ChoiceField(
        label=pgettext_lazy("referral", "Why do you take it back?"),
        # The last is said by the service itself, when a consent ends.
        choices=[c for c in WithdrawReason.choices if c[0] != WithdrawReason.CONSENT_ENDED],
        widget=WhyRadios("withdrawal"),
    )


class Message(VerbForm):
    text = forms.CharField(
        label=pgettext_lazy("referral", "Write to the other agency"),
        max_length=TEXT,
        widget=forms.Textarea,
    )


class Yes(VerbForm):
    """A verb that needs no words, only the yes of pressing the button."""


def suggested(now: dt.datetime, due: dt.datetime) -> dt.datetime:
    """A time for the first contact: this time tomorrow, or earlier where less time is left; on a
    quarter of an hour."""
    wanted = min(now + dt.timedelta(days=1), now + (due - now) / 2)
    past = wanted.minute % 15
    return (
        wanted.replace(second=0, microsecond=0)
        - dt.timedelta(minutes=past)
        + (QUARTER if past else dt.timedelta(0))
    )

"""Where a referral stands, said to each side; and its way in steps."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy, pgettext_lazy

from referral.models import Referral
from referral.workflow import Party, State

# What is to be done or waited for now, by the reader's side.
NOW: dict[Party, dict[State, Any]] = {
    Party.SENDER: {
        State.DRAFT: gettext_lazy("Not sent yet. Nobody else knows of it."),
        State.SENT: gettext_lazy("Sent. They have not opened it yet."),
        State.RECEIVED: gettext_lazy("They have seen it and owe you an answer."),
        State.INFO_REQUESTED: gettext_lazy("They ask you something and wait for your answer."),
        State.ACCEPTED: gettext_lazy("They will help. The first meeting comes next."),
        State.IN_SERVICE: gettext_lazy("They have met the person and help now."),
        State.COMPLETED: gettext_lazy("Their help has ended. Please ask the person about it."),
        State.CONFIRMED: gettext_lazy("The person was asked. The circle is closed."),
        State.DECLINED: gettext_lazy("They cannot help. Please ask elsewhere."),
        State.EXPIRED: gettext_lazy("Nobody answered in time. Please ask elsewhere."),
        State.NOT_REACHED: gettext_lazy("They could not reach the person."),
        State.WITHDRAWN: gettext_lazy("Taken back. They see nothing any more."),
    },
    Party.RECEIVER: {
        State.SENT: gettext_lazy("You are asked for help. Please answer."),
        State.RECEIVED: gettext_lazy("You are asked for help. Please answer."),
        State.INFO_REQUESTED: gettext_lazy("You asked the sender and wait for the answer."),
        State.ACCEPTED: gettext_lazy("You have said yes. The first meeting comes next."),
        State.IN_SERVICE: gettext_lazy("You help this person now."),
        State.COMPLETED: gettext_lazy("Your help has ended. You see nothing of the case."),
        State.CONFIRMED: gettext_lazy("Your help has ended, and the person was asked."),
        State.DECLINED: gettext_lazy("You said no. You see nothing of the case."),
        State.EXPIRED: gettext_lazy("It ended because no answer came in time."),
        State.NOT_REACHED: gettext_lazy("It ended because the person could not be reached."),
        State.WITHDRAWN: gettext_lazy("The sender took it back. Please keep nothing of it."),
    },
}


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of the way: when it was reached, if it was; and whether it ended there."""

    words: Any
    reached: bool
    at: dt.datetime | None = None
    broken_off: bool = False


def way(referral: Referral) -> list[Stop]:
    """From sent to confirmed; where it ended before, that end stands in place of the rest."""
    done = referral.state in {State.COMPLETED, State.CONFIRMED}
    stops = [
        _stop(pgettext_lazy("step", "Sent"), referral.sent_at),
        _stop(pgettext_lazy("step", "Seen"), referral.received_at),
        _stop(pgettext_lazy("step", "Accepted"), referral.accepted_at),
        _stop(pgettext_lazy("step", "Met"), referral.first_contact_at),
        Stop(pgettext_lazy("step", "Completed"), done, referral.ended_at if done else None),
        Stop(pgettext_lazy("step", "Confirmed"), referral.state == State.CONFIRMED),
    ]
    if referral.ended_at is None or done:
        return stops
    end = Stop(State(referral.state).label, reached=True, at=referral.ended_at, broken_off=True)
    return [*(stop for stop in stops if stop.reached), end]


def _stop(words: Any, at: dt.datetime | None) -> Stop:
    return Stop(words, at is not None, at)

"""The scripted partners: each does in its turn what the scenario says, as a member, by the real action.

Which turn is next is read from what stands in the case, so that it may be asked again and again: what
has been done is not done twice. A partner that stays silent does nothing that comes after.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from cases.models import Override, TimelineEntry
from cases.workflow import OverrideState
from identification.models import Identification
from identification.workflow import State as IdentificationState
from practice.acts import Stage, play
from practice.scenarios import Cast, Scenario, Turn
from practice.vocabulary import ACTS, OWN, Whose
from referral.models import Handover, Referral
from referral.workflow import TAKEN, State

SILENT = "stay_silent"
ANSWERED = frozenset({State.SENT, State.RECEIVED})
# What was done already, by the act: so a turn is not taken twice.
DONE: Mapping[str, Callable[[Referral], bool]] = {
    "see": lambda referral: referral.received_at is not None,
    "ask": lambda referral: referral.question is not None,
    "accept": lambda referral: referral.accepted_at is not None,
    "decline": lambda referral: referral.state == State.DECLINED,
    "contact": lambda referral: referral.first_contact_at is not None,
    "complete": lambda referral: referral.state in {State.COMPLETED, State.CONFIRMED},
    "acknowledge": lambda referral: referral.recall_acknowledged_at is not None,
    SILENT: lambda referral: False,
}
# When its time has come, by the act. Until then the partner waits.
READY: Mapping[str, Callable[[Referral], bool]] = {
    "see": lambda referral: referral.state == State.SENT,
    "ask": lambda referral: referral.state in ANSWERED,
    "accept": lambda referral: referral.state in ANSWERED,
    "decline": lambda referral: referral.state in ANSWERED,
    "contact": lambda referral: referral.state == State.ACCEPTED and _both_agree(referral),
    "complete": lambda referral: referral.state in TAKEN,
    "acknowledge": lambda referral: referral.state == State.WITHDRAWN,
    SILENT: lambda referral: False,
}
# Words between the two do not put an answer off.
WORDS = "referral.message"


@dataclass(frozen=True, slots=True)
class Due:
    """A turn, whose it is, from when on it may be taken, and the code of the referral that it answers."""

    turn: Turn
    part: str
    at: dt.datetime
    referral: str = ""


def take(scenario: Scenario, stage: Stage) -> list[str]:
    """Take every turn whose time has come, the earliest first; what was done, by part and act."""
    taken: list[str] = []
    while (due := next(iter(_ripe(scenario, stage)), None)) is not None:
        said = due.turn.said
        play(stage, said, by=stage.cast[due.part], referral=due.referral)
        taken.append(f"{due.part} {said.act}")
    return taken


def next_at(scenario: Scenario, stage: Stage) -> dt.datetime | None:
    """When the next turn will be taken if nothing else happens: how far the clock may be moved on."""
    return min((due.at for due in _waiting(scenario, stage)), default=None)


def _ripe(scenario: Scenario, stage: Stage) -> list[Due]:
    ripe = [due for due in _waiting(scenario, stage) if due.at <= stage.at]
    return sorted(ripe, key=lambda due: due.at)


def _waiting(scenario: Scenario, stage: Stage) -> Iterator[Due]:
    if not stage.case:
        return
    for cast in scenario.agencies.values():
        if not cast.turns:
            continue
        yield from _of_referrals(cast, stage)
        yield from _of_submissions(cast, stage)
        if cast.key == OWN:
            yield from _of_overrides(cast, stage)


def _of_referrals(cast: Cast, stage: Stage) -> Iterator[Due]:
    """For each referral, the first turn that is not taken yet, if its time can come now."""
    if cast.key == OWN and cast.key not in stage.cast:
        return
    rows = Referral.objects.filter(
        case__code=stage.case, receiver=stage.agency(cast.key), sent_at__isnull=False
    )
    for referral in rows.select_related("service").order_by("pk"):
        turns = [
            each
            for each in cast.turns
            if ACTS[each.said.act].whose is Whose.PARTNER
            and each.service in {"", referral.service.type}
        ]
        turn = next((each for each in turns if _is_next(each, referral)), None)
        if turn is not None and READY[turn.said.act](referral):
            at = _since(referral) + _wait(turn)
            yield Due(turn, cast.key, at, referral=referral.code)


def _is_next(turn: Turn, referral: Referral) -> bool:
    """Not taken, and not passed over: a recall is read whatever else was meant."""
    if referral.state == State.WITHDRAWN:
        return turn.said.act == "acknowledge" and not DONE["acknowledge"](referral)
    return turn.said.act != "acknowledge" and not DONE[turn.said.act](referral)


def _of_submissions(cast: Cast, stage: Stage) -> Iterator[Due]:
    """An officer takes one turn for each submission, in their order."""
    turns = [each for each in cast.turns if ACTS[each.said.act].whose is Whose.OFFICER]
    if not turns:
        return
    on_desk = Identification.objects.filter(
        case__code=stage.case,
        authority=stage.agency(f"{cast.key}.{Whose.OFFICER}"),
        state__in=[IdentificationState.SUBMITTED, IdentificationState.POSSIBLE],
    )
    for identification in on_desk:
        taken = identification.decisions.count()
        for turn in turns[taken : taken + 1]:
            began = identification.reflection_ends_at or identification.submitted_at
            assert began is not None, "it was submitted"
            yield Due(turn, f"{cast.key}.{Whose.OFFICER}", began + _wait(turn))


def _of_overrides(cast: Cast, stage: Stage) -> Iterator[Due]:
    """A supervisor answers each request in the order of the turns; the last turn stands for the rest."""
    turns = [each for each in cast.turns if ACTS[each.said.act].whose is Whose.SUPERVISOR]
    rows = Override.objects.filter(case__code=stage.case).order_by("pk")
    for n, asked in enumerate(rows):
        if turns and asked.state == OverrideState.ASKED:
            turn = turns[min(n, len(turns) - 1)]
            yield Due(turn, f"{OWN}.{Whose.SUPERVISOR}", asked.asked_at + _wait(turn))


def _wait(turn: Turn) -> dt.timedelta:
    return dt.timedelta(hours=turn.after_hours)


def _since(referral: Referral) -> dt.datetime:
    """When it came to stand as it stands now."""
    entries = TimelineEntry.objects.filter(case=referral.case_id, about=referral.code)
    newest = entries.exclude(event=WORDS).order_by("-happened_at", "-pk").first()
    assert newest is not None, "its sending is written down"
    return newest.happened_at


def _both_agree(referral: Referral) -> bool:
    return any(each.confirmed for each in Handover.objects.filter(referral=referral))

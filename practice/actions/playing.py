"""What a worker does in a space: build it, let time pass, let the others have their turn, wipe it."""

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Min, Q
from django.utils import timezone

from agencies import jurisdiction
from agencies.actions import add_member, register_agency
from agencies.models import Agency, Member, Service
from audit import log
from cases.models import Case
from kernel.codes import PRACTICE
from kernel.errors import Refused, SafehandError
from notify.models import Clock
from practice import belonging, facts, given, judging, passing, queries, turns
from practice.actions import wishing
from practice.acts import Stage
from practice.models import Space
from practice.scenarios import Cast, Scenario
from practice.vocabulary import LEARNER

logger = logging.getLogger(__name__)
# By its agency's code everybody sees that nothing of this is real.
PLAYER = log.Machine("practice", agency_code=f"{PRACTICE}-PRACTICE")
HOUR, DAY, NO_TIME = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta()
# In how many steps time passes before a worker looks at what else there is to do.
MOST_STEPS = 24
# A protocol that is in force however far the clock is moved on.
IN_FORCE = dt.timedelta(days=10 * 366)
Wanted = Space.Wanted
# What a scenario that is at fault comes to, and an act that crossed one of the learner's.
FAULTS = (
    SafehandError, IntegrityError, LookupError, ObjectDoesNotExist, TypeError, ValueError,
)  # fmt: skip


class Sweep(Protocol):
    """What the service does by itself when time has passed, within one space."""

    def __call__(self, *, space: int) -> object: ...


def work(*, code: str, between: Iterable[Sweep], at: dt.datetime) -> bool:
    """Do what is wanted in this space, for a while; whether more of it is left to do. `between` is what
    the service does by itself whenever time has passed: clocks, periods, warnings."""
    between = list(between)
    try:
        return _try(code, between, at)
    except FAULTS:
        # What the learner did at the same moment may have stood in the way: once more, on what stands
        # there now. All else is tried again by whoever looks next.
        return _try_again(code, between, at)


def _try(code: str, between: Sequence[Sweep], at: dt.datetime) -> bool:
    with transaction.atomic():
        space = Space.objects.get(code=code)
    return _do(space, Wanted(space.wanted), between, at)


def _try_again(code: str, between: Sequence[Sweep], at: dt.datetime) -> bool:
    with transaction.atomic():
        wanted = Wanted(Space.objects.get(code=code).wanted)
    try:
        return _try(code, between, at)
    except SafehandError as refusal:
        # A part that the rules do not allow: the scenario is at fault, and the learner is told.
        stop(code=code, fault=refusal.code, wanted=wanted)
    except FAULTS as fault:
        if isinstance(fault, IntegrityError) and wanted == Wanted.WIPING:
            # Something else hangs on it, a row of two spaces: it is tried again, and said.
            note(code=code, fault="of_two_spaces")
        else:
            # A file that does not fit what stands there.
            stop(code=code, fault=type(fault).__name__, wanted=wanted)
    return False


def _do(space: Space, wanted: Wanted, between: Iterable[Sweep], at: dt.datetime) -> bool:
    match wanted:
        case Wanted.BEGINNING:
            build(code=space.code, at=at)
        case Wanted.TURN:
            take_turns(code=space.code, turn=space.turn, at=at)
        case Wanted.MOVING:
            return move_on(code=space.code, between=between)
        case Wanted.WIPING:
            wipe(code=space.code, at=at)
        case Wanted.NOTHING:
            pass
    return False


@transaction.atomic
def build(*, code: str, at: dt.datetime) -> None:
    """Its agencies with their members and services, and what has happened before."""
    space = _held(code)
    if space.wanted != Wanted.BEGINNING:
        return
    scenario = queries.scenario_of(space)
    if scenario is None:
        _begun(space, fault="scenario_is_gone")
        return
    agencies = {key: _agency(cast, space, at) for key, cast in scenario.agencies.items()}
    parts = {
        part: _member(space, part, agencies[key], role)
        for part, (key, role) in scenario.parts.items()
    }
    space.parts = {part: member.pk for part, member in parts.items()}
    space.seat = parts[LEARNER]
    stage = given.begin(scenario, Stage(cast=parts, language=space.language, at=at))
    _judge(space, scenario, stage)
    _begun(space)


@transaction.atomic
def take_turns(*, code: str, turn: int, at: dt.datetime) -> None:
    """Everything that the others do now, and which steps are over by it."""
    space = _held(code)
    if not space.is_open:
        return
    scenario = queries.scenario_of(space)
    if scenario is None:
        raise Refused("scenario_is_gone")
    stage = _stage(space, at)
    # Steps are judged before the others answer, too: what the learner did is theirs.
    _judge(space, scenario, stage)
    if turns.take(scenario, stage):
        _judge(space, scenario, stage)
    space.save(update_fields=["over", "before", "finished_at"])
    # Unless the learner has done more in the meantime.
    done = Space.objects.filter(pk=space.pk, turn=turn, wanted=Wanted.TURN)
    done.update(wanted=Wanted.NOTHING)


def move_on(*, code: str, between: Iterable[Sweep]) -> bool:
    """Let the time pass that was asked for, never further at once than to what comes next: so the
    others act in their order, and clocks run as they do. Whether some of it is left: nobody else's
    work waits for all of it."""
    between = list(between)
    with transaction.atomic():
        number = Space.objects.values_list("pk", flat=True).get(code=code)
    for _ in range(MOST_STEPS):
        # First of all what is due now: a worker may have died right after some of it had passed.
        for sweep in between:
            sweep(space=number)
        _turn_now(code)
        if not _pass(code):
            break
    else:
        return True
    with transaction.atomic():
        space = _held(code)
        rows = Space.objects.filter(pk=space.pk, wanted=Wanted.MOVING, moving=NO_TIME)
        rows.update(wanted=Wanted.NOTHING)
    return False


def _turn_now(code: str) -> None:
    with transaction.atomic():
        number = Space.objects.get(code=code).turn
    take_turns(code=code, turn=number, at=timezone.now())


@transaction.atomic
def wipe(*, code: str, at: dt.datetime) -> None:
    """Delete every row of the space, whatever table it stands in. The log keeps that somebody made up
    did something, under codes that stand for nobody any more. Deletes nothing, and raises Refused, where a
    row is of two spaces too, or IntegrityError, where something else hangs on it."""
    space = _held(code)
    if space.wanted != Wanted.WIPING or space.wiped_at is not None:
        return
    # First of all nobody sits there any more: what comes late finds nobody.
    space.seat, space.parts, space.wiped_at = None, {}, at
    space.wanted, space.fault = Wanted.NOTHING, ""
    space.save(update_fields=["seat", "parts", "wiped_at", "wanted", "fault"])
    for model, keys in belonging.rows_of(space.pk).items():
        rows = model._base_manager.filter(pk__in=keys)
        rows._raw_delete(rows.db)
    # Foreign keys are looked at only now, so that no order was needed. What an act has written
    # meanwhile stops it: then all of it is tried again.
    connection.check_constraints()
    log.record("practice.wiped", by=log.CLOCK, about=space.code)


@transaction.atomic
def stop(*, code: str, fault: str, wanted: Wanted) -> None:
    """It cannot go on; the learner wipes it, if that is not what they want already."""
    logger.error("%s stands still: %s", code, fault)
    space = _held(code)
    Space.objects.filter(pk=space.pk, wanted=wanted).update(
        wanted=Wanted.NOTHING, moving=NO_TIME, fault=fault[:60]
    )


@transaction.atomic
def note(*, code: str, fault: str) -> None:
    """It could not be done, and is tried again."""
    logger.error("%s stands still: %s", code, fault)
    Space.objects.filter(pk=_held(code).pk).update(fault=fault)


@transaction.atomic
def let_go(*, code: str, at: dt.datetime) -> None:
    """Nobody has come back to it for long: to be wiped by whoever looks next."""
    space = _held(code)
    if space.wiped_at is None and space.used_at <= at - queries.FORGOTTEN:
        space.wanted = Wanted.WIPING
        space.save(update_fields=["wanted"])
        wishing.soon()


def _judge(space: Space, scenario: Scenario, stage: Stage) -> None:
    agencies = {key: stage.agency(part).pk for part, (key, _) in scenario.parts.items()}
    known = facts.facts(agencies, case=stage.case, at=stage.at)
    # Where the clock will stand when the learner looks again: time that passes at once is one piece, and
    # a step that begins in the midst of it is not over before they could read it.
    clock = (space.moved + space.moving).total_seconds()
    space.over, space.before = judging.judge(
        scenario, known, space.over, space.before, clock=clock
    )
    if space.finished_at is None and judging.now(scenario, space.over) is None:
        space.finished_at = stage.at


@transaction.atomic
def _pass(code: str) -> bool:
    """Some of the time passes that was asked for: all that has happened, and all that is to happen, is
    moved back by it. Days move when a whole day is over. False where there is none left."""
    space = _held(code)
    if space.wanted != Wanted.MOVING or space.moving <= NO_TIME or not space.is_open:
        return False
    span = _span(space)
    days = dt.timedelta(days=(space.moved + span) // DAY - space.moved // DAY)
    for model, keys in belonging.rows_of(space.pk).items():
        changes = passing.moved(model, span, days)
        if changes:
            model._base_manager.filter(pk__in=keys).update(**changes)
    Space.objects.filter(pk=space.pk).update(moved=F("moved") + span, moving=F("moving") - span)
    return True


def _span(space: Space) -> dt.timedelta:
    """How far time may pass at once: into the hour in which something comes next, a day at most, and
    never past what was asked for."""
    stage = _stage(space, timezone.now())
    quiet = min((each - stage.at for each in _coming(space, stage)), default=DAY)
    step = max(HOUR, min(quiet // HOUR * HOUR, DAY))
    return min(step, space.moving)


def _coming(space: Space, stage: Stage) -> Iterator[dt.datetime]:
    """When the next turn is taken, the next rung of a deadline climbed, a referral over that nobody has
    answered. A deadline that is held goes on at its own time: until then every hour is looked at."""
    scenario = queries.scenario_of(space)
    turn = scenario and turns.next_at(scenario, stage)
    clocks = Clock.objects.filter(sender__space=space.pk, stopped_at=None)
    found = clocks.aggregate(
        held=Min("paused_at"),
        rung=Min("rungs__fires_at", filter=Q(rungs__fired_at=None)),
        over=Min("lapses_at"),
    )
    yield from (each for each in (turn, *found.values()) if each is not None)


def _agency(cast: Cast, space: Space, at: dt.datetime) -> Agency:
    language = space.language
    facts: dict[str, Any] = {
        "name": cast.name[language], "type": cast.type, "region": cast.region,
        "district": cast.district, "space": space.pk,
        "protocol_signed_on": at.date(), "protocol_signed_until": (at + IN_FORCE).date(),
    }  # fmt: skip
    if cast.decides:
        bodies = jurisdiction.current().deciding_bodies
        facts["deciding_body"] = next(b.code for b in bodies if cast.type in b.agency_types)
    agency = register_agency(facts=facts, by=PLAYER)
    for said in cast.services:
        Service.objects.create(
            agency=agency,
            verified_on=at.date(),
            **(dict(said) | {"name": said["name"][language]}),
        )
    return agency


def _member(space: Space, part: str, agency: Agency, role: str) -> Member:
    """Somebody without an address: no mail of theirs ever leaves."""
    name = f"practice-{space.pk}-{part}".replace(".", "-")
    facts = {
        "username": name, "email": "", "role": role, "language": space.language,
        "first_name": "" if part != LEARNER else space.learner.first_name,
        "last_name": agency.name if part != LEARNER else space.learner.last_name,
    }  # fmt: skip
    return add_member(facts=facts, agency=agency, by=PLAYER)


def _stage(space: Space, at: dt.datetime) -> Stage:
    members = Member.objects.select_related("agency").in_bulk(space.parts.values())
    cast = {part: members[number] for part, number in space.parts.items()}
    # All of the few that there are: to ask for the newest alone may be answered by going through every
    # case of the service, where the space has none.
    cases = Case.objects.filter(owner__space=space.pk).values_list("pk", "code")
    _, code = max(cases, default=(0, ""))
    return Stage(cast=cast, language=space.language, at=at, case=code)


def _begun(space: Space, *, fault: str = "") -> None:
    space.fault = fault
    space.save(update_fields=["fault", "parts", "seat", "over", "before", "finished_at"])
    Space.objects.filter(pk=space.pk, wanted=Wanted.BEGINNING).update(wanted=Wanted.NOTHING)


def _held(code: str) -> Space:
    """The space, in which nobody else works until this transaction ends. The row itself stays free: the
    learner's next wish never waits for what a worker does."""
    number = Space.objects.values_list("pk", flat=True).get(code=code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('practice'), %s::int)", [number])
    return Space.objects.select_related("learner").get(pk=number)

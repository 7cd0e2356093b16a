"""What a learner asks for: to begin, to move the clock on, to wipe it all. A worker does it."""

import datetime as dt

from django.db import transaction

from agencies.models import Member
from audit import log
from edge import waking
from kernel.errors import Invalid, Missing, Refused
from practice import policy, queries
from practice.models import Space
from practice.scenarios import current

TASK = "practice.work"
# How far the clock is moved on at once, in hours.
MOVES = (1, 6, 24, 7 * 24, 30 * 24)
# Each writes lines in the log that stay: nobody learns from more than this on one day.
MOST_A_DAY = 20
DAY = dt.timedelta(days=1)
# Deadlines are judged years ahead by nobody.
FURTHEST = dt.timedelta(days=2 * 366)
Wanted = Space.Wanted


@transaction.atomic
def begin(*, scenario: str, language: str, by: Member, at: dt.datetime) -> Space:
    """A space of one's own for this scenario; whoever has one wipes that first. Twenty within a day."""
    policy.may_practise(by).require()
    # Two at a time would both be the first.
    Member.objects.select_for_update(no_key=True).get(pk=by.pk)
    found = current().get(scenario)
    if found is None:
        raise Invalid("unknown_code", pointer="/scenario")
    if queries.live(by) is not None:
        raise Refused("practice_is_under_way")
    if queries.begun(by, since=at - DAY) >= MOST_A_DAY:
        raise Refused("practice_is_enough")
    space = Space.objects.create(
        learner=by, scenario=found.code, version=found.version, language=language,
        begun_at=at, used_at=at,
    )  # fmt: skip
    log.record("practice.begun", by=by, about=space.code, facts={"scenario": found.code})
    soon()
    return space


@transaction.atomic
def move_on(*, code: str, hours: int, by: Member, at: dt.datetime) -> Space:
    """Let so many hours pass: what is due falls due, and the others do what they have to do."""
    space = _held(code, by)
    _require_open(space)
    if hours not in MOVES:
        raise Invalid("unknown_code", pointer="/hours")
    if space.wanted == Wanted.MOVING:
        raise Refused("clock_is_moving")
    span = dt.timedelta(hours=hours)
    if space.moved + span > FURTHEST:
        raise Refused("clock_is_far_enough")
    space.moving = span
    _want(space, Wanted.MOVING, at)
    return space


@transaction.atomic
def look(*, code: str, by: Member, at: dt.datetime) -> None:
    """The learner has done something: let the others have their turn. While something graver waits
    to be done, that does it, too."""
    space = _held(code, by)
    if space.is_open and space.wanted in {Wanted.NOTHING, Wanted.TURN}:
        _want(space, Wanted.TURN, at)


@transaction.atomic
def wipe(*, code: str, by: Member, at: dt.datetime) -> Space:
    """All of it goes; how the steps ended stays."""
    space = _held(code, by)
    if space.wiped_at is not None:
        raise Refused("practice_was_wiped")
    _want(space, Wanted.WIPING, at)
    log.record("practice.ended", by=by, about=space.code)
    return space


def soon() -> None:
    """Wake a worker, once this has committed."""
    transaction.on_commit(lambda: waking.wake(TASK), robust=True)


def _want(space: Space, wanted: Wanted, at: dt.datetime) -> None:
    space.wanted, space.used_at = wanted, at
    space.turn += 1
    space.save(update_fields=["wanted", "moving", "used_at", "turn"])
    soon()


def _require_open(space: Space) -> None:
    if space.wiped_at is not None:
        raise Refused("practice_was_wiped")
    if not space.is_open:
        raise Refused("practice_is_not_ready")


def _held(code: str, by: Member) -> Space:
    rows = policy.visible_to(by).select_for_update(no_key=True)
    found = rows.filter(code=code).first()
    if found is None:
        raise Missing("not_found")
    return found

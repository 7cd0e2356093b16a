"""A closed loop for each member: think, ask, learn from the answer, think again.

A member asks only after the answer before has come, as people do. How long an answer took is counted
from the moment at which the member meant to ask and not from when this program came to it, so that a
machine too busy to ask in time hides no waiting. What waits at the server slows a closed loop down:
requests a second are a finding here and not a setting.
"""

import asyncio
import random
import re
import time
from dataclasses import dataclass

from benchmarks.load.acts import ACTS, Act, Actor, Town
from benchmarks.load.client import Answer, Line
from benchmarks.load.tally import Tallies
from benchmarks.load.who import Worker

TAGS = re.compile(r"<[^>]*>")
# Within these seconds everybody has come to work.
ARRIVING = 10.0


@dataclass(frozen=True, slots=True)
class Work:
    """What all of them share: where to ask, until when, and the tallies."""

    host: str
    port: int
    until: float
    tallies: Tallies


def at_work(workers: list[Worker], work: Work, *, seed: int) -> None:
    """Everybody works until the end; returns when the last answer has come."""
    asyncio.run(_all(workers, work, seed))


async def _all(workers: list[Worker], work: Work, seed: int) -> None:
    inboxes = {each.agency: each.service for each in workers if each.role != "social_worker"}
    town = Town(sorted(inboxes.items()))
    await asyncio.gather(
        *(
            _one(Actor(worker, town, random.Random(f"{seed} {worker.username}")), work)
            for worker in workers
        )
    )


async def _one(actor: Actor, work: Work) -> None:
    line = Line(work.host, work.port)
    await asyncio.sleep(actor.dice.uniform(0, ARRIVING))
    while True:
        possible = [act for act in ACTS if act.can(actor)]
        act = actor.dice.choices(possible, [each.weight for each in possible])[0]
        due = time.monotonic() + actor.dice.expovariate(1 / act.think)
        # Taken before the thought, so that no two members think about the same thing.
        about = actor.take(act.takes) if act.takes else None
        if due >= work.until:
            break
        await asyncio.sleep(due - time.monotonic())
        await _ask(actor, act, about, line, work, due)
    line.close()


async def _ask(
    actor: Actor, act: Act, about: object, line: Line, work: Work, due: float
) -> None:
    asked = act.ask(actor, about)
    answer = await line.ask(asked.method, asked.path, asked.headers(actor.worker), asked.body())
    took = time.monotonic() - due
    well = work.tallies.add(
        act.name, took, status=answer.status, expect=asked.expect, body=told(answer)
    )
    if not well:
        return
    try:
        act.learn(actor, about, answer)
    except (KeyError, ValueError, AssertionError, StopIteration) as fault:
        # An answer that says other things than it should is an error like any other.
        work.tallies.wrong(act.name, f"not understood: {fault!r}")


def told(answer: Answer) -> str:
    """What an error says: the problem of the API, or what stands on the page without its frame."""
    page = answer.text.partition("<main")[2] or answer.text
    return " ".join(TAGS.sub(" ", page).split())

"""When `./safehand chaos` does which harm: in the measure in which its referrals go on."""

import argparse
import json
import random
import time
from collections import deque
from pathlib import Path

from launch import harms, moodysink
from launch.harms import Harm, World
from launch.run import say

# How close two harms may be, and how long a service that stands still is spared.
CLOSEST, FURTHEST = 2.0, 25.0
# All harms are to be done before this part of the referrals is.
EARLY = 0.85
# In an outage the mail server is away and without service in turns of so many seconds.
TURN = 20.0


class Hurting:
    """Does one harm after the other, in the measure in which the referrals go on."""

    def __init__(self, world: World, options: argparse.Namespace, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.dice = random.Random(options.seed)  # noqa: S311 -- to be repeated, not to be secret
        self.waiting: deque[Harm] = deque(
            harms.drawn(
                options.kills, self.dice, disk=world.disk.mounted, clock=world.clock.made
            )
        )
        self.all = len(self.waiting)
        self.last = time.monotonic()
        self.well_at = 0.0
        self.outage = options.mail_outage * 60
        self.outage_began = 0.0
        self.turn = -1

    def step(self) -> None:
        now = time.monotonic()
        if not (self.folder / "progress").exists():
            # Not before the first referral: the partners' systems are still to be verified.
            self.last = now
            return
        if self.well_at and now >= self.well_at:
            self.recover()
        if self.outage:
            self.keep_mail_away(now)
        if self.waiting and not self.well_at and self.is_time(now):
            self.hurt(self.waiting.popleft(), now)

    def is_time(self, now: float) -> bool:
        since = now - self.last
        if since < CLOSEST:
            return False
        part = EARLY * (self.all - len(self.waiting)) / self.all
        return self.done() >= part or since > FURTHEST

    def hurt(self, harm: Harm, now: float) -> None:
        begun = time.time()
        if not harm.do(self.world, self.dice):
            # It was dead at that moment: again, when it is back.
            self.waiting.append(harm)
            self.last = now
            return
        seconds = self.dice.uniform(*harm.seconds)
        self.last, self.well_at = now + seconds, now + seconds if seconds else 0.0
        self.note(
            name=harm.name,
            hits=harm.hits,
            kill=harm in harms.KILLS,
            at=begun,
            until=begun + seconds,
        )

    def keep_mail_away(self, now: float) -> None:
        if not self.outage_began:
            # Not from the start: first something must have been delivered.
            if self.done() > 0:
                self.outage_began, self.began_at = now, time.time()
                say("the mail server is away")
            return
        gone = now - self.outage_began
        if gone >= self.outage:
            self.recover()
            self.note(
                name="outage", hits="outage", kill=False, at=self.began_at, until=time.time()
            )
            self.outage = 0
            say("the mail server is back")
        elif int(gone / TURN) != self.turn:
            self.turn = int(gone / TURN)
            self.recover()
            if self.turn % 2:
                self.world.feel(moodysink.NO_SERVICE)
            else:
                harms.MOODS[0].do(self.world, self.dice)

    def recover(self) -> None:
        self.world.well()
        self.well_at = 0.0

    def finish(self) -> None:
        self.recover()
        if self.waiting:
            say(f"{len(self.waiting)} harms were not done: the referrals ended before")

    def done(self) -> float:
        """The part of the referrals that were driven to their end."""
        path = self.folder / "progress"
        try:
            return float(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0.0

    def note(self, **facts: object) -> None:
        with (self.folder / "harms.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts) + "\n")

"""Refer people over HTTP, as many members at once; the receivers look, accept and decline."""

import datetime as dt
import itertools
import json
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from benchmarks.chaos import files, notes
from benchmarks.chaos.client import Client
from benchmarks.chaos.notes import Notebook
from notify.models import Endpoint

RECEIVING = 3
SAY_EVERY = 15.0
# Seconds: for the challenges of all partners, and for a file before the next is brought.
VERIFYING, FOR_A_FILE = 120.0, 45.0
FEWEST_FILES = 2
SHARED = ["identity", "contact", "safety"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One referral as it is meant to go: each case and service is asked once."""

    case: str
    sender: str
    service: str
    receiver: str
    urgency: str
    send: bool
    look: bool
    answer: str


class Drive:
    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder, self.say = folder, say
        self.run = json.loads((folder / notes.RUN).read_text())
        self.world = json.loads((folder / notes.WORLD).read_text())
        self.notebook = Notebook(folder)
        self.clients = {
            name: Client(self.run["url"], name, token, self.notebook)
            for name, token in self.world["tokens"].items()
        }
        self.arrived: queue.Queue[tuple[Plan, str] | None] = queue.Queue()
        self.lock = threading.Lock()
        self.finished = 0
        self.over = threading.Event()
        self.began = time.monotonic()

    def __call__(self) -> int:
        if not self.partners_are_verified():
            self.say("the systems of the partners were not verified")
            return 1
        self.began = time.monotonic()
        self.note_progress()
        lists: dict[str, list[Plan]] = {}
        for plan in plans(self.world, self.run["referrals"], random.Random(self.run["seed"])):
            lists.setdefault(plan.sender, []).append(plan)
        senders = [
            threading.Thread(target=self.send_all, args=(mine,), daemon=True)
            for mine in lists.values()
        ]
        receivers = [
            threading.Thread(target=self.answer_all, daemon=True) for _ in range(RECEIVING)
        ]
        bringing = threading.Thread(target=self.bring_all, daemon=True)
        for thread in (*senders, *receivers, bringing):
            thread.start()
        self.watch(senders)
        for _ in receivers:
            self.arrived.put(None)
        self.watch(receivers)
        self.over.set()
        self.watch([bringing])
        self.note_progress()
        # A thread that ended by a fault has left some of them.
        return 0 if self.finished == self.run["referrals"] else 1

    def partners_are_verified(self) -> bool:
        """They prove it to the service by themselves; before that nothing is owed to them."""
        waiting = Endpoint.objects.exclude(state=Endpoint.State.ACTIVE)
        end = time.monotonic() + VERIFYING
        while waiting.exists() and time.monotonic() < end:
            time.sleep(0.5)
        return not waiting.exists()

    def bring_all(self) -> None:
        """One file of cases after the other, as long as people are referred; each is said yes to once
        it was looked at. One whose worker was killed goes on by itself, while the next is brought."""
        who = itertools.cycle(sorted({case["sender"] for case in self.world["cases"]}))
        for number in range(max(FEWEST_FILES, self.run["kills"])):
            if number and self.over.is_set():
                return
            self.bring(number, next(who))

    def bring(self, number: int, who: str) -> None:
        client = self.clients[who]
        act = self.notebook.ask("bring", who, uuid.uuid4().hex, "", "", f"file {number}")
        brought = client.bring(act, files.table(number))
        if brought is None:
            return
        code = str(brought["code"])
        if not self.comes_to(client, code, "checked"):
            return
        mark = self.folder / notes.IMPORTING
        start = self.notebook.ask("start", who, uuid.uuid4().hex, "", "", code)
        if client.post(start, f"imports/{code}/start/", {"with_doubtful": True}):
            mark.touch()
            self.comes_to(client, code, "done")
            mark.unlink()

    def comes_to(self, client: Client, code: str, state: str) -> bool:
        end = time.monotonic() + FOR_A_FILE
        while time.monotonic() < end:
            if client.look(f"imports/{code}/").get("state") == state:
                return True
            time.sleep(0.5)
        return False

    def one_more(self) -> None:
        with self.lock:
            self.finished += 1

    def watch(self, threads: list[threading.Thread]) -> None:
        said = 0.0
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.5)
            self.note_progress()
            if time.monotonic() - said >= SAY_EVERY:
                said = time.monotonic()
                self.say(self.progress())

    def note_progress(self) -> None:
        aside = self.folder / "progress.new"
        aside.write_text(f"{self.finished / self.run['referrals']:.6f}", encoding="ascii")
        aside.replace(self.folder / "progress")

    def progress(self) -> str:
        took, wanted = time.monotonic() - self.began, self.run["referrals"]
        left = took / self.finished * (wanted - self.finished) if self.finished else 0
        return f"{self.finished:,} of {wanted:,} referrals, {took:,.0f} s, {left:,.0f} s left"

    def send_all(self, mine: list[Plan]) -> None:
        for plan in mine:
            self.in_time()
            code = self.send(plan)
            if code and plan.answer != "draft":
                self.arrived.put((plan, code))
            else:
                self.one_more()

    def in_time(self) -> None:
        """Where a pace is asked for, no faster."""
        if pace := self.run["pace"]:
            at = self.began + self.finished / pace
            time.sleep(max(0.0, at - time.monotonic()))

    def send(self, plan: Plan) -> str:
        """Its code, if it is to be answered."""
        data = {"case": plan.case, "service": plan.service, "urgency": plan.urgency,
                "groups": SHARED, "note": "Please meet her at the side door."}  # fmt: skip
        drafted = self.act(plan, "draft", plan.sender, "referrals/", data)
        if drafted is None or not plan.send:
            return ""
        code = str(drafted["code"])
        sent = self.act(plan, "send", plan.sender, f"referrals/{code}/send/", {}, code)
        return code if sent else ""

    def answer_all(self) -> None:
        while item := self.arrived.get():
            plan, code = item
            self.answer(plan, code)
            self.one_more()

    def answer(self, plan: Plan, code: str) -> None:
        who, path = plan.receiver, f"referrals/{code}/"
        if plan.look and self.act(plan, "look", who, path, None, code) is None:
            return
        if plan.answer == "accept":
            soon = timezone.now() + dt.timedelta(hours=2)
            data = {"contact": who, "first_contact_at": soon.isoformat()}
            self.act(plan, "accept", who, f"{path}accept/", data, code)
        elif plan.answer == "decline":
            self.act(plan, "decline", who, f"{path}decline/", {"reason": "no_capacity"}, code)

    def act(
        self,
        plan: Plan,
        what: str,
        who: str,
        path: str,
        data: dict[str, Any] | None,
        code: str = "",
    ) -> dict[str, Any] | None:
        act = self.notebook.ask(what, who, uuid.uuid4().hex, plan.case, plan.service, code)
        client = self.clients[who]
        return client.get(act, path) if data is None else client.post(act, path, data)


def plans(world: dict[str, Any], wanted: int, dice: random.Random) -> list[Plan]:
    """As many as wanted, of different cases and services, in a random order."""
    pairs = list(itertools.product(world["cases"], world["services"]))
    dice.shuffle(pairs)
    return [
        Plan(
            case["code"], case["sender"], service["code"], dice.choice(service["members"]),
            dice.choice(("normal", "urgent", "emergency")),
            send=dice.random() < 0.97, look=dice.random() < 0.3,
            answer=dice.choices(("accept", "decline", "none"), (5, 4, 1))[0],
        )
        for case, service in pairs[:wanted]
    ]  # fmt: skip

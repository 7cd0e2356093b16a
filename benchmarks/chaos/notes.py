"""What is written down during a run, outside the service: acts that were asked for, and mails."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACTS, MAILS, CALLS, HARMS, WORLD, SECRETS, RUN = (
    "acts.jsonl", "mails.jsonl", "calls.jsonl", "harms.jsonl", "world.json", "secrets.json", "run.json",
)  # fmt: skip
# There while cases are made of a file: that is when its worker is to be killed.
IMPORTING = "importing"


@dataclass(slots=True)
class Act:
    """One thing that somebody wanted done, and the answer, if one ever came."""

    number: int
    what: str
    who: str
    key: str
    case: str
    service: str
    code: str
    asked: float
    # Of the request that was answered.
    began: float = 0
    answered: float = 0
    status: int = 0
    said: str = ""
    replayed: bool = False
    tries: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300


class Notebook:
    """Writes each act before it is asked for, and again when it is answered."""

    def __init__(self, folder: Path) -> None:
        self.file = (folder / ACTS).open("a", encoding="utf-8")
        self.lock = threading.Lock()
        self.counted = 0

    def ask(self, what: str, who: str, key: str, case: str, service: str, code: str) -> Act:
        with self.lock:
            self.counted += 1
            number = self.counted
        act = Act(number, what, who, key, case, service, code, time.time())
        self._write(
            n=number, what=what, who=who, key=key, case=case, service=service, code=code,
            asked=act.asked,
        )  # fmt: skip
        return act

    def answer(self, act: Act) -> None:
        self._write(
            n=act.number, began=act.began, answered=act.answered, status=act.status,
            said=act.said, replayed=act.replayed, tries=act.tries,
        )  # fmt: skip

    def _write(self, **facts: Any) -> None:
        line = json.dumps(facts) + "\n"
        with self.lock:
            self.file.write(line)
            self.file.flush()


@dataclass(slots=True)
class Mails:
    """What the mail server took and what it refused for good, by Message-ID."""

    taken: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    to: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Calls:
    """What partners' systems took: how often each number at each address, and what was not signed."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    unsigned: int = 0


def acts(folder: Path) -> list[Act]:
    found: dict[int, Act] = {}
    for line in lines(folder / ACTS):
        number = line.pop("n")
        if number in found:
            for name, value in line.items():
                setattr(found[number], name, value)
        else:
            found[number] = Act(number, **line)
    return list(found.values())


def mails(folder: Path) -> Mails:
    found = Mails()
    for line in lines(folder / MAILS):
        if line["what"] == "refused":
            found.refused.add(line["id"])
        else:
            found.taken[line["id"]] += 1
            found.to[line["id"]] = line["to"][0]
    return found


def calls(folder: Path) -> Calls:
    found = Calls()
    for line in lines(folder / CALLS):
        if line["type"] == "not signed":
            found.unsigned += 1
        elif line["type"] != "endpoint.verify":
            found.taken[line["path"], line["id"]] += 1
    return found


def harms(folder: Path) -> list[dict[str, Any]]:
    return list(lines(folder / HARMS))


def lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)

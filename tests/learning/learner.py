"""A learner whose answers are known beforehand, at the service's own API."""

import random
from typing import Any

from learning.questions import Question, current

TOPIC = "identification"


def questions() -> dict[str, Question]:
    return dict(current()[TOPIC].questions)


def wrong(question: Question) -> list[str]:
    """An answer that is not the right one: one option that is wrong, and nothing else."""
    return [next(code for code in question.options if code not in question.right)]


def begin(client: Any, kind: str, topic: str = TOPIC) -> dict[str, Any]:
    answer = client.post("learning/sittings/", {"topic": topic, "kind": kind})
    assert answer.status_code == 201, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def sit(client: Any, kind: str, *, right: int, topic: str = TOPIC) -> dict[str, Any]:
    """Begin a form, answer so many questions right and the others wrong, hand it in."""
    begun, known = begin(client, kind, topic), current()[topic].questions
    codes = [each["code"] for each in begun["questions"]]
    answers = {
        code: sorted(known[code].right) if turn < right else wrong(known[code])
        for turn, code in enumerate(codes)
    }
    return hand_in(client, begun["code"], answers)


def sit_by_chance(client: Any, kind: str, *, knows: float, seed: int) -> dict[str, Any]:
    """The same, where each question is known with this chance; `knew` says how many were."""
    chance, begun, known = random.Random(seed), begin(client, kind), questions()
    knew = {each["code"]: chance.random() < knows for each in begun["questions"]}
    answers = {
        code: sorted(known[code].right) if knows_it else wrong(known[code])
        for code, knows_it in knew.items()
    }
    return hand_in(client, begun["code"], answers) | {"knew": sum(knew.values())}


def hand_in(client: Any, code: str, answers: dict[str, list[str]]) -> dict[str, Any]:
    told = client.post(f"learning/sittings/{code}/answers/", {"answers": answers})
    assert told.status_code == 200, told.json()
    answer = client.post(f"learning/sittings/{code}/finish/")
    assert answer.status_code == 200, answer.json()
    body: dict[str, Any] = answer.json()
    return body


def topic_of(client: Any, topic: str = TOPIC) -> dict[str, Any]:
    found: list[dict[str, Any]] = client.get("learning/").json()["results"]
    return next(each for each in found if each["topic"] == topic)

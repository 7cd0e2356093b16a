"""Forms at the API: before, after, once each; nothing is told before the end; a scripted learner."""

from typing import Any

import pytest

from agencies.models import Member
from audit.models import AuditEvent
from learning.models import Sitting
from tests.learning.learner import (
    TOPIC,
    begin,
    hand_in,
    questions,
    sit,
    sit_by_chance,
    topic_of,
    wrong,
)

pytestmark = pytest.mark.django_db
ASKED = 10


@pytest.mark.parametrize(
    ("before", "after", "gain"),
    [
        (2, 6, "0.500"),
        (0, 10, "1.000"),
        (4, 4, "0.000"),
        (6, 4, "-0.500"),
        (10, 10, None),
        (1, 4, "0.333"),
    ],
)
def test_the_gain_is_what_was_put_in(
    signed_in: Any, sender: Member, before: int, after: int, gain: str | None
) -> None:
    client = signed_in(sender)

    first = sit(client, "before", right=before)
    second = sit(client, "after", right=after)

    assert (first["right"], first["asked"]) == (before, ASKED)
    assert (second["right"], second["asked"]) == (after, ASKED)
    assert topic_of(client)["gain"] == gain


@pytest.mark.parametrize("seed", range(4))
def test_a_learner_who_knows_by_chance_is_told_exactly_what_they_knew(
    signed_in: Any, sender: Member, seed: int
) -> None:
    client = signed_in(sender)

    before = sit_by_chance(client, "before", knows=0.3, seed=seed)
    after = sit_by_chance(client, "after", knows=0.8, seed=seed + 100)

    assert (before["right"], after["right"]) == (before["knew"], after["knew"])
    expected = (after["knew"] - before["knew"]) / (ASKED - before["knew"])
    assert topic_of(client)["gain"] == f"{expected:.3f}"


def test_nothing_is_told_of_what_is_right_before_the_end(
    signed_in: Any, sender: Member
) -> None:
    client = signed_in(sender)
    begun = begin(client, "before")
    known = questions()
    answers = {each["code"]: sorted(known[each["code"]].right) for each in begun["questions"]}

    told = client.post(
        f"learning/sittings/{begun['code']}/answers/", {"answers": answers}
    ).json()
    over = client.post(f"learning/sittings/{begun['code']}/finish/").json()

    hidden = {(each["right"], each["why"], each["source"]) for each in told["questions"]}
    assert (told["right"], hidden) == (None, {(None, None, None)})
    first = over["questions"][0]
    asked = known[first["code"]]
    assert (first["right"], first["why"], first["source"]) == (
        sorted(asked.right), dict(asked.why), asked.source,
    )  # fmt: skip
    assert over["right"] == ASKED


def test_a_form_is_gone_on_with_after_a_break_and_stands_as_it_was(
    signed_in: Any, sender: Member
) -> None:
    client = signed_in(sender)
    begun = begin(client, "before")
    one = begun["questions"][0]["code"]
    right = sorted(questions()[one].right)

    for said in (wrong(questions()[one]), right, right):
        client.post(f"learning/sittings/{begun['code']}/answers/", {"answers": {one: said}})
    later = signed_in(sender).get(f"learning/sittings/{begun['code']}/").json()

    assert later["questions"] == [
        each | ({"answer": right} if each["code"] == one else {}) for each in begun["questions"]
    ]
    assert topic_of(client)["open"] == begun["code"]


def test_an_answer_can_be_taken_back(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    begun = begin(client, "before")
    one = begun["questions"][0]["code"]
    path = f"learning/sittings/{begun['code']}/answers/"

    client.post(path, {"answers": {one: wrong(questions()[one])}})
    client.post(path, {"answers": {one: []}})

    assert Sitting.objects.get(code=begun["code"]).answers == {}


def test_nobody_sits_a_form_twice_and_after_comes_after(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)

    def refused(kind: str) -> tuple[int, str]:
        answer = client.post("learning/sittings/", {"topic": TOPIC, "kind": kind})
        return answer.status_code, answer.json()["code"]

    assert refused("after") == (409, "form_before_comes_first")
    assert refused("refresher") == (409, "form_after_comes_first")
    begin(client, "before")
    assert refused("before") == (409, "form_is_open")
    assert refused("after") == (409, "form_is_open")
    open_one = Sitting.objects.get()
    known = questions()
    hand_in(client, open_one.code, {code: wrong(known[code]) for code in open_one.questions})
    assert refused("before") == (409, "form_was_sat")
    sit(client, "after", right=ASKED)
    assert refused("before") == (409, "form_was_sat")
    assert refused("after") == (409, "form_was_sat")
    assert refused("refresher") == (409, "no_refresher_is_due")


def test_the_two_forms_ask_different_questions(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)

    first, second = (sit(client, kind, right=3) for kind in ("before", "after"))

    asked = [{each["code"] for each in form["questions"]} for form in (first, second)]
    assert asked[0] & asked[1] == set()


def test_handing_in_twice_changes_nothing_and_ends_it(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    over = sit(client, "before", right=3)
    path = f"learning/sittings/{over['code']}"
    one = over["questions"][0]["code"]

    again = client.post(f"{path}/finish/")
    late = client.post(f"{path}/answers/", {"answers": {one: wrong(questions()[one])}})

    assert (again.status_code, again.json()) == (200, over)
    assert (late.status_code, late.json()["code"]) == (409, "form_is_handed_in")


def test_what_is_not_answered_is_not_handed_in(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    begun = begin(client, "before")

    answer = client.post(f"learning/sittings/{begun['code']}/finish/")

    assert (answer.status_code, answer.json()["code"]) == (409, "question_is_open")


@pytest.mark.parametrize(
    "answers",
    [{"ID-99-a": ["a"]}, {"first": ["z"]}, {"first": ["a", "a"]}],
    ids=["unknown question", "unknown option", "twice"],
)
def test_an_answer_that_is_none_is_refused(
    signed_in: Any, sender: Member, answers: dict[str, list[str]]
) -> None:
    client = signed_in(sender)
    begun = begin(client, "before")
    one = begun["questions"][0]["code"]
    said = {one if code == "first" else code: chosen for code, chosen in answers.items()}

    answer = client.post(f"learning/sittings/{begun['code']}/answers/", {"answers": said})

    assert (answer.status_code, Sitting.objects.get().answers) == (400, {})


def test_an_unknown_topic_is_refused(signed_in: Any, sender: Member) -> None:
    answer = signed_in(sender).post("learning/sittings/", {"topic": "none", "kind": "before"})

    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_code")


def test_the_log_says_that_and_never_how_well(signed_in: Any, sender: Member) -> None:
    sit(signed_in(sender), "before", right=3)
    over = sit(signed_in(sender), "after", right=ASKED)

    events = AuditEvent.objects.filter(event__startswith="learning.").order_by("pk")
    assert [(each.event, each.facts) for each in events] == [
        ("learning.begun", {}), ("learning.finished", {}),
    ] * 2  # fmt: skip
    assert events.last().about == over["code"]


@pytest.mark.parametrize("kind", ["before", "after"])
def test_a_form_whose_questions_were_taken_away_is_begun_anew(
    signed_in: Any, sender: Member, kind: str
) -> None:
    client = signed_in(sender)
    if kind == "after":
        sit(client, "before", right=3)
    lost = begin(client, kind)
    answers = {
        each["code"]: sorted(questions()[each["code"]].right) for each in lost["questions"]
    }
    client.post(f"learning/sittings/{lost['code']}/answers/", {"answers": answers})
    # As where a file was given a newer version, and the older one thrown away.
    Sitting.objects.filter(code=lost["code"]).update(version="2025.9")

    refused = client.post(f"learning/sittings/{lost['code']}/finish/")
    stands = topic_of(client)
    over = sit(client, kind, right=ASKED)

    assert (refused.status_code, refused.json()["code"]) == (409, "bank_was_taken_away")
    assert (stands["open"], stands["next"]) == (None, kind)
    assert (over["right"], Sitting.objects.filter(kind=kind).count()) == (ASKED, 1)
    gone = AuditEvent.objects.get(event="learning.lost")
    assert (gone.about, gone.actor) == (lost["code"], sender.username)


def test_what_was_handed_in_stays_when_its_questions_are_taken_away(
    signed_in: Any, sender: Member
) -> None:
    over = sit(signed_in(sender), "before", right=3)
    Sitting.objects.update(version="2025.9")

    begin(signed_in(sender), "after")

    assert Sitting.objects.get(kind="before").code == over["code"]

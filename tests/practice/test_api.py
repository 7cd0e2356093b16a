"""Practice by the API: a program names its space with each request, and acts as nobody real."""

from typing import Any

import pytest

from agencies.models import Member
from cases.models import Case
from demo import builders as make
from practice.models import Space
from practice.scenarios import current
from tests.practice.worlds import Played, begin, work

pytestmark = pytest.mark.django_db
FIRST = "construction"
CASE = {
    "source": "self", "risk": "high", "person": {"age_band": "18-20", "gender": "Feminine"},
}  # fmt: skip


@pytest.fixture
def played(sender: Member) -> Played:
    return begin(sender, FIRST)


def within(played: Played) -> dict[str, str]:
    return {"HTTP_SAFEHAND_PRACTICE": played.code}


def test_from_the_list_of_scenarios_to_the_end(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    listed = client.get("practice/scenarios/").json()["results"]
    assert [each["code"] for each in listed] == list(current())
    assert {each["played_at"] for each in listed} == {None}

    begun = client.post("practice/spaces/", {"scenario": FIRST, "language": "be"})
    code = begun.json()["code"]
    assert (begun.status_code, begun.json()["wanted"], begun.json()["seat"]) == (
        201,
        "begin",
        None,
    )
    work()
    space = client.get(f"practice/spaces/{code}/").json()
    steps = current()[FIRST].steps
    assert (space["wanted"], space["over"], space["now"]["key"]) == ("", [], steps[0].key)
    told = [outcome.says["be"] for step in steps for outcome in step.outcomes]
    assert [words for words in told if words in str(space)] == []
    moved = client.post(f"practice/spaces/{code}/clock/", {"hours": 24})
    assert (moved.status_code, moved.json()["wanted"]) == (200, "move")
    work()
    assert client.get(f"practice/spaces/{code}/").json()["moved_hours"] == 24
    assert client.post(f"practice/spaces/{code}/wipe/").json()["wanted"] == "wipe"
    work()
    assert client.get("practice/spaces/").json() == {"results": []}


def test_the_header_names_who_acts(signed_in: Any, played: Played, sender: Member) -> None:
    client, real = signed_in(sender), make.make_case(by=sender)

    made = client.post("cases/", CASE, **within(played))

    assert (made.status_code, made.headers["Safehand-Practice"]) == (201, played.code)
    case = Case.objects.get(code=made.json()["code"])
    assert (case.owner.space, case.worker) == (played.space.pk, played.seat)
    inside = client.get("cases/", **within(played)).json()["results"]
    outside = client.get("cases/").json()["results"]
    assert [each["code"] for each in inside] == [case.code]
    assert [each["code"] for each in outside] == [real.code]
    assert client.get(f"cases/{real.code}/", **within(played)).status_code == 404
    assert client.get(f"cases/{case.code}/").status_code == 404
    me = client.get("agencies/", **within(played)).json()["results"]
    assert {each["code"][:3] for each in me} == {"PX-"}


def test_an_act_wakes_the_others(signed_in: Any, played: Played, sender: Member) -> None:
    before = played.space.turn

    signed_in(sender).post("cases/", CASE, **within(played))

    space = played.space
    assert (space.turn, space.wanted) == (before + 1, "turn")
    signed_in(sender).get("cases/", **within(played))
    assert played.space.turn == before + 1


@pytest.mark.parametrize("state", ["wiped", "another's", "unknown", "not ready"])
def test_a_space_that_is_not_open_is_refused_and_nothing_is_done_for_real(
    signed_in: Any, played: Played, sender: Member, receiver: Member, state: str
) -> None:
    codes = {"another's": begin(receiver, FIRST).code, "unknown": "PS-2222-2222"}
    if state == "wiped":
        played.wipe()
    if state == "not ready":
        Space.objects.filter(code=played.code).update(seat=None)
    before = Case.objects.count()

    answer = signed_in(sender).post(
        "cases/", CASE, HTTP_SAFEHAND_PRACTICE=codes.get(state, played.code)
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "practice_is_not_ready")
    assert Case.objects.count() == before


@pytest.mark.parametrize("said", ["another", "", "before sitting down"])
def test_a_header_that_does_not_hold_does_nothing_for_real(
    by_session: Any, signed_in: Any, played: Played, sender: Member, said: str
) -> None:
    """Neither by a session that sits elsewhere or nowhere, nor by an empty word."""
    code = {"another": "PS-2222-2222", "": "", "before sitting down": played.code}[said]
    before = Case.objects.count()

    for client in (by_session(sender), signed_in(sender)):
        if client.__class__.__name__ == "Client" and said == "before sitting down":
            continue
        answer = client.post("cases/", CASE, HTTP_SAFEHAND_PRACTICE=code)
        assert (answer.status_code, answer.json()["code"]) == (403, "practice_is_not_ready")

    assert Case.objects.count() == before


@pytest.mark.parametrize(
    ("method", "route", "data"),
    [
        ("post", "exports/", {"purpose": "work", "format": "csv"}),
        ("get", "exports/", None),
        ("post", "imports/", {}),
        ("get", "figures/", None),
        ("post", "network/questions/", {"topic": "shelter", "title": "A", "text": "B"}),
        ("post", "network/focal_points/", {"member": "somebody", "topic": "shelter"}),
        ("post", "network/bulletins/", {"text_en": "A", "ends_at": "2030-01-01T00:00:00Z"}),
        ("post", "endpoints/", {"url": "https://example.org/hook", "topics": ["referral"]}),
        ("post", "break_glass/", {"case": "SH-2222-2222", "groups": ["contact"], "purpose": "medical", "reason": "She was not seen for three days."}),
        ("get", "log/", None),
    ],
)  # fmt: skip
def test_no_door_leads_out_of_practice(
    signed_in: Any, played: Played, sender: Member, method: str, route: str, data: Any
) -> None:
    """Even for a supervisor: no file, no system, no board, no figure, no emergency, no log."""
    Member.objects.filter(pk=played.seat.pk).update(role="supervisor")
    client = signed_in(sender)

    answer = (
        client.get(route, **within(played)) if data is None
        else client.post(route, data, **within(played))
    )  # fmt: skip

    assert answer.status_code in {400, 403, 404} or answer.json() == {
        "results": [],
        "next": None,
    }
    if answer.status_code == 400:
        assert route in {"exports/", "imports/"}


@pytest.mark.parametrize(
    ("route", "data"),
    [
        ("network/questions/", {"topic": "shelter", "title": "A", "text": "B"}),
        ("network/focal_points/", {"member": "", "topic": "shelter"}),
        ("network/bulletins/", {"text_en": "A", "ends_at": "2030-01-01T00:00:00Z"}),
    ],
)
def test_nothing_is_said_to_other_agencies_out_of_practice(
    signed_in: Any, played: Played, sender: Member, route: str, data: dict[str, str]
) -> None:
    """By whoever could do it at their own place."""
    Member.objects.filter(pk=played.seat.pk).update(role="agency_admin")
    said = data | ({"member": played.seat.username} if "member" in data else {})

    answer = signed_in(sender).post(route, said, **within(played))

    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_practice")

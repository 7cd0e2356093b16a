"""What stands between a partner's system and what is not its own: each rule once, by what it refuses."""

import datetime as dt
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member, Service
from agencies.roles import Role
from demo import builders as make
from kernel.errors import Denied, Refused
from notify import announcing, calls, endpoints, policy, systemkeys
from notify.models import Announcement, Call, Endpoint, Topic
from notify.policy import Verb
from tests.notify.partner import Heard, Partner, listening, status
from tests.notify.test_calls import (
    EVERYTHING,
    HOUR,
    MINUTE,
    SECOND,
    call_of,
    proving,
    tell,
    verified,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Iterator[Partner]:
    with listening() as server:
        yield server


@pytest.fixture
def admin(receiver: Member) -> Member:
    return make.make_member(agency=receiver.agency, role=Role.AGENCY_ADMIN)


@pytest.fixture
def others_admin(stranger: Member) -> Member:
    return make.make_member(agency=stranger.agency, role=Role.AGENCY_ADMIN)


@pytest.fixture
def keeper() -> Member:
    return make.make_member(role=Role.SYSTEM_ADMIN, agency=make.make_agency(type="ministry"))


def state_of(added: endpoints.Added) -> str:
    return Endpoint.objects.get(pk=added.endpoint.pk).state


# Who may what


def test_each_verb_is_for_whoever_keeps_the_system(
    receiver: Member, admin: Member, others_admin: Member, keeper: Member
) -> None:
    endpoint = make.make_endpoint(agency=receiver.agency)
    may = {
        name: {verb for verb in Verb if policy.may(member, verb, endpoint)}
        for name, member in {
            "its administrator": admin, "its focal point": receiver,
            "another's administrator": others_admin, "the service's": keeper,
        }.items()
    }  # fmt: skip
    assert may == {
        "its administrator": set(Verb), "its focal point": set(),
        "another's administrator": set(), "the service's": {Verb.SEE, Verb.PAUSE, Verb.REMOVE},
    }  # fmt: skip


def test_nothing_of_another_agency_is_there(
    receiver: Member, admin: Member, others_admin: Member
) -> None:
    call = make.make_call(
        endpoint=make.make_endpoint(agency=receiver.agency), subject="RF-2345-6789"
    )

    def seen(member: Member) -> list[int]:
        return [
            policy.endpoints_visible_to(member).count(),
            policy.calls_visible_to(member).count(),
            policy.announcements_visible_to(member).count(),
        ]

    assert (seen(admin), seen(others_admin)) == ([1, 1, 1], [0, 0, 0])
    for act in (
        lambda: endpoints.replay(call=call, by=others_admin, at=timezone.now()),
        lambda: endpoints.replay_since(
            code=call.endpoint.code, since=timezone.now(), by=others_admin, at=timezone.now()
        ),
    ):
        with pytest.raises(Denied):
            act()
    assert Call.objects.get().state == "done"


ACTS: dict[Verb, Callable[..., Any]] = {
    Verb.VERIFY: lambda code, **who: endpoints.verify(code=code, word="WD-2222-2222", **who),
    Verb.CHALLENGE: endpoints.challenge,
    Verb.ROLL: endpoints.roll,
    Verb.PAUSE: endpoints.pause,
    Verb.RESUME: endpoints.resume,
    Verb.REPLAY: lambda code, **who: endpoints.replay_since(code=code, since=who["at"], **who),
}
WRONG = [
    (verb, state)
    for verb, states in endpoints.WHEN.items()
    for state in Endpoint.State
    if state not in states
]


@pytest.mark.parametrize(("verb", "state"), WRONG)
def test_each_verb_has_its_states(verb: Verb, state: str, admin: Member) -> None:
    endpoint = make.make_endpoint(agency=admin.agency, state=state)
    before = Endpoint.objects.values().get()
    with pytest.raises(Refused, match=f"cannot_{verb}_endpoint"):
        ACTS[verb](code=endpoint.code, by=admin, at=timezone.now())
    assert Endpoint.objects.values().get() == before


def test_what_is_wrong_in_some_state_is_known() -> None:
    """Written out once more: else a state that is let in would take its own test away."""
    assert {(str(verb), str(state)) for verb, state in WRONG} == {
        ("verify", "active"), ("verify", "paused"), ("verify", "disabled"),
        ("challenge", "active"), ("challenge", "paused"), ("challenge", "disabled"),
        ("roll", "unverified"),
        ("pause", "unverified"), ("pause", "paused"), ("pause", "disabled"),
        ("resume", "unverified"), ("resume", "active"),
        ("replay", "unverified"), ("replay", "disabled"),
    }  # fmt: skip


# The challenge


@pytest.mark.parametrize("code", [199, 302, 400, 500])
def test_the_right_proof_with_a_failure_proves_nothing(
    code: int, admin: Member, partner: Partner
) -> None:
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=timezone.now())

    def say(handler: BaseHTTPRequestHandler, heard: Heard) -> None:
        word = heard.read_by(added.secret)["data"]["word"]
        status(code, systemkeys.answer_to(word, added.secret).encode())(handler, heard)

    partner.say = say
    calls.relay_due(timezone.now())
    assert (len(partner.heard), state_of(added)) == (1, "unverified")


@pytest.mark.parametrize("answer", ["the proof of no word", "nothing"])
def test_a_challenge_that_comes_late_has_no_word_and_proves_nothing(
    answer: str, admin: Member, partner: Partner
) -> None:
    at = timezone.now() - calls.CHALLENGE
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=at)
    partner.say = status(200) if answer == "nothing" else proving(added.secret)
    calls.relay_due(timezone.now())
    (heard,) = partner.heard
    assert heard.read_by(added.secret)["data"]["word"] == ""
    assert state_of(added) == "unverified"


def test_a_new_word_takes_the_place_of_the_one_that_waits(
    admin: Member, partner: Partner
) -> None:
    now = timezone.now()
    added = endpoints.add(url=partner.url, topics=EVERYTHING, by=admin, at=now)
    endpoints.challenge(code=added.endpoint.code, by=admin, at=now)
    calls.relay_due(timezone.now())
    assert len(partner.heard) == Call.objects.count() == 1


def test_one_that_is_not_verified_hears_nothing_of_what_another_is_told(
    sender: Member, service: Service, admin: Member, partner: Partner
) -> None:
    verified(partner, admin)
    with listening() as new:
        added = endpoints.add(url=new.url, topics=EVERYTHING, by=admin, at=timezone.now())
        told = tell(sender, service)
        calls.relay_due(timezone.now())
        assert [each.read_by(added.secret)["type"] for each in new.heard] == ["endpoint.verify"]
    assert [each.number for each in partner.heard] == [str(told.uid)]


# How long it is left alone


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("120", 2 * MINUTE, 3 * MINUTE),
        ("99999", calls.LONGEST_REST, calls.LONGEST_REST + MINUTE),
    ],
)
def test_whoever_asks_to_be_left_alone_is_and_no_longer_than_a_quarter_of_an_hour(
    said: str, least: dt.timedelta, most: dt.timedelta,
    sender: Member, service: Service, admin: Member, partner: Partner,
) -> None:  # fmt: skip
    """With all its calls; the one that was refused waits as long as was asked."""
    added = verified(partner, admin)
    tell(sender, service)
    partner.say = status(503, Retry_After=said)
    before = timezone.now()
    calls.relay_due(before)
    added.endpoint.refresh_from_db()
    assert added.endpoint.rests_until is not None
    assert least <= added.endpoint.rests_until - before <= most

    partner.say = status(204)
    later = tell(sender, service)
    assert calls.relay_due(added.endpoint.rests_until - SECOND) == 0
    calls.relay_due(added.endpoint.rests_until + SECOND)
    assert call_of(later).state == "done"


# What is announced, and made again


def test_no_system_is_told_of_what_it_could_not_read() -> None:
    known = {
        subject: announcing.topic_of("deadline.near", subject)
        for subject in (
            "RF-2222-2222",
            "SH-2222-2222",
            "TR-2222-2222",
            "AG-2222-2222",
            "",
            "EP-1",
        )
    }
    assert {subject for subject, topic in known.items() if topic == Topic.DEADLINE} == {
        "RF-2222-2222", "SH-2222-2222", "TR-2222-2222",
    }  # fmt: skip
    assert set(known.values()) == {Topic.DEADLINE, None}
    assert announcing.topic_of("alert.raised", "SH-2222-2222") is None


def test_made_again_is_what_this_address_chose_of_its_own_agency(
    receiver: Member, admin: Member, others_admin: Member
) -> None:
    now = timezone.now()
    own = make.make_endpoint(agency=receiver.agency, topics=["referral.updated"])
    mine = make.make_call(endpoint=own, subject="RF-2345-6789")
    unwanted = make.make_call(endpoint=own, subject="SH-2345-6789")
    Announcement.objects.filter(calls=unwanted).update(topic="case.updated")
    theirs = make.make_endpoint(agency=others_admin.agency)
    make.make_call(endpoint=theirs, subject="RF-9876-5432")

    again = endpoints.replay_since(code=own.code, since=now - HOUR, by=admin, at=timezone.now())

    assert again.calls == 1
    assert list(Call.objects.filter(state="pending")) == [mine]
    assert Call.objects.filter(endpoint=own).count() == 2


def test_a_thousand_at_most_are_made_again_and_it_says_how_far(
    receiver: Member, admin: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "MOST_AGAIN", 2)
    now = timezone.now()
    endpoint = make.make_endpoint(agency=receiver.agency)
    told = [make.make_call(endpoint=endpoint, subject="RF-2345-6789") for _ in range(3)]

    first = endpoints.replay_since(
        code=endpoint.code, since=now - HOUR, by=admin, at=now + HOUR
    )
    waiting = Call.objects.filter(state="pending").order_by("pk")

    assert told[1].announcement is not None
    assert first == (2, told[1].announcement.at)
    assert list(waiting) == told[:2]
    second = endpoints.replay_since(
        code=endpoint.code, since=first.through, by=admin, at=now + HOUR
    )
    assert second == (2, now + HOUR)
    assert list(waiting.all()) == told


def test_a_challenge_is_not_made_again_as_a_call(admin: Member, partner: Partner) -> None:
    verified(partner, admin)
    challenge = Call.objects.get()
    with pytest.raises(Refused, match="call_is_waiting"):
        endpoints.replay(call=challenge, by=admin, at=timezone.now())
    assert Call.objects.get().state == "done"


def test_of_another_agencys_events_none_is_acknowledged(
    receiver: Member, others_admin: Member, signed_in: Any
) -> None:
    endpoint = make.make_endpoint(agency=receiver.agency)
    told = make.make_call(endpoint=endpoint, subject="RF-2345-6789").announcement
    assert told is not None
    client = signed_in(others_admin)

    assert client.post(f"events/{told.uid}/ack/").status_code == 404
    assert client.get("events/", {"all": "1"}).json()["results"] == []
    assert Announcement.objects.get().acknowledged_at is None

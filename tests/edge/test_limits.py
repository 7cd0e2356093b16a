"""How much one caller may ask for, and that a refusal says when to come again."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import get_resolver
from django.utils import timezone

from agencies.models import Member
from audit.models import AuditEvent
from config.counted import COUNTED
from demo import builders as make
from edge import limits
from edge.models import Asked
from edge.tasks import forget_counts
from tests.entering import enter
from tests.matrix.test_matrix import _walk

AT = dt.datetime(2026, 5, 4, 12, 0, 7, tzinfo=dt.UTC)


def counts(settings: Any, **named: tuple[int, int]) -> None:
    settings.LIMITS = settings.LIMITS | named


def test_every_counted_route_is_one() -> None:
    routes = {route for route, _ in _walk(get_resolver().url_patterns, "")}
    assert {route for _, route in COUNTED} <= routes


@pytest.mark.django_db
def test_a_window_ends_and_another_caller_is_another(settings: Any) -> None:
    counts(settings, api=(2, 60))
    assert [limits.count("a", "api", at=AT) for _ in range(4)] == [
        (0, 53), (0, 53), (1, 53), (2, 53),
    ]  # fmt: skip
    assert limits.count("b", "api", at=AT) == (0, 53)
    assert limits.count("a", "search", at=AT)[0] == 0
    assert limits.count("a", "api", at=AT + dt.timedelta(seconds=53)) == (0, 60)


@pytest.mark.django_db
def test_a_program_is_told_when_to_come_again_and_it_is_written_down_once(
    settings: Any, sender: Member, signed_in: Any
) -> None:
    counts(settings, api=(3, 3600))
    client = signed_in(sender)

    statuses = [client.get("cases/").status_code for _ in range(3)]
    answers = [client.get("cases/") for _ in range(3)]

    assert statuses == [200] * 3
    assert {answer.status_code for answer in answers} == {429}
    told = answers[0]
    assert told["Content-Type"] == "application/problem+json"
    assert told.json()["code"] == "throttled"
    assert 0 < int(told["Retry-After"]) <= 3600
    written = AuditEvent.objects.filter(event="denied", actor=sender.username)
    assert [row.facts["code"] for row in written] == ["throttled"]
    # Nobody else waits for that.
    assert signed_in(make.make_member(agency=sender.agency)).get("cases/").status_code == 200


@pytest.mark.django_db
def test_a_second_token_is_no_second_allowance_for_searches(
    settings: Any, sender: Member, signed_in: Any
) -> None:
    counts(settings, search=(2, 3600))
    statuses = [
        signed_in(sender).post("persons/find/", {"name": "Казлова"}).status_code
        for _ in range(3)
    ]
    assert statuses == [200, 200, 429]


@pytest.mark.django_db
def test_a_page_says_it_in_a_sentence_and_other_pages_go_on(
    settings: Any, sender: Member, client: Browser
) -> None:
    counts(settings, search=(1, 3600))
    enter(client, sender)

    first, second = (client.post("/cases/", {"name": "Казлова"}) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 429)
    assert "Retry-After" in second
    assert "<h1" in second.content.decode()
    assert client.get("/cases/").status_code == 200


@pytest.mark.django_db
def test_nobody_is_counted_by_network_before_they_are_known(
    settings: Any, client: Browser
) -> None:
    counts(settings, api=(2, 3600))
    statuses = [client.get("/api/v1/me/").status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


@pytest.mark.django_db
def test_the_table_names_nobody_and_is_emptied(sender: Member, signed_in: Any) -> None:
    client = signed_in(sender)
    client.get("cases/")
    client.post("persons/find/", {"name": "Казлова"})

    rows = list(Asked.objects.values_list("what", "who", "count"))
    assert sorted((what, count) for what, _, count in rows) == [("api", 2), ("search", 1)]
    assert {len(who) for _, who, _ in rows} == {32}
    assert limits.name_of("member", "1") != limits.name_of("token", "1")

    Asked.objects.update(since=timezone.now() - dt.timedelta(hours=25))
    forget_counts()
    assert not Asked.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_undone_was_asked_for_all_the_same(sender: Member, signed_in: Any) -> None:
    """The count stands outside the request's transaction."""
    client = signed_in(sender)
    assert client.post("cases/", {"person": {"age_band": "nonsense"}}).status_code == 400
    assert Asked.objects.get(what="case").count == 1

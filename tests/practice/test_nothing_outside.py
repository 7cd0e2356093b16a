"""Nothing of practice stands in any real list, count, statistic, message, search or export.

Whatever anybody real asks, by the API or at the pages, is answered to the letter as it was before
somebody practised.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from agencies.models import Agency, Member
from cases.models import Case
from demo import builders as make
from exchange.fhir.pseudonym import Names
from figures.models import Cell, Release
from notify.models import Delivery
from pages.urls import urlpatterns
from tests.matrix import test_matrix as matrix
from tests.pages.conftest import Visitor
from tests.practice.player import plays_of
from tests.practice.worlds import Played, begin

pytestmark = pytest.mark.django_db
# Those who reach furthest, and those whose everyday work it is.
ASKING = (
    "worker", "supervisor", "owner_admin", "identification_officer", "coordinator",
    "data_protection_officer", "auditor", "system_admin",
)  # fmt: skip
FIRST = "construction"
READS = [key for key in matrix.routes() if key[1] == "GET"]
# What is never twice the same: the log, to which each request adds, what is made of it, and what a
# member's own sessions and keys say of when they were used last.
RESTLESS = ("audit/", "seals/", "schema/", "tokens/", "sessions/")
# Each answer has a number of its own.
NUMBER = re.compile(rb"\b[0-9a-f]{16}\b")


def answers(client: Any, world: matrix.World) -> dict[str, bytes]:
    """The body of every reading, as it is now."""
    found = {}
    for route, method in READS:
        if not route.startswith(RESTLESS):
            answer = matrix.ask(client, world, route, method, matrix.code_for(route, world))
            found[route] = NUMBER.sub(b"", bytes(answer.content))
    return found


def practised(by: Member) -> Played:
    """A scenario that was played to its end, with a mail that would be due."""
    played = begin(by, FIRST)
    for said in plays_of(FIRST)[0].do:
        played.do(said)
    assert played.space.finished_at is not None
    return played


def test_every_reading_answers_as_if_nobody_practised() -> None:
    world = matrix.World(stage="accepted")
    world.asker, learner = world.worker, make.make_member()
    clients = {}
    for relation in ASKING:
        clients[relation] = APIClient(raise_request_exception=False)
        secret = make.make_token(world.members[relation])
        clients[relation].credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    # Its key is made when it is first needed, and the request that needs it is undone.
    Names(world.worker.agency.code).name_of(world.referral.code)
    at_first = {who: answers(client, world) for who, client in clients.items()}

    practised(learner)

    after = {who: answers(client, world) for who, client in clients.items()}
    assert (
        sorted(
            (who, key)
            for who in ASKING
            for key in after[who]
            if after[who][key] != at_first[who][key]
        )
        == []
    )
    assert {len(found) > 100 for found in after.values()} == {True}


def pages() -> Iterator[str]:
    for each in urlpatterns:
        if each.name and not each.pattern.converters:
            yield reverse(each.name)


def test_no_page_names_anybody_made_up() -> None:
    world = matrix.World(stage="accepted")
    played = practised(make.make_member())
    agencies = Agency.objects.filter(space=played.space.pk)
    members = Member.objects.filter(agency__in=agencies)
    marks = {
        *agencies.values_list("name", flat=True),
        *members.values_list("username", flat=True),
    }
    assert len(marks) > 5

    told: dict[tuple[str, str], set[str]] = {}
    seen = 0
    for relation in ASKING:
        visitor = Visitor(world.members[relation])
        for path in pages():
            answer = visitor.see(path)
            if answer.status_code == 200:
                seen += 1
                page = answer.content.decode()
                if found := {mark for mark in {*marks, "PX-"} if mark in page}:
                    told[relation, path] = found

    assert told == {}
    assert seen > 100


def test_nobody_real_is_told_of_it(sender: Member) -> None:
    real = Member.objects.filter(agency__space=0)
    before = Delivery.objects.filter(member__in=real).count()

    played = practised(sender)

    assert Delivery.objects.filter(member__in=real).count() == before
    assert Delivery.objects.filter(member__agency__space=played.space.pk).count() > 0


def test_no_figure_counts_anybody_made_up(sender: Member) -> None:
    from audit import log  # noqa: PLC0415 -- beside its only use
    from figures import periods  # noqa: PLC0415 -- the same
    from figures.actions import releasing  # noqa: PLC0415 -- the same

    played = practised(sender)
    newest = periods.newest_over(timezone.now())
    Case.objects.filter(owner__space=played.space.pk).update(
        opened_at=timezone.now() - dt.timedelta(days=40)
    )
    releasing.make_release(month=newest, by=log.CLOCK, at=timezone.now())

    assert Release.objects.count() == 1
    assert Cell.objects.count() == 0

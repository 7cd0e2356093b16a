"""The demonstration's first look at what agencies ask and tell each other finds something."""

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from demo import between, seed
from learning import queries
from network import policy
from network.models import Answer

pytestmark = pytest.mark.django_db


def test_the_seed_has_something_on_every_page_of_it() -> None:
    seed.seed()
    worker = Member.objects.get(username="centre.social_worker")
    clinic = Member.objects.get(username="clinic.focal_point")

    topics = sorted(topic for _, _, each, _, _ in between.ANSWER_FOR for topic in each)
    points = policy.focal_points_visible_to(clinic)
    assert sorted(points.values_list("topic", flat=True)) == topics
    questions = policy.questions_visible_to(clinic).order_by("pk")
    assert [each.title for each in questions] == [title for _, title, _, _, _ in between.ASKED]
    assert [each.accepted is not None for each in questions] == [True, False, False]
    assert Answer.objects.count() == 3
    (bulletin,) = policy.waiting_for(clinic, at=timezone.now())
    assert (bulletin.text_ru, bulletin.by.role) == (
        between.ANNOUNCED["text_ru"], Role.COORDINATOR,
    )  # fmt: skip
    stands = {
        each.bank.topic: (each.gain, each.certificate is not None, each.due is not None)
        for each in queries.standings(worker, timezone.now())
        if each.after is not None
    }
    assert {
        topic: (round(float(gain or 0), 3), *others)
        for topic, (gain, *others) in stands.items()
    } == {"identification": (0.833, True, True), "consent": (0.4, False, True)}

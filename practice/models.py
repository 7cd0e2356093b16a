from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from kernel.codes import new_code


def new_space_code() -> str:
    return new_code("PS")


class Space(models.Model):
    """One learner's made-up world: the number of this row is the space of its agencies.

    Whoever learns says here what they want (`wanted`, `moving`); a worker does it. It stays
    when all of it was wiped: how each step ended is the learner's own to look at.
    """

    class Wanted(models.TextChoices):
        NOTHING = "", ""
        # Its agencies and what has happened before the learner comes in.
        BEGINNING = "begin", "begin"
        # What others do next, and which steps are over.
        TURN = "turn", "turn"
        MOVING = "move", "move"
        WIPING = "wipe", "wipe"

    code = models.CharField(max_length=16, unique=True, default=new_space_code)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="spaces",
        db_index=False,
    )
    scenario = models.CharField(max_length=30)
    version = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    # Which made-up member plays which part, by their keys; whose the learner is, beside them.
    parts = models.JSONField(default=dict)
    seat = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    wanted = models.CharField(max_length=8, choices=Wanted.choices, default=Wanted.BEGINNING)
    # Raised with each wish, so that a worker forgets none that came while it worked.
    turn = models.PositiveIntegerField(default=1)
    moving = models.DurationField(default=timedelta)
    moved = models.DurationField(default=timedelta)
    # How each step that is over has ended: the key of its outcome, by the key of the step.
    over = models.JSONField(default=dict)
    # How it stood when the step began that is played now (`judging.Before`).
    before = models.JSONField(default=dict)
    # What went wrong, as a code: then there is nothing to do but to wipe it.
    fault = models.CharField(max_length=60, blank=True)
    begun_at = models.DateTimeField()
    used_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    wiped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["learner"],
                condition=Q(wiped_at__isnull=True),
                name="one_space_a_learner",
            ),
            models.CheckConstraint(
                name="space_that_is_wiped_has_nobody",
                condition=Q(wiped_at__isnull=True) | Q(seat__isnull=True, wanted=""),
            ),
            models.CheckConstraint(
                name="space_wish_is_known",
                condition=Q(wanted__in=["", "begin", "turn", "move", "wipe"]),
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-id"], name="space_of_learner"),
            models.Index(fields=["wanted"], name="space_with_a_wish", condition=~Q(wanted="")),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        """Whether the learner can take their seat in it now."""
        return self.seat_id is not None and not self.fault and self.wanted != self.Wanted.WIPING

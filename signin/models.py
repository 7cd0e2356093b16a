from django.db import models
from django.db.models import F, Q

from agencies.models import Member
from kernel.codes import new_code


def new_reset_code() -> str:
    return new_code("FR")


class NetworkFailures(models.Model):
    """How often a password failed from one network of late. The network itself is not kept: the
    key is a keyed token of it."""

    network = models.CharField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.count} since {self.since}"


class FactorReset(models.Model):
    """A member has lost every second factor: one colleague asks, another approves, and a day later
    the factors are gone, so that the member sets up new ones."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        STOPPED = "stopped"

    code = models.CharField(max_length=16, unique=True, default=new_reset_code)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="factor_resets")
    asked_by = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        Member, on_delete=models.PROTECT, related_name="+", null=True
    )
    approved_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"],
                condition=Q(ended_at__isnull=True),
                name="one_open_factor_reset",
            ),
            models.CheckConstraint(
                name="factor_reset_takes_two",
                condition=Q(approved_by__isnull=True)
                | (~Q(approved_by=F("asked_by")) & ~Q(approved_by=F("member"))),
            ),
            models.CheckConstraint(
                name="factor_reset_is_not_for_oneself", condition=~Q(asked_by=F("member"))
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="factor_reset_due")]

    def __str__(self) -> str:
        return self.code

from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from agencies.models import Agency
from kernel.codes import new_code


def new_sitting_code() -> str:
    return new_code("LS")


def new_refresher_code() -> str:
    return new_code("LR")


def new_certificate_code() -> str:
    return new_code("LC")


def new_cohort_code() -> str:
    return new_code("LG")


def new_signature_code() -> str:
    return new_code("LY")


def new_due_code() -> str:
    return new_code("LD")


class Cohort(models.Model):
    """How much the learners of an agency gained in a topic: whole steps of them, published once."""

    code = models.CharField(max_length=16, unique=True, default=new_cohort_code)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    topic = models.CharField(max_length=20)
    # The first day of the month at whose end it was made.
    month = models.DateField()
    learners = models.PositiveIntegerField()
    median_gain = models.DecimalField(max_digits=2, decimal_places=1)
    # Of all together: the gain of the means.
    class_gain = models.DecimalField(max_digits=2, decimal_places=1)
    # Per cent, in tens.
    improved = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "topic", "month"], name="one_cohort_a_month"
            ),
            models.CheckConstraint(
                name="cohort_month_is_its_first_day", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="cohort_is_large_enough", condition=Q(learners__gte=11)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Sitting(models.Model):
    """A member answers one form of a topic. What it says is the member's own, and nobody else's."""

    class Kind(models.TextChoices):
        BEFORE = "before", pgettext_lazy("sitting", "before")
        AFTER = "after", pgettext_lazy("sitting", "after")
        REFRESHER = "refresher", pgettext_lazy("sitting", "refresher")

    code = models.CharField(max_length=16, unique=True, default=new_sitting_code)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sittings"
    )
    topic = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    # Pairs of a question and its options, in the order in which they were drawn.
    drawn = models.JSONField()
    # By question, the options that were chosen.
    answers = models.JSONField(default=dict)
    begun_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    right = models.PositiveSmallIntegerField(null=True)
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic", "kind"],
                condition=Q(kind__in=["before", "after"]),
                name="nobody_sits_it_twice",
            ),
            models.UniqueConstraint(
                fields=["member", "topic"],
                condition=Q(finished_at__isnull=True),
                name="one_form_at_a_time",
            ),
            models.CheckConstraint(
                name="sitting_is_finished_with_a_number",
                condition=Q(finished_at__isnull=True, right__isnull=True)
                | Q(finished_at__isnull=False, right__isnull=False),
            ),
            models.CheckConstraint(
                name="only_a_finished_after_is_counted",
                condition=Q(cohort__isnull=True) | Q(kind="after", finished_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                "finished_at", name="after_to_count",
                condition=Q(kind="after", cohort__isnull=True, finished_at__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.code

    @property
    def questions(self) -> list[str]:
        return [code for code, _ in self.drawn]

    @property
    def asked(self) -> int:
        return len(self.drawn)

    @property
    def said(self) -> dict[str, list[str]]:
        answers: dict[str, Any] = self.answers
        return answers


class Refresher(models.Model):
    """That a member is to look at a topic again, some months after the form that came after."""

    code = models.CharField(max_length=16, unique=True, default=new_refresher_code)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="refreshers",
        db_index=False,
    )  # fmt: skip
    topic = models.CharField(max_length=20)
    months = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    told_at = models.DateTimeField(null=True)
    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, null=True, related_name="refreshes"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic", "months"], name="one_refresher_a_time"
            ),
        ]
        indexes = [
            models.Index("due_on", name="refresher_to_tell", condition=Q(told_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.code


class Certificate(models.Model):
    """That a member has passed a topic: for whoever is shown its code."""

    code = models.CharField(max_length=16, unique=True, default=new_certificate_code)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="certificates"
    )
    topic = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    # The first day of the month in which the form was passed: whoever checks learns no day.
    month = models.DateField()
    valid_until = models.DateField()
    sitting = models.OneToOneField(
        Sitting, on_delete=models.CASCADE, related_name="certificate"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="certificate_ends_after_it_begins",
                condition=Q(valid_until__gt=F("month")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Signature(models.Model):
    """That a member has signed the statement: which version, and the SHA-256 of its text. Never
    changed, never taken away."""

    code = models.CharField(max_length=16, unique=True, default=new_signature_code)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures"
    )
    version = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.code


class Told(StrEnum):
    SOON = "soon"
    NOW = "now"


class Due(models.Model):
    """What a bound member still has to show, or has to within 30 days; no row for who has nothing to do.

    It is all that a supervisor is told: what is missing and until when the rest counts.
    """

    code = models.CharField(max_length=16, unique=True, default=new_due_code)
    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="due"
    )
    # Pairs of what it is, a topic or the statement, and the first day on which it counts no longer:
    # null where it was never shown.
    lacks = models.JSONField()
    # The first of these days; null where something was never shown.
    due_on = models.DateField(null=True)
    # Of what the member was told last: nothing, that it runs out soon, that it is due now.
    told = models.CharField(max_length=4, default="", blank=True)

    def __str__(self) -> str:
        return self.code


class DueCount(models.Model):
    """How many of an agency are bound and how many of them are due, in whole steps of eleven; without an
    agency, of all together. Counted once a day."""

    agency = models.OneToOneField(Agency, on_delete=models.CASCADE, null=True, related_name="+")
    bound = models.PositiveIntegerField()
    due = models.PositiveIntegerField()
    counted_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="due_count_is_in_steps",
                condition=Q(bound__gte=11, due__lte=F("bound")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.counted_on}"

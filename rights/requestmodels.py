from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.models import Case
from kernel.codes import new_code
from rights.requestflow import (
    SAFE,
    Kind,
    KnownBy,
    LongerBecause,
    Outcome,
    RefusalGround,
    Safety,
    State,
    Way,
)


def new_subject_request_code() -> str:
    return new_code("SR")


class SubjectRequest(models.Model):
    """What a person, or who speaks for them, asks of their data. Before anything is handed over it
    is certain who asks, and that they were free to ask."""

    code = models.CharField(max_length=16, unique=True, default=new_subject_request_code)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="subject_requests", db_index=False
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    way = models.CharField(max_length=12, choices=Way.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    received_on = models.DateField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    longer_because = models.CharField(max_length=12, choices=LongerBecause.choices, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    known_by = models.CharField(max_length=12, choices=KnownBy.choices, blank=True)
    identity_confirmed_at = models.DateTimeField(null=True)
    identity_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    safety = models.CharField(max_length=12, choices=Safety.choices, blank=True)
    safety_asked_at = models.DateTimeField(null=True)
    safety_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    ground = models.CharField(max_length=20, choices=RefusalGround.choices, blank=True)
    # Why it was refused, in words; sealed.
    reason = models.BinaryField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subject_request_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="subject_request_answered_after_both_checks",
                condition=~Q(state=State.ANSWERED)
                | (
                    ~Q(outcome="")
                    & Q(identity_confirmed_at__isnull=False, safety__in=sorted(SAFE))
                ),
            ),
            models.CheckConstraint(
                name="subject_request_refused_says_why",
                condition=~Q(state=State.REFUSED) | (~Q(ground="") & Q(reason__isnull=False)),
            ),
            models.CheckConstraint(
                name="subject_request_extended_says_why",
                condition=Q(extended_at__isnull=True, longer_because="")
                | (Q(extended_at__isnull=False) & ~Q(longer_because="")),
            ),
        ]
        indexes = [
            models.Index("case", F("id").desc(), name="subject_request_list"),
            models.Index("state", "due_at", name="subject_request_due"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def place(self) -> str:
        """What the reason is sealed for."""
        return f"{self.code} reason"

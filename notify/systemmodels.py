"""What a partner's own systems are told: where they listen, what was announced, and each call."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from agencies.models import Agency
from kernel.codes import new_code


def new_endpoint_code() -> str:
    return new_code("EP")


class Topic(models.TextChoices):
    """What an event may be about. The words say nothing of a person or of what a service is."""

    REFERRAL = "referral.updated", pgettext_lazy("topic", "something happened to a referral")
    CASE = "case.updated", pgettext_lazy("topic", "a case or its transfer changed hands")
    DEADLINE = "deadline.updated", pgettext_lazy("topic", "a deadline is near or has passed")


class Endpoint(models.Model):
    """An address at which a system of an agency is called. It is told nothing before it is verified."""

    class State(models.TextChoices):
        UNVERIFIED = "unverified", pgettext_lazy("endpoint", "not verified yet")
        ACTIVE = "active", pgettext_lazy("endpoint", "active")
        PAUSED = "paused", pgettext_lazy("endpoint", "paused")
        DISABLED = "disabled", pgettext_lazy("endpoint", "switched off")

    class Because(models.TextChoices):
        """Why it was switched off."""

        GONE = "gone", pgettext_lazy("endpoint", "it answered that it is gone for good (410)")
        FAILING = "failing", pgettext_lazy("endpoint", "no call reached it for a week")

    code = models.CharField(max_length=16, unique=True, default=new_endpoint_code)
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="endpoints", db_index=False
    )
    url = models.CharField(max_length=500)
    topics = ArrayField(models.CharField(max_length=20, choices=Topic.choices))
    state = models.CharField(max_length=10, choices=State.choices, default=State.UNVERIFIED)
    because = models.CharField(max_length=10, choices=Because.choices, blank=True)
    # Sealed by the ring. After a roll the older one also signs, until its time is over.
    secret = models.BinaryField()
    older_secret = models.BinaryField(null=True)
    older_until = models.DateTimeField(null=True)
    # The word of the challenge that runs, sealed as well.
    word = models.BinaryField(null=True)
    word_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    # Since when no call has succeeded, how many in a row, and until when it is left alone.
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    rests_until = models.DateTimeField(null=True)
    # When its administrators were last told that a call was given up.
    missed_told_at = models.DateTimeField(null=True)
    # Whoever holds this lease has the one call that may be in the air.
    leased_by = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "url"], name="one_endpoint_each_address"),
            models.CheckConstraint(
                name="endpoint_state_is_known",
                condition=Q(state__in=["unverified", "active", "paused", "disabled"]),
            ),
            models.CheckConstraint(
                name="endpoint_told_only_when_verified",
                condition=Q(state="unverified") | Q(verified_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.state}"


class Announcement(models.Model):
    """An event as the systems of one agency are told of it: its number says nothing about it."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    event = models.ForeignKey(
        "notify.Event", on_delete=models.CASCADE, related_name="announcements", db_index=False
    )
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    topic = models.CharField(max_length=20, choices=Topic.choices)
    at = models.DateTimeField()
    # When its calls were written, one for each endpoint that wants it.
    spread_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "agency"], name="announced_once_to_each"),
        ]
        indexes = [
            models.Index(
                "id", name="announcement_to_spread", condition=Q(spread_at__isnull=True)
            ),
            models.Index(
                "agency",
                "id",
                name="announcement_waiting",
                condition=Q(acknowledged_at__isnull=True),
            ),
            models.Index("at", name="announcement_old"),
        ]

    def __str__(self) -> str:
        return f"{self.uid} {self.topic}"


class Call(models.Model):
    """One announcement, or the challenge, on its way to one endpoint; and how the last try went."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("delivery", "waiting")
        DONE = "done", pgettext_lazy("delivery", "delivered")
        DEAD = "dead", pgettext_lazy("delivery", "could not be delivered")

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="calls", db_index=False
    )
    # None for the challenge.
    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, null=True, related_name="calls"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    # HTTP's number, where there was an answer, and how long that took.
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=40, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "announcement"], name="called_once_by_each_endpoint"
            ),
            models.CheckConstraint(
                name="call_state_is_known", condition=Q(state__in=["pending", "done", "dead"])
            ),
            models.CheckConstraint(
                name="call_done_has_its_time",
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index("endpoint", "next_at", name="call_due", condition=Q(state="pending")),
            models.Index("endpoint", F("id").desc(), name="call_log"),
            models.Index("endpoint", name="call_dead", condition=Q(state="dead")),
        ]

    def __str__(self) -> str:
        return f"call {self.uid} {self.state}"

    @property
    def number(self) -> uuid.UUID:
        """What the partner knows it by, the same at each try and at each of its endpoints."""
        return self.uid if self.announcement is None else self.announcement.uid

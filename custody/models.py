"""What is kept about keys and copies: never a key in clear, never a person's name.

No foreign keys: these rows outlive whom they are about, and stand under every other app.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from kernel.codes import new_code


def new_destruction_code() -> str:
    return new_code("KD")


class PurposeKey(models.Model):
    """A key for one purpose of the service itself, such as finding names, wrapped by the ring."""

    purpose = models.CharField(max_length=80, unique=True)
    ring_key = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.purpose

    @property
    def key_context(self) -> str:
        return f"purpose {self.purpose}"


class KeyAct(models.Model):
    """Something done to the ring: for the page of its state. Append-only."""

    class Kind(models.TextChoices):
        ADDED = "added", pgettext_lazy("key", "a new key was made")
        REWRAPPED = "rewrapped", pgettext_lazy("key", "everything hangs on the newest key")
        VERIFIED = "verified", pgettext_lazy("key", "the keys were tried")
        DESTROYED = "destroyed", pgettext_lazy("key", "a key was destroyed")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    ring_key = models.CharField(max_length=20, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    # Counts alone.
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("kind", F("id").desc(), name="key_act_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ring_key}"


class KeyDestruction(models.Model):
    """A wish to destroy a key of the ring: one administrator asks, another approves."""

    class Because(models.TextChoices):
        ROUTINE = "routine", pgettext_lazy("key", "its time is over")
        SUSPECTED = "suspected", pgettext_lazy("key", "somebody may have seen it")
        ERASURE = "erasure", pgettext_lazy("key", "old copies must not open any more")

    code = models.CharField(max_length=16, unique=True, default=new_destruction_code)
    ring_key = models.CharField(max_length=20)
    because = models.CharField(max_length=10, choices=Because.choices)
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    approved_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ring_key"],
                condition=Q(ended_at__isnull=True),
                name="one_wish_to_destroy_a_key",
            ),
            models.CheckConstraint(
                name="destruction_approved_by_a_second_person",
                condition=Q(approved_by="") | ~Q(approved_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="destruction_done_was_approved",
                condition=Q(done=False)
                | (~Q(approved_by="") & Q(approved_at__isnull=False, ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CopyRun(models.Model):
    """A backup, a drill or a restore that was made: its figures, for the page of their state."""

    class Kind(models.TextChoices):
        BACKUP = "backup", pgettext_lazy("copy", "backup")
        DRILL = "drill", pgettext_lazy("copy", "restore drill")
        RESTORE = "restore", pgettext_lazy("copy", "restore")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=60)
    at = models.DateTimeField()
    well = models.BooleanField()
    size = models.BigIntegerField(default=0)
    seconds = models.FloatField()
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("kind", F("id").desc(), name="copy_run_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class JournalEntry(models.Model):
    """Something that a restored backup must not undo, on its way to the file outside."""

    class Kind(models.TextChoices):
        PERSON_ERASED = "person.erased"
        CONSENT_ENDED = "consent.ended"
        OVERRIDE_ENDED = "override.ended"
        KEPT_APART = "kept_apart"
        LET_NEAR = "let_near"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    filed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("id", name="journal_waiting", condition=Q(filed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Tombstone(models.Model):
    """A person whose key was destroyed, and who decided so. Append-only, and outlives all else."""

    person_uid = models.UUIDField(unique=True)
    person = models.CharField(max_length=16)
    cases = ArrayField(models.CharField(max_length=16), default=list)
    because = models.CharField(max_length=60)
    by = models.CharField(max_length=150)
    approved_by = models.CharField(max_length=150)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.person

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AuditEvent(models.Model):
    """Something somebody did, saw, or was refused. No foreign keys: it outlives its subject.

    `xid` is the transaction that wrote it, by which a later sealer can tell what is complete.
    """

    event_id = models.UUIDField(unique=True)
    xid = models.BigIntegerField(editable=False)
    happened_at = models.DateTimeField()
    event = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    agency = models.CharField(max_length=16, blank=True)
    role = models.CharField(max_length=40, blank=True)
    about = models.CharField(max_length=40, blank=True)
    case = models.CharField(max_length=16, blank=True)
    groups = ArrayField(models.CharField(max_length=20), default=list)
    request_id = models.CharField(max_length=32, blank=True)
    facts = models.JSONField(default=dict)
    # Keyed, over all of the above but the two numbers; made where the key is, not in the database.
    leaf = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["case", "-id"], name="audit_case"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["xid", "id"], name="audit_xid"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.event} {self.about}"


class Seal(models.Model):
    """A closed batch of events: a leaf of the tree over the whole log, signed as its checkpoint.

    `seq` counts from 1 and is the size of that tree; `previous` is the hash of the seal before.
    `first` and `last` are the lowest and highest number of its events; all below `horizon` are
    sealed. `nodes` are the roots of the full subtrees that end here: every proof is made of them.
    """

    # The tail of a restored database: its transactions are not of this server.
    RESTORED = "restored"

    seq = models.BigIntegerField(primary_key=True)
    previous = models.BinaryField()
    size = models.IntegerField()
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    horizon = models.BigIntegerField()
    root = models.BinaryField()
    mark = models.CharField(max_length=16, blank=True)
    at = models.DateTimeField()
    nodes = models.BinaryField()
    checkpoint = models.TextField()

    def __str__(self) -> str:
        return f"{self.seq}: {self.size} events"


class Leaf(models.Model):
    """Which event stands where in which seal; the events' own table is never touched."""

    event_id = models.UUIDField(primary_key=True)
    number = models.BigIntegerField()
    seal = models.BigIntegerField()
    position = models.IntegerField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["seal", "position"], name="one_event_a_place"),
        ]

    def __str__(self) -> str:
        return f"{self.seal}/{self.position}: {self.number}"


class Anchoring(models.Model):
    """Up to which seal the checkpoints were given out to one place outside."""

    anchor = models.CharField(max_length=20)
    seal = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["anchor", "-seal"], name="audit_anchored")]

    def __str__(self) -> str:
        return f"{self.anchor}: {self.seal}"


class Cosignature(models.Model):
    """A partner agency's word that it saw this checkpoint and that the log had only grown."""

    agency = models.CharField(max_length=16)
    seal = models.BigIntegerField()
    key = models.CharField(max_length=250)
    line = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "seal", "key"], name="one_word_a_seal"),
        ]

    def __str__(self) -> str:
        return f"{self.agency}: {self.seal}"

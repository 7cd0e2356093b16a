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

    class Meta:
        indexes = [
            models.Index(fields=["case", "-id"], name="audit_case"),
            models.Index(fields=["actor", "-id"], name="audit_actor"),
            models.Index(fields=["xid", "id"], name="audit_xid"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.event} {self.about}"

from django.db import models


class RepeatedKey(models.Model):
    """A key that one member used: what was asked for with it and what came of that, which is the
    code of a record for the API and an address for a page.

    The answer itself is not kept: a repeat shows the record under the rights of that moment.
    """

    member_id = models.BigIntegerField()
    key = models.CharField(max_length=80)
    route = models.CharField(max_length=120)
    body_sha256 = models.CharField(max_length=64)
    answer = models.TextField(blank=True)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "key"], name="key_once_per_member"),
        ]
        indexes = [models.Index(fields=["used_at"], name="key_used_at")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.route}"

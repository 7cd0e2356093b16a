from django.contrib.sessions.base_session import AbstractBaseSession
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


class BrowserSession(AbstractBaseSession):
    """A session, found by the digest of its key. Beside its data stands what its member may read
    of it: whose it is, when it began, when it was seen last and on what kind of device.
    """

    code = models.CharField(max_length=16, blank=True)
    member_id = models.BigIntegerField(null=True)
    begun_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    device = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["member_id", "begun_at"], name="session_of_member")]

    def __str__(self) -> str:
        return f"{self.code} of {self.member_id}"


class Asked(models.Model):
    """How often one caller asked for one kind of thing since the beginning of a while. Who it is
    stands there as a keyed token only."""

    who = models.CharField(max_length=32)
    what = models.CharField(max_length=20)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["who", "what"], name="asked_once_each"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.count} since {self.since}"

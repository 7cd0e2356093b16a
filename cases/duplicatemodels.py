"""Tables by which two agencies learn that they may work with one person. Nothing in clear."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from cases.workflow import DuplicateState, Mark
from kernel.codes import new_code


def new_duplicate_code() -> str:
    return new_code("DU")


class DuplicateToken(models.Model):
    """A keyed token of a mark of a person. Equal marks of two persons are equal tokens."""

    person = models.ForeignKey(
        "cases.Person", on_delete=models.CASCADE, related_name="duplicate_tokens"
    )
    kind = models.CharField(max_length=16, choices=Mark.choices)
    token = models.BinaryField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["kind", "token"], name="duplicate_token")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


class TokenSheet(models.Model):
    """Which tokens a person has, since when and under which key; and whether others were looked
    for since. A row that was not looked at waits: nothing is lost with a queue."""

    person = models.OneToOneField(
        "cases.Person", on_delete=models.CASCADE, related_name="token_sheet"
    )
    ring_key = models.CharField(max_length=20)
    digest = models.BinaryField(max_length=16)
    written_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["written_at"], name="sheet_waits", condition=Q(looked_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"tokens of {self.person_id}"


class IdentityCount(models.Model):
    """How often a member wrote new identities on one day: too often may be a search."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "day"], name="counted_once_a_day"),
        ]
        indexes = [
            models.Index(fields=["count"], name="count_untold", condition=Q(told_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.count} by {self.member_id} on {self.day}"


class PossibleDuplicate(models.Model):
    """Two cases that may be about one person; linked, once both supervisors have agreed."""

    code = models.CharField(max_length=16, unique=True, default=new_duplicate_code)
    earlier = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    later = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    state = models.CharField(
        max_length=12, choices=DuplicateState.choices, default=DuplicateState.FOUND
    )
    points = models.SmallIntegerField()
    marks = ArrayField(models.CharField(max_length=16, choices=Mark.choices))
    found_at = models.DateTimeField()
    # Who asked, and who agreed: whom the other side turns to.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    linked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Whichever of the two was there first: a pair is asked about once.
            models.UniqueConstraint(
                Least("earlier", "later"), Greatest("earlier", "later"), name="one_pair"
            ),
            models.CheckConstraint(
                name="duplicate_of_another_case", condition=~Q(earlier=F("later"))
            ),
            models.CheckConstraint(
                name="duplicate_state_is_known", condition=Q(state__in=DuplicateState.values)
            ),
            models.CheckConstraint(
                name="link_agreed_by_both",
                condition=~Q(state="linked")
                | Q(asked_by__isnull=False, agreed_by__isnull=False, linked_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["earlier", "state"], name="duplicate_earlier"),
            models.Index(fields=["later", "state"], name="duplicate_later"),
        ]

    def __str__(self) -> str:
        return self.code

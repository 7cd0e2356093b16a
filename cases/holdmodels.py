"""What stands between a case and what would otherwise be done with it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cases.workflow import HoldGround, HoldKind
from kernel.codes import new_code


def new_hold_code() -> str:
    return new_code("LH")


class Hold(models.Model):
    """A legal hold, for which nothing of the person is erased; or a restriction, during which what
    is kept is not used. Looked at again on a day that is set with it, and never ended by a clock."""

    code = models.CharField(max_length=16, unique=True, default=new_hold_code)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12, choices=HoldKind.choices)
    ground = models.CharField(max_length=24, choices=HoldGround.choices)
    # Sealed: why says something of the person.
    reason = models.BinaryField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    look_again_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(ended_at__isnull=True),
                name="one_hold_of_a_kind",
            ),
            models.CheckConstraint(
                name="hold_has_a_ground_of_its_kind",
                condition=Q(
                    kind="legal_hold",
                    ground__in=["court", "investigation", "claim", "complaint"],
                )
                | Q(
                    kind="restriction",
                    ground__in=["contested", "unlawful", "needed_for_claims", "objection"],
                ),
            ),
            models.CheckConstraint(
                name="hold_is_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__gte=F("set_at"), ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

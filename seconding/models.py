from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from agencies.models import Agency
from kernel.codes import new_code


def new_request_code() -> str:
    return new_code("TP")


class TwoPersonAct(models.Model):
    """Something that one member asks to do and another must approve before it can be done.

    `facts` are codes that say exactly what; nothing else can be done with the approval.
    """

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("second person", "waits for a second person")
        APPROVED = "approved", pgettext_lazy("second person", "approved, to be done")
        REFUSED = "refused", pgettext_lazy("second person", "refused")
        TAKEN_BACK = "taken_back", pgettext_lazy("second person", "taken back")
        DONE = "done", pgettext_lazy("second person", "done")
        EXPIRED = "expired", pgettext_lazy("second person", "ran out")

    code = models.CharField(max_length=16, unique=True, default=new_request_code)
    act = models.CharField(max_length=40)
    subject = models.CharField(max_length=150)
    facts = models.JSONField(default=dict)
    # Why it is asked for, sealed while it is open and emptied when it ends.
    words = models.BinaryField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decide_by = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    do_by = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="two_person_act_state_is_known",
                condition=Q(
                    state__in=["asked", "approved", "refused", "taken_back", "done", "expired"]
                ),
            ),
            models.CheckConstraint(
                name="two_person_act_has_two_persons",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="two_person_act_is_done_after_approval",
                condition=~Q(state__in=["approved", "done"])
                | Q(decided_by__isnull=False, do_by__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["act", "subject", "asked_by"],
                condition=Q(state__in=["asked", "approved"]),
                name="two_person_act_asked_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["act", "agency"],
                name="two_person_act_waiting",
                condition=Q(state="asked"),
            ),
        ]

    def __str__(self) -> str:
        return self.code

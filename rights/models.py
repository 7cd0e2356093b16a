from django.conf import settings
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from cases.models import Case, group_list
from kernel.codes import new_code
from rights.requestmodels import SubjectRequest
from rights.workflow import Answer, BatchState, ItemState, KeptBecause

__all__ = ["SubjectRequest"]


def new_batch_code() -> str:
    return new_code("RB")


def new_demand_code() -> str:
    return new_code("DM")


class Batch(models.Model):
    """People of one agency whose time is over: proposed by a clock, or by who was asked by the
    person; agreed to by one, approved by another, carried out by a clock."""

    code = models.CharField(max_length=16, unique=True, default=new_batch_code)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=BatchState.choices, default=BatchState.PROPOSED
    )
    proposed_at = models.DateTimeField()
    # None where a clock has proposed it.
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="batch_state_is_known", condition=Q(state__in=BatchState.values)
            ),
            models.CheckConstraint(
                name="batch_is_approved_by_two",
                condition=~Q(state__in=["approved", "done"])
                | (
                    Q(agreed_by__isnull=False, decided_by__isnull=False)
                    & ~Q(agreed_by=F("decided_by"))
                ),
            ),
        ]
        indexes = [
            models.Index(
                "agency",
                name="batch_open",
                condition=Q(state__in=["proposed", "agreed", "approved"]),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Item(models.Model):
    """One case of a batch: by which rule its person's time is over, and what came of it."""

    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    # The code of a rule of the jurisdiction, or "asked": the person asked for it.
    rule = models.CharField(max_length=40)
    due_on = models.DateField()
    state = models.CharField(
        max_length=12, choices=ItemState.choices, default=ItemState.PROPOSED
    )
    kept_because = models.CharField(max_length=16, choices=KeptBecause.choices, blank=True)
    kept_until = models.DateField(null=True)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The code of the refusal because of which nothing was erased.
    passed_over = models.CharField(max_length=60, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "case"], name="one_item_of_a_case"),
            # Nobody lies in two batches at once.
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="proposed"), name="case_proposed_once"
            ),
            models.CheckConstraint(
                name="item_kept_back_has_reason_and_end",
                condition=Q(state="kept_back", kept_until__isnull=False, kept_by__isnull=False)
                & ~Q(kept_because="")
                | ~Q(state="kept_back") & Q(kept_until__isnull=True, kept_because=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["case", "kept_until"],
                name="item_kept",
                condition=Q(state="kept_back"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} for case {self.case_id}"


class Demand(models.Model):
    """An agency that was shown something of a person who has been erased is asked to erase it,
    too, and says what it has done. Written in the transaction of the erasure."""

    code = models.CharField(max_length=16, unique=True, default=new_demand_code)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="demands", db_index=False
    )
    # Beside the key: who is asked sees nothing else of the case.
    case_code = models.CharField(max_length=16)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    # What it had been shown at one time or another.
    groups = group_list()
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=16, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "agency"], name="one_demand_of_an_agency"),
            models.CheckConstraint(
                name="demand_answered_by_and_at_go_together",
                condition=Q(answer="", answered_at__isnull=True, answered_by__isnull=True)
                | (
                    Q(answered_at__isnull=False, answered_by__isnull=False)
                    & Q(answer__in=Answer.values)
                ),
            ),
        ]
        indexes = [
            models.Index(
                "agency",
                F("id").desc(),
                name="demand_waits",
                condition=Q(answered_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from agencies.models import Agency
from cases.models import Case, group_list
from kernel.codes import new_code
from seconding.models import TwoPersonAct


def new_glass_code() -> str:
    return new_code("BG")


def new_contact_code() -> str:
    return new_code("CT")


class BreakGlass(models.Model):
    """One member sees one case for an hour without the right to, for a listed purpose; looked at
    afterwards by somebody who was not part of it."""

    class Purpose(models.TextChoices):
        DANGER_TO_LIFE = "danger_to_life", pgettext_lazy("glass", "a life is in danger now")
        MEDICAL = "medical", pgettext_lazy("glass", "a doctor must know something at once")
        CHILD = "child", pgettext_lazy("glass", "a child must be protected at once")
        NOBODY_THERE = (
            "nobody_there",
            pgettext_lazy("glass", "the person needs help now and nobody in charge is there"),
        )

    class Verdict(models.TextChoices):
        JUSTIFIED = "justified", pgettext_lazy("glass", "justified")
        NOT_JUSTIFIED = "not_justified", pgettext_lazy("glass", "not justified")
        TRAINING = "training", pgettext_lazy("glass", "in good faith, but training is needed")

    code = models.CharField(max_length=16, unique=True, default=new_glass_code)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="glass")
    # Beside the key: whoever may know of the use sees nothing else of the case.
    case_code = models.CharField(max_length=16)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="glass", db_index=False
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    groups = group_list()
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    reason = models.BinaryField()
    second = models.OneToOneField(
        TwoPersonAct, on_delete=models.PROTECT, null=True, related_name="+"
    )
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    review_by = models.DateTimeField()
    verdict = models.CharField(max_length=16, choices=Verdict.choices, blank=True)
    remarks = models.BinaryField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True)
    # When its maker lost the right because nobody had looked at it in time.
    overdue_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="glass_purpose_is_known",
                condition=Q(purpose__in=["danger_to_life", "medical", "child", "nobody_there"]),
            ),
            models.CheckConstraint(
                name="glass_is_reviewed_by_another",
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("by")),
            ),
            models.CheckConstraint(
                name="glass_review_is_whole",
                condition=Q(reviewed_by__isnull=True, reviewed_at__isnull=True, verdict="")
                | Q(
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                    verdict__in=["justified", "not_justified", "training"],
                ),
            ),
            models.CheckConstraint(
                name="glass_is_open_for_an_hour_at_most",
                condition=Q(until__gt=F("opened_at"), review_by__gt=F("until")),
            ),
        ]
        indexes = [
            models.Index("by", "opened_at", name="glass_of_member"),
            models.Index(
                "review_by", name="glass_unreviewed", condition=Q(reviewed_at__isnull=True)
            ),
            models.Index("until", name="glass_running", condition=Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.code


class GlassRight(models.Model):
    """That a member may break the glass no more, since when and why. Without a row they may."""

    class Because(models.TextChoices):
        UNREVIEWED = "unreviewed", pgettext_lazy("glass", "nobody looked at it in time")
        NOT_JUSTIFIED = "not_justified", pgettext_lazy("glass", "it was not justified")

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="glass_right"
    )
    suspended_at = models.DateTimeField()
    because = models.CharField(max_length=16, choices=Because.choices)
    use = models.ForeignKey(BreakGlass, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.because} of {self.member_id}"


class Contact(models.Model):
    """One contact with the person as the plan for safe contact let it be: planned, held until it
    is safe, made, or called off. What was said is one of a closed list of neutral texts."""

    class State(models.TextChoices):
        READY = "ready", pgettext_lazy("contact", "may be made now")
        HELD = "held", pgettext_lazy("contact", "waits until it is safe")
        MADE = "made", pgettext_lazy("contact", "made")
        CALLED_OFF = "called_off", pgettext_lazy("contact", "called off")

    class Result(models.TextChoices):
        REACHED = "reached", pgettext_lazy("contact", "the person was reached")
        NO_ANSWER = "no_answer", pgettext_lazy("contact", "nobody answered")
        SOMEBODY_ELSE = "somebody_else", pgettext_lazy("contact", "somebody else answered")

    code = models.CharField(max_length=16, unique=True, default=new_contact_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=20)
    text = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State.choices)
    # What the engine decided when it was planned or made, and why, as codes.
    outcome = models.CharField(max_length=8)
    because = models.CharField(max_length=30)
    planned_at = models.DateTimeField()
    # None where the plan knows no such moment.
    safe_from = models.DateTimeField(null=True)
    safe_until = models.DateTimeField(null=True)
    # Why it was made although the plan said no; sealed.
    override = models.BinaryField(null=True)
    result = models.CharField(max_length=16, choices=Result.choices, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="contact_against_the_plan_has_a_reason",
                condition=~Q(state="made") | Q(outcome="go") | Q(override__isnull=False),
            ),
            models.CheckConstraint(
                name="contact_ends_with_a_time",
                condition=Q(state__in=["ready", "held"], ended_at__isnull=True)
                | Q(state__in=["made", "called_off"], ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index("case", F("id").desc(), name="contact_list")]

    def __str__(self) -> str:
        return self.code

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from cases.models import Case
from kernel.codes import new_code
from reintegration.workflow import (
    ActionState,
    GoalState,
    NotHeld,
    Reached,
    ReviewKind,
    ReviewState,
    Rule,
    State,
)

BEST = 4


def new_plan_code() -> str:
    return new_code("PL")


def new_goal_code() -> str:
    return new_code("GL")


def new_action_code() -> str:
    return new_code("AC")


def new_review_code() -> str:
    return new_code("RV")


def new_check_in_code() -> str:
    return new_code("CI")


def new_alert_code() -> str:
    return new_code("WN")


class Plan(models.Model):
    """The reintegration plan that the person has agreed to. Its words are sealed."""

    code = models.CharField(max_length=16, unique=True, default=new_plan_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="plans", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    types = ArrayField(models.CharField(max_length=60), default=list)
    objectives = models.BinaryField()
    planned_end = models.DateField(null=True)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True)
    # The person, or for a child the guardian, with the child's own word beside it.
    agreed_by = models.CharField(max_length=24, blank=True)
    assent = models.CharField(max_length=10, blank=True)
    ended_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=60, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="plan_state_is_known", condition=Q(state__in=State.values)
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=["planned", "active"]),
                name="one_running_plan",
            ),
            models.CheckConstraint(
                name="plan_active_was_agreed",
                condition=~Q(state__in=["active", "completed"])
                | Q(agreed_at__isnull=False) & ~Q(agreed_by=""),
            ),
            models.CheckConstraint(
                name="plan_stopped_says_why",
                condition=Q(state="stopped") & ~Q(stop_reason="")
                | ~Q(state="stopped") & Q(stop_reason=""),
            ),
        ]
        indexes = [models.Index("case", F("id").desc(), name="plan_list")]

    def __str__(self) -> str:
        return self.code


class Goal(models.Model):
    """What the person wants to reach in one area of life."""

    code = models.CharField(max_length=16, unique=True, default=new_goal_code)
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="goals")
    area = models.CharField(max_length=60)
    text = models.BinaryField()
    target_on = models.DateField(null=True)
    state = models.CharField(max_length=8, choices=GoalState.choices, default=GoalState.OPEN)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.code


class Action(models.Model):
    """One thing to be done for a goal: by which agency, by which day."""

    code = models.CharField(max_length=16, unique=True, default=new_action_code)
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="actions")
    text = models.BinaryField()
    responsible = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    state = models.CharField(
        max_length=8, choices=ActionState.choices, default=ActionState.OPEN
    )
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("due_on", name="action_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.code


class Review(models.Model):
    """A day on which worker and person look together at how each area of life stands.

    It belongs to the case, so that it follows the person from owner to owner.
    """

    code = models.CharField(max_length=16, unique=True, default=new_review_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="reviews", db_index=False
    )
    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, null=True, related_name="reviews")
    kind = models.CharField(max_length=10, choices=ReviewKind.choices)
    # How many months after its beginning; null for an extra one.
    month = models.PositiveSmallIntegerField(null=True)
    due_on = models.DateField()
    state = models.CharField(
        max_length=10, choices=ReviewState.choices, default=ReviewState.DUE
    )
    held_on = models.DateField(null=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    why_not = models.CharField(max_length=12, choices=NotHeld.choices, blank=True)
    remarks = models.BinaryField(null=True)
    # When it was written down as held, as not held or as cancelled.
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_held_says_when_and_by_whom",
                condition=Q(state="held", held_on__isnull=False, held_by__isnull=False)
                | ~Q(state="held") & Q(held_on__isnull=True),
            ),
            models.CheckConstraint(
                name="review_not_held_says_why",
                condition=Q(state="not_held") & ~Q(why_not="")
                | ~Q(state="not_held") & Q(why_not=""),
            ),
        ]
        indexes = [
            models.Index("case", "due_on", "id", name="review_list"),
            models.Index("due_on", name="review_due", condition=Q(state="due")),
        ]

    def __str__(self) -> str:
        return self.code


class Score(models.Model):
    """How one area of life stood at a review, 0 (acute need) to 4 (on one's own feet): as the
    worker saw it, and as the person said."""

    review = models.ForeignKey(
        Review, on_delete=models.CASCADE, related_name="scores", db_index=False
    )
    area = models.CharField(max_length=60)
    worker = models.PositiveSmallIntegerField(null=True)
    person = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "area"], name="area_scored_once"),
            models.CheckConstraint(
                name="score_lies_between_0_and_4",
                condition=(Q(worker__isnull=True) | Q(worker__lte=BEST))
                & (Q(person__isnull=True) | Q(person__lte=BEST)),
            ),
            models.CheckConstraint(
                name="score_has_a_number",
                condition=Q(worker__isnull=False) | Q(person__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area} at review {self.review_id}"


class CheckIn(models.Model):
    """One try to be in touch with the person between two reviews, in codes."""

    code = models.CharField(max_length=16, unique=True, default=new_check_in_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="check_ins", db_index=False
    )
    tried_at = models.DateTimeField()
    channel = models.CharField(max_length=60)
    result = models.CharField(max_length=12, choices=Reached.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index("case", F("id").desc(), name="check_in_list")]

    def __str__(self) -> str:
        return self.code


class Alert(models.Model):
    """The service asks a human to look again, and says by which rule and from what. It decides
    nothing. `about` makes one occasion one warning, however often it is looked at."""

    code = models.CharField(max_length=16, unique=True, default=new_alert_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    rule = models.CharField(max_length=20, choices=Rule.choices)
    about = models.CharField(max_length=80)
    # Codes, days and numbers that the rule saw.
    because = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    review = models.ForeignKey(
        Review, on_delete=models.SET_NULL, null=True, related_name="asked_for_by"
    )
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    resolution = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "rule", "about"],
                name="warned_once_of_each",
                # Looked at when a statement has ended: practice moves many warnings at once.
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.CheckConstraint(
                name="warning_resolved_at_and_by_go_together",
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True)
                | Q(resolved_at__isnull=False, resolved_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index("case", name="warning_open", condition=Q(resolved_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.code

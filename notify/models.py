import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from agencies.models import Agency
from kernel.codes import new_code
from notify.systemmodels import Announcement, Call, Endpoint, Topic

__all__ = [
    "Announcement", "Call", "Clock", "Delivery", "Endpoint", "Event", "Preference", "Rung", "Task",
    "Topic",
]  # fmt: skip


def new_task_code() -> str:
    return new_code("TS")


def new_notice_code() -> str:
    return new_code("NT")


class Event(models.Model):
    """Something that somebody must be told. Written in the transaction that makes it true."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    emergency = models.BooleanField(default=False)
    happened_at = models.DateTimeField()
    # Whether any system of an agency is to be told of it, for who has just written it.
    is_announced = False

    class Meta:
        # What is to be wiped is found by it where nobody was told.
        indexes = [models.Index(fields=["subject"], name="event_subject")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind} {self.subject}"


class Delivery(models.Model):
    """One event on its way to one member by one channel. Holds codes, never words."""

    class Channel(models.TextChoices):
        IN_APP = "in_app", pgettext_lazy("channel", "in the service")
        EMAIL = "email", pgettext_lazy("channel", "by e-mail")

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("delivery", "waiting")
        DONE = "done", pgettext_lazy("delivery", "delivered")
        DEAD = "dead", pgettext_lazy("delivery", "could not be delivered")
        CANCELLED = "cancelled", pgettext_lazy("delivery", "cancelled")

    code = models.CharField(max_length=16, unique=True, default=new_notice_code)
    # The same at each try, so that a receiver can tell a repeat.
    message_id = models.UUIDField(unique=True, default=uuid.uuid4)
    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,
    )
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    leased_by = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "member", "channel"], name="told_once_by_each_channel"
            ),
            models.CheckConstraint(
                name="delivery_state_is_known",
                condition=Q(state__in=["pending", "done", "dead", "cancelled"]),
            ),
            models.CheckConstraint(
                name="delivery_done_has_its_time",
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index("next_at", "id", name="delivery_due", condition=Q(state="pending")),
            models.Index("member", F("id").desc(), name="delivery_bell"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.channel} {self.state}"


class Preference(models.Model):
    """How a member wants to be told. Nobody can switch the bell off."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preference"
    )
    email = models.BooleanField(default=True)
    # Local time of the agency; the same hour twice means no quiet time.
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_have_both_ends",
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"preference of {self.member_id}"


class Task(models.Model):
    """Something a person has to do. Named by a kind and a code; its words lie sealed elsewhere."""

    code = models.CharField(max_length=16, unique=True, default=new_task_code)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    note = models.CharField(max_length=16, blank=True)
    # The case that it belongs to, with which it moves to another owner.
    case = models.CharField(max_length=16, blank=True)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="tasks")
    role = models.CharField(max_length=32, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="tasks"
    )
    set_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="task_done_at_and_by_go_together",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_has_somebody", condition=Q(assignee__isnull=False) | ~Q(role="")
            ),
        ]
        indexes = [
            models.Index(
                "agency", F("id").desc(), name="task_open", condition=Q(done_at__isnull=True)
            ),
            models.Index(fields=["subject"], name="task_subject"),
            models.Index(
                fields=["case"], name="task_of_case", condition=Q(done_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.kind} {self.subject}"


class Clock(models.Model):
    """A deadline that runs. Its own row, so that no mail server can hold it up."""

    class Purpose(models.TextChoices):
        REPLY = "reply", pgettext_lazy("clock", "an answer to a referral")
        CONTACT = "contact", pgettext_lazy("clock", "the first meeting")
        RECALL = "recall", pgettext_lazy("clock", "a word that a recall was read")
        ASSESSMENT = "assessment", pgettext_lazy("clock", "an assessment of needs")
        GUARDIAN = "guardian", pgettext_lazy("clock", "a guardian for a child")
        DECISION = "decision", pgettext_lazy("clock", "a decision")
        REFLECTION = "reflection", pgettext_lazy("clock", "the end of the time for reflection")
        CONCLUSION = "conclusion", pgettext_lazy("clock", "the decision after reflection")
        TELLING = "telling", pgettext_lazy("clock", "telling the person of a decision")
        RECONSIDERATION = (
            "reconsideration",
            pgettext_lazy("clock", "the last day to ask for another look"),
        )
        PLAN = "plan", pgettext_lazy("clock", "a plan")
        ACTION = "action", pgettext_lazy("clock", "a step of the plan")
        CHECK_IN = "check_in", pgettext_lazy("clock", "a word from the person")
        REVIEW = "review", pgettext_lazy("clock", "a review of the plan")
        FOLLOW_UP = "follow_up", pgettext_lazy("clock", "a follow-up")
        CASE_REQUEST = (
            "case_request",
            pgettext_lazy("clock", "an answer to who asked for a case"),
        )
        TRANSFER = "transfer", pgettext_lazy("clock", "an answer to a transfer")
        GLASS_REVIEW = (
            "glass_review",
            pgettext_lazy("clock", "a look at an emergency opening"),
        )
        DEMAND = "demand", pgettext_lazy("clock", "an answer that data was erased")
        HOLD = "hold", pgettext_lazy("clock", "another look at a hold")
        ONWARD = "onward", pgettext_lazy("clock", "an answer to an onward proposal")
        SUBJECT_REQUEST = (
            "subject_request",
            pgettext_lazy("clock", "an answer to the person about their data"),
        )

    subject = models.CharField(max_length=40)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    # The case that it belongs to, with which it moves to another owner.
    case = models.CharField(max_length=16, blank=True)
    # Who has to act; where nobody is named, the function that the first rung tells.
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    emergency = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    lapses_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)
    was_paused = models.BooleanField(default=False)
    stopped_at = models.DateTimeField(null=True)
    # Who waits for it, and who has to act: for a case's own work both are its owner.
    sender = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")
    receiver = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "purpose"],
                condition=Q(stopped_at__isnull=True),
                name="one_running_clock_each",
            ),
        ]
        indexes = [
            models.Index("due_at", name="clock_due", condition=Q(stopped_at__isnull=True)),
            models.Index(
                "lapses_at", name="clock_lapses", condition=Q(stopped_at__isnull=True)
            ),
            models.Index(
                fields=["case", "due_at"],
                name="clock_of_case",
                condition=Q(stopped_at__isnull=True),
            ),
            models.Index(
                "receiver",
                "due_at",
                name="clock_of_agency",
                condition=Q(stopped_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.subject}"


class Rung(models.Model):
    """One step of the escalation ladder: whom to tell, and when, while the clock runs."""

    clock = models.ForeignKey(
        Clock, on_delete=models.CASCADE, related_name="rungs", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    fires_at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=32)
    # Whoever the clock names when the rung is climbed, and the role where it names nobody.
    for_assignee = models.BooleanField(default=False)
    fired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock", "position"], name="one_rung_each_step"),
        ]
        indexes = [
            models.Index("fires_at", name="rung_waiting", condition=Q(fired_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"rung {self.position} of clock {self.clock_id}"

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from cases.models import Case
from identification.workflow import (
    Population,
    Result,
    ScreeningState,
    Stage,
    State,
    Whom,
)
from kernel.codes import new_code


def new_screening_code() -> str:
    return new_code("SC")


def new_statement_code() -> str:
    return new_code("ST")


def new_identification_code() -> str:
    return new_code("ID")


def new_decision_code() -> str:
    return new_code("DC")


def new_anonymous_code() -> str:
    return new_code("AN")


class Instrument(models.Model):
    """A version of a questionnaire that an administrator has published. Never changed; those that
    come with the service are files. What one holds stands in identification.instruments."""

    code = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    population = models.CharField(max_length=8, choices=Population.choices)
    definition = models.JSONField()
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="instrument_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class Screening(models.Model):
    """One filled-in indicator form. Once submitted it stays as it is; a correction is another
    screening that names this one. Answers and remarks are sealed; the counts are in clear."""

    code = models.CharField(max_length=16, unique=True, default=new_screening_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="screenings", db_index=False
    )
    instrument = models.CharField(max_length=40)
    instrument_version = models.CharField(max_length=20)
    # SHA-256 of the definition that the answers belong to.
    definition_sha256 = models.CharField(max_length=64)
    state = models.CharField(
        max_length=10, choices=ScreeningState.choices, default=ScreeningState.DRAFT
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="corrected_by"
    )
    content = models.BinaryField()
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="screenings"
    )
    language = models.CharField(max_length=3, blank=True)
    with_interpreter = models.BooleanField(default=False)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    # How many questions were put to the person, and how many of them had been answered before.
    asked = models.PositiveSmallIntegerField(default=0)
    asked_again = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="screening_state_is_known", condition=Q(state__in=ScreeningState.values)
            ),
            models.CheckConstraint(
                name="screening_submitted_has_its_time",
                condition=Q(state="submitted", submitted_at__isnull=False)
                | ~Q(state="submitted") & Q(submitted_at__isnull=True),
            ),
        ]
        indexes = [models.Index("case", F("id").desc(), name="screening_list")]

    def __str__(self) -> str:
        return self.code


class Statement(models.Model):
    """What the person has told in their own words, kept so that it need not be told again."""

    code = models.CharField(max_length=16, unique=True, default=new_statement_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="statements", db_index=False
    )
    text = models.BinaryField()
    told_on = models.DateField()
    # Told to us, or taken from a document that somebody else wrote.
    told_to_us = models.BooleanField()
    language = models.CharField(max_length=3, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index("case", F("id").desc(), name="statement_list")]

    def __str__(self) -> str:
        return self.code


class Identification(models.Model):
    """How far the formal identification of a person has come. Help never waits for it."""

    code = models.CharField(max_length=16, unique=True, default=new_identification_code)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="identification")
    state = models.CharField(max_length=16, choices=State.choices, default=State.NONE)
    authority = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    # For a child: what was weighed in the child's best interest. Sealed.
    best_interest = models.BinaryField(null=True)
    # What new evidence a reconsideration stands on. Sealed.
    new_evidence = models.BinaryField(null=True)
    reflection_began_at = models.DateTimeField(null=True)
    # Never earlier than the law's minimum after the beginning, whatever is decided meanwhile.
    reflection_earliest_end = models.DateTimeField(null=True)
    reflection_ends_at = models.DateTimeField(null=True)
    reconsider_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="identification_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="identification_on_the_desk_of_somebody",
                condition=~Q(state__in=["submitted", "possible"])
                | Q(authority__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="possible_means_reflection_runs",
                condition=~Q(state="possible") | Q(reflection_ends_at__isnull=False),
            ),
            models.CheckConstraint(
                name="reflection_ends_no_earlier_than_its_minimum",
                condition=Q(reflection_ends_at__isnull=True)
                | Q(reflection_ends_at__gte=F("reflection_earliest_end")),
            ),
        ]
        indexes = [models.Index("authority", "state", F("id").desc(), name="decision_queue")]

    def __str__(self) -> str:
        return self.code


class Decision(models.Model):
    """What an officer decided, and why. Never changed, not even by its author."""

    code = models.CharField(max_length=16, unique=True, default=new_decision_code)
    identification = models.ForeignKey(
        Identification, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    stage = models.CharField(max_length=16, choices=Stage.choices)
    result = models.CharField(max_length=18, choices=Result.choices)
    body = models.CharField(max_length=40)
    authority = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    reasons = models.BinaryField()
    # Codes of the screenings and statements that it stands on.
    evidence = ArrayField(models.CharField(max_length=16), default=list)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="decision_result_is_known", condition=Q(result__in=Result.values)
            ),
        ]
        indexes = [models.Index("identification", F("id").desc(), name="decision_list")]

    def __str__(self) -> str:
        return self.code


class Telling(models.Model):
    """Somebody who must be told of a decision, by when, and the proof that they were."""

    decision = models.ForeignKey(
        Decision, on_delete=models.CASCADE, related_name="tellings", db_index=False
    )
    whom = models.CharField(max_length=10, choices=Whom.choices)
    due_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    way = models.CharField(max_length=60, blank=True)
    language = models.CharField(max_length=3, blank=True)
    proof = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "whom"], name="told_each_once"),
            models.CheckConstraint(
                name="told_at_by_how_and_proof_go_together",
                condition=Q(told_at__isnull=True, told_by__isnull=True, proof__isnull=True)
                | Q(told_at__isnull=False, told_by__isnull=False, proof__isnull=False)
                & ~Q(way=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whom} of decision {self.decision_id}"


class Extension(models.Model):
    """A longer reflection period, with its reason."""

    identification = models.ForeignKey(
        Identification, on_delete=models.CASCADE, related_name="extensions"
    )
    until = models.DateTimeField()
    reason = models.BinaryField()
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"extension {self.pk} of {self.identification_id}"


class AnonymousNotice(models.Model):
    """That somebody was met who does not want the formal procedure. It names no case, no agency
    and no day, and no key leads from it to a case."""

    code = models.CharField(max_length=16, unique=True, default=new_anonymous_code)
    month = models.DateField()
    region = models.CharField(max_length=8, blank=True)
    exploitation = ArrayField(models.CharField(max_length=60), default=list)

    def __str__(self) -> str:
        return self.code

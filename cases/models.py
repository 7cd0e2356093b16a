import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy
from guardian.models import GroupObjectPermissionBase

from agencies.ages import is_child
from agencies.models import REAL, Agency
from cases.duplicatemodels import (
    DuplicateToken,
    IdentityCount,
    PossibleDuplicate,
    TokenSheet,
)
from cases.holdmodels import Hold
from cases.workflow import (
    AgeBand,
    Assent,
    Closure,
    ConsentState,
    Form,
    GivenBy,
    Ground,
    OverrideState,
    Purpose,
    RecordKind,
    Risk,
    Source,
    State,
)
from kernel.codes import PRACTICE, new_code
from kernel.groups import SEALED, DataGroup

__all__ = ["DuplicateToken", "Hold", "IdentityCount", "PossibleDuplicate", "TokenSheet"]


def new_case_code(space: int = REAL) -> str:
    """A fresh code; by that of somebody who is made up everybody sees that they are."""
    return new_code("SH" if space == REAL else PRACTICE)


def new_person_code() -> str:
    return new_code("PR")


def new_note_code() -> str:
    return new_code("NO")


def new_exclusion_code() -> str:
    return new_code("EX")


def new_consent_code() -> str:
    return new_code("CN")


def new_override_code() -> str:
    return new_code("OV")


def new_record_code() -> str:
    return new_code("RC")


def new_assessment_code() -> str:
    return new_code("AS")


def group_list(**options: Any) -> "ArrayField[Any, Any]":
    return ArrayField(models.CharField(max_length=20, choices=_GROUPS), **options)


_GROUPS = [(group.value, group.value) for group in DataGroup]


class Person(models.Model):
    """The human being. In clear only what triage and statistics need; the rest is sealed."""

    code = models.CharField(max_length=16, unique=True, default=new_person_code)
    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    # The person's own data key, wrapped by the ring's key of that name; both empty once erased.
    ring_key = models.CharField(max_length=20, blank=True)
    wrapped_key = models.BinaryField()
    age_band = models.CharField(max_length=8, choices=AgeBand.choices, default=AgeBand.UNKNOWN)
    gender = models.CharField(max_length=32, default="NonSpecifiedUnknown")
    district = models.CharField(max_length=16, blank=True)
    languages = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    needs_interpreter = models.BooleanField(default=False)
    access_needs = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="person_age_band_is_known", condition=Q(age_band__in=AgeBand.values)
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_child(self) -> bool:
        return is_child(self.age_band)

    @property
    def key_context(self) -> str:
        return f"person {self.uid}"


class SealedGroup(models.Model):
    """One data group of one person, encrypted under the person's key for this place only."""

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="sealed_groups", db_index=False
    )
    group = models.CharField(max_length=20, choices=_GROUPS)
    content = models.BinaryField()
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=150)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "group"], name="one_of_each_group"),
        ]

    def __str__(self) -> str:
        return f"{self.group} of {self.person_id}"


class NameToken(models.Model):
    """A keyed token of a name, by which an agency finds its own people again."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="name_tokens")
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=12)
    token = models.BinaryField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["agency", "kind", "token"], name="name_token")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


class Case(models.Model):
    """The work for one person, owned by one agency, named only by its code."""

    code = models.CharField(max_length=16, unique=True, default=new_case_code)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    # Found by the indexes of lists, which all begin with it.
    owner = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="cases", db_index=False
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="cases",
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    risk = models.CharField(max_length=8, choices=Risk.choices, default=Risk.UNKNOWN)
    source = models.CharField(max_length=32, choices=Source.choices, default=Source.OTHER)
    registered_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closure = models.CharField(max_length=32, choices=Closure.choices, blank=True)
    follow_ups = ArrayField(models.DateField(), default=list, blank=True)
    # A copy of the restriction that runs, so that no list and no verdict looks it up.
    restricted_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        permissions = [("see_case", "may see a case within a scope of data groups")]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="case_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="case_closed_has_reason_and_time",
                condition=Q(state="closed", closed_at__isnull=False) & ~Q(closure="")
                | ~Q(state="closed") & Q(closed_at__isnull=True, closure=""),
            ),
        ]
        indexes = [
            # What the nightly look at retention goes through.
            models.Index("closed_at", name="case_closed", condition=Q(state="closed")),
            models.Index("registered_at", name="case_draft", condition=Q(state="draft")),
            # What a supervisor cuts the agency's list by, each in the order of the list.
            models.Index("owner", "state", F("id").desc(), name="case_list_state"),
            models.Index("owner", "risk", F("id").desc(), name="case_list_risk"),
            models.Index("owner", "worker", F("id").desc(), name="case_list_worker"),
            models.Index(
                "owner", F("id").desc(), name="case_list_nobody", condition=Q(worker=None)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CaseAccess(GroupObjectPermissionBase):
    """Why a principal may see a case: one row per principal, case and source.

    The principal is a Django group (a function of an agency, or a member's own). The rows are
    written by cases.access and nowhere else; the consent behind a referral lives here as `scope`
    and `until`, so that ending it is deleting rows.
    """

    class Because(models.TextChoices):
        OWNER = "owner", pgettext_lazy("access", "the agency owns the case")
        ASSIGNED = "assigned", pgettext_lazy("access", "the case was given to the member")
        REFERRED = "referred", pgettext_lazy("access", "the agency holds a referral")
        SUBMITTED = "submitted", pgettext_lazy("access", "submitted for a decision")
        BREAK_GLASS = "break_glass", pgettext_lazy("access", "opened in an emergency")

    group = models.ForeignKey(
        Group, on_delete=models.CASCADE, related_name="case_access", db_index=False
    )
    # The same in every row: nobody searches by it.
    permission = models.ForeignKey(Permission, on_delete=models.CASCADE, db_index=False)
    content_object = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="access", db_index=False
    )
    because = models.CharField(max_length=12, choices=Because.choices)
    source = models.CharField(max_length=20)
    scope = group_list()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    # A copy of the nearest deadline, by which lists are cut.
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "content_object", "because", "source"],
                name="one_access_row_per_source",
            ),
            models.CheckConstraint(
                name="access_because_is_known",
                condition=Q(
                    because__in=["owner", "assigned", "referred", "submitted", "break_glass"]
                ),
            ),
        ]
        indexes = [
            models.Index(
                "group",
                F("content_object").desc(),
                name="access_list",
                # All that a line of the list tells of why it is there.
                include=["until", "because", "due_at"],
            ),
            # The row policy's own question, answered by one search and without a look at the table.
            models.Index(
                fields=["content_object"], name="access_of_case", include=["group", "until"]
            ),
            models.Index("group", "due_at", "content_object", name="access_due"),
            models.Index(fields=["because", "source"], name="access_source"),
        ]

    def __str__(self) -> str:
        return f"{self.because} {self.source} on case {self.content_object_id}"


class Note(models.Model):
    """What a worker writes down, sealed under the person's key."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", pgettext_lazy("note", "seen by its author alone")
        AGENCY = "agency", pgettext_lazy("note", "seen by the author's agency")
        SHARED = "shared", pgettext_lazy("note", "seen by all who work on the case")

    class Kind(models.TextChoices):
        NOTE = "note", pgettext_lazy("note", "note")
        HAND_OVER = "hand_over", pgettext_lazy("note", "handover note")
        REASON = "reason", pgettext_lazy("note", "reason")
        TASK = "task", pgettext_lazy("note", "words of a task")

    code = models.CharField(max_length=16, unique=True, default=new_note_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="notes", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.NOTE)
    visibility = models.CharField(max_length=8, choices=Visibility.choices)
    text = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="note_visibility_is_known",
                condition=Q(visibility__in=["private", "agency", "shared"]),
            ),
        ]
        indexes = [models.Index("case", F("id").desc(), name="note_list")]

    def __str__(self) -> str:
        return self.code


class TimelineEntry(models.Model):
    """One line of what happened in a case: codes and a time, no text about the person."""

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="timeline", db_index=False
    )
    happened_at = models.DateTimeField()
    event = models.CharField(max_length=64)
    actor = models.CharField(max_length=150)
    agency = models.CharField(max_length=16, blank=True)
    about = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index("case", F("id").desc(), name="timeline_list")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.event}"


class Consent(models.Model):
    """What the person allows: recipients x data groups x purpose, until a date."""

    code = models.CharField(max_length=16, unique=True, default=new_consent_code)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consents")
    state = models.CharField(
        max_length=12, choices=ConsentState.choices, default=ConsentState.DRAFT
    )
    given_by = models.CharField(max_length=24, choices=GivenBy.choices, blank=True)
    form = models.CharField(max_length=16, choices=Form.choices, blank=True)
    language = models.CharField(max_length=3, blank=True)
    # Sealed: names of the witness and of a guardian are about the person.
    witness = models.BinaryField(null=True)
    guardian = models.BinaryField(null=True)
    assent = models.CharField(max_length=10, choices=Assent.choices, blank=True)
    drafted_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_state_is_known", condition=Q(state__in=ConsentState.values)
            ),
            models.CheckConstraint(
                name="consent_given_says_by_whom_and_how",
                condition=Q(state="draft")
                | (Q(given_at__isnull=False) & ~Q(given_by="") & ~Q(form="")),
            ),
            models.CheckConstraint(
                name="consent_ends_after_it_begins",
                condition=Q(expires_at__gt=F("drafted_at")),
            ),
        ]
        indexes = [
            models.Index("expires_at", name="consent_expires", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return self.code

    def is_live(self, at: dt.datetime) -> bool:
        """Whether it allows anything at this moment; the last day ends it before the clock does."""
        return self.state == ConsentState.ACTIVE and self.expires_at > at


class ConsentScope(models.Model):
    """One recipient, one data group, one purpose."""

    consent = models.ForeignKey(
        Consent, on_delete=models.CASCADE, related_name="scopes", db_index=False
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=20, choices=_GROUPS)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consent", "agency", "group", "purpose"], name="scope_said_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} to {self.agency_id} for {self.purpose}"


class Override(models.Model):
    """Sharing without consent: a listed ground, a reason, and a second person."""

    code = models.CharField(max_length=16, unique=True, default=new_override_code)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="overrides")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    groups = group_list()
    ground = models.CharField(max_length=24, choices=Ground.choices)
    reason = models.BinaryField()
    state = models.CharField(
        max_length=10, choices=OverrideState.choices, default=OverrideState.ASKED
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="override_decided_by_a_second_person",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="override_decided_at_and_by_go_together",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def is_live(self, at: dt.datetime) -> bool:
        return self.state == OverrideState.APPROVED and self.expires_at > at


class Exclusion(models.Model):
    """An agency, a member or a place that must be kept apart from this case. Beats every consent
    and every grant; never says why."""

    code = models.CharField(max_length=16, unique=True, default=new_exclusion_code)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exclusions")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, null=True, related_name="+")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    district = models.CharField(max_length=16, blank=True)
    # Sealed; where nobody wrote it down there is none.
    reason = models.BinaryField(null=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"],
                condition=Q(ended_at__isnull=True, agency__isnull=False),
                name="excluded_once",
            ),
            # Also the index by which every list asks whether the reader is kept apart.
            models.UniqueConstraint(
                fields=["member", "case"],
                condition=Q(ended_at__isnull=True, member__isnull=False),
                name="member_excluded_once",
            ),
            models.UniqueConstraint(
                fields=["case", "district"],
                condition=Q(ended_at__isnull=True) & ~Q(district=""),
                name="district_excluded_once",
            ),
            models.CheckConstraint(
                name="exclusion_is_of_one",
                condition=Q(agency__isnull=False, member__isnull=True, district="")
                | Q(agency__isnull=True, member__isnull=False, district="")
                | (Q(agency__isnull=True, member__isnull=True) & ~Q(district="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}: kept apart from {self.case_id}"


class ApartAttempt(models.Model):
    """An attempt to bring a case and somebody kept apart from it together, or to break the glass
    of a code that is none: one row in either case, looked into afterwards."""

    case_code = models.CharField(max_length=16)
    what = models.CharField(max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index("at", name="attempt_untold", condition=Q(told_at__isnull=True)),
            models.Index("by", "what", "at", name="attempt_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.what} #{self.pk}"


class Record(models.Model):
    """One of several things of a kind that belong to a case, sealed: an event, a perpetrator, a
    referral outside the service, a safety plan. What each holds stands in cases.records."""

    code = models.CharField(max_length=16, unique=True, default=new_record_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="records", db_index=False
    )
    kind = models.CharField(max_length=20, choices=RecordKind.choices)
    content = models.BinaryField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    # Taken back because it was wrong; it is kept, and shown no more.
    retracted_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="record_kind_is_known", condition=Q(kind__in=RecordKind.values)
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(kind="safety_plan", retracted_at__isnull=True),
                name="one_safety_plan",
            ),
        ]
        indexes = [models.Index("case", "kind", F("id").desc(), name="record_list")]

    def __str__(self) -> str:
        return self.code


class Assessment(models.Model):
    """Risks and needs of a person as one worker judged them on one day. Never changed: a new
    judgement is a new assessment. Factors, needs and words are sealed."""

    code = models.CharField(max_length=16, unique=True, default=new_assessment_code)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="assessments", db_index=False
    )
    risk = models.CharField(max_length=8, choices=Risk.choices)
    content = models.BinaryField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index("case", F("id").desc(), name="assessment_list")]

    def __str__(self) -> str:
        return self.code


class FormDraft(models.Model):
    """What a member has typed into one section and not saved yet, sealed; theirs alone."""

    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, related_name="form_drafts", db_index=False
    )
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    section = models.CharField(max_length=20)
    content = models.BinaryField()
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "member", "section"], name="one_draft_of_a_section"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} of {self.case_id} by {self.member_id}"

    @property
    def group(self) -> str:
        """The data group that it belongs to; empty for a section whose facts stand in clear.

        A part of a form about signs is named by the form's code and a number.
        """
        if self.section.startswith("SC-"):
            return DataGroup.SCREENING
        return self.section if self.section in SEALED else ""

    @property
    def place(self) -> str:
        """What it is sealed for: this case, this member and this section, and nothing else."""
        return f"cases_formdraft|{self.case.code}|{self.member_id}|{self.section}"

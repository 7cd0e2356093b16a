"""Files that come in and go out, what is known of their rows, and what a case came with."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from cases.models import Case
from exchange.workflow import (
    IMPORT_CAME_TO_NOTHING,
    IMPORT_WAITS,
    ExportReason,
    ExportState,
    ImportState,
    RowState,
)
from kernel.codes import new_code


def new_import_code() -> str:
    return new_code("IM")


def new_export_code() -> str:
    return new_code("XP")


class SealedFile(models.Model):
    """A file with its own key, which the ring wraps. To delete the row is to destroy the file."""

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    # Whose it is, and for whom it is kept.
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ring_key = models.CharField(max_length=20)
    wrapped_key = models.BinaryField()
    size = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def key_context(self) -> str:
        return f"file {self.uid}"


class FilePiece(models.Model):
    """64 kB of a file, sealed for their number in it."""

    file = models.ForeignKey(
        SealedFile, on_delete=models.CASCADE, related_name="pieces", db_index=False
    )
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["file", "number"], name="one_file_piece_of_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.file_id}"


class ImportJob(models.Model):
    """A file that a member brought in. It is looked at first; its cases are written after a yes."""

    code = models.CharField(max_length=16, unique=True, default=new_import_code)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=12, choices=ImportState.choices, default=ImportState.RECEIVED
    )
    kind = models.CharField(max_length=24, blank=True)
    # A keyed digest by which the agency's same file is known again, and nobody else's.
    digest = models.BinaryField(max_length=16)
    # Gone when the import has ended; the rows' contents are sealed under its key.
    file = models.OneToOneField(
        SealedFile, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # Why the whole file was refused, and at which row.
    fault = models.CharField(max_length=40, blank=True)
    fault_row = models.PositiveIntegerField(null=True)
    # How many cases the file holds; and how many columns of the file nobody
    # knows here.
    height = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0)
    with_doubtful = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    # The machine's: until when one worker has it in hand, and how often one has begun in vain.
    held_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_state_is_known", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="import_refused_says_why", condition=~Q(state="refused") | ~Q(fault="")
            ),
            models.UniqueConstraint(
                fields=["agency", "digest"],
                condition=~Q(state__in=[str(each) for each in IMPORT_CAME_TO_NOTHING]),
                name="same_file_once",
            ),
        ]
        indexes = [
            models.Index("agency", F("id").desc(), name="import_list"),
            models.Index(
                "held_until",
                name="import_waits",
                condition=Q(state__in=[str(each) for each in IMPORT_WAITS]),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ImportRow(models.Model):
    """One case of the file. What it says is sealed until it is a case, and then gone from here."""

    job = models.ForeignKey(
        ImportJob, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    # Its place in the file, counted from 1, and the row of the sheet where it begins.
    number = models.PositiveIntegerField()
    row = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=RowState.choices)
    content = models.BinaryField(null=True)
    # Each says row, column and code; never a value.
    faults = models.JSONField(default=list)
    # The case it has become, or the agency's own case that it is or may be.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_row_state_is_known", condition=Q(state__in=RowState.values)
            ),
            models.UniqueConstraint(fields=["job", "number"], name="one_row_of_a_number"),
        ]
        indexes = [
            models.Index("job", "state", "number", name="import_row_state"),
            models.Index("job", "number", name="import_row_faulty", condition=~Q(faults=[])),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.job_id}"

    @property
    def place(self) -> str:
        """What its content is sealed for."""
        return f"exchange_importrow|{self.number}"


class Origin(models.Model):
    """What a case came with that has no other home here: fields that are history (states, decisions
    and consents given elsewhere) and columns that are not the standard's; sealed."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="origin")
    # Whoever brought it: by the token of its reference that agency knows it again.
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reference = models.BinaryField(max_length=16, null=True)
    brought_by = models.CharField(max_length=16)
    brought_at = models.DateTimeField()
    content = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "reference"],
                condition=Q(reference__isnull=False),
                name="one_case_of_a_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"origin of {self.case_id}"

    @property
    def place(self) -> str:
        """What it is sealed for."""
        return f"{self.case.code} origin"


class ExportJob(models.Model):
    """A file of the agency's own cases that a supervisor asked for, marked and bound to end."""

    code = models.CharField(max_length=16, unique=True, default=new_export_code)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=12, choices=ExportState.choices, default=ExportState.ASKED
    )
    kind = models.CharField(max_length=24)
    strict = models.BooleanField(default=False)
    # Codes and days by which the cases were chosen.
    states: "ArrayField[Any, Any]" = ArrayField(
        models.CharField(max_length=16), default=list, blank=True
    )
    registered_from = models.DateField(null=True)
    registered_until = models.DateField(null=True)
    reason = models.CharField(max_length=16, choices=ExportReason.choices)
    file = models.OneToOneField(
        SealedFile, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    count = models.PositiveIntegerField(null=True)
    fault = models.CharField(max_length=40, blank=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    fetched = models.PositiveSmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="export_state_is_known", condition=Q(state__in=ExportState.values)
            ),
            models.CheckConstraint(
                name="export_ready_has_its_file",
                condition=~Q(state="ready") | Q(file__isnull=False, count__isnull=False),
            ),
        ]
        indexes = [
            models.Index("agency", F("id").desc(), name="export_list"),
            models.Index(
                "held_until",
                name="export_waits",
                condition=Q(state__in=["asked", "making"]),
            ),
            models.Index("expires_at", name="export_ready", condition=Q(state="ready")),
        ]

    def __str__(self) -> str:
        return self.code


class ExportedCase(models.Model):
    """A case that an export holds."""

    job = models.ForeignKey(
        ExportJob, on_delete=models.CASCADE, related_name="cases", db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "case"], name="exported_once_a_job"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} in {self.job_id}"

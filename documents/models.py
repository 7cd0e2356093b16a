import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency
from cases.models import Case
from documents.kinds import Kind
from documents.workflow import Fault, Retraction, State
from kernel.codes import new_code
from kernel.groups import SEALED

_GROUPS = [(group.value, group.value) for group in SEALED]


def new_document_code() -> str:
    return new_code("DO")


class Document(models.Model):
    """A file that belongs to a case. Its own name and what it is stand sealed; its content stands
    in pieces, sealed, too."""

    code = models.CharField(max_length=16, unique=True, default=new_document_code)
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="documents", db_index=False
    )
    # The data group that it belongs to: without that group nobody outside is shown it.
    group = models.CharField(max_length=20, choices=_GROUPS)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUARANTINED)
    fault = models.CharField(max_length=16, choices=Fault.choices, blank=True)
    # The file's own name, what it is, and the SHA-256 of its clean form.
    words = models.BinaryField(null=True)
    size = models.PositiveIntegerField()
    pages = models.PositiveSmallIntegerField(null=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    retracted_at = models.DateTimeField(null=True)
    retraction = models.CharField(max_length=16, choices=Retraction.choices, blank=True)
    # The check's: until when a worker has it in hand, and how often one has begun.
    held_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="document_state_is_known", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="document_rejected_says_why",
                condition=~Q(state="rejected") | ~Q(fault=""),
            ),
            models.CheckConstraint(
                name="document_retracted_says_when_and_why",
                condition=~Q(state="retracted")
                | (Q(retracted_at__isnull=False) & ~Q(retraction="")),
            ),
        ]
        indexes = [
            models.Index("case", F("id").desc(), name="document_list"),
            models.Index("held_until", name="document_waits", condition=Q(state="quarantined")),
            models.Index("agency", "uploaded_at", name="document_quota"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def place(self) -> str:
        """What its words are sealed for."""
        return f"{self.code} words"


class StoredFile(models.Model):
    """One content of a document under a random name and a key of its own, which is sealed under
    the person's. The one that came in is kept until the check has made the other."""

    class Form(models.TextChoices):
        ORIGINAL = "original"
        CLEAN = "clean"

    uid = models.UUIDField(unique=True, default=uuid.uuid4)
    document = models.ForeignKey(
        Document, on_delete=models.CASCADE, related_name="files", db_index=False
    )
    form = models.CharField(max_length=8, choices=Form.choices)
    key = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "form"], name="one_file_of_each_form"),
        ]

    def __str__(self) -> str:
        return str(self.uid)

    @property
    def place(self) -> str:
        """What its key is sealed for."""
        return f"{self.uid} key"


class Piece(models.Model):
    """64 kB of a stored file, sealed for their number in it."""

    file = models.ForeignKey(
        StoredFile, on_delete=models.CASCADE, related_name="pieces", db_index=False
    )
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["file", "number"], name="one_piece_of_each_number"),
        ]

    def __str__(self) -> str:
        return f"{self.number} of {self.file_id}"


class Tick(models.Model):
    """A sender chose this document for one referral, which `source` names by its code. What the
    referral opens in the access table says whether anybody may see it at this moment."""

    document = models.ForeignKey(
        Document, on_delete=models.CASCADE, related_name="ticks", db_index=False
    )
    source = models.CharField(max_length=20)
    ticked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    ticked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "source"], name="ticked_once"),
        ]
        indexes = [models.Index(fields=["source"], name="tick_source")]

    def __str__(self) -> str:
        return f"{self.document_id} for {self.source}"


class Ticket(models.Model):
    """The right to fetch one document once, within a minute, for one member in one session.
    Only digests of the ticket and of the session are kept."""

    digest = models.CharField(max_length=64, unique=True)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="tickets")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    bound_to = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="ticket_expires")]

    def __str__(self) -> str:
        return f"#{self.pk} for {self.document_id}"

"""Every move that an import and an export can make, and who makes it."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.workflow import Workflow, step


class Party(StrEnum):
    MEMBER = "member"
    MACHINE = "machine"


class ImportState(TextChoices):
    RECEIVED = "received", pgettext_lazy("import", "waiting to be looked at")
    CHECKING = "checking", pgettext_lazy("import", "being looked at")
    CHECKED = "checked", pgettext_lazy("import", "waiting for your yes")
    IMPORTING = "importing", pgettext_lazy("import", "being imported")
    STOPPED = "stopped", pgettext_lazy("import", "stopped")
    DONE = "done", pgettext_lazy("import", "done")
    REFUSED = "refused", pgettext_lazy("import", "the file cannot be read")
    DISCARDED = "discarded", pgettext_lazy("import", "put away")
    EXPIRED = "expired", pgettext_lazy("import", "out of time")


class ImportVerb(StrEnum):
    CHECK = "check"
    READY = "ready"
    REFUSE = "refuse"
    START = "start"
    STOP = "stop"
    FINISH = "finish"
    DISCARD = "discard"
    EXPIRE = "expire"


S, V = ImportState, ImportVerb
IMPORT: Workflow[ImportState] = Workflow(
    step(V.CHECK, Party.MACHINE, S.RECEIVED, to=S.CHECKING),
    step(V.READY, Party.MACHINE, S.CHECKING, to=S.CHECKED),
    step(V.REFUSE, Party.MACHINE, S.RECEIVED, S.CHECKING, to=S.REFUSED),
    step(V.START, Party.MEMBER, S.CHECKED, S.STOPPED, to=S.IMPORTING),
    step(V.STOP, Party.MEMBER, S.IMPORTING, to=S.STOPPED),
    step(V.FINISH, Party.MACHINE, S.IMPORTING, to=S.DONE),
    step(V.DISCARD, Party.MEMBER, S.RECEIVED, S.CHECKED, S.STOPPED, to=S.DISCARDED),
    step(
        V.EXPIRE, Party.MACHINE, S.RECEIVED, S.CHECKING, S.CHECKED, S.IMPORTING, S.STOPPED,
        to=S.EXPIRED,
    ),
)  # fmt: skip
# States in which a machine has something to do for it.
IMPORT_WAITS = (S.RECEIVED, S.CHECKING, S.IMPORTING)
# Nothing more comes of it, so nothing of the file is kept.
IMPORT_ENDED = frozenset(IMPORT.terminal(ImportState))
# After these the same file may come again.
IMPORT_CAME_TO_NOTHING = (S.REFUSED, S.DISCARDED, S.EXPIRED)


class RowState(TextChoices):
    """What is to become of one case of the file, or has."""

    NEW = "new", pgettext_lazy("import row", "would be a new case")
    DOUBTFUL = "doubtful", pgettext_lazy("import row", "may be here already")
    KNOWN = "known", pgettext_lazy("import row", "is here already")
    FAULTY = "faulty", pgettext_lazy("import row", "has faults")
    DONE = "done", pgettext_lazy("import row", "is a case now")
    FAILED = "failed", pgettext_lazy("import row", "could not be imported")


class ExportState(TextChoices):
    ASKED = "asked", pgettext_lazy("export", "waiting to be made")
    MAKING = "making", pgettext_lazy("export", "being made")
    READY = "ready", pgettext_lazy("export", "ready")
    EXPIRED = "expired", pgettext_lazy("export", "out of time")
    REVOKED = "revoked", pgettext_lazy("export", "taken back")
    FAILED = "failed", pgettext_lazy("export", "could not be made")


class ExportReason(TextChoices):
    """Why somebody needs the whole file. A code, because the log keeps it for good."""

    OWN_SYSTEM = "own_system", pgettext_lazy("export", "for our own system of cases")
    REPORT = "report", pgettext_lazy("export", "for a report of our agency")
    AUTHORITY = "authority", pgettext_lazy("export", "an authority or a court asks, by law")
    MOVING = "moving", pgettext_lazy("export", "we change to another installation")
    CHECKING = "checking", pgettext_lazy("export", "to check our own data")


class ExportVerb(StrEnum):
    MAKE = "make"
    FINISH = "finish"
    FAIL = "fail"
    EXPIRE = "expire"
    REVOKE = "revoke"


E, W = ExportState, ExportVerb
EXPORT: Workflow[ExportState] = Workflow(
    step(W.MAKE, Party.MACHINE, E.ASKED, E.MAKING, to=E.MAKING),
    step(W.FINISH, Party.MACHINE, E.MAKING, to=E.READY),
    step(W.FAIL, Party.MACHINE, E.ASKED, E.MAKING, to=E.FAILED),
    step(W.EXPIRE, Party.MACHINE, E.READY, to=E.EXPIRED),
    step(W.REVOKE, Party.MEMBER, E.ASKED, E.MAKING, E.READY, to=E.REVOKED),
)
EXPORT_WAITS = (E.ASKED, E.MAKING)
FLOWS = {"import": IMPORT, "export": EXPORT}

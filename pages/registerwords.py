"""What the register of processing calls classes of data, people and measures."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rights.fieldclasses import FieldClass
from rights.register import People

CLASSES: dict[FieldClass, Any] = {
    FieldClass.PUBLIC: pgettext_lazy("field class", "public: code lists and the directory"),
    FieldClass.INTERNAL: pgettext_lazy(
        "field class", "internal: codes, states, times, counts; of a case, pseudonymous"
    ),
    FieldClass.STAFF: pgettext_lazy("field class", "personal data of staff"),
    FieldClass.PERSON: pgettext_lazy("field class", "data of a person in need, in clear"),
    FieldClass.SEALED: pgettext_lazy(
        "field class", "data of a person in need, sealed; special categories among them"
    ),
    FieldClass.KEY: pgettext_lazy("field class", "secrets: keys, tokens, digests"),
}
PEOPLE: dict[People, Any] = {
    People.PERSONS: pgettext_lazy("people", "persons in need"),
    People.RELATIVES: pgettext_lazy("people", "their relatives, guardians and others close"),
    People.SUSPECTED: pgettext_lazy("people", "suspected persons"),
    People.STAFF: pgettext_lazy("people", "staff of the agencies"),
}
# Each with the page of docs/security that says how.
MEASURES: tuple[tuple[Any, str], ...] = (
    (_("Every value about a person is sealed by a key of the person's own."), "keys.md"),
    (_("Two walls decide who reaches a row: the program and the database."), "wall.md"),
    (
        _("Members sign in with a second factor, and again before what weighs much."),
        "signin.md",
    ),
    (_("Everything done, seen and refused stands in a sealed log with witnesses."), "audit.md"),
    (_("Backups are sealed, tried by drills, and bring back nobody erased."), "backup.md"),
    (_("Files are taken apart and made anew before anybody opens them."), "documents.md"),
    (_("Emergency access is short, told at once and looked at afterwards."), "guard.md"),
    (_("Two agencies learn that they know one person by keyed tokens alone."), "duplicates.md"),
    (
        _("Every edge limits, checks and counts what comes in, and gives out little."),
        "edges.md",
    ),
)

"""Every column of every table with its class, worked out from the lines of rights/fieldclasses.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, CharField, Field, JSONField, Model, TextField

from rights.fieldclasses import TABLES, FieldClass

# Hold the code of something wherever they stand, so no line names them.
CODES = frozenset(
    {"code", "case", "case_code", "about", "subject", "agency", "role", "ring_key", "kind"}
    | {"event", "groups", "source"}
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `kind` is None where nobody has said what it holds."""

    table: str
    name: str
    kind: FieldClass | None
    is_binary: bool

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


def columns() -> Iterator[Column]:
    """Every column of every table that is here, table by table."""
    for model in sorted(apps.get_models(include_auto_created=True), key=table_of):
        for field in model._meta.local_concrete_fields:
            yield Column(
                table_of(model),
                field.name,
                class_of(table_of(model), field),
                isinstance(field, BinaryField),
            )


def table_of(model: type[Model]) -> str:
    return model._meta.label


def class_of(table: str, field: "Field[Any, Any]") -> FieldClass | None:
    """As its line names it; who of the staff did something is theirs; else as the line says."""
    line = TABLES.get(table)
    if line is None:
        return None
    if field.name in line.named:
        return line.named[field.name]
    if field.related_model and field.related_model._meta.label == settings.AUTH_USER_MODEL:
        return FieldClass.STAFF
    guarded = line.default in {FieldClass.STAFF, FieldClass.PERSON, FieldClass.KEY}
    return line.default if guarded or field.name in CODES or not _holds_words(field) else None


def _holds_words(field: "Field[Any, Any]") -> bool:
    inner = field.base_field if isinstance(field, ArrayField) else field
    if isinstance(inner, BinaryField):
        return True
    return isinstance(inner, CharField | TextField | JSONField) and not inner.choices

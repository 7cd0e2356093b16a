"""What a line about a table of a person says: which rows, which columns in clear, which sealed ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Field as Column
from django.db.models import ForeignKey, Model, Q

from kernel.groups import DataGroup

Row = Any
Groups = Callable[[Row], list[str]]


def nothing(row: Row) -> list[str]:
    return []


def none(row: Row) -> frozenset[str]:
    return frozenset()


def always(*groups: DataGroup) -> Groups:
    return lambda row: list(groups)


@dataclass(frozen=True, slots=True)
class Sealed:
    """One sealed column: the place that its text is sealed for, the event by which the log tells
    of its opening (`read.` and this), and the data groups that it belongs to."""

    name: str
    place: Callable[[Row], str]
    event: str
    groups: Groups = nothing
    # The text is a set of values, not prose; of these are another agency's own, and left out.
    values: bool = False
    inner: Callable[[Row], frozenset[str]] = none


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one model that are told to the person: found by their case over `via`, those of
    them that `only` lets through; of the columns in clear the `told`. `unsaid` says why not the
    rest. What names a member is never told: agencies and roles are."""

    model: type[Model]
    section: str
    via: str
    told: tuple[str, ...]
    sealed: tuple[Sealed, ...] = ()
    only: Q = field(default_factory=Q)
    unsaid: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.model._meta.label


def column_of(model: type[Model], path: str) -> "Column[Any, Any]":
    """The column that a path such as `referral__receiver` ends at."""
    *steps, name = path.split("__")
    for each in steps:
        model = model._meta.get_field(each).related_model  # type: ignore[assignment]  # it leads on
    column: Column[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]  # of ours
    return column


def leads_to(model: type[Model], path: str) -> str:
    """Which row beside it a path needs; empty where the row itself says it."""
    *steps, name = path.split("__")
    whole = [*steps, name] if isinstance(column_of(model, path), ForeignKey) else steps
    return "__".join(whole)


def code(row: Row) -> str:
    return str(row.code)


def place(what: str) -> Callable[[Row], str]:
    return lambda row: f"{row.code} {what}"


def of_referral(what: str) -> Callable[[Row], str]:
    return lambda row: f"{row.referral.code} {what}"


INNER = "a count or a mark for the machine"
COPY = "a copy of what the case says"
SEEN_THERE = "codes of what stands in the other tables, where it is told"

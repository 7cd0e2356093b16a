"""Data groups: the slices of a case that are shared or withheld as a whole."""

from collections.abc import Iterable
from enum import StrEnum


class DataGroup(StrEnum):
    TRIAGE = "triage"
    IDENTITY = "identity"
    CONTACT = "contact"
    SAFETY = "safety"
    FAMILY = "family"
    TRAFFICKING = "trafficking"
    SCREENING = "screening"
    HEALTH = "health"
    MENTAL_HEALTH = "mental_health"
    LEGAL = "legal"
    PLAN = "plan"
    WHEREABOUTS = "whereabouts"


TRIAGE_ONLY = frozenset({DataGroup.TRIAGE})
EVERY_GROUP = frozenset(DataGroup)
SEALED = tuple(group for group in DataGroup if group is not DataGroup.TRIAGE)


def in_order(groups: Iterable[str]) -> list[str]:
    """The groups in the order of the glossary, each once: one form to store, hash and show."""
    wanted = set(groups)
    return [group.value for group in DataGroup if group.value in wanted]

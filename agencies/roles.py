"""Who a member is inside an agency, and what kinds of agency there are."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kernel.groups import DataGroup


class Role(TextChoices):
    SOCIAL_WORKER = "social_worker", pgettext_lazy("role", "social worker")
    SUPERVISOR = "supervisor", pgettext_lazy("role", "supervisor")
    FOCAL_POINT = "focal_point", pgettext_lazy("role", "focal point")
    AGENCY_ADMIN = "agency_admin", pgettext_lazy("role", "agency administrator")
    IDENTIFICATION_OFFICER = (
        "identification_officer",
        pgettext_lazy("role", "identification officer"),
    )
    COORDINATOR = "coordinator", pgettext_lazy("role", "national co-ordinator")
    DATA_PROTECTION_OFFICER = (
        "data_protection_officer",
        pgettext_lazy("role", "data protection officer"),
    )
    AUDITOR = "auditor", pgettext_lazy("role", "auditor")
    SYSTEM_ADMIN = "system_admin", pgettext_lazy("role", "system administrator")


NATIONAL = frozenset(
    {
        Role.IDENTIFICATION_OFFICER,
        Role.COORDINATOR,
        Role.DATA_PROTECTION_OFFICER,
        Role.AUDITOR,
        Role.SYSTEM_ADMIN,
    }
)
# Who sets up everything, and who watches over everybody: nobody makes such a member alone.
BY_TWO = frozenset({Role.DATA_PROTECTION_OFFICER, Role.SYSTEM_ADMIN})
# The roles that work with people's cases; every other role sees no case content.
CASEWORK = frozenset({Role.SOCIAL_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT})


class AgencyType(TextChoices):
    MINISTRY = "ministry", pgettext_lazy("agency", "ministry")
    TERRITORIAL_CENTRE = "territorial_centre", pgettext_lazy("agency", "territorial centre")
    SHELTER_NGO = "shelter_ngo", pgettext_lazy("agency", "shelter")
    POLICE = "police", pgettext_lazy("agency", "police")
    HEALTH = "health", pgettext_lazy("agency", "health service")
    EDUCATION = "education", pgettext_lazy("agency", "school or college")
    LEGAL = "legal", pgettext_lazy("agency", "legal service")
    CHILD_PROTECTION = "child_protection", pgettext_lazy("agency", "child protection")
    EMPLOYMENT = "employment", pgettext_lazy("agency", "employment service")
    IO = "io", pgettext_lazy("agency", "international organisation")
    CONSULATE = "consulate", pgettext_lazy("agency", "consulate")
    OTHER = "other", pgettext_lazy("agency", "other")


class Standing(TextChoices):
    """Whether an agency has members who sign in, or answers by a link that is mailed to it."""

    FULL = "full", pgettext_lazy("standing", "with its own access")
    GUEST = "guest", pgettext_lazy("standing", "answers by a link")


_HELP = {DataGroup.IDENTITY, DataGroup.CONTACT, DataGroup.SAFETY, DataGroup.PLAN}

# What a kind of provider may be shown at most; consent can only cut it down. The police are
# shown whereabouts only because a consent may name them: nothing here is given by itself.
PROFILE: dict[AgencyType, frozenset[DataGroup]] = {
    AgencyType.MINISTRY: frozenset(DataGroup),
    AgencyType.TERRITORIAL_CENTRE: frozenset(DataGroup),
    AgencyType.SHELTER_NGO: frozenset(
        _HELP | {DataGroup.FAMILY, DataGroup.HEALTH, DataGroup.MENTAL_HEALTH}
    ),
    AgencyType.POLICE: frozenset(
        {
            DataGroup.IDENTITY,
            DataGroup.CONTACT,
            DataGroup.SAFETY,
            DataGroup.TRAFFICKING,
            DataGroup.SCREENING,
            DataGroup.LEGAL,
            DataGroup.FAMILY,
            DataGroup.WHEREABOUTS,
        }
    ),
    AgencyType.HEALTH: frozenset(_HELP | {DataGroup.HEALTH, DataGroup.MENTAL_HEALTH}),
    AgencyType.EDUCATION: frozenset(_HELP | {DataGroup.FAMILY}),
    AgencyType.LEGAL: frozenset(
        _HELP | {DataGroup.FAMILY, DataGroup.TRAFFICKING, DataGroup.SCREENING, DataGroup.LEGAL}
    ),
    AgencyType.CHILD_PROTECTION: frozenset(
        _HELP | {DataGroup.FAMILY, DataGroup.HEALTH, DataGroup.MENTAL_HEALTH}
    ),
    AgencyType.EMPLOYMENT: frozenset(_HELP),
    AgencyType.IO: frozenset(
        _HELP | {DataGroup.FAMILY, DataGroup.HEALTH, DataGroup.TRAFFICKING, DataGroup.SCREENING}
    ),
    AgencyType.CONSULATE: frozenset({DataGroup.IDENTITY, DataGroup.CONTACT}),
    AgencyType.OTHER: frozenset(_HELP),
}


def most_for(agency_type: str) -> frozenset[DataGroup]:
    """Every group that a consent may open to this kind of agency; triage comes with each."""
    return PROFILE[AgencyType(agency_type)] | {DataGroup.TRIAGE}

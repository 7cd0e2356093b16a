"""What each sealed data group holds: fields by their HTCDS names where the standard has one."""

import datetime as dt
from typing import Any

from agencies import codelists
from agencies.org import PLACE
from kernel import fields
from kernel.errors import Invalid
from kernel.fields import (
    CLOCK_TIME,
    DATE,
    FLAG,
    PHONE_NUMBER,
    PROSE,
    TEXT,
    TEXTS,
    Field,
    code,
    whole,
)
from kernel.groups import SEALED, DataGroup

OLDEST = 120
# HTCDS 2.0 names keep their prefix (prs_, vic_); the others are ours. docs/htcds.md says where
# every field of the standard lives.
FIELDS: dict[DataGroup, dict[str, Field]] = {
    DataGroup.IDENTITY: {
        "prs_Salutation": TEXT,
        "prs_FirstName": TEXT,
        "prs_MiddleName": TEXT,
        "prs_SecondName": TEXT,
        "prs_Title": TEXT,
        "aliases": TEXTS,
        "prs_Birthdate": DATE,
        "prs_Gender": code("prs_Gender"),
        "prs_Citizenship": code("iso3166", many=True),
        "prs_IdentityNumber": TEXT,
        "prs_Deceased": FLAG,
        "prs_HighestLevelOfEducation": code("prs_HighestLevelOfEducation"),
        "migrant_type": code("migrant_type"),
        "international_protection": code("international_protection"),
        "other_category": code("other_category", many=True),
    },
    DataGroup.CONTACT: {
        "safe_channel": TEXT,
        # What may be decided on stands in codes beside the words (guard/safecontact.py).
        "safe_channels": code("contact_channel", many=True),
        "never_channels": code("contact_channel", many=True),
        "no_contact": FLAG,
        "prs_MobilePhone": PHONE_NUMBER,
        "prs_HomePhone": PHONE_NUMBER,
        "prs_Email": TEXT,
        "safe_hours": TEXT,
        "safe_days": code("weekday", many=True),
        "safe_from": CLOCK_TIME,
        "safe_until": CLOCK_TIME,
        "safe_zone": code("time_zone"),
        "code_word": TEXT,
        "who_may_answer": TEXT,
        "never_do": TEXTS,
    },
    DataGroup.SAFETY: {"risk_summary": PROSE, "exclusions": TEXTS},
    DataGroup.FAMILY: {
        "guardian_name": TEXT,
        "guardian_contact": TEXT,
        "prs_MaritalStatus": code("prs_MaritalStatus"),
        "prs_NumberOfChildren": whole(0, 30),
        "children": PROSE,
        "next_of_kin": TEXT,
    },
    DataGroup.TRAFFICKING: {
        "vic_TypeOfExploitation": code("vic_TypeOfExploitation", many=True),
        "vic_TypeOfSexExploitation": code("vic_TypeOfSexExploitation", many=True),
        "vic_ForcedLabourIndustry": code("vic_ForcedLabourIndustry"),
        "vic_MethodOfRecruitment": code("vic_MethodOfRecruitment", many=True),
        "vic_RecruitmentWebsitesAndApps": code("vic_RecruitmentWebsitesAndApps", many=True),
        "vic_ExploitationWebsitesAndApps": code("vic_ExploitationWebsitesAndApps", many=True),
        "vic_MethodsOfControl": code("vic_MethodsOfControl", many=True),
        "vic_RelationshipToTrafficker": code("vic_RelationshipToTrafficker"),
        "vic_AgeWhenTrafficked": whole(0, OLDEST),
        "vic_LocationOfRecruitment": PLACE,
        "vic_LocationOfExploitation": PLACE,
        "account": PROSE,
    },
    DataGroup.SCREENING: {"indicators_seen": TEXTS, "remarks": PROSE},
    DataGroup.HEALTH: {"needs": PROSE, "medication": TEXT, "allergies": TEXT},
    DataGroup.MENTAL_HEALTH: {"needs": PROSE, "warning_signs": PROSE},
    DataGroup.LEGAL: {"status": PROSE, "proceedings": PROSE, "lawyer": TEXT},
    DataGroup.PLAN: {"goals": TEXTS, "actions": TEXTS},
    # Where post reaches the person says where they are.
    DataGroup.WHEREABOUTS: {
        "place": TEXT,
        "since": DATE,
        "who_knows": TEXT,
        "prs_MailingStreet": TEXT,
        "prs_MailingCity": TEXT,
        "prs_MailingState": TEXT,
        "prs_MailingPostalCode": TEXT,
        "prs_MailingCountry": code("iso3166"),
        "prs_MailingLongitude": fields.LONGITUDE,
        "prs_MailingLatitude": fields.LATITUDE,
    },
}


def checked(group: DataGroup, values: dict[str, Any], *, on: dt.date) -> dict[str, Any]:
    """The values without the empty ones. Raises Invalid with a pointer at the first fault.

    Days of a life lie between 1900 and `on`.
    """
    if group not in SEALED:
        raise Invalid("group_is_not_sealed", pointer="")
    return fields.checked(FIELDS[group], values, on=on, codes_of=codelists.codes)

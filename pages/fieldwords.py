"""What each field of a person is called and how it is asked: plain, and safe on a lost sheet."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kernel.groups import DataGroup


@dataclass(frozen=True, slots=True)
class Words:
    """The label, a hint for whoever asks; `later`: asked only when there is a use for it."""

    label: Any
    hint: Any = ""
    later: bool = False


EACH_LINE = _("Each on a line of its own.")
WEBSITES = _("Tick all that were named.")

PLACE: dict[str, Words] = {
    "org_Name": Words(pgettext_lazy("place", "what it is called")),
    "org_Type": Words(pgettext_lazy("place", "what kind of place")),
    "org_ShippingCity": Words(pgettext_lazy("place", "town or village")),
    "org_ShippingCountry": Words(pgettext_lazy("place", "country")),
    "org_ShippingState": Words(pgettext_lazy("place", "region")),
    "org_ShippingStreet": Words(pgettext_lazy("place", "street and house")),
    "org_ShippingPostalCode": Words(pgettext_lazy("place", "postal code")),
    "org_Phone": Words(pgettext_lazy("place", "phone")),
    "org_ShippingLatitude": Words(pgettext_lazy("place", "latitude")),
    "org_ShippingLongitude": Words(pgettext_lazy("place", "longitude")),
}
WORDS: dict[DataGroup, dict[str, Words]] = {
    DataGroup.IDENTITY: {
        "prs_FirstName": Words(pgettext_lazy("field", "First name")),
        "prs_MiddleName": Words(pgettext_lazy("field", "Patronymic or middle name")),
        "prs_SecondName": Words(pgettext_lazy("field", "Family name")),
        "aliases": Words(pgettext_lazy("field", "Other names that are used"), EACH_LINE),
        "prs_Birthdate": Words(
            pgettext_lazy("field", "Day of birth"),
            _("Only if it is known for sure. The age band is then set by it."),
        ),
        "prs_Gender": Words(pgettext_lazy("field", "Gender")),
        "prs_Citizenship": Words(
            pgettext_lazy("field", "Citizenship"),
            _("Hold Ctrl to choose more than one. None is chosen for a stateless person."),
        ),
        "prs_IdentityNumber": Words(
            pgettext_lazy("field", "Identity number"),
            _("Of a passport or another paper. Leave it empty if nobody needs it yet."),
        ),
        "prs_Salutation": Words(pgettext_lazy("field", "How to address the person"), later=True),
        "prs_Title": Words(pgettext_lazy("field", "Title"), later=True),
        "prs_HighestLevelOfEducation": Words(
            pgettext_lazy("field", "Education, the highest level"), later=True
        ),
        "migrant_type": Words(pgettext_lazy("field", "Why the person came here"), later=True),
        "international_protection": Words(pgettext_lazy("field", "Protection"), later=True),
        "other_category": Words(pgettext_lazy("field", "What else applies"), later=True),
        "prs_Deceased": Words(pgettext_lazy("field", "The person has died"), later=True),
    },
    DataGroup.CONTACT: {
        "safe_channel": Words(
            pgettext_lazy("field", "The safest way to reach the person"),
            _("For example: a message, a call, through a friend, only in person."),
        ),
        "safe_channels": Words(
            pgettext_lazy("field", "Safe ways"),
            _("Only what the person has agreed to. What is not ticked here is not safe."),
        ),
        "never_channels": Words(
            pgettext_lazy("field", "Never this way"),
            _("It stays forbidden, whatever is ticked above."),
        ),
        "prs_MobilePhone": Words(
            pgettext_lazy("field", "Mobile phone"), _("Only if nobody else picks it up.")
        ),
        "prs_HomePhone": Words(pgettext_lazy("field", "Phone at home")),
        "prs_Email": Words(
            pgettext_lazy("field", "E-mail"), _("Only if nobody else reads it.")
        ),
        "safe_hours": Words(
            pgettext_lazy("field", "Safe hours"), _("For example: weekdays from 10 to 12.")
        ),
        "safe_days": Words(
            pgettext_lazy("field", "Safe days"), _("Tick none if every day is safe.")
        ),
        "safe_from": Words(
            pgettext_lazy("field", "Safe from"),
            _("By the clock where the person is. Without hours: from 9 to 18."),
        ),
        "safe_until": Words(pgettext_lazy("field", "Safe until")),
        "safe_zone": Words(
            pgettext_lazy("field", "By the clock of"),
            _("Only if the person is in another time zone than your agency."),
        ),
        "no_contact": Words(
            pgettext_lazy("field", "The person wants no contact"),
            _("Nobody calls or writes until the person says so again."),
        ),
        "code_word": Words(
            pgettext_lazy("field", "Code word"),
            _("Said first, so that the person knows who calls."),
        ),
        "who_may_answer": Words(
            pgettext_lazy("field", "Who else may answer"),
            _("And whether they may know what it is about."),
        ),
        "never_do": Words(
            pgettext_lazy("field", "Never do this"),
            _("For example: leave a voice message; call in the evening. Each on its own line."),
        ),
    },
    DataGroup.SAFETY: {
        "risk_summary": Words(
            pgettext_lazy("field", "Risks, in short"),
            _("Who or what is dangerous now, for those who help. No story, no names of others."),
        ),
        "exclusions": Words(
            pgettext_lazy("field", "Who must not learn of this"),
            _("People or organisations that the person fears. Each on a line of its own."),
        ),
    },
    DataGroup.FAMILY: {
        "guardian_name": Words(
            pgettext_lazy("field", "Parent, guardian or legal representative"),
            _("Nobody who may be part of the danger."),
        ),
        "guardian_contact": Words(pgettext_lazy("field", "How to reach them")),
        "prs_MaritalStatus": Words(pgettext_lazy("field", "Marital status")),
        "prs_NumberOfChildren": Words(pgettext_lazy("field", "How many children")),
        "children": Words(
            pgettext_lazy("field", "About the children"),
            _("Where they are, who is with them, whether they are safe."),
        ),
        "next_of_kin": Words(
            pgettext_lazy("field", "Whom the person trusts"),
            _("Somebody close who may be told, and how to reach them."),
        ),
    },
    DataGroup.TRAFFICKING: {
        "account": Words(
            pgettext_lazy("field", "In the person's own words"),
            _("As short as it is told. Nobody has to tell it twice."),
        ),
        "vic_TypeOfExploitation": Words(
            pgettext_lazy("field", "What was done to the person"), _("Tick all that apply.")
        ),
        "vic_MethodsOfControl": Words(
            pgettext_lazy("field", "How the person was held"), _("Tick all that apply.")
        ),
        "vic_MethodOfRecruitment": Words(
            pgettext_lazy("field", "How it began"), _("Tick all that apply.")
        ),
        "vic_RelationshipToTrafficker": Words(
            pgettext_lazy("field", "How the person knew who did it")
        ),
        "vic_AgeWhenTrafficked": Words(pgettext_lazy("field", "Age when it began, in years")),
        "vic_TypeOfSexExploitation": Words(
            pgettext_lazy("field", "Of what sexual kind"),
            _("Only if something of a sexual kind is ticked above."),
            later=True,
        ),
        "vic_ForcedLabourIndustry": Words(
            pgettext_lazy("field", "In what kind of work"),
            _("Only if forced work is ticked above."),
            later=True,
        ),
        "vic_RecruitmentWebsitesAndApps": Words(
            pgettext_lazy("field", "Sites and apps where it began"), WEBSITES, later=True
        ),
        "vic_ExploitationWebsitesAndApps": Words(
            pgettext_lazy("field", "Sites and apps that were used later"), WEBSITES, later=True
        ),
        "vic_LocationOfRecruitment": Words(
            pgettext_lazy("field", "Where it began"), later=True
        ),
        "vic_LocationOfExploitation": Words(
            pgettext_lazy("field", "Where it happened"), later=True
        ),
    },
    DataGroup.SCREENING: {
        "indicators_seen": Words(pgettext_lazy("field", "Signs that were seen"), EACH_LINE),
        "remarks": Words(pgettext_lazy("field", "Remarks")),
    },
    DataGroup.HEALTH: {
        "needs": Words(
            pgettext_lazy("field", "What the person needs"),
            _("Only what somebody who helps must know."),
        ),
        "medication": Words(pgettext_lazy("field", "Medicines that are taken")),
        "allergies": Words(pgettext_lazy("field", "Allergies")),
    },
    DataGroup.MENTAL_HEALTH: {
        "needs": Words(
            pgettext_lazy("field", "What the person needs"),
            _("Only what somebody who helps must know."),
        ),
        "warning_signs": Words(
            pgettext_lazy("field", "Signs that it gets worse"),
            _("And what helps then. Is the person in danger of self-harm?"),
        ),
    },
    DataGroup.LEGAL: {
        "status": Words(
            pgettext_lazy("field", "Stay and papers"),
            _("On what ground the person is here, until when, what papers are missing."),
        ),
        "proceedings": Words(pgettext_lazy("field", "Proceedings that run")),
        "lawyer": Words(pgettext_lazy("field", "Lawyer")),
    },
    DataGroup.PLAN: {
        "goals": Words(pgettext_lazy("field", "Goals")),
        "actions": Words(pgettext_lazy("field", "Steps")),
    },
    DataGroup.WHEREABOUTS: {
        "place": Words(pgettext_lazy("field", "Where the person is now")),
        "since": Words(pgettext_lazy("field", "Since")),
        "who_knows": Words(pgettext_lazy("field", "Who knows of it")),
        "prs_MailingStreet": Words(
            pgettext_lazy("field", "Post: street and house"),
            _("Only if a letter is safe there."),
            later=True,
        ),
        "prs_MailingCity": Words(pgettext_lazy("field", "Post: town or village"), later=True),
        "prs_MailingState": Words(pgettext_lazy("field", "Post: region"), later=True),
        "prs_MailingPostalCode": Words(
            pgettext_lazy("field", "Post: postal code"), later=True
        ),
        "prs_MailingCountry": Words(pgettext_lazy("field", "Post: country"), later=True),
        "prs_MailingLatitude": Words(pgettext_lazy("field", "Latitude"), later=True),
        "prs_MailingLongitude": Words(pgettext_lazy("field", "Longitude"), later=True),
    },
}  # fmt: skip

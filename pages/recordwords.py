"""What each kind of record of a case is called, in its address too, and what is asked in it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.workflow import RecordKind
from pages.fieldwords import EACH_LINE, Words


@dataclass(frozen=True, slots=True)
class About:
    """One kind of record: its part of an address, which tells nothing; its words; its fields."""

    slug: str
    title: Any
    hint: Any
    new: Any
    fields: dict[str, Words]


ABOUT: dict[RecordKind, About] = {
    RecordKind.SAFETY_PLAN: About(
        "safety",
        pgettext_lazy("record", "Safety plan"),
        _("What the person and you agree on for when it gets dangerous. There is one."),
        pgettext_lazy("record", "Write the safety plan"),
        {
            "warning_signs": Words(
                pgettext_lazy("field", "Signs that it gets dangerous"), EACH_LINE
            ),
            "safe_places": Words(
                pgettext_lazy("field", "Places where the person is safe"), EACH_LINE
            ),
            "people_to_call": Words(
                pgettext_lazy("field", "Whom to call, in this order"), EACH_LINE
            ),
            "steps": Words(pgettext_lazy("field", "What the person does then"), EACH_LINE),
            "never_do": Words(pgettext_lazy("field", "What nobody should do"), EACH_LINE),
            "agreed_on": Words(pgettext_lazy("field", "Agreed on")),
        },
    ),
    RecordKind.EVENT: About(
        "events",
        pgettext_lazy("record", "What happened, when and where"),
        _("One record for each thing that happened. Only what the person told freely."),
        pgettext_lazy("record", "Add something that happened"),
        {
            "hte_Type": Words(pgettext_lazy("field", "What happened")),
            "hte_Date": Words(pgettext_lazy("field", "Day")),
            "hte_City": Words(pgettext_lazy("field", "Town or village")),
            "hte_Country": Words(pgettext_lazy("field", "Country")),
            "hte_Description": Words(pgettext_lazy("field", "In a few words")),
            "hte_State": Words(pgettext_lazy("field", "Region"), later=True),
            "hte_Street": Words(pgettext_lazy("field", "Street and house"), later=True),
            "hte_PostalCode": Words(pgettext_lazy("field", "Postal code"), later=True),
            "hte_Latitude": Words(pgettext_lazy("field", "Latitude"), later=True),
            "hte_Longitude": Words(pgettext_lazy("field", "Longitude"), later=True),
        },
    ),
    RecordKind.PERPETRATOR: About(
        "others",
        pgettext_lazy("record", "People who took part"),
        _("One record for each of them, without a name."),
        pgettext_lazy("record", "Add somebody who took part"),
        {
            "per_RoleInProcess": Words(
                pgettext_lazy("field", "What they did"), _("Tick all that apply.")
            ),
            "per_RoleDetails": Words(pgettext_lazy("field", "More about what they did")),
            "relation": Words(pgettext_lazy("field", "Who they are to the person")),
            "per_Organisation": Words(
                pgettext_lazy("field", "A firm or a place they belong to"), later=True
            ),
        },
    ),
    RecordKind.REFERRED_IN: About(
        "came",
        pgettext_lazy("record", "Sent to us from outside"),
        _("Who sent the person to you without this service, by letter or by phone."),
        pgettext_lazy("record", "Add who sent the person"),
        {
            "cas_ReferringOrganisation": Words(pgettext_lazy("field", "Organisation")),
            "cas_IncomingReferralDate": Words(pgettext_lazy("field", "Day")),
            "cas_ReferringPrimaryCaseWorker": Words(
                pgettext_lazy("field", "Who works on it there")
            ),
            "cas_ReasonForIncomingReferral": Words(pgettext_lazy("field", "Why")),
            "cas_IncomingReferralDetails": Words(pgettext_lazy("field", "In a few words")),
        },
    ),
    RecordKind.REFERRED_OUT: About(
        "sent",
        pgettext_lazy("record", "Sent by us to somebody outside"),
        _("To whom you sent the person who does not use this service."),
        pgettext_lazy("record", "Add where you sent the person"),
        {
            "cas_ReferredOrganisation": Words(pgettext_lazy("field", "Organisation")),
            "cas_OutgoingReferralDate": Words(pgettext_lazy("field", "Day")),
            "cas_ReferredPrimaryCaseWorker": Words(
                pgettext_lazy("field", "Who works on it there")
            ),
            "cas_ReasonForOutgoingReferral": Words(pgettext_lazy("field", "Why")),
            "cas_OutgoingReferralDetails": Words(pgettext_lazy("field", "In a few words")),
        },
    ),
}
BY_SLUG = {about.slug: kind for kind, about in ABOUT.items()}

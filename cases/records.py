"""What each kind of record of a case holds: by HTCDS names where the standard has one."""

from agencies.org import PLACE
from cases.workflow import RecordKind
from kernel.fields import DATE, LATITUDE, LONGITUDE, PROSE, TEXT, TEXTS, Field, code
from kernel.groups import DataGroup

# HTCDS 2.0 names keep their prefix (hte_, per_, cas_); the others are ours.
FIELDS: dict[RecordKind, dict[str, Field]] = {
    RecordKind.EVENT: {
        "hte_Type": code("hte_Type"),
        "hte_Date": DATE,
        "hte_City": TEXT,
        "hte_Country": code("iso3166"),
        "hte_State": TEXT,
        "hte_Street": TEXT,
        "hte_PostalCode": TEXT,
        "hte_Latitude": LATITUDE,
        "hte_Longitude": LONGITUDE,
        "hte_Description": PROSE,
    },
    RecordKind.PERPETRATOR: {
        "per_RoleInProcess": code("per_RoleInProcess", many=True),
        "per_RoleDetails": PROSE,
        "per_Organisation": PLACE,
        "relation": TEXT,
    },
    RecordKind.REFERRED_IN: {
        "cas_ReferringOrganisation": TEXT,
        "cas_IncomingReferralDate": DATE,
        "cas_ReferringPrimaryCaseWorker": TEXT,
        "cas_ReasonForIncomingReferral": code("cas_ReasonForIncomingReferral"),
        "cas_IncomingReferralDetails": PROSE,
    },
    RecordKind.REFERRED_OUT: {
        "cas_ReferredOrganisation": TEXT,
        "cas_OutgoingReferralDate": DATE,
        "cas_ReferredPrimaryCaseWorker": TEXT,
        "cas_ReasonForOutgoingReferral": code("cas_ReasonForOutgoingReferral"),
        "cas_OutgoingReferralDetails": PROSE,
    },
    RecordKind.SAFETY_PLAN: {
        "warning_signs": TEXTS,
        "safe_places": TEXTS,
        "people_to_call": TEXTS,
        "steps": TEXTS,
        "never_do": TEXTS,
        "agreed_on": DATE,
    },
}
# The data group that opens a record to others than the owner's side; None opens it to nobody else.
GROUP: dict[RecordKind, DataGroup | None] = {
    RecordKind.EVENT: DataGroup.TRAFFICKING,
    RecordKind.PERPETRATOR: DataGroup.TRAFFICKING,
    RecordKind.REFERRED_IN: None,
    RecordKind.REFERRED_OUT: None,
    RecordKind.SAFETY_PLAN: None,
}

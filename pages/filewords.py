"""Files of the standard in words: their kinds, what went wrong, and what a case came with."""

from typing import Any

from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from exchange.sheets.entry import FileKind
from pages.facts import Fact

KINDS: dict[FileKind, Any] = {
    FileKind.WORKBOOK: pgettext_lazy("file", "workbook, several choices in a cell (.xlsx)"),
    FileKind.WORKBOOK_SINGLE: pgettext_lazy("file", "workbook, one choice in a cell (.xlsx)"),
    FileKind.CSV: pgettext_lazy("file", "table (.csv)"),
    FileKind.SUBMISSIONS_JSON: pgettext_lazy("file", "answers from KoBoToolbox or ODK (.json)"),
    FileKind.SUBMISSIONS_CSV: pgettext_lazy("file", "answers from KoBoToolbox or ODK (.csv)"),
}
# What no other page has words for, because here it is said elsewhere or not at all.
HISTORY: dict[str, Any] = {
    "org_Name": pgettext_lazy("standard", "Organisation"),
    "org_Type": pgettext_lazy("standard", "Kind of organisation"),
    "org_ShippingStreet": pgettext_lazy("standard", "Street of the organisation"),
    "org_ShippingCity": pgettext_lazy("standard", "Town of the organisation"),
    "org_ShippingState": pgettext_lazy("standard", "Region of the organisation"),
    "org_ShippingPostalCode": pgettext_lazy("standard", "Postal code of the organisation"),
    "org_ShippingCountry": pgettext_lazy("standard", "Country of the organisation"),
    "org_ShippingLongitude": pgettext_lazy("standard", "Longitude of the organisation"),
    "org_ShippingLatitude": pgettext_lazy("standard", "Latitude of the organisation"),
    "org_Phone": pgettext_lazy("standard", "Telephone of the organisation"),
    "prs_SecondaryLanguage": pgettext_lazy("standard", "Second language"),
    "vic_TraffickingStatus": pgettext_lazy("standard", "Status as a victim of trafficking"),
    "vic_TraffickingStatusDecisionMakingOrg": pgettext_lazy("standard", "Who decided on it"),
    "vic_AgreementToManagePersonalData": pgettext_lazy(
        "standard", "Agrees that personal data are kept"
    ),
    "vic_Vulnerabilities": pgettext_lazy("standard", "What made the person vulnerable"),
    "vic_DetailsOfVulnerabilities": pgettext_lazy("standard", "More on that"),
    "cas_Status": pgettext_lazy("standard", "Status of the case"),
    "cas_ReasonForCaseClosure": pgettext_lazy("standard", "Why the case was closed"),
    "cas_CaseOwner": pgettext_lazy("standard", "Who worked on the case"),
    "con_Consent": pgettext_lazy("standard", "Agrees that the data are kept and used"),
    "spl_Objectives": pgettext_lazy("standard", "Objectives of the plan"),
    "spl_ActionPlan": pgettext_lazy("standard", "Actions of the plan"),
    "spl_PlannedEndDate": pgettext_lazy("standard", "Planned end of the plan"),
    "spl_ActualEndDate": pgettext_lazy("standard", "End of the plan"),
    "spl_Type": pgettext_lazy("standard", "Kinds of help in the plan"),
}
REFERENCE = pgettext_lazy("standard", "Reference")
# Names of those who worked elsewhere are nobody's business but the agency's.
OF_STAFF = frozenset({"cas_CaseOwner"})
YES, NO = gettext_lazy("Yes"), gettext_lazy("No")


def facts_of(origin: dict[str, Any], *, staff: bool = True) -> list[Fact]:
    """What a case came with, each under its words; what has none, under its own name."""
    found = [Fact(REFERENCE, [origin["reference"]])] if origin.get("reference") else []
    found += [
        _fact(name, value)
        for name, value in origin.get("fields", {}).items()
        if staff or name not in OF_STAFF
    ]
    found += [
        _fact(name, value)
        for row in (*origin.get("plans", []), *origin.get("beside", {}).values())
        for name, value in row.items()
    ]
    return found + [_fact(name, value) for name, value in origin.get("extra", {}).items()]


def _fact(name: str, value: Any) -> Fact:
    return Fact(HISTORY.get(name, name), [_said(value)])


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(YES if value else NO)
    if isinstance(value, list):
        return pgettext("list", ", ").join(str(each) for each in value)
    return str(value)

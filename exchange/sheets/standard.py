"""The standard's fields as a sheet needs them: official name, label, what a cell of it holds.

They are read from the standard's own list, `cases/data/htcds_fields.csv`.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from exchange.sheets.entry import Part

LIST = Path(__file__).parents[2] / "cases" / "data" / "htcds_fields.csv"


class Holds(StrEnum):
    """What a cell of a field holds."""

    TEXT = "text"
    DATE = "date"
    FLAG = "flag"
    WHOLE = "whole"
    NUMBER = "number"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class StandardField:
    """One field. `codes` names the list of its codes; `part` is set where a case may have
    several records with it."""

    name: str
    label: str
    holds: Holds
    codes: str = ""
    many: bool = False
    part: Part | None = None
    deprecated: bool = False


TYPES: dict[str, Holds] = {
    "Text": Holds.TEXT,
    "Long Text": Holds.TEXT,
    "": Holds.TEXT,
    "Picklist or Text": Holds.TEXT,
    "Lookup [to organisation]": Holds.TEXT,
    "Lookup [to person]": Holds.TEXT,
    "Lookup [to user]": Holds.TEXT,
    "Date": Holds.DATE,
    "Checkbox": Holds.FLAG,
    "Number": Holds.WHOLE,
    "Geolocation": Holds.NUMBER,
    "Picklist": Holds.CODE,
    "Multiselect Picklist": Holds.CODE,
}
# What a name's end says, whatever type the list gives it.
ENDINGS: dict[str, tuple[Holds, str]] = {
    "Country": (Holds.CODE, "iso3166"),
    "Citizenship": (Holds.CODE, "iso3166"),
    "Language": (Holds.CODE, "iso639"),
    "Longitude": (Holds.NUMBER, ""),
    "Latitude": (Holds.NUMBER, ""),
}
# The standard calls the type of a plan one code; here a plan may be of several types.
ALSO_MANY = frozenset({"spl_Type"})
PARTS: dict[str, Part] = {
    "hte_": Part.EVENT,
    "per_": Part.PERPETRATOR,
    "cco_": Part.COMMENT,
    "spl_": Part.PLAN,
    "cas_ReferringOrganisation": Part.REFERRED_IN,
    "cas_IncomingReferralDate": Part.REFERRED_IN,
    "cas_ReferringPrimaryCaseWorker": Part.REFERRED_IN,
    "cas_ReasonForIncomingReferral": Part.REFERRED_IN,
    "cas_IncomingReferralDetails": Part.REFERRED_IN,
    "cas_ReferredOrganisation": Part.REFERRED_OUT,
    "cas_OutgoingReferralDate": Part.REFERRED_OUT,
    "cas_ReferredPrimaryCaseWorker": Part.REFERRED_OUT,
    "cas_ReasonForOutgoingReferral": Part.REFERRED_OUT,
    "cas_OutgoingReferralDetails": Part.REFERRED_OUT,
}
# The toolkit's columns in its order, by official names. Where its hidden names disagree with the
# labels that people see (the address), this follows the labels.
TOOLKIT = (
    "cas_CaseOwner",
    "prs_Salutation",
    "prs_FirstName",
    "prs_SecondName",
    "con_Consent",
    "prs_Birthdate",
    "prs_Gender",
    "prs_Citizenship",
    "prs_Title",
    "prs_Email",
    "prs_HomePhone",
    "prs_MobilePhone",
    "prs_MailingStreet",
    "prs_MailingCity",
    "prs_MailingState",
    "prs_MailingPostalCode",
    "prs_MailingCountry",
    "vic_TraffickingStatus",
    "vic_TraffickingStatusDecisionMakingOrg",
    "vic_MethodOfRecruitment",
    "vic_LocationOfRecruitment",
    "vic_MethodsOfControl",
    "vic_TypeOfExploitation",
    "vic_ForcedLabourIndustry",
    "vic_TypeOfSexExploitation",
    "vic_LocationOfExploitation",
    "cas_Status",
    "cas_ReferringOrganisation",
    "cas_IncomingReferralDate",
    "cas_ReferringPrimaryCaseWorker",
    "cas_ReasonForIncomingReferral",
    "cas_IncomingReferralDetails",
    "cas_ReferredOrganisation",
    "cas_ReferredPrimaryCaseWorker",
    "cas_ReasonForOutgoingReferral",
    "cas_OutgoingReferralDate",
    "cas_OutgoingReferralDetails",
    "cas_ReasonForCaseClosure",
)


def _fields() -> Iterator[StandardField]:
    with LIST.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["status"] in ("DRAFT", "DEPRECATED"):
                yield _field(row)


def _field(row: dict[str, str]) -> StandardField:
    name = row["prefix"] + row["name"]
    holds = TYPES[row["type"]]
    codes = name if holds == Holds.CODE else ""
    for ending, said in ENDINGS.items():
        if name.endswith(ending):
            holds, codes = said
    return StandardField(
        name=name,
        label=row["label"] or row["name"],
        holds=holds,
        codes=codes,
        many=row["type"].startswith("Multiselect") or name in ALSO_MANY,
        part=PARTS.get(name) or PARTS.get(row["prefix"]),
        deprecated=row["status"] == "DEPRECATED",
    )


FIELDS: dict[str, StandardField] = {field.name: field for field in _fields()}
# As they are written: the toolkit's first, then the others in the standard's order.
CURRENT: tuple[StandardField, ...] = tuple(
    FIELDS[name]
    for name in (*TOOLKIT, *(name for name in FIELDS if name not in TOOLKIT))
    if not FIELDS[name].deprecated
)
OF_PART: dict[Part, tuple[StandardField, ...]] = {
    part: tuple(field for field in CURRENT if field.part == part) for part in Part
}

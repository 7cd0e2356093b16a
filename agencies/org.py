"""The fields of an organisation, by their HTCDS 2.0 names."""

from agencies.roles import AgencyType
from kernel.fields import LATITUDE, LONGITUDE, PHONE_NUMBER, TEXT, Field, code

# What an agency says of itself besides its name and type. Public: a confidential place stays out.
ADDRESS: dict[str, Field] = {
    "org_ShippingStreet": TEXT,
    "org_ShippingCity": TEXT,
    "org_ShippingState": TEXT,
    "org_ShippingPostalCode": TEXT,
    "org_ShippingCountry": code("iso3166"),
    "org_ShippingLongitude": LONGITUDE,
    "org_ShippingLatitude": LATITUDE,
    "org_Phone": PHONE_NUMBER,
}
# An organisation that is spoken of and is no agency here: where somebody was recruited or held.
PLACE = Field("record", fields={"org_Name": TEXT, "org_Type": code("org_Type"), **ADDRESS})

# Our kinds of agency as org_Type says it, with the additions of our own list.
TYPE: dict[AgencyType, str] = {
    AgencyType.MINISTRY: "CentralGovernmentOrganisation",
    AgencyType.TERRITORIAL_CENTRE: "LocalGovernmentOrganisation",
    AgencyType.SHELTER_NGO: "Shelter",
    AgencyType.POLICE: "LawEnforcement",
    AgencyType.HEALTH: "HealthServiceOrganisation",
    AgencyType.EDUCATION: "SchoolOrCollege",
    AgencyType.LEGAL: "LegalService",
    AgencyType.CHILD_PROTECTION: "ChildProtectionBody",
    AgencyType.EMPLOYMENT: "EmploymentService",
    AgencyType.IO: "InternationalOrganisation",
    AgencyType.CONSULATE: "ConsulateOrEmbassy",
    AgencyType.OTHER: "NGO",
}

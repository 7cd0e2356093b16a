"""What kinds of help are called in public. General words alone: no term says whom a service is for,
and two that would tell a safe house from a flat are one."""

import uuid
from dataclasses import dataclass

# Names made from it are the same in every installation, for their words are.
SPACE = uuid.UUID("6f1c2f0e-58a4-5d0b-9a39-0c4a5d1c7e21")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the public taxonomy, and which of our kinds of service an entry with it becomes."""

    code: str
    name: str
    description: str
    becomes: str

    @property
    def uid(self) -> str:
        return str(uuid.uuid5(SPACE, self.code))


TERMS: tuple[Term, ...] = (
    Term("accommodation", "Accommodation", "A place to stay, for a short or a longer time.", "ACCOM_LONGER"),
    Term("basic-needs", "Food and basic needs", "Food, clothes and other necessities.", "FOOD_NFI"),
    Term("health", "Health care", "Medical care.", "MEDICAL"),
    Term("dependence", "Treatment of dependence", "Treatment of dependence on substances.", "SUBSTANCE"),
    Term("counselling", "Counselling", "Psychological support and counselling.", "PSYCHOLOGICAL"),
    Term("legal-advice", "Legal advice", "Legal information, advice and representation.", "LEGAL_AID"),
    Term("documents", "Documents", "Help with identity and civil papers.", "LEGAL_DOCS"),
    Term("public-safety", "Public safety", "Help by public authorities for safety.", "POLICE_PROTECTION"),
    Term("financial-help", "Financial help", "Money or material help.", "FINANCIAL"),
    Term("social-support", "Social support", "Social work and advice.", "SOCIAL"),
    Term("education", "Education", "School and education.", "EDUCATION"),
    Term("training", "Training", "Vocational training and skills.", "VOCATIONAL"),
    Term("employment", "Employment", "Help in finding work.", "EMPLOYMENT"),
    Term("family", "Family services", "Help for families.", "FAMILY_TRACING"),
    Term("travel", "Travel help", "Help with travel.", "RETURN"),
    Term("children", "Services for children", "Help for children.", "CHILD_PROTECTION"),
    Term("disability", "Disability support", "Support with a disability.", "DISABILITY"),
    Term("interpretation", "Interpretation", "Interpretation between languages.", "INTERPRETATION"),
    Term("other", "Other help", "Help of another kind.", "OTHER"),
)  # fmt: skip
TAXONOMY = {
    "id": str(uuid.uuid5(SPACE, "taxonomy")),
    "name": "Kinds of help",
    "description": "What kinds of help the services of this directory give.",
    "version": "1",
}
# Kinds of ours that have no term of their own.
UNDER = {
    "SHELTER_EMERGENCY": "accommodation",
    "MEDICAL_EMERGENCY": "health",
    "CRIMINAL_JUSTICE": "public-safety",
}
BY_CODE = {term.code: term for term in TERMS}
BY_UID = {term.uid: term for term in TERMS}
_BY_TYPE = {term.becomes: term for term in TERMS}


def term_of(service_type: str) -> Term:
    """The public term of one of our kinds of service."""
    under = UNDER.get(service_type, "")
    return BY_CODE[under] if under else _BY_TYPE[service_type]


def types_of(term: Term) -> list[str]:
    """Our kinds of service that the term stands for."""
    return [term.becomes, *(kind for kind, code in UNDER.items() if code == term.code)]


def type_of(words: str) -> str:
    """The kind of service that a term of another directory becomes, by its code or name; empty
    where we know no such term."""
    said = words.strip().casefold()
    found = (t.becomes for t in TERMS if said in {t.uid, t.code, t.name.casefold()})
    return next(found, "")

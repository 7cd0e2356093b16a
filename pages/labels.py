"""What a code is called, in the language of the reader."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy

from agencies import codelists, lists
from agencies.roles import Role
from guard.models import BreakGlass
from kernel.groups import DataGroup
from notify.models import Clock
from rights import rules

GROUPS: dict[str, Promise] = {
    DataGroup.TRIAGE: pgettext_lazy("data group", "the card for a first look"),
    DataGroup.IDENTITY: pgettext_lazy("data group", "name, birth and papers"),
    DataGroup.CONTACT: pgettext_lazy("data group", "how to reach the person safely"),
    DataGroup.SAFETY: pgettext_lazy("data group", "risks, in short"),
    DataGroup.FAMILY: pgettext_lazy("data group", "family and guardian"),
    DataGroup.TRAFFICKING: pgettext_lazy("data group", "what happened"),
    DataGroup.SCREENING: pgettext_lazy("data group", "answers about signs"),
    DataGroup.HEALTH: pgettext_lazy("data group", "health"),
    DataGroup.MENTAL_HEALTH: pgettext_lazy("data group", "mental health"),
    DataGroup.LEGAL: pgettext_lazy("data group", "legal matters"),
    DataGroup.PLAN: pgettext_lazy("data group", "the plan, as far as you take part"),
    DataGroup.WHEREABOUTS: pgettext_lazy("data group", "where the person is now"),
}
SERVICE_TYPES: dict[str, Promise] = {
    "SHELTER_EMERGENCY": pgettext_lazy("service", "Safe shelter, at once"),
    "ACCOM_LONGER": pgettext_lazy("service", "Longer accommodation"),
    "FOOD_NFI": pgettext_lazy("service", "Food, clothes and other necessities"),
    "MEDICAL_EMERGENCY": pgettext_lazy("service", "Emergency medical care"),
    "MEDICAL": pgettext_lazy("service", "Medical care"),
    "SUBSTANCE": pgettext_lazy("service", "Treatment of dependence"),
    "PSYCHOLOGICAL": pgettext_lazy("service", "Psychological support"),
    "LEGAL_AID": pgettext_lazy("service", "Legal advice and representation"),
    "LEGAL_DOCS": pgettext_lazy("service", "Identity and civil papers"),
    "POLICE_PROTECTION": pgettext_lazy("service", "Protection and safety planning"),
    "CRIMINAL_JUSTICE": pgettext_lazy("service", "Report to law enforcement"),
    "FINANCIAL": pgettext_lazy("service", "Money or material help"),
    "SOCIAL": pgettext_lazy("service", "Social support"),
    "EDUCATION": pgettext_lazy("service", "School and education"),
    "VOCATIONAL": pgettext_lazy("service", "Vocational training"),
    "EMPLOYMENT": pgettext_lazy("service", "Finding work"),
    "FAMILY_TRACING": pgettext_lazy("service", "Finding and reuniting family"),
    "RETURN": pgettext_lazy("service", "Safe and voluntary return"),
    "CHILD_PROTECTION": pgettext_lazy("service", "Child protection"),
    "DISABILITY": pgettext_lazy("service", "Support with a disability"),
    "INTERPRETATION": pgettext_lazy("service", "Interpretation"),
    "OTHER": pgettext_lazy("service", "Something else"),
}

# What a clock measures.
CLOCKS: dict[str, Promise] = {
    Clock.Purpose.REPLY: pgettext_lazy("clock", "an answer to a referral"),
    Clock.Purpose.CONTACT: pgettext_lazy("clock", "the first meeting"),
    Clock.Purpose.RECALL: pgettext_lazy("clock", "a word that a recall was read"),
    Clock.Purpose.ASSESSMENT: pgettext_lazy("clock", "an assessment of needs"),
    Clock.Purpose.GUARDIAN: pgettext_lazy("clock", "a guardian for a child"),
    Clock.Purpose.DECISION: pgettext_lazy("clock", "a decision"),
    Clock.Purpose.REFLECTION: pgettext_lazy("clock", "the end of the time for reflection"),
    Clock.Purpose.CONCLUSION: pgettext_lazy("clock", "the decision after reflection"),
    Clock.Purpose.TELLING: pgettext_lazy("clock", "telling the person of a decision"),
    Clock.Purpose.RECONSIDERATION: pgettext_lazy(
        "clock", "the last day to ask for another look"
    ),
    Clock.Purpose.PLAN: pgettext_lazy("clock", "a plan"),
    Clock.Purpose.ACTION: pgettext_lazy("clock", "a step of the plan"),
    Clock.Purpose.CHECK_IN: pgettext_lazy("clock", "a word from the person"),
    Clock.Purpose.REVIEW: pgettext_lazy("clock", "a review of the plan"),
    Clock.Purpose.FOLLOW_UP: pgettext_lazy("clock", "a follow-up"),
    Clock.Purpose.CASE_REQUEST: pgettext_lazy("clock", "an answer to who asked for a case"),
    Clock.Purpose.TRANSFER: pgettext_lazy("clock", "an answer to a transfer"),
    Clock.Purpose.DEMAND: pgettext_lazy("clock", "an answer that data was erased"),
    Clock.Purpose.HOLD: pgettext_lazy("clock", "another look at a hold"),
    Clock.Purpose.GLASS_REVIEW: pgettext_lazy("clock", "a look at an emergency opening"),
    Clock.Purpose.ONWARD: pgettext_lazy("clock", "an answer to an onward proposal"),
    Clock.Purpose.SUBJECT_REQUEST: pgettext_lazy(
        "clock", "an answer to the person about their data"
    ),
}


def spoken() -> str:
    """The language, without a region, in which the reader reads what is written in those of the service:
    their own, or English where it is none of them."""
    spoken = (get_language() or "en").split("-")[0]
    return spoken if spoken in lists.LANGUAGES else "en"


def label(name: str, code: str) -> str:
    """A code of a code list. A code that was taken away keeps its words."""
    if not code:
        return ""
    if name == "iso3166":
        return country(code)
    if name == "iso639":
        return language(code)
    known = _entries(name)
    if code not in known:
        # Added by an administrator since this process began to read the file.
        known = codelists.entries(name)
    return known[code].labels.get(spoken(), known[code].labels["en"]) if code in known else code


def choices(name: str) -> list[tuple[str, str]]:
    """The codes of a list that may be written now, each with its words; countries and languages
    by their names."""
    return choices_of([name])[name]


def choices_of(names: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """The same of several lists, with one query."""
    wanted = set(names)
    found = {name: _by_name(name) for name in wanted & set(codelists.STANDARD)}
    for name, entries in codelists.entries_of(wanted - set(found)).items():
        found[name] = [
            (each.code, each.labels.get(spoken(), each.labels["en"]))
            for each in entries.values()
            if not each.retired
        ]
    return found


def _by_name(standard: str) -> list[tuple[str, str]]:
    return _in_order((code, label(standard, code)) for code in codelists.STANDARD[standard]())


def group(code: str) -> str:
    return str(GROUPS[code])


def role(code: str) -> str:
    """Whose role it is; whoever is no member acts as the service itself."""
    if code in Role.values:
        return str(Role(code).label)
    return gettext("the service itself")


def glass_purpose(code: str) -> str:
    """What somebody broke the glass for."""
    return str(BreakGlass.Purpose(code).label)


def clock(purpose: str) -> str:
    return str(CLOCKS[purpose])


def service_type(code: str) -> str:
    return str(SERVICE_TYPES.get(code, code))


def district(code: str) -> str:
    found = lists.districts().get(code)
    return found.names.get(spoken(), found.names["en"]) if found else code


def districts() -> list[tuple[str, str]]:
    """The districts, in the order of the reader's alphabet."""
    return _in_order((code, district(code)) for code in lists.districts())


def region(code: str) -> str:
    found = lists.regions().get(code)
    return found.get(spoken(), found["en"]) if found else code


def regions() -> list[tuple[str, str]]:
    """The regions, in the order of the reader's alphabet."""
    return _in_order((code, region(code)) for code in lists.regions())


def _in_order(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    # In Unicode the Belarusian "І" stands before "А"; in the alphabet, where "И" does in Russian.
    return sorted(pairs, key=lambda pair: pair[1].replace("І", "И").replace("і", "и"))


def country(code: str) -> str:
    """By CLDR."""
    return str(_cldr(spoken()).territories.get(code, code))


def language(code: str) -> str:
    """An ISO 639-2 code's language, by CLDR where it knows it."""
    short, english = _languages().get(code, ("", code))
    return str(_cldr(spoken()).languages.get(short or code, english))


@cache
def _languages() -> dict[str, tuple[str, str]]:
    return lists.language_names()


@cache
def _cldr(name: str) -> Locale:
    return Locale.parse(name)


@cache
def _entries(name: str) -> dict[str, Any]:
    return codelists.entries(name)


def retention_rule(code: str) -> str:
    """A rule in the reader's language; also one that has left the file since."""
    if code == rules.ASKED:
        return gettext("The person asked for it")
    titles = {rule.code: rule.title for rule in rules.rules()}
    return titles.get(code, {}).get(spoken(), code)

"""What tables of figures and the codes in them are called."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.workflow import AgeBand
from figures.tables import LISTS
from identification.workflow import State as Identified
from pages import labels
from referral.workflow import Outcome
from referral.workflow import State as Referred

TITLES: dict[str, Any] = {
    "stage": _("How far people have come"),
    "exploitation": _("Kinds of exploitation"),
    "sex": _("Gender"),
    "age": _("Age"),
    "citizenship": _("Citizenship, by region of the world"),
    "region": _("Where people live"),
    "service": _("Services asked for"),
    "funnel": _("How far referrals have come"),
    "outcome": _("How referrals ended"),
    "days_to_contact": _("From a referral to the first meeting"),
    "days_to_decision": _("From the first contact with us to a decision"),
    "reintegration": _("Reintegration: people with two scores or more"),
    "exploitation_by_sex": _("Kinds of exploitation by gender"),
    "age_by_sex": _("Age by gender"),
    "region_by_exploitation": _("Where people live, by kind of exploitation"),
}
WORDS: dict[str, dict[str, Any]] = {
    "stage": {
        "logged": pgettext_lazy("figures", "logged"),
        "screened": pgettext_lazy("figures", "screened for signs"),
        "submitted": pgettext_lazy("figures", "submitted for a decision"),
        "possible": Identified.POSSIBLE.label,
        "confirmed": Identified.CONFIRMED.label,
        "not_confirmed": Identified.NOT_CONFIRMED.label,
        "declined": Identified.DECLINED.label,
    },
    "funnel": {
        "sent": pgettext_lazy("funnel", "sent"),
        "seen": pgettext_lazy("funnel", "seen"),
        "accepted": Referred.ACCEPTED.label,
        "met": pgettext_lazy("funnel", "first contact made"),
        "completed": pgettext_lazy("funnel", "completed"),
        "confirmed": pgettext_lazy("funnel", "confirmed with the person"),
    },
    "outcome": {
        **{outcome.value: outcome.label for outcome in Outcome},
        **{
            state.value: state.label
            for state in (
                Referred.DECLINED, Referred.EXPIRED, Referred.NOT_REACHED, Referred.WITHDRAWN,
            )
        },
    },
    "days": {
        "3": pgettext_lazy("figures", "up to 3 days"),
        "14": pgettext_lazy("figures", "4 to 14 days"),
        "30": pgettext_lazy("figures", "15 to 30 days"),
        "90": pgettext_lazy("figures", "31 to 90 days"),
        "more": pgettext_lazy("figures", "more than 90 days"),
    },
    "citizenship": {
        "eastern_europe": pgettext_lazy("world", "Eastern Europe"),
        "northern_europe": pgettext_lazy("world", "Northern Europe"),
        "western_europe": pgettext_lazy("world", "Western Europe"),
        "southern_europe": pgettext_lazy("world", "Southern Europe"),
        "central_asia": pgettext_lazy("world", "Central Asia"),
        "western_asia": pgettext_lazy("world", "Western Asia"),
        "southern_asia": pgettext_lazy("world", "Southern Asia"),
        "eastern_asia": pgettext_lazy("world", "Eastern Asia"),
        "south_eastern_asia": pgettext_lazy("world", "South-eastern Asia"),
        "northern_africa": pgettext_lazy("world", "Northern Africa"),
        "eastern_africa": pgettext_lazy("world", "Eastern Africa"),
        "middle_africa": pgettext_lazy("world", "Middle Africa"),
        "southern_africa": pgettext_lazy("world", "Southern Africa"),
        "western_africa": pgettext_lazy("world", "Western Africa"),
        "caribbean": pgettext_lazy("world", "Caribbean"),
        "central_america": pgettext_lazy("world", "Central America"),
        "south_america": pgettext_lazy("world", "South America"),
        "northern_america": pgettext_lazy("world", "Northern America"),
        "oceania": pgettext_lazy("world", "Oceania"),
        "antarctica": pgettext_lazy("world", "Antarctica"),
    },
    "age": dict(AgeBand.choices),
}  # fmt: skip


def word(dim: str, code: str) -> str:
    """What a code of this dimension is called."""
    if dim in LISTS:
        return labels.label(LISTS[dim], code)
    if dim == "region":
        return labels.region(code)
    if dim == "service":
        return labels.service_type(code)
    return str(WORDS[dim].get(code, code))


def words(dims: tuple[str, ...], parts: tuple[str, ...]) -> str:
    """A whole value: `Forced labour, Feminine`."""
    return ", ".join(word(dim, code) for dim, code in zip(dims, parts, strict=True))

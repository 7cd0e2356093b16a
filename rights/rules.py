"""When the time of a person is over, by the rules of the jurisdiction. Decides; erases nothing."""

import datetime as dt
from typing import NamedTuple

from agencies import jurisdiction
from agencies.ages import BANDS, UNKNOWN, years_of
from agencies.jurisdiction import Retention
from cases.deadlines import months_later, today
from cases.models import Case
from cases.workflow import Closure, State

# Who asks for their own erasure waits for no rule.
ASKED = "asked"


class Due(NamedTuple):
    """By which rule, and from which day on, the person of a case may be erased."""

    rule: str
    on: dt.date


def rules() -> tuple[Retention, ...]:
    """Those in force, in the order in which they are tried."""
    return jurisdiction.current().retention


def due(case: Case) -> Due | None:
    """When the time of the person of this case is over, looking at this case alone; None while
    it is worked on, and where no rule fits."""
    rule = _rule_of(case)
    if rule is None:
        return None
    registered = today(case, case.registered_at)
    begins = registered if case.closed_at is None else today(case, case.closed_at)
    days = [months_later(begins, rule.months)]
    if rule.until_age:
        # The youngest that they can have been when they were registered is the latest to be so old.
        days.append(months_later(registered, 12 * (rule.until_age - _youngest(case))))
    return Due(rule.code, max(days))


def due_of_person(person: int) -> Due | None:
    """The same for a person with whatever cases they have: when the last of them lets go."""
    cases = Case.objects.filter(person=person).select_related("person", "owner")
    each = [due(case) for case in cases.order_by("pk")]
    if not each or None in each:
        return None
    return max((found for found in each if found is not None), key=lambda found: found.on)


def bands_of(rule: Retention) -> list[str]:
    """The age bands for which the rule may be; unknown age is that of a child."""
    youngest = {band: years_of(band)[0] for band in (*BANDS, UNKNOWN)}
    return [band for band, age in youngest.items() if rule.ages[0] <= age <= rule.ages[1]]


def unknown_closures() -> set[str]:
    """Reasons of closing that the rules name and that there are not: such a rule never fits."""
    named = {closure for rule in rules() for closure in rule.closures}
    return named - set(Closure.values)


def _rule_of(case: Case) -> Retention | None:
    if case.state not in {State.CLOSED, State.DRAFT}:
        return None
    youngest = _youngest(case)
    fitting = (r for r in rules() if r.fits(closure=case.closure, youngest=youngest))
    return next(fitting, None)


def _youngest(case: Case) -> int:
    return years_of(case.person.age_band)[0]

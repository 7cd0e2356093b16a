"""Draft and give a consent. For referrals: see `referral.actions.recalling`."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from agencies import jurisdiction
from agencies.ages import age_on
from agencies.models import Agency, Member
from agencies.roles import most_for
from cases import deadlines, policy, queries, timeline, vault
from cases.actions.lifecycle import locked
from cases.actions.person import birth_date
from cases.models import Case, Consent, ConsentScope
from cases.policy import Verb
from cases.workflow import CONSENT, Assent, ConsentState, ConsentVerb, Form, GivenBy, Purpose
from kernel.errors import Invalid, Refused
from kernel.groups import DataGroup

# Where no end is said: 90 days (Washington WAC 388-61A); a year is the longest.
DEFAULT_DAYS = 90
LONGEST = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Scope:
    agency: Agency
    group: DataGroup
    purpose: str


@dataclass(frozen=True, slots=True)
class Giving:
    """How a consent was given: by whom, in which form and language, heard by which witness."""

    given_by: str
    form: str
    language: str
    witness: str = ""
    guardian: str = ""
    assent: str = ""


@transaction.atomic
def draft(
    *,
    code: str,
    scopes: list[Scope],
    expires_at: dt.datetime | None,
    by: Member,
    at: dt.datetime,
) -> Consent:
    """Write down what will be asked: who may be told which groups, for what, until when."""
    case = locked(code)
    policy.may(by, Verb.CONSENT, case).require()
    ends = expires_at or at + dt.timedelta(days=DEFAULT_DAYS)
    if not at < ends <= at + LONGEST:
        raise Invalid("consent_end_out_of_range", pointer="/expires_at")
    for n, scope in enumerate(scopes):
        _check_scope(scope, case, f"/scopes/{n}")
    consent = Consent.objects.create(case=case, drafted_at=at, expires_at=ends, recorded_by=by)
    ConsentScope.objects.bulk_create(
        ConsentScope(consent=consent, agency=s.agency, group=s.group, purpose=s.purpose)
        for s in dict.fromkeys(scopes)
    )
    timeline.record(case, "consent.drafted", by=by, at=at, about=consent.code)
    return consent


@transaction.atomic
def give(*, code: str, giving: Giving, by: Member, at: dt.datetime) -> Consent:
    """Record that it was given. For a child, and for unknown age, a guardian gives it, unless the
    child is by its day of birth of the age from which the law lets it decide itself."""
    consent = locked_consent(code)
    case = consent.case
    policy.may(by, Verb.CONSENT, case).require()
    CONSENT.step(ConsentVerb.GIVE, state=ConsentState(consent.state))
    if consent.expires_at <= at:
        raise Refused("consent_has_expired", state=consent.state)
    child = case.person.is_child and not _decides_itself(giving, case, by=by, at=at)
    _check_giving(giving, child=child)
    consent.state = ConsentState.ACTIVE
    consent.given_at, consent.given_by, consent.form = at, giving.given_by, giving.form
    consent.language, consent.assent = giving.language, giving.assent
    consent.witness = _sealed(case, giving.witness, f"{consent.code} witness")
    consent.guardian = _sealed(case, giving.guardian, f"{consent.code} guardian")
    consent.version += 1
    consent.save()
    timeline.record(
        case, "consent.give", by=by, at=at, about=consent.code, facts={"by": giving.given_by}
    )
    return consent


def locked_consent(code: str) -> Consent:
    """The consent, held against withdrawal and against any send that leans on it; its case too."""
    queries.hold_cases(Case.objects.filter(consents__code=code))
    rows = Consent.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case__owner", "case__person", "case__worker__agency").get(
        code=code
    )


def _check_scope(scope: Scope, case: Case, pointer: str) -> None:
    # Those who decide on identification in the owner's own house are asked for, too.
    if scope.agency.pk == case.owner_id and scope.purpose != Purpose.IDENTIFICATION:
        raise Invalid("owner_needs_no_consent", pointer=f"{pointer}/agency")
    if scope.group not in most_for(scope.agency.type):
        raise Invalid("group_not_for_this_kind_of_agency", pointer=f"{pointer}/groups")


def _decides_itself(giving: Giving, case: Case, *, by: Member, at: dt.datetime) -> bool:
    """Whether a child who consents in person is old enough for that, by a stored day of birth."""
    if giving.given_by != GivenBy.SELF:
        return False
    born = birth_date(case=case, by=by, why="age")
    youngest = jurisdiction.current().ages.own_data_from
    return born is not None and age_on(deadlines.today(case, at), born=born) >= youngest


def _check_giving(giving: Giving, *, child: bool) -> None:
    if giving.form == Form.ORAL and not giving.witness:
        raise Invalid("witness_missing", pointer="/witness")
    if child:
        if giving.given_by == GivenBy.SELF:
            raise Refused("a_guardian_consents_for_a_child")
        if giving.given_by != GivenBy.AUTHORITY and not giving.guardian:
            raise Invalid("guardian_missing", pointer="/guardian")
        if giving.assent not in Assent.values:
            raise Invalid("assent_missing", pointer="/assent")
    elif giving.given_by != GivenBy.SELF:
        raise Refused("an_adult_consents_in_person")


def _sealed(case: Case, text: str, place: str) -> bytes | None:
    return vault.seal_text(case.person, text, place=place) if text else None

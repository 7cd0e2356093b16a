"""Ask for and decide an override. For referrals: see `referral.actions.recalling`."""

import datetime as dt

from django.db import transaction

from agencies.models import Agency, Member
from agencies.roles import Role, most_for
from cases import policy, queries, timeline, vault
from cases.actions.lifecycle import locked
from cases.models import Case, Override
from cases.policy import Verb
from cases.workflow import OVERRIDE, OverrideState, OverrideVerb
from kernel.errors import Denied, Invalid, Refused
from kernel.fields import require_reason
from kernel.groups import DataGroup, in_order
from notify import outbox
from notify.audience import To
from notify.notices import Kind

LONGEST = dt.timedelta(days=90)


@transaction.atomic
def ask(
    *,
    code: str,
    agency: Agency,
    groups: list[DataGroup],
    ground: str,
    reason: str,
    by: Member,
    at: dt.datetime,
) -> Override:
    """Ask to share without consent, on a listed ground; a supervisor other than oneself decides."""
    case = locked(code)
    policy.may(by, Verb.ASK_OVERRIDE, case).require()
    require_reason(reason, pointer="/reason")
    if not set(groups) <= most_for(agency.type):
        raise Invalid("group_not_for_this_kind_of_agency", pointer="/groups")
    override = Override(
        case=case,
        agency=agency,
        groups=in_order(groups),
        ground=ground,
        asked_by=by,
        asked_at=at,
        expires_at=at + LONGEST,
    )
    override.reason = vault.seal_text(case.person, reason, place=override.code)
    override.save(force_insert=True)
    timeline.record(
        case, "override.asked", by=by, at=at, about=override.code, facts={"ground": ground}
    )
    outbox.publish(
        Kind.OVERRIDE_ASKED,
        subject=override.code,
        to=To(Role.SUPERVISOR, case.owner),
        at=at,
        emergency=True,
    )
    return override


@transaction.atomic
def decide(*, code: str, approve: bool, by: Member, at: dt.datetime) -> Override:
    """Approve or refuse. Never by who asked: two people stand behind each override."""
    override = locked_override(code)
    case = override.case
    policy.may(by, Verb.DECIDE_OVERRIDE, case).require()
    if override.asked_by_id == by.pk:
        raise Denied("a_second_person_decides")
    if override.expires_at <= at:
        raise Refused("override_has_expired", state=override.state)
    verb = OverrideVerb.APPROVE if approve else OverrideVerb.REFUSE
    override.state = OVERRIDE.step(verb, state=OverrideState(override.state)).target
    override.decided_by, override.decided_at = by, at
    override.version += 1
    override.save(update_fields=["state", "decided_by", "decided_at", "version"])
    timeline.record(case, f"override.{verb}", by=by, at=at, about=override.code)
    outbox.publish(
        Kind.OVERRIDE_DECIDED,
        subject=override.code,
        to=To(Role.SUPERVISOR, case.owner, override.asked_by),
        at=at,
    )
    return override


def locked_override(code: str) -> Override:
    """The override, held as a consent is."""
    queries.hold_cases(Case.objects.filter(overrides__code=code))
    rows = Override.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("case__owner", "case__person", "asked_by__agency").get(code=code)

"""The sender's first half: draft, preview, send."""

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import Exists

from agencies.calendar import calendar_of
from agencies.clocks import Urgency, clocks_for
from agencies.models import Member, Service
from agencies.queries import Need, judge
from agencies.roles import most_for
from cases import apart, queries, timeline
from cases import policy as case_policy
from cases.actions.lifecycle import locked as locked_case
from cases.deadlines import copy_due, today
from cases.policy import Verb as CaseVerb
from cases.workflow import State as CaseState
from documents import queries as document_queries
from documents.actions import ticking
from kernel.errors import Invalid, Refused
from kernel.groups import DataGroup, in_order
from notify import actions as notices
from notify import ladder
from notify.models import Clock
from notify.notices import Kind
from referral import disclosure, policy
from referral.actions.moving import (
    locked,
    moved,
    open_triage,
    save,
    seal,
    tell_receiver,
)
from referral.disclosure import Shown
from referral.models import Referral
from referral.workflow import ASKED, FLOW, TAKEN, State, Verb

# Who is told of each referral in the transaction that sends it, in order to make what its receiver
# needs. See guest/apps.py.
when_sent: list[Callable[..., None]] = []
Ends = dict[str, dt.datetime]
# Grounds on which a service is never sent a referral, however urgent.
NEVER = frozenset(
    {
        "not_active",
        "no_sharing_protocol",
        "age_not_taken",
        "gender_not_taken",
        "foreigners_not_taken",
        "families_not_taken",
    }
)


@transaction.atomic
def draft(
    *,
    case_code: str,
    service: Service,
    groups: list[DataGroup],
    urgency: Urgency,
    purpose: str,
    note: str,
    instead_of: Referral | None = None,
    by: Member,
    at: dt.datetime,
) -> Referral:
    """Prepare a referral. Nobody outside the owner's side knows of it before it is sent."""
    case = locked_case(case_code)
    case_policy.may(by, CaseVerb.REFER, case).require()
    if service.agency_id == case.owner_id:
        raise Invalid("service_of_own_agency", pointer="/service")
    _check_groups(service, groups)
    referral = Referral(
        case=case,
        service=service,
        sender=case.owner,
        receiver=service.agency,
        instead_of=instead_of,
        urgency=urgency,
        purpose=purpose,
        groups=in_order({*groups, DataGroup.TRIAGE}),
        drafted_at=at,
    )
    if note:
        referral.purpose_note = seal(referral, "note", note)
    referral.save(force_insert=True)
    timeline.record(case, "referral.drafted", by=by, at=at, about=referral.code)
    return referral


@transaction.atomic
def redraft(
    *,
    code: str,
    groups: list[DataGroup],
    urgency: Urgency,
    note: str,
    by: Member,
    at: dt.datetime,
) -> Referral:
    """Change what a referral asks and tells that was not sent yet."""
    referral = locked(code)
    policy.may(by, Verb.SEND, referral).require()
    if referral.state != State.DRAFT:
        raise Refused(f"cannot_send_when_{referral.state}", state=referral.state)
    _check_groups(referral.service, groups)
    save(
        referral,
        urgency=urgency,
        groups=in_order({*groups, DataGroup.TRIAGE}),
        purpose_note=seal(referral, "note", note) if note else None,
    )
    ticking.keep_only(source=code, groups=referral.groups, by=by)
    timeline.record(referral.case, "referral.redrafted", by=by, at=at, about=referral.code)
    return referral


@transaction.atomic
def choose_documents(
    *, code: str, documents: list[str], by: Member, at: dt.datetime
) -> Referral:
    """Which documents of the case go with a referral that was not sent yet: exactly these."""
    referral = locked(code)
    policy.may(by, Verb.SEND, referral).require()
    if referral.state != State.DRAFT:
        raise Refused(f"cannot_send_when_{referral.state}", state=referral.state)
    ticking.choose(
        case=referral.case, source=code, codes=documents, groups=referral.groups, by=by, at=at
    )
    save(referral)
    return referral


@transaction.atomic
def preview(*, referral: Referral, by: Member, at: dt.datetime) -> Shown:
    """What the receiver would see, group by group; reading it is logged."""
    policy.may(by, Verb.SEND, referral).require()
    timeline.record(referral.case, "referral.previewed", by=by, at=at, about=referral.code)
    return disclosure.preview(referral, by=by)


def obstacles(referral: Referral, *, at: dt.datetime) -> list[str]:
    """Why it may not be sent now: codes, empty if nothing stands in the way."""
    return _judged(referral, at=at)[0]


def _judged(referral: Referral, *, at: dt.datetime) -> tuple[list[str], Ends]:
    """The same, and until when each group is open to the receiver."""
    ends: Ends = {}
    found = [r for r in judge(referral.service, _need(referral), on=today(referral.case, at)).reasons
             if r in NEVER]  # fmt: skip
    barred, twin, unfit = _in_the_way(referral)
    if barred:
        # Never why: the reason may itself endanger the person.
        found.append("not_possible")
    else:
        # For an agency that is not kept apart.
        ends = queries.covered(
            referral.case, referral.receiver_id, at=at, purpose=referral.purpose, barred=False
        )
        found += [f"no_consent_for_{group}" for group in referral.groups if group not in ends]
    if unfit:
        found.append("document_not_fit_to_send")
    if referral.case.state not in {CaseState.OPEN, CaseState.FOLLOW_UP}:
        found.append("case_is_not_open")
    if twin:
        found.append("same_service_already_asked")
    return found, ends


@transaction.atomic
def send(*, code: str, by: Member, at: dt.datetime) -> Referral:
    """Send it: consent, service and exclusions are checked, the disclosure is frozen, the
    triage card opens, the reply clock starts, the receiver is told. One transaction.
    """
    referral = locked(code, hold_consents=True)
    policy.may(by, Verb.SEND, referral).require()
    FLOW.step(Verb.SEND, state=State(referral.state))
    # Case and consents are held: what is read of them here stays so until the end.
    found, ends = _judged(referral, at=at)
    if found:
        if "not_possible" in found:
            apart.note_attempt(referral.case.code, "referral.send")
        raise Refused(found[0], state=referral.state)
    urgency = Urgency(referral.urgency)
    clocks = clocks_for(referral.receiver, service_type=referral.service.type, urgency=urgency)
    clock = ladder.start(
        subject=referral.code,
        purpose=Clock.Purpose.REPLY,
        span=clocks.reply,
        calendar=calendar_of(referral.receiver),
        sender=referral.sender,
        receiver=referral.receiver,
        assignee=None,
        emergency=urgency == Urgency.EMERGENCY,
        case=referral.case.code,
        at=at,
    )
    moved(referral, Verb.SEND, by=by, at=at, sent_at=at, sent_by=by, reply_due_at=clock.due_at)
    disclosure.freeze(referral, by=by)
    # First what is there: what opens takes the nearest deadline over from it.
    copy_due(referral.case)
    open_triage(referral, at=at, ends=ends)
    if referral.instead_of is not None:
        notices.close_tasks(subject=referral.instead_of.code, kind="reroute", by=by, at=at)
    for follow in when_sent:
        follow(referral=referral, by=by, at=at)
    tell_receiver(Kind.REFERRAL_SENT, referral, at=at)
    return referral


def _check_groups(service: Service, groups: list[DataGroup]) -> None:
    if not set(groups) <= most_for(service.agency.type):
        raise Invalid("group_not_for_this_kind_of_agency", pointer="/groups")


def _need(referral: Referral) -> Need:
    person = referral.case.person
    return Need(
        age_band=person.age_band,
        gender=person.gender if referral.service.genders else "",
        district=person.district,
    )


def _in_the_way(referral: Referral) -> tuple[bool, bool, bool]:
    """Whether the agency is kept apart, the service is asked already, and a chosen document cannot
    go with it any more: with one query."""
    twins = Referral.objects.filter(
        case=referral.case, service=referral.service, state__in=ASKED | TAKEN
    )
    row = Referral.objects.filter(pk=referral.pk).values_list(
        Exists(apart.barring(referral.case, referral.service)),
        Exists(twins.exclude(pk=referral.pk)),
        Exists(document_queries.unfit(referral.code, referral.groups)),
    )
    barred, twin, unfit = row.get()
    return barred, twin, unfit

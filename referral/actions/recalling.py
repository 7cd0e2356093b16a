"""Taking it back: withdrawal, recall, and everything that ends a consent."""

import datetime as dt
from collections.abc import Callable, Mapping

from django.db import transaction
from django.db.models import Q

from agencies.calendar import calendar_of
from agencies.models import REAL, Member
from agencies.roles import Role
from audit import log
from cases import policy as case_policy
from cases import timeline
from cases.actions import consent as consents
from cases.actions import exclusion, lifecycle
from cases.actions import override as overrides
from cases.actions.consent import Giving, Scope, locked_consent
from cases.actions.override import locked_override
from cases.apart import Whom
from cases.deadlines import copy_due
from cases.models import Case, Consent, Override
from cases.policy import Verb as CaseVerb
from cases.workflow import (
    CONSENT,
    OVERRIDE,
    ConsentState,
    ConsentVerb,
    OverrideState,
    OverrideVerb,
)
from custody import journal
from guard.actions import glass
from identification.actions import submitting
from kernel.clock import Runs, Span
from kernel.errors import Refused
from notify import ladder, ledger
from notify.models import Clock, Task
from notify.notices import Kind
from referral.actions.moving import (
    act,
    close,
    is_covered,
    locked,
    move,
    reopen,
    save,
    stop_clocks,
    task_for_sender,
    tell_receiver,
    tell_sender,
)
from referral.models import Referral
from referral.policy import Act
from referral.workflow import ASKED, TAKEN, State, Verb, WithdrawReason

# How soon a receiver says that it has read a recall, before the ladder begins to climb.
RECALL = Span(24, Runs.ROUND_THE_CLOCK)
# Who knows of a referral that was sent and yet shown to nobody: no word is waited for that its recall
# was read. See guest/apps.py.
never_read: list[Callable[[Referral], bool]] = []


@transaction.atomic
def withdraw(*, code: str, reason: str, by: Member, at: dt.datetime) -> Referral:
    """Take a referral back. What the receiver could read it cannot read any more, from this
    transaction on; it is sent a recall."""
    referral = locked(code)
    _take_back(referral, reason=reason, by=by, at=at)
    return referral


@transaction.atomic
def acknowledge_recall(*, code: str, by: Member, at: dt.datetime) -> Referral:
    """The receiver has read the recall, and keeps nothing of what it was shown."""
    referral = locked(code)
    act(referral, Act.ACKNOWLEDGE_RECALL, by=by, at=at)
    if referral.recall_acknowledged_at is not None:
        raise Refused("recall_was_acknowledged", state=referral.state)
    save(referral, recall_acknowledged_at=at, recall_acknowledged_by=by)
    stop_clocks(referral, at=at)
    tell_sender(Kind.RECALL_ACKNOWLEDGED, referral, at=at)
    return referral


@transaction.atomic
def give_consent(*, code: str, giving: Giving, by: Member, at: dt.datetime) -> Consent:
    """The person has consented; what is shared already is shared for as long as that says."""
    consent = consents.give(code=code, giving=giving, by=by, at=at)
    _settle(consent.case, by=by, at=at)
    return consent


@transaction.atomic
def take_consent(
    *,
    code: str,
    scopes: list[Scope],
    expires_at: dt.datetime | None,
    giving: Giving,
    by: Member,
    at: dt.datetime,
) -> Consent:
    """The person answers while being asked: drafted and given in one, or not at all."""
    drafted = consents.draft(code=code, scopes=scopes, expires_at=expires_at, by=by, at=at)
    return give_consent(code=drafted.code, giving=giving, by=by, at=at)


@transaction.atomic
def decide_override(*, code: str, approve: bool, by: Member, at: dt.datetime) -> Override:
    """A second person approves or refuses to share without consent."""
    override = overrides.decide(code=code, approve=approve, by=by, at=at)
    _settle(override.case, by=by, at=at)
    return override


@transaction.atomic
def withdraw_consent(*, code: str, by: Member, at: dt.datetime) -> Consent:
    """The person takes the consent back: every referral that leans on it ends with it."""
    consent = locked_consent(code)
    case_policy.may(by, CaseVerb.CONSENT, consent.case).require()
    _end_consent(consent, ConsentVerb.WITHDRAW, by=by, at=at)
    return consent


@transaction.atomic
def supersede_consent(*, code: str, with_code: str, by: Member, at: dt.datetime) -> Consent:
    """Replace a consent by a newer one of the same case; what the new one leaves out ends."""
    consent = locked_consent(code)
    case_policy.may(by, CaseVerb.CONSENT, consent.case).require()
    # Held with the case, if it is of the same one; of any other nothing is done with it.
    successor = Consent.objects.get(code=with_code)
    if successor.case_id != consent.case_id or successor.state != ConsentState.ACTIVE:
        raise Refused("successor_is_not_an_active_consent", state=successor.state)
    if successor.pk == consent.pk:
        raise Refused("consent_cannot_replace_itself", state=consent.state)
    _end_consent(consent, ConsentVerb.SUPERSEDE, by=by, at=at)
    return consent


@transaction.atomic
def expire_consent(*, code: str, by: log.Machine, at: dt.datetime) -> Consent:
    """A consent's last day has passed; reading ended by itself, now the referrals end too."""
    consent = locked_consent(code)
    if consent.state == ConsentState.ACTIVE and consent.expires_at <= at:
        _end_consent(consent, ConsentVerb.EXPIRE, by=by, at=at)
    return consent


@transaction.atomic
def end_override(*, code: str, by: Member | log.Machine, at: dt.datetime) -> Override:
    """End an approved override, by a supervisor or because its time is over."""
    override = locked_override(code)
    if isinstance(by, Member):
        case_policy.may(by, CaseVerb.DECIDE_OVERRIDE, override.case).require()
    elif override.expires_at > at:
        return override
    _end_override(override, by=by, at=at)
    return override


def _end_override(override: Override, *, by: Member | log.Machine, at: dt.datetime) -> None:
    step = OVERRIDE.step(OverrideVerb.END, state=OverrideState(override.state))
    override.state = step.target
    override.version += 1
    override.save(update_fields=["state", "version"])
    timeline.record(override.case, "override.end", by=by, at=at, about=override.code)
    _journal(override.case, journal.Kind.OVERRIDE_ENDED, subject=override.code, at=at)
    _settle(override.case, by=by, at=at)


@transaction.atomic
def exclude(
    *,
    code: str,
    whom: Whom,
    reason: str = "",
    by: Member,
    at: dt.datetime,
) -> Case:
    """Keep an agency, a member or a place apart from a case. What they were shown ends at once,
    whatever was consented to or granted; work that a member had in it goes to others."""
    case = exclusion.exclude(code=code, whom=whom, reason=reason, by=by, at=at)
    if whom.member is not None:
        _take_from(whom.member, case, at=at)
    glass.end_apart(case=case, by=by, at=at)
    _journal(case, journal.Kind.KEPT_APART, subject=case.code, at=at, facts=whom.name)
    _settle(case, by=by, at=at)
    return case


@transaction.atomic
def readmit(
    *,
    code: str,
    whom: Whom,
    by: Member,
    at: dt.datetime,
) -> Case:
    """Let them near again: what has ended stays ended."""
    case = exclusion.readmit(code=code, whom=whom, by=by, at=at)
    _journal(case, journal.Kind.LET_NEAR, subject=case.code, at=at, facts=whom.name)
    _settle(case, by=by, at=at)
    return case


@transaction.atomic
def end_consent_again(
    *, code: str, verb: ConsentVerb, by: log.Machine, at: dt.datetime
) -> Consent:
    """End a consent that an older copy of the database has brought back to life."""
    consent = locked_consent(code)
    if consent.state == ConsentState.ACTIVE:
        _end_consent(consent, verb, by=by, at=at)
    return consent


@transaction.atomic
def end_override_again(*, code: str, by: log.Machine, at: dt.datetime) -> Override:
    """End an override that an older copy of the database has brought back to life."""
    override = locked_override(code)
    if override.state == OverrideState.APPROVED:
        _end_override(override, by=by, at=at)
    return override


@transaction.atomic
def exclude_again(
    *,
    code: str,
    whom: Whom,
    by: log.Machine,
    at: dt.datetime,
) -> Case:
    """Keep apart again whom an older copy of the database has let near."""
    case = lifecycle.locked(code)
    exclusion.set_apart(case=case, whom=whom, by=by, at=at)
    glass.end_apart(case=case, by=by, at=at)
    _settle(case, by=by, at=at)
    return case


def _take_from(member: Member, case: Case, *, at: dt.datetime) -> None:
    """What the member was given of this case is nobody's; their agency goes on with others."""
    theirs = Q(assignee=member) | Q(contact=member)
    given = Referral.objects.filter(theirs, case=case, state__in=ASKED | TAKEN)
    for code in given.order_by("pk").values_list("code", flat=True):
        referral = locked(code)
        save(
            referral,
            assignee=None if referral.assignee_id == member.pk else referral.assignee,
            contact=None if referral.contact_id == member.pk else referral.contact,
        )
        ledger.set_task(
            "name_contact", subject=code, agency=referral.receiver, role=Role.SUPERVISOR, at=at
        )
    Task.objects.filter(assignee=member, case=case.code, done_at__isnull=True).update(
        assignee=None, role=Role.SUPERVISOR
    )
    Clock.objects.filter(assignee=member, case=case.code, stopped_at__isnull=True).update(
        assignee=None
    )


def _end_consent(
    consent: Consent, verb: ConsentVerb, *, by: Member | log.Machine, at: dt.datetime
) -> None:
    step = CONSENT.step(verb, state=ConsentState(consent.state))
    consent.state, consent.ended_at = step.target, at
    consent.version += 1
    consent.save(update_fields=["state", "ended_at", "version"])
    timeline.record(consent.case, f"consent.{verb}", by=by, at=at, about=consent.code)
    _journal(
        consent.case, journal.Kind.CONSENT_ENDED, subject=consent.code, at=at,
        facts={"verb": verb.value},
    )  # fmt: skip
    _settle(consent.case, by=by, at=at)


def _journal(
    case: Case,
    kind: journal.Kind,
    *,
    subject: str,
    at: dt.datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    """So that no restored copy undoes it. Nothing made up: it is wiped, and the journal never is."""
    if case.owner.space == REAL:
        journal.note(kind, subject=subject, at=at, facts=facts)


def _settle(case: Case, *, by: Member | log.Machine, at: dt.datetime) -> None:
    """Bring the case's live referrals in line with what is consented to now: end those that
    have a group which nothing covers any more, and see the others until the new last day. What
    lies on the desk of an authority goes the same way."""
    live = Referral.objects.filter(case=case, state__in=ASKED | TAKEN).order_by("pk")
    for code in live.values_list("code", flat=True):
        referral = locked(code)
        if referral.state not in ASKED | TAKEN:
            continue
        if is_covered(referral, at=at):
            reopen(referral, at=at)
        else:
            _take_back(referral, reason=WithdrawReason.CONSENT_ENDED, by=by, at=at)
            task_for_sender("reroute", referral, at=at)
    submitting.settle(code=case.code, by=by, at=at)
    copy_due(case)


def _take_back(
    referral: Referral, *, reason: str, by: Member | log.Machine, at: dt.datetime
) -> None:
    was_sent = referral.state != State.DRAFT
    move(
        referral,
        Verb.WITHDRAW,
        by=by,
        at=at,
        withdraw_reason=reason,
        ended_at=at,
        recalled_at=at if was_sent else None,
    )
    close(referral, at=at)
    if not was_sent:
        return
    if not any(each(referral) for each in never_read):
        _wait_for_word(referral, at=at)
    tell_receiver(Kind.RECALL, referral, at=at)


def _wait_for_word(referral: Referral, *, at: dt.datetime) -> None:
    ladder.start(
        subject=referral.code,
        purpose=Clock.Purpose.RECALL,
        span=RECALL,
        calendar=calendar_of(referral.receiver),
        sender=referral.sender,
        receiver=referral.receiver,
        assignee=referral.contact or referral.assignee,
        emergency=False,
        case=referral.case.code,
        at=at,
    )
    copy_due(referral.case)

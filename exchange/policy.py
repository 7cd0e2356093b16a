"""Who may bring files in and take files out, and who sees what became of them. Nothing else decides this."""

import datetime as dt

from django.conf import settings
from django.db.models import QuerySet

from agencies.models import REAL, Member
from agencies.policy import in_space
from agencies.roles import Role
from cases import policy as case_policy
from cases.models import Case
from exchange.models import ExportJob, ImportJob, Origin
from exchange.workflow import EXPORT, IMPORT, ExportState, ExportVerb, ImportState, ImportVerb
from kernel.verdict import ALLOW, Verdict, deny

LISTS_EXPORTS = frozenset({Role.SUPERVISOR, Role.DATA_PROTECTION_OFFICER})


def may_import(actor: Member) -> Verdict:
    """Whoever may begin a case may begin many; what is made up is typed, and comes in no file."""
    if actor.space != REAL:
        return deny("not_in_practice")
    return case_policy.may_register(actor)


def imports_visible_to(actor: Member) -> QuerySet[ImportJob]:
    """One's own; those of the whole agency to its supervisors."""
    if not may_import(actor):
        return ImportJob.objects.none()
    jobs = ImportJob.objects.filter(agency=actor.agency_id)
    return jobs if actor.role == Role.SUPERVISOR else jobs.filter(by=actor)


def may_decide(actor: Member, verb: ImportVerb, job: ImportJob) -> Verdict:
    """Cases are written as whoever brought the file, who alone says yes; a supervisor may stop it
    and put it away. The workflow says from where."""
    if job.by_id == actor.pk and may_import(actor):
        return ALLOW
    if verb is ImportVerb.START:
        return deny("only_who_brought_it_may_import")
    ours = actor.role == Role.SUPERVISOR and job.agency_id == actor.agency_id
    return ALLOW if ours else deny("only_a_supervisor_may_do_this")


def verbs_of_import(actor: Member, job: ImportJob) -> list[ImportVerb]:
    """What the actor may do with it now."""
    possible = IMPORT.verbs_from(ImportState(job.state))
    return [verb for verb in DECIDED if verb in possible and may_decide(actor, verb, job)]


DECIDED = (ImportVerb.START, ImportVerb.STOP, ImportVerb.DISCARD)


def may_export(actor: Member) -> Verdict:
    """Bulk in, one at a time out: of an agency's own cases alone, and by a supervisor. Nothing
    that is made up leaves."""
    if actor.space != REAL:
        return deny("not_in_practice")
    return ALLOW if actor.role == Role.SUPERVISOR else deny("only_a_supervisor_may_do_this")


def may_still_export(actor: Member) -> Verdict:
    """The same while a file is made, which may take long: they may have left by then."""
    return may_export(actor) if actor.is_active else deny("only_a_supervisor_may_do_this")


def may_list_exports(actor: Member) -> Verdict:
    """Data protection sees that there are exports, never what is in them."""
    return ALLOW if actor.role in LISTS_EXPORTS else deny("only_a_supervisor_may_do_this")


def exports_visible_to(actor: Member) -> QuerySet[ExportJob]:
    if actor.role == Role.DATA_PROTECTION_OFFICER:
        return ExportJob.objects.filter(in_space(actor, "agency"))
    if not may_export(actor):
        return ExportJob.objects.none()
    return ExportJob.objects.filter(agency=actor.agency_id)


def exportable_by(actor: Member) -> QuerySet[Case]:
    """The cases of the actor's own agency that may go into a file: those that the actor works on and
    is not kept apart from, whose use is not restricted and whose person is not erased. A case that
    was referred is another agency's, and never among them."""
    if not may_export(actor):
        return Case.objects.none()
    cases = case_policy.owned_and_visible_to(actor).filter(restricted_at__isnull=True)
    return cases.exclude(person__ring_key="")


def may_fetch(actor: Member, job: ExportJob, *, at: dt.datetime) -> Verdict:
    """Only who asked for it, so often, while it lasts, and while every case in it is still theirs
    to take out."""
    if job.by_id != actor.pk or not may_export(actor):
        return deny("only_who_asked_may_fetch")
    if job.state != ExportState.READY or job.expires_at <= at:
        return deny("export_is_not_ready")
    if job.fetched >= settings.EXPORT_MOST_FETCHES:
        return deny("export_was_fetched_too_often")
    if not is_still_allowed(actor, job):
        return deny("export_holds_what_is_closed")
    return ALLOW


def is_still_allowed(actor: Member, job: ExportJob) -> bool:
    """Whether each case in it might still go into a file of this member's."""
    held = job.cases.values("case")
    return exportable_by(actor).filter(pk__in=held).count() == job.count


def may_revoke(actor: Member, job: ExportJob) -> Verdict:
    ours = bool(may_export(actor)) and job.agency_id == actor.agency_id
    return ALLOW if ours else deny("only_a_supervisor_may_do_this")


def is_revocable(job: ExportJob) -> bool:
    return ExportVerb.REVOKE in EXPORT.verbs_from(ExportState(job.state))


def origins_visible_to(actor: Member) -> QuerySet[Origin]:
    """What one's own cases came with, for the agency that brought them. No data group stands for it
    and no consent covers it, so that it does not go along to a later owner."""
    cases = case_policy.owned_and_visible_to(actor)
    return Origin.objects.filter(case__in=cases, agency=actor.agency_id)

"""Who may see a document and who may do what with it. Nothing else decides this."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agencies.models import Member
from agencies.roles import CASEWORK, Role
from cases import access
from cases import policy as case_policy
from cases.models import Case, CaseAccess
from cases.policy import Verb as CaseVerb
from documents.models import Document, Tick
from documents.workflow import FLOW, State, Verb
from kernel.verdict import Verdict, deny


def visible_to(actor: Member, *, at: dt.datetime | None = None) -> QuerySet[Document]:
    """Those of the cases of the actor's own side, whatever their state; and what was ticked for a
    referral that opens its data group to the actor at this moment, once it is clean."""
    if Role(actor.role) not in CASEWORK:
        return Document.objects.none()
    own = Q(case__in=case_policy.owned_and_visible_to(actor))
    opened = Q(Exists(_ticked_and_open(actor, at or timezone.now())), state=State.CLEAN)
    return Document.objects.filter(own | opened)


def of_referral(actor: Member, source: str) -> QuerySet[Document]:
    """What of the documents that the actor may see was ticked for this referral."""
    return visible_to(actor).filter(Exists(_ticks().filter(source=source)))


def may_upload(actor: Member, case: Case, *, own: bool | None = None) -> Verdict:
    """Whoever writes the case's records adds its documents."""
    return case_policy.may(actor, CaseVerb.RECORD, case, own=own)


def may_retract(actor: Member, document: Document) -> Verdict:
    """The same people take one back, as long as there is something to take back."""
    verdict = case_policy.may(actor, CaseVerb.RECORD, document.case)
    state = State(document.state)
    if verdict and Verb.RETRACT not in FLOW.verbs_from(state):
        return deny(f"cannot_retract_when_{state}")
    return verdict


def _ticks() -> QuerySet[Tick]:
    return Tick.objects.filter(document=OuterRef("pk"))


def _ticked_and_open(actor: Member, at: dt.datetime) -> QuerySet[Tick]:
    """Ticks whose referral has a live row for the actor that covers the document's group. Such
    rows end in the transaction that withdraws, declines, completes or lets the referral expire."""
    rows = CaseAccess.objects.filter(
        access.live(at),
        because=CaseAccess.Because.REFERRED,
        source=OuterRef("source"),
        content_object=OuterRef("document__case"),
        group__in=actor.principals,
        scope__contains=[OuterRef("document__group")],
    )
    return _ticks().filter(Exists(rows))

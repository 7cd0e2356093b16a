"""Referrals over HTTP: one POST per verb, each shown as the caller's side may see it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies import policy as agency_policy
from agencies import queries as agency_queries
from agencies.api.auth import actor_of
from agencies.api.listing import listing
from agencies.api.serializers import (
    MemberOut,
    RoleIn,
    ServiceMatch,
    known,
    match_out,
    member_out,
)
from agencies.clocks import Urgency
from agencies.models import Member
from agencies.roles import Role
from cases import deadlines
from cases import policy as case_policy
from cases.actions.consent import Giving
from cases.apart import Whom
from cases.api.serializers import (
    CaseShown,
    CloseIn,
    ConsentShown,
    GiveIn,
    OverrideShown,
    ReopenIn,
    SupersedeIn,
)
from cases.api.views import (
    agency_named,
    find_case,
    find_consent,
    find_override,
    find_own_case,
    shown_case,
    shown_consent,
    shown_override,
)
from cases.models import Case
from documents import policy as documents
from documents.api.serializers import DocumentLine, line
from edge import paging
from edge.answers import AFTER, listed, page, shape
from edge.versions import etag, match_if_given
from edge.views import ActView, Input, View
from kernel.errors import Invalid, Refused
from kernel.groups import SEALED, DataGroup
from notify.models import Clock
from referral import disclosure, policy, queries, reading
from referral.actions import (
    answering,
    closing,
    helping,
    leaving,
    recalling,
    sending,
    transferring,
)
from referral.actions.moving import side_for
from referral.api import serializers as s
from referral.models import Referral, Transfer
from referral.policy import Act
from referral.workflow import ASKED, TAKEN, Party, State, Verb

BOX = OpenApiParameter(
    "box", str, enum=["in", "out"], description="What was sent to us, or what we sent."
)


def find(request: Request, code: str) -> Referral:
    """The referral, if the caller may know that it exists."""
    rows = queries.with_sides(policy.visible_to(actor_of(request)))
    return get_object_or_404(rows, code=code)


def shown(request: Request, code: str) -> Response:
    """The referral as the caller's side may see it at this moment."""
    actor = actor_of(request)
    referral = find(request, code)
    body: dict[str, Any] = {**s.base_out(referral)}
    side = policy.party_of(actor, referral)
    sender = side is Party.SENDER
    runs = State(referral.state) in ASKED | TAKEN
    if sender or runs:
        body |= {**s.running_out(referral)}
        body["triage"] = reading.triage_for(actor, referral, side=side)
        body["texts"] = reading.texts_for(actor, referral, side=side)
        body["attempts"] = [s.attempt_out(a) for a in referral.attempts.order_by("pk")]
        if plan := reading.handover_for(actor, referral):
            body["handover"] = s.handover_out(*plan)
    if sender or State(referral.state) in TAKEN:
        body["case"] = referral.case.code
        body["person"] = referral.case.person.code
        body["groups"] = referral.groups
        if referral.sent_at is not None:
            body["disclosure_sha256"] = referral.disclosure.sha256
    if sender and referral.state == State.DRAFT:
        body["obstacles"] = sending.obstacles(referral, at=timezone.now())
    body["verbs"] = reading.verbs_for(actor, referral, side=side)
    response = Response(body)
    response["ETag"] = etag(referral.code, referral.version)
    return response


class Referrals(ActView):
    """Referrals that you were sent or that you sent; and drafting one."""

    serializer_class = s.ReferralIn
    key_required = True
    created = True

    @extend_schema(
        operation_id="referral_list",
        parameters=[AFTER, BOX, OpenApiParameter("state", str, enum=State.values),
                    OpenApiParameter("case", str)],
        responses={200: page(s.ReferralLine)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        box = request.query_params.get("box", "in")
        state = request.query_params.get("state", "")
        case = request.query_params.get("case", "")
        if state and state not in State.values:
            raise Invalid("unknown_code", pointer="/state")
        if box not in {"in", "out"}:
            raise Invalid("unknown_code", pointer="/box")
        if case:
            find_case(request, case.replace("\x00", ""))
        below, actor = paging.start_of(request), actor_of(request)
        if box == "in" and not case:
            rows = queries.inbox(actor, below=below, state=state)
        else:
            rows = queries.outgoing(actor, below=below, state=state, case=case)
        return listing(request, "referrals", paging.page_of(rows, number=_number, show=_line))

    @extend_schema(operation_id="referral_draft", responses={201: shape(s.ReferralShown)})
    def post(self, request: Request) -> Response:
        return self.perform(request)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        services = agency_policy.services_visible_to(actor).select_related("agency")
        case = find_case_named(request, data["case"])
        earlier = None
        if code := data["instead_of"]:
            earlier = known(
                "/instead_of", policy.visible_to(actor).filter(case=case), code=code
            )
        return sending.draft(
            case_code=case.code,
            service=known("/service", services, code=data["service"]),
            groups=[DataGroup(group) for group in data["groups"]],
            urgency=Urgency(data["urgency"]),
            purpose=data["purpose"],
            note=data["note"],
            instead_of=earlier,
            by=actor,
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown(request, code)


class ReferralDetail(View):
    """One referral. The receiver's first opening of it tells the sender that it was seen."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="referral_show", responses={200: shape(s.ReferralShown)})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        referral = find(request, code)
        side = policy.party_of(actor, referral)
        if side is Party.RECEIVER and referral.state == State.SENT:
            _seen(request, code)
        reading.looked_at(referral, by=actor, side=side)
        return shown(request, code)


class ReferralVerb(ActView):
    """One verb of a referral. The answer is the referral as it stands afterwards."""

    verb: ClassVar[str] = ""

    @extend_schema(responses={200: shape(s.ReferralShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        referral = find(request, code)
        match_if_given(request, referral.code, referral.version)
        # Asked before anything that the body names is looked up, so that a refusal is told first.
        if self.verb in set(Act):
            policy.may_act(actor_of(request), Act(self.verb), referral).require()
        else:
            policy.may(actor_of(request), Verb(self.verb), referral).require()
        VERBS[self.verb][1](request, code, data)
        return code

    def show(self, request: Request, code: str) -> Response:
        return shown(request, code)


class ReferralSend(ReferralVerb):
    """Send a drafted referral: the disclosure is frozen and the receiver is told."""

    key_required = True


class Preview(View):
    """They will see exactly this. Reading it is written down like any other reading."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="referral_preview", responses={200: shape(s.PreviewOut)})
    def get(self, request: Request, code: str) -> Response:
        referral = find(request, code)
        now = timezone.now()
        content = sending.preview(referral=referral, by=actor_of(request), at=now)
        closed = [g for g in referral.groups if g in SEALED and g not in content["groups"]]
        obstacles = sending.obstacles(referral, at=now)
        return Response({"will_see": content, "closed": closed, "obstacles": obstacles})


class ReferralDocuments(View):
    """Which documents go with a referral: chosen by its sender before it is sent, and open to the
    receiver while it helps."""

    serializer_class = s.DocumentsIn

    @extend_schema(operation_id="referral_documents", responses={200: listed(DocumentLine)})
    def get(self, request: Request, code: str) -> Response:
        return self.chosen(request, find(request, code))

    @extend_schema(
        operation_id="referral_choose_documents", responses={200: listed(DocumentLine)}
    )
    def put(self, request: Request, code: str) -> Response:
        actor, referral = actor_of(request), find(request, code)
        policy.may(actor, Verb.SEND, referral).require()
        match_if_given(request, referral.code, referral.version)
        sending.choose_documents(
            code=code,
            documents=self.read(request)["documents"],
            by=actor,
            at=timezone.now(),
        )
        return self.chosen(request, referral)

    def chosen(self, request: Request, referral: Referral) -> Response:
        rows = documents.of_referral(actor_of(request), referral.code).order_by("pk")
        return Response({"results": [line(each, referral.case.code) for each in rows]})


class DisclosureView(View):
    """Exactly what the receiver was shown, with its hash; for the receiver while it helps."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="referral_disclosure", responses={200: shape(s.DisclosureOut)})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        referral = find(request, code)
        side_for(Act.SEE_DISCLOSURE, referral, by=actor)
        content = disclosure.opened(referral, by=actor)
        receipt = referral.disclosure
        return Response(
            {
                "content": content,
                "canonical": disclosure.canonical(content),
                "sha256": receipt.sha256,
                "frozen_at": receipt.frozen_at,
            }
        )


class Alternatives(View):
    """The next best services, with reasons, after a no or in place of silence."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="referral_alternatives", responses={200: listed(ServiceMatch)})
    def get(self, request: Request, code: str) -> Response:
        actor = actor_of(request)
        referral = find(request, code)
        side_for(Act.SEE_ALTERNATIVES, referral, by=actor)
        matches = queries.next_best(referral, actor, on=timezone.localdate())
        return Response({"results": [match_out(match) for match in matches]})


class Messages(ActView):
    """The thread between the two agencies of a referral."""

    serializer_class = s.MessageIn
    key_required = True
    created = True

    @extend_schema(operation_id="referral_messages", responses={200: listed(s.MessageOut)})
    def get(self, request: Request, code: str) -> Response:
        return self.show(request, code)

    @extend_schema(operation_id="referral_write_message", responses={201: listed(s.MessageOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        find(request, code)
        helping.message(code=code, text=data["text"], by=actor_of(request), at=timezone.now())
        return code

    def show(self, request: Request, code: str) -> Response:
        referral = find(request, code)
        return Response({"results": reading.messages_for(actor_of(request), referral)})


class Overdue(View):
    """Deadlines that have passed: your agency's, or for a co-ordinator the land's, by code."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="overdue_list", responses={200: listed(s.OverdueOut)})
    def get(self, request: Request) -> Response:
        rows = queries.overdue(actor_of(request), at=timezone.now())
        return listing(request, "overdue", {"results": rows})


class Clocks(View):
    """Your work list: the deadlines that you or your function must meet, and those that you wait
    for, the nearest first."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="clock_list",
        parameters=[OpenApiParameter("purpose", str, enum=Clock.Purpose.values),
                    OpenApiParameter("due", str, enum=sorted(s.DUE))],
        responses={200: listed(s.ClockOut)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        purpose = request.query_params.get("purpose", "")
        due = request.query_params.get("due", "")
        if purpose and purpose not in Clock.Purpose.values:
            raise Invalid("unknown_code", pointer="/purpose")
        if due and due not in s.DUE:
            raise Invalid("unknown_code", pointer="/due")
        now = timezone.now()
        before = now + s.DUE[due] if due else None
        rows = queries.work_list(actor_of(request), at=now, purpose=purpose, before=before)
        return listing(request, "clocks", {"results": rows})


class MemberLeave(ActView):
    """A member leaves: access ends and open work goes to the supervisor, in one act."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="member_leave", responses={200: shape(MemberOut)})
    def post(self, request: Request, username: str) -> Response:
        return self.perform(request, username=username)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        member = find_member(request, where["username"])
        leaving.leave(member=member, by=actor_of(request), at=timezone.now())
        return member.username

    def show(self, request: Request, code: str) -> Response:
        return Response(member_out(find_member(request, code)))


def find_member(request: Request, username: str) -> Member:
    rows = agency_policy.members_visible_to(actor_of(request)).select_related("agency")
    return get_object_or_404(rows, username=username)


class MemberRole(ActView):
    """Give a member another role, with its rights from that moment."""

    serializer_class = RoleIn

    @extend_schema(operation_id="member_change_role", responses={200: shape(MemberOut)})
    def post(self, request: Request, username: str) -> Response:
        return self.perform(request, username=username)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        member = find_member(request, where["username"])
        role = Role(data["role"])
        leaving.change_role(member=member, role=role, by=actor_of(request), at=timezone.now())
        return member.username

    def show(self, request: Request, code: str) -> Response:
        return Response(member_out(find_member(request, code)))


class CaseClose(ActView):
    """Close a case; the checklist says what is still open."""

    serializer_class = CloseIn

    @extend_schema(operation_id="case_checklist", responses={200: shape(s.Checklist)})
    def get(self, request: Request, code: str) -> Response:
        case = find_own_case(request, code)
        today = deadlines.today(case, timezone.now())
        return Response({"checklist": closing.checklist(case, on=today)})

    @extend_schema(operation_id="case_close", responses={200: shape(CaseShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        find_case(request, code)
        closing.close(
            code=code, closure=data["closure"], by=actor_of(request), at=timezone.now()
        )
        return code

    def show(self, request: Request, code: str) -> Response:
        return shown_case(request, code)


class CaseExclusion(ActView):
    """Keep an agency, a member or a district apart from a case, or let it near again."""

    serializer_class = s.ApartIn
    apart: ClassVar[bool] = True

    @extend_schema(responses={200: shape(CaseShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor, code = actor_of(request), where["code"]
        case_policy.may(actor, case_policy.Verb.WRITE, find_case(request, code)).require()
        whom = _apart(request, data)
        if self.apart:
            reason = data.get("reason", "")
            case = recalling.exclude(
                code=code, whom=whom, reason=reason, by=actor, at=timezone.now()
            )
        else:
            case = recalling.readmit(code=code, whom=whom, by=actor, at=timezone.now())
        return case.code

    def show(self, request: Request, code: str) -> Response:
        return shown_case(request, code)


def _apart(request: Request, data: Input) -> Whom:
    """Who is meant."""
    agency = member = None
    if data.get("agency"):
        agency = agency_named(request, data["agency"], "/agency")
    if data.get("member"):
        # Of any agency: whoever the person is afraid of may work anywhere.
        member = agency_queries.member_named(data["member"])
        if member is None:
            raise Invalid("unknown_member", pointer="/member")
    return Whom(agency, member, data.get("district", ""))


class CaseReopen(ActView):
    """Take a closed case up again."""

    serializer_class = ReopenIn

    @extend_schema(operation_id="case_reopen", responses={200: shape(CaseShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        code: str = where["code"]
        find_case(request, code)
        closing.reopen(
            code=code, reason=data["reason"], by=actor_of(request), at=timezone.now()
        )
        return code

    def show(self, request: Request, code: str) -> Response:
        return shown_case(request, code)


class ConsentGive(ActView):
    """Record that a drafted consent was given: by whom, how, in which language."""

    serializer_class = GiveIn

    @extend_schema(operation_id="consent_give", responses={200: shape(ConsentShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        consent = find_consent(request, where["code"])
        recalling.give_consent(
            code=consent.code, giving=Giving(**data), by=actor_of(request), at=timezone.now()
        )
        return consent.code

    def show(self, request: Request, code: str) -> Response:
        return shown_consent(request, code)


class ConsentWithdraw(ActView):
    """The person takes a consent back; all that leans on it ends in the same transaction."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="consent_withdraw", responses={200: shape(ConsentShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        consent = find_consent(request, where["code"])
        recalling.withdraw_consent(code=consent.code, by=actor_of(request), at=timezone.now())
        return consent.code

    def show(self, request: Request, code: str) -> Response:
        return shown_consent(request, code)


class ConsentSupersede(ActView):
    """Replace a consent by a newer, active one of the same case."""

    serializer_class = SupersedeIn

    @extend_schema(operation_id="consent_supersede", responses={200: shape(ConsentShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        consent = find_consent(request, where["code"])
        successor = known(
            "/by", case_policy.consents_visible_to(actor_of(request)), code=data["by"]
        )
        recalling.supersede_consent(
            code=consent.code,
            with_code=successor.code,
            by=actor_of(request),
            at=timezone.now(),
        )
        return consent.code

    def show(self, request: Request, code: str) -> Response:
        return shown_consent(request, code)


class OverrideDecision(ActView):
    """Approve or refuse an override: never by who asked for it."""

    serializer_class = s.Nothing
    approve: ClassVar[bool] = False

    @extend_schema(responses={200: shape(OverrideShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        found = find_override(request, where["code"])
        recalling.decide_override(
            code=found.code, approve=self.approve, by=actor_of(request), at=timezone.now()
        )
        return found.code

    def show(self, request: Request, code: str) -> Response:
        return shown_override(request, code)


class OverrideEnd(ActView):
    """End an approved override; what leaned on it ends with it."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="override_end", responses={200: shape(OverrideShown)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        override = find_override(request, where["code"])
        recalling.end_override(code=override.code, by=actor_of(request), at=timezone.now())
        return override.code

    def show(self, request: Request, code: str) -> Response:
        return shown_override(request, code)


class Transfers(ActView):
    """Hand the whole case to another agency; here it is proposed."""

    serializer_class = s.TransferIn
    key_required = True
    created = True

    @extend_schema(operation_id="transfer_propose", responses={201: shape(s.TransferOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        actor = actor_of(request)
        find_case(request, where["code"])
        agencies = agency_policy.agencies_visible_to(actor)
        return transferring.propose(
            code=where["code"],
            to=known("/to", agencies, code=data["to"]),
            note=data["note"],
            by=actor,
            at=timezone.now(),
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_transfer(request, code)


class TransferDetail(View):
    """One transfer, for the supervisors of both agencies."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="transfer_show", responses={200: shape(s.TransferOut)})
    def get(self, request: Request, code: str) -> Response:
        return shown_transfer(request, code)


class TransferAnswer(ActView):
    """Accept or decline a transfer."""

    serializer_class = s.Nothing
    accept: ClassVar[bool] = False

    @extend_schema(responses={200: shape(s.TransferOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        transfer = _find_transfer(request, where["code"])
        return transferring.answer(
            code=transfer.code, accept=self.accept, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_transfer(request, code)


class TransferWithdraw(ActView):
    """Take back a proposal that was not answered."""

    serializer_class = s.Nothing

    @extend_schema(operation_id="transfer_withdraw", responses={200: shape(s.TransferOut)})
    def post(self, request: Request, code: str) -> Response:
        return self.perform(request, code=code)

    def act(self, request: Request, data: Input, **where: Any) -> str:
        transfer = _find_transfer(request, where["code"])
        case_policy.may(
            actor_of(request), case_policy.Verb.PROPOSE_TRANSFER, transfer.case
        ).require()
        return transferring.withdraw(
            code=transfer.code, by=actor_of(request), at=timezone.now()
        ).code

    def show(self, request: Request, code: str) -> Response:
        return shown_transfer(request, code)


class MyTransfers(View):
    """Transfers that your agency proposed or was proposed."""

    serializer_class = s.Nothing

    @extend_schema(
        operation_id="transfer_list", parameters=[AFTER], responses={200: page(s.TransferOut)}
    )
    def get(self, request: Request) -> Response:
        rows = policy.transfers_visible_to(actor_of(request)).select_related(
            "case", "sender", "receiver"
        )
        return listing(request, "transfers", paging.newest(request, rows, show=s.transfer_out))


def shown_transfer(request: Request, code: str) -> Response:
    return Response(s.transfer_out(_find_transfer(request, code)))


def find_case_named(request: Request, code: str) -> Case:
    case: Case = known("/case", case_policy.visible_to(actor_of(request)), code=code)
    return case


def _find_transfer(request: Request, code: str) -> Transfer:
    rows = policy.transfers_visible_to(actor_of(request)).select_related(
        "case", "sender", "receiver"
    )
    return get_object_or_404(rows, code=code)


def _number(row: dict[str, Any]) -> int:
    return int(row["pk"])


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {name.replace("__", "_"): value for name, value in row.items() if name != "pk"}


def _receiver_member(request: Request, username: str, pointer: str) -> Member:
    rows = agency_policy.members_visible_to(actor_of(request)).select_related("agency")
    member: Member = known(pointer, rows, username=username)
    return member


def _seen(request: Request, code: str) -> None:
    try:
        answering.receive(code=code, by=actor_of(request), at=timezone.now())
    except Refused:
        # A colleague opened or answered it in this very moment: it has been seen all the same.
        return


def _send(request: Request, code: str, data: Input) -> None:
    sending.send(code=code, by=actor_of(request), at=timezone.now())


def _receive(request: Request, code: str, data: Input) -> None:
    answering.receive(code=code, by=actor_of(request), at=timezone.now())


def _assign(request: Request, code: str, data: Input) -> None:
    to = _receiver_member(request, data["to"], "/to")
    answering.assign(code=code, to=to, by=actor_of(request), at=timezone.now())


def _request_info(request: Request, code: str, data: Input) -> None:
    answering.request_info(code=code, **data, by=actor_of(request), at=timezone.now())


def _answer_info(request: Request, code: str, data: Input) -> None:
    answering.answer_info(code=code, **data, by=actor_of(request), at=timezone.now())


def _accept(request: Request, code: str, data: Input) -> None:
    contact = _receiver_member(request, data["contact"], "/contact")
    answering.accept(
        code=code,
        contact=contact,
        first_contact_at=data["first_contact_at"],
        by=actor_of(request),
        at=timezone.now(),
    )


def _decline(request: Request, code: str, data: Input) -> None:
    answering.decline(code=code, **data, by=actor_of(request), at=timezone.now())


def _plan_handover(request: Request, code: str, data: Input) -> None:
    helping.plan_handover(code=code, **data, by=actor_of(request), at=timezone.now())


def _confirm_handover(request: Request, code: str, data: Input) -> None:
    helping.confirm_handover(code=code, by=actor_of(request), at=timezone.now())


def _log_attempt(request: Request, code: str, data: Input) -> None:
    helping.log_attempt(code=code, **data, by=actor_of(request), at=timezone.now())


def _first_contact(request: Request, code: str, data: Input) -> None:
    helping.first_contact(code=code, **data, by=actor_of(request), at=timezone.now())


def _complete(request: Request, code: str, data: Input) -> None:
    helping.complete(code=code, **data, by=actor_of(request), at=timezone.now())


def _not_reached(request: Request, code: str, data: Input) -> None:
    helping.not_reached(code=code, by=actor_of(request), at=timezone.now())


def _confirm(request: Request, code: str, data: Input) -> None:
    helping.confirm(code=code, **data, by=actor_of(request), at=timezone.now())


def _withdraw(request: Request, code: str, data: Input) -> None:
    recalling.withdraw(code=code, **data, by=actor_of(request), at=timezone.now())


def _acknowledge_recall(request: Request, code: str, data: Input) -> None:
    recalling.acknowledge_recall(code=code, by=actor_of(request), at=timezone.now())


Handler = Callable[[Request, str, Input], None]
VERBS: dict[str, tuple[type[serializers.Serializer[Any]], Handler]] = {
    "send": (s.Nothing, _send),
    "receive": (s.Nothing, _receive),
    "assign": (s.AssignIn, _assign),
    "request_info": (s.QuestionIn, _request_info),
    "answer_info": (s.AnswerIn, _answer_info),
    "accept": (s.AcceptIn, _accept),
    "decline": (s.DeclineIn, _decline),
    "plan_handover": (s.HandoverIn, _plan_handover),
    "confirm_handover": (s.Nothing, _confirm_handover),
    "log_attempt": (s.AttemptIn, _log_attempt),
    "first_contact": (s.ContactIn, _first_contact),
    "complete": (s.CompleteIn, _complete),
    "not_reached": (s.Nothing, _not_reached),
    "confirm": (s.ConfirmIn, _confirm),
    "withdraw": (s.WithdrawIn, _withdraw),
    "acknowledge_recall": (s.Nothing, _acknowledge_recall),
}

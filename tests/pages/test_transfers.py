"""Whole cases that change hands, cases that are asked for, and help that a receiver proposes."""

from typing import Any

import pytest
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from kernel.groups import DataGroup
from referral.actions import onward
from referral.models import CaseRequest, Onward, Referral, Transfer


@pytest.fixture
def ours(sender: Member) -> Member:
    return make.make_member(agency=sender.agency, role=Role.SUPERVISOR)


@pytest.fixture
def theirs(receiver: Member) -> Member:
    return make.make_member(agency=receiver.agency, role=Role.SUPERVISOR)


@pytest.fixture
def case(sender: Member, theirs: Member) -> Case:
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=theirs.agency, by=sender)
    return case


def texts(answer: Any) -> str:
    return str(answer.content.decode())


def propose(visiting: Any, ours: Member, case: Case, theirs: Member) -> Transfer:
    visiting(ours).do(
        f"/cases/{case.code}/transfer/", {"to": theirs.agency.code, "note": "She has moved."}
    )
    return Transfer.objects.get()


def test_a_case_changes_hands(case: Case, ours: Member, theirs: Member, visiting: Any) -> None:
    found = propose(visiting, ours, case, theirs)
    page = texts(visiting(theirs).see(f"/transfers/{found.code}/"))
    assert case.code in page
    assert "She has moved." not in page

    answer = visiting(theirs).do(f"/transfers/{found.code}/do/accept/")

    assert answer.redirect_chain == [(f"/transfers/{found.code}/", 302)]
    case.refresh_from_db()
    assert case.owner == theirs.agency


@pytest.mark.parametrize(("verb", "end"), [("decline", "declined"), ("withdraw", "withdrawn")])
def test_a_case_stays(
    verb: str, end: str, case: Case, ours: Member, theirs: Member, visiting: Any
) -> None:
    found = propose(visiting, ours, case, theirs)
    who = ours if verb == "withdraw" else theirs

    visiting(who).do(f"/transfers/{found.code}/do/{verb}/")

    found.refresh_from_db()
    case.refresh_from_db()
    assert (found.state, case.owner) == (end, ours.agency)
    again = visiting(who).do(f"/transfers/{found.code}/do/{verb}/")
    assert "This transfer is answered already." in texts(again)


def test_a_transfer_is_for_the_supervisors_of_both(
    case: Case, ours: Member, theirs: Member, sender: Member, stranger: Member, visiting: Any
) -> None:
    found = propose(visiting, ours, case, theirs)

    for member in (stranger, sender):
        assert visiting(member).see(f"/transfers/{found.code}/").status_code == 404
        assert found.code not in texts(visiting(member).see("/transfers/"))
    # Each side answers with its own verbs alone.
    assert visiting(ours).do(f"/transfers/{found.code}/do/accept/").status_code == 404
    assert visiting(theirs).do(f"/transfers/{found.code}/do/withdraw/").status_code == 404
    assert visiting(sender).see(f"/cases/{case.code}/transfer/").status_code == 403


def test_a_transfer_without_consent_is_refused_and_the_note_is_kept(
    sender: Member, ours: Member, theirs: Member, visiting: Any
) -> None:
    case = make.make_case(by=sender)

    answer = visiting(ours).do(
        f"/cases/{case.code}/transfer/", {"to": theirs.agency.code, "note": "She has moved."}
    )

    assert "She has moved." in texts(answer)
    assert "A consent for what is shared is missing or has ended." in texts(answer)


def test_a_case_is_asked_for_and_granted(
    case: Case, ours: Member, theirs: Member, visiting: Any
) -> None:
    asking = {"case": case.code.lower(), "reason": "person_moved"}
    visiting(theirs).do("/case-requests/new/", asking)
    asked = CaseRequest.objects.get()
    assert "grant" not in texts(visiting(theirs).see("/transfers/"))
    assert f"/case-requests/{asked.code}/grant/" in texts(visiting(ours).see("/transfers/"))

    answer = visiting(ours).do(f"/case-requests/{asked.code}/grant/", {"note": "Yes."})

    assert answer.redirect_chain == [(f"/transfers/{Transfer.objects.get().code}/", 302)]


def test_a_refusal_and_a_code_that_is_none_look_alike(
    case: Case, ours: Member, theirs: Member, visiting: Any
) -> None:
    asker = visiting(theirs)
    for code in (case.code, "SH-2222-2222"):
        asker.do("/case-requests/new/", {"case": code, "reason": "in_our_care"})
    visiting(ours).do(
        f"/case-requests/{CaseRequest.objects.get(case=case).code}/refuse/"
    )  # fmt: skip

    shown = asker.see("/transfers/").context["requests"]

    assert {(each.request.state, each.waits_for_us, each.refused) for each in shown} == {
        ("asked", False, False)
    }
    code = CaseRequest.objects.get(case=None).code
    assert visiting(ours).see(f"/case-requests/{code}/grant/").status_code == 404


def test_the_list_takes_no_query_per_row(
    sender: Member, ours: Member, theirs: Member, visiting: Any
) -> None:
    visitor = visiting(ours)
    counts = []
    for more in (1, 2):
        for _ in range(more):
            case = make.make_case(by=sender)
            make.make_consent(case=case, to=theirs.agency, by=sender)
            visitor.do(
                f"/cases/{case.code}/transfer/", {"to": theirs.agency.code, "note": "Moved."}
            )
            visiting(theirs).do(
                "/case-requests/new/", {"case": case.code, "reason": "in_our_care"}
            )
        visitor.see("/transfers/")
        counts.append(visitor.asks("/transfers/")[1])
    assert counts[0] == counts[1] <= 12


def test_a_receiver_proposes_further_help(
    accepted: Referral, receiver: Member, sender: Member, stranger: Member, visiting: Any
) -> None:
    other = make.make_service(agency=stranger.agency, type="LEGAL_AID", name="Advice")
    url = f"/referrals/{accepted.code}/onward/?type=LEGAL_AID"
    assert "Advice" in texts(visiting(receiver).see(url))

    visiting(receiver).do(
        url,
        {"service": other.code, "urgency": "normal", "groups": ["contact"],
         "reason": "She asks for a lawyer."},
    )  # fmt: skip

    proposal = Onward.objects.get()
    ours = visiting(sender)
    assert "Advice" in texts(ours.see(f"/referrals/{accepted.code}/"))
    assert "Advice" in texts(ours.see(f"/cases/{accepted.case.code}/referrals/"))
    page = texts(ours.see(f"/onwards/{proposal.code}/"))
    assert "She asks for a lawyer." in page
    assert "Ask the person for consent" in page
    assert "She asks for a lawyer." not in texts(
        visiting(receiver).see(f"/onwards/{proposal.code}/")
    )
    assert visiting(stranger).see(f"/onwards/{proposal.code}/").status_code == 404


def test_the_sender_answers_a_proposal(
    accepted: Referral, receiver: Member, sender: Member, stranger: Member, visiting: Any
) -> None:
    other = make.make_service(agency=stranger.agency, type="LEGAL_AID")
    codes = [
        onward.propose(
            code=accepted.code, service=service, groups=[DataGroup.CONTACT],
            urgency=Urgency.NORMAL, reason="Please.", by=receiver, at=timezone.now(),
        ).code
        for service in (other, make.make_service(agency=stranger.agency, type="LEGAL_DOCS"))
    ]  # fmt: skip
    ours = visiting(sender)
    assert visiting(receiver).do(f"/onwards/{codes[0]}/", {"approve": "1"}).status_code == 404
    refused = ours.do(f"/onwards/{codes[0]}/", {"approve": "1"})
    assert "A consent for one of the data groups is missing" in texts(refused)

    make.make_consent(case=accepted.case, to=stranger.agency, by=sender)
    sent = ours.do(f"/onwards/{codes[0]}/", {"approve": "1"})
    ours.do(f"/onwards/{codes[1]}/", {"decline": "1"})

    states = dict(Onward.objects.values_list("code", "state"))
    assert states == {codes[0]: "approved", codes[1]: "declined"}
    new = Onward.objects.get(code=codes[0]).sent_as
    assert new is not None
    assert sent.redirect_chain == [(f"/referrals/{new.code}/", 302)]

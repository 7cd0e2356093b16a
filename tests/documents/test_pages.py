"""Documents on the pages of both sides of a referral."""

from typing import Any

from agencies.models import Member, Service
from audit.models import AuditEvent
from cases.models import Case
from demo import builders as make
from documents.models import Document
from kernel.groups import DataGroup
from tests.pages.test_casepage import text_of

HELD = [DataGroup.IDENTITY]


def test_a_document_goes_from_the_tick_to_the_receivers_hands(
    visiting: Any, case: Case, sender: Member, receiver: Member, service: Service
) -> None:
    passport = make.make_clean(case=case, by=sender, name="passport.pdf")
    other = make.make_clean(case=case, by=sender, name="other.pdf")
    make.make_consent(case=case, to=service.agency, by=sender, groups=HELD)
    draft = make.make_draft(case=case, service=service, by=sender, groups=HELD)
    visitor, theirs = visiting(sender), visiting(receiver)
    path, page = f"/referrals/{draft.code}/documents/", f"/referrals/{draft.code}/"
    offered = text_of(visitor.see(path))
    chosen = visitor.do(path, {"documents": [passport.code]})
    visitor.do(f"{page}preview/")
    asked = text_of(theirs.see(page))
    make.make_accepted(sent=draft, by=receiver)
    helping = text_of(theirs.see(page))
    fetched = theirs.do(f"/documents/{passport.code}/fetch/")

    assert ("passport.pdf" in offered, "other.pdf" in offered) == (True, True)
    assert chosen.redirect_chain == [(f"{page}preview/", 302)]
    assert ("passport.pdf" in text_of(chosen), "other.pdf" in text_of(chosen)) == (True, False)
    assert (passport.code in asked, passport.code in helping) == (False, True)
    assert other.code not in helping
    assert fetched.content.startswith(b"%PDF")
    assert theirs.see(f"/documents/{other.code}/").status_code == 404
    assert theirs.see(path).status_code == 404
    assert (
        theirs.do(f"/documents/{passport.code}/retract/", {"reason": "outdated"}).status_code
        == 403
    )
    opened = AuditEvent.objects.filter(event="read.document", actor=receiver.username)
    assert [(each.about, each.case) for each in opened] == [(case.person.code, case.code)]


def test_a_document_is_taken_back_with_a_reason(
    visiting: Any, case: Case, sender: Member
) -> None:
    document = make.make_clean(case=case, by=sender)
    visitor, path = visiting(sender), f"/documents/{document.code}/retract/"
    without = visitor.do(path)
    answer = visitor.do(path, {"reason": "not_wanted"})

    assert (without.status_code, without.redirect_chain) == (200, [])
    assert "Nobody can open it any more." in text_of(answer)
    assert Document.objects.get(pk=document.pk).state == "retracted"
    assert visitor.http.post(f"/documents/{document.code}/fetch/").status_code == 409


def test_it_is_said_that_nothing_is_checked_here(
    visiting: Any, settings: Any, case: Case, sender: Member
) -> None:
    make.make_document(case=case, by=sender)
    path, visitor, found = f"/cases/{case.code}/documents/", visiting(sender), []
    for address, stand_in in (("", False), ("127.0.0.1:1", True), ("127.0.0.1:1", False)):
        settings.CLAMD_ADDRESS, settings.SCANNER_IS_STAND_IN = address, stand_in
        text = text_of(visitor.see(path))
        found.append(
            (
                "No scanner is set up" in text,
                "a stand-in" in text,
                "waiting to be checked" in text,
            )
        )

    assert found == [(True, False, True), (False, True, True), (False, False, True)]


def test_the_list_costs_the_same_for_one_and_for_three(
    visiting: Any, case: Case, sender: Member
) -> None:
    visitor, counts = visiting(sender), []
    # The first page of a session also begins it.
    visitor.see("/")
    for _ in range(3):
        make.make_clean(case=case, by=sender)
        counts.append(visitor.asks(f"/cases/{case.code}/documents/?open=names")[1])

    assert counts == [counts[0]] * 3
    assert counts[0] <= 12

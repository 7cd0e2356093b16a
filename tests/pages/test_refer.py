"""From an open case to a sent referral: who could help, what they will see, one button."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service
from cases.models import Case
from demo import builders as make
from kernel.errors import Denied, Refused
from kernel.groups import DataGroup, in_order
from referral import disclosure, queries
from referral.actions import answering, sending
from referral.models import Referral


@pytest.fixture
def draft(case: Case, service: Service, sender: Member) -> Referral:
    return make.make_draft(case=case, service=service, by=sender, note="Please call first.")


def test_services_are_offered_with_their_places_and_reasons(
    case: Case, service: Service, sender: Member, visiting: Any
) -> None:
    make.make_service(agency=service.agency, places_free=2, name="A quiet house")

    page = visiting(sender).see(f"/cases/{case.code}/refer/").content.decode()

    assert "A quiet house" in page
    assert "2 free places" in page
    assert "how soon it answers is not known yet" in page
    assert "Its entry was checked lately." in page
    assert "SHELTER_EMERGENCY" not in page.replace("type=SHELTER_EMERGENCY", "").replace(
        'value="SHELTER_EMERGENCY"', ""
    )


def test_who_cannot_take_the_person_stands_below_with_the_reason(
    case: Case, service: Service, sender: Member, visiting: Any
) -> None:
    make.make_service(agency=service.agency, name="For boys", genders=["Masculine"])

    page = visiting(sender).see(
        f"/cases/{case.code}/refer/", {"type": "SHELTER_EMERGENCY"}
    ).content.decode()  # fmt: skip

    below = page.split("These cannot take the person")[1]
    assert "For boys" in below
    assert "This service does not take this gender." in below
    assert service.name not in below


def test_how_soon_an_agency_answers_is_said_after_five_answers(
    service: Service, sender: Member, receiver: Member
) -> None:
    agency = service.agency_id
    for hours in (1, 2, 3, 4):
        _answered(service, sender, receiver, hours)
    assert queries.usual_answers([agency]) == {}

    _answered(service, sender, receiver, 30)
    usual = queries.usual_answers([agency])[agency]
    assert round(usual / dt.timedelta(hours=1)) == 3


def _answered(service: Service, sender: Member, receiver: Member, hours: int) -> None:
    sent = make.make_sent(by=sender, service=service)
    answering.decline(
        code=sent.code,
        reason="no_capacity",
        by=receiver,
        at=timezone.now() + dt.timedelta(hours=hours),
    )


def test_a_stranger_and_another_role_learn_nothing(
    case: Case, draft: Referral, stranger: Member, visiting: Any
) -> None:
    admin = make.make_member(role="agency_admin", agency=case.owner)
    for member in (stranger, admin):
        visitor = visiting(member)
        for path in (
            f"/cases/{case.code}/refer/",
            f"/cases/{case.code}/referrals/",
            f"/referrals/{draft.code}/preview/",
            f"/referrals/{draft.code}/",
        ):
            assert visitor.see(path).status_code == 404


def test_from_the_case_to_a_sent_referral(
    case: Case, service: Service, sender: Member, visiting: Any
) -> None:
    visitor, url = visiting(sender), f"/cases/{case.code}/refer/?service={service.code}"
    first = visitor.see(url).content.decode()
    assert "no consent yet" in first

    page = visitor.do(url, {"urgency": "urgent", "groups": ["contact", "safety"], "note": "Hi"})

    draft = Referral.objects.get()
    assert page.redirect_chain == [(f"/referrals/{draft.code}/preview/", 302)]
    assert draft.groups == ["triage", "contact", "safety"]
    text = page.content.decode()
    assert "It cannot be sent yet" in text
    assert f"/cases/{case.code}/consent/new/?agency={service.agency.code}" in text
    assert ">Send<" not in text

    make.make_consent(case=case, to=service.agency, by=sender)
    preview = visitor.see(f"/referrals/{draft.code}/preview/").content.decode()
    assert ">Send<" in preview

    sent = visitor.do(f"/referrals/{draft.code}/preview/")
    draft.refresh_from_db()
    assert draft.state == "sent"
    assert sent.redirect_chain == [(f"/referrals/{draft.code}/", 302)]


def test_the_groups_that_are_agreed_to_are_ticked(
    case: Case, service: Service, sender: Member, visiting: Any
) -> None:
    make.make_consent(case=case, to=service.agency, by=sender, groups=[DataGroup.CONTACT])

    answer = visiting(sender).see(f"/cases/{case.code}/refer/?service={service.code}")

    assert answer.context["form"].initial["groups"] == ["contact"]


def test_the_preview_shows_in_words_what_the_receipt_holds(
    case: Case, draft: Referral, service: Service, sender: Member, visiting: Any
) -> None:
    make.make_consent(case=case, to=service.agency, by=sender)
    visitor = visiting(sender)
    before = visitor.see(f"/referrals/{draft.code}/preview/")
    visitor.do(f"/referrals/{draft.code}/preview/")
    draft.refresh_from_db()

    after = visitor.see(f"/referrals/{draft.code}/", {"open": "disclosure"})

    frozen = disclosure.opened(draft, by=sender)
    assert before.context["told"] == after.context["told"]
    assert [each.group for each in before.context["told"]] == in_order(frozen["groups"])
    text = before.content.decode()
    for value in ("Ірына", "+375290000000", "The former employer looks for her.", "voicemail"):
        assert value in text
    assert "prs_FirstName" not in text
    assert "Please call first." in text


def test_sending_without_consent_is_refused_in_words(
    draft: Referral, sender: Member, visiting: Any
) -> None:
    answer = visiting(sender).do(f"/referrals/{draft.code}/preview/")

    assert answer.status_code == 200
    text = answer.content.decode()
    assert "A consent for one of the data groups is missing or has ended." in text
    assert "Ask the person for consent" in text
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_form_that_is_not_right_keeps_what_was_typed(
    case: Case, service: Service, sender: Member, visiting: Any
) -> None:
    url = f"/cases/{case.code}/refer/?service={service.code}"

    answer = visiting(sender).do(url, {"note": "Remember the dog"})

    assert answer.status_code == 200
    assert "Remember the dog" in answer.content.decode()
    assert Referral.objects.count() == 0


def test_after_a_no_the_same_is_asked_elsewhere_with_one_button(
    sent: Referral, sender: Member, receiver: Member, stranger: Member, visiting: Any
) -> None:
    other = make.make_service(agency=stranger.agency, name="The other house")
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())
    visitor = visiting(sender)
    page = visitor.see(f"/referrals/{sent.code}/").content.decode()
    assert "The other house" in page
    assert "no capacity" in page

    answer = visitor.do(f"/referrals/{sent.code}/instead/", {"service": other.code})

    new = Referral.objects.get(instead_of=sent)
    assert answer.redirect_chain == [(f"/referrals/{new.code}/preview/", 302)]
    assert (new.state, new.groups, new.urgency) == ("draft", sent.groups, sent.urgency)


def test_what_was_sent_is_listed_with_each_answer(
    sent: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())

    for path in ("/sent/", f"/cases/{sent.case.code}/referrals/"):
        page = visiting(sender).see(path).content.decode()
        assert sent.code in page
        assert "declined" in page
    assert sent.code not in visiting(sender).see("/sent/", {"state": "sent"}).content.decode()


@pytest.mark.parametrize("path", ["/sent/", "/cases/{case}/referrals/", "/cases/{case}/refer/"])
def test_lists_take_no_query_per_row(
    path: str, sent: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    visitor, address = visiting(sender), path.format(case=sent.case.code)
    visitor.see(address)
    counts = []
    for _ in range(2):
        counts.append(visitor.asks(address)[1])
        for _ in range(2):
            other = make.make_service(agency=make.make_agency())
            make.make_draft(case=sent.case, service=other, by=sender)
    assert counts[0] == counts[1] <= 12


def test_a_draft_is_changed_with_all_that_was_typed_before(
    draft: Referral, sender: Member, visiting: Any
) -> None:
    visitor = visiting(sender)
    preview = visitor.see(f"/referrals/{draft.code}/preview/").content.decode()
    address = f"/cases/{draft.case.code}/refer/?service={draft.service.code}&draft={draft.code}"
    assert address.replace("&", "&amp;") in preview
    page = visitor.see(address).content.decode()

    answer = visitor.do(
        address,
        {"urgency": "emergency", "groups": [DataGroup.SAFETY], "note": "By night, too."},
    )

    assert "Please call first." in page
    assert page.count(" checked") == 1 + len(draft.groups) - 1
    assert answer.redirect_chain == [(f"/referrals/{draft.code}/preview/", 302)]
    assert "By night, too." in answer.content.decode()
    changed = Referral.objects.get()
    assert (changed.urgency, changed.groups, changed.state) == (
        "emergency",
        in_order([DataGroup.TRIAGE, DataGroup.SAFETY]),
        "draft",
    )


def test_what_was_sent_is_no_draft_any_more(
    sent: Referral, sender: Member, stranger: Member, visiting: Any
) -> None:
    address = f"/cases/{sent.case.code}/refer/?service={sent.service.code}&draft={sent.code}"

    assert visiting(sender).see(address).status_code == 404
    with pytest.raises(Refused) as refused:
        sending.redraft(
            code=sent.code, groups=[], urgency=Urgency.NORMAL, note="", by=sender,
            at=timezone.now(),
        )  # fmt: skip
    assert refused.value.code == "cannot_send_when_sent"
    with pytest.raises(Denied):
        sending.redraft(
            code=sent.code, groups=[], urgency=Urgency.NORMAL, note="", by=stranger,
            at=timezone.now(),
        )  # fmt: skip


def test_a_draft_is_thrown_away_without_a_reason_and_says_that_nothing_was_sent(
    draft: Referral, sender: Member, visiting: Any
) -> None:
    visitor, address = visiting(sender), f"/referrals/{draft.code}/do/withdraw/"

    page = visitor.see(address).content.decode()
    answer = visitor.do(address).content.decode()

    assert "Throw the draft away" in page
    assert ("destroy" in page, 'name="reason"' in page) == (False, False)
    assert "The draft is thrown away." in answer
    assert Referral.objects.get().state == "withdrawn"


def test_of_a_closed_case_nobody_is_asked_for_help(
    case: Case, sender: Member, visiting: Any
) -> None:
    visitor, address = visiting(sender), f"/cases/{case.code}/referrals/"
    open_ = visitor.see(address).content.decode()
    Case.objects.filter(pk=case.pk).update(
        state="closed", closure="goals_met", closed_at=timezone.now()
    )

    closed = visitor.see(address).content.decode()

    assert f'href="/cases/{case.code}/refer/"' in open_
    assert f'href="/cases/{case.code}/refer/"' not in closed
    assert "No agency can be asked for help:" in closed

"""One referral from both sides: each reads exactly its own, and does what is its own to do."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service, default_zone
from audit.models import AuditEvent
from demo import builders as make
from referral.actions import answering, recalling, sending
from referral.models import Referral

SECRETS = ("Ірына", "Казлова", "+375290000000", "former employer")


def local(at: dt.datetime) -> str:
    """As typed where the agencies are."""
    return at.strftime("%Y-%m-%dT%H:%M")


def in_hours(hours: float) -> str:
    return local(
        timezone.now().astimezone(ZoneInfo(default_zone())) + dt.timedelta(hours=hours)
    )


def texts(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_inbox_shows_cards_and_nothing_of_the_person(
    sent: Referral, receiver: Member, visiting: Any
) -> None:
    page = texts(visiting(receiver).see("/inbox/"))

    assert "Safe shelter, at once" in page
    assert "30–38" in page
    assert "due in" in page
    assert f"/referrals/{sent.code}/do/accept/" in page
    assert not [secret for secret in SECRETS if secret in page]
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_the_most_pressing_stands_first(
    sender: Member, service: Service, receiver: Member, visiting: Any
) -> None:
    made = [
        make.make_sent(by=sender, service=service, urgency=urgency).code
        for urgency in (Urgency.NORMAL, Urgency.EMERGENCY, Urgency.URGENT)
    ]

    cards = visiting(receiver).see("/inbox/").context["cards"]

    assert [card.referral.code for card in cards] == [made[1], made[2], made[0]]


def test_the_inbox_takes_no_query_per_card(
    sender: Member, service: Service, receiver: Member, visiting: Any
) -> None:
    make.make_sent(by=sender, service=service)
    visitor = visiting(receiver)
    visitor.see("/inbox/")
    counts = []
    for _ in range(2):
        answer, asked = visitor.asks("/inbox/")
        counts.append((asked, len(answer.context["cards"])))
        for _ in range(2):
            make.make_sent(by=sender, service=service)
    assert [cards for _, cards in counts] == [1, 3]
    assert counts[0][0] == counts[1][0] <= 12


def test_the_inbox_opens_while_a_consent_is_over_and_its_referral_not_yet_recalled(
    sender: Member, service: Service, receiver: Member, visiting: Any
) -> None:
    at = timezone.now()
    case = make.make_case(by=sender)
    make.make_consent(
        case=case, to=service.agency, by=sender, expires_at=at + dt.timedelta(hours=1)
    )
    ending = make.make_draft(case=case, service=service, by=sender)
    sending.send(code=ending.code, by=sender, at=at)
    other = make.make_sent(by=sender, service=service)

    with time_machine.travel(at + dt.timedelta(hours=2)):
        cards = visiting(receiver).see("/inbox/").context["cards"]

    assert [card.referral.code for card in cards] == [other.code]


def test_opening_it_tells_the_sender_that_it_was_seen(
    sent: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    assert "They have not opened it yet" in texts(
        visiting(sender).see(f"/referrals/{sent.code}/")
    )

    visiting(receiver).see(f"/referrals/{sent.code}/")

    sent.refresh_from_db()
    assert sent.state == "received"
    assert "They have seen it" in texts(visiting(sender).see(f"/referrals/{sent.code}/"))


def test_from_the_inbox_to_accepted_with_the_meeting_in_one(
    sent: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    visitor, url = visiting(receiver), f"/referrals/{sent.code}/do/accept/"
    form = visitor.see(url).context["form"]
    data = {name: form[name].value() for name in ("contact", "first_contact_at")}
    data["first_contact_at"] = local(data["first_contact_at"])
    meeting = {"meets_at": in_hours(3), "place": "Side door", "who_meets": "The nurse"}

    answer = visitor.do(url, data | meeting)

    assert answer.redirect_chain == [(f"/referrals/{sent.code}/", 302)]
    sent.refresh_from_db()
    assert (sent.state, sent.contact) == ("accepted", receiver)
    assert "Side door" in texts(answer)
    # The sender reads it and confirms with one button.
    ours = visiting(sender)
    page = texts(ours.see(f"/referrals/{sent.code}/"))
    assert "Side door" in page
    assert "has not confirmed yet" in page
    ours.do(f"/referrals/{sent.code}/do/confirm_handover/")
    sent.handover.refresh_from_db()
    assert sent.handover.confirmed


def test_half_a_meeting_accepts_nothing(
    sent: Referral, receiver: Member, visiting: Any
) -> None:
    data = {"contact": receiver.username, "first_contact_at": in_hours(2), "place": "Side door"}

    answer = visiting(receiver).do(f"/referrals/{sent.code}/do/accept/", data)

    assert answer.status_code == 200
    assert "Side door" in texts(answer)
    assert "A meeting needs a time, a place and a person." in texts(answer)
    sent.refresh_from_db()
    assert sent.state == "received"


def test_a_meeting_in_the_past_takes_the_acceptance_back_with_it(
    sent: Referral, receiver: Member, visiting: Any
) -> None:
    data = {"contact": receiver.username, "first_contact_at": in_hours(2),
            "meets_at": in_hours(-5), "place": "Side door", "who_meets": "The nurse"}  # fmt: skip

    answer = visiting(receiver).do(f"/referrals/{sent.code}/do/accept/", data)

    assert "The meeting lies in the past." in texts(answer)
    sent.refresh_from_db()
    assert sent.state == "received"


def test_before_it_accepts_a_receiver_sees_the_card_alone(
    sent: Referral, receiver: Member, visiting: Any
) -> None:
    visitor = visiting(receiver)

    for path in (f"/referrals/{sent.code}/", f"/referrals/{sent.code}/?open=disclosure",
                 f"/referrals/{sent.code}/print/?with=disclosure"):  # fmt: skip
        page = texts(visitor.see(path))
        assert not [secret for secret in SECRETS if secret in page]
        assert sent.case.person.code not in page


def test_what_is_known_of_the_person_opens_when_asked_and_is_written_down(
    accepted: Referral, receiver: Member, visiting: Any
) -> None:
    visitor = visiting(receiver)
    before = AuditEvent.objects.filter(event="read", actor=receiver.username).count()
    covered = texts(visitor.see(f"/referrals/{accepted.code}/"))
    assert not [secret for secret in SECRETS if secret in covered]
    assert AuditEvent.objects.filter(event="read", actor=receiver.username).count() == before

    opened = texts(visitor.see(f"/referrals/{accepted.code}/", {"open": "disclosure"}))

    assert [secret for secret in SECRETS if secret not in opened] == []
    assert AuditEvent.objects.filter(event="read", actor=receiver.username).count() == (
        before + 1
    )


def test_who_has_declined_sees_only_that_it_was_and_how_it_ended(
    sent: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    visitor = visiting(receiver)

    answer = visitor.do(
        f"/referrals/{sent.code}/do/decline/",
        {"reason": "no_capacity", "note": "Ask the house in the next street"},
    )

    assert answer.redirect_chain == [(f"/referrals/{sent.code}/", 302)]
    for page in (texts(answer), texts(visitor.see(f"/referrals/{sent.code}/print/"))):
        assert "no capacity" in page
        for gone in (*SECRETS, sent.case.code, "30–38", sent.service.name, "next street"):
            assert gone not in page
    listed = texts(visitor.see("/inbox/"))
    assert sent.code in listed
    assert sent.service.name not in listed
    assert "Ask the house in the next street" in texts(
        visiting(sender).see(f"/referrals/{sent.code}/")
    )


def test_a_decline_needs_its_reason(sent: Referral, receiver: Member, visiting: Any) -> None:
    answer = visiting(receiver).do(
        f"/referrals/{sent.code}/do/decline/", {"note": "Sorry about this"}
    )

    assert (answer.status_code, "Sorry about this" in texts(answer)) == (200, True)
    sent.refresh_from_db()
    assert sent.state == "received"


def test_a_question_is_asked_and_answered(
    sent: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    theirs, ours, url = visiting(receiver), visiting(sender), f"/referrals/{sent.code}/"
    theirs.do(f"{url}do/request_info/", {"question": "Is there a child?"})

    assert "Is there a child?" in texts(ours.see(url))
    ours.do(f"{url}do/answer_info/", {"answer": "No, nobody else."})

    page = texts(theirs.see(url))
    assert "No, nobody else." in page
    assert "Information was asked for once already." in page


def test_the_loop_is_closed_by_pages_alone(
    accepted: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    theirs, ours, url = visiting(receiver), visiting(sender), f"/referrals/{accepted.code}/"
    early = theirs.do(f"{url}do/first_contact/", {"met_at": in_hours(-0.1)})
    assert "not confirmed by both sides yet" in texts(early)

    ours.do(
        f"{url}do/plan_handover/",
        {"meets_at": in_hours(1), "place": "Bus stop", "who_meets": "Both"},
    )
    theirs.do(f"{url}do/confirm_handover/")
    theirs.do(f"{url}do/first_contact/", {"met_at": in_hours(-0.1)})
    theirs.do(
        f"{url}do/complete/", {"outcome": "service_provided", "feedback": "She has a flat."}
    )
    gone = texts(theirs.see(url))
    assert "She has a flat." not in gone
    page = texts(ours.see(url))
    assert "She has a flat." in page
    assert "Confirm with the person" in page
    ours.do(f"{url}do/confirm/", {"service_received": "yes"})

    accepted.refresh_from_db()
    assert (accepted.state, accepted.service_received) == ("confirmed", "yes")


def test_three_attempts_come_before_giving_up(
    accepted: Referral, receiver: Member, visiting: Any
) -> None:
    visitor, url = visiting(receiver), f"/referrals/{accepted.code}/"
    assert "At least three attempts must be logged first." in texts(visitor.see(url))
    for _ in range(3):
        visitor.do(
            f"{url}do/log_attempt/",
            {"tried_at": in_hours(-0.1), "channel": "phone", "result": "no_answer"},
        )
    assert "by telephone, no answer" in texts(visitor.see(url))

    visitor.do(f"{url}do/not_reached/")

    accepted.refresh_from_db()
    assert accepted.state == "not_reached"


def test_a_recall_is_acknowledged(
    accepted: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    visiting(sender).do(f"/referrals/{accepted.code}/do/withdraw/", {"reason": "safety"})
    visitor = visiting(receiver)
    page = texts(visitor.see("/inbox/"))
    assert "Taken back" in page
    assert accepted.service.name not in page

    visitor.do(f"/referrals/{accepted.code}/do/acknowledge_recall/")

    accepted.refresh_from_db()
    assert accepted.recall_acknowledged_at is not None
    assert "Taken back" not in texts(visitor.see("/inbox/"))


def test_messages_go_to_the_other_side_alone(
    accepted: Referral, sender: Member, receiver: Member, stranger: Member, visiting: Any
) -> None:
    url = f"/referrals/{accepted.code}/"
    visiting(sender).do(f"{url}do/message/", {"text": "She likes tea."})

    assert "She likes tea." in texts(visiting(receiver).see(url))
    assert visiting(stranger).see(url).status_code == 404


def test_a_colleague_is_given_it_and_sees_it(
    sent: Referral, receiver: Member, visiting: Any
) -> None:
    worker = make.make_member(agency=receiver.agency)
    assert visiting(worker).see(f"/referrals/{sent.code}/").status_code == 404

    visiting(receiver).do(f"/referrals/{sent.code}/do/assign/", {"to": worker.username})

    assert visiting(worker).see(f"/referrals/{sent.code}/").status_code == 200


def test_nobody_outside_is_named_as_the_contact(
    sent: Referral, receiver: Member, stranger: Member, visiting: Any
) -> None:
    data = {"contact": stranger.username, "first_contact_at": in_hours(2)}

    answer = visiting(receiver).do(f"/referrals/{sent.code}/do/accept/", data)

    assert answer.context["form"].errors.keys() == {"contact"}


def test_who_comes_second_is_told_in_a_sentence(
    sent: Referral, receiver: Member, visiting: Any
) -> None:
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=timezone.now())
    visitor, url = visiting(receiver), f"/referrals/{sent.code}/do/accept/"

    posted = visitor.do(url, {"contact": receiver.username, "first_contact_at": in_hours(2)})
    looked = visitor.see(url)

    assert posted.status_code == 200
    assert "This is not possible in the present state." in texts(posted)
    assert looked.status_code == 409
    assert "This is not possible in the present state." in texts(looked)


@pytest.mark.parametrize("verb", ["accept", "decline", "assign", "complete"])
def test_the_sender_cannot_do_what_is_the_receivers(
    verb: str, sent: Referral, sender: Member, visiting: Any
) -> None:
    answer = visiting(sender).do(f"/referrals/{sent.code}/do/{verb}/", {"reason": "other"})

    assert answer.status_code == 403
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_a_withdrawn_consent_closes_the_page_at_once(
    accepted: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    consent = accepted.case.consents.get()
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())

    page = texts(visiting(receiver).see(f"/referrals/{accepted.code}/", {"open": "disclosure"}))

    assert not [secret for secret in (*SECRETS, accepted.case.code) if secret in page]
    assert "The sender took it back" in page


def test_the_printed_form_is_neutral_and_opens_only_what_is_asked_for(
    accepted: Referral, receiver: Member, visiting: Any
) -> None:
    visitor, url = visiting(receiver), f"/referrals/{accepted.code}/print/"

    plain, full = texts(visitor.see(url)), texts(visitor.see(url, {"with": "disclosure"}))

    assert "<title>Form – Service desk</title>" in plain
    assert [secret for secret in SECRETS if secret in plain] == []
    assert [secret for secret in SECRETS if secret not in full] == []
    for word in ("trafficking", "victim", "exploitation"):
        assert word not in full.lower()


@pytest.mark.parametrize("side", ["sender", "receiver"])
def test_a_referral_takes_few_queries(
    side: str, accepted: Referral, sender: Member, receiver: Member, visiting: Any
) -> None:
    visitor = visiting(sender if side == "sender" else receiver)
    visitor.see(f"/referrals/{accepted.code}/")

    _, asked = visitor.asks(f"/referrals/{accepted.code}/")

    assert asked <= 12

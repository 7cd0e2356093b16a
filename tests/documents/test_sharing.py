"""Whom a document is shown to, for how long, and how it leaves."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone

from agencies.clocks import Urgency
from agencies.models import Member, Service
from audit.models import AuditEvent
from cases import vault
from cases.apart import Whom
from cases.models import Case
from demo import builders as make
from documents import policy, store
from documents.actions import erasing, serving, uploading
from documents.actions.checking import CHECK
from documents.models import Document, Piece, StoredFile, Tick, Ticket
from documents.workflow import Retraction
from kernel.errors import Invalid, Missing, Refused
from kernel.groups import DataGroup
from kernel.sealing import CannotOpen
from referral import disclosure
from referral.actions import answering, helping, recalling, sending
from referral.models import Referral
from tests.documents import files

HELD = [DataGroup.IDENTITY, DataGroup.CONTACT]


def now() -> dt.datetime:
    return timezone.now()


def seen(member: Member) -> list[str]:
    return sorted(policy.visible_to(member).values_list("code", flat=True))


@pytest.fixture
def passport(case: Case, sender: Member) -> Document:
    return make.make_clean(case=case, by=sender, name="passport.pdf", about="Her passport")


@pytest.fixture
def draft(case: Case, sender: Member, service: Service, passport: Document) -> Referral:
    """A referral of what was consented to, with the passport ticked."""
    make.make_consent(case=case, to=service.agency, by=sender, groups=HELD)
    found = make.make_draft(case=case, service=service, by=sender, groups=HELD)
    return sending.choose_documents(
        code=found.code, documents=[passport.code], by=sender, at=now()
    )


def send(draft: Referral, sender: Member) -> Referral:
    return sending.send(code=draft.code, by=sender, at=now())


def test_a_ticked_document_opens_with_the_yes_and_ends_with_the_help(
    draft: Referral, passport: Document, sender: Member, receiver: Member, stranger: Member
) -> None:
    seen_by = [seen(receiver)]
    sent = send(draft, sender)
    seen_by.append(seen(receiver))
    accepted = make.make_accepted(sent=sent, by=receiver)
    seen_by.append(seen(receiver))
    others = [seen(stranger), seen(sender)]
    met = make.make_met(accepted=accepted, receiver=receiver, sender=sender)
    helping.complete(
        code=met.code,
        outcome="service_provided",
        feedback="All is well.",
        by=receiver,
        at=now(),
    )
    seen_by.append(seen(receiver))

    assert seen_by == [[], [], [passport.code], []]
    assert others == [[], [passport.code]]


def withdrawn(sent: Referral, sender: Member, receiver: Member) -> None:
    recalling.withdraw_consent(
        code=sent.case.consents.get(state="active").code, by=sender, at=now()
    )


def declined(sent: Referral, sender: Member, receiver: Member) -> None:
    answering.decline(code=sent.code, reason="no_capacity", by=receiver, at=now())


def apart(sent: Referral, sender: Member, receiver: Member) -> None:
    recalling.exclude(
        code=sent.case.code, whom=Whom(agency=receiver.agency), by=sender, at=now()
    )


def retracted(sent: Referral, sender: Member, receiver: Member) -> None:
    uploading.retract(
        code=sent.case.documents.get().code, reason=Retraction.NOT_WANTED, by=sender, at=now()
    )


@pytest.mark.parametrize("end", [withdrawn, apart, retracted])
def test_what_ends_the_consent_ends_the_document_and_a_ticket_in_hand(
    draft: Referral, passport: Document, sender: Member, receiver: Member,
    end: Callable[..., None],
) -> None:  # fmt: skip
    sent = send(draft, sender)
    make.make_accepted(sent=sent, by=receiver)
    ticket = serving.issue(document=passport, bound_to="s", by=receiver, at=now())
    end(sent, sender, receiver)

    assert seen(receiver) == []
    with pytest.raises(Missing):
        serving.redeem(secret=ticket, bound_to="s", by=receiver, at=now())


def test_after_a_no_nothing_was_ever_seen(
    draft: Referral, sender: Member, receiver: Member
) -> None:
    declined(send(draft, sender), sender, receiver)

    assert seen(receiver) == []


def test_what_was_not_ticked_is_not_seen_and_what_is_not_shared_cannot_be_ticked(
    draft: Referral, passport: Document, case: Case, sender: Member, receiver: Member
) -> None:
    unticked = make.make_clean(case=case, by=sender)
    health = make.make_clean(case=case, by=sender, group=DataGroup.HEALTH)
    waiting = make.make_document(case=case, by=sender)
    elsewhere = make.make_clean(case=make.make_case(by=sender), by=sender)
    for wrong in (health, waiting, elsewhere):
        with pytest.raises(Invalid, match="document_not_for_this_referral"):
            sending.choose_documents(
                code=draft.code, documents=[passport.code, wrong.code], by=sender, at=now()
            )
    sent = send(draft, sender)
    make.make_accepted(sent=sent, by=receiver)

    assert seen(receiver) == [passport.code]
    assert unticked.code in seen(sender)
    with pytest.raises(Refused):
        sending.choose_documents(code=sent.code, documents=[unticked.code], by=sender, at=now())


def test_a_tick_alone_opens_nothing_without_the_group(
    draft: Referral, case: Case, sender: Member, receiver: Member
) -> None:
    """Were a tick of another group ever written, the access table would not cover it."""
    health = make.make_clean(case=case, by=sender, group=DataGroup.HEALTH)
    sent = send(draft, sender)
    make.make_accepted(sent=sent, by=receiver)
    Tick.objects.create(document=health, source=sent.code, ticked_by=sender, ticked_at=now())

    assert health.code not in seen(receiver)


def test_the_receipt_names_what_went_with_it(
    draft: Referral, passport: Document, sender: Member
) -> None:
    sent = send(draft, sender)
    shown = disclosure.opened(sent, by=sender)
    named = shown["groups"]["identity"]["documents"]

    assert [(each["code"], each["name"], each["about"]) for each in named] == [
        (passport.code, "passport.pdf", "Her passport")
    ]
    assert "documents" not in shown["groups"]["contact"]


def test_a_choice_that_does_not_fit_any_more_holds_the_referral_back(
    draft: Referral, passport: Document, sender: Member
) -> None:
    retracted(draft, sender, sender)
    before = sending.obstacles(draft, at=now())
    with pytest.raises(Refused, match="document_not_fit_to_send"):
        send(draft, sender)
    sending.choose_documents(code=draft.code, documents=[], by=sender, at=now())

    assert before == ["document_not_fit_to_send"]
    assert sending.obstacles(draft, at=now()) == []


def test_fewer_groups_leave_fewer_documents(draft: Referral, sender: Member) -> None:
    sending.redraft(
        code=draft.code, groups=[DataGroup.CONTACT], urgency=Urgency.URGENT, note="", by=sender,
        at=now(),
    )  # fmt: skip

    assert Tick.objects.count() == 0


def test_a_ticket_is_good_once_for_one_member_in_one_session_for_a_minute(
    passport: Document, sender: Member, stranger: Member
) -> None:
    at = now()

    def redeem(secret: str, *, bound_to: str = "s", by: Member = sender, late: int = 0) -> str:
        try:
            found, _ = serving.redeem(
                secret=secret, bound_to=bound_to, by=by, at=at + dt.timedelta(seconds=late)
            )
        except Missing:
            return "nothing"
        return found.code

    def fresh() -> str:
        return serving.issue(document=passport, bound_to="s", by=sender, at=at)

    secret = fresh()
    found = {
        "another member": redeem(secret, by=stranger),
        "another session": redeem(secret, bound_to="t"),
        "made up": redeem("x" * 43),
        "too late": redeem(fresh(), late=61),
        "in time": redeem(fresh(), late=59),
        "first": redeem(secret),
        "second": redeem(secret),
    }

    assert found == dict.fromkeys(found, "nothing") | {
        "in time": passport.code, "first": passport.code,
    }  # fmt: skip
    kept = " ".join(Ticket.objects.values_list("digest", "bound_to").__str__().split())
    assert secret not in kept


def test_every_opening_is_written_down_before_and_stands_on_the_document(
    passport: Document, sender: Member
) -> None:
    at = dt.datetime(2026, 11, 25, 18, 2, tzinfo=dt.UTC)
    with time_machine.travel(at, tick=False):
        secret = serving.issue(document=passport, bound_to="s", by=sender, at=at)
        _, content = serving.redeem(secret=secret, bound_to="s", by=sender, at=at)

    told = files.text_of(content).decode("latin-1")
    for words in (sender.username, sender.agency.code, "2026-11-25 18:02 UTC",
                  passport.case.code, passport.code):  # fmt: skip
        assert words in told
    event = AuditEvent.objects.filter(event="read.document", actor=sender.username).get()
    assert (event.case, event.groups, event.facts["why"]) == (
        passport.case.code, ["identity"], "fetched",
    )  # fmt: skip


def test_a_persons_documents_go_with_the_person(
    draft: Referral, passport: Document, case: Case, sender: Member
) -> None:
    make.make_document(case=case, by=sender)
    other = make.make_clean(case=make.make_case(by=sender), by=sender)
    serving.issue(document=passport, bound_to="s", by=sender, at=now())

    count = erasing.erase(person=case.person, by=CHECK, at=now())

    left = Document.objects.filter(case=case).values_list("state", "words")
    assert (count, sorted(set(left))) == (2, [("erased", None)])
    assert list(StoredFile.objects.values_list("document__code", flat=True)) == [other.code]
    assert set(Piece.objects.values_list("file__document__code", flat=True)) == {other.code}
    assert (Tick.objects.count(), Ticket.objects.count()) == (0, 0)
    assert erasing.erase(person=case.person, by=CHECK, at=now()) == 0


def test_without_the_persons_key_nothing_opens(passport: Document, sender: Member) -> None:
    """Destroying a person's key is enough: every file's key stands under it."""
    other = vault.new_person()
    person = passport.case.person
    person.ring_key, person.wrapped_key = other.ring_key, other.wrapped_key
    person.save()

    with pytest.raises(CannotOpen):
        store.content_of(
            Document.objects.get(pk=passport.pk), store.Form.CLEAN, by=sender, why="t"
        )

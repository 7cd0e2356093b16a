"""Two at once, one of them by a link: exactly one wins, and the loser is told how things stand."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.utils import timezone

from agencies.models import Member
from cases.models import CaseAccess
from demo import builders as make
from guest import proofs
from guest.actions import linking
from guest.models import Link
from referral.actions import recalling
from referral.actions.moving import locked
from referral.models import Referral
from referral.workflow import State
from tests.guest.conftest import Desk, soon
from tests.referral.test_race import at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(5)


def opened_by(referral: Referral, sender: Member) -> Desk:
    """A browser in which the referral's link is open."""
    link, passcode = linking.give_passcode(code=referral.code, by=sender, at=timezone.now())
    desk = Desk(f"/answer/open/{proofs.opened(link.code, bytes(link.secret or b''))}/")
    assert desk.show(passcode).status_code == 302
    return desk


def somebody_waits() -> None:
    """Until another transaction waits for a row that is held."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    pytest.fail("nobody waits")


@contextmanager
def elsewhere(act: Callable[[], Any]) -> Iterator[None]:
    """Meanwhile another transaction has done this and has not ended."""
    done, enough = Signal(), Signal()

    def hold() -> None:
        try:
            with transaction.atomic():
                act()
                done.set()
                enough.wait(30)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        assert done.wait(30)
        try:
            yield
        finally:
            enough.set()
            held.result()


@pytest.mark.parametrize("_round", ROUNDS)
def test_a_withdrawal_and_an_acceptance(sender: Member, service: Any, _round: int) -> None:
    sent = make.make_sent(by=sender, service=service)
    desk = opened_by(sent, sender)
    desk.see()
    consent = sent.case.consents.get()

    def accept() -> int:
        return int(desk.do("accept", contact_name="Anna", first_contact_at=soon()).status_code)

    def withdraw() -> str:
        gone = recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
        return str(gone.state)

    at_once(accept, withdraw)
    sent.refresh_from_db()
    assert sent.state == State.WITHDRAWN
    assert CaseAccess.objects.filter(source=sent.code).count() == 0
    for path in ("", f"/answer/{desk.code}/told/"):
        assert "Казлова" not in desk.see(path).content.decode()


@pytest.mark.parametrize("_round", ROUNDS)
def test_two_browsers_with_the_right_passcode(
    sender: Member, service: Any, _round: int
) -> None:
    sent = make.make_sent(by=sender, service=service)
    link, passcode = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    address = f"/answer/open/{proofs.opened(link.code, bytes(link.secret or b''))}/"
    desks = [Desk(address), Desk(address)]
    found = at_once(*(lambda d=d: d.show(passcode).status_code for d in desks))
    assert sorted(found) == [200, 302]
    assert sorted(bool(d.http.cookies.get("answer")) for d in desks) == [False, True]


def test_wrong_tries_at_one_moment_are_all_counted(sender: Member, service: Any) -> None:
    sent = make.make_sent(by=sender, service=service)
    link, _ = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    address = f"/answer/open/{proofs.opened(link.code, bytes(link.secret or b''))}/"
    at_once(*(lambda: Desk(address).show("00000000x") for _ in range(4)))
    link.refresh_from_db()
    assert (link.tries, link.locked_at) == (4, None)


def test_an_answer_and_the_end_of_its_link_do_not_stand_in_each_others_way(
    sender: Member, service: Any
) -> None:
    """Both hold the referral first and then the link, also where the page writes that it was used."""
    sent = make.make_sent(by=sender, service=service)
    desk = opened_by(sent, sender)
    Link.objects.update(awake_until=timezone.now() + dt.timedelta(minutes=5))

    def accept() -> int:
        try:
            said = {"contact_name": "Anna", "first_contact_at": soon()}
            return desk.http.post(f"/answer/{desk.code}/do/accept/", said).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locked(sent.code)
            answered = pool.submit(accept)
            somebody_waits()
            linking.revoke(code=sent.code, by=sender, at=timezone.now())
        assert answered.result() == 302
    sent.refresh_from_db()
    assert sent.state == State.ACCEPTED
    assert desk.see().status_code == 410


def test_passcodes_given_twice_at_once_leave_one_link(sender: Member, service: Any) -> None:
    sent = make.make_sent(by=sender, service=service)
    linking.revoke(code=sent.code, by=sender, at=timezone.now())

    def give() -> str:
        made, _ = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
        return made.code

    first, second = at_once(give, give)
    assert first == second
    assert Link.objects.filter(referral=sent, ended_at__isnull=True).count() == 1


def test_a_link_that_is_held_too_long_is_busy_and_no_fault(
    sender: Member, service: Any
) -> None:
    sent = make.make_sent(by=sender, service=service)
    link = Link.objects.get(referral=sent)
    address = f"/answer/open/{proofs.opened(link.code, bytes(link.secret or b''))}/"
    with elsewhere(lambda: Link.objects.select_for_update().get(pk=link.pk)):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        answer = Client(raise_request_exception=False).get(address)
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert answer.status_code == 503

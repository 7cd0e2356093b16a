"""A link: what proves it, what binds it, what locks and what ends it."""

import datetime as dt
import io
import logging
import re
import secrets
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from agencies import actions as agencies
from agencies.models import Agency, Member
from agencies.roles import Role
from audit.models import AuditEvent
from demo import builders as make
from edge.models import BrowserSession
from edge.sessions import SessionStore
from guest import policy, proofs
from guest.actions import linking
from guest.models import Link
from kernel.errors import Denied, Refused
from kernel.logwall import OnlyKnown
from notify.models import Clock, Delivery, Event
from referral.actions import recalling
from referral.models import Referral
from tests.conftest import owning
from tests.guest.conftest import Desk, links_in, mails_to, soon
from tests.notify.sink import Sink

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def link_of(referral: Referral) -> Link:
    return Link.objects.get(referral=referral, ended_at__isnull=True)


def other_than(passcode: str) -> str:
    return f"{(int(passcode) + 1) % 10**8:08}"


def events_of(referral: Referral, *names: str) -> list[tuple[str, str]]:
    """What the log says of it under these names, and who is named."""
    rows = AuditEvent.objects.filter(about=referral.code, event__in=names)
    return list(rows.order_by("pk").values_list("event", "actor"))


def test_the_mail_says_nothing_and_carries_the_link(
    sent: Referral, shelter: Agency, sink: Sink
) -> None:
    bodies = mails_to(sink, "two@shelter.example")
    assert len(bodies) == 1
    assert bodies[0].startswith("There is a message for you. You can read it here:")
    link = links_in(bodies)[0]
    secret = link.split("/")[3]
    # 256 bits, and none of the words that a mail must not have.
    assert len(secret) == 43
    raw = sink.accepted[0].decode()
    for word in (
        shelter.name,
        sent.sender.name,
        sent.code,
        "shelter\n",
        "traffick",
        "referral",
    ):
        assert word.lower() not in bodies[0].lower().replace(secret.lower(), "")
    assert "Subject: There is a message for you" in raw


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Для вас есть сообщение"), ("be", "Для вас ёсць паведамленне")],
)
def test_the_mail_speaks_the_agencys_language(
    sender: Member, sink: Sink, language: str, words: str
) -> None:
    known = make.make_guest(mail="lang@example.org", language=language)
    make.make_sent(by=sender, service=make.make_service(agency=known))
    assert mails_to(sink, "lang@example.org")[0].startswith(words)


def test_a_mail_that_is_sent_again_leads_to_the_same_place(
    sent: Referral, sink: Sink, sender: Member
) -> None:
    first = links_in(mails_to(sink, "two@shelter.example"))
    Delivery.objects.filter(channel="email", member__is_guest=True).update(
        state=Delivery.State.PENDING, done_at=None
    )
    assert links_in(mails_to(sink, "two@shelter.example"))[-1:] == first


def test_looking_at_the_page_takes_nothing(mailed: str, sent: Referral, passcode: str) -> None:
    before = Link.objects.values().get()
    for method in ("get", "head"):
        for _ in range(3):
            answer = getattr(Client(), method)(mailed)
            assert answer.status_code == 200
            assert answer["Referrer-Policy"] == "no-referrer"
            assert answer["Cache-Control"] == "no-store"
            assert not answer.cookies.get("answer")
    after = Link.objects.values().get()
    assert set(before.items() ^ after.items()) == {
        ("opened_at", None),
        ("opened_at", after["opened_at"]),
    }
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert Desk(mailed).show(passcode).status_code == 302


def test_the_secret_leaves_the_address_and_the_cookie_is_shut_in(
    mailed: str, passcode: str
) -> None:
    here = Desk(mailed)
    answer = here.show(f"{passcode[:4]} {passcode[4:]}")
    assert answer["Location"] == f"/answer/{here.code}/"
    assert answer["Referrer-Policy"] == "no-referrer"
    cookie = answer.cookies["answer"]
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""


def test_over_tls_no_other_host_can_set_the_cookie(
    settings: Any, mailed: str, passcode: str
) -> None:
    settings.SECURE = True
    here = Desk(mailed)
    cookies = here.show(passcode).cookies
    assert set(cookies) == {"__Host-answer"}
    cookie = cookies["__Host-answer"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Strict")
    assert (cookie["path"], cookie["domain"]) == ("/", "")
    # It opens nothing under the other name.
    assert here.see().status_code == 200
    settings.SECURE = False
    assert here.see("/answer/?here=1").status_code == 410


def test_five_wrong_passcodes_lock_it_and_the_sender_is_told(
    mailed: str, passcode: str, sent: Referral, sender: Member
) -> None:
    here = Desk(mailed)
    for _ in range(4):
        assert here.show(other_than(passcode)).status_code == 200
    assert link_of(sent).locked_at is None
    assert here.show(other_than(passcode)).status_code == 200
    link = link_of(sent)
    assert (link.tries, link.locked_at is None) == (5, False)
    # The right one comes too late, in this browser and in any other.
    assert Desk(mailed).show(passcode).status_code == 410
    assert link_of(sent).bound_at is None
    assert events_of(sent, "link.wrong", "link.locked") == [
        *[("link.wrong", link.code)] * 5, ("link.locked", link.code),
    ]  # fmt: skip
    told = Event.objects.get(kind="link.locked")
    assert told.subject == sent.code
    assert set(told.deliveries.values_list("member", flat=True)) == {sender.pk}


def test_a_new_passcode_forgives_no_tries(
    mailed: str, passcode: str, sent: Referral, sender: Member
) -> None:
    here = Desk(mailed)
    for _ in range(4):
        here.show(other_than(passcode))
    _, second = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    here.show(other_than(second))
    assert link_of(sent).locked_at is not None


def test_a_new_one_ends_the_locked_one(
    mailed: str, passcode: str, sent: Referral, sender: Member, sink: Sink
) -> None:
    for _ in range(5):
        Desk(mailed).show(other_than(passcode))
    old = link_of(sent)
    made, fresh = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    old.refresh_from_db()
    assert (old.ended_at is None, made.pk == old.pk) == (False, False)
    newest = links_in(mails_to(sink, "two@shelter.example"))[-1]
    assert newest != mailed
    assert Desk(mailed).show(fresh).status_code == 410
    assert Desk(newest).show(passcode).status_code == 200
    assert Desk(newest).show(fresh).status_code == 302


def test_another_device_is_refused_with_the_right_passcode(
    desk: Desk, mailed: str, passcode: str, sent: Referral
) -> None:
    other = Desk(mailed)
    answer = other.show(passcode)
    assert answer.status_code == 200
    assert "in use on another device" in answer.content.decode()
    assert "answer" not in answer.cookies
    assert other.see(f"/answer/{desk.code}/?here=1").status_code == 410
    assert events_of(sent, "link.elsewhere") == [("link.elsewhere", desk.code)]
    # The one that has it goes on.
    assert desk.see().status_code == 200


def test_one_browser_may_hold_several(
    desk: Desk, sender: Member, service: Any, sink: Sink
) -> None:
    second = make.make_sent(by=sender, service=service)
    _, passcode = linking.give_passcode(code=second.code, by=sender, at=timezone.now())
    first, desk.link = desk.code, links_in(mails_to(sink, "two@shelter.example"))[-1]
    assert desk.show(passcode).status_code == 302
    assert desk.code != first
    page = desk.see("/answer/").content.decode()
    assert (f"/answer/{first}/" in page, f"/answer/{desk.code}/" in page) == (True, True)
    for code in (first, desk.code):
        assert desk.see(f"/answer/{code}/").status_code == 200


def test_what_leads_nowhere_is_not_offered(
    desk: Desk, sender: Member, service: Any, sink: Sink
) -> None:
    second = make.make_sent(by=sender, service=service)
    _, passcode = linking.give_passcode(code=second.code, by=sender, at=timezone.now())
    first, desk.link = desk.code, links_in(mails_to(sink, "two@shelter.example"))[-1]
    desk.show(passcode)
    now, old = timezone.now(), Link.objects.filter(code=first)
    for facts in (
        {"locked_at": now}, {"used_at": now - policy.IDLE - DAY}, {"ended_at": now},
    ):  # fmt: skip
        before = old.values(*facts).get()
        old.update(**facts)
        # The one that is left is the one to go to.
        assert desk.see("/answer/")["Location"] == f"/answer/{desk.code}/"
        old.update(**before)
        assert desk.see("/answer/").status_code == 200
    stand_in = second.receiver.members.get()
    Member.objects.filter(pk=stand_in.pk).update(is_active=False)
    assert desk.see("/answer/").status_code == 410


def test_the_passcode_is_asked_for_again_after_a_while(desk: Desk, passcode: str) -> None:
    Link.objects.update(awake_until=timezone.now())
    asleep = desk.see()
    assert (asleep.status_code, asleep["Location"]) == (302, f"/answer/{desk.code}/passcode/")
    refused = desk.http.post(f"/answer/{desk.code}/do/decline/", {"reason": "no_capacity"})
    assert refused.status_code == 302
    assert desk.http.post(asleep["Location"], {"passcode": "00"}).status_code == 200
    assert desk.http.post(asleep["Location"], {"passcode": passcode}).status_code == 302
    assert desk.see().status_code == 200


def test_the_browser_keeps_it_for_fourteen_days_from_each_use(
    desk: Desk, passcode: str
) -> None:
    held = desk.http.cookies["answer"].value
    # Not at each page: only where the use is written down, or the passcode was shown.
    assert "answer" not in desk.see().cookies
    Link.objects.update(awake_until=timezone.now() + dt.timedelta(minutes=5))
    looked = desk.see()
    Link.objects.update(awake_until=None)
    woken = desk.http.post(f"/answer/{desk.code}/passcode/", {"passcode": passcode})
    for answer in (looked, woken):
        cookie = answer.cookies["answer"]
        assert (cookie.value, cookie["max-age"]) == (held, 14 * 24 * 3600)
        assert (cookie["samesite"], cookie["httponly"]) == ("Strict", True)


def test_leaving_at_once_puts_it_to_sleep_and_keeps_the_device(
    desk: Desk, passcode: str
) -> None:
    left = desk.http.post("/leave/")
    assert left["Clear-Site-Data"] == '"cache", "storage"'
    assert desk.see().status_code == 302
    desk.http.post(f"/answer/{desk.code}/passcode/", {"passcode": passcode})
    assert desk.see().status_code == 200


def test_fourteen_idle_days_end_it(desk: Desk, sent: Referral) -> None:
    now = timezone.now()
    Link.objects.update(used_at=now - policy.IDLE + dt.timedelta(minutes=5))
    assert desk.see().status_code == 200
    Link.objects.update(used_at=now - policy.IDLE - dt.timedelta(minutes=5))
    assert desk.see().status_code == 410
    assert policy.state_of(link_of(sent), at=timezone.now()) == "ended"


def test_it_lives_on_when_whoever_made_it_is_gone(
    desk: Desk, sent: Referral, sender: Member, boss: Member
) -> None:
    from referral.actions import leaving  # noqa: PLC0415 -- for this test alone

    admin = make.make_member(agency=sender.agency, role=Role.AGENCY_ADMIN)
    leaving.leave(member=sender, by=admin, at=timezone.now())
    assert desk.see().status_code == 200
    linking.revoke(code=sent.code, by=boss, at=timezone.now())
    assert desk.see().status_code == 410


@pytest.mark.parametrize("side", ["sender", "receiver"])
def test_an_agency_that_takes_no_part_any_more_ends_it(
    desk: Desk, sent: Referral, side: str
) -> None:
    home = make.make_agency(is_coordinating=True)
    system = make.make_member(agency=home, role=Role.SYSTEM_ADMIN)
    agency = getattr(sent, side)
    agencies.change_agency(agency=agency, facts={"is_active": False}, by=system)
    assert desk.see().status_code == 410


def test_a_withdrawal_shows_nothing_from_the_next_request_on(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    assert "Minsk" not in desk.see().content.decode()
    before = desk.see().content.decode()
    assert "30–38" in before
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    after = desk.see()
    words = after.content.decode()
    assert after.status_code == 200
    assert "The sender took it back" in words
    assert sent.case.code not in words
    for verb, said in (
        ("accept", {"contact_name": "Anna", "first_contact_at": soon()}),
        ("decline", {"reason": "no_capacity"}),
        ("request_info", {"question": "Who is it?"}),
        ("message", {"text": "Hello."}),
    ):
        answer = desk.do(verb, **said)
        assert (answer.status_code, "This is not possible" in answer.content.decode()) == (
            200, True,
        )  # fmt: skip
        assert sent.case.code not in answer.content.decode()
    assert desk.do("acknowledge_recall").status_code == 200
    sent.refresh_from_db()
    assert (sent.recall_acknowledged_at is None, sent.recall_acknowledged_by.is_guest) == (
        False, True,
    )  # fmt: skip


def recall_clock_of(referral: Referral) -> Clock:
    return Clock.objects.get(subject=referral.code, purpose="recall")


@pytest.mark.parametrize(
    "lost",
    [
        {"locked_at": timezone.now()},
        {"used_at": timezone.now() - policy.IDLE - DAY},
        {"ended_at": timezone.now()},
        {"device": "0" * 64},
    ],
    ids=["locked", "idle", "ended", "another browser"],
)
def test_a_recall_that_cannot_be_opened_is_read_by_a_new_link(
    desk: Desk, sent: Referral, sender: Member, visiting: Any, sink: Sink, lost: dict[str, Any]
) -> None:
    Link.objects.update(**lost)
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    assert recall_clock_of(sent).stopped_at is None
    assert desk.see(f"/answer/{desk.code}/?here=1").status_code == 410
    worker, path = visiting(sender), f"/referrals/{sent.code}/link/"
    assert f'action="{path}passcode/"' in worker.see(path).content.decode()
    _, fresh = linking.give_passcode(
        code=sent.code, instead_of=desk.code, by=sender, at=timezone.now()
    )
    newest = Desk(links_in(mails_to(sink, "two@shelter.example"))[-1])
    assert newest.show(fresh).status_code == 302
    page = newest.see().content.decode()
    assert "The sender took it back" in page
    assert sent.case.code not in page
    assert newest.do("acknowledge_recall").status_code == 200
    sent.refresh_from_db()
    assert sent.recall_acknowledged_at is not None
    assert recall_clock_of(sent).stopped_at is not None
    # Now nobody waits for anything.
    assert f'action="{path}passcode/"' not in worker.see(path).content.decode()
    with pytest.raises(Refused, match="cannot_link_when_withdrawn"):
        linking.give_passcode(code=sent.code, by=sender, at=timezone.now())


def test_nobody_waits_for_the_reading_of_what_was_never_shown(
    sent: Referral, mailed: str, passcode: str, sender: Member
) -> None:
    Desk(mailed).see(mailed)
    recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    assert list(Clock.objects.filter(subject=sent.code, stopped_at__isnull=True)) == []
    # Whoever opens it now learns that it was taken back, and can say so.
    here = Desk(mailed)
    here.show(passcode)
    assert "The sender took it back" in here.see().content.decode()
    here.do("acknowledge_recall")
    sent.refresh_from_db()
    assert sent.recall_acknowledged_at is not None


def test_a_consent_that_is_taken_back_ends_it_in_the_same_transaction(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    assert "Казлова" in desk.see(f"/answer/{desk.code}/told/").content.decode()
    consent = sent.case.consents.get()
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
    for path in ("", f"/answer/{desk.code}/told/"):
        assert "Казлова" not in desk.see(path).content.decode()
    assert "consent has ended" in desk.see().content.decode()


def test_a_consent_whose_time_is_over_closes_it_before_the_clock_comes(
    desk: Desk, sent: Referral
) -> None:
    from cases.models import CaseAccess  # noqa: PLC0415 -- for this test alone

    CaseAccess.objects.filter(source=sent.code).update(until=timezone.now())
    page = desk.see()
    assert page.status_code == 200
    assert "not open to you at the moment" in page.content.decode()
    assert desk.do("decline", reason="no_capacity").status_code == 404
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_at_most_one_lives_a_referral(sent: Referral, sender: Member) -> None:
    twin = link_of(sent)
    twin.pk, twin.code, twin.digest = None, "LK-2222-2222", "other"
    with pytest.raises(IntegrityError, match="one_live_link_a_referral"), transaction.atomic():
        twin.save(force_insert=True)
    for _ in range(3):
        linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    assert Link.objects.filter(referral=sent, ended_at__isnull=True).count() == 1


def test_only_the_senders_side_gives_passcodes_and_ends_it(
    sent: Referral, sender: Member, boss: Member, stranger: Member
) -> None:
    colleague = make.make_member(agency=sender.agency)
    stand_in = sent.receiver.members.get()
    for other in (stranger, colleague, stand_in):
        for act in (linking.give_passcode, linking.revoke):
            with pytest.raises(Denied, match="only_the_sender_gives_a_link"):
                act(code=sent.code, by=other, at=timezone.now())
    linking.give_passcode(code=sent.code, by=boss, at=timezone.now())
    linking.revoke(code=sent.code, by=boss, at=timezone.now())
    with pytest.raises(Refused, match="no_link_to_end"):
        linking.revoke(code=sent.code, by=boss, at=timezone.now())


def test_who_has_an_account_gets_no_link(sender: Member, receiver: Member) -> None:
    theirs = make.make_sent(by=sender, service=make.make_service(agency=receiver.agency))
    assert Link.objects.filter(referral=theirs).count() == 0
    with pytest.raises(Refused, match="receiver_has_its_own_access"):
        linking.give_passcode(code=theirs.code, by=sender, at=timezone.now())


def test_without_a_passcode_given_there_is_nothing_to_guess(
    mailed: str, sent: Referral
) -> None:
    for said in ("", "00000000", "12345678"):
        assert Desk(mailed).show(said).status_code == 200
    link = link_of(sent)
    assert (link.tries, link.bound_at, link.locked_at) == (0, None, None)


class Counted(MD5PasswordHasher):
    """Says how often something was hashed, which is all that takes long."""

    algorithm = "md5"
    done = 0

    def encode(self, password: str, salt: str) -> str:
        Counted.done += 1
        return str(super().encode(password, salt))


def test_every_no_takes_as_long(
    settings: Any, sent: Referral, sender: Member, mailed: str
) -> None:
    """Before a passcode was given, a wrong one, and the right one in another browser."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]

    def hashed(desk: Desk, said: str) -> int:
        before = Counted.done
        assert desk.show(said).status_code == 200
        return Counted.done - before

    ungiven = hashed(Desk(mailed), "12345678")
    _, digits = linking.give_passcode(code=sent.code, by=sender, at=timezone.now())
    wrong = hashed(Desk(mailed), other_than(digits))
    assert Desk(mailed).show(digits).status_code == 302
    elsewhere = hashed(Desk(mailed), digits)
    assert (ungiven, wrong, elsewhere) == (1, 1, 1)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_gives_a_browser_a_link(
    desk: Desk, sender: Member, service: Any, sink: Sink, site: str
) -> None:
    """Whoever holds a link could send its form from a page of theirs: then what this browser holds,
    which is not sent from there, would be written over."""
    second = make.make_sent(by=sender, service=service)
    _, digits = linking.give_passcode(code=second.code, by=sender, at=timezone.now())
    theirs = links_in(mails_to(sink, "two@shelter.example"))[-1]
    elsewhere = Client(headers={"sec-fetch-site": site})
    answer = elsewhere.post(theirs, {"passcode": digits})
    assert (answer.status_code, answer.cookies.get("answer")) == (200, None)
    assert "There is a message for you" in answer.content.decode()
    assert (link_of(second).bound_at, link_of(second).tries) == (None, 0)
    ours = Client(headers={"sec-fetch-site": "same-origin"})
    assert ours.post(theirs, {"passcode": digits}).status_code == 302


def test_what_is_left_open_asks_anew_by_itself(desk: Desk) -> None:
    """A script does so on every page, and without one the page of the person's data."""
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    leads_to = f"/answer/{desk.code}/passcode/"
    for path in ("", "told/", "do/complete/", "own/"):
        page = desk.see(f"/answer/{desk.code}/{path}")
        assert f'data-idle="900" data-asks-anew="{leads_to}"' in page.content.decode()
        refresh = f"905; url={leads_to}" if path == "told/" else None
        assert page.get("Refresh") == refresh
    Link.objects.update(awake_until=timezone.now())
    for path in (f"/answer/{desk.code}/passcode/", desk.link, "/answer/?here=1"):
        assert "data-idle" not in desk.see(path).content.decode()


def test_two_pages_that_are_left_open_keep_each_other_neither_awake_nor_read(
    desk: Desk, sent: Referral
) -> None:
    """Each goes by itself to where it says, while the link is awake by the other; as time goes on, the
    passcode is asked for, the fourteen days run, and the log holds no reading that nobody did."""
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    told = desk.see(f"/answer/{desk.code}/told/")
    home = re.findall(r'data-asks-anew="([^"]+)"', desk.see().content.decode())
    alone = [told["Refresh"].split("url=")[1], *home]
    assert alone == [f"/answer/{desk.code}/passcode/"] * 2
    # Ten minutes go by each time.
    reads = AuditEvent.objects.filter(actor=desk.code, event__startswith="read")
    before, then = reads.count(), timezone.now() - dt.timedelta(minutes=10)
    Link.objects.update(used_at=then, awake_until=then + policy.AWAKE)
    for address in alone:
        page = desk.see(address)
        assert (page.status_code, "data-idle" in page.content.decode()) == (200, False)
        assert sent.code not in page.content.decode()
        times = Link.objects.values_list("used_at", "awake_until").get()
        assert times == (then, then + policy.AWAKE)
    assert reads.count() == before
    Link.objects.update(awake_until=timezone.now())
    assert desk.see()["Location"] == alone[0]


def everything_kept() -> dict[str, str]:
    """Every row of every table as text; of a session also what it holds."""
    kept = {}
    with owning(), connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            kept[table] = "\n".join(row for (row,) in cursor.fetchall())
    sessions = BrowserSession.objects.values_list("session_data", flat=True)
    kept["sessions, opened"] = str([SessionStore().decode(each) for each in sessions])
    return kept


def test_tables_and_logs_know_neither_secret_nor_passcode(
    mailed: str, sent: Referral, sender: Member, visiting: Any, monkeypatch: Any
) -> None:
    told = io.StringIO()
    handler = next(
        each for each in logging.getLogger().handlers if isinstance(each.formatter, OnlyKnown)
    )
    monkeypatch.setattr(handler, "stream", told)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    worker = visiting(sender)
    answer = worker.http.post(f"/referrals/{sent.code}/link/passcode/")
    # Between the two it waits in the session.
    waiting = everything_kept()
    shown = worker.see(answer["Location"]).content.decode()
    passcode = shown.split('id="passcode">')[1][:9].replace(" ", "")
    here = Desk(mailed)
    here.see(mailed)
    here.show(other_than(passcode))
    here.show(passcode)
    here.see()
    marks = [mailed.split("/")[3], passcode, here.http.cookies["answer"].value]
    assert all(len(mark) >= 8 for mark in marks)
    for mark in marks:
        assert mark not in told.getvalue()
    for tables in (waiting, everything_kept()):
        for table, rows in tables.items():
            for mark in marks:
                assert mark not in rows, table
                assert mark.encode().hex() not in rows, table


def test_a_new_digest_key_makes_other_digests() -> None:
    assert proofs.digest_of("link", "one") != proofs.digest_of("device", "one")
    assert proofs.digest_of("link", "one") == proofs.digest_of("link", "one")


def test_a_passcode_is_of_its_link_alone() -> None:
    kept = proofs.hash_of("LK-2222-2222", "12345678")
    assert proofs.is_passcode("LK-2222-2222", "1234 5678", kept)
    assert not proofs.is_passcode("LK-3333-3333", "12345678", kept)
    assert not proofs.is_passcode("LK-2222-2222", "12345679", kept)
    assert not proofs.is_passcode("LK-2222-2222", "", "")


def test_many_tries_of_one_network_are_stopped(settings: Any, mailed: str) -> None:
    settings.LIMITS = settings.LIMITS | {"passcode": (3, 900)}
    for _ in range(3):
        assert Desk(mailed).show("00000000").status_code == 200
    assert Desk(mailed).show("00000000").status_code == 429
    assert Desk("/answer/open/other/").show("00000000").status_code == 429


def test_wrong_addresses_look_alike(desk: Desk) -> None:
    """And as the right ones do to a browser that shows nothing, or something else."""
    for path in (
        "/answer/", f"/answer/{desk.code}/", "/answer/LK-2222-2222/",
        "/answer/LK-2222-2222/passcode/", "/answer/nonsense/do/accept/",
    ):  # fmt: skip
        first = Client().get(path)
        assert (first.status_code, 'href="?here=1"' in first.content.decode()) == (200, True)
        other = Client()
        other.cookies["answer"] = secrets.token_urlsafe(32)
        for answer in (Client().get(f"{path}?here=1"), other.get(path)):
            assert answer.status_code == 410
            assert "There is nothing to read here" in answer.content.decode()
    assert Client().get(f"/answer/open/{secrets.token_urlsafe(32)}/").status_code == 410
    assert Client().post(f"/answer/{desk.code}/do/decline/").status_code == 410


def test_the_page_between_says_no_more_than_the_way_on(desk: Desk) -> None:
    """The same page for every address, and awake or not."""
    pages = {
        Client().get(path).content.decode().split("<main")[1].split("</main>")[0]
        for path in ("/answer/", f"/answer/{desk.code}/", "/answer/LK-2222-2222/told/")
    }
    assert len(pages) == 1

"""What an agency without an account is shown: the card, then the consented groups, and no more; by
whom it is logged; and what the sender's side sees of the link."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import Agency, Member
from audit.models import AuditEvent
from cases.actions import person
from cases.models import TimelineEntry
from demo import builders as make
from guest.actions import linking
from guest.models import Link
from kernel.groups import DataGroup
from notify.models import Clock, Rung
from referral.actions import helping
from referral.models import Referral
from tests.guest.conftest import Desk, links_in, mails_to, soon, typed
from tests.notify.sink import Sink

pytestmark = pytest.mark.django_db
MOST_QUERIES, MOST_BYTES = 12, 60_000
# Marked words in each group; the consent is for identity and contact alone.
INSIDE = {
    DataGroup.IDENTITY: {"prs_FirstName": "Канарэйка", "prs_SecondName": "Zzaryanka"},
    DataGroup.CONTACT: {"prs_MobilePhone": "+375297654321", "code_word": "Shchegolquiet"},
}
OUTSIDE = {
    DataGroup.SAFETY: {"risk_summary": "Chizhrisk looks for her."},
    DataGroup.TRAFFICKING: {"account": "Drozdaccount was driven over the border."},
    DataGroup.HEALTH: {"needs": "Lastochkahealth every morning."},
    DataGroup.WHEREABOUTS: {"place": "Snegirinaya 17"},
}
NEVER = ("Chizhrisk", "Drozdaccount", "Lastochkahealth", "Snegirinaya")
ONCE_ACCEPTED = ("Канарэйка", "Zzaryanka", "+375297654321", "Shchegolquiet")


@pytest.fixture
def marked(sender: Member, service: Any) -> Referral:
    case = make.make_case(by=sender)
    for group, values in (INSIDE | OUTSIDE).items():
        person.write_group(case=case, group=group, values=values, by=sender, at=timezone.now())
    groups = [DataGroup.IDENTITY, DataGroup.CONTACT]
    make.make_consent(case=case, to=service.agency, by=sender, groups=groups)
    draft = make.make_draft(
        case=case, service=service, by=sender, groups=groups, note="Kanoteka"
    )
    from referral.actions import sending  # noqa: PLC0415 -- for this fixture alone

    return sending.send(code=draft.code, by=sender, at=timezone.now())


@pytest.fixture
def sent(marked: Referral) -> Referral:
    return marked


def everything(desk: Desk) -> str:
    """Every byte that the link can be made to show now."""
    base = f"/answer/{desk.code}/"
    verbs = (
        "accept", "decline", "request_info", "acknowledge_recall", "confirm_handover",
        "plan_handover", "first_contact", "log_attempt", "complete", "message", "not_reached",
        "assign", "withdraw", "confirm", "send", "answer_info",
    )  # fmt: skip
    paths = [
        "/answer/", base, f"{base}told/", f"{base}own/", f"{base}passcode/",
        desk.link, *(f"{base}do/{verb}/" for verb in verbs),
    ]  # fmt: skip
    return "\n".join(desk.see(path, follow=True).content.decode() for path in paths)


def test_no_page_shows_what_was_not_consented_to(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    asked = everything(desk)
    for word in (*NEVER, *ONCE_ACCEPTED, "Kanoteka"):
        assert word not in asked
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    taken = everything(desk)
    assert [word for word in ONCE_ACCEPTED if word not in taken] == []
    assert "Kanoteka" in taken
    for word in NEVER:
        assert word not in taken
    desk.do("complete", outcome="service_provided", feedback="Done.")
    over = everything(desk)
    for word in (*NEVER, *ONCE_ACCEPTED, "Kanoteka", sent.case.code):
        assert word not in over


def test_each_reading_is_logged_under_the_links_code(desk: Desk, sent: Referral) -> None:
    desk.see()
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    desk.see(f"/answer/{desk.code}/told/")
    mine = AuditEvent.objects.filter(actor=desk.code)
    reading = mine.get(event="read.disclosure").about
    reads = set(mine.filter(event__startswith="read").values_list("event", "about"))
    assert {
        ("read.card", sent.code),
        ("read", sent.code),
        ("read.disclosure", reading),
    } <= reads
    opened = mine.get(event="read", about=sent.code)
    assert (opened.agency, opened.role, opened.case) == (
        sent.receiver.code, "focal_point", sent.case.code,
    )  # fmt: skip
    assert set(opened.groups) == {"triage", "identity", "contact"}
    stand_in = sent.receiver.members.get()
    assert not AuditEvent.objects.filter(actor=stand_in.username).exists()
    assert TimelineEntry.objects.get(event="referral.accept").actor == desk.code
    stand_in.refresh_from_db()
    assert stand_in.username.startswith("guest-")


def test_the_sender_sees_who_has_read_it(
    desk: Desk, sent: Referral, sender: Member, visiting: Any
) -> None:
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    desk.see(f"/answer/{desk.code}/told/")
    seen = visiting(sender).see(f"/cases/{sent.case.code}/seen/").content.decode()
    assert sent.receiver.name in seen


def test_pages_are_light_and_ask_seldom(desk: Desk, sent: Referral) -> None:
    desk.see()
    desk.do(
        "accept", contact_name="Anna", first_contact_at=soon(), meets_at=soon(), place="There",
        who_meets="Anna",
    )  # fmt: skip
    found = {}
    base = f"/answer/{desk.code}/"
    for path in ("/answer/", base, f"{base}told/", f"{base}do/complete/", f"{base}own/"):
        desk.see(path)
        with CaptureQueriesContext(connection) as queries:
            page = desk.see(path)
        asked = [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]
        if len(asked) > MOST_QUERIES or len(page.content) > MOST_BYTES:
            found[path] = (len(asked), len(page.content), asked)
    assert {path: each[:2] for path, each in found.items()} == {}, "\n".join(
        sql[:150] for each in found.values() for sql in each[2]
    )


def test_it_speaks_three_languages_and_remembers(desk: Desk) -> None:
    for language, words in (("ru", "Направление"), ("be", "Накіраванне"), ("en", "Referral")):
        page = desk.see(f"/answer/{desk.code}/?language={language}")
        assert page["Content-Language"] == language
        assert f'<html lang="{language}"' in page.content.decode()
        assert f"<h1>{words} " in page.content.decode()
        again = desk.see().content.decode()
        assert f'<html lang="{language}"' in again
    assert 'lang="en"' in desk.see(f"/answer/{desk.code}/?language=xx").content.decode()[:60]


def test_what_was_done_is_said_and_no_session_is_kept(desk: Desk) -> None:
    desk.see()
    page = desk.do("request_info", question="Is there a child?").content.decode()
    assert "You are told as soon as the sender answers." in page
    assert django_settings.SESSION_COOKIE_NAME not in desk.http.cookies
    assert (
        "alert-success" not in desk.see(f"/answer/{desk.code}/?done=nonsense").content.decode()
    )


def test_the_frame_leads_nowhere_but_out(desk: Desk) -> None:
    page = desk.see().content.decode()
    assert 'class="quick-exit"' in page
    assert 'action="/leave/"' in page
    hrefs = {part.split('"')[0] for part in page.split('href="')[1:]}
    inside = {h for h in hrefs if not h.startswith(("/static/", "#", "?"))}
    assert all(h.startswith(f"/answer/{desk.code}/") for h in inside), inside


def test_a_deed_of_the_other_side_or_of_colleagues_is_not_there(
    desk: Desk, sent: Referral
) -> None:
    for verb in ("assign", "withdraw", "confirm", "send", "answer_info", "nothing"):
        assert desk.do(verb).status_code == 404
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_what_it_may_not_yet_do_is_said_and_nothing_is_lost(desk: Desk) -> None:
    desk.see()
    wrong = desk.do("accept", contact_name="Anna", first_contact_at="2001-01-01T10:00")
    words = wrong.content.decode()
    assert wrong.status_code == 200
    assert "planned in the past" in words
    assert 'value="Anna"' in words
    assert desk.do("decline", reason="nonsense").status_code == 200
    assert desk.do("complete", outcome="x" * 9000, feedback="").status_code == 200


def test_not_reached_needs_three_tries(desk: Desk, sent: Referral) -> None:
    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    assert desk.do("not_reached").status_code in {200, 409}
    for _ in range(3):
        now = typed(timezone.now() - dt.timedelta(minutes=2))
        desk.do("log_attempt", tried_at=now, channel="phone", result="no_answer")
        # The same words again are the same form sent twice; another page has another mark.
        desk.see(f"/answer/{desk.code}/do/log_attempt/")
    sent.refresh_from_db()
    assert sent.attempts.count() == 3
    desk.do("not_reached")
    sent.refresh_from_db()
    assert sent.state == "not_reached"


def test_a_question_and_its_answer(
    desk: Desk, sent: Referral, sender: Member, sink: Sink
) -> None:
    from referral.actions import answering  # noqa: PLC0415 -- for this test alone

    desk.do("request_info", question="How many children?")
    answering.answer_info(code=sent.code, answer="Two of them.", by=sender, at=timezone.now())
    assert "Two of them." in desk.see().content.decode()
    # The mail that tells it carries no link any more: the browser has it.
    last = mails_to(sink, "two@shelter.example")[-1]
    assert links_in([last]) == ["/answer/"]
    assert desk.see("/answer/", follow=True).status_code == 200


def test_the_clock_runs_and_the_ladder_goes_to_the_sender(sent: Referral) -> None:
    """Reminded twice where it is written to, then the sender's people; the same reply clock."""
    clock = Clock.objects.get(subject=sent.code, purpose="reply")
    assert (clock.receiver_id, clock.sender_id) == (sent.receiver_id, sent.sender_id)
    assert clock.lapses_at is not None
    rungs = Rung.objects.filter(clock=clock).order_by("position")
    assert list(rungs.values_list("agency", "role")) == [
        (sent.receiver_id, "focal_point"),
        (sent.receiver_id, "focal_point"),
        (sent.sender_id, "supervisor"),
        (sent.sender_id, "supervisor"),
        (None, "coordinator"),
    ]


def test_silence_reminds_the_mail_and_then_expires_as_any_other(
    sent: Referral, sink: Sink
) -> None:
    from notify import ladder  # noqa: PLC0415 -- for this test alone
    from referral.tasks import expire  # noqa: PLC0415 -- for this test alone

    first = mails_to(sink, "two@shelter.example")
    rung = Rung.objects.filter(clock__subject=sent.code, clock__purpose="reply").earliest(
        "position"
    )
    Rung.objects.filter(pk=rung.pk).update(fires_at=timezone.now())
    ladder.fire_due(timezone.now())
    reminded = mails_to(sink, "two@shelter.example")
    assert links_in(reminded) == links_in(first) * 2
    Rung.objects.filter(clock__subject=sent.code).update(fired_at=timezone.now())
    Clock.objects.filter(subject=sent.code).update(lapses_at=timezone.now())
    expire()
    sent.refresh_from_db()
    assert sent.state == "expired"


def test_the_senders_page_tells_how_it_stands(
    mailed: str, sent: Referral, sender: Member, boss: Member, visiting: Any
) -> None:
    worker, path = visiting(sender), f"/referrals/{sent.code}/link/"
    assert "sent, and not opened yet" in worker.see(path).content.decode()
    here = Desk(mailed)
    here.see(mailed)
    assert "opened; the passcode" in worker.see(path).content.decode()
    shown = worker.do(f"{path}passcode/")
    assert shown.redirect_chain == [(f"{path}passcode/", 302)]
    words = shown.content.decode()
    assert "+375291234567" in words
    passcode = words.split('id="passcode">')[1][:9].replace(" ", "")
    # It is shown once, and stands on no page that can be asked for again.
    assert passcode not in worker.see(path).content.decode()
    again = worker.see(f"{path}passcode/", follow=True)
    assert again.redirect_chain == [(path, 302)]
    assert passcode not in again.content.decode()
    here.show(passcode)
    assert "in use on one device" in worker.see(path).content.decode()
    supervisor = visiting(boss)
    assert sent.code in supervisor.see("/links/").content.decode()
    supervisor.do(f"{path}end/")
    assert here.see().status_code == 410
    assert sent.code not in supervisor.see("/links/").content.decode()
    assert ">ended<" in worker.see(path).content.decode()


def test_strangers_and_the_receivers_side_find_no_page_of_the_link(
    sent: Referral, sender: Member, receiver: Member, stranger: Member, visiting: Any
) -> None:
    path = f"/referrals/{sent.code}/link/"
    for member in (stranger, make.make_member(agency=sender.agency)):
        visitor = visiting(member)
        assert visitor.see(path).status_code == 404
        for act in ("passcode/", "end/"):
            assert visitor.do(path + act).status_code == 404
    theirs = make.make_sent(by=sender, service=make.make_service(agency=receiver.agency))
    focal = visiting(receiver)
    for act in ("passcode/", "end/"):
        assert focal.do(f"/referrals/{theirs.code}/link/{act}").status_code == 403
    assert Link.objects.get(referral=sent).ended_at is None


def test_the_list_asks_as_often_for_three_as_for_one(
    sent: Referral, sender: Member, service: Any, visiting: Any
) -> None:
    worker = visiting(sender)
    worker.see("/links/")
    _, one = worker.asks("/links/")
    for _ in range(2):
        make.make_sent(by=sender, service=service)
    page, three = worker.asks("/links/")
    assert page.content.decode().count("/link/end/") == 3
    assert (one, three <= MOST_QUERIES) == (three, True)


def test_the_api_gives_a_passcode_once(sent: Referral, sender: Member, signed_in: Any) -> None:
    client, path = signed_in(sender), f"referrals/{sent.code}/link/"
    made = client.post(path, HTTP_IDEMPOTENCY_KEY="k1")
    assert (made.status_code, len(made.data["passcode"]), made.data["state"]) == (
        200,
        8,
        "sent",
    )
    again = client.post(path, HTTP_IDEMPOTENCY_KEY="k1")
    assert ("passcode" in again.data, again["Idempotency-Replayed"]) == (False, "true")
    assert client.http.post(f"/api/v1/{path}", format="json").status_code == 400
    assert client.get(path).data["code"] == made.data["code"]
    ended = client.http.delete(f"/api/v1/{path}")
    assert ended.status_code == 204
    assert client.get(path).data["state"] == "ended"
    assert client.http.delete(f"/api/v1/{path}").status_code == 409


def test_a_link_that_is_in_use_ends_only_where_that_was_said(
    desk: Desk, sent: Referral, sender: Member, visiting: Any, signed_in: Any
) -> None:
    worker, path = visiting(sender), f"/referrals/{sent.code}/link/"
    # A page that is older than its use, or is sent again, names none.
    refused = worker.do(f"{path}passcode/")
    assert refused.status_code == 409
    assert "They use this link." in refused.content.decode()
    client, route = signed_in(sender), f"referrals/{sent.code}/link/"
    for n, body in enumerate(({}, {"link": "LK-2222-2222"}, {"link": ""})):
        answer = client.post(route, body, HTTP_IDEMPOTENCY_KEY=f"k{n}")
        assert answer.status_code in {400, 409}, body
        assert answer.data["code"] in {"invalid", "link_is_in_use"}
    assert Link.objects.get().ended_at is None
    assert desk.see().status_code == 200
    page = worker.see(path).content.decode()
    assert f'name="link" value="{desk.code}"' in page
    worker.do(f"{path}passcode/", {"link": desk.code})
    assert desk.see().status_code == 410
    made = Link.objects.get(ended_at__isnull=True)
    # The same form once more is about a link that has ended, and gives a passcode for the new one.
    worker.do(f"{path}passcode/", {"link": desk.code})
    assert Link.objects.get(ended_at__isnull=True) == made
    Link.objects.filter(pk=made.pk).update(
        device="1" * 64, bound_at=timezone.now(), secret=None
    )
    assert worker.do(f"{path}passcode/", {"link": desk.code}).status_code == 409
    newest = client.post(route, {"link": made.code}, HTTP_IDEMPOTENCY_KEY="yes")
    assert (newest.status_code, len(newest.data["passcode"])) == (200, 8)
    made.refresh_from_db()
    assert (made.ended_at is None, newest.data["code"] == made.code) == (False, False)


def test_sending_leads_to_the_passcode(
    sender: Member, service: Any, visiting: Any, shelter: Agency
) -> None:
    case = make.make_case(by=sender)
    make.make_consent(case=case, to=shelter, by=sender)
    draft = make.make_draft(case=case, service=service, by=sender)
    worker = visiting(sender)
    page = worker.do(f"/referrals/{draft.code}/preview/")
    assert page.redirect_chain == [(f"/referrals/{draft.code}/link/", 302)]
    assert "now tell them a passcode by telephone" in page.content.decode()
    found = worker.see(f"/cases/{case.code}/refer/").content.decode()
    assert "Has no account: it answers by a link" in found


def test_a_message_of_the_sender_is_read_and_answered(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    helping.message(code=sent.code, text="Please call first.", by=sender, at=timezone.now())
    assert "Please call first." in desk.see().content.decode()
    desk.do("message", text="We will.")
    assert "We will." in desk.see().content.decode()
    assert sent.messages.count() == 2


def nothing_is_left(desk: Desk, sent: Referral) -> str:
    """The page of the referral, after every page of the link was looked through."""
    shown = everything(desk)
    for word in (*NEVER, *ONCE_ACCEPTED, "Kanoteka", sent.case.code, "30–38"):
        assert word not in shown
    return str(desk.see().content.decode())


TO_DO = {
    "en": ("What you are to do now", "Destroy what you have written down"),
    "ru": ("Что теперь сделать", "Уничтожьте то, что вы записали"),
    "be": ("Што цяпер зрабіць", "Знішчыце тое, што вы запісалі"),
}


def test_a_consent_that_is_taken_back_leaves_nothing_and_says_what_to_do(
    desk: Desk, sent: Referral, sender: Member
) -> None:
    from referral.actions import recalling  # noqa: PLC0415 -- for this test alone

    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    assert "What you are to do now" not in desk.see().content.decode()
    told = f"/answer/{desk.code}/told/"
    assert "Канарэйка" in desk.see(told).content.decode()
    consent = sent.case.consents.get()
    recalling.withdraw_consent(code=consent.code, by=sender, at=timezone.now())
    # The page that was open a moment ago is the first to be asked for again.
    assert "Канарэйка" not in desk.see(told).content.decode()
    nothing_is_left(desk, sent)
    for language, words in TO_DO.items():
        page = desk.see(f"/answer/{desk.code}/?language={language}").content.decode()
        assert [word for word in words if word not in page] == []


ERASE = {
    "en": ("Please erase what you keep", "Somebody will call you"),
    "ru": ("Пожалуйста, удалите то, что храните", "Вам позвонят"),
    "be": ("Калі ласка, выдаліце тое, што захоўваеце", "Вам патэлефануюць"),
}


@pytest.mark.parametrize("ended", ["completed", "recalled"])
def test_who_is_erased_is_erased_from_the_link_too(
    desk: Desk, sent: Referral, sender: Member, service: Any, sink: Sink, ended: str
) -> None:
    from cases import erasure  # noqa: PLC0415 -- for this test alone
    from referral.actions import recalling  # noqa: PLC0415 -- likewise
    from rights.actions import demanding  # noqa: PLC0415 -- likewise
    from rights.models import Demand  # noqa: PLC0415 -- likewise
    from rights.workflow import Answer  # noqa: PLC0415 -- likewise
    from tests.rights.conftest import closed  # noqa: PLC0415 -- likewise

    boss = make.make_member(agency=sender.agency, role="supervisor")
    home = make.make_agency(is_coordinating=True)
    officer = make.make_member(agency=home, role="data_protection_officer")
    other = make.make_sent(by=sender, service=service)
    _, digits = linking.give_passcode(code=other.code, by=sender, at=timezone.now())
    beside = Desk(links_in(mails_to(sink, "two@shelter.example"))[-1])
    beside.show(digits)
    beside.do("decline", reason="no_capacity")

    desk.do("accept", contact_name="Anna", first_contact_at=soon())
    assert "Канарэйка" in desk.see(f"/answer/{desk.code}/told/").content.decode()
    if ended == "completed":
        desk.do("complete", outcome="service_provided", feedback="Done.")
    else:
        recalling.withdraw(code=sent.code, reason="safety", by=sender, at=timezone.now())
    closed(sent.case)
    erasure.destroy_person(
        code=sent.case.person.code, because="adult", approved_by=boss, by=officer,
        at=timezone.now(),
    )  # fmt: skip
    page = nothing_is_left(desk, sent)
    assert "What you are to do now" not in page
    for language, words in ERASE.items():
        page = desk.see(f"/answer/{desk.code}/?language={language}").content.decode()
        assert [word for word in words if word not in page] == []
    # What they are to do, as long as they have not said that it is done.
    demanding.answer(
        code=Demand.objects.get(case=sent.case, agency=sent.receiver).code,
        answer=Answer.ERASED,
        by=sent.receiver.members.get(),
        at=timezone.now(),
    )
    assert (
        "Please erase what you keep"
        not in desk.see(f"/answer/{desk.code}/?language=en").content.decode()
    )
    # Of whom by another link of the agency was told is not erased, and nothing says so there.
    assert (
        "Please erase what you keep"
        not in beside.see(f"/answer/{beside.code}/?language=en").content.decode()
    )

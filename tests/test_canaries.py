"""Marked words go in through the API, and come out nowhere but where they are meant to be read."""

import base64
import datetime as dt
import email
import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.conf import settings as django_settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone

from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role
from audit import log
from audit.models import AuditEvent
from cases import timeline
from cases.models import Case, TimelineEntry
from config.wall import roles
from demo import builders as make
from edge.models import RepeatedKey
from notify import calls, delivery
from notify.channels import systems
from notify.models import Delivery, Event
from notify.tasks import relay
from reintegration.queries import areas
from tests.notify.partner import Partner, listening

FIRST, SECOND, ALIAS = "Канарэйка", "Zzaryanka", "Sinitsyna"
PHONE, STREET, WORD = "+375297654321", "Snegirinaya 17", "Shchegolquiet"
GROUPS: dict[str, dict[str, Any]] = {
    "identity": {"prs_FirstName": FIRST, "prs_SecondName": SECOND, "aliases": [ALIAS]},
    "contact": {"prs_MobilePhone": PHONE, "code_word": WORD},
    "safety": {"risk_summary": "Chizhrisk looks for her."},
    "trafficking": {"account": "Drozdaccount was driven over the border."},
    "health": {"needs": "Lastochkahealth every morning."},
    "whereabouts": {"place": STREET},
}
TEXTS = {
    name: f"{name.title()}ptashka says more."
    for name in (
        "note", "task", "purpose", "question", "answer", "message", "reply", "feedback",
        "place", "nurse", "override", "handover", "remarks", "statement", "event", "relation",
        "refuge", "worry", "objectives", "goal", "action", "review", "resolution", "interest",
        "reasons", "evidence", "proof", "onward", "transfer",
    )
}  # fmt: skip
ADDRESS, WITNESS = "Tainyperaulak 3", "Svidetelnica Ivanova"
# Planted on purpose, to see that the search finds it.
LEAK = "Верабейка"
MARKERS = (
    FIRST, SECOND, ALIAS, PHONE, STREET, WORD, "Chizhrisk", "Drozdaccount", "Lastochkahealth",
    ADDRESS, WITNESS, *(text.split()[0] for text in TEXTS.values()),
)  # fmt: skip
TYPE = "SHELTER_EMERGENCY"
AGENCY_NAMES = ("Kontora Sorokina", "Prytulak Buslika")
# What a mail may not say either: who asked, what for, and what it is all about.
TELLING = (
    *AGENCY_NAMES, TYPE, "shelter", "traffick", "victim", "торговл", "жертв", "приют",
    "ахвяр", "гандл", "прытул",
)  # fmt: skip


SAYS_NOTHING = ("mail", "calls", "broker", "outbox", "log")


class Cast:
    """Everybody in the story, each with a client of the API."""

    def __init__(self, signed_in: Any) -> None:
        ours = make.make_agency(name=AGENCY_NAMES[0], type=AgencyType.TERRITORIAL_CENTRE)
        theirs = make.make_agency(name=AGENCY_NAMES[1])
        self.agency, self.ours = theirs, ours
        self.focal = make.make_member(agency=theirs, role=Role.FOCAL_POINT, language="be")
        self.worker = signed_in(make.make_member(agency=ours, language="ru"))
        self.boss = signed_in(make.make_member(agency=ours, role=Role.SUPERVISOR))
        self.receiver = signed_in(self.focal)
        self.admin = signed_in(make.make_member(agency=theirs, role=Role.AGENCY_ADMIN))
        self.stranger = signed_in(make.make_member(role=Role.FOCAL_POINT))
        self.authority = make.make_authority()
        self.officer = signed_in(make.make_officer(authority=self.authority))
        self.errors: list[str] = []

    def post(self, who: Any, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = who.post(path, body)
        return self.checked(answer, expect)

    def checked(self, answer: Any, expect: int) -> Any:
        assert answer.status_code == expect, answer.content
        if expect >= 400:
            self.errors.append(answer.content.decode())
        return answer.json()

    def put(self, who: Any, path: str, body: Any, expect: int = 200) -> Any:
        return self.checked(who.http.put(f"/api/v1/{path}", body, format="json"), expect)


def soon() -> str:
    return (timezone.now() + dt.timedelta(hours=2)).isoformat()


def open_case(cast: Cast) -> dict[str, Any]:
    """A case with something marked in every group and every text."""
    case = cast.post(cast.worker, "cases/", {"person": {"age_band": "30-38"}}, 201)
    for group, values in GROUPS.items():
        cast.put(cast.worker, f"persons/{case['person']['code']}/groups/{group}/", values)
    url = f"cases/{case['code']}/"
    cast.post(cast.worker, f"{url}open/")
    for visibility in ("private", "agency", "shared"):
        note = {"text": TEXTS["note"], "visibility": visibility}
        cast.post(cast.worker, f"{url}notes/", note, 201)
    who = Member.objects.get(agency=Case.objects.get().owner, role=Role.SUPERVISOR).username
    cast.post(cast.worker, f"{url}tasks/", {"text": TEXTS["task"], "assignee": who})
    cast.post(cast.boss, f"{url}hand_over/", {"to": who, "note": TEXTS["handover"]})
    asked = {"agency": cast.agency.code, "groups": ["health"], "ground": "vital_interests",
             "reason": TEXTS["override"] + " Her life is in danger."}  # fmt: skip
    override = cast.post(cast.boss, f"{url}overrides/", asked, 201)
    cast.post(cast.boss, f"overrides/{override['code']}/approve/", expect=403)
    cast.post(cast.boss, "persons/find/", {"name": f"{FIRST} {SECOND}"})
    return dict(case)


def consent(cast: Cast, case: dict[str, Any]) -> str:
    groups = ["triage", "identity", "contact", "safety"]
    scopes = [{"agency": cast.agency.code, "groups": groups}]
    drafted = cast.post(cast.boss, f"cases/{case['code']}/consents/", {"scopes": scopes}, 201)
    given = {
        "given_by": "self",
        "form": "oral_witnessed",
        "language": "bel",
        "witness": WITNESS,
    }
    cast.post(cast.boss, f"consents/{drafted['code']}/give/", given)
    return str(drafted["code"])


def offer(cast: Cast) -> str:
    body = {"type": TYPE, "name": "A house", "confidential_address": ADDRESS}
    return str(cast.post(cast.admin, "services/", body, 201)["code"])


def send(cast: Cast, case: dict[str, Any], service: str) -> str:
    body = {"case": case["code"], "service": service, "urgency": "urgent",
            "groups": ["identity", "contact", "safety"], "note": TEXTS["purpose"]}  # fmt: skip
    url = f"referrals/{cast.post(cast.boss, 'referrals/', body, 201)['code']}/"
    cast.checked(cast.boss.get(f"{url}preview/"), 200)
    cast.post(cast.boss, f"{url}send/")
    cast.checked(cast.receiver.get(url), 200)
    return url


def ask_and_decline(cast: Cast, url: str) -> None:
    cast.post(cast.receiver, f"{url}request_info/", {"question": TEXTS["question"]})
    cast.post(cast.boss, f"{url}answer_info/", {"answer": TEXTS["answer"]})
    cast.post(cast.receiver, f"{url}messages/", {"text": TEXTS["message"]}, 201)
    cast.post(cast.receiver, f"{url}decline/", {"reason": "no_capacity"})
    cast.post(cast.receiver, f"{url}messages/", {"text": TEXTS["message"]}, 409)


def help_to_the_end(cast: Cast, url: str) -> None:
    accept(cast, url)
    plan = {"meets_at": soon(), "place": TEXTS["place"], "who_meets": TEXTS["nurse"]}
    cast.post(cast.receiver, f"{url}plan_handover/", plan)
    cast.post(cast.boss, f"{url}confirm_handover/")
    cast.post(cast.boss, f"{url}messages/", {"text": TEXTS["reply"]}, 201)
    cast.post(cast.receiver, f"{url}first_contact/", {"met_at": timezone.now().isoformat()})
    end = {"outcome": "service_provided", "feedback": TEXTS["feedback"]}
    cast.post(cast.receiver, f"{url}complete/", end)
    cast.post(cast.boss, f"{url}confirm/", {"service_received": "yes"})


def accept(cast: Cast, url: str) -> None:
    body = {"contact": cast.focal.username, "first_contact_at": soon()}
    cast.post(cast.receiver, f"{url}accept/", body)
    cast.checked(cast.receiver.get(f"{url}disclosure/"), 200)


def take_it_back(cast: Cast, case: dict[str, Any], code: str, url: str) -> None:
    accept(cast, url)
    cast.post(cast.boss, f"consents/{code}/withdraw/")
    cast.checked(cast.receiver.get(f"cases/{case['code']}/"), 404)
    cast.post(cast.receiver, f"{url}acknowledge_recall/")


def identify(cast: Cast, case: dict[str, Any]) -> None:
    """Something marked in all that a screening, a statement and a decision hold."""
    url, boss = f"cases/{case['code']}/", cast.boss
    form = cast.post(boss, f"{url}screenings/", {"instrument": "forced_labour_11",
                                                 "agreed": True}, 201)  # fmt: skip
    said = {"answers": {"isolation": {"answer": "yes"}}, "remarks": TEXTS["remarks"]}
    kept = boss.http.patch(
        f"/api/v1/screenings/{form['code']}/", said, format="json",
        HTTP_IF_MATCH=f'"{form["code"]}.1"',
    )  # fmt: skip
    cast.checked(kept, 200)
    cast.post(boss, f"screenings/{form['code']}/submit/")
    told = {"text": TEXTS["statement"], "told_on": make.today().isoformat()}
    cast.post(boss, f"{url}statements/", told, 201)
    drafted = cast.post(boss, f"{url}consents/", {"scopes": [
        {"agency": cast.authority.code, "groups": ["triage", "screening", "trafficking"],
         "purpose": "identification"}]}, 201)  # fmt: skip
    given = {"given_by": "self", "form": "written", "language": "bel"}
    cast.post(boss, f"consents/{drafted['code']}/give/", given)
    formal = f"{url}identification/"
    asked = {"authority": cast.authority.code, "best_interest": TEXTS["interest"] * 3}
    cast.post(boss, f"{formal}submit/", asked)
    cast.post(cast.officer, f"{formal}recognise/", {"reasons": TEXTS["reasons"]}, 400)
    cast.post(cast.officer, f"{formal}reject/", {"reasons": TEXTS["reasons"] * 3})
    (decision,) = cast.checked(boss.get(formal), 200)["decisions"]
    proof = {"whom": "person", "told_at": timezone.now().isoformat(), "way": "in_person",
             "proof": TEXTS["proof"]}  # fmt: skip
    cast.post(boss, f"decisions/{decision['code']}/tell/", proof)
    cast.post(boss, f"{formal}reconsider/", {"new_evidence": TEXTS["evidence"] * 3})
    cast.checked(cast.officer.get(f"{url}statements/"), 200)


def support(cast: Cast, case: dict[str, Any]) -> None:
    """Something marked in all that records, assessments, plans and reviews hold."""
    url, boss = f"cases/{case['code']}/", cast.boss
    for kind, values in (
        ("event", {"hte_Description": TEXTS["event"]}),
        ("perpetrator", {"relation": TEXTS["relation"]}),
        ("safety_plan", {"safe_places": [TEXTS["refuge"]]}),
    ):
        cast.post(boss, f"{url}records/", {"kind": kind, "values": values}, 201)
    need = {"area": "housing", "level": "urgent", "wants_help": "yes", "words": TEXTS["worry"]}
    weighed = {"risk": "high", "factors": [], "needs": [need]}
    cast.post(boss, f"{url}assessments/", weighed, 201)
    words = {"objectives": TEXTS["objectives"], "types": ["SocialCare"]}
    plan = cast.post(boss, f"{url}plans/", words, 201)["code"]
    goal = {"area": "housing", "text": TEXTS["goal"]}
    aims = cast.post(boss, f"plans/{plan}/goals/", goal, 201)["goals"]
    action = {"text": TEXTS["action"], "responsible": cast.agency.code,
              "due_on": make.today().isoformat()}  # fmt: skip
    cast.post(boss, f"goals/{aims[0]['code']}/actions/", action, 201)
    cast.post(boss, f"plans/{plan}/agree/", {"agreed_by": "self"})
    (review, *_) = cast.checked(boss.get(f"{url}reviews/"), 200)["results"]
    held = {"held_on": make.today().isoformat(), "remarks": TEXTS["review"],
            "scores": {area: {"worker": 1} for area in areas()}}  # fmt: skip
    cast.post(boss, f"reviews/{review['code']}/hold/", held)
    (alert,) = cast.checked(boss.get(f"{url}alerts/"), 200)["results"]
    cast.post(boss, f"alerts/{alert['code']}/resolve/", {"words": TEXTS["resolution"]})


def hand_on(cast: Cast, case: dict[str, Any], url: str) -> None:
    clinic = make.make_service(agency=make.make_agency(), type="MEDICAL")
    proposed = {"service": clinic.code, "urgency": "urgent", "groups": ["identity"],
                "reason": TEXTS["onward"]}  # fmt: skip
    made = cast.post(cast.receiver, f"{url}onward/", proposed, 201)
    cast.post(cast.boss, f"onwards/{made['code']}/approve/", expect=409)
    cast.post(cast.boss, f"onwards/{made['code']}/decline/")
    moved = {"to": cast.agency.code, "note": TEXTS["transfer"]}
    cast.post(cast.boss, f"cases/{case['code']}/transfers/", moved, 409)


def go_wrong(cast: Cast, case: dict[str, Any]) -> None:
    """Every kind of refusal, each with marked words in what was asked."""
    person = f"persons/{case['person']['code']}/"
    cast.put(cast.boss, f"{person}groups/identity/", {"prs_Birthdate": FIRST}, 428)
    cast.put(cast.boss, f"{person}groups/family/", {"prs_MaritalStatus": SECOND}, 400)
    cast.put(cast.boss, f"{person}groups/legal/", {"status": [STREET]}, 400)
    cast.post(cast.boss, "cases/", {"source": ALIAS, "person": {"district": STREET}}, 400)
    cast.checked(cast.boss.get("cases/", {"state": SECOND}), 400)
    cast.checked(cast.boss.get("cases/", {"after": SECOND}), 400)
    cast.post(cast.stranger, f"cases/{case['code']}/notes/",
              {"text": TEXTS["note"], "visibility": "agency"}, 404)  # fmt: skip
    cast.post(cast.boss, "session/", {"username": SECOND, "password": WORD}, 401)
    cast.post(cast.boss, f"cases/{case['code']}/reopen/", {"reason": TEXTS["note"]}, 409)
    cast.checked(cast.boss.get(f"persons/{FIRST}/"), 404)


def whole_story(cast: Cast) -> None:
    case = open_case(cast)
    service, given = offer(cast), consent(cast, case)
    ask_and_decline(cast, send(cast, case, service))
    help_to_the_end(cast, send(cast, case, service))
    identify(cast, case)
    support(cast, case)
    running = send(cast, case, service)
    accept(cast, running)
    hand_on(cast, case, running)
    end = {"outcome": "service_provided", "feedback": TEXTS["feedback"]}
    cast.post(cast.receiver, f"{running}complete/", end)
    take_it_back(cast, case, given, send(cast, case, service))
    go_wrong(cast, case)
    delivery.relay_due(timezone.now() + dt.timedelta(seconds=1))
    calls.relay_due(timezone.now() + dt.timedelta(seconds=1))


class Mails(Message):
    """What the mail server took: raw, and as a reader would see it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_message(self, message: email.message.Message) -> None:
        body = message.get_payload(decode=True)
        assert isinstance(body, bytes)
        heads = email.header.make_header(email.header.decode_header(message["Subject"]))
        self.seen.append(f"{message.as_bytes()!r}\n{heads}\n{body.decode()}")


@pytest.fixture
def mails(settings: Any) -> Iterator[Mails]:
    """A mail server on a free port of this machine, and the service told to use it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # What the mail server itself logs of a conversation is not ours.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    kept = Mails()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield kept
    server.stop()


@pytest.fixture
def partner(cast: Cast) -> Iterator[Partner]:
    """Where the systems of both agencies listen."""
    with listening() as server:
        for agency in (cast.ours, cast.agency):
            make.make_endpoint(agency=agency, url=server.url)
            Agency.objects.filter(pk=agency.pk).update(has_systems=True)
        yield server


def called(partner: Partner) -> str:
    """All that was said in the calls."""
    return "\n".join(f"{each.path} {each.headers} {each.body}" for each in partner.heard)


def broker() -> redis.Redis:
    """Where the messages lie; kombu has a name of its own for a socket."""
    url = django_settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://")
    return redis.Redis.from_url(url.partition("?")[0])


def in_the_broker() -> str:
    """Every message that waits in the broker, raw and with its body decoded."""
    store = broker()
    raw = [
        message
        for key in store.scan_iter("*")
        if store.type(key) == b"list"
        for message in store.lrange(key, 0, -1)
    ]
    bodies = [base64.b64decode(json.loads(message)["body"]) for message in raw]
    return "\n".join(part.decode() for part in raw + bodies)


def in_the_tables() -> str:
    """Every row of every table, as text; sealed columns show as hexadecimal digits."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows: list[str] = []
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            rows += [f"{table}: {row}" for (row,) in cursor.fetchall()]
        cursor.execute(f"SET ROLE {roles.WORKER}")
    return "\n".join(rows)


def rows_of(model: Any) -> str:
    return "\n".join(str(row) for row in model.objects.values())


def sinks(
    cast: Cast, mails: Mails, partner: Partner, caplog: Any, output: str
) -> dict[str, str]:
    """Everything that leaves, is kept in clear, or is read by others than the two sides."""
    return {
        "mail": "\n".join(mails.seen),
        "calls": called(partner),
        "log": caplog.text + output,
        "broker": in_the_broker(),
        "errors": "\n".join(cast.errors),
        "audit": rows_of(AuditEvent),
        "outbox": rows_of(Event) + rows_of(Delivery),
        "timeline": rows_of(TimelineEntry),
        "keys": rows_of(RepeatedKey),
        "tables": in_the_tables(),
    }


def found(text: str, words: tuple[str, ...]) -> list[str]:
    """Which of the words are in the text: plain, escaped as in JSON, or in hexadecimal digits."""
    text = text.casefold()
    return [
        word
        for word in words
        if any(
            form in text
            for form in (
                word.casefold(), json.dumps(word)[1:-1].casefold(), word.encode().hex(),
                repr(word.encode())[2:-1].casefold(),
            )
        )
    ]  # fmt: skip


@pytest.fixture
def cast(signed_in: Any) -> Cast:
    return Cast(signed_in)


@pytest.mark.django_db(transaction=True)
def test_marked_words_are_in_no_mail_log_queue_error_or_clear_column(
    cast: Cast, mails: Mails, partner: Partner, caplog: Any, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)

    whole_story(cast)

    texts = sinks(cast, mails, partner, caplog, "".join(capfd.readouterr()))
    assert [name for name, text in texts.items() if not text and name != "log"] == []
    assert {name: found(text, MARKERS) for name, text in texts.items()} == dict.fromkeys(
        texts, []
    )


@pytest.mark.django_db(transaction=True)
def test_a_notice_says_neither_who_nor_what(
    cast: Cast, mails: Mails, partner: Partner, caplog: Any, capfd: Any
) -> None:
    whole_story(cast)

    waiting = Delivery.objects.filter(channel="email", state="done").count()
    texts = sinks(cast, mails, partner, caplog, "".join(capfd.readouterr()))
    assert len(mails.seen) == waiting >= 15
    assert {name: found(texts[name], TELLING) for name in SAYS_NOTHING} == {
        "mail": [], "calls": [], "broker": [], "outbox": [], "log": [],
    }  # fmt: skip
    assert found(texts["errors"], (*AGENCY_NAMES, TYPE)) == []


@pytest.mark.django_db(transaction=True)
def test_the_two_sides_do_read_the_marked_words(cast: Cast) -> None:
    """Otherwise the search would prove nothing: the words did go in."""
    case = open_case(cast)
    service, _ = offer(cast), consent(cast, case)
    url = send(cast, case, service)
    accept(cast, url)

    text = json.dumps(cast.receiver.get(f"{url}disclosure/").json(), ensure_ascii=False)
    notes = cast.boss.get(f"cases/{case['code']}/notes/").content.decode()

    assert found(text, MARKERS) == [FIRST, SECOND, ALIAS, PHONE, WORD, "Chizhrisk"]
    assert found(notes, MARKERS) == [TEXTS[n].split()[0] for n in ("note", "task", "handover")]


def plant(sink: str, cast: Cast, partner: Partner) -> None:
    """One leak."""
    at = timezone.now()
    if sink == "mail":
        EmailMessage(subject=LEAK, body=LEAK, to=["a@example.org"]).send()
    elif sink == "log":
        logging.getLogger("anything").warning(LEAK)
    elif sink == "calls":
        systems.send(systems.Message(partner.url, LEAK, {"webhook-id": "1"}))
    elif sink == "broker":
        relay.apply_async(kwargs={"word": LEAK}, queue="leak")
    elif sink == "errors":
        cast.errors.append(json.dumps({"detail": LEAK}))
    elif sink == "outbox":
        Event.objects.create(kind="referral.sent", subject=LEAK, happened_at=at)
    elif sink == "keys":
        RepeatedKey.objects.create(
            member_id=1, key="k", route="/", body_sha256="", answer=LEAK, used_at=at
        )
    elif sink == "tables":
        Agency.objects.filter(pk=cast.agency.pk).update(name=LEAK)
    else:
        case = make.make_case(by=Member.objects.filter(role=Role.SUPERVISOR).get())
        with transaction.atomic():
            if sink == "audit":
                log.record("x", by=log.CLOCK, facts={"word": LEAK})
            else:
                timeline.record(case, "x", by=log.CLOCK, at=at, facts={"word": LEAK})


SINKS = (
    "mail",
    "calls",
    "log",
    "broker",
    "errors",
    "audit",
    "outbox",
    "timeline",
    "keys",
    "tables",
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sink", SINKS)
def test_the_search_finds_a_leak_in_each_place(
    sink: str, cast: Cast, mails: Mails, partner: Partner, caplog: Any
) -> None:
    before = found(sinks(cast, mails, partner, caplog, "")[sink], (LEAK,))

    plant(sink, cast, partner)

    after = found(sinks(cast, mails, partner, caplog, "")[sink], (LEAK,))
    assert (before, after) == ([], [LEAK])
    broker().delete("safehand:leak")


def test_the_search_finds_what_is_only_encoded() -> None:
    assert found(LEAK.encode().hex(), (LEAK,)) == [LEAK]
    assert found(json.dumps(LEAK), (LEAK,)) == [LEAK]
    assert found("nothing of it", (LEAK,)) == []

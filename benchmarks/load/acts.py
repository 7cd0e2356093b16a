"""What a member does: a table of acts, with how often, after how much thought, and what follows.

Each act is one request. What an answer tells is put into a pocket of the member's, from which later
acts take: a code that was listed, a case that was opened and has no consent yet. A referral goes by
way of the town's post to the agency that it was sent to. Only what can be taken is asked for, so that
every answer but the one that is expected is an error.
"""

import datetime as dt
import json
import random
import re
import uuid
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from agencies.roles import Role
from benchmarks.load.client import Answer
from benchmarks.load.who import Worker

API = "/api/v1/"
CREATED = 201
MOVED = 302
# A list has rows of one's own and rows that were referred, of which only the code is told.
OWN_ROW = re.compile(r'<a class="code" href="/cases/(SH-[0-9A-Z-]{9})/">[^<]+</a></th><td>')
FURTHER = re.compile(r'href="(\?[^"]*after=[^"]+)"')
FORM = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CSRF = re.compile(r"csrf=([^;]+)")
SHARED = ["identity", "safety"]
# How many of what was seen a member remembers.
REMEMBERED = 200
# Of the pockets below, those that are read from again and again.
SEEN = frozenset({"own case", "open case", "person"})
INBOX = frozenset({Role.FOCAL_POINT, Role.SUPERVISOR})
WORKERS = frozenset({Role.SOCIAL_WORKER, Role.SUPERVISOR})
EVERYBODY = INBOX | WORKERS


@dataclass(slots=True)
class Town:
    """Whom one may refer to, and the referrals that lie before each agency, with who sent them."""

    services: list[tuple[str, str]]
    post: dict[str, deque[tuple[str, "Actor"]]] = field(
        default_factory=lambda: defaultdict(deque)
    )


@dataclass(slots=True, eq=False)
class Actor:
    """A member at work, and what is in the pockets."""

    worker: Worker
    town: Town
    dice: random.Random
    pockets: dict[str, deque[Any]] = field(default_factory=lambda: defaultdict(deque))

    def keep(self, pocket: str, *things: Any) -> None:
        held = self.pockets[pocket]
        held.extend(thing for thing in things if pocket not in SEEN or thing not in held)
        while len(held) > REMEMBERED:
            held.popleft()

    def has(self, pocket: str) -> bool:
        return bool(self.mail if pocket == "post" else self.pockets[pocket])

    def take(self, pocket: str) -> Any:
        """One thing: of what was seen any one, and it stays; else the oldest, which is gone."""
        if pocket in SEEN:
            return self.dice.choice(self.pockets[pocket])
        return (self.mail if pocket == "post" else self.pockets[pocket]).popleft()

    @property
    def mail(self) -> deque[tuple[str, "Actor"]]:
        return self.town.post[self.worker.agency]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: to the API with `data`, to a page with the fields of a `form`."""

    method: str
    path: str
    data: Any = None
    form: dict[str, str] | None = None
    csrf: str = ""
    expect: int = 200

    def headers(self, worker: Worker) -> dict[str, str]:
        if not self.path.startswith(API):
            cookie = worker.cookie + (f"; csrf={self.csrf}" if self.csrf else "")
            return {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        said = {"Authorization": f"Bearer {worker.token}", "Content-Type": "application/json"}
        return said | ({"Idempotency-Key": uuid.uuid4().hex} if self.method == "POST" else {})

    def body(self) -> bytes:
        if self.form is not None:
            return urlencode(self.form).encode()
        return b"" if self.data is None else json.dumps(self.data).encode()


Asking = Callable[[Actor, Any], Ask]
Learning = Callable[[Actor, Any, Answer], None]


def nothing(_actor: Actor, _about: Any, _answer: Answer) -> None:
    """There is nothing to learn from it."""


@dataclass(frozen=True, slots=True)
class Act:
    """`weight` among what the member can do just then; `think` is the mean, in seconds."""

    name: str
    weight: int
    think: float
    ask: Asking
    learn: Learning = nothing
    takes: str = ""
    roles: frozenset[Role] = EVERYBODY

    def can(self, actor: Actor) -> bool:
        return actor.worker.role in self.roles and (not self.takes or actor.has(self.takes))


def page(path: str) -> Asking:
    """A page of this address, in which {} is what was taken."""
    return lambda _actor, about: Ask("GET", path.format(about))


def api(path: str) -> Asking:
    return page(API + path)


def send(path: str, *, expect: int = 200, method: str = "POST", **data: Any) -> Asking:
    return lambda _actor, about: Ask(method, API + path.format(about), data, expect=expect)


def cases_on_page(actor: Actor, _about: Any, answer: Answer) -> None:
    text = answer.text
    actor.keep("own case", *OWN_ROW.findall(text))
    if found := FURTHER.search(text):
        actor.keep("older page", found[1].replace("&amp;", "&"))


def open_cases_on_page(actor: Actor, _about: Any, answer: Answer) -> None:
    actor.keep("open case", *OWN_ROW.findall(answer.text))


def cases_of_api(actor: Actor, _about: Any, answer: Answer) -> None:
    told = answer.json()
    # Of a case that was referred only the code is told, and a decline may end even that.
    own = [row for row in told["results"] if row.get("state")]
    actor.keep("own case", *(row["code"] for row in own))
    actor.keep("open case", *(row["code"] for row in own if row["state"] == "open"))
    if told["next"]:
        actor.keep("older", told["next"])


def person_of(actor: Actor, _about: Any, answer: Answer) -> None:
    told = answer.json()
    if "identity" in told["groups_held"]:
        actor.keep("person", told["person"]["code"])


def unread(actor: Actor, _about: Any, answer: Answer) -> None:
    waiting = [row["code"] for row in answer.json()["results"] if not row["acknowledged_at"]]
    actor.pockets["notice"] = deque(waiting)


def form_of(actor: Actor, about: Any, answer: Answer) -> None:
    found, cookie = FORM.search(answer.text), CSRF.search(answer.headers.get("set-cookie", ""))
    if found and cookie:
        actor.keep("form", (about, found[1], cookie[1]))


def write_note(_actor: Actor, about: tuple[str, str, str]) -> Ask:
    case, token, cookie = about
    form = {"csrfmiddlewaretoken": token, "text": "She called.", "visibility": "agency"}
    return Ask("POST", f"/cases/{case}/notes/", form=form, csrf=cookie, expect=MOVED)


def register(_actor: Actor, _about: Any) -> Ask:
    person = {"age_band": "30-38", "gender": "Feminine", "district": "BY-HM-01",
              "languages": ["bel"]}  # fmt: skip
    data = {"source": "hotline", "risk": "medium", "person": person}
    return Ask("POST", API + "cases/", data, expect=CREATED)


def registered(actor: Actor, _about: Any, answer: Answer) -> None:
    told = answer.json()
    actor.keep("registered", (told["code"], told["person"]["code"]))


def of_case(path: str, **data: Any) -> Asking:
    """A verb of the case that comes with its person."""
    return lambda _actor, about: Ask("POST", API + path.format(about[0]), data)


def write_identity(actor: Actor, about: tuple[str, str]) -> Ask:
    number = actor.dice.randrange(10**9)
    data = {"prs_FirstName": f"Given{number}", "prs_SecondName": f"Family{number}"}
    return Ask("PUT", f"{API}persons/{about[1]}/groups/identity/", data)


def write_safety(_actor: Actor, about: tuple[str, str]) -> Ask:
    data = {"risk_summary": "Somebody looks for her."}
    return Ask("PUT", f"{API}persons/{about[1]}/groups/safety/", data)


def draft_consent(actor: Actor, about: tuple[str, str]) -> Ask:
    agency, service = actor.dice.choice(
        [each for each in actor.town.services if each[0] != actor.worker.agency]
    )
    actor.keep("asked for", (about[0], service))
    data = {"scopes": [{"agency": agency, "groups": ["triage", *SHARED]}]}
    return Ask("POST", f"{API}cases/{about[0]}/consents/", data, expect=CREATED)


def consent_drafted(actor: Actor, about: tuple[str, str], answer: Answer) -> None:
    held = actor.pockets["asked for"]
    wanted = next(each for each in held if each[0] == about[0])
    held.remove(wanted)
    actor.keep("consent", (answer.json()["code"], *wanted))


def give_consent(_actor: Actor, about: tuple[str, str, str]) -> Ask:
    data = {"given_by": "self", "form": "written", "language": "bel"}
    return Ask("POST", f"{API}consents/{about[0]}/give/", data)


def draft_referral(actor: Actor, about: tuple[str, str, str]) -> Ask:
    _, case, service = about
    urgency = actor.dice.choice(["normal", "urgent", "urgent", "emergency"])
    data = {"case": case, "service": service, "urgency": urgency, "groups": SHARED,
            "note": "Please come to the side door."}  # fmt: skip
    return Ask("POST", API + "referrals/", data, expect=CREATED)


def referral_drafted(actor: Actor, about: tuple[str, str, str], answer: Answer) -> None:
    told, town = answer.json(), actor.town
    assert not told["obstacles"], told["obstacles"]
    agency = next(agency for agency, service in town.services if service == about[2])
    actor.keep("draft", (told["code"], agency))


def of_referral(path: str, **data: Any) -> Asking:
    """A verb of the referral that comes with somebody of the other side."""
    return lambda _actor, about: Ask("POST", f"{API}referrals/{about[0]}/{path}/", data)


def posted(actor: Actor, about: tuple[str, str], _answer: Answer) -> None:
    actor.town.post[about[1]].append((about[0], actor))


def accept(actor: Actor, about: tuple[str, "Actor"]) -> Ask:
    data = {"contact": actor.worker.username, "first_contact_at": in_hours(2)}
    return Ask("POST", f"{API}referrals/{about[0]}/accept/", data)


def plan_handover(_actor: Actor, about: tuple[str, "Actor"]) -> Ask:
    data = {"meets_at": in_hours(1), "place": "The side door", "who_meets": "The night nurse"}
    return Ask("POST", f"{API}referrals/{about[0]}/plan_handover/", data)


def met(_actor: Actor, about: tuple[str, "Actor"]) -> Ask:
    # A clock may differ by less than this.
    data = {"met_at": in_hours(-0.01)}
    return Ask("POST", f"{API}referrals/{about[0]}/first_contact/", data)


def mine(pocket: str) -> Learning:
    """What was done goes into the next pocket of one's own."""

    def learn(actor: Actor, about: Any, _answer: Answer) -> None:
        actor.keep(pocket, about)

    return learn


def theirs(pocket: str) -> Learning:
    """It is now for the other side, who is told who did it."""

    def learn(actor: Actor, about: tuple[str, Actor], _answer: Answer) -> None:
        about[1].keep(pocket, (about[0], actor))

    return learn


def in_hours(hours: float) -> str:
    return (timezone.now() + dt.timedelta(hours=hours)).isoformat()


ACTS = (
    # Reading, on the pages.
    Act("page: work list", 8, 6, page("/")),
    Act("page: case list", 12, 6, page("/cases/"), cases_on_page),
    Act("page: older cases", 5, 5, page("/cases/{}"), cases_on_page, "older page"),
    Act("page: open cases", 4, 6, page("/cases/?state=open"), open_cases_on_page),
    Act("page: late cases", 4, 6, page("/cases/?late=on"), cases_on_page),
    Act("page: case", 14, 8, page("/cases/{}/"), takes="own case"),
    Act("page: identity", 4, 8, page("/cases/{}/people/?open=identity"), takes="own case"),
    Act("page: timeline", 3, 8, page("/cases/{}/timeline/"), takes="own case"),
    Act("page: inbox", 6, 6, page("/inbox/")),
    Act("page: notices", 4, 6, page("/notices/")),
    # Reading, by the API.
    Act("api: case list", 6, 6, api("cases/"), cases_of_api),
    Act("api: older cases", 4, 5, api("cases/?after={}"), cases_of_api, "older"),
    Act("api: open cases", 3, 6, api("cases/?state=open"), cases_of_api),
    Act("api: case", 8, 8, api("cases/{}/"), person_of, "own case"),
    Act("api: identity", 6, 8, api("persons/{}/groups/identity/"), takes="person"),
    Act("api: referrals received", 4, 6, api("referrals/?box=in"), roles=INBOX),
    Act("api: referrals sent", 3, 6, api("referrals/?box=out")),
    Act("api: notifications", 4, 6, api("notifications/"), unread),
    Act("api: deadlines", 2, 6, api("clocks/")),
    Act("api: find by name", 1, 10, send("persons/find/", name="Given Family"), roles=WORKERS),
    # Writing: what was begun goes on before anything else. A case from its first word to the referral that is sent.
    Act("register a case", 5, 10, register, registered, roles=WORKERS),
    Act("open a case", 300, 5, of_case("cases/{}/open/"), mine("opened"), "registered"),
    Act("write an identity", 300, 10, write_identity, mine("named"), "opened"),
    Act("write what is safe", 300, 10, write_safety, mine("written"), "named"),
    Act("draft a consent", 300, 8, draft_consent, consent_drafted, "written"),
    Act("give a consent", 300, 8, give_consent, mine("consented"), "consent"),
    Act("draft a referral", 300, 8, draft_referral, referral_drafted, "consented"),
    Act("preview a referral", 300, 6, lambda _actor, about: Ask(
        "GET", f"{API}referrals/{about[0]}/preview/"), mine("previewed"), "draft"),
    Act("send a referral", 400, 6, of_referral("send"), posted, "previewed"),
    # Writing: the answer, and the way through to the end.
    Act("open a referral", 400, 5, lambda _actor, about: Ask(
        "GET", f"{API}referrals/{about[0]}/"), mine("received"), "post", INBOX),
    Act("accept a referral", 240, 8, accept, mine("accepted"), "received"),
    Act("decline a referral", 80, 8, of_referral("decline", reason="no_capacity"),
        theirs("declined"), "received"),
    Act("read what is disclosed", 300, 6, lambda _actor, about: Ask(
        "GET", f"{API}referrals/{about[0]}/disclosure/"), mine("read"), "accepted"),
    Act("plan a handover", 300, 8, plan_handover, theirs("to confirm"), "read"),
    Act("confirm a handover", 300, 6, of_referral("confirm_handover"), theirs("confirmed"),
        "to confirm"),
    Act("first contact", 300, 8, met, mine("met"), "confirmed"),
    Act("write a message", 100, 8, lambda _actor, about: Ask(
        "POST", f"{API}referrals/{about[0]}/messages/", {"text": "She has arrived."},
        expect=CREATED), mine("helped"), "met"),
    Act("complete a referral", 200, 8, of_referral(
        "complete", outcome="service_provided", feedback="She stayed."),
        theirs("completed"), "helped"),
    Act("confirm a referral", 200, 8, of_referral("confirm", service_received="yes"),
        takes="completed"),
    Act("next best services", 150, 6, lambda _actor, about: Ask(
        "GET", f"{API}referrals/{about[0]}/alternatives/"), takes="declined"),
    # Writing beside it.
    Act("write a note", 3, 8, send("cases/{}/notes/", expect=CREATED, text="She called.",
        visibility="agency"), takes="open case"),
    Act("page: notes", 3, 6, page("/cases/{}/notes/"), form_of, "open case"),
    Act("page: write a note", 20, 10, write_note, takes="form"),
    Act("acknowledge a notice", 6, 5, send("notifications/{}/acknowledge/"), takes="notice"),
)  # fmt: skip

"""A learner whose hands are the API: each act of a scenario as the requests that a program makes for it.

Codes of what was made come from answers, never from the database. Every answer is listened to: what a step
has to say of how it ended is in none before it is over, and what other endings say is in none at all.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from demo import builders as make
from kernel.datafiles import LANGUAGES
from practice.actions.wishing import MOVES
from practice.acts import DAY, Stage, spoken
from practice.scenarios import Said, Scenario, act_of
from practice.vocabulary import OWN
from tests.practice.worlds import work

HOUR = dt.timedelta(hours=1)
Body = dict[str, Any]
Values = Mapping[str, Any]


class Program:
    """A program with a learner's key to the API. `client` is one of tests/conftest.py."""

    def __init__(self, client: Any, scenario: Scenario, language: str) -> None:
        self.client, self.scenario, self.language = client, scenario, language
        self.over: dict[str, str] = {}
        self.space, self.seat = "", ""

    def ask(self, method: str, path: str, data: Any = None, *, match: str = "") -> Any:
        """The answer to one request, which is no refusal. `match` is the version that was seen."""
        headers = {"If-Match": match} if match else {}
        if self.space:
            headers["Safehand-Practice"] = self.space
        if method in {"get", "post"}:
            answer = getattr(self.client, method)(path, data, headers=headers)
        else:
            send = getattr(self.client.http, method)
            answer = send(f"/api/v1/{path}", data, format="json", headers=headers)
        body = answer.json()
        assert answer.status_code in {200, 201}, f"{method} {path} {data}: {body}"
        self._listen(path, body)
        return answer

    def get(self, path: str) -> Body:
        found: Body = self.ask("get", path).json()
        return found

    def rows(self, path: str) -> list[Body]:
        found: list[Body] = self.get(path)["results"]
        return found

    def post(self, path: str, data: Any = None) -> Body:
        made: Body = self.ask("post", path, data or {}).json()
        return made

    def begin(self) -> Body:
        """A space for the scenario, as it is when the worker has built it."""
        begun = self.post(
            "practice/spaces/", {"scenario": self.scenario.code, "language": self.language}
        )
        self.space = begun["code"]
        assert self.look()["wanted"] == "begin"
        work()
        found = self.look()
        self.seat = found["seat"]
        return found

    def look(self) -> Body:
        """How far it is."""
        return self.get(f"practice/spaces/{self.space}/")

    def do(self, said: Body) -> None:
        """One line of a play: hours that pass, or an act."""
        if "hours" in said:
            self._wait(said["hours"])
            return
        act: Said = act_of(said)
        assert not act.by, "a learner is nobody else"
        stage = Stage(cast={}, language=self.language, at=timezone.now())
        DO[act.act](self, {name: spoken(each, stage) for name, each in act.values.items()})
        work()

    def wipe(self) -> Body:
        self.post(f"practice/spaces/{self.space}/wipe/")
        work()
        return self.look()

    def _wait(self, hours: int) -> None:
        """So many hours, in the steps that the clock offers."""
        for step in sorted(MOVES, reverse=True):
            while hours >= step:
                self.post(f"practice/spaces/{self.space}/clock/", {"hours": step})
                work()
                hours -= step

    def _listen(self, path: str, body: Body) -> None:
        """No answer says what is not to be known yet."""
        if path.startswith("practice/spaces/") and "over" in body:
            self.over = {each["key"]: each["outcome"] for each in body["over"]}
        heard = json.dumps(body, ensure_ascii=False)
        told = [
            words
            for words in self._silent()
            if json.dumps(words, ensure_ascii=False)[1:-1] in heard
        ]
        assert (path, told) == (path, [])

    def _silent(self) -> list[str]:
        """What is said of every ending but those that have come about."""
        return [
            outcome.says[language]
            for step in self.scenario.steps
            for outcome in step.outcomes
            if self.over.get(step.key) != outcome.key
            for language in sorted(LANGUAGES)
        ]

    @property
    def case(self) -> str:
        """The newest case that one sees; else the one on the desk of one's authority."""
        cases = [each["code"] for each in self.rows("cases/")]
        return str(cases[0] if cases else self.rows("identifications/")[0]["case"])

    @property
    def person(self) -> Body:
        found: Body = self.get(f"cases/{self.case}/")["person"]
        return found

    def agency(self, key: str) -> str:
        """The code of the agency that the scenario calls by this key."""
        name = self.scenario.agencies[key].name[self.language]
        [code] = [each["code"] for each in self.rows("agencies/") if each["name"] == name]
        return str(code)

    def service(self, values: Values) -> str:
        [code] = [
            each["code"]
            for each in self.rows(f"services/?type={values['service']}")
            if each["agency"] == self.agency(values["to"])
        ]
        return str(code)

    def member(self, part: str) -> str:
        """The user name of the colleague who plays this part."""
        end = "-" + part.replace(".", "-")
        [name] = [each for each in self._colleagues() if each.endswith(end)]
        return name

    def _colleagues(self) -> list[str]:
        return [each["username"] for each in self.rows("members/")]

    def sent(self, values: Values) -> str:
        """The newest referral to the agency that is named, or to one's own."""
        if "to" not in values:
            return str(self.rows("referrals/?box=in")[0]["code"])
        to, sent = self.agency(values["to"]), self.rows(f"referrals/?box=out&case={self.case}")
        return str(next(each["code"] for each in sent if each["receiver_code"] == to))

    @property
    def plan(self) -> str:
        return str(self.rows(f"cases/{self.case}/plans/")[0]["code"])


def _only(values: Values, *names: str) -> Body:
    """Those of the values that are there."""
    return {name: values[name] for name in names if name in values}


def _now() -> str:
    return timezone.now().isoformat()


def _of_case(verb: str, **names: str) -> Callable[[Program, Values], None]:
    """A verb of the case; `names` are those of the body, and whose value of the act each is."""

    def act(program: Program, values: Values) -> None:
        body = {name: values[value] for name, value in names.items() if value in values}
        program.post(f"cases/{program.case}/{verb}/", body)

    return act


def _of_referral(verb: str, **names: str) -> Callable[[Program, Values], None]:
    """The same of the newest referral to the agency that is named, or to one's own."""

    def act(program: Program, values: Values) -> None:
        body = {name: values[value] for name, value in names.items()}
        program.post(f"referrals/{program.sent(values)}/{verb}/", body)

    return act


def _of_officers(verb: str) -> Callable[[Program, Values], None]:
    return _of_case(f"identification/{verb}", reasons="words")


def _log(program: Program, values: Values) -> None:
    program.post("cases/", _only(values, "source", "risk", "person"))


def _change_person(program: Program, values: Values) -> None:
    path = f"persons/{program.person['code']}/"
    seen = program.ask("get", path).headers["ETag"]
    program.ask("patch", path, values["facts"], match=seen)


def _write(program: Program, values: Values) -> None:
    case, group = program.get(f"cases/{program.case}/"), values["group"]
    path = f"persons/{case['person']['code']}/groups/{group}/"
    is_there = group in case["groups_held"]
    seen = program.ask("get", path).headers["ETag"] if is_there else ""
    program.ask("put", path, values["values"], match=seen)


def _note(program: Program, values: Values) -> None:
    body = {"text": values["words"], "visibility": values.get("visibility", "agency")}
    program.post(f"cases/{program.case}/notes/", body)


def _consent(program: Program, values: Values) -> None:
    """Drafted, then given. The triage card goes with every consent, as on the pages."""
    scope = {
        "agency": program.agency(values["to"]),
        "groups": list(dict.fromkeys(["triage", *values["groups"]])),
        "purpose": values.get("purpose", "service"),
    }
    drafted = program.post(f"cases/{program.case}/consents/", {"scopes": [scope]})
    said = {"given_by": "self", "form": "written", "language": "rus"}
    said |= _only(values, "given_by", "form", "language", "witness", "guardian", "assent")
    program.post(f"consents/{drafted['code']}/give/", said)


def _withdraw_consent(program: Program, values: Values) -> None:
    to = program.agency(values["to"])
    code = next(
        each["code"]
        for each in program.rows(f"cases/{program.case}/consents/")
        if each["state"] == "active" and to in {scope["agency"] for scope in each["scopes"]}
    )
    program.post(f"consents/{code}/withdraw/")


def _ask_override(program: Program, values: Values) -> None:
    body = {"agency": program.agency(values["to"]), "reason": values["words"]}
    program.post(f"cases/{program.case}/overrides/", body | _only(values, "groups", "ground"))


def _decide_override(verb: str) -> Callable[[Program, Values], None]:
    def act(program: Program, values: Values) -> None:
        overrides = program.rows(f"cases/{program.case}/overrides/")
        code = next(each["code"] for each in overrides if each["state"] == "asked")
        program.post(f"overrides/{code}/{verb}/")

    return act


def _keep_apart(program: Program, values: Values) -> None:
    body = {"agency": program.agency(values["to"])}
    if "words" in values:
        body["reason"] = values["words"]
    program.post(f"cases/{program.case}/exclude/", body)


def _screen(program: Program, values: Values) -> None:
    """Begun, answered in the version that was seen, submitted."""
    begun = program.ask("post", f"cases/{program.case}/screenings/", {
        "instrument": values["instrument"], "agreed": True,
        "language": values.get("language", ""),
        "with_interpreter": values.get("interpreter", False),
    })  # fmt: skip
    basis = values.get("basis", "told")
    said = {"yes": values["yes"], "no": values.get("no", [])}
    answers = {
        name: {"answer": answer, "basis": basis}
        for answer, names in said.items() for name in names
    }  # fmt: skip
    path = f"screenings/{begun.json()['code']}/"
    body = {"answers": answers, "remarks": values.get("words")}
    program.ask("patch", path, body, match=begun.headers["ETag"])
    program.post(f"{path}submit/")


def _state(program: Program, values: Values) -> None:
    body = {"text": values["words"], "told_on": make.today().isoformat()}
    program.post(
        f"cases/{program.case}/statements/", body | _only(values, "told_to_us", "language")
    )


def _submit(program: Program, values: Values) -> None:
    body = {"authority": program.agency(values["to"])} | _only(values, "best_interest")
    program.post(f"cases/{program.case}/identification/submit/", body)


def _decline_procedure(program: Program, values: Values) -> None:
    told = _only(values, "exploitation") if values.get("notify") else None
    program.post(f"cases/{program.case}/identification/decline/", {"anonymous": told})


def _tell(program: Program, values: Values) -> None:
    """The newest decision that somebody is still to be told of; a child's guardian is told."""
    decisions = program.get(f"cases/{program.case}/identification/")["decisions"]
    code = next(
        each["code"] for each in decisions
        if any(telling["told_at"] is None for telling in each["tellings"])
    )  # fmt: skip
    whom = "guardian" if program.person["behaves_as_child"] else "person"
    body = {"whom": whom, "told_at": _now(), "way": "in_person", "proof": values["words"]}
    program.post(f"decisions/{code}/tell/", body | _only(values, "whom", "way", "language"))


def _refer(program: Program, values: Values) -> None:
    """Drafted, looked at as the receiver will see it, sent."""
    before = values.get("in_place_of")
    drafted = program.post("referrals/", {
        "case": program.case,
        "service": program.service(values),
        "note": values.get("words", ""),
        "instead_of": program.sent({"to": before}) if before else "",
        **_only(values, "urgency", "groups", "purpose"),
    })  # fmt: skip
    path = f"referrals/{drafted['code']}/"
    assert program.get(f"{path}preview/")["obstacles"] == []
    program.post(f"{path}send/")


def _plan(program: Program, values: Values) -> None:
    types = values.get("types", ["SocialCare"])
    plan = program.post(
        f"cases/{program.case}/plans/", {"objectives": values["words"], "types": types}
    )
    for goal in values["goals"]:
        program.post(f"plans/{plan['code']}/goals/", dict(goal))


def _plan_step(program: Program, values: Values) -> None:
    goals = program.get(f"plans/{program.plan}/")["goals"]
    code = [each["code"] for each in goals if each["area"] == values["area"]][-1]
    due = (timezone.now() + values.get("days", 7) * DAY).date()
    program.post(f"goals/{code}/actions/", {
        "text": values["words"], "responsible": program.agency(values.get("to", OWN)),
        "due_on": due.isoformat(),
    })  # fmt: skip


def _agree_plan(program: Program, values: Values) -> None:
    program.post(f"plans/{program.plan}/agree/", _only(values, "agreed_by", "assent"))


def _stop_plan(program: Program, values: Values) -> None:
    program.post(f"plans/{program.plan}/stop/", _only(values, "reason"))


def _check_in(program: Program, values: Values) -> None:
    body = {"tried_at": _now()} | _only(values, "channel", "result")
    program.post(f"cases/{program.case}/check_ins/", body)


def _hold_review(program: Program, values: Values) -> None:
    """The first that is due."""
    reviews = program.rows(f"cases/{program.case}/reviews/")
    code = next(each["code"] for each in reviews if each["state"] == "due")
    program.post(f"reviews/{code}/hold/", {
        "held_on": make.today().isoformat(), "scores": values["scores"],
        "remarks": values.get("words", ""),
    })  # fmt: skip


def _resolve_alert(program: Program, values: Values) -> None:
    """The oldest that waits; of this rule, if one is named."""
    code = [
        each["code"]
        for each in program.rows(f"cases/{program.case}/alerts/")
        if each["resolved_at"] is None and values.get("rule", each["rule"]) == each["rule"]
    ][-1]
    program.post(f"alerts/{code}/resolve/", _only(values, "words"))


def _assign(program: Program, values: Values) -> None:
    to = program.member(values["member"])
    program.post(f"cases/{program.case}/assign/", {"to": to})


def _propose_transfer(program: Program, values: Values) -> None:
    body = {"to": program.agency(values["to"]), "note": values["words"]}
    program.post(f"cases/{program.case}/transfers/", body)


def _accept(program: Program, values: Values) -> None:
    """One meets the person oneself; a place and a time of meeting are proposed if given."""
    now, meets = timezone.now(), values.get("meets_hours")
    path = f"referrals/{program.sent(values)}/"
    first = now + values.get("hours", meets or 2) * HOUR
    program.post(
        f"{path}accept/", {"contact": program.seat, "first_contact_at": first.isoformat()}
    )
    if meets is not None:
        program.post(f"{path}plan_handover/", {
            "meets_at": (now + meets * HOUR).isoformat(), **_only(values, "place", "who_meets")
        })  # fmt: skip


def _decline(program: Program, values: Values) -> None:
    """Words about it go into the thread before it ends."""
    path = f"referrals/{program.sent(values)}/"
    if "words" in values:
        program.post(f"{path}messages/", {"text": values["words"]})
    program.post(f"{path}decline/", _only(values, "reason"))


def _contact(program: Program, values: Values) -> None:
    program.post(f"referrals/{program.sent(values)}/first_contact/", {"met_at": _now()})


# Every act that a learner may do.
DO: Mapping[str, Callable[[Program, Values], None]] = {
    "log": _log, "open": _of_case("open"), "change_person": _change_person, "write": _write,
    "record": _of_case("records", kind="kind", values="values"), "note": _note,
    "assess": _of_case(
        "assessments", risk="risk", factors="factors", needs="needs", words="words"
    ),
    "consent": _consent, "withdraw_consent": _withdraw_consent,
    "ask_override": _ask_override, "approve_override": _decide_override("approve"),
    "refuse_override": _decide_override("refuse"), "keep_apart": _keep_apart,
    "screen": _screen, "state": _state, "submit": _submit,
    "take_back": _of_case("identification/take_back"),
    "decline_procedure": _decline_procedure, "resume": _of_case("identification/resume"),
    "reconsider": _of_case("identification/reconsider", new_evidence="words"),
    "tell": _tell, "refer": _refer, "withdraw": _of_referral("withdraw", reason="reason"),
    "answer": _of_referral("answer_info", answer="words"),
    "message": _of_referral("messages", text="words"),
    "confirm_handover": _of_referral("confirm_handover"),
    "confirm_service": _of_referral("confirm", service_received="received"),
    "plan": _plan, "plan_step": _plan_step, "agree_plan": _agree_plan,
    "stop_plan": _stop_plan, "check_in": _check_in, "hold_review": _hold_review,
    "resolve_alert": _resolve_alert, "plan_follow_ups": _of_case("plan_follow_ups"),
    "follow_up": _of_case("follow_up"), "close": _of_case("close", closure="closure"),
    "reopen": _of_case("reopen", reason="words"), "assign": _assign,
    "propose_transfer": _propose_transfer, "see": _of_referral("receive"),
    "accept": _accept, "decline": _decline,
    "ask": _of_referral("request_info", question="words"), "contact": _contact,
    "complete": _of_referral("complete", outcome="outcome", feedback="words"),
    "acknowledge": _of_referral("acknowledge_recall"),
    "request_more": _of_case("identification/request_more", question="words"),
    "recognise": _of_officers("recognise"), "confirm": _of_officers("confirm"),
    "reject": _of_officers("reject"),
}  # fmt: skip

"""A learner who practises at the real pages by hand: each act of a play, done where a worker does it.

What a play says in the vocabulary of `practice/vocabulary.py` is filled in, ticked and pressed here; the
codes of what was made are read from the pages.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone, translation

from kernel.groups import DataGroup
from pages import labels
from pages.recordwords import ABOUT
from pages.sections import slug_of
from practice.actions import wishing
from practice.acts import Stage, spoken
from practice.scenarios import Scenario
from reintegration import queries as support
from reintegration.workflow import Rule
from tests.browser.conftest import Person
from tests.practice.worlds import work

LANGUAGE, WORD = "ru", "Тренировка: "
# What a case is begun with on the first page; the rest of a person stands in a section of its own.
AT_FIRST = ("age_band", "languages", "needs_interpreter")
Values = Mapping[str, Any]


class Learner(Person):
    """A person who practises: from the seat every page must say that it is practice."""

    scenario: Scenario
    space = case = ""
    inside = False
    pages = 0

    def go(self, path: str) -> Any:
        super().go(path)
        self._says_so()
        return self.page

    def press(self, what: Any) -> None:
        """A link or a button, by its selector or found already."""
        if isinstance(what, str):
            self.unfold(what)
        found = self.page.locator(what) if isinstance(what, str) else what
        self.inputs += 1
        with self.page.expect_navigation():
            found.first.click()
        self._says_so()

    def _says_so(self) -> None:
        self.pages += 1
        says = self.page.title().startswith(WORD), self.page.locator(".practice-banner").count()
        assert says == ((True, 1) if self.inside else (False, 0)), self.page.url

    # Finding one's way.

    def name(self, key: str) -> str:
        """What the agency with this key is called here."""
        return self.scenario.agencies[key].name[LANGUAGE]

    def row(self, rows: str, *words: str) -> Any:
        """The first of these rows that has all these words."""
        found = self.page.locator(f"main {rows}")
        for each in words:
            found = found.filter(has_text=each)
        return found.first

    def at_case(self, rest: str = "") -> None:
        """A page of the newest case, by the list of cases the first time."""
        if not self.case:
            self.press("nav a[href='/cases/']")
            link = self.page.locator("main a[href^='/cases/PX-']").first
            self.case = str(link.get_attribute("href")).strip("/").split("/")[1]
        self.go(f"/cases/{self.case}/{rest}")

    def at_referral(self, to: str) -> None:
        """The newest referral to this agency."""
        self.at_case("referrals/")
        self.press(self.row("tbody tr", self.name(to)).locator("th a"))

    # Filling in.

    def fill(self, name: str, value: Any) -> None:
        """One question, whatever it is answered by; folded ones are unfolded first."""
        field = f"main [name='{name}']"
        kind = self.page.locator(field).first.evaluate("each => each.type")
        values = value if isinstance(value, list) else [value]
        self.inputs += 1
        if kind in {"checkbox", "radio"}:
            for each in values:
                one = field if each is True else f"{field}[value='{each}']"
                self.unfold(one)
                self.page.check(one)
        elif kind.startswith("select"):
            self.unfold(field)
            self.page.select_option(field, list(map(str, values)))
        else:
            self.unfold(field)
            self.page.fill(field, "\n".join(map(str, values)))

    def fill_all(self, values: Values) -> None:
        for name, value in values.items():
            if isinstance(value, Mapping):
                self.fill_all({f"{name}__{part}": inner for part, inner in value.items()})
            elif value not in ("", [], None, False):
                self.fill(name, value)

    def tick_only(self, name: str, wanted: list[str]) -> None:
        """These boxes and no other, whatever was ticked before."""
        for box in self.page.locator(f"main [name='{name}']").all():
            one = f"main [name='{name}'][value='{box.get_attribute('value')}']"
            self.unfold(one)
            self.page.set_checked(one, box.get_attribute("value") in wanted)

    def choose_named(self, name: str, words: str) -> None:
        """The choice of a list in whose words these are."""
        field = f"main select[name='{name}']"
        choice = self.page.locator(f"{field} option").filter(has_text=words).first
        self.page.select_option(field, str(choice.get_attribute("value")))

    def unfold(self, field: str) -> None:
        inner = field.removeprefix("main ")
        folded = self.page.locator(f"main details:not([open]):has({inner}) > summary")
        while folded.count():
            folded.first.click()

    def languages(self, codes: list[str]) -> None:
        """Usual ones are ticked, another is chosen from the list of all."""
        for code in codes:
            usual = self.page.locator(f"main [name=languages][value={code}]").count()
            self.fill("languages" if usual else "other_language", code)

    # What a learner does at the practice page.

    def do(self, said: Values) -> None:
        """One line of a play; afterwards the others have had their turn."""
        if "hours" in said:
            self.pass_time(said["hours"])
            return
        stage = Stage(cast={}, language=LANGUAGE, at=timezone.now())
        try:
            HANDS[said["act"]](self, {key: spoken(each, stage) for key, each in said.items()})
        except Exception as fault:
            fault.add_note(f"{said} at {self.page.url}: {self.text[:600]}")
            raise
        work()

    def pass_time(self, hours: int) -> None:
        """By the form of the clock, in the steps that it offers."""
        left = hours
        for step in sorted(wishing.MOVES, reverse=True):
            while left >= step:
                self.go(f"/practice/{self.space}/")
                self.page.check(f"main [name=hours][value='{step}']")
                self.press("main form[action$='/move/'] button")
                work()
                left -= step

    def feedback(self) -> dict[str, list[str]]:
        """Whatever the practice page says now of how a step may end, by the key of the step."""
        self.go(f"/practice/{self.space}/")
        page = " ".join(self.text.split())
        found = {
            step.key: [
                each.key
                for each in step.outcomes
                if " ".join(each.says[LANGUAGE].split()) in page
            ]
            for step in self.scenario.steps
        }
        return {step: keys for step, keys in found.items() if keys}


# The case.


def _log(by: Learner, said: Values) -> None:
    person = dict(said["person"])
    by.press("nav a[href='/cases/']")
    by.press("main a[href='/cases/new/']")
    by.fill_all({"source": said["source"], "risk": said["risk"]})
    by.fill_all(
        {name: person[name] for name in AT_FIRST if name in person and name != "languages"}
    )
    by.languages(person.get("languages", []))
    by.send()
    by.case = by.page.url.split("/cases/")[1].split("/")[0]
    if rest := {name: value for name, value in person.items() if name not in AT_FIRST}:
        _change_person(by, {"facts": rest})


def _change_person(by: Learner, said: Values) -> None:
    facts = dict(said["facts"])
    by.at_case("intake/person/?back=people")
    by.languages(facts.pop("languages", []))
    by.fill_all(facts)
    by.send()


def _verb_of_case(verb: str, *names: str) -> Callable[[Learner, Values], None]:
    def act(by: Learner, said: Values) -> None:
        by.at_case()
        by.press(f"main a[href$='/do/{verb}/']")
        by.fill_all({name: said[name] for name in names if name in said})
        by.send()

    return act


def _reopen(by: Learner, said: Values) -> None:
    _verb_of_case("reopen", "reason")(by, {"reason": said["words"]})


def _write(by: Learner, said: Values) -> None:
    by.at_case("people/")
    by.go(f"/cases/{by.case}/intake/{slug_of(said['group'])}/?back=people")
    by.fill_all(said["values"])
    by.send()


def _record(by: Learner, said: Values) -> None:
    about = next(each for kind, each in ABOUT.items() if kind == said["kind"])
    by.at_case("records/")
    by.press(f"main a[href$='/records/{about.slug}/']")
    by.fill_all(said["values"])
    by.send()


def _note(by: Learner, said: Values) -> None:
    by.at_case("notes/")
    by.fill_all({"text": said["words"], "visibility": said.get("visibility", "agency")})
    by.send()


def _assess(by: Learner, said: Values) -> None:
    by.at_case("assessments/new/")
    by.fill_all({"risk": said["risk"], "words": said.get("words", "")})
    for need in said.get("needs", []):
        by.fill(f"level {need['area']}", need["level"])
        by.fill(f"wants {need['area']}", need["wants_help"])
    for factor in said.get("factors", []):
        by.fill(f"{factor.rpartition('.')[0]}.", factor)
    by.send()


# Consent.


def _consent(by: Learner, said: Values) -> None:
    by.at_case("consent/")
    by.press("main a[href$='/consent/new/']")
    by.choose_named("agency", by.name(said["to"]))
    by.fill("purpose", said.get("purpose", "service"))
    by.press("main form[method=get] button")
    by.tick_only("groups", [DataGroup.TRIAGE, *said["groups"]])
    names = ("form", "witness", "guardian", "assent", "language", "given_by")
    by.fill_all({name: said[name] for name in names if name in said})
    by.send()


def _withdraw_consent(by: Learner, said: Values) -> None:
    by.at_case("consent/")
    by.press(by.row("li", by.name(said["to"])).locator("a[href$='/withdraw/']"))
    by.send()


def _ask_override(by: Learner, said: Values) -> None:
    by.at_case("consent/")
    by.press("main a[href$='/overrides/new/']")
    by.choose_named("agency", by.name(said["to"]))
    by.fill_all({"groups": said["groups"], "ground": said["ground"], "reason": said["words"]})
    by.send()


def _keep_apart(by: Learner, said: Values) -> None:
    by.at_case("consent/")
    by.press("main a[href$='/apart/']")
    by.choose_named("agency", by.name(said["to"]))
    by.fill_all({"reason": said.get("words", "")})
    by.send()


# Signs, and the formal procedure.


def _screen(by: Learner, said: Values) -> None:
    by.at_case("signs/")
    by.press("main a[href$='/signs/new/']")
    by.fill_all({
        "instrument": said["instrument"], "agreed": True,
        "language": said.get("language", ""), "with_interpreter": said.get("interpreter", False),
    })  # fmt: skip
    by.send()
    left = dict.fromkeys(said["yes"], "yes") | dict.fromkeys(said.get("no", []), "no")
    while not by.page.url.endswith("/check/"):
        for name, answer in list(left.items()):
            if by.page.locator(f"main [name='a-{name}']").count():
                by.fill(f"a-{name}", answer)
                by.fill_all({f"b-{name}": said.get("basis", "")})
                del left[name]
        if said.get("words"):
            by.fill("remarks", said["words"])
        by.press("main form.narrow .btn-primary")
    assert left == {}, "no such questions"
    by.press("main form[action$='/do/submit/'] button")


def _state(by: Learner, said: Values) -> None:
    by.at_case("signs/")
    by.press("main a[href$='/signs/told/']")
    where = "yes" if said.get("told_to_us", True) else "no"
    by.fill_all(
        {"text": said["words"], "told_to_us": where, "language": said.get("language", "")}
    )
    by.send()


def _submit(by: Learner, said: Values) -> None:
    by.at_case("identification/")
    by.press("main a[href$='/identification/submit/']")
    if by.page.locator("main .steps a[href^='?agency=']").count():
        by.press(by.row(".steps li", by.name(said["to"])).locator("a"))
    by.fill_all({"best_interest": said.get("best_interest", "")})
    by.send()


def _verb_of_procedure(verb: str, fill: Callable[[Values], Values]) -> Callable[..., None]:
    def act(by: Learner, said: Values) -> None:
        by.at_case("identification/")
        by.press(f"main a[href$='/identification/{verb}/']")
        by.fill_all(fill(said))
        by.send()

    return act


def _declined(said: Values) -> Values:
    wish = "yes" if said.get("notify") else "no"
    return {"wish": wish, "exploitation": said.get("exploitation", [])}


def _told(said: Values) -> Values:
    way, language = said.get("way", "in_person"), said.get("language", "")
    return {"way": way, "language": language, "proof": said["words"]}


# Referrals.


def _refer(by: Learner, said: Values) -> None:
    service = next(
        each for each in by.scenario.agencies[said["to"]].services
        if each["type"] == said["service"]
    )  # fmt: skip
    name = service["name"][LANGUAGE]
    if "in_place_of" in said:
        by.at_referral(said["in_place_of"])
        by.press(by.row("li", name, by.name(said["to"])).locator("form button"))
        by.press("main a[href*='draft=']")
    else:
        by.at_case("referrals/")
        by.press(f"main a[href='/cases/{by.case}/refer/']")
        by.fill("type", said["service"])
        by.press("main form[method=get] button")
        by.press(by.row("li", name, by.name(said["to"])).locator("a.btn-primary"))
    by.fill("urgency", said["urgency"])
    by.tick_only("groups", said["groups"])
    by.fill_all({"note": said.get("words", "")})
    by.send()
    by.press("main .actions form button")


def _verb_of_referral(verb: str, **fields: str) -> Callable[[Learner, Values], None]:
    """`fields`: which value of the act each field of the form takes."""

    def act(by: Learner, said: Values) -> None:
        by.at_referral(said["to"])
        by.press(f"main a[href$='/do/{verb}/']")
        by.fill_all({name: said[value] for name, value in fields.items()})
        by.send()

    return act


def _message(by: Learner, said: Values) -> None:
    by.at_referral(said["to"])
    by.fill("text", said["words"])
    by.press("main form[action$='/do/message/'] button")


# A plan, and being in touch.


def _plan(by: Learner, said: Values) -> None:
    by.at_case("plan/")
    by.press("main a[href$='/plan/new/']")
    by.fill_all({"objectives": said["words"], "types": said.get("types", ["SocialCare"])})
    by.send()
    for goal in said["goals"]:
        by.press("main a[href$='/do/set_goal/']")
        by.fill_all({"area": goal["area"], "text": goal["text"]})
        by.send()


def _plan_step(by: Learner, said: Values) -> None:
    by.at_case("plan/")
    with translation.override(LANGUAGE):
        area = labels.label(support.AREAS, said["area"])
    heading = by.page.locator("main h3").filter(has_text=area)
    by.press(heading.locator("xpath=following-sibling::section[1]").locator("a[href$='/new/']"))
    by.fill("text", said["words"])
    if "to" in said:
        by.choose_named("responsible", by.name(said["to"]))
    due = timezone.localdate() + dt.timedelta(days=said.get("days", 7))
    by.fill("due_on", due.isoformat())
    by.send()


def _verb_of_plan(verb: str, *names: str) -> Callable[[Learner, Values], None]:
    def act(by: Learner, said: Values) -> None:
        by.at_case("plan/")
        by.press(f"main a[href$='/do/{verb}/']")
        there = [name for name in names if by.page.locator(f"main [name={name}]").count()]
        by.fill_all({name: said[name] for name in there if name in said})
        by.send()

    return act


def _check_in(by: Learner, said: Values) -> None:
    by.at_case("reviews/")
    by.press("main a[href$='/check-in/']")
    by.fill_all({"channel": said["channel"], "result": said["result"]})
    by.send()


def _hold_review(by: Learner, said: Values) -> None:
    by.at_case("reviews/")
    by.press("main a[href^='/reviews/']")
    for area, scores in said["scores"].items():
        for who, score in scores.items():
            by.fill(f"{who}_{area}", str(score))
    by.fill_all({"remarks": said.get("words", "")})
    by.send()


def _resolve_alert(by: Learner, said: Values) -> None:
    by.at_case("warnings/")
    rows: tuple[str, ...] = ()
    if "rule" in said:
        with translation.override(LANGUAGE):
            rows = (str(Rule(said["rule"]).label),)
    by.press(by.row("li.urgent", *rows).locator("a[href^='/warnings/']"))
    by.fill("words", said["words"])
    by.send()


HANDS: Mapping[str, Callable[[Learner, Values], None]] = {
    "log": _log, "open": _verb_of_case("open"), "change_person": _change_person,
    "write": _write, "record": _record, "note": _note, "assess": _assess,
    "close": _verb_of_case("close", "closure"), "reopen": _reopen,
    "plan_follow_ups": _verb_of_case("plan_follow_ups"),
    "follow_up": _verb_of_case("follow_up"),
    "consent": _consent, "withdraw_consent": _withdraw_consent,
    "ask_override": _ask_override, "keep_apart": _keep_apart,
    "screen": _screen, "state": _state, "submit": _submit,
    "take_back": _verb_of_procedure("take_back", lambda said: {}),
    "decline_procedure": _verb_of_procedure("decline", _declined),
    "resume": _verb_of_procedure("resume", lambda said: {}),
    "reconsider": _verb_of_procedure(
        "reconsider", lambda said: {"new_evidence": said["words"]}
    ),
    "tell": _verb_of_procedure("tell", _told),
    "refer": _refer, "withdraw": _verb_of_referral("withdraw", reason="reason"),
    "answer": _verb_of_referral("answer_info", answer="words"), "message": _message,
    "confirm_handover": _verb_of_referral("confirm_handover"),
    "confirm_service": _verb_of_referral("confirm", service_received="received"),
    "plan": _plan, "plan_step": _plan_step,
    "agree_plan": _verb_of_plan("agree", "agreed_by", "assent"),
    "stop_plan": _verb_of_plan("stop", "reason"),
    "check_in": _check_in, "hold_review": _hold_review, "resolve_alert": _resolve_alert,
}  # fmt: skip

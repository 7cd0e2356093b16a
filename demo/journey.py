"""One person's way, played over HTTP by real members of four agencies. Fails loudly.

Every step is printed with who could see what; at the end the mails that went out are read, and
any word in them that could give somebody away is a failure.
"""

import argparse
import datetime as dt
import email
import email.policy
import hashlib
import json
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib import error, request
from zoneinfo import ZoneInfo

# Where the made-up agencies are: for some hours it is not the day of UTC there.
MINSK = ZoneInfo("Europe/Minsk")
MAIL_SECONDS = 60
# More groups than any consent of this journey names: the owner's side.
OWN_GROUPS = 8
NAMES = {"prs_FirstName": "Ірына", "prs_MiddleName": "Пятроўна", "prs_SecondName": "Казлова"}
SECRETS = ("Ірына", "Казлова", "Kazlova", "+375290000001", "Not a real street", "SHELTER",
           "shelter", "traffick", "victim", "clinic", "police", "SH-", "RF-")  # fmt: skip


class Failed(Exception):
    """Something was not as promised."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]

    def __getitem__(self, key: str) -> Any:
        return self.body[key]


class Member:
    """One member of an agency, at the API with their own token."""

    def __init__(self, url: str, login: dict[str, str]) -> None:
        self.url = f"{url}/api/v1/"
        self.username, self.token = login["username"], login["token"]

    def get(self, path: str, *, expect: int = 200) -> Answer:
        return self._ask("GET", path, None, expect)

    def post(self, path: str, data: dict[str, Any] | None = None, *, expect: int = 0) -> Answer:
        return self._ask("POST", path, data or {}, expect)

    def put(self, path: str, data: dict[str, Any]) -> Answer:
        return self._ask("PUT", path, data, 200)

    def patch(
        self, path: str, data: dict[str, Any], *, seen: Answer, expect: int = 200
    ) -> Answer:
        """Change what was seen in this answer."""
        return self._ask("PATCH", path, data, expect, {"If-Match": seen.headers["ETag"]})

    def _ask(
        self,
        method: str,
        path: str,
        data: Any,
        expect: int,
        more: dict[str, str] | None = None,
    ) -> Answer:
        asked = request.Request(  # noqa: S310 -- the address that we were started with
            self.url + path,
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": uuid.uuid4().hex,
                **(more or {}),
            },
        )
        try:
            with request.urlopen(asked, timeout=30) as got:  # noqa: S310 -- see above
                answer = Answer(got.status, json.load(got), dict(got.headers))
        except error.HTTPError as refusal:
            answer = Answer(refusal.code, json.load(refusal), dict(refusal.headers))
        wanted = {expect} if expect else {200, 201}
        if answer.status not in wanted:
            raise Failed(f"{method} {path} as {self.username}: {answer.status} {answer.body}")
        return answer


class Journey:
    def __init__(self, url: str, logins: list[dict[str, str]], mails: Path) -> None:
        cast = {login["username"]: Member(url, login) for login in logins}
        self.worker = cast["centre.social_worker"]
        self.supervisor = cast["centre.supervisor"]
        self.clinic = cast["clinic.focal_point"]
        self.shelter = cast["rowan.focal_point"]
        self.lawyer = cast["lawyers.focal_point"]
        self.stranger = cast["alder.focal_point"]
        self.coordinator = cast["ministry.coordinator"]
        self.protection = cast["ministry.data_protection_officer"]
        self.officer = cast["police.identification_officer"]
        self.elsewhere = cast["brest.supervisor"]
        self.mails = mails
        self.began = time.time_ns()
        self.number = 0
        self.told = 0

    def __call__(self) -> None:
        case, person = self.log_the_case()
        self.write_down(case, person)
        consents = self.ask_for_consent(case)
        first = self.refer(case, self.service("SHELTER_EMERGENCY", "Alder"), "emergency")
        second = self.declined_and_sent_elsewhere(case, first)
        self.accepted_and_seen(case, person, second)
        self.handed_over_warmly(second)
        self.helped_and_confirmed(case, second)
        self.taken_back(case, person, consents["clinic"])
        self.explained(case)
        self.screened(case)
        self.submitted_and_recognised(case, person)
        plan = self.planned(case)
        self.reviewed_twice(case, plan)
        self.moved(case, person)
        self.closed(case, plan)
        self.mails_say_nothing()
        self.say(
            "The journey is complete: every step was answered, and nothing was given away."
        )

    def log_the_case(self) -> tuple[str, str]:
        with self.step("A social worker of the territorial centre logs a case"):
            made = self.worker.post(
                "cases/",
                {"source": "hotline", "risk": "high",
                 "person": {"age_band": "21-23", "gender": "Feminine", "district": "BY-HM-01",
                            "languages": ["bel", "rus"]}},
            )  # fmt: skip
            code: str = made["code"]
            self.worker.post(f"cases/{code}/open/")
            self.nobody_else(f"cases/{code}/")
            self.who_sees(code)
        return code, str(made["person"]["code"])

    def write_down(self, case: str, person: str) -> None:
        with self.step("What she tells is sealed, group by group"):
            groups: dict[str, dict[str, Any]] = {
                "identity": NAMES,
                "contact": {"safe_channel": "phone", "prs_MobilePhone": "+375290000001",
                            "never_do": ["leave a message"]},
                "safety": {"risk_summary": "A former employer looks for her."},
                "health": {"needs": "A wound on the left hand."},
                "trafficking": {"vic_TypeOfExploitation": ["ForcedLabour"]},
            }  # fmt: skip
            for group, values in groups.items():
                self.worker.put(f"persons/{person}/groups/{group}/", values)
            found = self.worker.post("persons/find/", {"name": "Iryna Kazlova"})
            if case not in [hit["case"] for hit in found["results"]]:
                raise Failed("she is not found by another spelling of her name")
            self.equal(
                self.supervisor.get(f"cases/{case}/")["because"], ["owner"], "supervisor sees"
            )

    def ask_for_consent(self, case: str) -> dict[str, str]:
        wanted = {
            "alder": (self.stranger, ["identity", "contact", "safety"]),
            "rowan": (self.shelter, ["identity", "contact", "safety"]),
            "clinic": (self.clinic, ["health"]),
        }
        given = {}
        with self.step("She consents, agency by agency and group by group"):
            for name, (who, groups) in wanted.items():
                agency = who.get("me/")["agency"]
                drafted = self.worker.post(
                    f"cases/{case}/consents/",
                    {"scopes": [{"agency": agency, "groups": ["triage", *groups]}]},
                )
                given[name] = drafted["code"]
                self.worker.post(
                    f"consents/{given[name]}/give/",
                    {"given_by": "self", "form": "oral_witnessed", "language": "bel",
                     "witness": "The interpreter"},
                )  # fmt: skip
        return given

    def refer(self, case: str, service: str, urgency: str, instead_of: str = "") -> str:
        with self.step(f"A referral is drafted, previewed and sent ({urgency})"):
            drafted = self.worker.post(
                "referrals/",
                {"case": case, "service": service, "urgency": urgency,
                 "groups": ["identity", "contact", "safety"], "instead_of": instead_of,
                 "note": "Please meet her at the side door."},
            )  # fmt: skip
            code: str = drafted["code"]
            self.equal(drafted["obstacles"], [], "nothing stands in the way")
            preview = self.worker.get(f"referrals/{code}/preview/")["will_see"]
            self.equal(sorted(preview["groups"]), ["contact", "identity", "safety"], "preview")
            self.worker.post(f"referrals/{code}/send/")
        return code

    def declined_and_sent_elsewhere(self, case: str, first: str) -> str:
        with self.step("The first shelter sees a triage card without a name, and declines"):
            seen = self.stranger.get(f"referrals/{first}/")
            self.equal(seen["state"], "received", "first opening is noticed")
            self.holds_no_secret(seen.body, "the triage card")
            self.stranger.get(f"referrals/{first}/disclosure/", expect=409)
            self.who_sees(case)
            self.stranger.post(f"referrals/{first}/decline/", {"reason": "no_capacity"})
            after = self.stranger.get(f"referrals/{first}/")
            self.equal(after.body.get("triage"), None, "nothing is kept after a decline")
            self.stranger.get(f"cases/{case}/", expect=404)
            self.who_sees(case)
        with self.step("The worker is told, gets the next best services, and sends it on"):
            self.heard(self.worker, "referral.declined", first)
            next_best = self.worker.get(f"referrals/{first}/alternatives/")["results"]
            names = [service["agency_name"] for service in next_best]
            if not any(name.startswith("Rowan") for name in names):
                raise Failed(f"the next best services lack Rowan House: {names}")
            if any(name.startswith("Alder") for name in names):
                raise Failed("the agency that declined is proposed again")
        return self.refer(
            case, self.service("SHELTER_EMERGENCY", "Rowan"), "emergency", instead_of=first
        )

    def accepted_and_seen(self, case: str, person: str, code: str) -> None:
        with self.step("The second shelter accepts, with a named contact"):
            self.shelter.get(f"referrals/{code}/")
            self.heard(self.worker, "referral.seen", code)
            self.shelter.post(
                f"referrals/{code}/accept/",
                {"contact": self.shelter.username, "first_contact_at": in_hours(2)},
            )
            self.heard(self.worker, "referral.accepted", code)
        with self.step("It now sees exactly what was consented to, and nothing more"):
            receipt = self.shelter.get(f"referrals/{code}/disclosure/")
            content = receipt["content"]
            self.equal(content["groups"]["identity"], NAMES, "the name")
            self.equal(sorted(content["groups"]), ["contact", "identity", "safety"], "groups")
            digest = hashlib.sha256(receipt["canonical"].encode()).hexdigest()
            self.equal(digest, receipt["sha256"], "the receipt's hash")
            kept = self.worker.get(f"referrals/{code}/disclosure/")
            self.equal(kept["sha256"], receipt["sha256"], "the sender's receipt")
            self.shelter.get(f"persons/{person}/groups/identity/")
            self.shelter.get(f"persons/{person}/groups/health/", expect=403)
            self.shelter.get(f"cases/{case}/timeline/", expect=404)
            self.stranger.get(f"referrals/{code}/", expect=404)
            self.who_sees(case)

    def handed_over_warmly(self, code: str) -> None:
        with self.step("Where, when and who meets: both sides confirm, then they meet"):
            self.shelter.post(
                f"referrals/{code}/plan_handover/",
                {"meets_at": in_hours(1), "place": "Side door", "who_meets": "The night nurse"},
            )
            self.shelter.post(f"referrals/{code}/first_contact/", {"met_at": now()}, expect=409)
            self.worker.post(f"referrals/{code}/confirm_handover/")
            self.worker.post(f"referrals/{code}/messages/", {"text": "She wears a red scarf."})
            thread = self.shelter.get(f"referrals/{code}/messages/")["results"]
            self.equal([m["text"] for m in thread], ["She wears a red scarf."], "the thread")
            self.shelter.post(f"referrals/{code}/first_contact/", {"met_at": now()})
            self.heard(self.worker, "referral.contact_made", code)

    def helped_and_confirmed(self, case: str, code: str) -> None:
        with self.step("The shelter reports the outcome, and sees nothing afterwards"):
            self.shelter.post(
                f"referrals/{code}/complete/",
                {"outcome": "service_provided", "feedback": "She stayed for nine nights."},
            )
            self.heard(self.worker, "referral.completed", code)
            self.shelter.get(f"cases/{case}/", expect=404)
            self.shelter.get(f"referrals/{code}/disclosure/", expect=409)
        with self.step("The worker asks her whether she was helped, and confirms"):
            ended = self.worker.get(f"referrals/{code}/")
            self.equal(
                ended["texts"]["feedback"], "She stayed for nine nights.", "the feedback"
            )
            closed = self.worker.post(f"referrals/{code}/confirm/", {"service_received": "yes"})
            self.equal(closed["state"], "confirmed", "the loop is closed")

    def taken_back(self, case: str, person: str, consent: str) -> None:
        with self.step("A clinic is asked as well; then she takes that consent back"):
            drafted = self.worker.post(
                "referrals/",
                {"case": case, "service": self.service("MEDICAL", "Lipa"), "urgency": "urgent",
                 "groups": ["health"]},
            )  # fmt: skip
            code: str = drafted["code"]
            self.worker.post(f"referrals/{code}/send/")
            self.clinic.post(
                f"referrals/{code}/accept/",
                {"contact": self.clinic.username, "first_contact_at": in_hours(5)},
            )
            self.clinic.get(f"persons/{person}/groups/health/")
            self.clinic.get(f"persons/{person}/groups/identity/", expect=403)
            self.who_sees(case)
            self.worker.post(f"consents/{consent}/withdraw/")
            self.clinic.get(f"persons/{person}/groups/health/", expect=404)
            self.clinic.get(f"cases/{case}/", expect=404)
            recalled = self.clinic.get(f"referrals/{code}/")
            self.equal(recalled["withdraw_reason"], "consent_ended", "the recall says why")
            self.heard(self.clinic, "referral.recall", code)
            self.clinic.post(f"referrals/{code}/acknowledge_recall/")
            self.heard(self.worker, "referral.recall_acknowledged", code)

    def explained(self, case: str) -> None:
        with self.step("Who can see the case now, and why"):
            for by in (self.worker, self.protection):
                seen = by.get(f"cases/{case}/explain/")["results"]
                self.equal(
                    sorted(entry["member"] for entry in seen),
                    ["centre.social_worker", "centre.supervisor"],
                    "who can see it now",
                )
            self.nobody_else(f"cases/{case}/")
            self.who_sees(case)
            timeline = self.worker.get(f"cases/{case}/timeline/")["results"]
            self.say(f"      {len(timeline)} things stand in its timeline")

    def screened(self, case: str) -> None:
        with self.step("The worker fills in the signs of forced labour, as far as she wants"):
            form = self.worker.post(
                f"cases/{case}/screenings/",
                {"instrument": "forced_labour_11", "agreed": True, "language": "bel"},
            )
            path = f"screenings/{form['code']}/"
            told = {"answer": "yes", "basis": "told"}
            kept = self.worker.patch(
                path,
                {"answers": {"debt_bondage": told, "isolation": {"answer": "not_asked"}}},
                seen=form,
            )
            (suggestion,) = kept["suggestions"]
            self.equal(
                (suggestion["present"], suggestion["because"]),
                (True, ["debt_bondage"]),
                "what is suggested, and why",
            )
            self.worker.post(f"{path}submit/")
            self.worker.patch(path, {"answers": {}}, seen=kept, expect=412)
        with self.step("Asked again by another form, she is shown what she said before"):
            again = self.worker.post(
                f"cases/{case}/screenings/",
                {"instrument": "forced_labour_11", "agreed": True},
            )
            self.equal(again["answers"]["debt_bondage"]["basis"], "earlier", "carried over")
            self.worker.post(f"screenings/{again['code']}/discard/")
            counted = self.worker.get(f"cases/{case}/identification/")["retelling"]
            self.equal(counted["told"], 1, "how often she had to tell")

    def submitted_and_recognised(self, case: str, person: str) -> None:
        path = f"cases/{case}/identification/"
        with self.step("With her consent the case goes to the authority that decides"):
            authority = self.officer.get("me/")["agency"]
            self.worker.post(f"{path}submit/", {"authority": authority}, expect=409)
            self.consent(case, authority, ["screening"], "identification")
            self.officer.get(f"cases/{case}/", expect=404)
            self.worker.post(f"{path}submit/", {"authority": authority})
            self.told_of(self.officer, "identification.submitted")
            self.officer.get(f"persons/{person}/groups/identity/", expect=403)
            (form, *_) = self.officer.get(f"cases/{case}/screenings/")["results"]
            self.who_sees(case)
        with self.step("An officer who did not ask her finds reasonable grounds"):
            reasons = "Debt bondage is told in detail, and her papers were kept."
            self.worker.post(f"{path}recognise/", {"reasons": reasons}, expect=403)
            self.officer.post(f"{path}recognise/", {"reasons": "Yes."}, expect=400)
            found = self.officer.post(
                f"{path}recognise/", {"reasons": reasons, "evidence": [form["code"]]}
            )
            self.equal(found["state"], "possible", "the state")
            early = self.officer.post(f"{path}confirm/", {"reasons": reasons}, expect=409)
            self.equal(early["code"], "reflection_period_runs", "thirty days at least")
            (decision, *_) = found["decisions"]
            self.heard(self.worker, "identification.decided", decision["code"])
        with self.step("She is told, and the proof of it is kept"):
            self.worker.post(
                f"decisions/{decision['code']}/tell/",
                {"whom": "person", "told_at": now(), "way": "in_person", "language": "bel",
                 "proof": "She signed that she was told."},
            )  # fmt: skip

    def planned(self, case: str) -> str:
        with self.step("Risks and needs are weighed with her, and a plan is agreed"):
            self.worker.post(
                f"cases/{case}/assessments/",
                {"risk": "medium", "factors": ["individual.risk.no_documents"],
                 "needs": [{"area": "housing", "level": "urgent", "wants_help": "yes"}]},
            )  # fmt: skip
            plan = self.worker.post(
                f"cases/{case}/plans/",
                {"objectives": "A place of her own, and work.", "types": ["SocialCare"]},
            )
            code: str = plan["code"]
            with_goal = self.worker.post(
                f"plans/{code}/goals/", {"area": "housing", "text": "A room by spring."}
            )
            goal = with_goal["goals"][0]["code"]
            self.worker.post(
                f"goals/{goal}/actions/",
                {"text": "Ask for a room.", "responsible": self.worker.get("me/")["agency"],
                 "due_on": in_days(20)},
            )  # fmt: skip
            another = {"objectives": "A second one.", "types": ["Legal"]}
            self.worker.post(f"cases/{case}/plans/", another, expect=409)
            agreed = self.worker.post(f"plans/{code}/agree/", {"agreed_by": "self"})
            self.equal(agreed["state"], "active", "the plan")
            self.shelter.get(f"plans/{code}/", expect=404)
        return code

    def reviewed_twice(self, case: str, plan: str) -> None:
        with self.step(
            "Two reviews: how each area of life stands, as she and the worker see it"
        ):
            reviews = self.worker.get(f"cases/{case}/reviews/")["results"]
            due = sorted(
                (review for review in reviews if review["state"] == "due"),
                key=lambda review: str(review["due_on"]),
            )
            self.equal([review["month"] for review in due], [1, 3, 6, 12], "reviews to come")
            late = self.worker.post(
                f"reviews/{due[1]['code']}/hold/",
                {"held_on": in_days(0), "scores": scores(2)},
                expect=409,
            )
            self.equal(late["code"], "earlier_review_is_due", "in their order")
            for review, level in zip(due, (1, 3), strict=False):
                self.worker.post(
                    f"reviews/{review['code']}/hold/",
                    {"held_on": in_days(0), "scores": scores(level)},
                )
            self.equal(self.housing(self.worker, case), [(1, 1), (3, 3)], "the trajectory")
        with self.step("A warning says by which rule it was raised; a human looks again"):
            self.told_of(self.worker, "alert.raised")
            (alert,) = self.worker.get(f"cases/{case}/alerts/")["results"]
            self.equal((alert["rule"], alert["because"]["score"]), ("unsafe", 1), "the warning")
            self.worker.post(
                f"alerts/{alert['code']}/resolve/", {"words": "She has moved since."}
            )

    def moved(self, case: str, person: str) -> None:
        with self.step("She moves: the whole case goes to the centre of another town"):
            there = self.elsewhere.get("me/")["agency"]
            self.elsewhere.post("case_requests/", {"case": case, "reason": "person_moved"})
            asked = self.supervisor.get("case_requests/")["results"][0]["code"]
            self.supervisor.post(f"case_requests/{asked}/grant/", {"note": "S."}, expect=409)
            held = self.worker.get(f"persons/{person}/")["groups_held"]
            self.consent(case, there, sorted({*held, "screening", "plan"}))
            granted = self.supervisor.post(
                f"case_requests/{asked}/grant/", {"note": "She has a room there."}
            )
            self.elsewhere.post(f"transfers/{granted['transfer']}/accept/")
            self.worker.get(f"cases/{case}/", expect=404)
            self.equal(
                self.supervisor.get(f"transfers/{granted['transfer']}/")["state"],
                "accepted",
                "the old owner's stub",
            )
            self.equal(
                self.housing(self.elsewhere, case),
                [(1, 1), (3, 3)],
                "her trajectory came along",
            )

    def closed(self, case: str, plan: str) -> None:
        with self.step("Goals met, consents ended: the case is closed, and she is asked after"):
            shown = self.elsewhere.get(f"plans/{plan}/")
            for goal in shown["goals"]:
                self.elsewhere.post(f"goals/{goal['code']}/end/", {"met": True})
            self.elsewhere.post(f"plans/{plan}/complete/")
            for consent in self.elsewhere.get(f"cases/{case}/consents/")["results"]:
                if consent["state"] == "active":
                    self.elsewhere.post(f"consents/{consent['code']}/withdraw/")
            self.elsewhere.post(f"cases/{case}/close/", {"closure": "goals_met"}, expect=409)
            self.elsewhere.post(f"cases/{case}/plan_follow_ups/")
            ended = self.elsewhere.post(f"cases/{case}/close/", {"closure": "goals_met"})
            self.equal(ended["state"], "closed", "the case")
            reviews = self.elsewhere.get(f"cases/{case}/reviews/")["results"]
            due = [review for review in reviews if review["state"] == "due"]
            self.equal(
                sorted({review["kind"] for review in due}), ["follow_up"], "after the closure"
            )
            self.equal(len(due), 4, "follow-ups")

    def consent(
        self, case: str, agency: str, groups: list[str], purpose: str = "service"
    ) -> None:
        drafted = self.worker.post(
            f"cases/{case}/consents/",
            {"scopes": [{"agency": agency, "groups": ["triage", *groups],
                         "purpose": purpose}]},
        )  # fmt: skip
        self.worker.post(
            f"consents/{drafted['code']}/give/",
            {"given_by": "self", "form": "written", "language": "bel"},
        )

    def housing(self, member: Member, case: str) -> list[tuple[int, int]]:
        """How housing stood at each review: as the worker saw it, and as she said."""
        lines = member.get(f"cases/{case}/trajectory/")["results"]
        (housing,) = [line["points"] for line in lines if line["area"] == "housing"]
        return [(point["worker"], point["person"]) for point in housing]

    def mails_say_nothing(self) -> None:
        with self.step("The mails that went out, and what they say"):
            expected, mails = self.told, self.collect()
            end = time.monotonic() + MAIL_SECONDS
            while len(mails) < expected and time.monotonic() < end:
                time.sleep(0.5)
                mails = self.collect()
            if len(mails) < expected:
                raise Failed(f"{expected} mails were due at least, {len(mails)} came")
            ids = [mail["Message-ID"] for mail in mails]
            self.equal(len(set(ids)), len(ids), "no mail came twice")
            for mail in mails:
                self.holds_no_secret(plain(mail), "a mail")
            self.say(f"      {len(mails)} mails; each says one of these, and nothing else:")
            for text in sorted({plain(mail) for mail in mails}):
                self.say(f"        {text}")

    def collect(self) -> list[Any]:
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self.mails.glob("*.eml"))
            if int(path.stem) >= self.began
        ]

    def service(self, kind: str, name: str) -> str:
        found = self.worker.get(f"services/?type={kind}&age_band=21-23&district=BY-HM-01")
        for service in found["results"]:
            if service["agency_name"].startswith(name) and service["eligible"]:
                return str(service["code"])
        raise Failed(f"no service {kind} of {name} in the directory")

    def heard(self, member: Member, kind: str, subject: str) -> None:
        """The member was told of this, with words that say nothing."""
        notices = member.get("notifications/?waiting=true")["results"]
        for notice in notices:
            if (notice["kind"], notice["subject"]) == (kind, subject):
                self.holds_no_secret(notice["text"], "a notice")
                member.post(f"notifications/{notice['code']}/acknowledge/")
                self.told += 1
                self.say(f"      {member.username} was told ({kind})")
                return
        raise Failed(f"{member.username} was not told of {kind} {subject}")

    def told_of(self, member: Member, kind: str) -> None:
        """The member was told of something of this kind."""
        notices = member.get("notifications/?waiting=true")["results"]
        for notice in notices:
            if notice["kind"] == kind:
                self.heard(member, kind, str(notice["subject"]))
                return
        raise Failed(f"{member.username} was not told of {kind}")

    def nobody_else(self, path: str) -> None:
        for other in (self.stranger, self.shelter, self.lawyer, self.coordinator):
            other.get(path, expect=404)

    def holds_no_secret(self, shown: Any, where: str) -> None:
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        looked_for = SECRETS if isinstance(shown, str) else SECRETS[:4]
        for word in looked_for:
            if word in text:
                raise Failed(f"{where} says {word!r}: {text}")

    def equal(self, found: Any, wanted: Any, what: str) -> None:
        if found != wanted:
            raise Failed(f"{what}: {found!r} instead of {wanted!r}")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self.number += 1
        self.say(f"{self.number:>3}. {title}")
        yield

    def who_sees(self, case: str) -> None:
        """Print who could see the case at this point, because of what, and which groups."""
        for entry in self.worker.get(f"cases/{case}/explain/")["results"]:
            why = "; ".join(
                f"{reason['because']}: "
                + (
                    "everything"
                    if len(reason["groups"]) > OWN_GROUPS
                    else ", ".join(reason["groups"])
                )
                for reason in entry["reasons"]
            )
            self.say(f"      visible to {entry['member']} ({why})")

    def say(self, text: str) -> None:
        print(text, flush=True)  # noqa: T201 -- this is the terminal


def plain(mail: Any) -> str:
    body = mail.get_body()
    return f"{mail['Subject']}: {' '.join(body.get_content().split()) if body else ''}"


def now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


def in_days(days: int) -> str:
    return (dt.datetime.now(MINSK) + dt.timedelta(days=days)).date().isoformat()


def scores(level: int) -> dict[str, dict[str, int]]:
    """The same for each of the eight areas of life, by the worker and by the person."""
    areas = ("safety", "housing", "health", "mental_health", "legal_status", "income",
             "education", "social_ties")  # fmt: skip
    return {area: {"worker": level, "person": level} for area in areas}


def in_hours(hours: float) -> str:
    return (dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)).isoformat()


def main() -> int:
    parser = argparse.ArgumentParser(prog="safehand journey", description=__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--logins", type=Path, required=True)
    parser.add_argument("--mails", type=Path, required=True)
    asked = parser.parse_args()
    logins = json.loads(asked.logins.read_text(encoding="utf-8"))
    try:
        Journey(asked.url.rstrip("/"), logins, asked.mails)()
    except Failed as failure:
        print(f"\nFAILED: {failure}", file=sys.stderr)  # noqa: T201 -- this is the terminal
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

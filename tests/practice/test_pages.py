"""Practice at the pages: whoever sits down acts as somebody made up, and every page says so."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from guidance import whys
from pages.leading import address_of
from practice.models import Space
from practice.scenarios import current
from tests.entering import enter
from tests.pages.conftest import visiting
from tests.practice.player import plays_of
from tests.practice.worlds import Played, begin, work

__all__ = ["visiting"]
pytestmark = pytest.mark.django_db
FIRST = "construction"
BAND = re.compile(r'class="practice-banner"')
WORD = {"en": "Practice", "ru": "Тренировка", "be": "Трэніроўка"}
NEW_CASE = {"source": "self", "risk": "high", "age_band": "18-20", "gender": "Feminine"}


@pytest.fixture
def played(sender: Member) -> Played:
    return begin(sender, FIRST)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_learner_begins_sits_down_and_goes_out_again(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    assert "Made-up people in the real pages." in text(visitor.see("/practice/"))

    about = text(visitor.see(f"/practice/begin/{FIRST}/"))
    assert "social worker, Territorial centre “Lipki” (practice)" in about
    assert "Take the seat of this worker." in about
    setting_up = text(visitor.do(f"/practice/begin/{FIRST}/"))
    assert "The made-up agencies are being set up." in setting_up
    work()
    space = Space.objects.get()
    ready = text(visitor.see(f"/practice/{space.code}/"))
    assert "Step 1 of" in ready
    assert "Take your seat" in ready
    assert "You play: social worker, Territorial centre “Lipki” (practice)." in ready
    assert "You do the step at the pages of your work." in ready

    inside = visitor.do(f"/practice/{space.code}/enter/")
    assert inside.redirect_chain[-1][0] == "/"
    assert inside.headers["Safehand-Practice"] == space.code
    assert BAND.search(text(inside))
    outside = visitor.do("/practice/leave/")
    assert BAND.search(text(outside)) is None
    assert "Safehand-Practice" not in visitor.see("/").headers


@pytest.mark.parametrize("language", WORD)
def test_every_page_of_practice_says_so_by_word_title_and_colour(
    visiting: Any, played: Played, language: str
) -> None:
    Member.objects.filter(pk=played.learner.pk).update(language=language)
    visitor = visiting(Member.objects.get(pk=played.learner.pk))
    visitor.do(f"/practice/{played.code}/enter/")

    for path, status in (
        ("/", 200), ("/cases/", 200), ("/cases/new/", 200), ("/inbox/", 200), ("/services/", 200),
        ("/practice/", 200), (f"/practice/{played.code}/", 200), ("/me/", 200),
        ("/cases/SH-2222-2222/", 404), ("/exports/", 403),
    ):  # fmt: skip
        answer = visitor.see(path)
        page = answer.content.decode()
        assert (path, answer.status_code) == (path, status)
        assert f"<title>{WORD[language]}: " in page
        assert '<body class="practising"' in page
        assert BAND.search(page)
        assert answer.headers["Safehand-Practice"] == played.code


def test_what_is_done_there_is_done_by_somebody_made_up(
    visiting: Any, played: Played, sender: Member
) -> None:
    real = make.make_case(by=sender)
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")

    assert real.code not in text(visitor.see("/cases/"))
    assert visitor.see(f"/cases/{real.code}/").status_code == 404
    visitor.do("/cases/new/", NEW_CASE)
    made = Case.objects.exclude(pk=real.pk).latest("pk")
    assert (made.owner.space, made.code[:3]) == (played.space.pk, "PX-")
    visitor.do("/practice/leave/")
    assert made.code not in text(visitor.see("/cases/"))
    assert visitor.see(f"/cases/{made.code}/").status_code == 404


def test_a_form_of_practice_is_void_outside_and_one_from_outside_within(
    played: Played, sender: Member
) -> None:
    """Two tabs: what was meant for nobody real is never sent to somebody real."""
    http = enter(Client(enforce_csrf_checks=True), sender)

    def token_at(path: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text(http.get(path)))
        assert found is not None
        return found[1]

    def send(path: str, token: str, **said: str) -> int:
        return int(http.post(path, {"csrfmiddlewaretoken": token} | said).status_code)

    outside = token_at("/cases/new/")
    assert send(f"/practice/{played.code}/enter/", token_at(f"/practice/{played.code}/")) == 302
    before = Case.objects.count()
    assert send("/cases/new/", outside, **NEW_CASE) == 403
    inside = token_at("/cases/new/")
    assert send("/practice/leave/", token_at("/practice/")) == 302
    assert send("/cases/new/", inside, **NEW_CASE) == 403
    assert Case.objects.count() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_seat_that_is_gone_leads_out_and_does_nothing_for_real(
    visiting: Any, played: Played, sender: Member, method: str
) -> None:
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")
    played.wipe()
    before = Case.objects.count()

    answer = getattr(visitor.http, method)("/cases/new/", NEW_CASE)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/practice/?over=1")
    assert Case.objects.count() == before
    assert "What you sent last was not done." in text(visitor.see("/practice/?over=1"))
    assert BAND.search(text(visitor.see("/"))) is None


@pytest.mark.django_db(transaction=True)
def test_the_seat_is_found_where_no_transaction_runs_yet(sender: Member) -> None:
    """As it is for everybody who is not a test: a member is named to the wall within one alone."""
    played, http = begin(sender, FIRST), enter(Client(), sender)

    http.post(f"/practice/{played.code}/enter/")
    answer = http.get("/cases/new/")

    assert (answer.status_code, answer.headers.get("Safehand-Practice")) == (200, played.code)


@pytest.mark.parametrize("path", ["/leave/", "/sign-out/"])
def test_who_leaves_at_once_leaves_also_where_the_seat_is_gone(
    visiting: Any, played: Played, sender: Member, path: str
) -> None:
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")
    played.wipe()

    visitor.http.post(path)

    assert visitor.see("/").headers["Location"].startswith("/sign-in/")


def test_a_session_that_lost_what_was_written_to_it_does_nothing_for_real(
    visiting: Any, played: Played, sender: Member
) -> None:
    """Two requests at once write one session, and the last one wins: the cookie knows better."""
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")
    session = visitor.http.session
    del session["practice"]
    session.save()
    before = Case.objects.count()

    answer = visitor.http.post("/cases/new/", NEW_CASE)

    assert answer.headers["Location"] == "/practice/?over=1"
    assert Case.objects.count() == before
    assert visitor.see("/cases/new/").status_code == 200


def test_what_waits_to_be_sent_goes_to_nobody_on_the_other_side(
    visiting: Any, played: Played, sender: Member
) -> None:
    visitor = visiting(sender)
    for path in (f"/practice/{played.code}/enter/", "/practice/leave/"):
        session = visitor.http.session
        session["held"] = {"path": "/cases/new/", "fields": "", "at": 0}
        session.save()
        visitor.do(path)
        assert "held" not in visitor.http.session


def test_a_link_of_somebody_elses_is_not_part_of_practice(
    visiting: Any, played: Played, sender: Member
) -> None:
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")

    answer = visitor.see("/answer/")

    assert "Safehand-Practice" not in answer.headers
    assert BAND.search(answer.content.decode()) is None


def test_who_works_for_a_closed_agency_practises_no_more(
    visiting: Any, played: Played, sender: Member
) -> None:
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")
    type(sender.agency).objects.filter(pk=sender.agency_id).update(is_active=False)

    assert visitor.see("/cases/").headers["Location"] == "/practice/?over=1"


def test_a_code_of_somebody_made_up_leads_to_their_case(
    visiting: Any, played: Played, sender: Member
) -> None:
    case = make.make_case(by=played.seat)
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")

    assert address_of(case.code, played.seat) == f"/cases/{case.code}/"
    found = visitor.see("/cases/", {"code": case.code.lower().replace("-", "")})
    assert found.status_code in {200, 302}


def test_nobody_sits_in_anothers_space(visiting: Any, played: Played, receiver: Member) -> None:
    visitor = visiting(receiver)

    assert visitor.see(f"/practice/{played.code}/").status_code == 404
    for what in ("enter", "move", "wipe"):
        assert visitor.do(f"/practice/{played.code}/{what}/", {"hours": 1}).status_code == 404
    session = visitor.http.session
    session["practice"] = played.code
    session.save()
    assert visitor.see("/cases/").headers["Location"] == "/practice/?over=1"


def test_feedback_comes_after_the_act_and_never_before(
    visiting: Any, played: Played, sender: Member
) -> None:
    visitor, scenario = visiting(sender), current()[FIRST]
    steps = len(scenario.steps)
    told = {
        step.key: [outcome.says["en"] for outcome in step.outcomes] for step in scenario.steps
    }
    page = text(visitor.see(f"/practice/{played.code}/"))
    assert [words for each in told.values() for words in each if words in page] == []

    for said in plays_of(FIRST)[0].do[:4]:
        played.do(said)
    page = text(visitor.see(f"/practice/{played.code}/"))

    over = played.space.over
    assert len(over) >= 1
    for step in scenario.steps:
        ended = [o.says["en"] for o in step.outcomes if o.key == over.get(step.key)]
        assert [words for words in told[step.key] if escape(words) in page] == ended
        for outcome in step.outcomes:
            if outcome.key == over.get(step.key):
                assert outcome.whys
                texts = [whys.why(key, "en") for key in outcome.whys]
                assert [escape(each.text) in page for each in texts] == [True] * len(texts)
    # On every page of the seat one sees how far one is.
    visitor.do(f"/practice/{played.code}/enter/")
    band = text(visitor.see("/cases/")).split("practice-banner")[1]
    assert f"<p>Step {len(over) + 1} of {steps}</p>" in band


GOES_ON = "The story goes on as if it had gone well"


@pytest.mark.parametrize(("good", "last", "says"), [
    ("bad", False, 1), ("partly", False, 0), ("good", False, 0), ("bad", True, 0),
])  # fmt: skip
def test_after_a_bad_end_the_page_says_that_the_story_goes_on_all_the_same(
    good: str, *, last: bool, says: int, visiting: Any, played: Played, sender: Member
) -> None:
    scenario = current()["return_risk"]
    steps = scenario.steps[-1:] if last else scenario.steps[:-1]
    step, ended = next((s, each) for s in steps for each in s.outcomes if each.good == good)
    Space.objects.filter(pk=played.space.pk).update(
        scenario=scenario.code, version=scenario.version, over={step.key: ended.key}
    )

    page = text(visiting(sender).see(f"/practice/{played.code}/"))

    assert page.count(GOES_ON) == says


def test_of_a_scenario_that_was_taken_away_only_the_wiping_is_left(
    visiting: Any, played: Played, sender: Member
) -> None:
    Space.objects.filter(pk=played.space.pk).update(version="1999.1", over={"log": "ready"})
    visitor = visiting(sender)

    page = text(visitor.see(f"/practice/{played.code}/"))

    stands = re.search(r'id="stands"[^>]*>(.*?)</p>', page)
    assert stands is not None
    assert (
        stands[1]
        == "This scenario cannot go on. Wipe it, and tell whoever keeps the scenarios."
    )
    doors = re.findall(rf'action="/practice/{played.code}/(\w+)/"', page)
    assert doors == ["wipe"]
    visitor.do(f"/practice/{played.code}/wipe/")
    work()
    again = text(visitor.see(f"/practice/{played.code}/"))
    assert re.findall(r'id="stands"[^>]*>(.*?)</p>', again) == ["It was wiped."]


def test_time_passes_and_all_is_wiped_by_the_page(
    visiting: Any, played: Played, sender: Member
) -> None:
    visitor = visiting(sender)

    visitor.do(f"/practice/{played.code}/enter/")
    assert "Time is passing." in text(
        visitor.do(f"/practice/{played.code}/move/", {"hours": 6})
    )
    work()
    assert played.space.moved.total_seconds() == 6 * 3600
    page = text(visitor.do(f"/practice/{played.code}/wipe/"))
    assert "Your practice is being wiped." in page
    assert BAND.search(page) is None
    work()
    assert Case.objects.filter(owner__space__gt=0).count() == 0


def test_the_menu_of_practice_has_no_door_to_what_is_real(
    visiting: Any, played: Played, sender: Member
) -> None:
    Member.objects.filter(pk=played.seat.pk).update(role=Role.SUPERVISOR)
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")
    page = text(visitor.see("/"))
    menu = page[page.index("site-menu") : page.index("</nav>")]

    assert {"/cases/", "/inbox/", "/team/", "/practice/"} <= set(
        re.findall(r'href="([^"]+)"', menu)
    )
    assert not {"/exports/", "/imports/", "/board/", "/figures/", "/learning/"} & set(
        re.findall(r'href="([^"]+)"', menu)
    )
    for path in ("/exports/new/", "/imports/new/", "/board/ask/"):
        assert visitor.see(path).status_code in {403, 404}, path


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/board/ask/", {"topic": "shelter", "title": "A", "text": "B"}),
        ("/focal-points/named/", {"topic": "shelter"}),
        ("/announcements/new/", {"text_en": "A", "ends_at": "2030-01-01T09:00"}),
    ],
)
def test_the_pages_between_agencies_are_shut_in_practice(
    visiting: Any, played: Played, sender: Member, path: str, said: dict[str, str]
) -> None:
    Member.objects.filter(pk=played.seat.pk).update(role=Role.AGENCY_ADMIN)
    visitor = visiting(sender)
    visitor.do(f"/practice/{played.code}/enter/")

    seen = visitor.see(path)
    done = visitor.do(path, said | {"username": played.seat.username})

    assert (seen.status_code, done.status_code) == (403, 403)
    assert "This is not part of practice." in done.content.decode()

"""The pages of an emergency, of two persons, of who is kept apart and of safe contact."""

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit.models import AuditEvent
from cases.actions import person
from demo import builders as make
from guard.actions import glass
from guard.models import BreakGlass, Contact, GlassRight
from kernel.groups import DataGroup
from seconding.models import TwoPersonAct
from tests.guard.conftest import Cast
from tests.pages.conftest import Visitor

MINSK = ZoneInfo("Europe/Minsk")
REASON = "She bleeds, and nobody of her agency answers at night."


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def asked(cast: Cast, **other: Any) -> dict[str, Any]:
    wanted = {
        "case": cast.case.code.lower(), "groups": ["contact"], "purpose": "medical",
        "reason": REASON,
    }  # fmt: skip
    return wanted | other


def test_the_glass_is_broken_under_a_red_frame_with_a_clock_and_a_name(cast: Cast) -> None:
    visitor = Visitor(cast.helper)
    answer = visitor.do("/emergency/", asked(cast))

    assert answer.redirect_chain == [(f"/cases/{cast.case.code}/", 302)]
    text = text_of(answer)
    use = BreakGlass.objects.get()
    assert "glass-frame" in text
    assert f'data-until="{use.until.isoformat()}"' in text
    assert text.count(cast.helper.username) >= 4
    assert "<title>Case – Service desk</title>" in text
    shown = text_of(visitor.see(f"/cases/{cast.case.code}/people/?open=contact"))
    assert ("+375290000000" in shown, "watermark" in shown) == (True, True)
    assert "Before you call" not in shown
    for path in ("plan/", "notes/", "timeline/", "consent/", "apart/", "reach/", "refer/"):
        assert visitor.see(f"/cases/{cast.case.code}/{path}").status_code == 404


def test_those_who_work_on_it_see_no_frame(cast: Cast) -> None:
    Visitor(cast.helper).do("/emergency/", asked(cast))

    text = text_of(Visitor(cast.worker).see(f"/cases/{cast.case.code}/"))
    assert "glass-frame" not in text
    assert "The case was opened in an emergency." in text_of(
        Visitor(cast.worker).see(f"/cases/{cast.case.code}/timeline/")
    )


def test_a_wrong_code_says_no_more_than_that(cast: Cast) -> None:
    text = text_of(Visitor(cast.helper).do("/emergency/", asked(cast, case="SH-2222-2222")))

    assert "This is not possible." in text
    assert REASON in text


def test_a_name_takes_a_supervisor_within_ten_minutes(cast: Cast) -> None:
    helper, chief = Visitor(cast.helper), Visitor(cast.chief)
    helper.do("/emergency/", asked(cast, groups=["identity"]))
    code = TwoPersonAct.objects.get().code
    assert not BreakGlass.objects.exists()

    assert code in text_of(chief.see("/approvals/"))
    closed, opened = (
        text_of(chief.see(f"/approvals/{code}/{q}")) for q in ("", "?open=reason")
    )
    assert (REASON in closed, REASON in opened) == (False, True)
    assert (
        AuditEvent.objects.filter(event="read.second", actor=cast.chief.username).count() == 1
    )
    assert helper.do(f"/approvals/{code}/approve/").status_code == 404
    chief.do(f"/approvals/{code}/approve/")
    answer = helper.do(f"/approvals/{code}/do/")

    assert answer.redirect_chain == [(f"/cases/{cast.case.code}/", 302)]
    assert "Ірына" in text_of(helper.see(f"/cases/{cast.case.code}/people/?open=identity"))
    use = BreakGlass.objects.get()
    assert (use.groups, use.second.code) == (["identity"], code)
    assert helper.do(f"/approvals/{code}/do/").status_code == 404


def test_it_is_looked_at_and_the_right_is_lost_and_given_back(cast: Cast) -> None:
    use = glass.break_glass(
        code=cast.case.code, groups=[DataGroup.CONTACT], purpose="medical", reason=REASON,
        by=cast.helper, at=timezone.now(),
    )  # fmt: skip
    officer, other = Visitor(cast.officer), Visitor(cast.other)
    assert use.code in text_of(officer.see("/approvals/"))
    assert REASON in text_of(officer.see(f"/emergency/{use.code}/?open=words"))
    assert REASON not in text_of(Visitor(cast.chief).see(f"/emergency/{use.code}/?open=words"))

    officer.do(f"/emergency/{use.code}/", {"verdict": "not_justified", "remarks": REASON})
    assert "until data protection gives you" in text_of(Visitor(cast.helper).see("/emergency/"))
    assert Visitor(cast.helper).do("/emergency/", asked(cast)).status_code == 403
    page = f"/emergency/right/{cast.helper.username}/"
    officer.do(page, {"reason": REASON})
    code = TwoPersonAct.objects.get().code
    assert officer.do(f"/approvals/{code}/approve/").status_code == 404
    other.do(f"/approvals/{code}/approve/")
    officer.do(f"/approvals/{code}/do/")

    assert not GlassRight.objects.exists()
    text = text_of(officer.see("/data-protection/"))
    assert re.search(r"Looked at in time</dt><dd>100 %", text)


def test_a_role_that_watches_is_asked_for_on_the_page_of_members(cast: Cast) -> None:
    home = cast.officer.agency
    admin = make.make_member(agency=home, role=Role.SYSTEM_ADMIN)
    visitor = Visitor(admin)
    invited = {"username": "new.one", "role": "data_protection_officer", "reason": REASON}

    short = text_of(visitor.do("/members/new/", invited | {"reason": ""}))
    visitor.do("/members/new/", invited)
    code = TwoPersonAct.objects.get().code
    Visitor(cast.officer).do(f"/approvals/{code}/approve/")
    visitor.do(f"/approvals/{code}/do/")

    assert "30 characters" in short
    made = Member.objects.get(username="new.one")
    assert (made.role, made.agency) == ("data_protection_officer", home)


@pytest.mark.parametrize(
    ("sent", "name"),
    [({"member": "{helper}"}, "{helper}"), ({"district": "BY-BR-01"}, ""), ({}, None)],
)
def test_people_and_places_are_kept_apart_on_the_page(
    cast: Cast, sent: dict[str, str], name: str | None
) -> None:
    visitor = Visitor(cast.worker)
    body = {key: value.format(helper=cast.helper.username) for key, value in sent.items()}
    path = f"/cases/{cast.case.code}/apart/"

    text = text_of(visitor.do(path, body | {"reason": REASON}))

    row = cast.case.exclusions.first()
    if name is None:
        assert "one of them" in text
        assert row is None
        return
    assert row.reason is not None
    assert name.format(helper=cast.helper.username) in text
    assert (REASON in text_of(visitor.see(path)), REASON in text_of(
        visitor.see(f"{path}?open=reasons")
    )) == (False, True)  # fmt: skip
    visitor.do(f"{path}{row.code}/end/")
    assert not cast.case.exclusions.filter(ended_at__isnull=True).exists()


def test_before_you_call(cast: Cast) -> None:
    now = timezone.localtime(timezone=MINSK)
    window = {
        "safe_from": f"{now - dt.timedelta(minutes=5):%H:%M}",
        "safe_until": f"{now + dt.timedelta(minutes=30):%H:%M}",
    }
    plan = {
        "safe_channels": ["call"], "prs_MobilePhone": "+375290000000", "code_word": "lilac",
        "never_do": ["voicemail"], "who_may_answer": "Her aunt.",
    } | window  # fmt: skip
    person.write_group(
        case=cast.case, group=DataGroup.CONTACT, values=plan, by=cast.worker, at=timezone.now()
    )
    visitor, path = Visitor(cast.worker), f"/cases/{cast.case.code}/reach/"

    text, word = text_of(visitor.see(path)), text_of(visitor.see(f"{path}?open=word"))
    assert ("lilac" in text, "lilac" in word) == (False, True)
    assert [each in text for each in ("Her aunt.", "voicemail", '">safe now', "Minsk")] == [
        True
    ] * 4
    refused = text_of(visitor.do(path, {"channel": "email", "text": "call_back"}))
    assert "The person has not agreed to this way." in refused
    visitor.do(path, {"channel": "call", "text": "call_back"})
    contact = Contact.objects.get()
    made_at = f"{timezone.localtime(timezone=MINSK):%Y-%m-%dT%H:%M}"
    visitor.do(f"/contacts/{contact.code}/made/", {"result": "reached", "made_at": made_at})

    contact.refresh_from_db()
    assert (contact.state, contact.result) == ("made", "reached")
    assert Visitor(cast.chief).see(path).status_code == 404


def test_the_intake_asks_for_the_plan_in_codes(cast: Cast) -> None:
    visitor, path = Visitor(cast.worker), f"/cases/{cast.case.code}/intake/contact/"
    page = text_of(visitor.see(path))
    assert [f'name="{name}"' in page for name in (
        "safe_channels", "never_channels", "safe_days", "safe_from", "safe_zone", "no_contact",
    )] == [True] * 6  # fmt: skip
    version = re.search(r'name="version" value="(\d+)"', page)

    visitor.do(
        path,
        {
            "safe_channels": ["call"], "safe_days": ["mon"], "safe_from": "09:00",
            "safe_until": "12:30", "version": version.group(1) if version else "",
        },
    )  # fmt: skip

    shown = text_of(visitor.see(f"/cases/{cast.case.code}/people/?open=contact"))
    assert [each in shown for each in ("A call", "Monday", "09:00", "12:30")] == [True] * 4


def test_a_helper_of_another_agency_reaches_the_person_too(cast: Cast) -> None:
    service = make.make_service(agency=cast.helper.agency)
    focal = make.make_member(agency=cast.helper.agency, role=Role.FOCAL_POINT)
    taken = make.make_accepted(sent=make.make_sent(by=cast.worker, service=service), by=focal)
    path = f"/cases/{taken.case.code}/reach/"

    assert Visitor(focal).see(path).status_code == 200
    assert Visitor(cast.helper).see(path).status_code == 404

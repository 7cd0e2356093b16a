"""What is grave in an emergency and for two persons is asked for anew; without it nothing happens."""

import html
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from config.console import operator
from custody import rotation
from custody.models import KeyDestruction
from custody.ring import ring
from demo import builders as make
from edge import stepup
from guard.actions import glass
from guard.models import BreakGlass
from kernel.groups import DataGroup
from seconding.models import TwoPersonAct
from tests.custody.conftest import own_ring
from tests.entering import enter
from tests.guard.conftest import Cast
from tests.signin.conftest import found

__all__ = ["own_ring"]

REASON = "She bleeds & nobody of her agency\nanswers at night; a <neighbour> called."
LATE = 302


def late(member: Member) -> Client:
    """At the pages, with a code that was shown longer than five minutes ago."""
    return enter(Client(), member, seconds_ago=LATE)


def is_asked(answer: Any) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith("/again/?next=")


def goes_on(http: Client, member: Member) -> Any:
    """Show a code, and send with one press what was typed before; where it leads."""
    secret = make.make_totp(member)
    assert (
        http.post("/again/?next=/again/go-on/", {"code": make.totp_code(secret)})["Location"]
        == "/again/go-on/"
    )
    form = http.get("/again/go-on/").content.decode().split("<main")[1]
    sent: dict[str, list[str]] = {}
    pairs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    for name, value in pairs:
        sent.setdefault(name, []).append(html.unescape(value))
    return http.post(found(r'action="([^"]+)"', form, 1), sent)


def wanted(cast: Cast, **other: Any) -> dict[str, Any]:
    return {
        "case": cast.case.code, "groups": ["contact", "safety"], "purpose": "medical",
        "reason": REASON,
    } | other  # fmt: skip


def asked_for(cast: Cast) -> TwoPersonAct:
    return glass.ask_second(
        code=cast.case.code, groups=[DataGroup.IDENTITY], purpose="medical", reason=REASON,
        by=cast.helper, at=timezone.now(),
    )  # fmt: skip


def test_the_glass_holds_until_one_has_shown_who_one_is(cast: Cast) -> None:
    http = late(cast.helper)

    assert http.get("/emergency/").status_code == 200
    assert is_asked(http.post("/emergency/", wanted(cast)))
    assert is_asked(http.post("/emergency/", wanted(cast, groups=["identity"])))
    assert (BreakGlass.objects.count(), TwoPersonAct.objects.count()) == (0, 0)
    session: Any = http.session
    assert "bleeds" not in str(dict(session))


def test_what_was_typed_breaks_it_after_one_press(cast: Cast) -> None:
    http = late(cast.helper)
    http.post("/emergency/", wanted(cast))

    done = goes_on(http, cast.helper)

    assert done["Location"] == f"/cases/{cast.case.code}/"
    use = BreakGlass.objects.get()
    assert (use.by, sorted(use.groups), use.purpose) == (
        cast.helper, ["contact", "safety"], "medical",
    )  # fmt: skip
    text = http.get(f"/emergency/{use.code}/?open=words").content.decode()
    assert html.escape(REASON.splitlines()[0]) in text


def test_within_five_minutes_nothing_stands_before_it(cast: Cast) -> None:
    http = enter(Client(), cast.helper, seconds_ago=295)

    answer = http.post("/emergency/", wanted(cast))

    assert answer["Location"] == f"/cases/{cast.case.code}/"
    assert BreakGlass.objects.count() == 1


def test_a_recovery_code_is_too_little(cast: Cast) -> None:
    http = enter(Client(), cast.helper, way=stepup.RECOVERY)

    assert is_asked(http.post("/emergency/", wanted(cast)))
    assert not BreakGlass.objects.exists()


def test_two_persons_are_both_asked(cast: Cast) -> None:
    path = f"/approvals/{asked_for(cast).code}"
    chief, helper = late(cast.chief), late(cast.helper)

    assert chief.get(f"{path}/approve/").status_code == 200
    assert is_asked(chief.post(f"{path}/approve/"))
    assert TwoPersonAct.objects.get().state == "asked"
    assert goes_on(chief, cast.chief)["Location"] == f"{path}/"
    assert TwoPersonAct.objects.get().state == "approved"
    assert is_asked(helper.post(f"{path}/do/"))
    assert (BreakGlass.objects.count(), TwoPersonAct.objects.get().state) == (0, "approved")
    assert goes_on(helper, cast.helper)["Location"] == f"/cases/{cast.case.code}/"
    assert (BreakGlass.objects.count(), TwoPersonAct.objects.get().state) == (1, "done")


@pytest.mark.parametrize(("who", "verb", "state"), [("chief", "refuse", "refused"),
                                                    ("helper", "take_back", "taken_back")])  # fmt: skip
def test_what_stops_an_act_asks_nobody(cast: Cast, who: str, verb: str, state: str) -> None:
    code = asked_for(cast).code

    late(getattr(cast, who)).post(f"/approvals/{code}/{verb}/")

    assert TwoPersonAct.objects.get().state == state


def test_both_administrators_of_a_keys_end_are_asked(sender: Member, own_ring: Path) -> None:
    make.make_case(by=sender)
    old, home = ring().current(), make.make_agency(is_coordinating=True)
    admins = [make.make_member(agency=home, role=Role.SYSTEM_ADMIN) for _ in range(2)]
    first, second = (late(admin) for admin in admins)
    rotation.rotate(by=operator(), at=timezone.now())

    assert is_asked(first.post(f"/keys/{old}/give-up/", {"because": "routine"}))
    assert not KeyDestruction.objects.exists()
    assert goes_on(first, admins[0])["Location"] == "/keys/"
    wish = KeyDestruction.objects.get()
    assert (wish.ring_key, wish.because) == (old, "routine")
    assert is_asked(second.post(f"/keys/wishes/{wish.code}/approve/"))
    assert KeyDestruction.objects.get().approved_by == ""
    assert goes_on(second, admins[1])["Location"] == "/keys/"
    assert KeyDestruction.objects.get().approved_by == admins[1].username


def test_a_key_to_the_api_reads_and_never_breaks(cast: Cast, signed_in: Any) -> None:
    api = signed_in(cast.helper)

    refused = api.post("break_glass/", wanted(cast))

    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed")
    assert not BreakGlass.objects.exists()
    assert api.get("break_glass/").status_code == 200


@pytest.mark.parametrize(("seconds", "status", "uses"), [(LATE, 403, 0), (0, 201, 1)])
def test_a_session_breaks_it_by_the_api_only_while_fresh(
    cast: Cast, seconds: int, status: int, uses: int
) -> None:
    http = enter(Client(), cast.helper, seconds_ago=seconds)

    answer = http.post(
        "/api/v1/break_glass/", wanted(cast), content_type="application/json",
        headers={"Idempotency-Key": "once"},
    )  # fmt: skip

    assert (answer.status_code, BreakGlass.objects.count()) == (status, uses)

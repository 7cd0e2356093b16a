"""Keeping and erasing as people do it: the two who decide, and the agency that is asked."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from audit import log
from custody.models import Tombstone
from demo import builders as make
from referral.models import Referral
from rights import tasks
from rights.actions import proposing
from rights.models import Batch, Demand
from tests.rights.conftest import closed, long_closed

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db: None, settings: Any, tmp_path: Path) -> Member:
    settings.TOMBSTONE_FILE = str(tmp_path / "tombstones.jsonl")
    agency = make.make_agency(is_coordinating=True)
    return make.make_member(agency=agency, role=Role.DATA_PROTECTION_OFFICER)


def test_from_the_proposal_to_the_certificate(
    sent: Referral, supervisor: Member, officer: Member, receiver: Member, visiting: Any
) -> None:
    case = closed(sent.case)
    proposing.propose(agency=case.owner, by=log.CLOCK, at=timezone.now())
    batch = Batch.objects.get()
    boss, data, focal = (visiting(each) for each in (supervisor, officer, receiver))

    assert batch.code in boss.see("/retention/").content.decode()
    assert case.code in boss.see(f"/retention/{batch.code}/").content.decode()
    assert boss.see(f"/retention/{batch.code}/approve/").status_code == 404
    boss.do(f"/retention/{batch.code}/agree/")
    assert data.see(f"/retention/{batch.code}/agree/").status_code == 404
    data.do(f"/retention/{batch.code}/approve/")
    tasks.carry_out()

    code = Demand.objects.get().code
    assert case.code in focal.see("/demands/").content.decode()
    answer = focal.do(f"/demands/{code}/", {"answer": "own_file"})
    assert "own client" in answer.content.decode()

    stone = Tombstone.objects.get()
    for reader in (boss, data):
        sheet = reader.see(f"/erased/{stone.person}/", {"speak": "en"}).content.decode()
        wanted = ("Certificate of erasure", receiver.agency.name, batch.code)
        assert [words for words in wanted if words not in sheet] == []
    assert focal.see(f"/erased/{stone.person}/").status_code == 404
    assert focal.see("/retention/").status_code == 403
    assert focal.see(f"/retention/{batch.code}/").status_code == 404


def test_approving_asks_again_who_one_is(
    sender: Member, supervisor: Member, officer: Member, visiting: Any, settings: Any
) -> None:
    long_closed(sender)
    proposing.propose(agency=sender.agency, by=log.CLOCK, at=timezone.now())
    batch = Batch.objects.get()
    visiting(supervisor).do(f"/retention/{batch.code}/agree/")
    data = visiting(officer)
    session = data.http.session
    session["factor"] = {"way": "totp", "at": session["factor"]["at"] - 301}
    session.save()
    answer = data.http.post(f"/retention/{batch.code}/approve/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/again/")
    batch.refresh_from_db()
    assert batch.state == "agreed"


def test_somebody_is_kept_for_now(
    sender: Member, supervisor: Member, officer: Member, visiting: Any
) -> None:
    case = long_closed(sender)
    proposing.propose(agency=sender.agency, by=log.CLOCK, at=timezone.now())
    batch = Batch.objects.get()
    boss = visiting(supervisor)
    path = f"/retention/{batch.code}/keep/{case.code}/"
    wrong = boss.do(path, {"because": "claim", "until": "2020-01-01"})
    assert "This day has passed" in wrong.content.decode()
    boss.do(path, {"because": "claim", "until": f"{make.today().year + 1}-01-31"})
    item = batch.items.get()
    assert (item.state, item.kept_because, item.kept_by) == ("kept_back", "claim", supervisor)
    assert boss.see(path).status_code == 404


def test_holds_of_a_case(
    sender: Member, supervisor: Member, officer: Member, stranger: Member, visiting: Any
) -> None:
    case = make.make_case(by=sender)
    path = f"/cases/{case.code}/holds/"
    boss, data = visiting(supervisor), visiting(officer)
    set_ = {
        "ground": "restriction:contested", "reason": "She says that her age is wrong in it.",
        "look_again_on": f"{make.today().year + 1}-01-31",
    }  # fmt: skip
    assert "30 characters" in boss.do(path, set_ | {"reason": "Short."}).content.decode()
    boss.do(path, set_)
    hold = case.holds.get()
    case.refresh_from_db()
    assert case.restricted_at is not None
    assert "her age is wrong" not in boss.see(path).content.decode()
    assert "her age is wrong" in boss.see(path, {"open": "reasons"}).content.decode()
    # Data protection sees that and why in a word, and never the reason.
    shown = data.see(path, {"open": "reasons"}).content.decode()
    assert ("not right" in shown, "her age is wrong" in shown) == (True, False)
    assert "use restricted" in boss.see(f"/cases/{case.code}/").content.decode()
    for nobody in (sender, stranger):
        assert visiting(nobody).see(path).status_code == 404
    data.do(f"{path}{hold.code}/end/")
    case.refresh_from_db()
    assert case.restricted_at is None


def test_who_asks_for_it_is_proposed_from_the_page(
    sender: Member, supervisor: Member, officer: Member, visiting: Any
) -> None:
    case = closed(make.make_case(by=sender), years=0.1)
    boss = visiting(supervisor)
    assert (
        f"/cases/{case.code}/erasure/"
        in boss.see(f"/cases/{case.code}/holds/").content.decode()
    )
    boss.do(f"/cases/{case.code}/erasure/")
    assert Batch.objects.get().items.get().rule == "asked"
    assert visiting(sender).see(f"/cases/{case.code}/erasure/").status_code == 404

"""Imports and exports on pages, without a browser: each step of a person's way."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from edge import phrases
from exchange import faultwords, handing
from exchange.actions import importing
from exchange.models import ImportJob
from exchange.sheets.entry import FileFault
from exchange.sheets.standard import CURRENT, Holds
from tests.exchange.jobs import IVAN, OLENA, WRONG, people, table, work

pytestmark = pytest.mark.django_db
ASKED = {"kind": "csv", "reason": "report"}


def file(content: bytes, name: str = "a.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/csv")


def test_a_file_goes_its_whole_way(visiting: Any, sender: Member) -> None:
    visitor = visiting(sender)
    shown = visitor.see("/imports/new/")
    sent = visitor.do("/imports/new/", {"file": file(table(OLENA, IVAN, WRONG)), "kind": ""})
    job = ImportJob.objects.get()
    path = f"/imports/{job.code}/"
    work()
    checked = visitor.see(path).content.decode()
    faulty = visitor.see(path, {"state": "faulty"}).content.decode()
    faults = visitor.see(f"{path}faults/")
    started = visitor.do(f"{path}start/").content.decode()
    work()
    done = visitor.see(path).content.decode()
    case = job.rows.get(number=1).case

    assert shown.status_code == 200
    assert sent.redirect_chain == [(path, 302)]
    assert "would be a new case" in checked
    assert "This day is still to come." in checked
    assert [word in faulty for word in ("<td>would be a new case</td>", "prs_Birthdate")] == [
        False,
        True,
    ]
    assert faults.content.decode().count("\n") == 2
    assert '<progress id="progress" max="2" value="0">' in started
    assert '<progress id="progress" max="2" value="2">' in done
    assert f'/cases/{case.code}/"' in done
    assert "Олена" not in checked + done


def test_looking_by_itself_is_no_sign_of_anybody_and_takes_no_message(
    visiting: Any, sender: Member
) -> None:
    visitor = visiting(sender)
    visitor.http.post("/imports/new/", {"file": file(table(OLENA)), "kind": ""})
    path = f"/imports/{ImportJob.objects.get().code}/"
    session = visitor.http.session
    session["seen_at"] -= 10 * 60
    session.save()
    seen = session["seen_at"]

    parts = [visitor.see(path, {"again": how}).content.decode() for how in ("part", "1")]
    alone = visitor.http.session["seen_at"]
    work()
    over = visitor.see(path).content.decode()

    assert alone == seen < visitor.http.session["seen_at"]
    said = "The file is kept, sealed."
    assert [(said in part, "<html" in part) for part in parts] == [(False, False), (True, True)]
    # What leads on from it is pressed by somebody.
    assert 'href="?still=1"' in parts[1]
    assert [mark in over for mark in ("data-follow", "http-equiv")] == [False, False]


def test_a_bar_of_nothing_is_not_shown(visiting: Any, sender: Member, brought: Any) -> None:
    job = brought(sender, WRONG)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    work()

    page = visiting(sender).see(f"/imports/{job.code}/").content.decode()

    assert [word in page for word in ("<progress", "0 of 0", "has faults")] == [
        False, False, True,
    ]  # fmt: skip


def test_what_a_case_came_with_is_opened_when_asked_for(
    visiting: Any, sender: Member, brought: Any
) -> None:
    job = brought(sender, OLENA | {"hte_City": "Brest", "x_hte_Weather": "rain"})
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    work()
    case = job.rows.get().case
    visitor = visiting(sender)
    plain = make.make_case(by=sender)

    closed = visitor.see(f"/cases/{case.code}/origin/").content.decode()
    opened = visitor.see(f"/cases/{case.code}/origin/?open=origin").content.decode()

    said = [word in closed for word in ("A-1", "OwnNumber")]
    assert said == [False, False]
    assert [word in opened for word in ("A-1", "x_OwnNumber", "77", "Yes")] == [True] * 4
    # And what stood beside a record in a column of others.
    assert [word in opened for word in ("x_hte_Weather", "rain")] == [True] * 2
    assert visitor.see(f"/cases/{plain.code}/origin/").status_code == 404
    assert visiting(make.make_member()).see(f"/cases/{case.code}/origin/").status_code == 404


def test_it_is_stopped_and_put_away_by_its_buttons(
    visiting: Any, sender: Member, boss: Member, brought: Any
) -> None:
    job = brought(sender, OLENA)
    importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
    by_boss = visiting(boss)

    by_boss.do(f"/imports/{job.code}/stop/")
    job.refresh_from_db()
    stopped = job.state
    refused = by_boss.see(f"/imports/{job.code}/start/")
    by_boss.do(f"/imports/{job.code}/discard/")
    job.refresh_from_db()
    again = by_boss.do(f"/imports/{job.code}/discard/")

    assert (stopped, job.state, job.file) == ("stopped", "discarded", None)
    assert refused.status_code == 403
    assert "not possible in the present state" in again.content.decode()
    assert by_boss.see(f"/imports/{job.code}/eat/").status_code == 404


def test_a_file_that_cannot_be_read_says_why(
    visiting: Any, sender: Member, brought: Any
) -> None:
    job = brought(sender, content=b"PK\x03\x04 cut in half", name="a.xlsx")

    page = visiting(sender).see(f"/imports/{job.code}/").content.decode()

    assert str(faultwords.FILES[FileFault.BROKEN]) in page
    assert "destroyed" in page


def test_an_upload_that_is_refused_is_shown_beside_its_field(
    visiting: Any, sender: Member, brought: Any
) -> None:
    brought(sender, OLENA)
    visitor = visiting(sender)

    empty = visitor.do("/imports/new/", {"file": file(b"")}).content.decode()
    same = visitor.do("/imports/new/", {"file": file(table(OLENA))}).content.decode()
    none = visitor.do("/imports/new/", {}).content.decode()

    assert phrases.of("document_is_empty") in empty
    assert phrases.of("same_file") in same
    assert 'aria-invalid="true"' in none
    assert ImportJob.objects.count() == 1


def test_a_page_asks_as_often_for_many_rows_as_for_one(
    visiting: Any, sender: Member, brought: Any
) -> None:
    counts, sizes = [], []
    for many in (1, 3, 50):
        job = brought(sender, *people(many, start=1 + many * 1000))
        importing.start(code=job.code, with_doubtful=False, by=sender, at=timezone.now())
        work()
        visitor = visiting(sender)
        answer, asked = visitor.asks(f"/imports/{job.code}/")
        counts.append(asked)
        sizes.append(len(answer.content))

    assert counts == [counts[0]] * 3
    assert counts[0] <= 12
    assert max(sizes) < 60_000


def test_faults_without_number_are_bounded(
    visiting: Any, sender: Member, brought: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        field.name: "?" for field in CURRENT if field.holds != Holds.TEXT and not field.part
    }
    job = brought(sender, *[wrong | {"x_Reference": f"W-{n}"} for n in range(50)])
    each = len(job.rows.earliest("number").faults)
    visitor = visiting(sender)
    monkeypatch.setattr(handing, "MOST_FAULTS", 50 * each - 1)

    page = visitor.see(f"/imports/{job.code}/").content
    lines = visitor.see(f"/imports/{job.code}/faults/").content.decode().splitlines()

    assert each > 10
    assert (page.count(f"and {each - 3} more".encode()), len(page) < 60_000) == (50, True)
    assert (len(lines), "more_faults" in lines[-1]) == (1 + 50 * each, True)


def test_an_export_goes_its_whole_way(visiting: Any, sender: Member, boss: Member) -> None:
    case = make.make_case(by=sender)
    visitor = visiting(boss)
    sent = visitor.do("/exports/new/", ASKED)
    path = sent.redirect_chain[-1][0]
    waiting = visitor.see(path).content.decode()
    work()
    ready = visitor.see(path).content.decode()
    fetched = visitor.http.post(f"{path}fetch/")
    revoked = visitor.do(f"{path}revoke/").content.decode()

    assert re.fullmatch(r"/exports/XP-[\w]{4}-[\w]{4}/", path)
    assert "Look again" in waiting
    assert [word in ready for word in ("Fetch the file", case.code)] == [True, False]
    assert case.code in fetched.content.decode()
    assert "attachment" in fetched["Content-Disposition"]
    assert "Fetch the file" not in revoked


def test_an_export_asks_again_who_it_is(visiting: Any, sender: Member, boss: Member) -> None:
    make.make_case(by=sender)
    visitor = visiting(boss)
    path = visitor.do("/exports/new/", ASKED).redirect_chain[-1][0]
    work()
    session = visitor.http.session
    session["factor"] = {"way": "totp", "at": 0}
    session.save()

    asked = visitor.do("/exports/new/", ASKED)
    fetched = visitor.do(f"{path}fetch/")

    assert asked.redirect_chain[-1][0].startswith("/again/")
    assert fetched.redirect_chain[-1][0].startswith("/again/")


def test_the_menu_leads_whom_it_concerns(visiting: Any, sender: Member, boss: Member) -> None:
    agency = sender.agency
    who = {
        "worker": sender, "boss": boss,
        "focal": make.make_member(agency=agency, role=Role.FOCAL_POINT),
        "admin": make.make_member(agency=agency, role=Role.AGENCY_ADMIN),
        "officer": make.make_member(role=Role.DATA_PROTECTION_OFFICER),
    }  # fmt: skip
    found = {}
    for name, member in who.items():
        visitor = visiting(member)
        page = visitor.see("/").content.decode()
        found[name] = tuple(
            (f'href="/{part}/"' in page, visitor.see(f"/{part}/").status_code)
            for part in ("imports", "exports")
        )

    yes, no = (True, 200), (False, 403)
    assert found == {
        "worker": (yes, no), "boss": (yes, yes), "focal": (no, no), "admin": (no, no),
        "officer": (no, yes),
    }  # fmt: skip


def test_data_protection_is_shown_no_file(visiting: Any, sender: Member, boss: Member) -> None:
    case: Case = make.make_case(by=sender)
    path = visiting(boss).do("/exports/new/", ASKED).redirect_chain[-1][0]
    work()
    officer = visiting(make.make_member(role=Role.DATA_PROTECTION_OFFICER))

    page = officer.see(path).content.decode()
    fetched = officer.do(f"{path}fetch/")

    assert [word in page for word in (boss.agency.name, "for a report", case.code)] == [
        True, True, False,
    ]  # fmt: skip
    assert "Fetch the file" not in page
    assert (fetched.status_code, case.code in fetched.content.decode()) == (403, False)

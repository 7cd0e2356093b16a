"""Imports and exports over HTTP, by a key to the API and by a session."""

import csv
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.models import Member
from agencies.roles import Role
from cases.models import Case
from demo import builders as make
from documents.kinds import LARGEST
from exchange.models import ImportJob
from tests.conftest import Client
from tests.exchange.jobs import IVAN, OLENA, WRONG, table, work

pytestmark = pytest.mark.django_db
EXPORT = {"kind": "csv", "reason": "report"}


def bring(client: Client, content: bytes, name: str = "a.csv", **more: str) -> Any:
    sent = SimpleUploadedFile(name, content, "text/csv")
    return client.http.post(
        "/api/v1/imports/",
        {"file": sent, **more},
        format="multipart",
        HTTP_IDEMPOTENCY_KEY=f"key-{name}-{len(content)}",
    )


def test_a_system_brings_its_cases_in_by_a_key(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    made = bring(client, table(OLENA, IVAN, WRONG)).json()
    work()
    checked = client.get(f"imports/{made['code']}/").json()
    rows = client.get(f"imports/{made['code']}/rows/").json()
    started = client.post(f"imports/{made['code']}/start/", {})
    work()
    done = client.get(f"imports/{made['code']}/").json()
    written = client.get(f"imports/{made['code']}/rows/?state=done").json()["results"]

    assert (made["state"], made["progress"], made["verbs"]) == ("received", None, ["discard"])
    assert (checked["state"], checked["kind"], checked["rows"]) == ("checked", "csv", 3)
    assert checked["verbs"] == ["start", "discard"]
    assert checked["counts"] == {
        "new": 2, "doubtful": 0, "known": 0, "faulty": 1, "done": 0, "failed": 0,
    }  # fmt: skip
    assert rows["next"] is None
    assert rows["results"] == [
        {"number": 1, "row": 2, "state": "new", "faults": [], "case": None},
        {"number": 2, "row": 3, "state": "new", "faults": [], "case": None},
        {"number": 3, "row": 4, "state": "faulty", "case": None, "faults": [
            {"row": 4, "column": "prs_Birthdate", "code": "date_in_the_future"}]},
    ]  # fmt: skip
    assert started.json()["progress"] == {"done": 0, "of": 2}
    assert (done["state"], done["progress"]) == ("done", {"done": 2, "of": 2})
    codes = [row["case"] for row in written]
    assert codes == list(Case.objects.order_by("pk").values_list("code", flat=True))
    assert [client.get(f"cases/{code}/").status_code for code in codes] == [200, 200]


def test_the_rows_come_in_pages(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    rows = [IVAN | {"x_Reference": f"R{n}", "prs_FirstName": "A" * (n + 1)} for n in range(60)]
    code = bring(client, table(*rows)).json()["code"]
    work()

    first = client.get(f"imports/{code}/rows/").json()
    second = client.get(f"imports/{code}/rows/", {"after": first["next"]}).json()

    numbers = [row["number"] for row in first["results"] + second["results"]]
    assert (numbers, second["next"]) == (list(range(1, 61)), None)
    assert client.get(f"imports/{code}/rows/?state=gone").status_code == 400
    assert client.get(f"imports/{code}/rows/?after=x").status_code == 400


def test_the_faults_come_as_a_file_without_a_value(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    content = table(WRONG, OLENA | {"prs_Gender": "=Secret()"})
    code = bring(client, content).json()["code"]
    work()

    answer = client.get(f"imports/{code}/faults/")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{code}-faults.csv"'
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0] == ["row", "column", "code", "reason"]
    assert lines[1][:3] == ["2", "prs_Birthdate", "date_in_the_future"]
    assert [line[1] for line in lines[2:]] == ["prs_Gender"]
    told = answer.content.decode()
    assert [word in told for word in ("Secret", "2090")] == [False, False]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "document_is_empty"), (b"x" * (LARGEST + 1), "document_too_large")],
)
def test_what_is_no_file_is_said_at_once(
    signed_in: Any, sender: Member, content: bytes, code: str
) -> None:
    answer = bring(signed_in(sender), content)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert ImportJob.objects.count() == 0


def test_the_same_file_is_refused(signed_in: Any, sender: Member) -> None:
    client = signed_in(sender)
    first = bring(client, table(OLENA))

    again = bring(client, table(OLENA))
    other = bring(client, table(OLENA), name="b.csv")

    # Sent twice under one key it is one; under another it is the same file.
    assert (again.status_code, again.json()["code"]) == (200, first.json()["code"])
    assert (other.status_code, other.json()["code"]) == (409, "same_file")


def test_only_the_right_people_see_an_import(
    signed_in: Any, sender: Member, boss: Member, stranger: Member
) -> None:
    code = bring(signed_in(sender), table(OLENA)).json()["code"]
    colleague = make.make_member(agency=sender.agency)
    focal = make.make_member(agency=sender.agency, role=Role.FOCAL_POINT)

    found = {
        who: signed_in(member).get(f"imports/{code}/").status_code
        for who, member in (
            ("boss", boss), ("colleague", colleague), ("focal", focal), ("stranger", stranger),
        )
    }  # fmt: skip
    lists = [
        len(signed_in(member).get("imports/").json()["results"]) for member in (boss, colleague)
    ]

    assert found == {"boss": 200, "colleague": 404, "focal": 404, "stranger": 404}
    assert lists == [1, 0]
    assert signed_in(focal).get("imports/").status_code == 403
    refused = signed_in(boss).post(f"imports/{code}/start/", {})
    assert (refused.status_code, refused.json()["code"]) == (
        403, "only_who_brought_it_may_import",
    )  # fmt: skip


def test_an_export_wants_a_session_that_was_just_proven(
    signed_in: Any, by_session: Any, sender: Member, boss: Member
) -> None:
    case = make.make_case(by=sender)
    by_key, at_screen = signed_in(boss), by_session(boss)

    refused = by_key.post("exports/", EXPORT)
    made = at_screen.post("exports/", EXPORT)
    code = made.json()["code"]
    early = at_screen.get(f"exports/{code}/file/")
    work()
    shown = by_key.get(f"exports/{code}/").json()
    by_the_key = by_key.get(f"exports/{code}/file/")
    file = at_screen.get(f"exports/{code}/file/")
    back = at_screen.post(f"exports/{code}/revoke/")
    gone = at_screen.get(f"exports/{code}/file/")

    assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed")
    assert (made.status_code, made.json()["state"]) == (201, "asked")
    assert (early.status_code, early.json()["code"]) == (409, "export_is_not_ready")
    assert (shown["state"], shown["count"], shown["reason"]) == ("ready", 1, "report")
    assert by_the_key.json()["code"] == "step_up_needed"
    assert (file.status_code, case.code in file.content.decode()) == (200, True)
    assert file["Content-Disposition"] == f'attachment; filename="{code}.csv"'
    assert file["Cache-Control"] == "no-store"
    assert (back.json()["state"], back.json()["fetched"]) == ("revoked", 1)
    assert gone.json()["code"] == "export_is_not_ready"


def test_data_protection_sees_that_there_are_exports(
    signed_in: Any, by_session: Any, sender: Member, boss: Member, stranger: Member
) -> None:
    make.make_case(by=sender)
    code = by_session(boss).post("exports/", EXPORT).json()["code"]
    work()
    officer = by_session(make.make_member(role=Role.DATA_PROTECTION_OFFICER))

    listed = officer.get("exports/").json()["results"]
    file = officer.get(f"exports/{code}/file/")
    back = officer.post(f"exports/{code}/revoke/")

    assert [each["code"] for each in listed] == [code]
    assert (file.status_code, file.json()["code"]) == (403, "only_who_asked_may_fetch")
    assert back.status_code == 403
    other_boss = by_session(make.make_member(role=Role.SUPERVISOR))
    assert other_boss.get("exports/").json()["results"] == []
    assert other_boss.get(f"exports/{code}/").status_code == 404
    assert by_session(sender).get("exports/").status_code == 403
    assert by_session(stranger).get(f"exports/{code}/").status_code == 404

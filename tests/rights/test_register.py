"""The register of processing: every column has a class, and the page says what the data say."""

import csv
import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import translation

from agencies import jurisdiction
from agencies.models import Agency, Member
from agencies.roles import AgencyType, Role, most_for
from audit.models import AuditEvent
from cases.groups import FIELDS
from cases.records import FIELDS as RECORD_FIELDS
from demo import builders as make
from edge.spreadsheet import MARK, as_csv
from kernel.groups import SEALED
from pages import labels
from pages.registersheets import Sheet, every_table, sheets
from pages.registerwords import MEASURES
from rights import inclear, register, rules
from rights.columns import columns
from rights.fieldclasses import TABLES, FieldClass
from rights.purposes import BASES, LAWS, PURPOSES
from tests.pages.conftest import visiting

__all__ = ["visiting"]

ROOT = Path(__file__).resolve().parents[2]
REGISTER = "/data-protection/register/"
BARRED = [Role.SOCIAL_WORKER, Role.SUPERVISOR, Role.FOCAL_POINT, Role.AGENCY_ADMIN,
          Role.COORDINATOR, Role.SYSTEM_ADMIN]  # fmt: skip


@pytest.fixture
def home(db: None) -> Agency:
    return make.make_agency(
        name="=Ministry & Co", is_coordinating=True, htcds={"org_Phone": "+375170000000"}
    )


@pytest.fixture
def officer(home: Agency) -> Member:
    return make.make_member(agency=home, role=Role.DATA_PROTECTION_OFFICER)


def test_every_column_has_a_class() -> None:
    assert [str(each) for each in columns() if each.kind is None] == []


def test_what_is_sealed_is_binary_and_what_is_binary_is_sealed_or_a_secret() -> None:
    found = list(columns())

    assert [str(e) for e in found if e.kind == FieldClass.SEALED and not e.is_binary] == []
    guarded = {FieldClass.SEALED, FieldClass.KEY}
    assert [str(e) for e in found if e.is_binary and e.kind not in guarded] == []


def test_nothing_about_a_person_stands_in_clear_without_a_reason() -> None:
    found = [str(each) for each in columns() if each.kind == FieldClass.PERSON]

    assert sorted(found) == sorted(inclear.columns())


def test_no_line_names_what_is_not_there() -> None:
    there = {(each.table, each.name) for each in columns()}
    named = {(table, name) for table, line in TABLES.items() for name in line.named}

    assert named - there == set()
    assert set(TABLES) == {table for table, _ in there}


def test_every_table_serves_a_purpose() -> None:
    serving = {table for purpose in PURPOSES.values() for table in purpose.tables.split()}

    assert serving == {each.table for each in columns()}


def test_every_purpose_has_a_legal_basis_at_home_too() -> None:
    assert {code: [n for n in each.bases if n not in BASES] for code, each in PURPOSES.items()} \
        == {code: [] for code in PURPOSES}  # fmt: skip
    assert all(each.bases for each in PURPOSES.values())
    assert {code for each in BASES.values() for code in each.national} == set(LAWS)
    assert set(LAWS) <= {path.stem for path in jurisdiction.FILES.glob("*.toml")}


def test_every_sealed_group_and_record_is_in_the_register() -> None:
    found = {each.what: each.fields for each in register.sealed()}

    assert list(found) == [*SEALED, *RECORD_FIELDS]
    assert list(found.values()) == [
        list(fields)
        for fields in (*(FIELDS[group] for group in SEALED), *RECORD_FIELDS.values())
    ]
    needed = frozenset().union(*(each.groups for each in PURPOSES.values()))
    assert needed == frozenset(SEALED)


def test_each_measure_is_described() -> None:
    assert [page for _, page in MEASURES if not (ROOT / "docs/security" / page).is_file()] == []


def test_the_written_register_is_that_of_the_program(capsys: Any) -> None:
    call_command("processing_register")

    assert capsys.readouterr().out == (ROOT / "docs" / "register.md").read_text("utf-8")


def test_the_version_goes_with_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    before = register.version()
    line = TABLES["cases.Person"]
    monkeypatch.setitem(line.named, "gender", FieldClass.INTERNAL)

    assert re.fullmatch(r"[0-9a-f]{12}", before)
    assert register.version() != before


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_the_page_shows_each_cell_and_is_light(
    visiting: Any, officer: Member, language: str
) -> None:
    make.make_agency(type="consulate", htcds={"org_ShippingCountry": "PL"})
    officer.language = language
    officer.save()
    visitor = visiting(officer)
    with translation.override(language):
        wanted = sheets(officer, on=make.today())
        tables = every_table()

    answer, asked = visitor.asks(REGISTER)
    annex, asked_again = visitor.asks(f"{REGISTER}tables/")

    assert _cells(answer) == [[s.head, *s.rows] for s in wanted]
    assert _cells(annex) == [[tables.head, *tables.rows]]
    assert max(asked, asked_again) <= 12
    assert max(len(answer.content), len(annex.content)) < 60_000


def _cells(answer: Any) -> list[list[list[str]]]:
    """Each table of a page, row by row, as a reader sees it."""
    page = answer.content.decode()
    return [
        [
            [
                unescape(cell)
                for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
            ]
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL)
    ]


def _named(found: list[Sheet], title: str) -> list[list[str]]:
    return next(sheet.rows for sheet in found if sheet.title == title)


def test_the_register_says_what_the_world_holds(officer: Member, home: Agency) -> None:
    make.make_agency(type="consulate", htcds={"org_ShippingCountry": "PL"})
    make.make_agency(type="consulate", htcds={"org_ShippingCountry": "BY"})
    make.make_agency(type="consulate", htcds={"org_ShippingCountry": "PL"}, is_active=False)

    found = sheets(officer, on=make.today())

    recipients = {kind: (count, groups) for kind, count, groups in _named(found, "Recipients")}
    assert set(recipients) == {str(kind.label) for kind in AgencyType}
    assert recipients["consulate"][0] == "2"
    shown = [labels.group(g) for g in most_for("police")]
    assert sorted(recipients["police"][1].split("; ")) == sorted(shown)
    assert _named(found, "Transfers to other countries") == [
        ["by the service itself", "none"],
        ["Poland", "1 agency"],
    ]
    who = _named(found, "Who answers for it")
    assert ["Controller", home.name] in who
    assert ["Data protection officer", f"{officer.known_as} {officer.email}".strip()] in who
    assert [
        "Legal bases and time limits checked by counsel",
        "no: to be checked by counsel",
    ] in who


def test_time_limits_are_those_of_the_jurisdiction(officer: Member) -> None:
    rows = _named(sheets(officer, on=make.today()), "Time limits")

    wanted = [
        [
            rule.title["en"],
            f"{rule.months} months"
            + (f", and until the age of {rule.until_age}" if rule.until_age else ""),
            rule.source,
        ]
        for rule in rules.rules()
    ]
    assert rows == (wanted or [["—"] * 3])


def test_the_file_has_the_cells_of_the_pages(visiting: Any, officer: Member) -> None:
    wanted = [*sheets(officer, on=make.today()), every_table()]

    answer = visiting(officer).see(f"{REGISTER}file/")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="register-{make.today().isoformat()}-{register.version()}.csv"'
    )
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    said = [["Register of processing"]]
    for sheet in wanted:
        said += [[], [sheet.title], list(map(str, sheet.head)), *sheet.rows]
    plain = [[re.sub(r"^'(?=[=+\-@\t\r\n])", "", cell) for cell in row] for row in rows]
    assert plain == said
    # The agency calls itself by a formula, and its telephone begins like one.
    assert ["Controller", "'=Ministry & Co"] in rows
    assert ["Where it is found", "'+375170000000"] in rows


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    said = as_csv([[f'{start}cmd|" /C calc"!A0', "a, b"]])

    assert said.startswith(MARK)
    cells = next(csv.reader(io.StringIO(said.removeprefix(MARK), newline="")))
    assert cells == [f'\'{start}cmd|" /C calc"!A0', "a, b"]


@pytest.mark.parametrize("role", BARRED)
@pytest.mark.parametrize("path", ["", "tables/", "file/"])
def test_others_are_refused(visiting: Any, home: Agency, role: Role, path: str) -> None:
    answer = visiting(make.make_member(agency=home, role=role)).see(f"{REGISTER}{path}")

    assert answer.status_code == 403
    assert not AuditEvent.objects.filter(event="read.register").exists()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DATA_PROTECTION_OFFICER])
def test_reading_and_taking_it_away_are_in_the_log(
    visiting: Any, home: Agency, role: Role
) -> None:
    member = make.make_member(agency=home, role=role)
    visitor = visiting(member)
    for path in ("", "tables/", "file/"):
        assert visitor.see(f"{REGISTER}{path}").status_code == 200

    events = AuditEvent.objects.filter(event="read.register").order_by("pk")
    version = register.version()
    assert [(each.actor, each.facts) for each in events] == [
        (member.username, {"as": shown, "version": version})
        for shown in ("page", "tables", "file")
    ]


def test_it_is_found_from_data_protection_and_from_the_log(
    visiting: Any, officer: Member
) -> None:
    visitor = visiting(officer)

    for path in ("/data-protection/", "/log/"):
        assert f'href="{REGISTER}"' in visitor.see(path).content.decode()

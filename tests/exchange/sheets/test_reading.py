"""Files as agencies have them: the toolkit, forms of KoBoToolbox and ODK, whatever Excel saved."""

import datetime as dt
import io
import json
import os
import signal
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from exchange import reader
from exchange.sheets import reading, writing
from exchange.sheets.entry import Entry, Fault, FileFault, FileKind, Part, RowFault, Unreadable
from exchange.sheets.lists import Lists
from exchange.sheets.standard import FIELDS
from tests.exchange.sheets import books
from tests.exchange.sheets.books import table

pytestmark = pytest.mark.django_db


def opened(content: bytes, lists: Lists, kind: FileKind | None = None) -> reading.Sheet:
    return reading.opened(io.BytesIO(content), kind, lists)


def entries(content: bytes, lists: Lists, kind: FileKind | None = None) -> list[Entry]:
    return list(opened(content, lists, kind).entries())


def only(content: bytes, lists: Lists) -> dict[str, Any]:
    """The values of the one case, which is whole."""
    (entry,) = entries(content, lists)
    assert entry.faults == []
    return entry.values


# -- The official toolkit

# What a person writes under each label of the toolkit, and what it is.
FILLED: dict[str, tuple[Any, str, Any]] = {
    "Case Owner": ("worker1", "cas_CaseOwner", "worker1"),
    "Salutation": ("Ms", "prs_Salutation", "Ms"),
    "First Name": ("Ганна ", "prs_FirstName", "Ганна"),
    "Second Name": ("Іванова", "prs_SecondName", "Іванова"),
    "Consent": ("Yes", "con_Consent", True),
    "Birthdate": (dt.date(1987, 3, 12), "prs_Birthdate", dt.date(1987, 3, 12)),
    "Gender": ("Feminine", "prs_Gender", "Feminine"),
    "Citizenship": ("BY", "prs_Citizenship", ["BY"]),
    "Title": ("Manager", "prs_Title", "Manager"),
    "Email": ("anna@example.org", "prs_Email", "anna@example.org"),
    "Home Phone": (375172000000, "prs_HomePhone", "375172000000"),
    "Mobile Phone": ("+375291234567", "prs_MobilePhone", "+375291234567"),
    "Mailing Street": ("Lenina 1", "prs_MailingStreet", "Lenina 1"),
    "Mailing City": ("Minsk", "prs_MailingCity", "Minsk"),
    "Mailing State/Province": ("Minsk region", "prs_MailingState", "Minsk region"),
    "Mailing Zip/Postal Code": (220030, "prs_MailingPostalCode", "220030"),
    "Mailing Country": ("Belarus", "prs_MailingCountry", "BY"),
    "Trafficking Status": (
        "Possible victim of trafficking", "vic_TraffickingStatus", "PossibleVictimOfTrafficking",
    ),
    "Trafficking Status Decision Making Organization": (
        "Court or prosecution", "vic_TraffickingStatusDecisionMakingOrg", "CourtOrProsecution",
    ),
    "Method of Recruitment": ("At work", "vic_MethodOfRecruitment", ["AtWork"]),
    "Location of Recruitment": ("An agency", "vic_LocationOfRecruitment", "An agency"),
    "Methods of Control": ("Debt bondage ", "vic_MethodsOfControl", ["DebtBondage"]),
    "Type of Exploitation": (
        "Forced military (by non-state actors)", "vic_TypeOfExploitation",
        ["ForcedMilitaryByNonStateActors"],
    ),
    "Forced Labour Industry": (
        "Water supply; sewerage, waste management and remediation", "vic_ForcedLabourIndustry",
        "E_WaterSupplySewerageWasteManagement",
    ),
    "Type of Sex Exploitation": (
        "Remote Interactive Services", "vic_TypeOfSexExploitation", ["RemoteInteractiveServices"],
    ),
    "Location of Exploitation": ("A farm", "vic_LocationOfExploitation", "A farm"),
    "Status": ("Follow up", "cas_Status", "FollowUp"),
    "Referring Organisation": ("A shelter", "cas_ReferringOrganisation", "A shelter"),
    "Incoming Referral Date": ("13.02.2021", "cas_IncomingReferralDate", dt.date(2021, 2, 13)),
    "Referring Primary Case Worker": ("B. B.", "cas_ReferringPrimaryCaseWorker", "B. B."),
    "Reason for Incoming Referral": (
        "Migration Or Change Of Location", "cas_ReasonForIncomingReferral",
        "MigrationOrChangeOfLocation",
    ),
    "Incoming Referral Details": ("By train", "cas_IncomingReferralDetails", "By train"),
    "Referred Organisation": ("A clinic", "cas_ReferredOrganisation", "A clinic"),
    "Referred Primary Case Worker": ("C. C.", "cas_ReferredPrimaryCaseWorker", "C. C."),
    "Reason for Outgoing Referral": ("Other", "cas_ReasonForOutgoingReferral", "Other"),
    "Outgoing Referral Date": ("2021-03-04", "cas_OutgoingReferralDate", dt.date(2021, 3, 4)),
    "Outgoing Referral Details": ("None", "cas_OutgoingReferralDetails", "None"),
    "Reason for Case Closure": ("Left", "cas_ReasonForCaseClosure", "Left"),
}  # fmt: skip
WRITTEN = {label: written for label, (written, _, _) in FILLED.items()}
SEVERAL = {
    "First Name": "B",
    "Citizenship": "BY; Ukraine",
    "Methods of Control": "DebtBondage;False promises; TakesEarnings",
}


def expected(row: int) -> Entry:
    told = {name: value for _, name, value in FILLED.values()}
    parts: dict[Part, list[dict[str, Any]]] = {}
    for part in (Part.REFERRED_IN, Part.REFERRED_OUT):
        parts[part] = [{name: told[name] for name in told if FIELDS[name].part == part}]
    values = {name: value for name, value in told.items() if FIELDS[name].part is None}
    return Entry(row, "", values, parts)


@pytest.mark.parametrize("single", [False, True])
def test_the_toolkits_38_columns_are_read_by_their_labels(single: bool, lists: Lists) -> None:
    sheet = opened(books.toolkit([WRITTEN, {"First Name": "B"}], single=single), lists)

    assert (len(FILLED), sheet.head.rows, sheet.head.entries, sheet.head.ignored) == (
        38,
        2,
        2,
        (),
    )
    assert sheet.head.kind == (FileKind.WORKBOOK_SINGLE if single else FileKind.WORKBOOK)
    assert list(sheet.entries()) == [expected(3), Entry(4, "", {"prs_FirstName": "B"})]


def test_several_codes_stand_in_a_cell_of_the_one_toolkit_and_not_of_the_other(
    lists: Lists,
) -> None:
    (many,) = entries(books.toolkit([SEVERAL]), lists)
    (single,) = entries(books.toolkit([SEVERAL], single=True), lists)

    assert (many.values["prs_Citizenship"], many.faults) == (["BY", "UA"], [])
    assert many.values["vic_MethodsOfControl"] == [
        "DebtBondage",
        "FalsePromises",
        "TakesEarnings",
    ]
    assert [(fault.row, fault.column, fault.code) for fault in single.faults] == [
        (3, "Citizenship", RowFault.ONE_CODE_ONLY),
        (3, "Methods of Control", RowFault.ONE_CODE_ONLY),
    ]


@pytest.mark.filterwarnings(
    "ignore:Data Validation extension"
)  # openpyxl's, when it fills one in
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("spreadsheet-v2.0.xlsx", FileKind.WORKBOOK),
        ("spreadsheet-v2.0-single-select.xlsx", FileKind.WORKBOOK_SINGLE),
    ],
)
def test_the_official_toolkit_itself(name: str, kind: FileKind, lists: Lists) -> None:
    """HTCDS_TOOLKIT names a folder with the files of UNMigration/HTCDS; they are not kept here."""
    folder = os.environ.get("HTCDS_TOOLKIT")
    if not folder:
        pytest.skip("HTCDS_TOOLKIT names no folder")
    book = load_workbook(Path(folder) / name)
    books.fill(book.worksheets[0], [WRITTEN, {"First Name": "B"}])
    sheet = opened(books.saved(book), lists)

    assert (sheet.head.kind, sheet.head.entries) == (kind, 2)
    assert list(sheet.entries()) == [expected(3), Entry(4, "", {"prs_FirstName": "B"})]


def test_every_choice_of_the_official_toolkit_is_known(lists: Lists) -> None:
    folder = os.environ.get("HTCDS_TOOLKIT")
    if not folder:
        pytest.skip("HTCDS_TOOLKIT names no folder")
    with pytest.warns(UserWarning, match="Data Validation extension"):
        book = load_workbook(Path(folder) / "spreadsheet-v2.0-single-select.xlsx")
    of = {"Country": "iso3166", "Country Code": "iso3166"} | {
        field.label: field.codes for field in FIELDS.values() if field.codes
    }
    of_form = {field.name.split("_")[1].casefold(): field.codes for field in FIELDS.values()}
    form = load_workbook(Path(folder) / "xlsform.xlsx")
    columns = book["validation"].iter_cols(min_row=3, values_only=True)
    choices = [
        (of[str(head)], str(choice))
        for head, *told in columns
        for choice in told
        if str(head) in of and choice
    ]
    asked = [
        (of_form[str(name)], str(spelling))
        for name, *both in form["choices"].iter_rows(min_row=2, values_only=True)
        for spelling in both
        if name not in (None, "consent")
    ]
    unknown = [each for each in choices + asked if lists.code(*each) is None]

    assert (unknown, len(choices), len(asked)) == ([], 596, 658)


# -- Headers


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("prs_FirstName", "prs_FirstName"),
        ("PRS_FIRSTNAME ", "prs_FirstName"),
        ("prs_First_Name", "prs_FirstName"),
        ("\u00a0First\u00a0Name\u00a0", "prs_FirstName"),
        ("first name", "prs_FirstName"),
        ("Mailing State/Province", "prs_MailingState"),
        ("mailing zip/postal code", "prs_MailingPostalCode"),
        ("MailingCity", "prs_MailingCity"),
        ("group/inner/prs_Second_Name", "prs_SecondName"),
        ("group-prs_Second_Name", "prs_SecondName"),
        ("group.prs_SecondName", "prs_SecondName"),
        ("Organisation Name", "org_Name"),
    ],
)
def test_a_header_is_known_by_its_spellings(header: str, name: str, lists: Lists) -> None:
    assert only(table(f"{header},x_a", "Minsk,1"), lists) == {name: "Minsk"}


def test_a_column_that_we_do_not_know_is_named_and_left(lists: Lists) -> None:
    content = books.book(
        ["prs_FirstName", "Shoe size", None, "x_Own", "_id"], ["A", 38, "B", "C", 1]
    )
    sheet = opened(content, lists)

    assert sheet.head.ignored == ("Shoe size", "C")
    assert list(sheet.entries()) == [Entry(2, "", {"prs_FirstName": "A"}, {}, {"x_Own": "C"})]


def test_the_deprecated_fields_are_still_read(lists: Lists) -> None:
    content = table(
        "prs_FirstName,vic_AgreementToManagePersonalData,vic_Vulnerabilities",
        "A,TRUE,Poverty;Mental health",
    )

    assert only(content, lists) == {
        "prs_FirstName": "A", "vic_AgreementToManagePersonalData": True,
        "vic_Vulnerabilities": ["Poverty", "MentalHealth"],
    }  # fmt: skip


# -- Cells


def cell(name: str, value: Any, lists: Lists) -> Any:
    """What the cell of a workbook is: its value, or the code of its fault."""
    (entry,) = entries(books.book(["x_a", name], ["1", value]), lists)
    found = entry.values | next(iter(entry.records.values()), [{}])[0]
    return entry.faults[0].code if entry.faults else found.get(name)


DAY = dt.date(2021, 2, 13)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021-02-13", DAY),
        ("2021-02-13T23:30:00.000+03:00", DAY),
        ("2021-02-13 10:00", DAY),
        ("13.02.2021", DAY),
        ("13/02/2021", DAY),
        ("02/13/2021", DAY),
        ("13-2-2021", DAY),
        ("5/5/2021", dt.date(2021, 5, 5)),
        (dt.date(2021, 2, 13), DAY),
        (dt.datetime(2021, 2, 13, 17, 30), DAY),  # noqa: DTZ001 -- a sheet has no time zone
        (dt.date(1900, 1, 31), dt.date(1900, 1, 31)),
        ("1899-12-31", dt.date(1899, 12, 31)),
        ("3/4/2021", RowFault.AMBIGUOUS_DATE),
        ("13.02.21", RowFault.NOT_A_DATE),
        ("30.02.2021", RowFault.NOT_A_DATE),
        ("0000-00-00", RowFault.NOT_A_DATE),
        ("spring 2021", RowFault.NOT_A_DATE),
        (2021, RowFault.NOT_A_DATE),
        (44240, RowFault.NOT_A_DATE),
        (True, RowFault.NOT_A_DATE),
    ],
)
def test_dates(written: Any, read: Any, lists: Lists) -> None:
    assert cell("prs_Birthdate", written, lists) == read


def test_the_other_dates_of_a_file_show_what_comes_first(lists: Lists) -> None:
    def days(*told: str) -> list[Any]:
        content = table("prs_FirstName,prs_Birthdate", *(f"A,{each}" for each in told))
        return [
            each.faults[0].code if each.faults else each.values["prs_Birthdate"]
            for each in entries(content, lists)
        ]

    april, march, late = dt.date(2021, 4, 3), dt.date(2021, 3, 4), dt.date(2021, 5, 25)
    assert days("3/4/2021", "25/5/2021") == [april, late]
    assert days("3/4/2021", "5/25/2021") == [march, late]
    assert days("3/4/2021", "5/25/2021", "25/5/2021") == [RowFault.AMBIGUOUS_DATE, late, late]


def test_a_workbook_that_counts_from_1904(lists: Lists) -> None:
    book = books.book(["prs_FirstName", "prs_Birthdate"], ["A", DAY])
    counts = books.part(book, "xl/workbook.xml").replace(
        b"<workbookPr/>", b'<workbookPr date1904="1"/>'
    )
    moved = books.parts(book, {"xl/workbook.xml": counts})

    assert only(book, lists)["prs_Birthdate"] == DAY
    # The same number of days, from another first day.
    assert only(moved, lists)["prs_Birthdate"] == DAY + dt.timedelta(1462)


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("prs_NumberOfChildren", 3, 3),
        ("prs_NumberOfChildren", "3", 3),
        ("prs_NumberOfChildren", 3.0, 3),
        ("prs_NumberOfChildren", "3,0", 3),
        ("prs_NumberOfChildren", 2.5, RowFault.NOT_A_WHOLE_NUMBER),
        ("prs_NumberOfChildren", "three", RowFault.NOT_A_NUMBER),
        ("prs_NumberOfChildren", "1e300", RowFault.NOT_A_WHOLE_NUMBER),
        ("prs_NumberOfChildren", True, RowFault.NOT_A_NUMBER),
        ("prs_MailingLatitude", "53,9023", 53.9023),
        ("prs_MailingLatitude", -27.5615, -27.5615),
        ("prs_MailingLatitude", "NaN", RowFault.NOT_A_NUMBER),
        ("prs_MailingLatitude", "53°54'", RowFault.NOT_A_NUMBER),
        ("con_Consent", True, True),
        ("con_Consent", 0, False),
        ("con_Consent", "TRUE", True),
        ("con_Consent", "ложь", False),
        ("con_Consent", "Так", True),
        ("con_Consent", "нет", False),
        ("con_Consent", "perhaps", RowFault.NOT_YES_OR_NO),
        ("prs_IdentityNumber", 4123456, "4123456"),
        ("prs_IdentityNumber", 7.0, "7"),
        ("prs_IdentityNumber", 7.25, "7.25"),
        ("prs_IdentityNumber", DAY, "2021-02-13"),
        ("prs_IdentityNumber", "a\r\nb", "a\nb"),
    ],
)
def test_numbers_flags_and_texts(name: str, written: Any, read: Any, lists: Lists) -> None:
    found = cell(name, written, lists)

    assert (found, type(found)) == (read, type(read))


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        ("prs_Gender", "Feminine", "Feminine"),
        ("prs_Gender", "feminine\u00a0 ", "Feminine"),
        ("prs_Gender", "NON-CONFORMING", "NonConforming"),
        ("prs_Gender", "мужской", "Masculine"),
        ("prs_Gender", "M", RowFault.UNKNOWN_CODE),
        ("prs_Gender", "Feminine;Masculine", RowFault.ONE_CODE_ONLY),
        ("vic_MethodsOfControl", "DebtBondage FalsePromises", ["DebtBondage", "FalsePromises"]),
        ("vic_MethodsOfControl", "Other; DebtBondage ;Other", ["Other", "DebtBondage"]),
        ("vic_MethodsOfControl", "Ограничивают свободу передвижения", ["RestrictsMovement"]),
        ("vic_MethodsOfControl", "DebtBondage;Hypnosis", RowFault.UNKNOWN_CODE),
        ("vic_MethodsOfControl", ";", RowFault.UNKNOWN_CODE),
        ("vic_ForcedLabourIndustry", "Construction", "F_Construction"),
        ("prs_Citizenship", "BLR;Украина; lithuania", ["BY", "UA", "LT"]),
        ("prs_Citizenship", "Беларусь", ["BY"]),
        ("prs_Citizenship", "Narnia", RowFault.UNKNOWN_CODE),
        ("hte_Country", "беларусь", "BY"),
        ("prs_PrimaryLanguage", "be", "bel"),
        ("prs_PrimaryLanguage", "bel", "bel"),
        ("prs_PrimaryLanguage", "Belarusian", "bel"),
        ("prs_PrimaryLanguage", "русский", "rus"),
        ("prs_PrimaryLanguage", "deu", "ger"),
        ("prs_PrimaryLanguage", "Elvish", RowFault.UNKNOWN_CODE),
    ],
)
def test_codes(name: str, written: str, read: Any, lists: Lists) -> None:
    assert cell(name, written, lists) == read


def test_more_industries_than_the_standard_has_room_for_are_kept_apart(lists: Lists) -> None:
    """Its XLSForm lets people choose several."""
    told = (
        "C_Manufacturing;Water supply; sewerage, waste management and remediation;P_Education"
    )
    (entry,) = entries(books.book(["x_a", "vic_ForcedLabourIndustry"], ["1", told]), lists)

    assert (entry.values, entry.faults) == ({"vic_ForcedLabourIndustry": "C_Manufacturing"}, [])
    assert entry.extra == {
        "x_a": "1",
        "x_More_vic_ForcedLabourIndustry": "E_WaterSupplySewerageWasteManagement;P_Education",
    }


# -- Texts with delimiters


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_csv_in_any_encoding_with_any_delimiter(
    encoding: str, delimiter: str, lists: Lists
) -> None:
    head = delimiter.join(["prs_FirstName", "prs_SecondName", "prs_Title"])
    row = delimiter.join(["Ганна", '"Смит, ""мл."""', '"две\r\nстроки"'])

    assert only(table(head, row, encoding=encoding), lists) == {
        "prs_FirstName": "Ганна", "prs_SecondName": 'Смит, "мл."', "prs_Title": "две\nстроки",
    }  # fmt: skip


def test_excel_may_say_the_delimiter_in_a_first_line(lists: Lists) -> None:
    (entry,) = entries(table("sep=;", "prs_FirstName;prs_Title", "A;B"), lists)

    assert entry == Entry(3, "", {"prs_FirstName": "A", "prs_Title": "B"})


def test_blank_lines_and_delimiters_at_the_end_are_nothing(lists: Lists) -> None:
    content = table("prs_FirstName,prs_Title", "", "A,B,,", ",", "   , ", "C,D", "")

    assert entries(content, lists) == [
        Entry(3, "", {"prs_FirstName": "A", "prs_Title": "B"}),
        Entry(6, "", {"prs_FirstName": "C", "prs_Title": "D"}),
    ]


# -- Submissions


SUBMISSION = {
    "_id": 4711, "formhub/uuid": "f", "start": "2021-03-04T10:00:00.000+03:00",
    "con_Consent": "TRUE", "prs_First_Name": "Ганна", "prs_Birthdate": "1987-03-12",
    "vic_Methods_of_Control": "DebtBondage FalsePromises", "prs_Citizenship": "BY",
    "vic_ForcedLabourIndustry": "C_Manufacturing P_Education", "__version__": "v",
    "cas_IncomingReferralDate": "2021-02-13", "meta/instanceID": "uuid:0d6a",
    "stay/hte": [
        {"stay/hte/hte_City": "Minsk", "stay/hte/hte_Type": "Transit"},
        {"stay/hte/hte_City": "Brest"},
    ],
}  # fmt: skip
SUBMITTED = Entry(
    1,
    "0d6a",
    {
        "con_Consent": True,
        "prs_FirstName": "Ганна",
        "prs_Birthdate": dt.date(1987, 3, 12),
        "vic_MethodsOfControl": ["DebtBondage", "FalsePromises"],
        "prs_Citizenship": ["BY"],
        "vic_ForcedLabourIndustry": "C_Manufacturing",
    },
    {
        Part.REFERRED_IN: [{"cas_IncomingReferralDate": DAY}],
        Part.EVENT: [{"hte_City": "Minsk", "hte_Type": "Transit"}, {"hte_City": "Brest"}],
    },
    {"x_More_vic_ForcedLabourIndustry": "P_Education"},
)


@pytest.mark.parametrize(
    "envelope",
    [
        lambda each: [each],
        lambda each: {"count": 1, "next": None, "previous": None, "results": [each]},
        lambda each: {"@odata.context": "x", "value": [each]},
    ],
    ids=["bare", "KoBoToolbox", "ODK"],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_submissions_as_json(
    envelope: Callable[[Any], Any], ascii_only: bool, lists: Lists
) -> None:
    content = json.dumps(envelope(SUBMISSION), ensure_ascii=ascii_only, indent=2).encode()
    sheet = opened(content, lists)

    assert (sheet.head.kind, sheet.head.ignored) == (FileKind.SUBMISSIONS_JSON, ())
    assert list(sheet.entries()) == [SUBMITTED]


def test_a_submission_of_odk_keeps_groups_in_objects(lists: Lists) -> None:
    told = {"__id": "uuid:7", "person": {"prs_FirstName": "A", "inner": {"con_Consent": False}},
            "vic_MethodsOfControl": ["DebtBondage", "Other"], "shoe": {"size": 38}}  # fmt: skip
    sheet = opened(json.dumps({"value": [told]}).encode(), lists)

    assert sheet.head.ignored == ("shoe/size",)
    assert list(sheet.entries()) == [
        Entry(1, "7", {"prs_FirstName": "A", "con_Consent": False,
                       "vic_MethodsOfControl": ["DebtBondage", "Other"]}),
    ]  # fmt: skip


def test_a_fault_in_a_group_says_in_which_turn(lists: Lists) -> None:
    told = [{"prs_FirstName": "A", "e": [{"hte_Date": "2021-01-01"}, {"hte_Date": "long ago"}]}]
    (entry,) = entries(json.dumps(told).encode(), lists)

    assert entry.faults == [Fault(1, "e[2]/hte_Date", RowFault.NOT_A_DATE)]


@pytest.mark.parametrize("yes", ["1", "TRUE", "True"])
@pytest.mark.parametrize("slash", ["/", "."])
def test_submissions_as_csv_with_a_column_for_each_choice(
    yes: str, slash: str, lists: Lists
) -> None:
    question = f"g{slash}vic_Methods_of_Control{slash}"
    head = ["prs_First_Name", f"{question}DebtBondage", f"{question}FalsePromises",
            f"{question}Other", "_uuid", "_submission_time"]  # fmt: skip
    content = table(
        ";".join(f'"{each}"' for each in head),
        f'"A";"{yes}";"0";"{yes}";"u1";"2021-03-04"',
        '"B";"";"";"";"u2";"2021-03-04"',
        encoding="utf-8-sig",
    )
    sheet = opened(content, lists)

    assert sheet.head.kind == FileKind.SUBMISSIONS_CSV
    assert list(sheet.entries()) == [
        Entry(
            2, "u1", {"prs_FirstName": "A", "vic_MethodsOfControl": ["DebtBondage", "Other"]}
        ),
        Entry(3, "u2", {"prs_FirstName": "B"}),
    ]


def test_a_whole_answer_counts_before_its_choices(lists: Lists) -> None:
    content = table(
        "_id,prs_FirstName,vic_MethodsOfControl,vic_MethodsOfControl/Other",
        "1,A,DebtBondage Other,1",
    )

    assert only(content, lists)["vic_MethodsOfControl"] == ["DebtBondage", "Other"]


# -- Rows of one case


def test_rows_continue_a_case_with_its_reference_and_records_alone(lists: Lists) -> None:
    content = table(
        "x_Reference,prs_FirstName,hte_City,cco_CaseComment,x_hte_Source",
        "R1,A,Minsk,first,file",
        "R1,,Brest,,",
        "R1,,,second,",
        "R2,B,,,",
    )

    assert entries(content, lists) == [
        Entry(
            2, "R1", {"prs_FirstName": "A"},
            {Part.EVENT: [{"hte_City": "Minsk", "x_hte_Source": "file"}, {"hte_City": "Brest"}],
             Part.COMMENT: [{"cco_CaseComment": "first"}, {"cco_CaseComment": "second"}]},
        ),
        Entry(5, "R2", {"prs_FirstName": "B"}),
    ]  # fmt: skip


def test_a_reference_twice_is_a_fault_of_the_later_row(lists: Lists) -> None:
    again, nothing = RowFault.DUPLICATE_REFERENCE, RowFault.CONTINUES_NOTHING
    content = table(
        "x_Reference,prs_FirstName,hte_City",
        "R1,A,",
        "R1,B,",
        "R2,C,",
        "R1,,Minsk",
        "R3,,Minsk",
    )

    assert [
        (each.row, [(fault.row, fault.column, fault.code) for fault in each.faults])
        for each in entries(content, lists)
    ] == [
        (2, []),
        (3, [(3, "", again)]),
        (4, []),
        (5, [(5, "", again)]),
        (6, [(6, "", nothing)]),
    ]


def test_reading_goes_on_after_a_row(lists: Lists) -> None:
    content = table("x_Reference,prs_FirstName", "R1,A", "R2,B", "R1,C", "R3,D")
    sheet = opened(content, lists)

    assert list(sheet.entries(after=3)) == list(sheet.entries())[2:]
    assert [each.row for each in sheet.entries(after=3)] == [4, 5]
    # What stood before is still known.
    assert [fault.code for fault in next(sheet.entries(after=3)).faults] == [
        RowFault.DUPLICATE_REFERENCE
    ]


# -- Much of it

MANY = 20_000


def many() -> Iterator[Entry]:
    for number in range(MANY):
        yield Entry(
            0, f"R{number}",
            {"prs_FirstName": f"Ганна {number}", "prs_Birthdate": DAY, "con_Consent": True,
             "vic_MethodsOfControl": ["DebtBondage", "Other"],
             "cas_ReasonForCaseClosure": f"{number} " * 60},
        )  # fmt: skip


@pytest.mark.parametrize("kind", [FileKind.WORKBOOK, FileKind.CSV, FileKind.SUBMISSIONS_JSON])
def test_20000_rows_are_read_in_little_memory(
    kind: FileKind, tmp_path: Path, lists: Lists
) -> None:
    path = tmp_path / "many"
    with path.open("wb") as out:
        assert writing.write(kind, many(), out, watermark="EX-1") == MANY
    with path.open("rb") as file:
        sheet = reading.opened(file, kind, lists)
        tracemalloc.start()
        held = tracemalloc.get_traced_memory()[0]
        count = sum(not entry.faults for entry in sheet.entries())
        peak = tracemalloc.get_traced_memory()[1] - held
        tracemalloc.stop()

    assert count == MANY
    # All of the entries at once would be above 40 MB; what grows is the set of references.
    assert peak < 5 * 1024 * 1024


# -- The process that reads


def test_a_child_reads_what_we_read(lists: Lists) -> None:
    content = books.toolkit([WRITTEN, SEVERAL, {"First Name": "=1"}])
    pieces = [content[at : at + 1000] for at in range(0, len(content), 1000)]
    with reader.opened(pieces, kind=None, lists=lists) as sheet:
        told = list(sheet)
    with reader.opened(pieces, kind=FileKind.WORKBOOK, lists=lists, after=3) as sheet:
        later = list(sheet)

    assert (sheet.head, told) == (opened(content, lists).head, entries(content, lists))
    assert (len(told), later) == (3, told[1:])


def test_a_child_refuses_as_we_do(lists: Lists) -> None:
    with (
        pytest.raises(Unreadable) as refused,
        reader.opened([table("prs_FirstName,First Name", "A,B")], kind=None, lists=lists),
    ):
        raise AssertionError("it was refused before")

    assert refused.value.args == (FileFault.DUPLICATE_HEADER, 0, "First Name")


def test_a_file_that_is_too_large_is_not_listened_to(lists: Lists) -> None:
    endless = (b"x" * 1024 * 1024 for _ in range(40))

    with pytest.raises(Unreadable) as refused, reader.opened(endless, kind=None, lists=lists):
        raise AssertionError("it was refused before")

    assert refused.value.code == FileFault.TOO_LARGE


def test_a_child_that_falls_takes_nobody_with_it(lists: Lists) -> None:
    rows = (f"A,{'x' * 900}" for _ in range(2000))
    content = table("prs_FirstName,prs_Title", *rows)

    with (
        pytest.raises(Unreadable) as refused,
        reader.opened([content], kind=None, lists=lists) as sheet,
    ):
        first = next(iter(sheet))
        sheet.child.kill()
        list(sheet)

    assert (first.row, refused.value.code) == (2, FileFault.TOO_HEAVY)


def test_a_child_ends_with_its_reader(lists: Lists) -> None:
    content = table("prs_FirstName", *("A" for _ in range(20_000)))
    with reader.opened([content], kind=None, lists=lists) as sheet:
        next(iter(sheet))

    # It was still at work, and was not waited for.
    assert sheet.child.returncode == -signal.SIGKILL

"""What is written: the standard's own names and order, nothing that computes, and who made it."""

import csv
import io
import json
from typing import Any

import pytest
from openpyxl import load_workbook

from exchange.sheets import writing
from exchange.sheets.entry import Entry, FileKind, Part
from exchange.sheets.lists import Lists
from exchange.sheets.standard import CURRENT
from tests.exchange.sheets import books
from tests.exchange.sheets.test_round_trip import full, read

pytestmark = pytest.mark.django_db
DANGEROUS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'=1")
TABLES = (FileKind.CSV, FileKind.SUBMISSIONS_CSV)
WORKBOOKS = (FileKind.WORKBOOK, FileKind.WORKBOOK_SINGLE)


def written(kind: FileKind, *entries: Entry, **more: Any) -> bytes:
    out = io.BytesIO()
    writing.write(kind, entries, out, watermark="=EX-1", **more)
    return out.getvalue()


def rows(content: bytes, delimiter: str) -> list[list[str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=delimiter))


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_workbook_begins_like_the_toolkit(kind: FileKind, lists: Lists) -> None:
    extensions = ["x_Note", "x_More_vic_ForcedLabourIndustry"]
    book = load_workbook(io.BytesIO(written(kind, full(lists), extensions=extensions)))
    names, labels, first, second = book.worksheets[0].iter_rows(values_only=True)
    official = [name for name in books.NAMES if name is not None]
    more = [
        f"x_More_{field.name}"
        for field in CURRENT
        if field.many and kind == FileKind.WORKBOOK_SINGLE
    ]

    assert labels[1:39] == books.LABELS[1:]
    # The toolkit's names, put right over its labels.
    assert set(names[1:39]) == {
        *official, "cas_ReasonForOutgoingReferral", "vic_TraffickingStatusDecisionMakingOrg",
    } - {"vic_TraffickinStatusDecisionMakingOrg"}  # fmt: skip
    assert list(names[1:82]) == [field.name for field in CURRENT]
    assert list(names[82:]) == ["x_Reference", *more, *extensions]
    assert (first[0], second[0]) == (1, 2)
    assert [sheet.title for sheet in book] == [
        {"workbook": "Sheet1", "workbook_single": "Case Sheet"}[kind], "about",
    ]  # fmt: skip
    assert [row[0] for row in book["about"].iter_rows(values_only=True)] == [
        "Human Trafficking Case Data Standard 2.0", "=EX-1",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", TABLES)
def test_a_csv_says_in_each_row_who_made_it(kind: FileKind, lists: Lists) -> None:
    mark = "," if kind == FileKind.CSV else ";"
    extensions = ["x_Note", "x_More_vic_ForcedLabourIndustry"]
    names, first, second = rows(written(kind, full(lists), extensions=extensions), mark)

    assert names == [
        *(field.name for field in CURRENT), "x_Reference", *extensions, "x_Watermark",
    ]  # fmt: skip
    assert (first[-1], second[-1]) == ("'=EX-1", "'=EX-1")
    assert [len(first), len(second)] == [len(names)] * 2
    # The row that continues a case repeats its reference, and nothing else of it.
    assert [first[81], second[81], second[0], second[82]] == [
        "SH-7K3M-Q9TX", "SH-7K3M-Q9TX", "", "",
    ]  # fmt: skip


def test_submissions_say_it_too_and_keep_records_in_groups(lists: Lists) -> None:
    extensions = ["x_Note", "x_More_vic_ForcedLabourIndustry"]
    content = written(FileKind.SUBMISSIONS_JSON, full(lists), extensions=extensions)
    (submission,) = json.loads(content)["results"]

    assert {
        name: len(group) for name, group in submission.items() if isinstance(group, list)
    } == dict.fromkeys(Part, 2)
    assert (submission["x_Watermark"], submission["con_Consent"]) == ("=EX-1", "TRUE")
    assert submission["prs_Citizenship"] == "AD AE AF"


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_spreadsheet_takes_a_text_for_a_formula(text: str) -> None:
    entry = Entry(0, "A", {"prs_FirstName": text})
    name = [field.name for field in CURRENT].index("prs_FirstName")
    cells = [
        next(load_workbook(io.BytesIO(written(kind, entry))).worksheets[0].iter_rows(min_row=3))
        for kind in WORKBOOKS
    ]
    texts = [
        rows(written(kind, entry), mark)[1][name]
        for kind, mark in zip(TABLES, ",;", strict=True)
    ]

    assert [row[name + 1].data_type for row in cells] == ["s", "s"]
    assert texts == [f"'{text.replace(chr(13), chr(10))}"] * 2


def test_strict_writes_the_standards_own_codes(lists: Lists) -> None:
    ours = Entry(
        0, "A",
        {"vic_MethodsOfControl": ["RestrictsMovement", "Other", "DebtBondage"], "org_Type": "Shelter",
         "prs_Gender": "Feminine"},
    )  # fmt: skip

    def told(**more: Any) -> dict[str, str]:
        content = written(FileKind.CSV, ours, **more)
        names, first = rows(content, ",")
        return {
            name: value
            for name, value in zip(names, first, strict=True)
            if value and name in ours.values
        }

    assert told() == {
        "vic_MethodsOfControl": "RestrictsMovement;Other;DebtBondage", "org_Type": "Shelter",
        "prs_Gender": "Feminine",
    }  # fmt: skip
    assert told(strict=lists) == {
        "vic_MethodsOfControl": "Other;DebtBondage", "org_Type": "NGO", "prs_Gender": "Feminine",
    }  # fmt: skip


@pytest.mark.parametrize("kind", FileKind)
@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (Entry(0, "A", {}, {}, {"x_Other": "1"}), r"no column for \['x_Other'\]"),
        (Entry(0, "A", {"prs_Name": "1"}), r"no column for \['prs_Name'\]"),
    ],
)
def test_what_could_not_be_read_back_is_not_written(
    kind: FileKind, entry: Entry, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        written(kind, entry, extensions=["x_Note"])


@pytest.mark.parametrize("kind", FileKind)
def test_a_text_may_be_too_long_for_a_workbook_alone(kind: FileKind) -> None:
    long = Entry(0, "A", {"prs_FirstName": "a" * 32_768})
    if kind in WORKBOOKS:
        with pytest.raises(writing.TooLong):
            written(kind, long)
    else:
        assert b"a" * 32_768 in written(kind, long)


@pytest.mark.parametrize("kind", [*WORKBOOKS, *TABLES])
def test_rows_that_continue_a_case_need_its_reference(kind: FileKind) -> None:
    twice = Entry(0, "", {"prs_FirstName": "A"}, {Part.EVENT: [{"hte_City": "A"}] * 2})

    with pytest.raises(ValueError, match="needs a reference"):
        written(kind, twice)


@pytest.mark.parametrize("kind", FileKind)
def test_what_is_no_character_breaks_no_file(kind: FileKind, lists: Lists) -> None:
    (back,) = read(written(kind, Entry(0, "A", {"prs_FirstName": "a\x00\ufffeb"})), kind, lists)

    assert back.values == {"prs_FirstName": "a\ufffd\ufffdb"}

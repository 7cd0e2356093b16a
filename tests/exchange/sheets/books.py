"""Workbooks and other files as people and other programs make them, good and bad."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

# The official toolkit's first two rows: names that nobody sees, and labels. They disagree about
# the address, one name is misspelt, and one is missing.
NAMES = (
    None, "cas_CaseOwner", "prs_Salutation", "prs_FirstName", "prs_SecondName", "con_Consent",
    "prs_Birthdate", "prs_Gender", "prs_Citizenship", "prs_Title", "prs_Email", "prs_HomePhone",
    "prs_MobilePhone", "prs_MailingCity", "prs_MailingCountry", "prs_MailingState",
    "prs_MailingStreet", "prs_MailingPostalCode", "vic_TraffickingStatus",
    "vic_TraffickinStatusDecisionMakingOrg", "vic_MethodOfRecruitment",
    "vic_LocationOfRecruitment", "vic_MethodsOfControl", "vic_TypeOfExploitation",
    "vic_ForcedLabourIndustry", "vic_TypeOfSexExploitation", "vic_LocationOfExploitation",
    "cas_Status", "cas_ReferringOrganisation", "cas_IncomingReferralDate",
    "cas_ReferringPrimaryCaseWorker", "cas_ReasonForIncomingReferral",
    "cas_IncomingReferralDetails", "cas_ReferredOrganisation", "cas_ReferredPrimaryCaseWorker",
    None, "cas_OutgoingReferralDate", "cas_OutgoingReferralDetails", "cas_ReasonForCaseClosure",
)  # fmt: skip
LABELS = (
    None, "Case Owner", "Salutation", "First Name", "Second Name", "Consent", "Birthdate",
    "Gender", "Citizenship", "Title", "Email", "Home Phone", "Mobile Phone", "Mailing Street",
    "Mailing City", "Mailing State/Province", "Mailing Zip/Postal Code", "Mailing Country",
    "Trafficking Status", "Trafficking Status Decision Making Organization",
    "Method of Recruitment", "Location of Recruitment", "Methods of Control",
    "Type of Exploitation", "Forced Labour Industry", "Type of Sex Exploitation",
    "Location of Exploitation", "Status", "Referring Organisation", "Incoming Referral Date",
    "Referring Primary Case Worker", "Reason for Incoming Referral",
    "Incoming Referral Details", "Referred Organisation", "Referred Primary Case Worker",
    "Reason for Outgoing Referral", "Outgoing Referral Date", "Outgoing Referral Details",
    "Reason for Case Closure",
)  # fmt: skip
Change = Callable[[Worksheet], Any]


def toolkit(rows: Iterable[dict[str, Any]], *, single: bool = False) -> bytes:
    """The toolkit's shape, filled in under its labels; its rows are numbered up to 1,000."""
    book = Workbook()
    sheet = book["Sheet"]
    sheet.title = "Case Sheet" if single else "Sheet1"
    sheet.append(NAMES)
    sheet.append(LABELS)
    sheet.row_dimensions[1].hidden = True
    for number in range(1, 1001):
        sheet.append([number])
    fill(sheet, rows)
    book.create_sheet("about").append(["Microsoft Excel HTCDS 2.0"])
    if single:
        choices = book.create_sheet("validation")
        choices.append(["Validation Lookups"])
        choices.append([])
        choices.append([None, "Gender", "Method of Recruitment", "Status"])
        choices.append([None, "Feminine", "At work", "Active"])
    return saved(book)


def fill(sheet: Worksheet, rows: Iterable[dict[str, Any]]) -> None:
    """Write each row's values under the labels of the second row."""
    at = {cell.value: cell.column for cell in sheet[2] if cell.value}
    for number, row in enumerate(rows, start=3):
        for label, value in row.items():
            sheet.cell(number, at[label], value)


def book(*rows: Sequence[Any], change: Change = lambda sheet: None) -> bytes:
    """A workbook of one sheet."""
    made = Workbook()
    for row in rows:
        made["Sheet"].append(list(row))
    change(made["Sheet"])
    return saved(made)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parts(content: bytes, changed: Mapping[str, bytes | None]) -> bytes:
    """The archive with some of its parts changed, added or (None) left out."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            if name not in changed:
                after.writestr(name, before.read(name))
        for name, part in changed.items():
            if part is not None:
                after.writestr(name, part)
    return out.getvalue()


def part(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def table(*rows: str, encoding: str = "utf-8", end: str = "\r\n") -> bytes:
    """A CSV of these lines."""
    return "".join(row + end for row in rows).encode(encoding)

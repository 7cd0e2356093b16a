"""What a file holds: entries, one for each case, with what is wrong about them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class FileKind(StrEnum):
    """What a file may be."""

    WORKBOOK = (
        "workbook"  # the standard's Excel toolkit; several codes in a cell, joined by `;`
    )
    WORKBOOK_SINGLE = "workbook_single"  # the same with one code in a cell
    CSV = "csv"
    SUBMISSIONS_JSON = "submissions_json"  # of KoBoToolbox or ODK
    SUBMISSIONS_CSV = "submissions_csv"  # what KoBoToolbox or ODK exports


class Part(StrEnum):
    """What a case may have several of. The first four are `cases.workflow.RecordKind`'s."""

    EVENT = "event"
    PERPETRATOR = "perpetrator"
    REFERRED_IN = "referred_in"
    REFERRED_OUT = "referred_out"
    COMMENT = "comment"
    PLAN = "plan"


class FileFault(StrEnum):
    """Why a whole file is refused."""

    EMPTY = "empty_file"
    TOO_LARGE = "file_too_large"
    UNKNOWN_KIND = "unknown_kind"
    OTHER_KIND = "other_kind"
    BROKEN = "broken_file"
    OLD_WORKBOOK = "old_workbook"
    ENCRYPTED = "encrypted_file"
    MACROS = "macros"
    EXTERNAL_LINKS = "external_links"
    ZIP_BOMB = "zip_bomb"
    XML_ENTITIES = "xml_entities"
    NO_SHEET = "no_sheet"
    SHEET_HIDDEN = "sheet_hidden"
    SEVERAL_SHEETS = "several_sheets"
    MERGED_CELLS = "merged_cells"
    NO_KNOWN_HEADER = "no_known_header"
    WRONG_HEADERS = "wrong_headers"
    AMBIGUOUS_HEADER = "ambiguous_header"
    DUPLICATE_HEADER = "duplicate_header"
    NO_ROWS = "no_rows"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    UNKNOWN_ENCODING = "unknown_encoding"
    NUL_BYTE = "nul_byte"
    UNCLOSED_QUOTE = "unclosed_quote"
    BROKEN_QUOTES = "broken_quotes"
    TOO_DEEP = "too_deep"
    TOO_HEAVY = "too_heavy"


class RowFault(StrEnum):
    """What is wrong in one row; the other rows may still be taken."""

    UNEVEN_ROW = "uneven_row"
    DUPLICATE_REFERENCE = "duplicate_reference"
    CONTINUES_NOTHING = "continues_nothing"
    FORMULA = "formula"
    ERROR_CELL = "error_cell"
    CONTROL_CHARACTER = "control_character"
    CELL_TOO_LONG = "cell_too_long"
    UNKNOWN_CODE = "unknown_code"
    ONE_CODE_ONLY = "one_code_only"
    NOT_A_DATE = "not_a_date"
    AMBIGUOUS_DATE = "ambiguous_date"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_WHOLE_NUMBER = "not_a_whole_number"
    NOT_YES_OR_NO = "not_yes_or_no"
    NOT_A_TEXT = "not_a_text"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong where: row and column as the sheet itself shows them, never the value.

    A submission of a JSON file counts as a row, from 1; its column is the path inside it. The
    column is empty where the whole row is meant.
    """

    row: int
    column: str
    code: RowFault


@dataclass(slots=True)
class Entry:
    """One case as a file tells it. With a fault, the entry is not whole: do not take it.

    `values` and the records hold what is not empty, by official HTCDS names: a list of codes
    where several may be, one code, a `datetime.date`, an int, a float, a bool, or a text. The
    standard's three deprecated fields are among the values where a file still has them.
    An extension `x_hte_...`, `x_per_...`, `x_spl_...` or `x_cco_...` is of its record, the others
    are in `extra`. An organisation that is spoken of (`vic_LocationOfRecruitment`, `per_Organisation`, ...)
    is its name.
    """

    row: int
    reference: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    records: dict[Part, list[dict[str, Any]]] = field(default_factory=dict)
    # Our own and others' extensions: columns `x_...`, as text, kept apart.
    extra: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a file once it was looked through, before its first entry."""

    kind: FileKind
    rows: int  # that hold data
    entries: int
    ignored: tuple[str, ...] = ()  # columns that we do not know


class Unreadable(Exception):
    """The whole file is refused; row and column say where, if that helps."""

    def __init__(self, code: FileFault, row: int = 0, column: str = "") -> None:
        super().__init__(code, row, column)
        self.code, self.row, self.column = code, row, column

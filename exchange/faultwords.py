"""Why a file or a row of it is not taken, as a sentence for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from edge import phrases
from exchange.sheets.entry import FileFault, RowFault

FILES: dict[FileFault, Promise] = {
    FileFault.EMPTY: _("The file is empty."),
    FileFault.TOO_LARGE: _("The file is larger than 25 MB."),
    FileFault.UNKNOWN_KIND: _(
        "This is not a kind of file that can be read: an Excel workbook (.xlsx), a CSV, or "
        "submissions of KoBoToolbox or ODK."
    ),
    FileFault.OTHER_KIND: _("The file is of another kind than was said."),
    FileFault.BROKEN: _("The file cannot be read: it is broken, or a part of it is missing."),
    FileFault.OLD_WORKBOOK: _(
        "This is a workbook of an old kind (.xls). Save it as .xlsx and try again."
    ),
    FileFault.ENCRYPTED: _("The file is locked by a password. Save it without one."),
    FileFault.MACROS: _("The workbook has macros. Save it as .xlsx, without them."),
    FileFault.EXTERNAL_LINKS: _(
        "The workbook has links to other files or databases. Take them out and save it again."
    ),
    FileFault.ZIP_BOMB: _("The workbook unfolds to far more than it should."),
    FileFault.XML_ENTITIES: _("The workbook holds what no program for workbooks writes."),
    FileFault.NO_SHEET: _("The workbook has no sheet with cells."),
    FileFault.SHEET_HIDDEN: _("The sheet with the cases is hidden. Show it and save again."),
    FileFault.SEVERAL_SHEETS: _("More than one sheet has cases. Put one sheet in each file."),
    FileFault.MERGED_CELLS: _("Cells are merged. Unmerge them: each row is one case."),
    FileFault.NO_KNOWN_HEADER: _(
        "No column has a name of the standard. The first row must hold the names of the columns."
    ),
    FileFault.WRONG_HEADERS: _(
        "Few columns have names of the standard. Is this a list of something else?"
    ),
    FileFault.AMBIGUOUS_HEADER: _(
        "A column has a label that several fields have. Use the field’s own name."
    ),
    FileFault.DUPLICATE_HEADER: _("Two columns are the same field."),
    FileFault.NO_ROWS: _("Nothing stands under the names of the columns."),
    FileFault.TOO_MANY_ROWS: _("There are too many rows: split the file."),
    FileFault.TOO_MANY_COLUMNS: _("There are too many columns."),
    FileFault.UNKNOWN_ENCODING: _("The letters cannot be read. Save the file as UTF-8."),
    FileFault.NUL_BYTE: _("This is not a text file, or its letters are in an unknown form."),
    FileFault.UNCLOSED_QUOTE: _("A quotation mark is opened and never closed."),
    FileFault.BROKEN_QUOTES: _("Something stands beside a quotation mark that may not."),
    FileFault.TOO_DEEP: _("Groups are nested too deeply."),
    FileFault.TOO_HEAVY: _("The file takes too much to be read. Split it."),
}
ROWS: dict[RowFault, Promise] = {
    RowFault.UNEVEN_ROW: _("The row is longer or shorter than the row of names."),
    RowFault.DUPLICATE_REFERENCE: _("This reference stands further up already."),
    RowFault.CONTINUES_NOTHING: _("The row continues a case that does not stand above it."),
    RowFault.FORMULA: _("The cell holds a formula. Replace it by its value."),
    RowFault.ERROR_CELL: _("The cell shows an error."),
    RowFault.CONTROL_CHARACTER: _("The text has characters that cannot be seen or printed."),
    RowFault.CELL_TOO_LONG: _("The text is too long for a cell."),
    RowFault.UNKNOWN_CODE: _("This is not one of the known codes."),
    RowFault.ONE_CODE_ONLY: _("Only one code may stand here."),
    RowFault.NOT_A_DATE: _("This is not a date. Write 2026-03-09 or 09.03.2026."),
    RowFault.AMBIGUOUS_DATE: _(
        "Nobody can say which is the day and which the month. Write 2026-03-09 or 09.03.2026."
    ),
    RowFault.NOT_A_NUMBER: _("This is not a number."),
    RowFault.NOT_A_WHOLE_NUMBER: _("This is not a whole number."),
    RowFault.NOT_YES_OR_NO: _("This is neither yes nor no."),
    RowFault.NOT_A_TEXT: _("This is not a text."),
}
SENTENCES: dict[str, Promise] = {str(code): words for code, words in (FILES | ROWS).items()}


def of(code: str) -> str:
    """The sentence for what is wrong with a file, a row of it, or the case that it would be."""
    return str(SENTENCES[code]) if code in SENTENCES else phrases.of(code)

"""What each column of a file is: by the official name, by its label, by the spellings in use.

Official names may be written in any case and with `_` or blanks between their words, as the
standard's XLSForm does. Where a toolkit's hidden name and its label disagree (its address
columns do), the label counts, for it is what people saw when they filled it in.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from exchange.sheets.cells import Cell
from exchange.sheets.entry import FileFault, Part, Unreadable
from exchange.sheets.lists import Lists, folded
from exchange.sheets.standard import FIELDS, PARTS, Holds, StandardField

REFERENCE, WATERMARK, EXTENSION = "x_Reference", "x_Watermark", "x_"
# Of a column that can hold one code only, the further codes: `x_More_vic_MethodsOfControl`.
FURTHER = "x_More_"
OWN = re.compile(r"x_[A-Za-z0-9_]{1,80}")
LONGEST_SHOWN = 80
# The toolkit's own slip.
MISSPELT = {
    "vic_TraffickinStatusDecisionMakingOrg": "vic_TraffickingStatusDecisionMakingOrg",
}
# What KoBoToolbox and ODK call the one name that a submission has for ever.
INSTANCES = frozenset(
    {"_uuid", "__id", "key", "instanceid", "meta/instanceid", "meta-instanceid"}
)
# What they add besides. `start` and `end` are questions of the standard's own XLSForm.
ADDED = frozenset(
    {"start", "end", "today", "deviceid", "username", "simserial", "subscriberid", "phonenumber",
     "audit", "__version__", "_id", "_index", "_parent_index", "_parent_table_name", "_submission__id",
     "_submission__uuid", "_submission_time", "_submitted_by", "_validation_status", "_status",
     "_tags", "_attachments", "_geolocation", "_xform_id_string", "_bamboo_dataset_id", "_notes",
     "submissiondate", "submitterid", "submittername", "attachmentspresent",
     "attachmentsexpected", "reviewstate", "edits", "formversion", "formhub/uuid",
     "meta/instancename", "meta/rootuuid", "meta/deprecatedid", "meta-instancename", "__system"}
)  # fmt: skip
PATH = re.compile(r"[/.-]")


class Role(Enum):
    """What a column is for."""

    FIELD = auto()
    CHOICE = auto()  # one code of a field, yes or no
    FURTHER = auto()  # the codes of a field that had no room in its own column
    EXTENSION = auto()
    REFERENCE = auto()
    INSTANCE = auto()  # a submission's own name: its reference, if it has no other
    UNNAMED = auto()
    NOTHING = auto()  # what we or KoBoToolbox added and nobody needs
    UNKNOWN = auto()
    AMBIGUOUS = auto()  # a label that several fields have


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `shown` is its header as the file has it; `name` that of an extension, or the code
    of a choice."""

    shown: str
    role: Role
    field: StandardField | None = None
    name: str = ""

    @property
    def part(self) -> Part | None:
        """Which records of a case it belongs to, if it does."""
        if self.field is not None:
            return self.field.part
        return PARTS.get(self.name.removeprefix(EXTENSION)[:4].lower())

    @property
    def target(self) -> tuple[Role, str]:
        """What may not be there twice."""
        return self.role, self.name + (self.field.name if self.field else "")


def _squeezed(header: str) -> str:
    return folded(header).replace("_", "").replace(" ", "")


NAMES: dict[str, StandardField] = {_squeezed(name): field for name, field in FIELDS.items()} | {
    _squeezed(slip): FIELDS[name] for slip, name in MISSPELT.items()
}
LABELS: dict[str, list[StandardField]] = {}
for _field in FIELDS.values():
    LABELS.setdefault(_squeezed(_field.label), []).append(_field)


def shown(header: Cell) -> str:
    return " ".join(str(header).split())[:LONGEST_SHOWN] if isinstance(header, str) else ""


def column(header: str, lists: Lists) -> Column:
    """The column of that header."""
    known = _by_name(header) or _by_label(header) or _by_path(header, lists)
    return known or Column(header, Role.UNKNOWN if header else Role.UNNAMED)


def _by_name(header: str) -> Column | None:
    squeezed, plain = _squeezed(header), folded(header)
    if squeezed in NAMES:
        return Column(header, Role.FIELD, NAMES[squeezed])
    if plain in INSTANCES:
        return Column(header, Role.INSTANCE)
    if plain.startswith("x_"):
        return _own(header.strip())
    if plain in ADDED:
        return Column(header, Role.NOTHING)
    return None


def _own(header: str) -> Column | None:
    """A column of ours, or an extension of somebody's."""
    if not OWN.fullmatch(header, 0):
        return None
    if header.casefold() == REFERENCE.casefold():
        return Column(header, Role.REFERENCE)
    if header.casefold() == WATERMARK.casefold():
        return Column(header, Role.NOTHING)
    more = NAMES.get(_squeezed(header[len(FURTHER) :]))
    if header.casefold().startswith(FURTHER.casefold()) and more is not None and more.many:
        return Column(header, Role.FURTHER, more)
    return Column(header, Role.EXTENSION, name=header)


def _by_label(header: str) -> Column | None:
    fields = LABELS.get(_squeezed(header), [])
    if len(fields) > 1:
        return Column(header, Role.AMBIGUOUS)
    return Column(header, Role.FIELD, fields[0]) if fields else None


def _by_path(header: str, lists: Lists) -> Column | None:
    """A question inside groups, or one choice of a question: `group/question/choice`."""
    *before, last = PATH.split(header)
    if not before:
        return None
    found = _by_name(last)
    if found is not None and found.role != Role.NOTHING:
        return Column(header, found.role, found.field, found.name)
    question = NAMES.get(_squeezed(before[-1]))
    if question is not None and question.holds == Holds.CODE:
        code = lists.code(question.codes, last)
        return None if code is None else Column(header, Role.CHOICE, question, code)
    return None


def columns(names: Sequence[Cell], labels: Sequence[Cell] | None, lists: Lists) -> list[Column]:
    """The columns of a table, by its header and, if there is one, by its row of labels.

    Raises Unreadable if there is no header that we know, or two for the same.
    """
    width = max(len(names), len(labels or ()))
    found = _settled(
        [_at(names, at) for at in range(width)],
        [_at(labels or (), at) for at in range(width)],
        lists,
    )
    _require_known(found, by_label_alone=not has_names(names))
    require_once(found)
    return found


def _at(row: Sequence[Cell], at: int) -> str:
    return shown(row[at]) if at < len(row) else ""


def _settled(names: list[str], labels: list[str], lists: Lists) -> list[Column]:
    of_labels = [LABELS.get(_squeezed(label), []) if label else [] for label in labels]
    of_names = [
        column(name, lists) if name else column(label, lists)
        for name, label in zip(names, labels, strict=True)
    ]
    agreed = {
        each.field.name
        for each, fields in zip(of_names, of_labels, strict=True)
        if each.field is not None and each.field in fields
    }
    return [
        _label_first(each, label, fields, agreed)
        for each, label, fields in zip(of_names, labels, of_labels, strict=True)
    ]


def _label_first(
    each: Column, label: str, fields: list[StandardField], agreed: set[str]
) -> Column:
    """The column by its label, if the label is one field's and no other column is that field by
    both its name and its label."""
    if not label:
        return each
    here = Column(label, each.role, each.field, each.name)
    if len(fields) != 1 or each.field in fields or fields[0].name in agreed:
        return here
    return Column(label, Role.FIELD, fields[0])


def is_labels(row: Sequence[Cell], names: Sequence[Cell]) -> bool:
    """Whether a row under the header only repeats it in words."""
    told = [(_at(names, at), shown(cell)) for at, cell in enumerate(row) if cell is not None]
    same = [label and (_squeezed(label) in LABELS or label == name) for name, label in told]
    return sum(map(bool, same)) * 2 > len(told)


def known_headers(row: Iterable[Cell]) -> int:
    """How many cells are the header of something, whatever the list of codes says."""
    return sum(_looks_known(shown(cell)) for cell in row)


def _looks_known(header: str) -> bool:
    if not header:
        return False
    squeezed = _squeezed(header)
    steps = [_squeezed(step) for step in PATH.split(header)[-2:]]
    return squeezed in NAMES or squeezed in LABELS or any(step in NAMES for step in steps)


def has_names(row: Iterable[Cell]) -> bool:
    """Whether any cell is an official name, alone or in a path."""
    return any(_squeezed(step) in NAMES for cell in row for step in PATH.split(shown(cell)))


def _require_known(found: list[Column], *, by_label_alone: bool) -> None:
    """A list of addresses has columns of the standard's labels, too."""
    known = [each for each in found if each.field is not None]
    named = [each for each in found if each.role != Role.UNNAMED]
    if not known:
        raise Unreadable(FileFault.NO_KNOWN_HEADER)
    if by_label_alone and len(known) * 2 < len(named):
        raise Unreadable(FileFault.WRONG_HEADERS)


ONCE = frozenset({Role.FIELD, Role.CHOICE, Role.FURTHER, Role.EXTENSION, Role.REFERENCE})


def require_once(found: Iterable[Column], row: int = 0) -> None:
    """Raise Unreadable where two columns are the same."""
    seen = set()
    for each in found:
        if each.role in ONCE and each.target in seen:
            raise Unreadable(FileFault.DUPLICATE_HEADER, row, each.shown)
        seen.add(each.target)

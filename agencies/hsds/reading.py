"""A file of another directory, read into HSDS's tables: JSON, or a data package of CSV or JSON tables
in a ZIP. Only what a file says; what it means is agencies/hsds/meaning.py's.

Nothing is unpacked to a disk, and never more than fits; a name inside a ZIP is looked at, not followed.
"""

import codecs
import csv
import io
import json
import struct
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from kernel.errors import Invalid

LARGEST = 10 * 1024 * 1024
# All that is unpacked together, and how many times its packed size a part may have.
LARGEST_UNPACKED = 40 * 1024 * 1024
MOST_PARTS = 100
# Characters in a cell of a table.
LONGEST_CELL = 100_000
# So far inside each other: the standard's own examples go to eight.
DEEPEST = 20
MOST_SERVICES, MOST_RECORDS = 2000, 60_000
PACKED = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# The second is of one that holds nothing.
ZIPS, JSON_STARTS = (b"PK\x03\x04", b"PK\x05\x06"), (b"{", b"[")
# What a broken ZIP makes its reader say.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError, ValueError,
)  # fmt: skip
# In the place of the name of a column that has none.
UNNAMED = "(unnamed)"
# By the names of the tables and of their files, which the standard writes in the plural.
TABLES = {
    "organization": "organizations", "service": "services", "location": "locations",
    "service_at_location": "services_at_location", "address": "addresses", "phone": "phones",
    "schedule": "schedules", "language": "languages", "service_area": "service_areas",
    "taxonomy_term": "taxonomy_terms", "attribute": "attributes",
}  # fmt: skip
BY_FILE = {
    **{name: name for name in TABLES}, **{file: name for name, file in TABLES.items()},
    "service_at_locations": "service_at_location",
}  # fmt: skip
# Parts of the standard that say nothing which the directory here has a place for.
NOT_TAKEN = frozenset(
    {
        "accessibility", "contact", "contacts", "cost_option", "cost_options", "funding",
        "metadata", "meta_table_description", "meta_table_descriptions",
        "organization_identifier", "organization_identifiers", "program", "programs", "required_document",
        "required_documents", "service_capacity", "taxonomies", "taxonomy", "unit", "units",
        "url", "urls", "datapackage",
    }
)  # fmt: skip
# In nested JSON: what hangs on a record, its table, and the name of its reference back.
NESTED: dict[str, dict[str, tuple[str, str]]] = {
    "service": {
        "phones": ("phone", "service_id"), "schedules": ("schedule", "service_id"),
        "languages": ("language", "service_id"), "attributes": ("attribute", "link_id"),
        "service_areas": ("service_area", "service_id"),
        "service_at_locations": ("service_at_location", "service_id"),
    },
    "location": {"addresses": ("address", "location_id")},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """One record, and where it stands: the file, the line or the number in it, and inside that;
    `fault` is what is wrong with it as a whole."""

    file: str
    row: int
    values: dict[str, Any]
    path: str = ""
    fault: str = ""


@dataclass(slots=True)
class Tables:
    """The records by table, and the files of which nothing is taken."""

    records: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    ignored: set[str] = field(default_factory=set)

    def add(self, table: str, record: Record) -> None:
        self.records[table].append(record)
        if len(self.records["service"]) > MOST_SERVICES:
            raise Invalid("too_many_services", pointer="/file")
        if sum(map(len, self.records.values())) > MOST_RECORDS:
            raise Invalid("too_many_records", pointer="/file")


def plain(words: str, longest: int) -> str:
    """Words of a file that are shown as they stand, such as a name that nobody knows."""
    return "".join(sign if sign.isprintable() else "?" for sign in words[:longest])


def tables_of(content: bytes) -> Tables:
    """The tables of a file. Raises Invalid at /file where it cannot be read as a whole."""
    if len(content) > LARGEST:
        raise Invalid("file_too_large", pointer="/file")
    if not content.strip():
        raise Invalid("file_is_empty", pointer="/file")
    tables = Tables()
    if content.startswith(ZIPS):
        _read_package(content, tables)
    elif _text(content).lstrip()[:1].encode() in JSON_STARTS:
        _read_services(_json(content), "services.json", tables)
    else:
        raise Invalid("not_an_hsds_file", pointer="/file")
    if not tables.records["service"]:
        raise Invalid("no_services_in_the_file", pointer="/file")
    return tables


def _read_package(content: bytes, tables: Tables) -> None:
    for name, text in _parts(content):
        path = PurePosixPath(name)
        table = BY_FILE.get(path.stem.lower())
        if table is None:
            tables.ignored.add(plain(path.name, 80))
        elif path.suffix.lower() == ".csv":
            _read_csv(text, path.name, table, tables)
        elif path.suffix.lower() == ".json":
            _read_table(_json(text), path.name, table, tables)
        else:
            tables.ignored.add(plain(path.name, 80))


def _parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a ZIP by their names, each read to its end and no further than allowed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            files = [each for each in package.infolist() if not each.is_dir()]
            if len(files) > MOST_PARTS:
                raise Invalid("too_many_files", pointer="/file")
            left = LARGEST_UNPACKED
            for each in files:
                if each.flag_bits & 1:
                    raise Invalid("file_is_locked", pointer="/file")
                if each.compress_type not in PACKED:
                    raise Invalid("file_is_damaged", pointer="/file")
                if PurePosixPath(each.filename).suffix.lower() not in {".csv", ".json"}:
                    yield each.filename, b""
                    continue
                with package.open(each) as part:
                    # One more than is allowed: what a head says of the size is not believed.
                    text = part.read(left + 1)
                if len(text) > left:
                    raise Invalid("file_unpacks_too_large", pointer="/file")
                left -= len(text)
                yield each.filename, text
    except UNREADABLE as fault:
        raise Invalid("file_is_damaged", pointer="/file") from fault


def _read_csv(content: bytes, name: str, table: str, tables: Tables) -> None:
    # Said here: the limit is the process's own, and others set theirs.
    csv.field_size_limit(LONGEST_CELL)
    lines = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        head = [each.strip() for each in next(lines, [])]
        named = [each for each in head if each]
        if len(set(named)) != len(named):
            raise Invalid("column_stands_twice", pointer=f"/file/{plain(name, 80)}")
        if len(named) != len(head):
            tables.ignored.add(f"{table}.{UNNAMED}")
        for cells in lines:
            if any(map(str.strip, cells)):
                pairs = zip(head, cells, strict=False)
                values = {n: cell.strip() for n, cell in pairs if n and cell.strip()}
                fault = "" if _fit(cells, head) else "cells_are_not_as_many_as_columns"
                tables.add(table, Record(name, lines.line_num, values, fault=fault))
    except csv.Error as fault:
        raise Invalid("file_is_not_csv", pointer=f"/file/{plain(name, 80)}") from fault


def _fit(cells: list[str], head: list[str]) -> bool:
    """Whether each named column has its cell, and no word stands beyond the last column: programs
    that make tables leave empty ends."""
    last = max((n for n, each in enumerate(head, start=1) if each), default=0)
    return len(cells) >= last and not any(map(str.strip, cells[len(head) :]))


def _read_table(value: Any, name: str, table: str, tables: Tables) -> None:
    """A table as a list of records, which may hold others."""
    if table == "service":
        _read_services(value, name, tables)
        return
    if not isinstance(value, list):
        raise Invalid("not_a_list", pointer=f"/file/{plain(name, 80)}")
    for n, each in enumerate(value, start=1):
        _add(table, each, Record(name, n, {}), tables)


def _read_services(value: Any, name: str, tables: Tables) -> None:
    """Services as the standard's API lists them, each with its organization inside."""
    if isinstance(value, dict):
        value = value.get("contents", value.get("services", [value]))
    if not isinstance(value, list):
        raise Invalid("not_a_list", pointer="/file")
    for n, each in enumerate(value, start=1):
        _add("service", each, Record(name, n, {}), tables)


def _add(table: str, value: Any, at: Record, tables: Tables) -> None:
    """A record and what hangs on it, each in its own table."""
    if at.path.count("/") > DEEPEST:
        raise Invalid("body_too_deep", pointer="/file")
    if not isinstance(value, dict):
        tables.add(table, Record(at.file, at.row, {}, at.path, "not_a_record"))
        return
    own = {name: inner for name, inner in value.items() if inner not in (None, "", [], {})}
    for name, (inner_table, back) in NESTED.get(table, {}).items():
        below = own.pop(name, [])
        for n, inner in enumerate(below if isinstance(below, list) else [below]):
            there = Record(at.file, at.row, {}, f"{at.path}{name}/{n}/")
            owned = inner | {back: value.get("id")} if isinstance(inner, dict) else inner
            _add(inner_table, owned, there, tables)
    for name, inner_table in (("organization", "organization"), ("location", "location")):
        inner = own.pop(name, None)
        if isinstance(inner, dict):
            own.setdefault(f"{name}_id", inner.get("id"))
            _add(inner_table, inner, Record(at.file, at.row, {}, f"{at.path}{name}/"), tables)
    term = own.pop("taxonomy_term", None)
    if isinstance(term, dict):
        own["taxonomy_term"] = term.get("name") or term.get("code")
    tables.add(table, Record(at.file, at.row, own, at.path))


def _json(content: bytes) -> Any:
    try:
        return json.loads(_text(content), parse_constant=_no_constant)
    except (ValueError, RecursionError) as fault:
        raise Invalid("file_is_not_json", pointer="/file") from fault


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _text(content: bytes) -> str:
    """UTF-8, or UTF-16 with its mark. Nothing is guessed: a wrong guess would be kept."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Invalid("file_is_not_utf8", pointer="/file") from fault
    if "\x00" in text:
        raise Invalid("null_characters_not_allowed", pointer="/file")
    return text

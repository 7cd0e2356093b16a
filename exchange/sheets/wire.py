"""Entries as lines, from the process that reads a file to the one that asked for it."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from exchange.sheets.entry import (
    Entry,
    Fault,
    FileFault,
    FileKind,
    Head,
    Part,
    RowFault,
    Unreadable,
)
from exchange.sheets.standard import FIELDS, Holds

# What a line may say.
Said = Head | Entry | Unreadable | None


def line(said: Said) -> bytes:
    """The line of it; None says that the file was read to its end."""
    told = asdict(said) if isinstance(said, Head | Entry) else _refusal(said)
    words = {NAMES[type(said)]: told}
    return json.dumps(words, default=dt.date.isoformat).encode() + b"\n"


def said(line: bytes) -> Said:
    (name, told), *_ = json.loads(line).items()
    return READ[name](told)


def _refusal(said: Unreadable | None) -> dict[str, Any]:
    return {} if said is None else {"code": said.code, "row": said.row, "column": said.column}


def _entry(told: dict[str, Any]) -> Entry:
    return Entry(
        row=told["row"],
        reference=told["reference"],
        values=_values(told["values"]),
        records={
            Part(part): [_values(record) for record in records]
            for part, records in told["records"].items()
        },
        extra=told["extra"],
        faults=[
            Fault(each["row"], each["column"], RowFault(each["code"]))
            for each in told["faults"]
        ],
    )


def _head(told: dict[str, Any]) -> Head:
    kind, ignored = FileKind(told["kind"]), tuple(told["ignored"])
    return Head(kind, told["rows"], told["entries"], ignored)


def _values(told: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in told.items()}


def _value(name: str, value: Any) -> Any:
    """Of what a JSON has no kind for, a date alone is among the values."""
    dated = name in FIELDS and FIELDS[name].holds == Holds.DATE
    return dt.date.fromisoformat(value) if dated else value


NAMES = {Head: "head", Entry: "entry", Unreadable: "refused", type(None): "end"}
READ: dict[str, Callable[[dict[str, Any]], Said]] = {
    "head": _head,
    "entry": _entry,
    "refused": lambda told: Unreadable(FileFault(told["code"]), told["row"], told["column"]),
    "end": lambda _: None,
}

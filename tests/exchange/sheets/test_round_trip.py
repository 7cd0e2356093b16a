"""What is written is read back: every field, every kind of file, nothing lost."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from exchange.sheets import reading, wire, writing
from exchange.sheets.entry import Entry, FileKind, Part
from exchange.sheets.lists import Lists
from exchange.sheets.standard import CURRENT, OF_PART, Holds, StandardField

pytestmark = pytest.mark.django_db
TIMES = hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=list(HealthCheck)
)
EXTENSIONS = ("x_Note", "x_More_vic_ForcedLabourIndustry", "x_hte_Source", "x_per_Relation")
# Anything a person can type, and what they type that a spreadsheet takes for something else.
TEXTS = st.one_of(
    st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("\n\t;,\"' "),
        max_size=60,
    ),
    st.sampled_from(["=1+1", "+375291234567", "-1", "@a", "'=x", "''", "007", "1e5", "TRUE", "#N/A",
                     "_x0041_", "_x005F_", "1/2/2003", "2003-01-02", "a;b", "Ж\nЁ", "null", "[]"]),
)  # fmt: skip
TEXT = TEXTS.map(str.strip).filter(bool)


def read(content: bytes, kind: FileKind | None, lists: Lists) -> list[Entry]:
    return list(reading.opened(io.BytesIO(content), kind, lists).entries())


def written(kind: FileKind, entries: Sequence[Entry], **more: Any) -> bytes:
    out = io.BytesIO()
    count = writing.write(
        kind, entries, out, watermark="EX-1 member1", extensions=EXTENSIONS, **more
    )
    assert count == len(entries)
    return out.getvalue()


def told(entries: Sequence[Entry]) -> list[Entry]:
    """Without the rows: where an entry stands is not what it says."""
    return [
        Entry(0, each.reference, each.values, each.records, each.extra, each.faults)
        for each in entries
    ]


def value(field: StandardField, lists: Lists) -> st.SearchStrategy[Any]:
    codes = sorted(set(lists.codes.get(field.codes, {}).values()))
    kinds: dict[Holds, st.SearchStrategy[Any]] = {
        Holds.TEXT: TEXT,
        Holds.DATE: st.dates(),
        Holds.FLAG: st.booleans(),
        Holds.WHOLE: st.integers(-(10**14), 10**14),
        Holds.NUMBER: st.floats(-180, 180),
    }
    if field.holds != Holds.CODE:
        return kinds[field.holds]
    some = st.sampled_from(codes)
    return st.lists(some, min_size=1, unique=True, max_size=6) if field.many else some


def values(
    fields: Sequence[StandardField], lists: Lists, *own: str
) -> st.SearchStrategy[dict[str, Any]]:
    known = {field.name: value(field, lists) for field in fields}
    return st.fixed_dictionaries({}, optional=known | dict.fromkeys(own, TEXT)).filter(bool)


def entries(lists: Lists) -> st.SearchStrategy[list[Entry]]:
    """Cases with any of the fields, and with several records of each part."""
    own = {Part.EVENT: ["x_hte_Source"], Part.PERPETRATOR: ["x_per_Relation"]}
    records = {
        part: st.lists(values(OF_PART[part], lists, *own.get(part, ())), min_size=1, max_size=3)
        for part in Part
    }
    entry = st.builds(
        Entry,
        row=st.just(0),
        reference=st.from_regex(r"[A-Z0-9][A-Za-zЖё0-9-]{0,12}", fullmatch=True),
        values=values([field for field in CURRENT if not field.part], lists),
        records=st.fixed_dictionaries({}, optional=records),
        extra=st.fixed_dictionaries({}, optional=dict.fromkeys(EXTENSIONS[:2], TEXT)),
    )
    return st.lists(entry, min_size=1, max_size=3, unique_by=lambda each: each.reference)


@pytest.mark.parametrize("kind", FileKind)
@TIMES
@given(data=st.data())
def test_any_cases_come_back_as_they_were(kind: FileKind, lists: Lists, data: Any) -> None:
    cases = data.draw(entries(lists))

    assert told(read(written(kind, cases), kind, lists)) == cases


@pytest.mark.parametrize("kind", FileKind)
def test_each_of_the_81_fields_comes_back_from_each_kind_of_file(
    kind: FileKind, lists: Lists
) -> None:
    whole = full(lists)
    (back,) = told(read(written(kind, [whole]), None, lists))
    names = set(back.values).union(*(record for of in back.records.values() for record in of))

    assert back == whole
    assert (len(names - set(EXTENSIONS)), len(CURRENT)) == (81, 81)


def full(lists: Lists, reference: str = "SH-7K3M-Q9TX") -> Entry:
    """A case with every field of the standard, its records twice, and every extension."""
    samples: dict[Holds, Any] = {
        Holds.TEXT: "Ганна",
        Holds.DATE: dt.date(1987, 3, 12),
        Holds.FLAG: True,
        Holds.WHOLE: 17,
        Holds.NUMBER: 53.902334,
    }

    def sample(field: StandardField) -> Any:
        codes = sorted(set(lists.codes.get(field.codes, {}).values()))
        if field.holds != Holds.CODE:
            return samples[field.holds]
        return codes[:3] if field.many else codes[1]

    return Entry(
        0,
        reference,
        {field.name: sample(field) for field in CURRENT if not field.part},
        {
            part: [{field.name: sample(field) for field in of}] * 2
            for part, of in OF_PART.items()
        },
        {"x_Note": "кept apart", "x_More_vic_ForcedLabourIndustry": "C_Manufacturing"},
    )


@TIMES
@given(data=st.data())
def test_an_entry_goes_from_process_to_process_unchanged(lists: Lists, data: Any) -> None:
    for entry in data.draw(entries(lists)):
        assert wire.said(wire.line(entry)) == entry

"""Fields of sealed content: what each may hold, and where a value that it may not hold stands."""

import datetime as dt
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.errors import Invalid

LONG = 4000
SHORT = 200
SHORTEST_REASON = 30
MOST_ITEMS = 50
EARLIEST = 1900
ONE_WAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
# E.164, as HTCDS 2.0 writes it.
PHONE = re.compile(r"\+?[1-9]\d{1,14}", re.ASCII)

CodesOf = Callable[[str], Container[str]]
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """A text, a prose, a phone, a date, a time of day, a number, a flag, a code, or a record of
    such fields.

    `codes` names the list of a code; `least` and `most` bound a number; `fields` are a record's.
    A date is of the past unless `ahead`.
    """

    kind: str
    codes: str = ""
    many: bool = False
    least: float = 0
    most: float = 0
    ahead: bool = False
    fields: Mapping[str, "Field"] = field(default_factory=dict)


TEXT, PROSE, PHONE_NUMBER, DATE, CLOCK_TIME, FLAG = (
    Field(kind) for kind in ("text", "prose", "phone", "date", "time", "flag")
)
TEXTS = Field("text", many=True)
LATITUDE, LONGITUDE = Field("number", least=-90, most=90), Field("number", least=-180, most=180)


def code(name: str, *, many: bool = False) -> Field:
    return Field("code", codes=name, many=many)


def whole(least: int, most: int) -> Field:
    """A whole number between two, both included."""
    return Field("whole", least=least, most=most)


def require_reason(text: str, *, pointer: str, code: str = "reason_too_short") -> None:
    """Raise Invalid with the code where a reason is too short to be one."""
    if len(text.strip()) < SHORTEST_REASON:
        raise Invalid(code, pointer=pointer)


def checked(
    fields: Mapping[str, Field],
    values: Mapping[str, Any],
    *,
    on: dt.date,
    codes_of: CodesOf,
    pointer: str = "",
) -> Values:
    """The values without the empty ones. Raises Invalid with a pointer at the first fault.

    Days of a life lie between 1900 and `on`.
    """
    clean: Values = {}
    for name, value in values.items():
        known = fields.get(name)
        here = f"{pointer}/{_escaped(name)}"
        if known is None:
            raise Invalid("unknown_field", pointer=here)
        if value in (None, "", [], {}):
            continue
        clean[name] = _Check(on, codes_of).value(known, value, here)
    return clean


@dataclass(frozen=True, slots=True)
class _Check:
    on: dt.date
    codes_of: CodesOf

    def value(self, field_: Field, value: Any, pointer: str) -> Any:
        if not field_.many:
            return self.item(field_, value, pointer)
        if not isinstance(value, list):
            raise Invalid("not_a_list", pointer=pointer)
        if len(value) > MOST_ITEMS:
            raise Invalid("too_many_items", pointer=pointer)
        return [self.item(field_, item, f"{pointer}/{n}") for n, item in enumerate(value)]

    def item(self, field_: Field, value: Any, pointer: str) -> Any:
        return getattr(self, f"_{field_.kind}")(field_, value, pointer)

    def _text(self, field_: Field, value: Any, pointer: str, longest: int = SHORT) -> str:
        if not isinstance(value, str):
            raise Invalid("not_a_text", pointer=pointer)
        text = value.strip()
        if "\x00" in text:
            raise Invalid("null_characters_not_allowed", pointer=pointer)
        if len(text) > longest:
            raise Invalid("text_too_long", pointer=pointer)
        return text

    def _prose(self, field_: Field, value: Any, pointer: str) -> str:
        return self._text(field_, value, pointer, LONG)

    def _phone(self, field_: Field, value: Any, pointer: str) -> str:
        text = re.sub(r"[\s().-]", "", self._text(field_, value, pointer))
        if not PHONE.fullmatch(text):
            raise Invalid("not_a_phone_number", pointer=pointer)
        return text

    def _code(self, field_: Field, value: Any, pointer: str) -> str:
        text = self._text(field_, value, pointer)
        if text not in self.codes_of(field_.codes):
            raise Invalid("unknown_code", pointer=pointer)
        return text

    def _date(self, field_: Field, value: Any, pointer: str) -> str:
        text = self._text(field_, value, pointer)
        if not ONE_WAY.fullmatch(text):
            raise Invalid("not_a_date", pointer=pointer)
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as fault:
            raise Invalid("not_a_date", pointer=pointer) from fault
        if day > self.on and not field_.ahead:
            raise Invalid("date_in_the_future", pointer=pointer)
        if day.year < EARLIEST:
            raise Invalid("not_a_date", pointer=pointer)
        return text

    def _time(self, field_: Field, value: Any, pointer: str) -> str:
        text = self._text(field_, value, pointer)
        if not TIME.fullmatch(text):
            raise Invalid("not_a_time", pointer=pointer)
        return text

    def _flag(self, field_: Field, value: Any, pointer: str) -> bool:
        if not isinstance(value, bool):
            raise Invalid("not_yes_or_no", pointer=pointer)
        return value

    def _number(self, field_: Field, value: Any, pointer: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Invalid("not_a_number", pointer=pointer)
        if not field_.least <= value <= field_.most:
            raise Invalid("out_of_range", pointer=pointer)
        return value

    def _whole(self, field_: Field, value: Any, pointer: str) -> int:
        number = self._number(field_, value, pointer)
        if not isinstance(value, int):
            raise Invalid("not_a_number", pointer=pointer)
        return int(number)

    def _record(self, field_: Field, value: Any, pointer: str) -> Values:
        if not isinstance(value, dict):
            raise Invalid("not_a_record", pointer=pointer)
        return checked(
            field_.fields, value, on=self.on, codes_of=self.codes_of, pointer=pointer
        )


def _escaped(name: str) -> str:
    # RFC 6901; a long unknown name is cut, it is the caller's own text.
    return name.replace("~", "~0").replace("/", "~1")[:60]

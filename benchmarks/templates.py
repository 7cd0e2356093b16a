"""A script for pgbench from what one act asked, with the values of every other case put in.

An act is recorded for a few cases. What was equal to a fact of its case each time (a key, a code, an
agency's number) is that fact; what differed for no reason (a new code, a random number, what is sealed)
is made anew; all else is the same for all. What a database gave back in between, it gives back again.
"""

import datetime as dt
import hashlib
import hmac
import os
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Binary
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.json import Jsonb

from benchmarks.recording import Statement
from edge import wall
from kernel.codes import new_code

Facts = Mapping[str, Any]
Rule = Callable[[Facts], Any]
CODE = re.compile(r"[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}")


class Unlike(Exception):
    """The same act asked different things of two cases: there is no one script for it."""


@dataclass(slots=True)
class Column:
    """One value of a script that differs from case to case."""

    name: str
    rule: Rule
    cast: str


@dataclass(slots=True)
class Script:
    """Words for pgbench, and the values that it draws for each transaction."""

    text: str
    columns: list[Column]
    trips: int

    def row(self, facts: Facts, db: psycopg.Connection[Any]) -> list[str]:
        return [_as_text(column.rule(facts), db)[0] or "" for column in self.columns]


def script_of(
    acts: Sequence[list[Statement]], facts: Sequence[Facts], db: psycopg.Connection[Any]
) -> Script:
    """Made of some recordings of one act, each with the facts of its case. Raises Unlike."""
    first = [statement.asked for statement in acts[0]]
    for act in acts[1:]:
        if [statement.asked for statement in act] != first:
            raise Unlike(_difference(first, [statement.asked for statement in act]))
    given: dict[Any, str] = {}
    lines: list[str] = []
    columns: list[Column] = []
    for number, statement in enumerate(acts[0]):
        words = iter(statement.asked.replace("%%", "%").split("%s"))
        line = next(words)
        for place, (value, rest) in enumerate(zip(statement.values, words, strict=True)):
            line += _placed(
                value, [act[number].values[place] for act in acts], facts, given, columns, db
            )
            line += rest
        line = " ".join(line.split())
        if statement.returned:
            given[statement.returned[0]] = f"given{number}_{_returned(statement.asked)}"
        lines.append(line)
    whole = "\n".join(lines)
    # What came back is kept only where it is said again later.
    ends = [
        f" \\gset given{n}_" if f":given{n}_" in whole else ";" for n, _ in enumerate(lines)
    ]
    text = "".join(f"{line}{end}\n" for line, end in zip(lines, ends, strict=True))
    return Script(text, columns, len(lines))


def _placed(
    value: Any,
    seen: list[Any],
    facts: Sequence[Facts],
    given: Mapping[Any, str],
    columns: list[Column],
    db: psycopg.Connection[Any],
) -> str:
    if _is_new(value) and value in given:
        return f":{given[value]}::bigint"
    if isinstance(value, list) and value and all(_is_new(e) and e in given for e in value):
        return f"ARRAY[{', '.join(f':{given[each]}::bigint' for each in value)}]"
    text, cast = _as_text(value, db)
    if text is None:
        return f"NULL{cast}"
    rule = _rule(value, seen, facts)
    if rule is None:
        return "'" + text.replace("'", "''") + "'" + cast
    name = f"p{len(columns)}"
    columns.append(Column(name, rule, cast))
    return f":{name}{cast}"


def _rule(value: Any, seen: list[Any], facts: Sequence[Facts]) -> Rule | None:
    """How it is made for a case; None where it is the same for all."""
    if all(_same(each, value) for each in seen):
        return None
    for name in facts[0]:
        if all(_same(each, told[name]) for each, told in zip(seen, facts, strict=True)):
            return lambda told: told[name]
    if isinstance(value, list):
        inner = [_rule(each, [row[n] for row in seen], facts) for n, each in enumerate(value)]
        return lambda told: [
            each if rule is None else rule(told)
            for each, rule in zip(value, inner, strict=True)
        ]
    return _made_anew(_bare(value), facts[0])


def _made_anew(value: Any, mine: Facts) -> Rule:
    """Of what has nothing to do with the case, another of its kind."""
    if isinstance(value, uuid.UUID):
        return lambda _told: uuid.uuid4()
    if isinstance(value, (bytes, memoryview)):
        return lambda _told: os.urandom(len(value))
    if isinstance(value, str):
        return _rule_of_text(value, mine)
    if isinstance(value, dt.datetime):
        return lambda _told: value
    raise Unlike(f"what is {value!r}?")


def _rule_of_text(value: str, mine: Facts) -> Rule:
    known = {
        text: name for name, text in mine.items() if isinstance(text, str) and len(text) > 3
    }
    if value.startswith("v1|"):
        return lambda told: _signed(value, mine, told)
    if CODE.fullmatch(value):
        return lambda _told: new_code(value[:2])

    def with_the_facts(told: Facts) -> str:
        found = value
        for text, name in known.items():
            found = found.replace(text, told[name])
        return found

    return with_the_facts


def _signed(value: str, mine: Facts, told: Facts) -> str:
    """The identity that was told, as it would be for the other case, and believed."""
    names = {str(fact): name for name, fact in mine.items()}
    parts = value.rpartition("~")[0].split("|")
    for n, part in enumerate(parts):
        words = part.split(",")
        parts[n] = ",".join(str(told[names[word]]) if word in names else word for word in words)
    body = "|".join(parts)
    return f"{body}~{hmac.new(wall.key(), body.encode(), hashlib.sha256).hexdigest()}"


def _same(one: Any, other: Any) -> bool:
    here, there = _bare(one), _bare(other)
    return type(here) is type(there) and bool(here == there)


def _bare(value: Any) -> Any:
    """Out of the wrapping that says what it is to PostgreSQL, which is no equal of another's."""
    return value.obj if isinstance(value, (Jsonb, Binary)) else value


def _is_new(value: Any) -> bool:
    """Whether it can be a number that a sequence has just given."""
    return isinstance(value, int) and not isinstance(value, bool)


def _returned(asked: str) -> str:
    """The name of the first column that an INSERT gives back."""
    return asked.rpartition("RETURNING")[2].split(",")[0].strip().rpartition(".")[2].strip('"')


def _as_text(value: Any, db: psycopg.Connection[Any]) -> tuple[str | None, str]:
    """A value as psycopg would send it, and the type that it would say it is."""
    if value is None:
        return None, ""
    dumper = Transformer(db).get_dumper(value, PyFormat.TEXT)
    raw = dumper.dump(value)
    kind = db.adapters.types.get(dumper.oid) if dumper.oid else None
    cast = ""
    if kind is not None:
        cast = f"::{kind.name}" + ("[]" if dumper.oid == kind.array_oid else "")
    return (None if raw is None else bytes(raw).decode()), cast


def _difference(one: list[str], other: list[str]) -> str:
    for here, there in zip(one, other, strict=False):
        if here != there:
            return f"{here}\n{there}"
    return f"{len(one)} and {len(other)} statements"

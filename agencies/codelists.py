"""Code lists: the standard's and ours as a file, and what an administrator has added to them.

A list's version is that of the file, and grows with every addition and retirement: `2.0+3`.
"""

import csv
from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from functools import cache

from django.db.models import Count

from agencies.lists import DATA, countries, languages
from agencies.models import CodeEntry

# Lists that are a public standard's and are named, not copied.
STANDARD: dict[str, Callable[[], frozenset[str]]] = {"iso3166": countries, "iso639": languages}


@dataclass(frozen=True, slots=True)
class Code:
    """One code. `maps_to` is the standard's own code that a strict export uses in its place."""

    code: str
    origin: str
    maps_to: str
    labels: Mapping[str, str]
    retired: bool = False


@cache
def _files() -> dict[str, tuple[str, dict[str, Code]]]:
    lists: dict[str, tuple[str, dict[str, Code]]] = {}
    with (DATA / "codelists.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            _, codes = lists.setdefault(row["list"], (row["version"], {}))
            codes[row["code"]] = Code(
                row["code"],
                row["origin"],
                row["maps_to"],
                {language: row[language] for language in ("en", "ru", "be")},
            )
    return lists


def names() -> list[str]:
    return sorted(_files())


@dataclass(frozen=True, slots=True)
class Codes(Container[str]):
    """The codes of one list that may be written now. The database is asked only for a code that
    the file does not have."""

    name: str

    def __contains__(self, code: object) -> bool:
        if self.name in STANDARD:
            return code in STANDARD[self.name]()
        if code in _files()[self.name][1]:
            return True
        added = CodeEntry.objects.filter(list=self.name, code=code, retired_at__isnull=True)
        return added.exists()


def codes(name: str) -> Codes:
    return Codes(name)


def entries(name: str) -> dict[str, Code]:
    """Every code of the list in its order, those that were added and those retired, too."""
    return entries_of([name])[name]


def entries_of(names: Collection[str]) -> dict[str, dict[str, Code]]:
    """The same of several lists; one query."""
    found = {name: dict(_files()[name][1]) for name in names}
    for row in CodeEntry.objects.filter(list__in=names).order_by("pk"):
        found[row.list][row.code] = Code(
            row.code,
            "local",
            row.maps_to,
            {"en": row.label_en, "ru": row.label_ru, "be": row.label_be},
            retired=row.retired_at is not None,
        )
    return found


@dataclass(frozen=True, slots=True)
class Summary:
    """A list in one line: its version, and how many codes may be written now."""

    name: str
    version: str
    count: int


def version(name: str) -> str:
    """The file's version, and how often the list was changed here since."""
    return next(each.version for each in summaries() if each.name == name)


def summaries() -> list[Summary]:
    """Every list in one line, by name."""
    rows = CodeEntry.objects.values_list("list").annotate(
        added=Count("pk"), retired=Count("retired_at")
    )
    changed = {name: (added, retired) for name, added, retired in rows}
    found = []
    for name in names():
        number, codes = _files()[name]
        added, retired = changed.get(name, (0, 0))
        found.append(
            Summary(
                name,
                f"{number}+{added + retired}" if added else number,
                len(codes) + added - retired,
            )
        )
    return found

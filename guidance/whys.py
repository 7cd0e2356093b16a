"""Why something is asked, chosen or agreed to: a few sentences with their sources, kept once.

The pages show them where the thing stands, and scenarios refer to them by the same keys: a topic and a
code of the service's own lists (`groups.identity`). `guidance/texts` holds a file a topic,
`guidance/sources.toml` what they lean on; both are read strictly.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Error

from kernel import datafiles
from kernel.datafiles import LANGUAGES

FILES = Path(__file__).parent / "texts"
SOURCES = Path(__file__).parent / "sources.toml"
NAME = re.compile(r"[a-z][a-z0-9_]{0,29}", re.ASCII)
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", re.ASCII)
PART = re.compile(r"[0-9]{1,3}(_[0-9]{1,3})?", re.ASCII)
MOST_WORDS = 60
LONGEST_NAME = 200
YEARS = range(1900, 2101)
OF_A_FILE = frozenset({"topic", "why"})
OF_A_WHY = LANGUAGES | {"sources"}
OF_A_SOURCE = frozenset({"title", "publisher", "year", "parts"})


class NotGuidance(Exception):
    """Files that cannot be used, with everything that is wrong in them."""


@dataclass(frozen=True, slots=True)
class Source:
    """In one language. `part` is the article, chapter or principle; empty for the whole."""

    key: str
    title: str
    publisher: str
    year: int
    part: str


@dataclass(frozen=True, slots=True)
class Why:
    """In one language."""

    text: str
    sources: tuple[Source, ...]


def why(key: str, language: str) -> Why | None:
    """The why of `topic.code`; None where there is none, as for a code of an administrator's own."""
    said = _whys().get(key)
    if said is None:
        return None
    return Why(said[language], tuple(source(each, language) for each in said["sources"]))


def source(key: str, language: str) -> Source:
    """A source by its key, such as `coe_197` or, of a part of it, `coe_197.12`. Raises KeyError."""
    name, _, part = key.partition(".")
    said = _sources()[name]
    return Source(
        key=key,
        title=said["title"][language],
        publisher=said["publisher"][language],
        year=said["year"],
        part=said["parts"][part][language] if part else "",
    )


def keys(topic: str = "") -> list[str]:
    """Every key, or those of a topic, in the order of the files."""
    return [key for key in _whys() if not topic or key.partition(".")[0] == topic]


@cache
def source_keys() -> frozenset[str]:
    """Every way to cite a source."""
    return frozenset(_cited(_sources()))


def topics() -> list[str]:
    return list(dict.fromkeys(key.partition(".")[0] for key in _whys()))


def guidance_can_be_read(**_options: Any) -> list[CheckMessage]:
    """No command starts with guidance that somebody could not read."""
    try:
        _whys()
    except NotGuidance as fault:
        return [
            Error(
                str(fault), hint="docs/guidance.md says what a file holds.", id="guidance.E001"
            )
        ]
    return []


def read(path: Path) -> dict[str, Any]:
    """What a file says. Raises NotGuidance."""
    return datafiles.table(path, NotGuidance)


def faults(said: dict[str, Any], cited: Iterable[str]) -> Iterator[str]:
    """Everything that is wrong with a file of whys, in words for whoever writes it."""
    yield from datafiles.unknown(said, OF_A_FILE, "the file")
    if not datafiles.fits(NAME, said.get("topic")):
        yield "topic: small letters, digits and underscores, 30 at most"
    whys = said.get("why")
    if not isinstance(whys, dict) or not whys:
        yield "why: at least one is needed"
        return
    known = frozenset(cited)
    for code, each in whys.items():
        yield from _faults_of_why(code, each, known)


def faults_of_sources(said: dict[str, Any]) -> Iterator[str]:
    """Everything that is wrong with the sources."""
    for name, each in said.items():
        if not datafiles.fits(NAME, name):
            yield f"{name}: small letters, digits and underscores, 30 at most"
        if not isinstance(each, dict):
            yield f"{name}: not a table"
            continue
        yield from datafiles.unknown(each, OF_A_SOURCE, name)
        yield from _not_names(each.get("title"), f"{name}: title")
        yield from _not_names(each.get("publisher"), f"{name}: publisher")
        year = each.get("year")
        if not isinstance(year, int) or isinstance(year, bool) or year not in YEARS:
            yield f"{name}: year: a number from {YEARS[0]} to {YEARS[-1]}"
        yield from _faults_of_parts(each.get("parts", {}), name)


def _faults_of_parts(parts: Any, name: str) -> Iterator[str]:
    if not isinstance(parts, dict):
        yield f"{name}: parts: not a table"
        return
    for part, words in parts.items():
        if not PART.fullmatch(part):
            yield f"{name}: part {part}: a number such as 12, or 2_7"
        yield from _not_names(words, f"{name}: part {part}")


def _faults_of_why(code: str, said: Any, cited: frozenset[str]) -> Iterator[str]:
    if not datafiles.fits(CODE, code):
        yield f"{code}: letters, digits, dashes and underscores, 60 at most"
    if not isinstance(said, dict):
        yield f"{code}: not a table"
        return
    yield from datafiles.unknown(said, OF_A_WHY, code)
    for language in sorted(LANGUAGES):
        text = said.get(language)
        if not isinstance(text, str) or not text.strip():
            yield f"{code}: {language}: a text is needed"
        elif len(text.split()) > MOST_WORDS:
            yield f"{code}: {language}: {MOST_WORDS} words at most"
    yield from _faults_of_sources(said.get("sources"), code, cited)


def _faults_of_sources(said: Any, code: str, cited: frozenset[str]) -> Iterator[str]:
    if not isinstance(said, list) or not said:
        yield f"{code}: sources: at least one is needed"
        return
    for each in map(str, said):
        if each not in cited:
            yield f"{code}: sources: {each} is not in {SOURCES.name}"
    if len({*map(str, said)}) < len(said):
        yield f"{code}: sources: one is there twice"


def _not_names(said: Any, where: str) -> Iterator[str]:
    return datafiles.not_words(said, where, LONGEST_NAME)


def _cited(sources: Mapping[str, Any]) -> Iterator[str]:
    for name, each in sources.items():
        yield name
        yield from (f"{name}.{part}" for part in each.get("parts", {}))


@cache
def _sources() -> dict[str, Any]:
    return datafiles.checked(SOURCES, NotGuidance, faults_of_sources)


@cache
def _whys() -> dict[str, Any]:
    """All of the files, by key; a topic is the name of its file, so that none is there twice."""
    cited = frozenset(_cited(_sources()))
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for path in sorted(FILES.glob("*.toml")):
        said = read(path)
        wrong += [f"{path.name}: {fault}" for fault in faults(said, cited)]
        if said.get("topic") != path.stem:
            wrong.append(f"{path.name}: topic: it is called as the file is")
        elif not wrong:
            found |= {f"{path.stem}.{code}": each for code, each in said["why"].items()}
    if wrong:
        raise NotGuidance("\n".join(wrong))
    return found

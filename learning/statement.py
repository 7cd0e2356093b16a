"""The statement on confidentiality, as data: what a member signs, in every language of the service.

Ours is learning/data/statement.toml; DUTY_STATEMENT names another file of the same shape. Who changes
the text gives it a new version: what was signed names the version and the text's own SHA-256.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from kernel import datafiles
from kernel.datafiles import Words
from learning.questions import LONGEST_TEXT

FILE = Path(__file__).parent / "data" / "statement.toml"
PARTS = frozenset({"version", "source", "title", "sentence"})
FEWEST, MOST = 1, 20


class NotAStatement(Exception):
    """A file that cannot be signed, with everything that is wrong in it."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`sha256` is that of all its words in all languages, however the file is laid out."""

    version: str
    source: str
    title: Words
    sentences: tuple[Words, ...]
    sha256: str


def current() -> Statement:
    """The statement that is signed now. Raises NotAStatement."""
    return _read(settings.DUTY_STATEMENT or str(FILE))


def faults(said: dict[str, Any]) -> Iterator[str]:
    """Everything that is wrong with a statement, in words for whoever writes it."""
    for name in sorted(set(said) ^ PARTS):
        yield f"{name} is {'not known here' if name in said else 'missing'}"
    if not datafiles.fits(datafiles.VERSION, said.get("version")):
        yield "version: numbers such as 2026.1, as a text"
    if not isinstance(said.get("source"), str) or not said["source"].strip():
        yield "source: the standard that says so is needed"
    yield from datafiles.not_words(said.get("title"), "title", LONGEST_TEXT)
    sentences = said.get("sentence")
    if not isinstance(sentences, list) or not FEWEST <= len(sentences) <= MOST:
        yield f"sentence: from {FEWEST} to {MOST} are needed"
        return
    for number, words in enumerate(sentences, 1):
        yield from datafiles.not_words(words, f"sentence {number}", LONGEST_TEXT)


@cache
def _read(path: str) -> Statement:
    said = datafiles.checked(Path(path), NotAStatement, faults)
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return Statement(
        version=said["version"], source=said["source"], title=said["title"],
        sentences=tuple(said["sentence"]), sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip

"""Code lists as plain tables; `exchange/codes.py` makes them of the service's own."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_BLANKS = re.compile(r"\s+")
_ALIKE = str.maketrans({"’": "'", "ʼ": "'", "–": "-", "—": "-", "‑": "-"})


def folded(text: str) -> str:
    """The same for spellings that a person takes for the same: case, blanks at the ends, several
    or non-breaking blanks, kinds of apostrophes and dashes."""
    plain = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    return _BLANKS.sub(" ", plain).strip().casefold()


@dataclass(frozen=True, slots=True)
class Lists:
    """`codes[list][folded spelling]` is the code that is stored; `standard[list][code]` is the
    standard's own code for an addition of ours. Countries are the list `iso3166`, languages
    `iso639`; every other list has the name of its field."""

    codes: Mapping[str, Mapping[str, str]]
    standard: Mapping[str, Mapping[str, str]]

    def code(self, name: str, spelling: str) -> str | None:
        return self.codes.get(name, {}).get(folded(spelling))

    def strict(self, name: str, code: str) -> str:
        """The standard's own code for it."""
        return self.standard.get(name, {}).get(code) or code

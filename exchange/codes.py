"""The service's code lists as a file of the standard needs them: every spelling of every code."""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from babel import Locale

import cases
from agencies import codelists, lists
from exchange.sheets.lists import Lists, folded
from exchange.sheets.standard import FIELDS

LABELS = Path(cases.__file__).parent / "data" / "htcds_enumerations.csv"
Spelling = tuple[str, str]  # and its code
# As the standard's own files spell these countries, and none of the other lists does.
IN_THE_TOOLKIT = {
    "Congo, Democratic Republic of the": "CD",
    "Falkland Islands (Malvinas)": "FK",
    "Korea (Democratic People's Republic of)": "KP",
    "Korea, Republic of": "KR",
    "Moldova, Republic of": "MD",
    "Palestine, State of": "PS",
    "Saint Helena, Ascension and Tristan da Cunha": "SH",
    "Svalbard and Jan Mayen": "SJ",
    "Taiwan, Province of China": "TW",
    "Tanzania, United Republic of": "TZ",
    "Turkey": "TR",
    "Virgin Islands (British)": "VG",
    "Virgin Islands (U.S.)": "VI",
    "Wallis and Futuna": "WF",
}
# ISO 639-2 has two codes for these languages: ours are the bibliographic ones.
TERMINOLOGICAL = {
    "bod": "tib", "ces": "cze", "cym": "wel", "deu": "ger", "ell": "gre", "eus": "baq", "fas": "per",
    "fra": "fre", "hye": "arm", "isl": "ice", "kat": "geo", "mkd": "mac", "mri": "mao", "msa": "may",
    "mya": "bur", "nld": "dut", "ron": "rum", "slk": "slo", "sqi": "alb", "zho": "chi",
}  # fmt: skip


def all_lists() -> Lists:
    """Every list that a field of the standard has its codes from, as they may be written now; one
    query."""
    names = {field.codes for field in FIELDS.values()} - {"", *codelists.STANDARD}
    entries = codelists.entries_of(names)
    current = {
        name: [each for each in codes.values() if not each.retired]
        for name, codes in entries.items()
    }
    codes = {
        name: _spellings(
            [(each.code, each.code) for each in of],
            [(label, each.code) for each in of for label in each.labels.values()],
            _standard_labels().get(name, []),
        )
        for name, of in current.items()
    }
    standard = {
        name: {each.code: each.maps_to for each in of.values() if each.maps_to}
        for name, of in entries.items()
    }
    return Lists(codes | {"iso3166": _countries(), "iso639": _languages()}, standard)


def _spellings(exact: Iterable[Spelling], *labels: Iterable[Spelling]) -> dict[str, str]:
    """Each spelling with its code. A code is always itself; a label that two codes have is
    nobody's."""
    codes = {folded(spelling): code for spelling, code in exact}
    found: dict[str, set[str]] = {}
    for each in labels:
        for label, code in each:
            found.setdefault(folded(label), set()).add(code)
    return {
        label: next(iter(of)) for label, of in found.items() if len(of) == 1 and label
    } | codes


@cache
def _standard_labels() -> dict[str, list[Spelling]]:
    with LABELS.open(encoding="utf-8", newline="") as file:
        found: dict[str, list[Spelling]] = {}
        for row in csv.DictReader(file):
            found.setdefault(row["field"], []).append((row["label"], row["code"]))
    return found


@cache
def _countries() -> dict[str, str]:
    codes, names = lists.countries(), lists.country_spellings()
    return _spellings(
        [(code, code) for code in codes],
        [(name, code) for code, told in names.items() for name in told],
        IN_THE_TOOLKIT.items(),
        _in_our_languages("territories", {code: code for code in codes}),
    )


@cache
def _languages() -> dict[str, str]:
    names = lists.language_names()
    short = {code: two or code for code, (two, _) in names.items()}
    return _spellings(
        [(code, code) for code in names],
        [(two, code) for code, two in short.items()],
        TERMINOLOGICAL.items(),
        [(name, code) for code, (_, told) in names.items() for name in told.split(";")],
        _in_our_languages("languages", short),
    )


def _in_our_languages(of: str, codes: dict[str, str]) -> Iterator[Spelling]:
    """What CLDR calls them; `codes` says by which code it knows each."""
    for language in lists.LANGUAGES:
        names = getattr(Locale(language), of)
        for code, known in codes.items():
            if known in names:
                yield names[known], code

"""The service's own code lists as plain tables for the readers and writers of files."""

from collections import defaultdict

from agencies import codelists
from agencies.lists import countries, languages
from exchange.sheets.lists import Lists, folded


def lists() -> Lists:
    """Every list, by every spelling that is known of each code."""
    codes: dict[str, dict[str, str]] = defaultdict(dict)
    standard: dict[str, dict[str, str]] = defaultdict(dict)
    for name, entries in codelists.entries_of(codelists.names()).items():
        for code, entry in entries.items():
            for spelling in (code, *entry.labels.values()):
                codes[name].setdefault(folded(spelling), code)
            if entry.maps_to:
                standard[name][code] = entry.maps_to
    codes["iso3166"] = {folded(code): code for code in countries()}
    codes["iso639"] = {folded(code): code for code in languages()}
    return Lists(codes, standard)

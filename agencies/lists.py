"""Code lists kept as files beside this module: service types, districts, languages, countries."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


LANGUAGES = ("en", "ru", "be")


@dataclass(frozen=True, slots=True)
class District:
    """A raion, or a district of the capital; its names by language."""

    code: str
    region: str
    names: dict[str, str]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def service_types() -> dict[str, str]:
    """Code and English label of the 22 service types."""
    return {row["code"]: row["label"] for row in _rows("service_types.csv")}


@cache
def districts() -> dict[str, District]:
    return {
        row["district_code"]: District(
            row["district_code"], row["region_iso"], _names(row, "district")
        )
        for row in _rows("belarus_regions_districts.csv")
    }


@cache
def regions() -> dict[str, dict[str, str]]:
    """Each region by ISO 3166-2, with its names by language."""
    rows = _rows("belarus_regions_districts.csv")
    return {row["region_iso"]: _names(row, "region") for row in rows}


def _names(row: dict[str, str], of: str) -> dict[str, str]:
    return {language: row[f"{of}_{language}"] for language in LANGUAGES}


@cache
def languages() -> frozenset[str]:
    """ISO 639-2/B codes."""
    return frozenset(row["alpha3-b"] for row in _rows("iso639_languages.csv"))


@cache
def language_names() -> dict[str, tuple[str, str]]:
    """Each ISO 639-2/B code with its two-letter code, where it has one, and its English name."""
    rows = _rows("iso639_languages.csv")
    return {row["alpha3-b"]: (row["alpha2"], row["English"]) for row in rows}


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes."""
    return frozenset(row["alpha2"] for row in _rows("iso3166_countries.csv"))


@cache
def country_spellings() -> dict[str, tuple[str, ...]]:
    """Each country's other code and its names, English and Russian."""
    told = ("alpha3", "name_en", "official_en", "official_ru", "short_ru")
    return {
        row["alpha2"]: tuple(row[each] for each in told if row[each])
        for row in _rows("iso3166_countries.csv")
    }

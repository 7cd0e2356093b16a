"""Countries by the region of the world they lie in (UN M49, sub-regions): too few come from most."""

import csv
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "data" / "world_regions.csv"


@cache
def regions() -> tuple[str, ...]:
    return tuple(row["region"] for row in _rows())


@cache
def _of_country() -> dict[str, str]:
    return {country: row["region"] for row in _rows() for country in row["countries"].split()}


def region_of(country: str) -> str:
    """The region of an ISO 3166-1 alpha-2 code; empty where it lies in none."""
    return _of_country().get(country, "")


def _rows() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

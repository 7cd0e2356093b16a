"""The bands in which ages are counted, and who counts as a child."""

import datetime as dt

from agencies import jurisdiction

# The bands of the public CTDC data: the youngest and the oldest age of each, in years.
BANDS: dict[str, tuple[int, int]] = {
    "0-8": (0, 8),
    "9-17": (9, 17),
    "18-20": (18, 20),
    "21-23": (21, 23),
    "24-26": (24, 26),
    "27-29": (27, 29),
    "30-38": (30, 38),
    "39-47": (39, 47),
    "48+": (48, 130),
}
UNKNOWN = "unknown"


def is_child(band: str) -> bool:
    """Whether somebody of this band may be under the age at which one is an adult here.

    Unknown age is presumed a child (Council of Europe Convention, art. 10.3).
    """
    if band == UNKNOWN:
        return True
    return BANDS[band][0] < jurisdiction.current().ages.adult_from


def years_of(band: str) -> tuple[int, int]:
    """The ages that the band may mean; for unknown age, those of a child."""
    return BANDS.get(band, (0, jurisdiction.current().ages.adult_from - 1))


def age_on(day: dt.date, *, born: dt.date) -> int:
    """How many years old somebody is on that day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band_of(age: int) -> str:
    return next((band for band, (_, oldest) in BANDS.items() if age <= oldest), "48+")

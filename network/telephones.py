"""Telephone numbers in a text, grouped as people group them: nine figures or more, with blanks, points,
dashes and brackets between.

What else is written so stands in a table: it is taken away before the figures are counted.
"""

import re
from collections.abc import Iterator

# A country's number and an operator's have no fewer; a local one is known by its groups alone.
FEWEST = 9
_YEAR = r"(?:19|20)\d{2}"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_HOUR = r"(?:[01]?\d|2[0-4])[.:][0-5]\d"
_AND = r"(?: ?- ?| )"
# An amount in groups of three, and one of whole thousands.
_AMOUNT = r"\d{1,3}(?:[ .]\d{3})+"
_ROUND = r"\d{1,3}(?:[ .]\d{3})*[ .]000"
_COUNTED = (
    r"(?:руб|бел\.? ?руб|долл?ар|еўра|евро|злот|byn|rub|usd|eur|pln|euro|dollar|zloty|₽|€|\$"
    r"|чел|жит|чал|жых|people|persons|inhabitants)"
)
_OTHERWISE = tuple(
    re.compile(rf"(?<!\d)(?:{shape})(?!\d)", re.IGNORECASE)
    for shape in (
        # Days: 12.03.2024, 12/03/24, 2024-03-12; 12-15.03.2024 is left with two figures.
        rf"{_DAY}[./-]{_MONTH}[./-]{_YEAR}",
        rf"{_DAY}([./]){_MONTH}\1\d{{2}}(?![.-]?\d)",
        rf"{_YEAR}[.-]{_MONTH}[.-]{_DAY}",
        # Years in a row: 2023-2024, 2024 2025 2026.
        rf"{_YEAR}(?:{_AND}{_YEAR})+",
        # From one hour to another: 9.00-13.00.
        rf"{_HOUR} ?- ?{_HOUR}",
        # Amounts: from 10 000 to 15 000, of somebody or something, in whole millions.
        rf"{_ROUND} ?- ?{_ROUND}",
        rf"{_AMOUNT}(?: ?- ?{_AMOUNT})?(?:,\d+)?(?= ?{_COUNTED})",
        r"\d{1,3}(?:[ .]\d{3})*(?:[ .]000){2}",
        # Numbers of standards and of books.
        r"(?<!\w)(?:гост|стб|ткп|iso|исо|iec|мэк|isbn|issn)(?:[ /-][a-zа-я]{1,5}){0,3}[ :-]{0,2}\d[\d.:-]*",
    )
)
_RUN = re.compile(r"(?<!\d)\+?\(?\d(?:(?: ?[()-]{1,2} ?|\.| {1,2})?\d)*")
_FIGURE = re.compile(r"\d")


def spans(text: str) -> Iterator[tuple[int, int]]:
    plain = text
    for shape in _OTHERWISE:
        plain = shape.sub(_taken_away, plain)
    for match in _RUN.finditer(plain):
        if len(_FIGURE.findall(match.group())) >= FEWEST:
            yield match.span()


def _taken_away(match: re.Match[str]) -> str:
    """As long as it was, and nothing that a number goes on over."""
    return "," * len(match.group())

"""Telephone numbers in a text, grouped as people group them: nine figures or more, with blanks, points, dashes,
stars and brackets between; and local ones of seven, in the groups in which they are told.

What else is written so stands in two tables. One tells by its words or its signs what it is, and is taken away
before the figures are counted. The other is known by its figures alone, and must be all that stands in a row:
years, say, between the groups of a number are groups of that number.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

# A country's number and an operator's have no fewer; a local one is known by its groups alone.
FEWEST = 9
_YEAR = r"(?:19|20)\d{2}"
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
# With minutes as they stand in timetables.
_HOUR = r"(?:[01]?\d|2[0-4])[.:][0-5][05]"
_DAY_OF_A_MONTH = rf"{_DAY}\.(?:0[1-9]|1[0-2])"
_AND = r"(?: ?- ?|\.? )"
_THOUSANDS = r"[ .]\d{3}"
_AMOUNT = rf"\d{{1,3}}(?:{_THOUSANDS}){{1,6}}"
# Too small to be a number with an operator's.
_SMALLER = rf"(?:\d{{1,3}}{_THOUSANDS}|\d{{1,2}}(?:{_THOUSANDS}){{2}})"
_ROUND = r"\d{1,3}[ .]000"
# Whole words: an amount is not of somebody whose name begins like one.
_COUNTED = (
    r"(?:(?:руб(?:л\w*)?|бел\.? ?руб(?:л\w*)?|р|долл?ар\w*|еўра|евро|злот\w*|byn|rub|usd|eur|pln|euros?|dollars?"
    r"|zlot\w*|₽|€|\$|тыс|тысяч\w*|млн|млрд|миллион\w*|миллиард\w*|мільён\w*|мільярд\w*|million|billion"
    r"|чел|человек\w*|чал|чалавек\w*|жителей|жителя|жыхароў|жыхара|жертвы?|ахвяры?|ахвяраў"
    r"|people|persons|inhabitants|victims)(?!\w))"
)
# Before an amount, and not after another: in "10 $ 291 234 567" it is of the ten.
_IN_FRONT = "|".join(
    rf"(?<=(?<!\d)(?<!\d ){sign})"
    for each in (r"\$", "€", "usd", "eur", "byn")
    for sign in (each, f"{each} ")
)
_PAPER = (
    r"(?:письм|приказ|постановлени|закон|указ|декрет|решени|договор|протокол|распоряжени|ліст|загад|пастанов"
    r"|рашэнн|дагавор|пратакол)"
)
_DATE = rf"(?:{_DAY}[./-]{_MONTH}[./-]{_YEAR}|{_YEAR}[.-]{_MONTH}[.-]{_DAY})"
_BY_ITS_WORDS = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # Days: 12.03.2024, 12-15.03.2024, 2024-03-12, from one to another; 12.03.24.
        rf"(?<!\d)(?<!\d[.-])(?:{_DAY} ?- ?)?{_DATE}(?: ?- ?{_DATE})?(?!\d)",
        # The short one beside an hour at most: else it is groups of a number, 80 29.12.54 294.
        rf"(?<!\d)(?<![\d)][ .-])(?:{_DAY}\.{_MONTH}\.|{_DAY}/{_MONTH}/)\d{{2}}(?![.-]?\d)(?! \d+(?![\d.:]))",
        # Numbers of standards and of books, and of what is called a paper.
        r"(?<!\w)(?:гост|стб|ткп|iso|исо|iec|мэк|isbn|issn)(?:[ /-][a-zа-я]{1,5}){0,3}[ :-]{0,2}\d[\d.:-]*",
        rf"(?<!\w){_PAPER}\w{{0,4}} № ?\d[\d./-]*",
    )
)
_BY_ITS_FIGURES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # Years in a row, 2023-2024, 2025-26 2026-27, and what the next sentence begins with; each with its
        # number: 2021 120 2022 130.
        rf"{_YEAR}(?:-\d{{2}})?(?:{_AND}{_YEAR}(?:-\d{{2}})?)+(?:\. \d{{1,3}})?",
        rf"{_YEAR} \d{{1,3}}(?: {_YEAR} \d{{1,3}})+",
        # Hours, and days of a month: 9.00-13.00 14.00-18.00, 28.11 - 30.11 10.00.
        rf"(?:{_HOUR}|{_DAY_OF_A_MONTH})(?:{_AND}(?:{_HOUR}|{_DAY_OF_A_MONTH}))+",
        # Amounts: of somebody or something, in whole thousands and millions, of a year.
        rf"(?:{_YEAR}{_AND}){{0,2}}{_AMOUNT}(?: ?- ?{_AMOUNT})?(?:,\d{{1,4}})?(?= ?{_COUNTED})",
        rf"(?:{_IN_FRONT}){_AMOUNT}(?:,\d{{1,4}})?",
        rf"{_ROUND}(?:{_AND}{_ROUND})+",
        r"\d{1,3}(?:[ .]\d{3}){0,4}(?:[ .]000){2}",
        rf"{_YEAR} {_SMALLER}",
        rf"{_SMALLER} \({_YEAR}",
        # Numbers with their share: 12 (3) 15 (4); shares: 12.5 13.7 14.8; articles: 24.1 24.2 24.3.
        r"\d{1,3} \(\d{1,2}\)(?: \d{1,3} \(\d{1,2}\)?)+",
        r"\d{1,2}\.\d(?: \d{1,2}\.\d)+",
        # Short numbers that everybody may call: 112 113 147.
        r"1[0-7]\d(?: 1[0-7]\d)+",
        # Of a court: 2-1234-2026.
        r"[1-79]-\d{2,5}-20[0-3]\d",
    )
)
# Rooms, articles, ages, days: groups alike that rise, as those of a telephone number hardly do.
_ALIKE = re.compile(
    r"(?![08]|375)(?:\d{1,2}(?: \d{1,2}){4,}|\d{3}(?: \d{3}){3,}"
    r"|\d{1,2}-\d{1,2}(?: \d{1,2}-\d{1,2})+|\d{3}-\d{3}(?: \d{3}-\d{3})+)"
)
_RUN = re.compile(r"(?<!\d)\+?\(?\d(?:[ ().·*-]{0,4}\d)*")
# 222-3344, not 565-2024; 222 - 33 - 44; 2-22-33-44.
_LOCAL = tuple(
    re.compile(rf"(?<![\d.,-]){shape}(?![\d-])")
    for shape in (
        rf"\d{{3}}(?: ?- ?| )(?!{_YEAR}(?!\d))\d{{4}}",
        r"\d{3}(?: ?[.·*-] ?| {1,3})\d{2}(?: ?[.·*-] ?| {1,3})\d{2}",
        r"\d ?- ?\d{2} ?- ?\d{2} ?- ?\d{2}",
    )
)
_FIGURES = re.compile(r"\d+")


def spans(text: str) -> Iterator[tuple[int, int]]:
    plain = text
    for shape in _BY_ITS_WORDS:
        plain = shape.sub(_taken_away, plain)
    for run in _RUN.finditer(plain):
        figures = _FIGURES.findall(run.group())
        if sum(map(len, figures)) >= FEWEST and not _is_otherwise(plain, run, figures):
            yield run.span()
    for shape in _LOCAL:
        yield from (match.span() for match in shape.finditer(plain))


def _is_otherwise(plain: str, run: re.Match[str], figures: list[str]) -> bool:
    """Whether all that stands in a row is something else; what is said by the way begins with a bracket."""
    start = run.start() + run.group().startswith("(")
    if _ALIKE.fullmatch(plain, start, run.end()) and _rise(figures):
        return True
    tried = (shape.match(plain, start) for shape in _BY_ITS_FIGURES)
    return any(match is not None and match.end() >= run.end() for match in tried)


def _rise(figures: list[str]) -> bool:
    return all(int(one) <= int(next_) for one, next_ in pairwise(figures))


def _taken_away(match: re.Match[str]) -> str:
    """As long as it was, and nothing that a number goes on over."""
    return "," * len(match.group())

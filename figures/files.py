"""The figures of a period as one table for a spreadsheet."""

from collections.abc import Callable

from edge.spreadsheet import as_csv
from figures.queries import Figures, Line, Shown

HEAD = (
    "period",
    "table",
    "value",
    "at_least",
    "added",
    "first_mean",
    "last_mean",
    "no_step_yet",
)
# How a table and a value of it are called.
NameTable = Callable[[Shown], str]
NameValue = Callable[[Shown, tuple[str, ...]], str]


def by_code(figures: Figures) -> str:
    """By codes, for a program."""
    return by_words(
        figures, HEAD, lambda shown: shown.table.code, lambda shown, parts: "|".join(parts)
    )


def by_words(
    figures: Figures, head: tuple[str, ...], table: NameTable, value: NameValue
) -> str:
    """The same in the words of a reader."""
    rows: list[tuple[object, ...]] = [head]
    for shown in figures.tables:
        name = table(shown)
        rows += [
            (figures.period, name, value(shown, line.parts), *_numbers(line))
            for line in shown.lines
        ]
        rows += [
            (figures.period, name, value(shown, (code,)), "", "", "", "", figures.step)
            for code in shown.no_step_yet
        ]
    return as_csv(rows)


def _numbers(line: Line) -> tuple[object, ...]:
    means = (line.first_mean, line.last_mean)
    return (line.total, line.added, *("" if mean is None else mean for mean in means), "")

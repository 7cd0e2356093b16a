"""Published numbers as they are drawn: bars with their words, and for two dimensions a grid."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from figures.queries import Line, Shown
from pages import figurewords

# The plane of a chart in its own units, and what one number takes of its height.
LONGEST_BAR, EACH = 360, 36
# More letters than this would run out of the picture; the table beside it has the whole.
MOST_LETTERS = 58


@dataclass(frozen=True, slots=True)
class Bar:
    """One number: where it lies, how long its bar is, and what is written."""

    label: str
    total: int
    added: int
    means: tuple[Decimal | None, Decimal | None]
    y: int
    length: int

    @property
    def end(self) -> int:
        return self.length + 4

    @property
    def short(self) -> str:
        if len(self.label) <= MOST_LETTERS:
            return self.label
        return f"{self.label[: MOST_LETTERS - 1]}…"


@dataclass(frozen=True, slots=True)
class Grid:
    """The numbers of two dimensions; None where no step is filled."""

    heads: list[str]
    rows: list[tuple[str, list[Line | None]]]


@dataclass(frozen=True, slots=True)
class Chart:
    """One table of figures, to be seen, heard and read: as bars, or as a grid."""

    code: str
    title: str
    bars: list[Bar] = field(default_factory=list)
    grid: Grid | None = None
    no_step_yet: list[str] = field(default_factory=list)

    @property
    def height(self) -> int:
        return len(self.bars) * EACH

    @property
    def has_means(self) -> bool:
        return any(bar.means != (None, None) for bar in self.bars)


def charts(tables: Iterable[Shown]) -> list[Chart]:
    return [_chart(shown) for shown in tables]


def _chart(shown: Shown) -> Chart:
    code, dims = shown.table.code, shown.table.dims
    title = str(figurewords.TITLES[code])
    if len(dims) > 1:
        return Chart(code, title, grid=_grid(shown) if shown.lines else None)
    no_step_yet = [figurewords.word(dims[0], value) for value in shown.no_step_yet]
    return Chart(code, title, bars=_bars(shown), no_step_yet=no_step_yet)


def _bars(shown: Shown) -> list[Bar]:
    longest = max((line.total for line in shown.lines), default=1)
    return [
        Bar(
            label=figurewords.word(shown.table.dims[0], line.parts[0]),
            total=line.total,
            added=line.added,
            means=(line.first_mean, line.last_mean),
            y=number * EACH,
            length=max(1, round(LONGEST_BAR * line.total / longest)),
        )
        for number, line in enumerate(shown.lines)
    ]


def _grid(shown: Shown) -> Grid:
    down, across = shown.table.dims
    found = {line.parts: line for line in shown.lines}
    columns = list(dict.fromkeys(second for _, second in sorted(found)))
    return Grid(
        heads=[figurewords.word(across, code) for code in columns],
        rows=[
            (figurewords.word(down, code), [found.get((code, other)) for other in columns])
            for code in dict.fromkeys(first for first, _ in found)
        ],
    )

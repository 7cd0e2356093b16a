"""Published numbers as bars, drawn here: each with its words above it and its number behind it."""

from collections.abc import Iterable
from dataclasses import dataclass

from figures.queries import Shown
from pages import figurewords

# The plane of a chart in its own units, and what one number takes of its height.
WIDE, LONGEST_BAR, EACH = 420, 360, 36
# More letters than this would run out of the picture; the table beside it has the whole.
MOST_LETTERS = 58


@dataclass(frozen=True, slots=True)
class Bar:
    """One number: where it lies, how long its bar is, and what is written."""

    label: str
    short: str
    total: int
    added: int
    means: tuple[object, object]
    y: int
    length: int

    @property
    def end(self) -> int:
        return self.length + 4


@dataclass(frozen=True, slots=True)
class Chart:
    """One table of figures, to be seen, heard and read."""

    code: str
    title: str
    bars: list[Bar]
    fewer: list[str]
    height: int
    has_means: bool


def charts(tables: Iterable[Shown]) -> list[Chart]:
    return [_chart(shown) for shown in tables]


def _chart(shown: Shown) -> Chart:
    longest = max((line.total for line in shown.lines), default=1)
    dims = shown.table.dims
    bars = []
    for number, line in enumerate(shown.lines):
        label = figurewords.words(dims, line.parts)
        bars.append(
            Bar(
                label=label,
                short=label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…",
                total=line.total,
                added=line.added,
                means=(line.first_mean, line.last_mean),
                y=number * EACH,
                length=max(1, round(LONGEST_BAR * line.total / longest)),
            )
        )
    return Chart(
        code=shown.table.code,
        title=str(figurewords.TITLES[shown.table.code]),
        bars=bars,
        fewer=[figurewords.words(dims, (code,)) for code in shown.fewer],
        height=len(bars) * EACH,
        has_means=shown.table.scored and any(bar.means != (None, None) for bar in bars),
    )

"""How much of a file is read at most."""

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Above `bytes`, `inflated`, `members`, `rows`, `continuing` or `columns` the file is refused; a longer
    cell is a fault of its row. `inflated` counts what a workbook's parts really unfold to, and
    a part above `small` may not unfold to more than `ratio` times itself."""

    bytes: int = 25 * MB
    inflated: int = 400 * MB
    members: int = 500
    small: int = 8 * MB
    ratio: int = 200
    rows: int = 100_000
    continuing: int = 1_000  # rows of one case
    columns: int = 500
    strings: int = 2_000_000  # texts that a workbook's cells share: they are held
    characters: int = 32_767  # what a cell of Excel holds
    depth: int = 8
    submission: int = MB  # characters of one submission


DEFAULT = Limits()

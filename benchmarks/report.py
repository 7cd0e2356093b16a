"""docs/performance.md and its picture, from the figures that `./safehand bench` has left."""

import json
import math
from pathlib import Path
from typing import Any

from benchmarks import said, shape

FOLDER = Path(__file__).parents[1] / "docs" / "performance"
PAGE = FOLDER.parent / "performance.md"
# What is compared with what, and the most that it may be.
TARGETS: tuple[tuple[str, str, str, float], ...] = (
    ("ours", "same_rows", "first page, no row policies", 1.5),
    ("ours_walled", "same_rows", "first page, row policies on", 2.3),
    ("cut_state", "cut_state_same_rows", "cut to a state", 2.5),
    ("cut_late", "cut_late_same_rows", "cut to what is late", 2.5),
    ("cut_worker", "cut_worker_same_rows", "cut to a worker", 2.5),
    ("cut_nobody", "cut_nobody_same_rows", "cut to nobody's", 2.5),
    ("cut_high_risk", "cut_high_risk_same_rows", "cut to a high risk", 2.5),
    ("page_2000", "ours", "page 2,000 beside the first", 1.2),
    ("one", "one_by_key", "one case with why it is seen, beside its key", 1.5),
)
# A whole request, in CPU of web server and database together.
WHOLES: tuple[tuple[str, str, str], ...] = (
    ("plain", "the same request without permission and row policies", "1.8x"),
    ("empty", "an empty view", "15x"),
    ("raw", "a handler without a framework", "5x"),
)
CONTROLS = ("exists_or", "guardian", "row_security_alone")
MOST_BUFFERS = {"ours": 450, "ours_walled": 450}
HEAD = """# What was measured

Made by `./safehand bench` (docs/performance/CASES.json hold the figures). Times are medians of one run in which
everything took turns; read the ratios, not the milliseconds. Beside ours stand the very rows that it shows,
fetched by their keys in the same order without a question of permission; and, as controls, the usual ways.
"""
WIDTH, BAR, LEFT = 760, 18, 250
SVG = "http://www.w3.org/2000/svg"


def write() -> None:
    found = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("[0-9]*.json"))]
    found.sort(key=lambda run: run["cases"])
    PAGE.write_text(HEAD + "".join(section(run) for run in found), encoding="utf-8")
    if found:
        (FOLDER / "lists.svg").write_text(picture(found), encoding="utf-8")


def section(run: dict[str, Any]) -> str:
    lines = [f"\n## {run['cases']:,} cases\n", f"{run['machine']}; {run['rounds']} rounds.\n"]
    lines.append("| question | target | " + " | ".join(shape.KINDS) + " |")
    lines.append("| --- | --- |" + " --- |" * len(shape.KINDS))
    for name, beside, words, most in TARGETS:
        cells = []
        for kind in shape.KINDS:
            ways = run["lists"][kind]
            if ways[beside]["median"] == 0 or not ways[name].get("rows", 1):
                cells.append("no rows")
                continue
            ratio = ways[name]["median"] / ways[beside]["median"]
            cells.append(f"{ratio:.2f}x ({ways[name]['median']:.2f} ms)")
        lines.append(f"| {words} | {most}x | " + " | ".join(cells) + " |")
    for name in CONTROLS:
        cells = [
            f"{run['lists'][kind][name]['median'] / run['lists'][kind]['same_rows']['median']:.0f}x"
            for kind in shape.KINDS
        ]
        lines.append(f"| control: {name.replace('_', ' ')} | | " + " | ".join(cells) + " |")
    for name in MOST_BUFFERS:
        cells = [str(run["lists"][kind][name]["buffers"]) for kind in shape.KINDS]
        lines.append(
            f"| pages touched: {name.replace('_', ' ')} | | " + " | ".join(cells) + " |"
        )
    if "wholes" in run:
        lines += wholes(run["wholes"])
    lines += said.lines(run)
    return "\n".join(lines) + "\n"


def wholes(found: dict[str, Any]) -> list[str]:
    """A whole request for the list, in times of others."""
    lines = ["\n| a request for the list, beside | target | " + " | ".join(shape.KINDS) + " |"]
    lines.append("| --- | --- |" + " --- |" * len(shape.KINDS))
    for name, words, most in WHOLES:
        cells = [
            f"{found[kind]['ours']['median'] / found[kind][name]['median']:.2f}x"
            for kind in shape.KINDS
        ]
        lines.append(f"| {words} | {most} | " + " | ".join(cells) + " |")
    usual = [
        f"{found[kind]['usual']['median'] / found[kind]['ours']['median']:.1f}x"
        for kind in shape.KINDS
    ]
    lines.append(
        "| control: guardian's shortcut and nested serializers, beside ours | 10x | "
        + " | ".join(usual)
        + " |"
    )
    own = [
        f"{found[kind]['ours']['web']:.1f} and {found[kind]['ours']['database']:.1f}"
        for kind in shape.KINDS
    ]
    lines.append("| ms of CPU, web server and database | | " + " | ".join(own) + " |")
    return lines


def picture(runs: list[dict[str, Any]]) -> str:
    """The first page with row policies on, and the controls, in times of the same rows; by a logarithm."""
    rows: list[tuple[str, float]] = []
    for run in runs:
        for kind in shape.KINDS:
            ways = run["lists"][kind]
            for name in ("ours_walled", *CONTROLS):
                ratio = ways[name]["median"] / ways["same_rows"]["median"]
                rows.append((f"{run['cases']:,} {kind}: {name.replace('_', ' ')}", ratio))
    most = max(ratio for _, ratio in rows)
    height = BAR * len(rows) + 10
    out = [
        f'<svg xmlns="{SVG}" viewBox="0 0 {WIDTH} {height}" role="img" font-size="11">',
        "<title>A page of the case list in times of the same rows without permission</title>",
    ]
    for n, (words, ratio) in enumerate(rows):
        y = n * BAR + 4
        length = max(2.0, (WIDTH - LEFT - 70) * _log(ratio) / _log(most))
        colour = "#1f6f54" if "ours" in words else "#b4532a"
        out.append(f'<text x="{LEFT - 6}" y="{y + 11}" text-anchor="end">{words}</text>')
        out.append(
            f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR - 5}" fill="{colour}"/>'
        )
        out.append(f'<text x="{LEFT + length + 5:.0f}" y="{y + 11}">{ratio:,.1f}x</text>')
    return "\n".join([*out, "</svg>", ""])


def _log(ratio: float) -> float:
    """0 for the same, 1 for ten times as long."""
    return math.log10(max(ratio, 1.01))

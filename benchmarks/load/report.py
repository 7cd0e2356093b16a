"""What was found, as a table for the terminal and as a file."""

from typing import Any

HEAD = ("act", "count", "p50", "p95", "p99", "max", "errors")
# What the long run is held to.
MOST_RATIO, MOST_LAG = 10.0, 5.0


def table(found: dict[str, Any]) -> list[str]:
    rows = [(name, *_cells(act)) for name, act in found["acts"].items()]
    rows.append(("all", *_cells(found["all"])))
    width = max(len(row[0]) for row in rows)
    lines = [HEAD, *rows]
    return [f"{row[0]:<{width}} " + " ".join(f"{cell:>9}" for cell in row[1:]) for row in lines]


def _cells(act: dict[str, Any]) -> list[str]:
    return [f"{act[name]:,}" for name in HEAD[1:]]


def rest(found: dict[str, Any]) -> list[str]:
    queues, errors = found["queues"], found["told"]
    speed = f"{found['requests_per_second']} requests a second"
    lines = [
        f"{speed}; p99 is {found['ratio']} times p50; {found['all']['errors']} errors",
        *(
            f"late {name}: p99 {spread['p99']} s, at most {spread['max']} s"
            for name, spread in queues.items()
        ),
        *(
            f"{name}: {use['cores']} cores, {use['mb_at_start']} MB, at the end "
            f"{use['mb_at_end']} MB"
            for name, use in found["processes"].items()
        ),
        f"this program: {found['client_cores']} cores",
        f"the whole machine, others' work too: {found['machine_cores']} cores",
    ]
    return lines + [f"  {act}: {words}" for act, told in errors.items() for words in told]


def held(found: dict[str, Any]) -> dict[str, bool]:
    """The targets, and whether each was met."""
    return {
        "no errors": found["all"]["errors"] == 0,
        f"p99 under {MOST_RATIO:.0f} times p50": found["ratio"] < MOST_RATIO,
        f"no notice later than {MOST_LAG:.0f} s": found["queues"]["notices"]["max"] < MOST_LAG,
    }

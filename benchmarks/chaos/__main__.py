"""`./safehand chaos`: inside the environment that it has prepared. Not to be run by hand."""

import argparse
import sys
from pathlib import Path

import django

django.setup()

from benchmarks.chaos import report, world  # noqa: E402 -- after Django knows its settings
from benchmarks.chaos.drive import Drive  # noqa: E402
from edge import wall  # noqa: E402


def main(words: list[str]) -> int:
    asked = argparse.ArgumentParser(prog="./safehand chaos")
    asked.add_argument("verb", choices=("prepare", "drive", "count"))
    asked.add_argument("--folder", type=Path, required=True)
    asked.add_argument("--out", type=Path)
    options = asked.parse_args(words)
    wall.start_as(wall.MACHINE)
    if options.verb == "prepare":
        return world.prepare(options.folder)
    if options.verb == "drive":
        return Drive(options.folder, say)()
    return report.count(options.folder, options.out, say)


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 -- the terminal


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

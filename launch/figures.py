"""`./safehand figures`: run what takes long, one after the other, and write docs/security.md from it."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from launch.environment import ROOT

FIGURES = ROOT / "docs" / "security" / "figures.json"
PAGE = ROOT / "docs" / "security.md"
ASVS = ROOT / "docs" / "security" / "asvs.csv"
HEAD = """# What was measured

Made by `./safehand figures`, which runs what takes too long for the suite, and writes down what came
out; `./safehand figures NAME` runs one. What nobody has run yet says so. Each run leaves its numbers in
`docs/security/figures.json`; everything else in this page is made of that file and of
`docs/security/asvs.csv`.

| what | target | found | by |
| --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One long run; `kept` are the names under which it leaves its figures."""

    what: str
    target: str
    path: str
    kept: tuple[str, ...]


RUNS = {
    "oracle": Run("rule, policy and wall compared, generated worlds",
                  "0 disagreements in 100,000", "tests/wall/oracle.py", ("oracle",)),
    "tampering": Run("the log changed by the database's owner; the cost of a record",
                     "200 of 200 found; 3 ms a record at most", "tests/audit/tampering.py",
                     ("tampering", "race", "insert_ms", "speed")),
    "duplicates": Run("one person found in two agencies",
                      "recall 0.85 at precision 0.95; no probe told apart",
                      "tests/cases/measure_duplicates.py", ("duplicates", "duplicates_prober")),
    "hostile": Run("hostile inputs over every writable route of the API",
                   "20,000, 0 faults of ours", "tests/edge/hostile.py", ("hostile",)),
    "schema": Run("schemathesis on the schema, as 5 identities", "0 faults of ours, 0 undocumented answers",
                  "tests/edge/schema_run.py", ("schema",)),
    "drill": Run("restore drill over 330 cases", "0 resurrected consents, 0 rows lost",
                 "tests/custody/drilling.py", ("drill",)),
    "withdrawals": Run("bytes readable after a withdrawal commits, a receiver reading meanwhile",
                       "0 in 400 raced rounds", "tests/referral/withdrawals.py", ("withdrawals",)),
    "probes": Run("codes of another world, every route as every role",
                  "20,000, only 404, 0 bytes of it", "tests/matrix/probes.py", ("probes",)),
    "times": Run("the time of a 404 for another's code, in times of one for nobody's",
                 "within 2 %", "tests/matrix/times.py", ("times",)),
}  # fmt: skip


def figures(words: list[str]) -> int:
    """Run those named, or all; none for `page`, which only writes the page. 1 if a run failed."""
    if unknown := set(words) - {*RUNS, "page"}:
        print(f"safehand: no such run: {', '.join(sorted(unknown))}")  # noqa: T201 -- the terminal
        return 2
    failed = [name for name in (words or list(RUNS)) if name != "page" and _run(RUNS[name])]
    PAGE.write_text(page(_held(), _counts()), encoding="utf-8")
    for name in failed:
        print(f"safehand: {name} did not come out as it should")  # noqa: T201 -- the terminal
    return 1 if failed else 0


def page(held: dict[str, dict[str, object]], counts: Counter[str]) -> str:
    """The page, from the figures that were kept and the counts of the table of ASVS."""
    lines = [
        f"| {run.what} | {run.target} | {_found(run, held)} | `./safehand figures {name}` |"
        for name, run in RUNS.items()
    ]
    judged = ", ".join(
        f"{counts[how]} {how}" for how in ("met", "partly", "not", "not applicable")
    )
    lines.append(
        f"| OWASP ASVS 5.0.0, levels 1 and 2, by reading the code | each id judged | {judged} of "
        f"{sum(counts.values())} | `docs/security/asvs.csv` |"
    )
    return HEAD + "\n".join(lines) + "\n"


def _found(run: Run, held: dict[str, dict[str, object]]) -> str:
    told = [
        ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in held[kept].items())
        for kept in run.kept
        if kept in held
    ]
    return "; ".join(told) or "not run yet"


def _held() -> dict[str, dict[str, object]]:
    return dict(json.loads(FIGURES.read_text(encoding="utf-8"))) if FIGURES.exists() else {}


def _counts() -> Counter[str]:
    if not ASVS.exists():
        return Counter()
    with ASVS.open(encoding="utf-8", newline="") as file:
        return Counter(row["state"] for row in csv.DictReader(file))


def _run(run: Run) -> int:
    if not Path(ROOT / run.path).exists():
        return 1
    command = ["-m", "pytest", "-p", "launch.pytest_plugin", "-p", "no:valkey", "-n", "0", "-q"]
    return subprocess.run(
        [sys.executable, *command, run.path],
        cwd=ROOT,
        env=os.environ | {"SAFEHAND_FIGURES": str(FIGURES)},
        check=False,
    ).returncode

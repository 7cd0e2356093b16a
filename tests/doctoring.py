"""`./safehand doctor` itself, told what would run where, and what it answers."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from launch import environment
from launch.environment import ROOT, Installation, any_free_port

# What it said of a check: ok or FAIL, with the hint.
Said = dict[str, tuple[str, str]]


def address(role: str, *, host: str = "", more: str = "") -> str:
    """How this role reaches the database of the tests."""
    where = host or connection.settings_dict["HOST"]
    return f"postgresql://{role}@/{connection.settings_dict['NAME']}?host={where}{more}"


def examined(state: Path, *, web: dict[str, str], app: dict[str, str]) -> Said:
    """What the doctor says of an installation with these environments."""
    what = Installation(state, any_free_port(), app, web, {})
    environment.remember(what)
    assert json.loads((state / "run.json").read_text())["web"] == web, "it forgets a variable"
    done = subprocess.run(
        [sys.executable, "-m", "launch", "doctor"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"SAFEHAND_STATE": str(state)},
    )  # fmt: skip
    assert done.stderr == ""
    # Nothing listens at that port.
    assert done.returncode == 1
    found: Said = {}
    for line in done.stdout.splitlines():
        verdict, name = line[2:6].strip(), line[7:]
        # A name may hold a colon: `web: owns no table: hint`.
        begin = name.index(": ") + 2 if name.startswith(("web: ", "worker: ")) else 0
        what_for, _, hint = name[begin:].partition(": ")
        found[name[:begin] + what_for] = (verdict, hint)
    return found

"""The bill of materials names what is locked, and nothing else."""

import json
import re
from pathlib import Path

from launch.environment import ROOT
from launch.sbom import sbom

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def test_it_names_every_locked_package(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    assert sbom([str(path)]) == 0

    named = json.loads(path.read_text())
    held = {(part["name"].lower(), part["version"]) for part in named["components"]}
    locked = LOCKED.findall((ROOT / "requirements.txt").read_text())
    assert held == {(name.lower(), version) for name, version in locked}
    assert len(held) > 40
    assert named["metadata"]["component"]["name"] == "safehand"

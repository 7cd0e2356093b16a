"""The bill of materials: every locked package with its version and hashes, as CycloneDX."""

import importlib.util
import subprocess
import sys

from launch.environment import ROOT


def sbom(words: list[str]) -> int:
    """To the file that is named, or to the terminal. It reads the lock file and asks nobody."""
    if importlib.util.find_spec("cyclonedx_py") is None:
        print("safehand: this needs the tools of development: ./safehand setup --dev")  # noqa: T201 -- the terminal
        return 2
    where = words[0] if words else "-"
    return subprocess.run(
        [
            sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.txt",
            "--pyproject", "pyproject.toml", "--output-reproducible", "-o", where,
        ],
        cwd=ROOT,
        check=False,
    ).returncode  # fmt: skip

"""The bill of materials: every locked package with its version and hashes, as CycloneDX."""

import subprocess
import sys

from launch.environment import ROOT


def sbom(words: list[str]) -> int:
    """To the file that is named, or to the terminal. It reads the lock file and asks nobody."""
    where = words[0] if words else "-"
    return subprocess.run(
        [
            sys.executable, "-m", "cyclonedx_py", "requirements", "requirements.txt",
            "--pyproject", "pyproject.toml", "--output-reproducible", "-o", where,
        ],
        cwd=ROOT,
        check=False,
    ).returncode  # fmt: skip

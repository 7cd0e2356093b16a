"""The cleaner's other end: it is given one file, and whatever happens to it happens to it alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from documents.workflow import Fault

HERE = Path(__file__).resolve().parent.parent
SECONDS = 90
SECONDS_TO_STAMP = 20
REFUSED = 3


class Unfit(Exception):
    """The file is refused, or the cleaner did not live through it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def cleaned(content: bytes, *, kind: str) -> tuple[bytes, int]:
    """The file made anew, and how many pages it has."""
    head, out = _done({"deed": "clean", "kind": kind}, content, within=SECONDS)
    return out, int(head["pages"])


def stamped(content: bytes, *, kind: str, words: str) -> bytes:
    """A clean file with a line on it that says who fetched it when."""
    asked = {"deed": "stamp", "kind": kind, "words": words}
    return _done(asked, content, within=SECONDS_TO_STAMP)[1]


def _done(
    asked: dict[str, str], content: bytes, *, within: float
) -> tuple[dict[str, Any], bytes]:
    try:
        # -E and -s: nothing of the environment or of the user's own folder is loaded.
        ended = subprocess.run(
            [sys.executable, "-E", "-s", "-B", "-m", "documents.cleaner"],
            input=json.dumps(asked).encode() + b"\n" + content,
            stdout=subprocess.PIPE,
            # A trace may quote what it stumbled over.
            stderr=subprocess.DEVNULL,
            cwd=HERE,
            env={},
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise Unfit(Fault.TOO_HEAVY) from late
    head, _, out = ended.stdout.partition(b"\n")
    if ended.returncode == REFUSED:
        raise Unfit(Fault(json.loads(head)["why"]))
    if ended.returncode:
        raise Unfit(Fault.TOO_HEAVY if ended.returncode < 0 else Fault.MALFORMED)
    return json.loads(head), out

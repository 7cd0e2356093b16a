"""Where long runs leave what they measured, for the page that shows it."""

import json
import os
from pathlib import Path


def keep(what: str, **figures: float | str) -> None:
    """Add the figures of one run to the file that SAFEHAND_FIGURES names; without one, print them."""
    name = os.environ.get("SAFEHAND_FIGURES")
    if not name:
        print(json.dumps({what: figures}))  # noqa: T201 -- the run's own report
        return
    path = Path(name)
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(
        json.dumps(held | {what: figures}, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )

"""Moments as FHIR writes them."""

import datetime as dt
import re

# A dateTime that says a time; then it names its zone, too.
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII
)


def written(at: dt.datetime | None) -> str | None:
    """In UTC, as exactly as it is kept."""
    return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if at else None

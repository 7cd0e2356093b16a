"""What Django looks at before anything starts: whether the jurisdiction's file can be used."""

from typing import Any

from django.core.checks import CheckMessage, Error

from agencies import jurisdiction
from agencies.jurisdiction import NotAJurisdiction


def jurisdiction_can_be_read(**_options: Any) -> list[CheckMessage]:
    try:
        jurisdiction.current()
    except NotAJurisdiction as fault:
        hint = "JURISDICTION names a file; docs/jurisdictions.md says what it holds."
        return [Error(str(fault), hint=hint, id="agencies.E001")]
    return []

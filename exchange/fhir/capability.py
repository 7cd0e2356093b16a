"""What this service can do by FHIR, for systems that ask before they begin. Nothing of it is private."""

from typing import Any

from django.conf import settings

from exchange.fhir.outcome import MEDIA_TYPE
from exchange.fhir.search import MOST

# When what is said here changed last.
DATE = "2026-11-27"
SEARCHES = {
    "status": ("token", "One or more, parted by commas."),
    "owner": ("reference", "Your own agency, which is meant where nothing is said."),
    "requester": (
        "reference",
        "Your own agency: what it sent. Another: what that one sent you.",
    ),
    "_lastUpdated": ("date", "With ge, gt, le or lt; twice for a span."),
}


def statement() -> dict[str, Any]:
    """The CapabilityStatement."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": DATE,
        "kind": "instance",
        "software": {"name": "Safehand"},
        "implementation": {
            "description": "Referrals between agencies: read, and answered by their receivers.",
            "url": f"{settings.PUBLIC_URL}/fhir",
        },
        "fhirVersion": "4.0.1",
        "format": [MEDIA_TYPE, "json"],
        "rest": [
            {
                "mode": "server",
                "security": {
                    "cors": False,
                    "description": "A token of your agency, as a bearer: read, write, or fhir.",
                },
                "resource": [_task(), *map(_read_only, READ_ONLY)],
            }
        ],
    }


READ_ONLY = ("ServiceRequest", "Patient", "Organization")


def _task() -> dict[str, Any]:
    return {
        "type": "Task",
        "documentation": f"A search shows {MOST} at most, newest first. A PUT needs If-Match.",
        "interaction": [{"code": code} for code in ("read", "search-type", "update")],
        "versioning": "versioned-update",
        "readHistory": False,
        "updateCreate": False,
        "searchParam": [
            {"name": name, "type": kind, "documentation": words}
            for name, (kind, words) in SEARCHES.items()
        ],
    }


def _read_only(name: str) -> dict[str, Any]:
    return {"type": name, "interaction": [{"code": "read"}], "readHistory": False}

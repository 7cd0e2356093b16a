"""ETag and If-Match: nobody overwrites what they have not seen (RFC 9110, section 13)."""

from rest_framework.request import Request

from edge.errors import VersionMissing
from kernel.errors import Stale


def etag(code: str, version: int | str) -> str:
    return f'"{code}.{version}"'


def require_match(request: Request, code: str, version: int) -> None:
    """Raise VersionMissing (428) without If-Match and Stale (412) with an older one."""
    given = request.headers.get("If-Match")
    if given is None:
        raise VersionMissing
    match_if_given(request, code, version)


def judged(request: Request, code: str) -> str:
    """The version that was judged, for an action that compares it under its own lock. Raises
    VersionMissing (428) without If-Match and Stale (412) with what is none of this record."""
    given = request.headers.get("If-Match")
    if given is None:
        raise VersionMissing
    version = given.removeprefix(f'"{code}.').removesuffix('"')
    if given != etag(code, version):
        raise Stale("stale_version")
    return version


def match_if_given(request: Request, code: str, version: int) -> None:
    given = request.headers.get("If-Match")
    if given is not None and given != etag(code, version):
        raise Stale("stale_version")

"""Who is asking: by a token of the API, or by the session of a log-in."""

from typing import Any, cast

from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from agencies import queries
from agencies.actions import digest_of
from agencies.models import Member, Token
from edge import wall


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer shk_...`"""

    keyword = "bearer"

    def authenticate(self, request: Request) -> tuple[Member, Token] | None:
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword.encode():
            return None
        if len(words) != 2:  # noqa: PLR2004 -- keyword and secret
            raise exceptions.AuthenticationFailed
        token = queries.token_of(digest_of(words[1].decode("latin-1")), at=timezone.now())
        if token is None:
            raise exceptions.AuthenticationFailed
        wall.become(wall.member(token.member))
        # Whoever practises sits elsewhere: config/practising.py knows where, or refuses.
        sit = getattr(request._request, "sit", None)  # noqa: SLF001 -- DRF's own name of Django's request
        return (sit(token.member) if sit else token.member), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The session cookie, with a CSRF token on everything that changes something."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found is None or not found[0].agency.is_active:
            return None
        return found


class Scoped(BasePermission):
    """Signed in, and with a token only for what its scopes cover."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Member):
            return False
        if not isinstance(request.auth, Token):
            return True
        wanted = Token.Scope.READ if request.method in SAFE_METHODS else Token.Scope.WRITE
        # A scope of its own for what a machine does alone: it then reads nothing else.
        if not {wanted, getattr(view, "also_with", wanted)} & set(request.auth.scopes):
            raise exceptions.PermissionDenied(code="scope_missing")
        return True


def reads_referrals_alone(request: Request) -> bool:
    """Whether the key that asks is for FHIR and reads nothing else."""
    token = request.auth
    return isinstance(token, Token) and Token.Scope.READ not in token.scopes


def actor_of(request: Request) -> Member:
    """The member who asks. Views that let others in must not call this."""
    return cast(Member, request.user)

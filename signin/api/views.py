"""The session over HTTP: begin, ask again, end. Passkeys are shown on the pages only."""

from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.auth import actor_of
from agencies.api.serializers import member_out
from agencies.models import Member
from audit import log
from edge import phrases, stepup
from edge.answers import shape
from edge.network import network_of
from edge.views import View
from kernel.errors import Denied
from signin import entering, queries
from signin.actions import proving
from signin.api import serializers as s

ANYONE = log.Machine("anonymous", role="none")
FAILED = "authentication_failed"


class Session(View):
    """Log in for a browser, with a second factor. Failures are counted and answered alike."""

    serializer_class = s.LoginIn
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="session_open", responses={200: shape(s.LoggedIn)})
    def post(self, request: Request) -> Response:
        data, at = self.read(request), timezone.now()
        code = data.pop("code")
        network = network_of(plain(request))
        found = proving.check_password(**data, network=network, by=ANYONE, at=at)
        if found is None:
            return _failed()
        way = stepup.PASSWORD
        if entering.needs_more(found):
            if not code:
                raise Denied(_wanted_of(found))
            way = proving.check_code(member=found, code=code, network=network, by=ANYONE, at=at)
        if not way:
            return _failed()
        entering.enter(plain(request), found, way, at=at)
        return Response({**member_out(found), "csrf_token": get_token(plain(request))})

    @extend_schema(operation_id="session_close", responses={204: None})
    def delete(self, request: Request) -> Response:
        if isinstance(request.user, Member):
            log.record("logout", by=request.user, about=request.user.username)
        logout(plain(request))
        response = Response(status=204)
        response["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return response


class Again(View):
    """Show a code of the app once more, before what is grave: good for five minutes."""

    serializer_class = s.AgainIn

    @extend_schema(operation_id="session_again", responses={204: None})
    def post(self, request: Request) -> Response:
        actor, at = actor_of(request), timezone.now()
        if request.auth is not None:
            # A key to the API is no person who could be asked.
            raise Denied(stepup.NEEDED)
        code = self.read(request)["code"]
        network = network_of(plain(request))
        way = proving.check_code(
            member=actor, code=code, network=network, by=actor, at=at, app_only=True
        )
        if not way:
            return _failed()
        entering.ask_again(plain(request), way, by=actor, at=at)
        return Response(status=204)


def plain(request: Request) -> HttpRequest:
    """Django's own request, which its log-in works on."""
    return request._request  # noqa: SLF001 -- DRF offers no public way to it


def _wanted_of(member: Member) -> str:
    return "second_factor_needed" if queries.kinds_of(member) else "second_factor_missing"


def _failed() -> Response:
    """Not raised: the count of failures must stay when the answer is a refusal."""
    body: dict[str, Any] = {
        "type": f"urn:safehand:problem:{FAILED}",
        "title": phrases.of(FAILED),
        "status": 401,
        "code": FAILED,
        "request_id": log.request_id.get(),
    }
    return Response(body, 401, content_type="application/problem+json")

"""The OpenAPI schema: what every operation has in common besides its own input and answer."""

from typing import Any, Literal

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from edge.views import ActView


class Fault(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `code` is stable; `title` is a sentence for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    errors = Fault(many=True, required=False)  # type: ignore[assignment]  # also a property
    state = serializers.CharField(required=False)
    words = serializers.ListField(child=serializers.CharField(), required=False)
    request_id = serializers.CharField()


KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Yours, at most 80 visible ASCII characters. Sent twice, the act is done once.",
)
MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the version you judged. Without it 428, with an older one 412.",
)
REASONS = {
    "400": "The input is wrong; `errors` says where.",
    "401": "No valid log-in or token.",
    "403": "You see it, but may not do this.",
    "404": "Not there, or not yours to know of.",
    "409": "Not possible as it stands now; `state` says how it stands.",
    "412": "You judged an older version.",
    "428": "If-Match is missing.",
}


class Schema(AutoSchema):
    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if isinstance(self.view, ActView) and self.method == "POST":
            required = type(self.view).key_required
            parameters.append(
                OpenApiParameter(
                    KEY.name, str, KEY.location, required=required, description=KEY.description
                )
            )
        if self._judges_a_version():
            parameters.append(MATCH)
        return parameters

    def _judges_a_version(self) -> bool:
        judging = self.method == "POST" and getattr(self.view, "match_required", False)
        return self.method in {"PUT", "PATCH"} or judging

    def _get_response_bodies(
        self, direction: Literal["request", "response"] = "response"
    ) -> Any:
        bodies = super()._get_response_bodies(direction)
        statuses = ["400", "401", "403", "404"]
        statuses += ["409"] if self.method == "POST" else []
        statuses += ["412", "428"] if self._judges_a_version() else []
        for status in statuses:
            bodies.setdefault(status, self._problem(status))
        return bodies

    def _problem(self, status: str) -> Any:
        answer = OpenApiResponse(Problem, REASONS[status])
        found: dict[str, Any] = self._get_response_for_code(  # type: ignore[no-untyped-call]
            answer, status, media_types=["application/problem+json"]
        )
        found["description"] = REASONS[status]
        return found


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "agencies.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "agencies.api.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}

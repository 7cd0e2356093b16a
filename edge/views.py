"""Two shapes of view: one that shows, and one that acts once and shows what came of it."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from edge import keys

Input = dict[str, Any]


class View(GenericAPIView[Any]):
    """A view whose answers are plain dictionaries; its serializer reads input only."""

    pagination_class = None
    filter_backends = ()

    def read(
        self, request: Request, serializer: type[BaseSerializer[Any]] | None = None
    ) -> Input:
        """The validated body. Raises ValidationError, worded by config.api.errors."""
        reader = (serializer or self.get_serializer_class())(data=request.data)
        reader.is_valid(raise_exception=True)
        data: Input = reader.validated_data
        return data


class ActView(View, ABC):
    """POST does one act, at most once per Idempotency-Key, and answers with the record."""

    key_required: ClassVar[bool] = False
    created: ClassVar[bool] = False
    # Whether it takes the version that was judged, by If-Match.
    match_required: ClassVar[bool] = False

    @abstractmethod
    def act(self, request: Request, data: Input, **where: Any) -> str:
        """Do it; return the code of the record that the answer shows."""

    @abstractmethod
    def show(self, request: Request, code: str) -> Response:
        """The record as this member may see it now."""

    def perform(self, request: Request, **where: Any) -> Response:
        data = self.read(request)
        row = keys.claim(request, route=request.path, required=self.key_required)
        repeated = bool(row and row.answer)
        code = row.answer if row and repeated else self.act(request, data, **where)
        if not repeated:
            keys.settle(row, code)
        response = self.show(request, code)
        if repeated:
            response["Idempotency-Replayed"] = "true"
        elif self.created:
            response.status_code = 201
        return response

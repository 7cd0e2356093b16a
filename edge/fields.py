"""Fields that several apps read."""

from collections.abc import Container
from typing import Any

from rest_framework import serializers


class Code(serializers.CharField):
    """A code out of a list too long to stand in the schema, or one that grows at run time."""

    default_error_messages = {"invalid_choice": "Not one of the known codes."}

    def __init__(self, known: Container[str], **options: Any) -> None:
        self.known = known
        super().__init__(max_length=60, **options)

    def to_internal_value(self, data: Any) -> str:
        code: str = super().to_internal_value(data)
        if code not in self.known:
            self.fail("invalid_choice")
        return code

"""The shapes of answers, for the schema: drawn from the very types that mypy checks."""

from typing import Any

from drf_spectacular.plumbing import resolve_type_hint
from drf_spectacular.utils import OpenApiParameter

Shape = dict[str, Any]
# How a list is asked for its next page.
AFTER = OpenApiParameter("after", str, description="`next` of the page before.")


def shape(answer: Any) -> Shape:
    """The JSON schema of a TypedDict."""
    found: Shape = resolve_type_hint(answer)  # type: ignore[no-untyped-call]  # its library has no types
    return found


def page(answer: Any) -> Shape:
    """A page of a list; `next` is the `after` of the page that follows."""
    shown = listed(answer)
    shown["properties"]["next"] = {"type": ["string", "null"]}
    return shown


def listed(answer: Any) -> Shape:
    """A list that is short enough to come whole."""
    results = {"type": "array", "items": shape(answer)}
    return {"type": "object", "properties": {"results": results}, "required": ["results"]}

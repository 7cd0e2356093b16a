"""What the public directory promises, as an OpenAPI document of its own."""

from typing import Any

VERSION = "3.1"
PROFILE = "https://docs.openreferral.org/en/latest/hsds/"
DESCRIPTION = (
    "A directory of services. Only what the organizations themselves have listed is in it."
)
SCHEMA = "https://raw.githubusercontent.com/openreferral/specification/3.1/schema"

PAGE = {
    "total_items": "integer", "total_pages": "integer", "page_number": "integer",
    "size": "integer", "first_page": "boolean", "last_page": "boolean", "empty": "boolean",
}  # fmt: skip
PARAMETERS = {
    "page": "integer", "per_page": "integer", "search": "string", "taxonomy_term_id": "string",
    "taxonomy_id": "string", "organization_id": "string", "modified_after": "string",
    "minimal": "boolean", "full": "boolean", "full_service": "boolean", "parent_id": "string",
    "format": "string",
}  # fmt: skip
EVERY_LIST = ("page", "per_page", "search", "format")
# Each list: by what it is asked, and the standard's schema of one of it.
LISTS: dict[str, tuple[tuple[str, ...], str]] = {
    "services": (
        ("taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "minimal", "full"),
        "service",
    ),
    "organizations": (
        ("taxonomy_term_id", "taxonomy_id", "full", "full_service"), "organization",
    ),
    "service_at_locations": (
        ("taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "full"),
        "service_at_location",
    ),
    "taxonomies": ((), "taxonomy"),
    "taxonomy_terms": (("taxonomy_id", "parent_id"), "taxonomy_term"),
}  # fmt: skip


def document(base: str) -> dict[str, Any]:
    """The OpenAPI document of the directory that is reached at this address."""
    paths: dict[str, Any] = {"/": _read("What this is", {"type": "object"}, [])}
    for name, (more, schema) in LISTS.items():
        one = {"$ref": f"{SCHEMA}/{schema}.json"}
        asked = [_parameter(each, "query") for each in (*EVERY_LIST, *more)]
        paths[f"/{name}"] = _read(f"A page of {name}", _paged(one), asked)
        paths[f"/{name}/{{id}}"] = _read(f"One of {name}", one, [_parameter("id", "path")])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Directory of services",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "As the publisher of the directory says"},
        },
        "servers": [{"url": f"{base}/hsds"}],
        "paths": paths,
    }


def _read(about: str, schema: dict[str, Any], asked: list[dict[str, Any]]) -> dict[str, Any]:
    answer = {
        "description": about,
        "content": {"application/json": {"schema": schema}},
    }
    return {"get": {"summary": about, "parameters": asked, "responses": {"200": answer}}}


def _paged(one: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: {"type": kind} for name, kind in PAGE.items()}
    return {
        "type": "object",
        "properties": fields | {"contents": {"type": "array", "items": one}},
        "required": ["empty", "contents"],
    }


def _parameter(name: str, where: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "required": where == "path",
        "schema": {"type": PARAMETERS.get(name, "string")},
    }

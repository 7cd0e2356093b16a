"""What the directory answers, and what we wrote down of HSDS, held against HSDS's own schemas.

HSDS_SCHEMAS names the folder `schema` of github.com/openreferral/specification; it is not kept here.
"""

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from agencies.api.hsdsurls import urlpatterns
from agencies.hsds import contract
from agencies.hsds.meaning import COLUMNS
from agencies.hsds.reading import BY_FILE, NOT_TAKEN
from agencies.listingmodels import Listing
from agencies.roles import AgencyType, Role
from demo import builders as make
from tests.agencies import hsdsfields as ours
from tests.agencies.test_hsds import EVERYTHING, WORDS, told

Schema = dict[str, Any]
Schemas = dict[str, Schema]
HERE = "https://schemas.test/"
FORMATS = Draft202012Validator.FORMAT_CHECKER
# What the standard says of the columns of its tables holds for JSON, too; of a time it says it in words.
OF_COLUMNS: dict[str, Schema] = {
    "date": {"format": "date"},
    "datetime": {"format": "date-time"},
    "time": {"pattern": f"^{ours.SHAPES[ours.TIME]}$"},
}
# What hangs on what where one begins elsewhere than at a service, and what falls away for it: by
# `example` in hsds_schema.py of github.com/openreferral/hsds_schema_tools, which compiles the schemas.
BASES: dict[str, tuple[tuple[str, str, Schema], tuple[str, str]]] = {
    "organization": (
        ("organization", "services", {"type": "array", "items": {"$ref": "service.json"}}),
        ("service", "organization"),
    ),
    "service_at_location": (
        ("service_at_location", "service", {"$ref": "service.json"}),
        ("service", "service_at_locations"),
    ),
}
# By the API reference, "Lists": all of it must be there.
ENVELOPE: Schema = {name: {"type": kind} for name, kind in contract.PAGE.items()}
# By the API reference, "The `/` endpoint".
ROOT: Schema = {
    "type": "object",
    "properties": {
        "version": {"type": "string"},
        "profile": {"type": "string", "format": "uri"},
        "openapi_url": {"type": "string", "format": "uri"},
    },
    "required": ["version", "profile", "openapi_url"],
}
# All that is ever told of each object: a service that fills every part says all of it.
TOLD = {
    "service": {
        "id", "name", "status", "description", "url", "email", "interpretation_services",
        "application_process", "fees_description", "eligibility_description", "minimum_age",
        "maximum_age", "assured_date", "last_modified", "organization", "phones", "schedules",
        "languages", "service_areas", "attributes", "service_at_locations",
    },
    "organization": {"id", "name", "description", "website"},
    "phones": {"id", "number", "type"},
    "schedules": {"id", "freq", "byday", "opens_at", "closes_at", "description"},
    "languages": {"id", "name", "code"},
    "service_areas": {"id", "name"},
    "attributes": {
        "id", "link_id", "link_entity", "link_type", "taxonomy_term_id", "taxonomy_term",
    },
    "taxonomy_term": {
        "id", "code", "name", "description", "taxonomy", "taxonomy_detail", "language",
    },
    "taxonomy_detail": {"id", "name", "description", "version"},
    "service_at_locations": {"id", "location"},
    "location": {"id", "location_type", "latitude", "longitude", "addresses"},
    "addresses": {
        "id", "address_1", "city", "state_province", "postal_code", "country", "address_type",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    folder = os.environ.get("HSDS_SCHEMAS")
    if not folder:
        pytest.skip("HSDS_SCHEMAS names no folder")
    files = [path for path in Path(folder).glob("*.json") if path.stem != "openapi"]
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}


@pytest.fixture
def advice(db: None, settings: Any) -> Listing:
    """A service that tells all that can be told; beside it one that is closed for a time and tells
    as little as can be, and one whose hours nobody wrote down."""
    settings.HSDS_PUBLIC = True
    admin = make.make_member(
        agency=make.make_agency(type=AgencyType.LEGAL), role=Role.AGENCY_ADMIN
    )
    service = make.make_service(
        agency=admin.agency, type="LEGAL_AID", minimum_age=18, maximum_age=99,
        languages=["rus", "bel"], districts=["BY-MI-01"], round_the_clock=False,
    )  # fmt: skip
    bare = make.make_member(role=Role.AGENCY_ADMIN)
    closed = make.make_service(
        agency=bare.agency, status="temporarily_closed", round_the_clock=False
    )
    make.make_listed(by=bare, service=closed)
    make.make_listed(by=bare, shows=["address"], htcds={"org_ShippingCity": "Minsk"})
    return make.make_listed(by=admin, service=service, shows=EVERYTHING, **WORDS)


def strict(schemas: Schemas, base: str) -> Schemas:
    """The schemas under addresses of ours, without leave to say anything else: in the standard's
    own a word that it has not is no fault."""
    found = copy.deepcopy(schemas)
    if base in BASES:
        (whose, name, what), (other, falls) = BASES[base]
        found[whose]["properties"][name] = what
        del found[other]["properties"][falls]
    for name, schema in found.items():
        schema |= {"$id": f"{HERE}{name}.json", "additionalProperties": False}
        for each in schema["properties"].values():
            each.update(OF_COLUMNS.get(each.get("datapackage_type", ""), {}))
    return found


def wrong(schemas: Schemas, schema: Schema, answer: Any, base: str = "service") -> list[str]:
    """What the standard's schemas say against it, each with its place."""
    known = [(each["$id"], each) for each in strict(schemas, base).values()]
    registry: Registry[Any] = Registry().with_resources(
        (address, DRAFT202012.create_resource(each)) for address, each in known
    )
    judge = Draft202012Validator(schema, registry=registry, format_checker=FORMATS)
    return [f"{each.json_path}: {each.message}" for each in judge.iter_errors(answer)]


def one_of(name: str) -> Schema:
    return {"$ref": f"{HERE}{name}.json"}


def page_of(one: Schema, *, least: int = 1) -> Schema:
    contents = {"contents": {"type": "array", "items": one, "minItems": least}}
    return {
        "type": "object",
        "properties": ENVELOPE | contents,
        "required": [*ENVELOPE, "contents"],
        "additionalProperties": False,
    }


def asked(listing: Listing) -> dict[str, tuple[str, list[str]]]:
    """Each address of the directory, of what its answer is, and what it is asked there."""
    place = next(
        each["id"]
        for each in told("service_at_locations")["contents"]
        if each["service"]["id"] == str(listing.uid)
    )
    lists = {
        "services": ["", "full=true"],
        "organizations": ["", "full=true", "full=true&full_service=true"],
        "service_at_locations": ["", "full=true"],
        "taxonomies": [""],
        "taxonomy_terms": [""],
    }
    ones = {
        "services": (listing.uid, [""]),
        "organizations": (listing.service.agency.uid, ["", "full_service=true"]),
        "service_at_locations": (place, [""]),
        "taxonomies": (told("taxonomies")["contents"][0]["id"], [""]),
        "taxonomy_terms": (told("taxonomy_terms")["contents"][0]["id"], [""]),
    }
    schema = {name: of for name, (_, of) in contract.LISTS.items()}
    return {name: (schema[name], queries) for name, queries in lists.items()} | {
        f"{name}/{number}": (schema[name], queries) for name, (number, queries) in ones.items()
    }


def test_every_answer_stands_before_the_standards_own_schemas(
    schemas: Schemas, advice: Listing
) -> None:
    found: dict[str, list[str]] = {}
    answers = asked(advice)
    for path, (name, queries) in answers.items():
        schema = one_of(name) if "/" in path else page_of(one_of(name))
        for query in queries:
            answer = told(f"{path}?{query}")
            found[f"{path}?{query}"] = wrong(schemas, schema, answer, name)

    assert {where: faults for where, faults in found.items() if faults} == {}
    assert len(found) == 15
    routes = {f"{path.split('/')[0]}/<str:uid>" if "/" in path else path for path in answers}
    assert routes | {"", "openapi.json"} == {str(each.pattern) for each in urlpatterns}


def test_what_is_no_list_of_objects_says_what_the_reference_asks_for(
    schemas: Schemas, advice: Listing
) -> None:
    """What the directory is; how an API of its kind is described; and numbers of services alone."""
    short = strict(schemas, "service")["service"]
    short = {"properties": short["properties"], "required": ["id", "last_modified"]}
    short |= {"$id": f"{HERE}minimal.json", "additionalProperties": False}
    document = told("openapi.json")
    of_lists = {
        name: document["paths"][f"/{name}/{{id}}"]["get"]["responses"]["200"]["content"][
            "application/json"
        ]["schema"]["$ref"].rpartition("/")[2]
        for name in contract.LISTS
    }

    assert wrong(schemas, ROOT, told("")) == []
    assert wrong(schemas, page_of(short), told("services?minimal=true")) == []
    assert wrong(schemas, page_of({}, least=0), told("services?page=9")) == []
    assert [
        each for each in of_lists.values() if each.removesuffix(".json") not in schemas
    ] == []


def test_a_service_that_says_all_fills_every_part(advice: Listing) -> None:
    """Else the schemas would be asked about less than there is."""
    found: dict[str, set[str]] = {}
    full = told(f"services/{advice.uid}")
    gather("service", full, found)

    assert found == TOLD
    assert told(f"service_at_locations?full=true&organization_id={advice.service.agency.uid}")[
        "contents"
    ] == [
        full["service_at_locations"][0]
        | {"service": {k: v for k, v in full.items() if k != "service_at_locations"}}
    ]


def gather(name: str, value: Any, found: dict[str, set[str]]) -> None:
    """Which names each object has that holds something, by the name under which it hangs."""
    for each in value if isinstance(value, list) else [value]:
        for key, inner in each.items():
            if inner not in ("", None, [], {}):
                found.setdefault(name, set()).add(key)
            if isinstance(inner, (dict, list)):
                gather(key, inner, found)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (["status"], "open", "$.status"),
        (["minimum_age"], "18", "$.minimum_age"),
        (["id"], "7", "$.id"),
        (["url"], "nowhere", "$.url"),
        (["email"], "nobody", "$.email"),
        (["assured_date"], "27.11.2026", "$.assured_date"),
        (["last_modified"], "2026-11-27", "$.last_modified"),
        (["colour"], "blue", "$"),
        (["schedules", 0, "freq"], "DAILY", "$.schedules[0].freq"),
        (["schedules", 0, "opens_at"], "09:00", "$.schedules[0].opens_at"),
        (["schedules", 0, "colour"], "blue", "$.schedules[0]"),
        (["organization", "website"], 7, "$.organization.website"),
        (
            ["service_at_locations", 0, "location", "location_type"],
            "cellar",
            "$.service_at_locations[0].location.location_type",
        ),
    ],
)
def test_the_judge_finds_what_is_wrong(
    schemas: Schemas, advice: Listing, path: list[Any], value: Any, where: str
) -> None:
    answer = told(f"services/{advice.uid}")
    inner = answer
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    found = wrong(schemas, one_of("service"), answer)

    assert [each.partition(":")[0] for each in found] == [where]


def test_what_is_written_down_of_the_standard_is_what_its_schemas_say(schemas: Schemas) -> None:
    found = []
    for name, fields in ours.OBJECTS.items():
        if name in {"root", "minimal", "page"}:
            continue
        schema = schemas[name] | {"properties": dict(schemas[name]["properties"])}
        for (whose, extra, what), _ in BASES.values():
            if whose == name:
                schema["properties"][extra] = what
        must = {each.rstrip("!") for each in fields if each.endswith("!")}
        if must != set(schema["required"]):
            found.append((name, "required", must, schema["required"]))
        for field, kind in fields.items():
            said = schema["properties"].get(field.rstrip("!"))
            if said is None or written(said) != kind:
                found.append((name, field, kind, said))

    assert found == []
    page = ours.OBJECTS["page"]
    kinds = {"integer": ours.WHOLE, "boolean": ours.YES_NO}
    assert page == {f"{n}!": kinds[kind] for n, kind in contract.PAGE.items()} | {
        "contents!": list
    }


def written(said: Schema) -> Any:
    """A property of a schema in the words of hsdsfields.py."""
    if "$ref" in said:
        return said["$ref"].removesuffix(".json")
    if said["type"] == "array":
        return [written(said["items"])]
    if "enum" in said:
        return set(said["enum"])
    of_column = said.get("datapackage_type", said["type"])
    plain = {"number": ours.NUMBER, "date": ours.DATE, "time": ours.TIME}
    if of_column in plain:
        return plain[of_column]
    formats = {
        "uuid": ours.UUID,
        "uri": ours.URI,
        "email": ours.EMAIL,
        "date-time": ours.MOMENT,
    }
    return formats[said["format"]] if "format" in said else ours.TEXT


def test_each_table_and_column_that_is_read_is_one_of_the_standard(schemas: Schemas) -> None:
    """And none of its tables is a stranger: what is not taken is known not to be."""
    files = {Path(each["path"]).stem for each in schemas.values()} | set(schemas)
    strange = {
        f"{table}.{column}"
        for table, columns in COLUMNS.items()
        for column in columns
        if column not in schemas[table]["properties"]
    }

    assert files - set(BY_FILE) - NOT_TAKEN == set()
    # Before 3.0 a term hung on a service by that name, and there are still such files.
    assert strange - {"attribute.service_id", "attribute.taxonomy_term"} == set()

"""A refusal in FHIR: an OperationOutcome with the same stable code as everywhere else."""

from collections.abc import Mapping
from typing import Any

from exchange.fhir import codes

MEDIA_TYPE = "application/fhir+json"
FAILED = 500
# What kind of issue each refusal is (value set issue-type).
KINDS: dict[int, str] = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    409: "business-rule",
    412: "conflict",
    413: "too-long",
    415: "not-supported",
    428: "required",
    429: "throttled",
    503: "transient",
}


def of(problem: Mapping[str, Any], where: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The outcome that says the same as a problem of the API.

    `where` tells at which place of the resource each part of our own stood, by its JSON pointer, and
    where what a refusal misses would stand, by its code; of a missing output, after a #, which.
    """
    where = where or {}
    main = {"code": problem["code"], "detail": problem["title"]}
    main["pointer"] = where.get(problem["code"], "")
    issues = [_issue(problem, fault, where) for fault in problem.get("errors") or [main]]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(
    problem: Mapping[str, Any], fault: Mapping[str, str], where: Mapping[str, str]
) -> dict[str, Any]:
    pointer, _, missing = where.get(fault["pointer"], fault["pointer"]).partition("#")
    coding = [{"system": codes.PROBLEM, "code": fault["code"]}]
    if missing:
        coding.append({"system": codes.SAID, "code": missing})
    if problem.get("state"):
        coding.append({"system": codes.STATE, "code": problem["state"]})
    status = problem["status"]
    issue: dict[str, Any] = {
        "severity": "fatal" if status == FAILED else "error",
        "code": KINDS.get(status, "exception" if status == FAILED else "processing"),
        "details": {"coding": coding, "text": fault["detail"]},
        "diagnostics": f"Request {problem['request_id']}",
    }
    if pointer.startswith("?"):
        issue["location"] = [f"http.{pointer[1:]}"]
    elif pointer:
        issue["expression"] = [_path(pointer)]
    return issue


def _path(pointer: str) -> str:
    """A JSON pointer into a Task, as FHIRPath has it: /output/0/type is Task.output[0].type."""
    path = "Task"
    for part in pointer.strip("/").split("/"):
        path += f"[{part}]" if part.isdigit() else f".{part}"
    return path

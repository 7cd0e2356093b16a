"""So many hostile requests over every writable route, as several roles; what was a fault of ours."""

import random
from collections import Counter
from typing import Any

from django.conf import settings
from django.db import transaction

from tests.edge import inputs
from tests.matrix.test_matrix import (
    BODIES,
    VERSIONS,
    address,
    client_of,
    code_for,
    routes,
)

ROLES = ("worker", "supervisor", "helping", "stranger", "system_admin", "anonymous")
WRITING = ("POST", "PUT", "PATCH", "DELETE")


def attack(many: int, *, seed: int) -> tuple[Counter[int], list[dict[str, Any]]]:
    """How often each status came, and the requests that were answered with 500 or more."""
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (10 * many, 3600))
    rnd, statuses, faults = random.Random(seed), Counter[int](), []
    writable = sorted(key for key in set(routes()) if key[1] in WRITING)
    for number, relation in enumerate(ROLES):
        with transaction.atomic():
            client, world = client_of(relation)
            for turn in range(number, many, len(ROLES)):
                route, method = writable[(turn // len(ROLES)) % len(writable)]
                asked = _request(rnd, world, route, method)
                answer = _sent(client, method, asked)
                statuses[answer.status_code] += 1
                if answer.status_code >= 500:
                    why = repr(getattr(answer, "exc_info", ("", "no exception"))[1])
                    faults.append(
                        {"why": why, "as": relation, "method": method, "route": route} | asked
                    )
            transaction.set_rollback(True)
    return statuses, faults


def _request(rnd: random.Random, world: Any, route: str, method: str) -> dict[str, Any]:
    code = inputs.segment(rnd, code_for(route, world))
    path = route.replace("<str:code>", code).replace("<str:username>", code)
    path = path.replace("<str:name>", "vic_MethodsOfControl").replace("<str:group>", "identity")
    right = {"Idempotency-Key": "the-only-one"} if method == "POST" else {}
    if method in {"PUT", "PATCH"}:
        right["If-Match"] = f'"{VERSIONS[route](world)}"'
    data, kind = inputs.body(rnd, BODIES.get(f"{method} {route}", lambda w: {})(world))
    hostile = inputs.headers(rnd)
    if int(hostile.get("Content-Length", 0)) > len(data):
        # A server waits for the rest and ends the connection: no such request reaches the service.
        hostile = {}
    return {"path": path, "data": data, "kind": kind, "headers": right | hostile}


def _sent(client: Any, method: str, asked: dict[str, Any]) -> Any:
    with transaction.atomic():
        answer = client.generic(
            method,
            address(asked["path"]),
            data=asked["data"],
            content_type=asked["kind"],
            headers=asked["headers"],
        )
        transaction.set_rollback(True)
    return answer

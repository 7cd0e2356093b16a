"""The API asked what its own schema allows, and what it does not, as five members: `./safehand figures
schema`. SCHEMA_EXAMPLES says how many requests an operation and member.

Undocumented answers are listed; only a fault of ours fails the run.
"""

import json
import os
from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as tries
from schemathesis.core import NotSet

from tests.figures import keep
from tests.matrix.test_matrix import client_of

EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "12"))
MEMBERS = ("worker", "supervisor", "helping", "stranger", "system_admin")


@pytest.mark.django_db
def test_the_schema_is_kept_to(settings: Any) -> None:
    settings.LIMITS = dict.fromkeys(settings.LIMITS, (10_000_000, 3600))
    told = Told()
    for member in MEMBERS:
        with transaction.atomic():
            client, _ = client_of(member)
            told.ask(client)
            transaction.set_rollback(True)
    undocumented = sorted(told.undocumented)
    for line in undocumented:
        print(line)  # noqa: T201 -- the run's own report
    keep(
        "schema", requests=told.requests, identities=len(MEMBERS),
        faults_of_ours=len(told.faults), undocumented_answers=len(undocumented),
    )  # fmt: skip
    assert told.faults[:5] == []


class Told:
    """What came of it."""

    def __init__(self) -> None:
        self.requests = 0
        self.faults: list[str] = []
        self.undocumented: Counter[str] = Counter()

    def ask(self, client: Any) -> None:
        described = SchemaGenerator().get_schema(public=True)
        # What stands in the schema as text in the reader's language is no text of JSON yet.
        schema = schemathesis.openapi.from_dict(json.loads(json.dumps(described, default=str)))
        for found in schema.get_all_operations():
            self._operation(found.ok(), client)

    def _operation(self, operation: Any, client: Any) -> None:
        @seed(3)
        @tries(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def one(case: Any) -> None:
            with transaction.atomic():
                answer = _sent(client, case)
                transaction.set_rollback(True)
            self.requests += 1
            line = f"{operation.method.upper()} {operation.path}: {answer.status_code}"
            if answer.status_code >= 500:
                self.faults.append(line)
            known = {str(status) for status in operation.definition.raw["responses"]}
            if str(answer.status_code) not in known:
                self.undocumented[line] += 1

        one()


def _sent(client: Any, case: Any) -> Any:
    """By the test client, so that the request stands inside what is undone afterwards."""
    query = urlencode(case.query or {}, doseq=True, errors="replace")
    path = case.formatted_path + (f"?{query}" if query else "")
    named = {name: str(value) for name, value in (case.headers or {}).items()}
    body = b"" if isinstance(case.body, NotSet) else json.dumps(case.body, default=str).encode()
    return client.generic(
        case.method, path, data=body, content_type="application/json", headers=named
    )

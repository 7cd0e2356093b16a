"""What was read of one case of a file, as it waits, sealed, for a yes; and as it is taken up again."""

import json
from dataclasses import dataclass
from typing import Any, Self

from cases.actions.bringing import Brought
from cases.workflow import RecordKind
from exchange.placing import Placed
from kernel.groups import DataGroup


@dataclass(frozen=True, slots=True)
class Kept:
    """One case of the file: what it brings, what stands beside it, and the reference it came with."""

    brought: Brought
    worker: str
    reference: str
    beside_records: list[dict[str, Any]]
    beside_notes: list[dict[str, Any]]
    origin: dict[str, Any]

    @classmethod
    def of(cls, found: Placed, reference: str) -> Self:
        return cls(
            brought=found.brought, worker=found.worker, reference=reference,
            beside_records=found.beside_records, beside_notes=found.beside_notes,
            origin=found.origin,
        )  # fmt: skip

    @classmethod
    def from_text(cls, text: str) -> Self:
        said = json.loads(text)
        brought = said.pop("brought")
        return cls(
            brought=Brought(
                person=brought["person"],
                groups={DataGroup(g): values for g, values in brought["groups"].items()},
                records=[(RecordKind(kind), values) for kind, values in brought["records"]],
                notes=brought["notes"],
            ),
            **said,
        )

    def text(self) -> str:
        brought = self.brought
        said = {
            "brought": {
                "person": brought.person, "groups": brought.groups,
                "records": brought.records, "notes": brought.notes,
            },
            "worker": self.worker, "reference": self.reference,
            "beside_records": self.beside_records, "beside_notes": self.beside_notes,
            "origin": self.origin,
        }  # fmt: skip
        return json.dumps(said, ensure_ascii=False)

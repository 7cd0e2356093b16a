"""Draw the workflows from the tables that the service runs on."""

from typing import Any

from django.core.management.base import BaseCommand

from cases.workflow import CONSENT, DUPLICATE, FLOW, OVERRIDE
from exchange.workflow import EXPORT, IMPORT
from identification.workflow import FLOW as IDENTIFICATION
from referral.workflow import FLOW as REFERRAL
from reintegration.workflow import FLOW as SUPPORT
from rights.requestflow import FLOW as REQUEST
from rights.workflow import BATCH


class Command(BaseCommand):
    help = "Print every workflow as a Mermaid diagram; docs/states.md is made of this"

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(
            "# States\n\nMade by `./safehand manage state_diagram`; do not edit.\n"
        )
        for name, diagram in (
            ("Case", FLOW.mermaid()),
            ("Consent", CONSENT.mermaid()),
            ("Override", OVERRIDE.mermaid()),
            ("Possible duplicate", DUPLICATE.mermaid()),
            ("Identification", IDENTIFICATION.mermaid()),
            ("Support", SUPPORT.mermaid()),
            ("Referral", REFERRAL.mermaid()),
            ("Batch of erasures", BATCH.mermaid()),
            ("Request of the person", REQUEST.mermaid()),
            ("Import of a file", IMPORT.mermaid()),
            ("Export of a file", EXPORT.mermaid()),
        ):
            self.stdout.write(f"\n## {name}\n\n```mermaid\n{diagram}```\n")
